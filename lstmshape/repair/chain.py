"""The way up from a place: the layers that made what arrives there, and what each can do."""

from __future__ import annotations

from typing import Any, NamedTuple

from lstmshape.case import Case
from lstmshape.dims import Dim, Shape
from lstmshape.graph import Node, Value
from lstmshape.layers.base import Layer
from lstmshape.repair.editing import values_read
from lstmshape.rules.lineage import recurrent_inside, works_by_step

#: pooling that slides, by the class that takes a whole axis
GLOBAL_POOLING = {
    f"{kind}Pooling{rank}D": f"Global{kind}Pooling{rank}D"
    for kind in ("Average", "Max")
    for rank in (1, 2, 3)
}
#: arguments of pooling that slides, and not of global pooling
POOLING_ARGUMENTS = ("pool_size", "strides", "padding")


class Link(NamedTuple):
    """A node on the way up: what it gives, and who on the way down reads that (None: the end)."""

    node: Node
    #: the output of the node that is read
    value: Value
    reader: Node | None
    #: what the reader gets of it, with batch
    shape: Shape

    @property
    def layer(self) -> Layer | None:
        return self.node.layer


def way_up(case: Case, value: Value, reader: Node | None) -> list[Link]:
    """The links from a value upwards, as long as each layer reads one tensor."""
    links: list[Link] = []
    seen: set[int] = set()
    while value.node not in seen:
        seen.add(value.node)
        node = case.graph.nodes[value.node]
        tensors = case.flow.tensors(value)
        if not tensors:
            break
        links.append(Link(node, value, reader, tensors[0].shape))
        above = only_source(node)
        if node.layer is None or above is None:
            break
        value, reader = above, node
    return links


def only_source(node: Node) -> Value | None:
    """The value that a layer of one tensor reads."""
    here = node.argument
    while isinstance(here, list) and len(here) == 1:
        here = here[0]
    if isinstance(here, Value):
        return here
    first = next(iter(node.named.values()), None) if node.argument is None else None
    return first if isinstance(first, Value) else None


def above(case: Case, node: Node) -> list[Link]:
    """The way up from what a node reads first."""
    value = only_source(node)
    return way_up(case, value, node) if value is not None else []


def above_shape(case: Case, node: Node, shape: Shape) -> list[Link]:
    """The way up from what a node reads of that shape; from what it reads first when nothing is."""
    for value in values_read(node):
        tensors = case.flow.tensors(value)
        if tensors and tensors[0].shape == shape:
            return way_up(case, value, node)
    return above(case, node)


def passes_steps(case: Case, link: Link) -> bool:
    """Whether a layer works on each step by itself: all axes but the last go through it."""
    return works_by_step(case, link.node)


def source_of_steps(case: Case, links: list[Link]) -> int | None:
    """The first link upwards that does not work step by step: where the time axis was made or kept.

    None when all of them do, or the way ends before.
    """
    for number, link in enumerate(links):
        if not passes_steps(case, link):
            return number
    return None


def sequence_switch(layer: Layer | None) -> Any:
    """The recurrent layer whose `return_sequences` counts, or None."""
    return recurrent_inside(layer)


def sized_by(layer: Layer | None) -> tuple[Layer, str, int] | None:
    """(layer, argument, factor): what sets the last axis, whose size is argument * factor.

    None for a layer that passes the last axis on, or makes it otherwise.
    """
    here: Any = layer
    while here is not None and here.class_name == "TimeDistributed":
        here = next(iter(here.inner()), None)
    if here is None:
        return None
    if here.class_name == "Bidirectional":
        inner = here.layer
        if "units" not in type(inner).arguments or here.backward_layer is not None:
            return None
        return inner, "units", 2 if here.merge_mode == "concat" else 1
    for argument in ("units", "filters", "output_dim"):
        if argument in type(here).arguments and here.class_name != "EinsumDense":
            return here, argument, 1
    return None


def keeps_last(case: Case, link: Link) -> bool:
    """Whether the last axis goes through a layer as it is."""
    x = case.call(link.node).tensors
    return bool(x) and link.layer is not None and sized_by(link.layer) is None and (
        x[0].shape[-1] == link.shape[-1]
    )  # fmt: skip


def number(dim: Dim | None) -> int | None:
    """The dim when it is a plain number."""
    return dim if isinstance(dim, int) else None
