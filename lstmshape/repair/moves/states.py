"""LS207, LS302, LS303, LS412: states that a recurrent layer begins with, or keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.graph import Node, Value
from lstmshape.repair.chain import Link, number, passes_steps, sized_by, way_up
from lstmshape.repair.editing import (
    fresh_name,
    insert,
    own_entry,
    reference,
    set_value,
    values_read,
)
from lstmshape.repair.move import Move, data_move
from lstmshape.repair.moves import fed, inputs
from lstmshape.repair.moves.steps import without_steps
from lstmshape.rules import words
from lstmshape.rules.lineage import recurrent_inside


def mismatch(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS302: the states are not those that the layer has."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    if node is None or not own_entry(node) or node.spec is None:
        return
    given = _values(case, node)
    if not given or "initial_state" not in node.spec.call:
        return
    wants = [tuple(shape) for shape in fact.wants]
    for refs, title, cost in _other_states(case, node, given, len(wants)):
        change = Change("set_call", node.path, "initial_state", refs, node.name)
        yield Move(title, (change,), cost)
    yield from _halves_joined(case, node, given, wants)
    yield from _without_time(case, given, fact)
    yield from _givers_width(case, node, given, fact)


def in_the_list(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS207: Keras 2 took the states behind the sequence, in one list."""
    node = case.node_at(diagnostic.place.path)
    layer: Any = recurrent_inside(node.layer) if node is not None else None
    if node is None or not own_entry(node) or layer is None:
        return
    given = node.argument
    if not isinstance(given, list) or len(given) < 2:
        return
    if not all(isinstance(value, Value) for value in given) or "initial_state" in node.named:
        return
    first, *states = (reference(case, value) for value in given)
    changes = (
        Change("set_input", node.path, value=first, layer=node.name),
        Change("set_call", node.path, "initial_state", states, node.name),
    )
    title = f"read {words.name(first)} alone, and begin with {_listed(states)}"
    directions = 1 if layer is node.layer else 2
    yield Move(title, changes, 1.0, safe=len(states) == directions * len(layer.state_size))


def _values(case: Case, node: Node) -> list[Value]:
    """Each tensor in `initial_state`, the whole of a layer spelled out."""
    found: list[Value] = []
    waiting = [node.named.get("initial_state")]
    while waiting:
        here = waiting.pop(0)
        if isinstance(here, list):
            waiting = here + waiting
        elif isinstance(here, Value):
            count = len(case.flow.tensors(here))
            if here.output is not None or count == 1:
                found.append(here)
            else:
                found += [here._replace(output=n) for n in range(count)]
    return found


