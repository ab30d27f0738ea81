"""Who gave an axis, and who dropped it: the questions that name a culprit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lstmshape.case import Case
from lstmshape.dims import Shape
from lstmshape.graph import Node
from lstmshape.layers.base import Layer


class Lost(NamedTuple):
    """A node that drops the time axis, and why, for a label."""

    node: Node
    why: str
    #: the recurrent layer whose `return_sequences` does it, when one does
    recurrent: Layer | None


def recurrent_inside(layer: Layer | None) -> Layer | None:
    """The layer that has `return_sequences`: itself, or the one in a Bidirectional."""
    if layer is None:
        return None
    if "return_sequences" in type(layer).arguments:
        return layer
    if layer.class_name == "Bidirectional":
        return recurrent_inside(next(iter(layer.inner()), None))
    return None


def written_name(layer: Layer) -> str:
    """The name of a layer as its entry has it: the copies in a Bidirectional bear another."""
    name = str(layer.name)
    for way in ("forward_", "backward_"):
        if name.startswith(way) and layer.path[-1:] == ("layer",):
            return name[len(way) :]
    return name


def works_by_step(case: Case, node: Node) -> bool:
    """Whether a call works on each step by itself: all axes but the last go through it."""
    layer, call = node.layer, case.call(node)
    if layer is None or not call.outputs:
        return False
    if layer.class_name == "TimeDistributed":
        return passes_vectors(layer)
    x = call.tensors
    if not x or layer.class_name in ("Reshape", "Permute", "Flatten", "Embedding"):
        return False
    same = x[0].shape[:-1] == call.outputs[0].shape[:-1] and len(x) == 1
    return same and layer.sequence_axis is None and recurrent_inside(layer) is None


def passes_vectors(wrapper: Layer) -> bool:
    """Whether a TimeDistributed holds a layer that reads vectors, and so works without it."""
    inner = next(iter(wrapper.inner()), None)
    return inner is not None and inner.class_name in (
        "Dense", "Dropout", "Activation", "LayerNormalization", "BatchNormalization", "ReLU",
        "LeakyReLU", "Softmax",
    )  # fmt: skip


def keeper_of_steps(case: Case, node: Node) -> tuple[Node, str] | None:
    """The layer, itself or upstream, that still has the time axis of an output, and why."""
    for here in (node, *case.upstream(node)):
        if works_by_step(case, here):
            continue
        layer: Any = here.layer
        if layer is None:
            return here, "has this axis from the start"
        recurrent: Any = recurrent_inside(layer)
        if recurrent is not None:
            return here, "keeps every step: `return_sequences` is true"
        if len(case.call(here).outputs) != 1:
            return None
        return here, "this axis is still there"
    return None


def upstream(case: Case, node: Node, shape: Shape | None) -> Iterator[Node]:
    """The nodes before it, from the one that gives it that shape; else along the first inputs."""
    for source, value in case.sources(node) if shape is not None else ():
        tensors = case.flow.tensors(value)
        if tensors and tensors[0].shape == shape:
            yield source
            yield from case.upstream(source)
            return
    yield from case.upstream(node)


def lost_axis(case: Case, node: Node, shape: Shape | None = None) -> Lost | None:
    """The nearest node upstream that has fewer axes than it was given; `shape` is what arrives."""
    for source in upstream(case, node, shape):
        call = case.call(source)
        if source.layer is None or not call.outputs or not call.tensors:
            return None
        given, left = len(call.tensors[0].shape), len(call.outputs[0].shape)
        if left > given:
            return None
        if left < given:
            return Lost(source, _why(source.layer), collapsing(source.layer))
    return None


def collapsing(layer: Layer) -> Layer | None:
    """The recurrent layer that passes on its last step only, or None."""
    recurrent: Any = recurrent_inside(layer)
    return recurrent if recurrent is not None and not recurrent.return_sequences else None


def _why(layer: Layer) -> str:
    if collapsing(layer) is not None:
        return "drops the timesteps axis: `return_sequences` is false"
    return f"drops an axis: {layer.class_name} does"


def given_by(case: Case, node: Node, shape: Shape | None = None) -> Node | None:
    """The node whose output arrives at a node, past the layers that keep every shape."""
    for source in upstream(case, node, shape):
        call = case.call(source)
        if source.layer is None or not call.tensors or not call.outputs:
            return source
        if call.outputs[0].shape != call.tensors[0].shape:
            return source
    return None
