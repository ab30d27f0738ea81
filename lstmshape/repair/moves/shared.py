"""LS203: a layer that was built for one size, and is called on another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.graph import Node
from lstmshape.repair.chain import Link, above, number
from lstmshape.repair.editing import fresh_name, insert, own_entry, reference
from lstmshape.repair.move import Move
from lstmshape.repair.moves import inputs
from lstmshape.repair.moves.outputs import toward
from lstmshape.rules import words


def wrong_size(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS203: another size than the layer's weights were made for."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    links = above(case, node) if node is not None else []
    if node is None or not links or node.layer is None:
        return
    if node.spec is not None and node.spec.reuse is not None:
        yield from _whole_chain(case, node, links, fact)
        yield from _layer_of_its_own(case, node)
    wanted: list[int | None] = [number(dim) for dim in links[0].shape[1:]]
    size = number(fact.wants)
    if size is None or not 0 < fact.axis <= len(wanted):
        return
    wanted[fact.axis - 1] = size
    yield from _input_of_size(case, links, fact.axis, size)
    for move in toward(case, links, wanted):
        yield move._replace(cost=move.cost + 0.15)


def _input_of_size(case: Case, links: list[Link], axis: int, size: int) -> Iterator[Move]:
    node = links[0].node
    if node.input is None or node.input.shape is None or axis > len(node.input.shape):
        return
    new: list[Any] = list(node.input.shape)
    new[axis - 1] = size
    title = f"read {size} values in {words.name(node.name)}: {inputs.says(new)}"
    made = inputs.move(case, node, new, title, 1.15)
    if made is not None:
        yield made


def _whole_chain(case: Case, node: Node, links: list[Link], fact: Any) -> Iterator[Move]:
    """The layers before the shared one are called again too: together they read this size."""
    size = fact.shape[-1]
    row: list[Node] = []
    for link in above(case, case.graph.nodes[node.base]):
        if link.layer is None:
            return
        row.append(link.node)
        x = case.call(link.node).tensors
        if x and x[0].shape[-1] == size and len(x[0].shape) == len(fact.shape):
            break
    else:
        return
    if not own_entry(node) or links[0].reader is None:
        return
    new: list[dict[str, Any]] = []
    before = reference(case, links[0].value)
    for shared in reversed(row):
        name = fresh_name(case, f"{shared.name}_again")
        new.append({"reuse": shared.name, "inputs": before, "name": name})
        before = name
    # the last first, so that all of them are put where the reader stands
    changes = [insert(case, node.path, each) for each in reversed(new)]
    last = node.path[-1]
    assert isinstance(last, int)
    path = (*node.path[:-1], last + len(row))
    changes.append(Change("set_input", path, value=before, layer=node.name))
    names = words.either([shared.name for shared in reversed(row)], "and")
    yield Move(f"call {names} again too, before {words.name(node.name)}", tuple(changes), 1.0)


def _layer_of_its_own(case: Case, node: Node) -> Iterator[Move]:
    """A second layer of the same kind, with weights of its own."""
    owner = case.graph.nodes[node.base]
    if owner.spec is None or owner.spec.class_name is None or node.spec is None:
        return
    written = at(case.tree, owner.path)
    arguments = dict(written[owner.spec.class_name] or {}) if isinstance(written, dict) else {}
    arguments["name"] = node.name if node.spec.name else fresh_name(case, f"{owner.name}_own")
    old = at(case.tree, node.path)
    new = {owner.spec.class_name: arguments}
    new |= {k: v for k, v in old.items() if k in ("inputs", "call", "expect")}
    changes = (
        Change("remove_layer", node.path, layer=node.name),
        insert(case, node.path, new),
    )
    name, kind = words.name(node.name), words.name(owner.spec.class_name)
    yield Move(f"give {name} weights of its own: {kind} in place of `reuse`", changes, 1.45)
