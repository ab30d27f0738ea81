"""LS005, LS108, LS109, LS112: names that lead nowhere, in a ring, or that nobody gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic
from lstmshape.facts import Cycle, NoInput, NoSuchOutput
from lstmshape.graph import Node
from lstmshape.near import near_names
from lstmshape.repair.chain import sequence_switch
from lstmshape.repair.editing import own_entry, set_value
from lstmshape.repair.move import Move, data_move
from lstmshape.repair.moves import fed, inputs
from lstmshape.rules import words
from lstmshape.rules.names import refer
from lstmshape.source import Path

#: layers that give their scores too when they are called so
_SCORES = ("Attention", "AdditiveAttention", "MultiHeadAttention")


def no_such_output(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS108: `name:k` of a layer with fewer outputs: it gives its states only when told to."""
    fact, path = diagnostic.fact, diagnostic.place.path
    giver = _named(case, getattr(fact, "name", None))
    if not isinstance(fact, NoSuchOutput) or giver is None:
        return
    switch: Any = sequence_switch(giver.layer)
    if switch is not None and not switch.return_state:
        title = f"let {words.name(giver.name)} give its states: set `return_state: true`"
        change = set_value(switch, "return_state", True)
        yield Move(title, (change, *_first_output_alone(case, giver)), 1.0)
    yield from _with_scores(giver, fact.index)
    for output in dict.fromkeys((fact.outputs - 1, 0)):
        new = f"{fact.name}:{output}" if fact.outputs > 1 else fact.name
        rewritten = refer(case, path, new)
        if rewritten is not None:
            yield Move(f"read {words.name(new)}", (rewritten,), 1.05 + 0.1 * (output == 0))


def _named(case: Case, name: Any) -> Node | None:
    index = case.graph.by_name.get(name) if isinstance(name, str) else None
    return case.graph.nodes[index] if index is not None else None


def _first_output_alone(case: Case, giver: Node) -> Iterator[Change]:
    """Those that read the whole of a layer read its output alone, when states come with it."""
    for node in case.graph.nodes:
        argument = node.argument
        whole = getattr(argument, "node", None) == giver.index and argument.output is None
        if whole and own_entry(node):
            yield Change("set_input", node.path, value=f"{giver.name}:0", layer=node.name)


def _with_scores(giver: Node, index: int) -> Iterator[Move]:
    if giver.layer is not None and giver.layer.class_name in _SCORES and index == 1:
        change = Change("set_call", giver.path, "return_attention_scores", True, giver.name)
        title = f"let {words.name(giver.name)} give its scores: `return_attention_scores: true`"
        yield Move(title, (change,), 1.2)


def unknown_key(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS005: a key of `data` or `compile` that is nearly one that counts."""
    fact, path = diagnostic.fact, diagnostic.place.path
    if len(path) != 2 or path[0] not in ("data", "compile"):
        return
    here = case.tree.get(path[0])
    for near in near_names(fact.key, fact.known):
        if not isinstance(here, dict) or near in here:
            continue
        op: Any = "set_data" if path[0] == "data" else "set_loss"
        changes = (
            Change(op, path, value=None),
            Change(op, (path[0], near), value=here[fact.key]),
        )
        yield Move(f"call it {words.name(near)}", changes, 1.0)


def ring(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS109: one of the layers in a ring reads what stands before it, or the model's input."""
    fact = diagnostic.fact
    if not isinstance(fact, Cycle):
        return
    for name in fact.names[:4]:
        node = _named(case, name)
        if node is None or not own_entry(node):
            continue
        first = node.path == ("layers", 0)
        said = [case.graph.nodes[n].name for n in case.graph.inputs]
        new = said[0] if first and said else None
        what = f"read {words.name(new)}" if new else "read what stands before it"
        change = Change("set_input", node.path, value=new, layer=node.name)
        yield Move(f"let {words.name(node.name)} {what}", (change,), 1.1 if first else 1.2)


def no_input(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS112: the input as the data have it."""
    data = fed.feeding(case)
    if not isinstance(diagnostic.fact, NoInput) or data is None or case.spec.inputs:
        return
    if len(data.features) == 1 and len(data.features[0].shape) > 1:
        shape = list(data.features[0].shape[1:])
        change = Change("set_inputs", ("input",), value=shape)
        yield Move(f"read what the data have: {inputs.says(shape)}", (change,), 1.0)
        if len(shape) == 1:
            wide = [*shape, 1]
            change = Change("set_inputs", ("input",), value=wide)
            title = f"read a sample as {inputs.steps(shape[0])} of one feature: {inputs.says(wide)}"
            yield Move(title, (change,), 1.15)


def missing_array(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS413: an input that gets nothing is fed an array of its shape."""
    path: Path = diagnostic.place.path
    here, data = fed.written(case, path), fed.feeding(case)
    if not isinstance(here, dict) or data is None or path != ("data", "x"):
        return
    for index in case.graph.inputs:
        node = case.graph.nodes[index]
        shape = case.shape(node)
        if node.name in here or shape is None:
            continue
        value = [data.samples, *fed.sizes(shape[1:])]
        change = Change("set_data", (*path, node.name), value=value, array=node.name)
        yield data_move(f"feed {words.name(node.name)} as well", (change,), 1.3)
