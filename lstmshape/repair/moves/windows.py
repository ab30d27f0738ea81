"""LS204: a window that is longer than its axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, entry_path
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic
from lstmshape.graph import Node
from lstmshape.layers.base import Layer
from lstmshape.repair.chain import (
    GLOBAL_POOLING,
    POOLING_ARGUMENTS,
    Link,
    above,
    number,
    passes_steps,
)
from lstmshape.repair.editing import remove, set_value, with_class
from lstmshape.repair.move import Move, data_move
from lstmshape.repair.moves import fed, inputs
from lstmshape.repair.moves.margins import inner_window, padded
from lstmshape.rules import words


def too_short(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS204: the axis is too short for the kernel or the pool."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    layer: Any = case.layer_at(entry_path(diagnostic.place.path))
    if node is None or layer is None:
        return
    links = above(case, node)
    yield from _axes_swapped(case, links, fact)
    yield from _channels_first(case, links, layer, fact)
    if "pool_size" in type(layer).arguments:
        yield from _smaller_pool(case, node, layer, fact)
    else:
        yield from _smaller_kernel(layer, fact)
    yield from _padded(links, node)
    yield from _padded_convolutions(case, links)
    if node.spec is not None and layer is node.layer:
        gone = remove(case, node)
        if gone is not None:
            yield Move(f"do without {words.name(node.name)}: remove it", gone, 1.9)


def _axes_swapped(case: Case, links: list[Link], fact: Any) -> Iterator[Move]:
    """Steps and features of the input were written in each other's place."""
    if not links or links[-1].layer is not None or len(fact.shape) != 3:
        return
    node = links[-1].node
    said = node.input.shape if node.input is not None else None
    if said is None or len(said) != 2 or not all(passes_steps(case, li) for li in links[:-1]):
        return
    steps, features = number(fact.size), said[1]
    if steps is None or not isinstance(features, int) or features <= steps:
        return
    new = [said[1], said[0]]
    cost = 0.97 if steps == 1 else 1.05 if features >= 10 * steps else 1.25
    title = f"write the steps first, then the features: {inputs.says(new)}"
    made = inputs.move(case, node, new, title, cost)
    array = fed.array_of(case, node)
    if made is None:
        return
    if array is None or not fed.fit(fed.sizes(said), array.shape[1:]):
        yield made
        return
    shape = [array.shape[0], array.shape[2], array.shape[1]]
    change = fed.reshaped(case, array, shape, "{x} = {x}.transpose(0, 2, 1)")
    if change is not None:
        yield data_move(f"{title} and `{change.code}`", (*made.changes, change), cost)


def _channels_first(case: Case, links: list[Link], layer: Layer, fact: Any) -> Iterator[Move]:
    """The first axis is too short for an image: it is that of the channels."""
    known = "data_format" in type(layer).arguments and len(fact.shape) > 3
    if not known or fact.axis != 1 or number(fact.size) not in (1, 2, 3, 4):
        return
    yield from _channels_last_input(case, links)
    changes = []
    for each in case.graph.nodes:
        here: Any = each.layer
        if here is not None and "data_format" in type(here).arguments and here.data_format is None:
            changes.append(set_value(here, "data_format", "channels_first"))
    title = "the channels come first: set `data_format: channels_first` in "
    names = words.either([change.layer for change in changes][:6], "and")
    yield Move(title + names, tuple(changes), 1.08)


def _channels_last_input(case: Case, links: list[Link]) -> Iterator[Move]:
    """The input with its channels last, as Keras has them unless told otherwise."""
    node = links[-1].node if links else None
    said = node.input.shape if node is not None and node.input is not None else None
    if node is None or said is None or len(said) < 3 or len(links) > 1:
        return
    new = [*said[1:], said[0]]
    title = f"write the channels last: {inputs.says(new)}"
    made = inputs.move(case, node, new, title, 1.0)
    array = fed.array_of(case, node)
    if made is None:
        return
    if array is None or not fed.fit(fed.sizes(said), array.shape[1:]):
        yield made
        return
    order = [*range(2, len(array.shape)), 1]
    shape = [array.shape[0], *(array.shape[n] for n in order)]
    change = fed.reshaped(case, array, shape, f"{{x}} = {{x}}.transpose(0, {fed.shown(order)})")
    if change is not None:
        yield data_move(f"{title} and `{change.code}`", (*made.changes, change), 1.0)