def _other_states(
    case: Case, node: Node, given: list[Value], wants: int
) -> Iterator[tuple[list[str], str, float]]:
    """(references, title, cost) of as many states as the layer has."""
    refs = [reference(case, value) for value in given]
    giver = case.graph.nodes[given[0].node]
    one = len({value.node for value in given}) == 1
    states = len(case.flow.calls[giver.index].outputs) - 1
    shown = words.name(giver.name)
    if one and states == wants and len(given) != wants:
        own = [f"{giver.name}:{n + 1}" for n in range(states)]
        yield own, f"begin with the states of {shown}: {_listed(own)}", 1.0
    elif len(given) > wants:
        for first in {0, len(given) - wants}:
            some = refs[first : first + wants]
            yield some, f"begin with {_listed(some)} alone", 1.3 + 0.05 * first
    elif wants % len(given) == 0 and len(given) < wants:
        again = refs * (wants // len(given))
        if len(given) == 1:
            title = f"begin with {words.name(refs[0])} in all {wants} states: {_listed(again)}"
        else:
            title = f"begin with the same states in both directions: {_listed(again)}"
        yield again, title, 1.15


def _listed(refs: list[str]) -> str:
    return words.name("initial_state: [" + ", ".join(refs) + "]")


def _halves_joined(case: Case, node: Node, given: list[Value], wants: list[Any]) -> Iterator[Move]:
    """The states of both directions become one: joined, and the reader as wide as both."""
    layer: Any = recurrent_inside(node.layer)
    giver = case.graph.nodes[given[0].node]
    if giver.layer is None or giver.layer.class_name != "Bidirectional" or layer is None:
        return
    half, outputs = len(wants), case.call(giver).outputs
    first = len(outputs) - 2 * half
    width = number(outputs[-1].shape[-1])
    if first < 1 or width is None or "units" not in type(layer).arguments:
        return
    # it may have read what stands before it, which is another layer then
    if isinstance(node.argument, Value) and node.argument.path == node.path:
        return
    pairs = [[f"{giver.name}:{first + n}", f"{giver.name}:{first + n + half}"] for n in range(half)]
    names = [
        fresh_name(case, f"{giver.name}_{letter}") for letter in ("hc" if half == 2 else "h" * half)
    ]
    index = node.path[-1]
    assert isinstance(index, int)
    path = (*node.path[:-1], index + half)
    moved = (*path, *layer.path[len(node.path) :])
    # the last first, so that all of them are put where the reader stands
    changes = [
        insert(case, node.path, {"Concatenate": {"name": name}, "inputs": pair})
        for name, pair in reversed([*zip(names, pairs, strict=True)])
    ]
    changes.append(Change("set_call", path, "initial_state", names, node.name))
    if layer.units != 2 * width:
        changes.append(Change("set_argument", moved, "units", 2 * width, node.name))
    shown = words.either(names, "and")
    title = f"join the states of both directions: {shown}, {2 * width} wide"
    yield Move(title, tuple(changes), 1.02)


def _without_time(case: Case, given: list[Value], fact: Any) -> Iterator[Move]:
    """A state has no time axis."""
    for value, shape in zip(given, fact.given, strict=False):
        if len(shape) < 3:
            continue
        links = way_up(case, value, None)
        reader = next((n for n in case.graph.nodes if value in values_read(n)), None)
        if links and reader is not None:
            links[0] = links[0]._replace(reader=reader)
        yield from _input_without_time(case, links)
        yield from without_steps(case, links)
        return


def _input_without_time(case: Case, links: list[Link]) -> Iterator[Move]:
    """The input that a state is made of has no time axis; its data have the last step."""
    if not links or links[-1].layer is not None:
        return
    node = links[-1].node
    said = node.input.shape if node.input is not None else None
    if said is None or len(said) < 2 or not all(passes_steps(case, li) for li in links[:-1]):
        return
    new = list(said[1:])
    title = f"a state has no time axis: {inputs.says(new)} for {words.name(node.name)}"
    made = inputs.move(case, node, new, title, 1.0)
    array = fed.array_of(case, node)
    if made is None or array is None or len(array.shape) != len(said) + 1:
        if made is not None:
            yield made
        return
    shape = [array.shape[0], *array.shape[2:]]
    change = fed.reshaped(case, array, shape, "{x} = {x}[:, -1]")
    if change is not None:
        yield data_move(f"{title} and `{change.code}`", (*made.changes, change), 1.0)


def _givers_width(case: Case, node: Node, given: list[Value], fact: Any) -> Iterator[Move]:
    """The layer that gives the states has the units of the one that takes them."""
    if len(fact.wants) != len(fact.given) or len({value.node for value in given}) != 1:
        return
    widths = {number(shape[-1]) for shape in fact.wants}
    giver = case.graph.nodes[given[0].node]
    sized = sized_by(giver.layer)
    width = widths.pop() if len(widths) == 1 else None
    if sized is None or width is None or giver.layer is None:
        return
    layer, argument, _ = sized
    title = f"give {words.name(giver.name)} the width of the states: set `{argument}: {width}`"
    change = set_value(layer, argument, width)
    yield Move(title, (change,), 1.3)


# -- states that are kept between batches -------------------------------------------------------


def _with_batch(case: Case, size: int) -> tuple[Change, ...]:
    """Every input with this batch size."""
    changes = []
    for spec in case.spec.inputs:
        if spec.shape is None:
            continue
        here = at(case.tree, spec.path)
        if isinstance(here, dict):
            value = {**here, "batch_size": size}
        else:
            value = {"shape": list(spec.shape), "batch_size": size}
        changes.append(Change("set_inputs", spec.path, value=value))
    return tuple(changes)


def open_batch(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS303: nobody says the batch size; Keras's own default, or one that fits the data."""
    if case.spec.data.get("batch_size") is not None:
        return
    data = fed.feeding(case)
    samples = data.samples if data is not None else None
    size = 32 if samples is None else nearest_divisor(samples, 32)
    changes = _with_batch(case, size)
    if changes:
        yield Move(f"say a batch size: `batch_size: {size}`", changes, 1.1)


def nearest_divisor(number_: int, size: int) -> int:
    """The divisor of a number that is nearest to a size, as a ratio."""
    found = [n for n in range(1, min(number_, 4 * size) + 1) if number_ % n == 0]
    return min(found, key=lambda n: (max(n, size) / min(n, size), n), default=1)


def left_over(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS412: a batch size that the number of samples is a multiple of."""
    data = fed.feeding(case)
    samples = data.samples if data is not None else None
    sizes = {spec.batch_size for spec in case.spec.inputs if spec.batch_size}
    if diagnostic.place.path == ("data", "batch_size") and data is not None:
        said = data.batch_size
        if said is not None and (not samples or samples % said == 0):
            title = f"say the batch size of the data: `batch_size: {said}`"
            yield Move(title, _with_batch(case, said), 1.0)
        return
    if not samples or len(sizes) != 1:
        return
    size = nearest_divisor(samples, next(iter(sizes)) or 1)
    changes = list(_with_batch(case, size))
    if data is not None and data.batch_size is not None:
        changes.append(Change("set_data", ("data", "batch_size"), value=size))
    yield Move(f"train in batches of {size}, of which {samples} samples are {samples // size}",
               tuple(changes), 1.3)  # fmt: skip
