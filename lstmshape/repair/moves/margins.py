"""Sizes of axes other than the last: windows that shorten, margins that crop and pad."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.graph import Node
from lstmshape.layers.base import Layer
from lstmshape.repair.chain import Link, number
from lstmshape.repair.editing import Changes, between, entry, set_value
from lstmshape.repair.move import Move, listed
from lstmshape.rules import words

_SAME = ("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D",
         "DepthwiseConv2D", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D",
         "AveragePooling2D", "ConvLSTM1D", "ConvLSTM2D")  # fmt: skip


def channels_first(links: list[Link]) -> bool:
    """Whether the channels stand right behind the batch, as the nearest layer upwards says."""
    for link in links:
        said = link.layer.__dict__.get("data_format") if link.layer is not None else None
        if said is not None:
            return bool(said == "channels_first")
    return False


def inner_window(layer: Layer | None) -> Any:
    """The convolution or pooling in a layer: itself, or the one in a TimeDistributed."""
    here: Any = layer
    while here is not None and here.class_name == "TimeDistributed":
        here = next(iter(here.inner()), None)
    return here if here is not None and here.class_name in _SAME else None


def padded(links: list[Link], also: Node | None = None) -> tuple[Changes, list[str]]:
    """`padding: same` for the windows on the way up that shorten their axis, and their names."""
    found = [(also.layer, also.name)] if also is not None else []
    found += [(link.layer, link.node.name) for link in links]
    changes: list[Change] = []
    names: list[str] = []
    for layer, name in found:
        window = inner_window(layer)
        if window is not None and window.padding == "valid":
            changes.append(set_value(window, "padding", "same"))
            names.append(name)
    return tuple(changes), names


def sizes_of_axes(case: Case, links: list[Link], wanted: list[int | None]) -> Iterator[Move]:
    """What arrives at the end of a chain gets other sizes, the last axis aside."""
    yield from _repeated_as_often(links, wanted)
    changes, names = padded(links)
    if changes:
        title = f"keep the length in {words.either(names, 'and')}: set `padding: same`"
        yield Move(title, changes, 1.1 + 0.02 * len(changes))
        if len(changes) > 1:
            title = f"keep the length in {words.name(names[0])}: set `padding: same`"
            yield Move(title, changes[:1], 1.12)
    yield from margins(case, links, wanted, 1.2)
    yield from _permuted(case, links, wanted)


def _repeated_as_often(links: list[Link], wanted: list[int | None]) -> Iterator[Move]:
    """The `RepeatVector` upwards repeats as often as steps are wanted."""
    for link in links:
        layer: Any = link.layer
        if layer is not None and layer.class_name == "RepeatVector":
            if wanted and wanted[0] not in (None, layer.n):
                title = f"make {wanted[0]} steps: set `n: {wanted[0]}` in "
                change = set_value(layer, "n", wanted[0])
                yield Move(title + words.name(link.node.name), (change,), 1.0, safe=True)
            return


def margins(case: Case, links: list[Link], wanted: list[int | None], cost: float) -> Iterator[Move]:
    """Crop what is too long, or pad what is too short with zeros, at the end of each axis."""
    if not links:
        return
    got = [number(dim) for dim in links[0].shape[1:]]
    spatial = len(got) - 1
    if spatial not in (1, 2, 3) or len(got) != len(wanted) or None in got:
        return
    first = channels_first(links) and spatial > 1
    axes = range(1, len(got)) if first else range(spatial)
    channel = 0 if first else spatial
    if wanted[channel] not in (None, got[channel]):
        return
    more = [(got[n] or 0) - (got[n] if (w := wanted[n]) is None else w) for n in axes]  # type: ignore[operator]  # sizes are known
    if not any(more) or any(size == 0 for size in wanted):
        return
    if all(m >= 0 for m in more):
        made = _margin(case, links, "Cropping", "cropping", more, first)
        title = f"crop what is too much at the end: insert `Cropping{spatial}D`"
    elif all(m <= 0 for m in more):
        made = _margin(case, links, "ZeroPadding", "padding", [-m for m in more], first)
        title = f"pad what is missing with zeros: insert `ZeroPadding{spatial}D`"
    else:
        return
    if made is not None:
        yield Move(f"{title} behind {words.name(links[0].node.name)}", made, cost)


def _margin(
    case: Case, links: list[Link], kind: str, argument: str, sizes: list[int], first: bool
) -> Changes | None:
    spatial = len(sizes)
    value: Any = [[0, size] for size in sizes] if spatial > 1 else [0, sizes[0]]
    arguments: dict[str, Any] = {argument: value}
    if first:
        arguments["data_format"] = "channels_first"
    new = entry(case, f"{kind}{spatial}D", arguments)
    return between(case, links[0].value, links[0].reader, new)


def _permuted(case: Case, links: list[Link], wanted: list[int | None]) -> Iterator[Move]:
    """The same sizes in another order."""
    got = [number(dim) for dim in links[0].shape[1:]]
    if None in got or None in wanted or sorted(got) != sorted(wanted) or len(got) != 2:  # type: ignore[type-var]  # no None in them
        return
    new = entry(case, "Permute", {"dims": [2, 1]})
    made = between(case, links[0].value, links[0].reader, new)
    if made is not None:
        yield Move(f"swap the axes to {listed(wanted)}: insert `Permute`", made, 1.35)
