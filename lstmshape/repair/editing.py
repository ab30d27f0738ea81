"""Changes to the graph of a spec, said as changes of its text: who reads whom stays as it was.

A layer that comes between two others is one new entry where the reader reads what stands before it,
and a named entry with the reference rewritten where the reader names what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.graph import Node, Value
from lstmshape.layers.base import Layer
from lstmshape.naming import snake_case
from lstmshape.rules.lineage import written_name
from lstmshape.source import Path

Changes = tuple[Change, ...]
Entry = dict[str, Any]


def values_read(node: Node) -> Iterator[Value]:
    """Everything that a node is called on, with where it is said."""
    waiting: list[Any] = [*reversed(node.named.values()), node.argument]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Value):
            yield here
        elif isinstance(here, dict):
            waiting.extend(reversed(here.values()))
        elif isinstance(here, list):
            waiting.extend(reversed(here))


def is_implicit(value: Value, reader: Node) -> bool:
    """Whether a reader reads what stands before it without naming it."""
    return value.path == reader.path


def own_entry(node: Node) -> bool:
    """Whether a node is an entry of a list of layers."""
    return bool(node.path) and isinstance(node.path[-1], int) and node.spec is not None


def reference(case: Case, value: Value) -> str:
    """`name` or `name:k`, as a spec says it."""
    name = case.graph.nodes[value.node].name
    return name if value.output is None else f"{name}:{value.output}"


def fresh_name(case: Case, wanted: str) -> str:
    """A name that no layer or input bears."""
    taken = {node.name for node in case.graph.nodes}
    numbered = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(n for n in numbered if n not in taken)


def names_referred_to(case: Case) -> set[str]:
    """The names by which a spec refers to layers: in `inputs`, `call`, `outputs`, `reuse`, data."""
    found = {
        case.graph.nodes[value.node].name
        for node in case.graph.nodes
        for value in values_read(node)
        if not is_implicit(value, node)
    }
    found |= {str(n.spec.reuse) for n in case.graph.nodes if n.spec is not None and n.spec.reuse}
    if case.spec.outputs is not None:
        found |= {case.graph.nodes[value.node].name for _, value in case.graph.outputs}
    for by_name in (case.spec.data.get("y"), case.spec.compile.get("loss")):
        found |= set(by_name) if isinstance(by_name, dict) else set()
    return found


def entry(case: Case, class_name: str, arguments: dict[str, Any] | None = None) -> Entry | str:
    """An entry for a new layer; named where its automatic name would shift one that is used."""
    base = snake_case(class_name)
    shifted = any(name == base or name.startswith(f"{base}_") for name in names_referred_to(case))
    arguments = dict(arguments or {})
    if shifted:
        arguments["name"] = fresh_name(case, f"new_{base}")
    return {class_name: arguments} if arguments else class_name


def named(case: Case, new: Entry | str, source: str) -> tuple[Entry, str]:
    """The entry with a name of its own, after what it reads; one of a kind keeps Keras's."""
    ((class_name, arguments),) = ({new: None} if isinstance(new, str) else new).items()
    arguments = dict(arguments or {})
    if "name" not in arguments:
        base = snake_case(class_name)
        kinds = {node.layer.class_name for node in case.graph.nodes if node.layer is not None}
        if class_name not in kinds and base not in {n.name for n in case.graph.nodes}:
            return {class_name: arguments or None}, base
        arguments["name"] = fresh_name(case, f"{source}_{base}")
    return {class_name: arguments}, str(arguments["name"])


def insert(case: Case, path: Path, new: Entry | str) -> Change:
    """Put an entry at a path; the report says beside which layer that is."""
    last = path[-1]
    assert isinstance(last, int)
    at_path = {node.path: node.name for node in case.graph.nodes if own_entry(node)}
    if last and (*path[:-1], last - 1) in at_path:
        beside = at_path[(*path[:-1], last - 1)]
        return Change("insert_layer", path, "after", new, beside)
    return Change("insert_layer", path, "before", new, at_path.get(path))


def between(case: Case, value: Value, reader: Node | None, new: Entry | str) -> Changes | None:
    """Put a layer between what a node gives and one that reads it (None: the model's output).

    None when it cannot be said.
    """
    if reader is None:
        return _behind(case, value, new)
    if not own_entry(reader):
        return None
    if is_implicit(value, reader):
        return (insert(case, reader.path, new),)
    made, name = named(case, new, case.graph.nodes[value.node].name)
    made = {**made, "inputs": reference(case, value)}
    added = insert(case, reader.path, made)
    # the reader stands one further now
    rewired = rewire(case, reader, value, name, _next(reader.path))
    return None if rewired is None else (added, rewired)


