"""A small spec as the Keras lines that make the same model: for pages, and run by a test.

Whole models of any kind are exported elsewhere; here is what a topic shows, which is plain: no
models inside models, no foreign code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import class_key
from lstmshape.graph import Node, Value
from lstmshape.layers import find

LONGEST = 74
#: arguments whose value is a layer entry, or a list of them
_LAYERS = ("layer", "backward_layer", "cell", "cells", "layers")


def keras_lines(case: Case, room: int = LONGEST) -> str:
    """Python that builds the model of a judged spec, and compiles it where the spec says how."""
    whole = ["import keras", "from keras import layers", ""]
    whole += _sequential(case) if _is_chain(case) else _functional(case)
    whole += _compiled(case)
    lines = [part for line in whole for part in _broken(line, min(room, LONGEST))]
    return "\n".join(lines) + "\n"


def has_lines(case: Case) -> bool:
    """Whether the lines can be written: not for models inside models, nor inputs as layers."""
    return not any(
        call.inner is not None or (call.node.input is not None and call.node.spec is not None)
        for call in case.flow.calls
    )


def _is_chain(case: Case) -> bool:
    """Whether `keras.Sequential` says it: each layer reads all that the one before gives."""
    nodes = case.graph.nodes
    plain = all(
        node.argument == Value(node.index - 1, None, node.path) and not node.named
        for node in nodes[1:]
    )
    several = any(len(call.outputs) > 1 for call in case.flow.calls)
    return plain and not several and len(case.graph.inputs) == 1 and case.spec.outputs is None


# -- Sequential ---------------------------------------------------------------------------------


def _sequential(case: Case) -> Iterator[str]:
    yield "model = keras.Sequential(["
    for node in case.graph.nodes:
        text = _input(node, named=False) if node.input is not None else _entry(_tree(case, node))
        yield f"    {text},"
    yield "])"


# -- functional ---------------------------------------------------------------------------------


def _functional(case: Case) -> Iterator[str]:
    variables: dict[int, list[str]] = {}
    for node in case.graph.nodes:
        call = case.call(node)
        variables[node.index] = _names(node, len(call.outputs))
        head = ", ".join(variables[node.index]) + " = "
        if node.input is not None:
            yield head + _input(node, named=len(case.graph.inputs) > 1)
        else:
            yield head + _called(case, node, variables)
    inputs = _listed([variables[index][0] for index in case.graph.inputs])
    outputs = _listed([_read(value, variables) for _, value in case.graph.outputs])
    yield f"model = keras.Model({inputs}, {outputs})"


def _names(node: Node, count: int) -> list[str]:
    labels = node.layer.labels() if node.layer is not None else ()
    if count < 2:
        return ["inputs" if node.name == "input" else node.name]
    return [node.name, *(f"{node.name}_{label}" for label in labels[1:])]


def _called(case: Case, node: Node, variables: dict[int, list[str]]) -> str:
    if node.spec is not None and node.spec.reuse is not None:
        layer = f"model_layer_{node.base}"  # a topic shows no shared layers
    else:
        layer = _entry(_tree(case, node))
    given = [_read(node.argument, variables)] if node.argument is not None else []
    given += [f"{key}={_read(value, variables)}" for key, value in node.named.items()]
    return f"{layer}({', '.join(given)})"


def _read(value: Any, variables: dict[int, list[str]]) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_read(part, variables) for part in value) + "]"
    if isinstance(value, Value):
        names = variables[value.node]
        if value.output is None:
            return names[0] if len(names) == 1 else "[" + ", ".join(names) + "]"
        return names[value.output]
    return repr(value)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else "[" + ", ".join(names) + "]"


# -- layers and their arguments -----------------------------------------------------------------


def _tree(case: Case, node: Node) -> Any:
    tree = case.tree
    for step in node.path:
        tree = tree[step]
    return tree


def _input(node: Node, *, named: bool) -> str:
    spec = node.input
    assert spec is not None
    shape = tuple(dim if isinstance(dim, int) else None for dim in spec.shape or ())
    said = [f"shape={shape!r}"]
    if spec.batch_size is not None:
        said = [f"batch_shape={(spec.batch_size, *shape)!r}"]
    if spec.dtype != "float32":
        said.append(f'dtype="{spec.dtype}"')
    if named:
        said.append(f'name="{spec.name}"')
    return f"keras.Input({', '.join(said)})"


def _entry(entry: Any) -> str:
    """`layers.LSTM(32, return_sequences=True)` of a layer entry."""
    name = class_key(entry) or ""
    written = (entry.get(name) if isinstance(entry, dict) else None) or {}
    cls = find(name)
    required = [key for key, a in (cls.arguments if cls else {}).items() if a.required]
    leading = list(written)[: len(required)] == required
    said = [
        _value(key, value) if leading and key in required else f"{key}={_value(key, value)}"
        for key, value in written.items()
    ]
    return f"layers.{name}({', '.join(said)})"


def _value(key: str, value: Any) -> str:
    if key in _LAYERS:
        if isinstance(value, list):
            return "[" + ", ".join(_entry(entry) for entry in value) + "]"
        return _entry(value)
    if isinstance(value, list):
        return repr(tuple(value))
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _compiled(case: Case) -> Iterator[str]:
    loss = case.spec.compile.get("loss")
    if isinstance(loss, str):
        yield f'model.compile(optimizer="adam", loss="{loss}")'


def _broken(line: str, room: int) -> Iterator[str]:
    """A line that is too long, the arguments of its first call in lines of their own."""
    if len(line) <= room or "(" not in line:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip())]
    start = line.index("(") + 1
    end = _closing(line, start)
    yield line[:start]
    inside = f"{indent}    {line[start:end]}"
    if len(inside) <= room:
        yield inside
    else:
        for part in _parts(line[start:end]):
            yield from _broken(f"{indent}    {part},", room)
    yield from _broken(indent + line[end:], room)


def _closing(line: str, start: int) -> int:
    """Where the bracket closes that was opened before `start`."""
    depth = 1
    for column in range(start, len(line)):
        depth += (line[column] in "([{") - (line[column] in ")]}")
        if not depth:
            return column
    raise ValueError(f"a bracket is not closed: {line}")


def _parts(text: str) -> Iterator[str]:
    """Arguments, split at the commas between them."""
    depth = start = 0
    for column, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            yield text[start:column]
            start = column + 2
    yield text[start:]