def _span(value: tuple[int, ...], axis: int, size: int) -> Any:
    """Sizes of a window with that of one axis made smaller, written as short as can be."""
    new = [size if n == axis else v for n, v in enumerate(value)]
    return new[0] if len(set(new)) == 1 else new


def _smaller_pool(case: Case, node: Node, layer: Any, fact: Any) -> Iterator[Move]:
    size = number(fact.size)
    axis = _spatial(layer, fact)
    if size is not None and size > 0 and 0 <= axis < len(layer.pool_size):
        value = _span(layer.pool_size, axis, size)
        change = set_value(layer, "pool_size", value)
        title = f"pool over the {size} that are left: set `pool_size: {value}`"
        # to pool over one step is to do nothing
        yield Move(title, (change,), 1.0 if size > 1 else 1.6)
    whole = GLOBAL_POOLING.get(layer.class_name)
    if whole is None or layer is not node.layer:
        return
    changes = with_class(case, node, whole, POOLING_ARGUMENTS)
    title = f"pool over all that is left: make {words.name(node.name)} a {words.name(whole)}"
    readers = [n for n in case.graph.nodes if node.index in n.needs]
    flat = readers[0] if len(readers) == 1 and _is_flatten(readers[0]) else None
    gone = remove(case, flat) if flat is not None else None
    if flat is not None and gone is not None:
        yield Move(f"{title}, without {words.name(flat.name)}", (*changes, *gone), 1.1)
    else:
        yield Move(title, changes, 1.1)


def _is_flatten(node: Node) -> bool:
    return node.layer is not None and node.layer.class_name == "Flatten"


def _spatial(layer: Any, fact: Any) -> int:
    """Which axis of the window it is; the layers of one axis have no `data_format`."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return int(fact.axis) - (2 if first else 1)


def _smaller_kernel(layer: Any, fact: Any) -> Iterator[Move]:
    size, axis = number(fact.size), _spatial(layer, fact)
    kernel = layer.__dict__.get("kernel_size")
    if size is None or size < 1 or kernel is None or not 0 <= axis < len(kernel):
        return
    apart = layer.dilation_rate[axis] if "dilation_rate" in type(layer).arguments else 1
    if apart > 1:
        change = set_value(layer, "dilation_rate", _span(layer.dilation_rate, axis, 1))
        yield Move("look at steps side by side: set `dilation_rate: 1`", (change,), 1.2)
    reach = (size - 1) // apart + 1
    value = _span(kernel, axis, reach)
    title = f"make the kernel fit: set `kernel_size: {value}` in {words.name(layer.name)}"
    yield Move(title, (set_value(layer, "kernel_size", value),), 1.15)


def _padded(links: list[Link], node: Node) -> Iterator[Move]:
    """Windows that keep the length; this one alone, or also those before."""
    changes, names = padded([], node)
    if changes:
        name = words.name(node.name)
        title = f"keep the length in {name}: set `padding: same`"
        yield Move(title, changes, 1.1)
    changes, names = padded(links)
    if changes:
        title = f"keep the length in {words.either(names[:6], 'and')}: set `padding: same`"
        yield Move(title, changes, 1.25 + 0.02 * len(changes))


def _padded_convolutions(case: Case, links: list[Link]) -> Iterator[Move]:
    """Every convolution of a stack keeps the length, so that only pooling shortens it."""
    changes: list[Change] = []
    names: list[str] = []
    for each in case.graph.nodes:
        window = inner_window(each.layer)
        if window is not None and "kernel_size" in type(window).arguments and (
            window.padding == "valid"
        ):  # fmt: skip
            changes.append(set_value(window, "padding", "same"))
            names.append(each.name)
    above_too = {link.node.name for link in links} & set(names)
    if len(changes) > 1 and above_too:
        shown = words.either(names[:6], "and")
        title = f"only pooling shortens: set `padding: same` in {shown}"
        yield Move(title, tuple(changes), 1.05)
