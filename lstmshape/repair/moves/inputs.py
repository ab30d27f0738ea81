"""What the model reads: moves that say its input as the data, or as the first layer, want it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmshape.arrays import Array
from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.graph import Node
from lstmshape.model import WrittenShape
from lstmshape.repair.chain import Link, above, passes_steps
from lstmshape.repair.editing import written_arguments
from lstmshape.repair.move import Move, data_move, listed
from lstmshape.repair.moves import fed
from lstmshape.rules import words


def says(shape: Sequence[Any]) -> str:
    """An input's shape as a spec says it, for titles."""
    return words.name(f"input: {listed(shape)}")


def set_shape(case: Case, node: Node, shape: Sequence[Any]) -> tuple[Change, ...] | None:
    """The change that gives an input of the model another shape; None where it cannot be said."""
    spec = node.input
    if spec is None or not spec.path:
        return None
    if spec.path[0] in ("input", "inputs"):
        here = at(case.tree, spec.path)
        path = (*spec.path, "shape") if isinstance(here, dict) else spec.path
        return (Change("set_inputs", path, value=list(shape), layer=node.name),)
    return _on_layer(case, node, shape)


def _on_layer(case: Case, node: Node, shape: Sequence[Any]) -> tuple[Change, ...] | None:
    """An input that an `InputLayer`, or the first layer's `input_shape`, says."""
    assert node.input is not None
    path = node.input.path
    arguments = written_arguments(case, path)
    for key in ("shape", "input_shape"):
        if key in arguments:
            return (Change("set_argument", path, key, list(shape)),)
    for key in ("batch_shape", "batch_input_shape"):
        if isinstance(arguments.get(key), list):
            return (Change("set_argument", path, key, [arguments[key][0], *shape]),)
    return None


def move(
    case: Case, node: Node, shape: Sequence[Any], title: str, cost: float, *, safe: bool = False
) -> Move | None:
    """A move that gives an input another shape; None where it has it, or none can be said."""
    assert node.input is not None
    if tuple(shape) == node.input.shape:
        return None
    changes = set_shape(case, node, shape)
    return None if changes is None else Move(title, changes, cost, safe)


# -- a reader that wants another rank ---------------------------------------------------------


def for_reader(case: Case, links: list[Link], more: int) -> Iterator[Move]:
    """The input with `more` axes (less than 0: fewer), when nothing on the way changes the rank."""
    if not links or links[-1].layer is not None:
        return
    node = links[-1].node
    if node.input is None or node.input.shape is None:
        return
    if not all(passes_steps(case, link) for link in links[:-1]):
        return
    for found in (*_as_data(case, node, more), *_guessed(case, node, more)):
        if found is not None:
            yield found


def _as_data(case: Case, node: Node, more: int) -> Iterator[Move | None]:
    array = fed.array_of(case, node)
    shape = _shape(node)
    if array is None or not array.shape:
        return
    given, wanted = list(array.shape[1:]), len(shape) + more
    if len(given) == wanted:
        yield move(case, node, given, f"read what the data have: {says(given)}", 0.95, safe=True)
    if len(given) == wanted - 1:
        yield move(case, node, [*given, 1], _one_feature([*given, 1]), 1.1)


def steps(count: Any) -> str:
    """`one step`, `9 steps`, or `steps` of an open number."""
    if not isinstance(count, int):
        return "steps"
    return "one step" if count == 1 else f"{count} steps"


def features(count: Any) -> str:
    """`one feature`, `8 features`, `F features`."""
    return "one feature" if count == 1 else f"{words.value(count)} features"


def _one_feature(shape: Sequence[Any]) -> str:
    if len(shape) == 2:
        return f"read a sample as {steps(shape[0])} of one feature: {says(shape)}"
    return f"give the input an axis of one channel: {says(shape)}"


def _guessed(case: Case, node: Node, more: int) -> Iterator[Move | None]:
    shape = _shape(node)
    if more == -1 and len(shape) > 1:
        title = f"leave the first axis out, the batch is never said: {says(shape[1:])}"
        yield move(case, node, shape[1:], title, 1.15)
        if shape[-1] == 1:
            title = f"leave the last axis out: {says(shape[:-1])}"
            yield move(case, node, shape[:-1], title, 1.3)
    if more == 1 and shape:
        yield move(case, node, [*shape, 1], _one_feature([*shape, 1]), 1.15)
        yield _one_step(case, node, shape)
        # an axis that is there for the samples, and one that is missing
        if len(shape) > 1:
            yield move(case, node, [*shape[1:], 1, 1], says([*shape[1:], 1, 1]), 1.9)
    if more == 2:
        yield move(case, node, [*shape, 1, 1], says([*shape, 1, 1]), 1.4)


def _one_step(case: Case, node: Node, shape: WrittenShape) -> Move | None:
    """One step of all features; the data get the axis too."""
    new = [1, *shape]
    title = f"read a sample as one step of {features(shape[0])}: {says(new)}"
    made = move(case, node, new, title, 1.25)
    array = fed.array_of(case, node)
    if made is None or array is None or not fed.fit(fed.sizes(shape), array.shape[1:]):
        return made
    change = fed.reshaped(case, array, [array.shape[0], 1, *array.shape[1:]], "{x} = {x}[:, None]")
    return made if change is None else data_move(title, (*made.changes, change), made.cost)


def _shape(node: Node) -> WrittenShape:
    assert node.input is not None
    return node.input.shape or ()


# -- diagnostics of the input -----------------------------------------------------------------


def too_many_axes(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS106: the batch is in the shape; its rule has the change, the data may have better sizes."""
    node = case.node_at(diagnostic.place.path)
    # an `input_shape` on a layer is better said as the model's input, which the rule proposes
    if node is not None and case.spec.inputs:
        yield from for_reader(case, above(case, node), -1)


def malformed(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS007: a number where a shape should be."""
    path, given = diagnostic.place.path, getattr(diagnostic.fact, "given", None)
    if type(given) is not int or given < 0 or path[:1] not in (("input",), ("inputs",)):
        return
    for value, what, cost in (
        ([given], f"a vector of {given}", 1.0),
        ([given, 1], f"{steps(given)} of one feature", 1.1),
        ([1, given], f"one step of {features(given)}", 1.2),
        ([None, given], f"steps of {features(given)}", 1.25),
    ):
        title = f"say a shape, {what}: {says(value)}"
        yield Move(title, (Change("set_inputs", path, value=value),), cost)


# -- sizes of the input that the data know ----------------------------------------------------


def open_sizes_of_data(case: Case, node: Node) -> Move | None:
    """The open sizes of an input as the data have them."""
    array: Array | None = fed.array_of(case, node)
    shape = _shape(node)
    if array is None or len(array.shape) != len(shape) + 1:
        return None
    known = [
        size if not isinstance(dim, int) and size is not None else dim
        for dim, size in zip(shape, array.shape[1:], strict=True)
    ]
    title = f"read what the data have: {says(known)}"
    # two open sizes are no oversight: images of any size are meant
    several = sum(not isinstance(dim, int) for dim in shape) > 1
    return move(case, node, known, title, 1.3 if several else 1.0, safe=not several)