def _next(path: Path) -> Path:
    last = path[-1]
    assert isinstance(last, int)
    return (*path[:-1], last + 1)


def _behind(case: Case, value: Value, new: Entry | str) -> Changes | None:
    """Put a layer behind an output of the model."""
    node = case.graph.nodes[value.node]
    last = ("layers", len(case.spec.layers))
    if case.spec.outputs is None:
        return (insert(case, last, new),) if own_entry(node) else None
    made, name = named(case, new, node.name)
    before = case.graph.nodes[-1]
    if before.index != node.index or value.output is not None:
        made = {**made, "inputs": reference(case, value)}
    outputs = Change("set_outputs", value.path, value=name)
    return (insert(case, last, made), outputs)


def rewire(case: Case, reader: Node, value: Value, name: str, path: Path) -> Change | None:
    """Let a reader, whose entry is at `path` now, read `name` in place of a value that it names."""
    rest = value.path[len(reader.path) :]
    if len(rest) < 1:
        return None
    if rest[0] == "inputs":
        written = at(case.tree, (*reader.path, "inputs"))
        new = _replaced(written, rest[1:], name)
        return Change("set_input", path, value=new, layer=reader.name)
    if rest[0] == "call" and len(rest) > 1:
        written = at(case.tree, (*reader.path, "call", rest[1]))
        new = _replaced(written, rest[2:], name)
        return Change("set_call", path, str(rest[1]), new, reader.name)
    return None


def _replaced(written: Any, path: Sequence[str | int], new: str) -> Any:
    """A copy of a structure of references with one of them replaced."""
    if not path:
        return new
    if isinstance(written, dict):
        return {k: _replaced(v, path[1:], new) if k == path[0] else v for k, v in written.items()}
    return [_replaced(v, path[1:], new) if n == path[0] else v for n, v in enumerate(written)]


def set_value(layer: Layer, argument: str, value: Any) -> Change:
    """Set an argument of a layer, wherever its entry stands."""
    return Change("set_argument", layer.path, argument, value, written_name(layer))


def remove(case: Case, node: Node) -> Changes | None:
    """Take a layer out: who named it reads what it read. None when that cannot be said."""
    above = node.argument
    if not isinstance(above, Value) or not own_entry(node):
        return None
    changes: list[Change] = []
    for reader in case.graph.nodes:
        for value in values_read(reader):
            if value.node == node.index and not is_implicit(value, reader):
                change = rewire(case, reader, value, reference(case, above), reader.path)
                if change is None:
                    return None
                changes.append(change)
    if case.spec.outputs is not None:
        for _, value in case.graph.outputs:
            if value.node == node.index:
                changes.append(Change("set_outputs", value.path, value=reference(case, above)))
    return (*changes, Change("remove_layer", node.path, layer=node.name))


def same_name(case: Case, node: Node) -> Changes:
    """The change that keeps a layer's name when others refer to it and a new class takes it."""
    if node.layer is None or node.name not in names_referred_to(case):
        return ()
    if "name" in written_arguments(case, node.path):
        return ()
    return (Change("set_argument", node.path, "name", node.name, node.name),)


def unwrap(case: Case, node: Node) -> Changes:
    """Put the layer that a wrapper holds in its place."""
    return (Change("unwrap_layer", node.path, layer=node.name), *same_name(case, node))


def written_arguments(case: Case, path: Path) -> dict[str, Any]:
    """The arguments written at a layer entry."""
    here = at(case.tree, path)
    if isinstance(here, dict):
        for key, value in here.items():
            if key not in ("inputs", "call", "expect", "reuse", "name"):
                return dict(value) if isinstance(value, dict) else {}
    return {}


def with_class(
    case: Case, node: Node, class_name: str, drop: Sequence[str] = (), **arguments: Any
) -> Changes:
    """Make a layer one of another class; arguments that it does not have are taken away."""
    assert node.layer is not None
    written = written_arguments(case, node.path)
    gone = [
        Change("remove_argument", node.path, key, layer=node.name) for key in drop if key in written
    ]
    new = [
        Change("set_argument", node.path, key, value, node.name) for key, value in arguments.items()
    ]
    renamed = Change("set_class", node.path, value=class_name, layer=node.name)
    return (*gone, renamed, *new, *same_name(case, node))
