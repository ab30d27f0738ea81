"""The time axis: moves that make what arrives somewhere lose it, or have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.dims import Dim
from lstmshape.repair.chain import (
    GLOBAL_POOLING,
    POOLING_ARGUMENTS,
    Link,
    number,
    passes_steps,
    sequence_switch,
    source_of_steps,
)
from lstmshape.repair.editing import Changes, between, entry, set_value, unwrap, with_class
from lstmshape.repair.move import Move
from lstmshape.rules import words

_ATTENTION = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")


def switch_to(link: Link, value: bool) -> Changes:
    """Set `return_sequences`, also of the backward layer of a Bidirectional."""
    layer: Any = link.layer
    switch = sequence_switch(layer)
    if switch is None:
        return ()
    change = set_value(switch, "return_sequences", value)
    backward = getattr(layer, "backward_layer", None)
    if backward is None:
        return (change,)
    return (change, set_value(backward, "return_sequences", value))


# -- losing it --------------------------------------------------------------------------------


def without_steps(case: Case, links: list[Link]) -> Iterator[Move]:
    """What arrives at the end of a chain becomes one vector a sample."""
    found = source_of_steps(case, links)
    if found is None:
        return
    link = links[found]
    unwrapped = _unwrapped(case, links[:found])
    yield from _last_step_only(link, unwrapped)
    yield from _pool_whole_axis(case, link, unwrapped)
    yield from _flattened(case, link, unwrapped)


def _unwrapped(case: Case, links: list[Link]) -> Changes:
    """Take `TimeDistributed` off the layers behind: one vector is left to work on."""
    wrapped = [
        link.node
        for link in links
        if link.layer is not None and link.layer.class_name == "TimeDistributed"
    ]
    return tuple(change for node in wrapped for change in unwrap(case, node))


def _and_unwrap(unwrapped: Changes) -> str:
    names = [change.layer for change in unwrapped if change.op == "unwrap_layer"]
    return f", and take `TimeDistributed` off {words.either(names, 'and')}" if names else ""


def _last_step_only(link: Link, unwrapped: Changes) -> Iterator[Move]:
    switch = sequence_switch(link.layer)
    if switch is not None and switch.return_sequences:
        title = f"keep only the last step of {words.name(link.node.name)}: set "
        title += "`return_sequences: false`" + _and_unwrap(unwrapped)
        changes = (*switch_to(link, False), *unwrapped)
        yield Move(title, changes, 1.0 + 0.05 * len(unwrapped), safe=not unwrapped)


def _pool_whole_axis(case: Case, link: Link, unwrapped: Changes) -> Iterator[Move]:
    """A pooling layer that halves the axis was meant to take it whole."""
    layer = link.layer
    whole = GLOBAL_POOLING.get(layer.class_name) if layer is not None else None
    if whole is None:
        return
    changes = with_class(case, link.node, whole, POOLING_ARGUMENTS)
    title = f"pool over the whole axis: make {words.name(link.node.name)} a {words.name(whole)}"
    # the mean of everything is meant more often than the largest of everything
    cost = 1.05 if whole.startswith("GlobalAverage") else 1.15
    yield Move(title + _and_unwrap(unwrapped), (*unwrapped, *changes), cost)


def _flattened(case: Case, link: Link, unwrapped: Changes) -> Iterator[Move]:
    """`Flatten` or a pooling layer behind the layer that still has the axis."""
    spatial = len(link.shape) - 2
    # the last step is the usual answer of a recurrent layer, every step together that of others
    base = 1.3 if sequence_switch(link.layer) is not None else 1.1
    kinds = [("Flatten", "put all steps side by side" if spatial == 1 else "flatten", 0.0)]
    if 1 <= spatial <= 3:
        axes = "time" if spatial == 1 else "height and width" if spatial == 2 else "space"
        kinds.append((f"GlobalMaxPooling{spatial}D", f"keep the largest over {axes}", 0.1))
        kinds.append((f"GlobalAveragePooling{spatial}D", f"average over {axes}", 0.12))
    classes = {node.layer.class_name for node in case.graph.nodes if node.layer is not None}
    # steps that were attended to are averaged by custom
    if classes & set(_ATTENTION):
        kinds.reverse()
        kinds = [(cls, what, 0.1 * n) for n, (cls, what, _) in enumerate(kinds)]
    for class_name, what, more in kinds:
        made = between(case, link.value, link.reader, entry(case, class_name))
        if made is not None:
            title = f"{what}: insert {words.name(class_name)} behind {words.name(link.node.name)}"
            yield Move(title + _and_unwrap(unwrapped), (*unwrapped, *made), base + more)


# -- having it --------------------------------------------------------------------------------


def with_steps(case: Case, links: list[Link], steps: Dim | None = None) -> Iterator[Move]:
    """What arrives at the end of a chain, one vector a sample, becomes a sequence.

    `steps` is the length that it should have, where that is known.
    """
    made = _kept(case, links, steps)
    if made is not None:
        yield made
    yield from _repeated(case, links, steps)


def _kept(case: Case, links: list[Link], steps: Dim | None) -> Move | None:
    """The recurrent layer that drops the steps keeps them."""
    for link in links:
        switch = sequence_switch(link.layer)
        if switch is not None:
            x = case.call(link.node).tensors
            if switch.return_sequences or not x or len(x[0].shape) < 3:
                return None
            known, wanted = number(x[0].shape[1]), number(steps)
            if known is not None and wanted is not None and known != wanted:
                return None
            title = f"keep every step of {words.name(link.node.name)}: set `return_sequences: true`"
            return Move(title, switch_to(link, True), 1.0, safe=True)
        if not passes_steps(case, link):
            return None
    return None


def _repeated(case: Case, links: list[Link], steps: Dim | None) -> Iterator[Move]:
    """The vector stands for each step."""
    count = number(steps)
    if count is None or count < 2 or not links or len(links[0].shape) != 2:
        return
    first = links[0]
    made = between(case, first.value, first.reader, entry(case, "RepeatVector", {"n": count}))
    if made is not None:
        yield Move(f"repeat the vector for each of {count} steps: insert `RepeatVector`", made, 1.6)
