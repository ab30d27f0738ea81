"""The graph of a model as nodes and edges with shapes, for targets that draw it.

A model with errors is drawn too: a refused call is marked, and what comes out of it is not known.
"""

from __future__ import annotations

from typing import NamedTuple

from lstmshape.case import Case
from lstmshape.dims import show_shape
from lstmshape.flow import CallFlow
from lstmshape.graph import Node, Value, values_in

UNKNOWN = "?"


class Box(NamedTuple):
    """A node of the drawing: `key` is fit for any language, `lines` are not escaped."""

    key: str
    lines: tuple[str, ...]
    #: "input", "layer", "refused" or "output"
    kind: str


class Edge(NamedTuple):
    """From box to box, with the shape of what flows."""

    source: str
    target: str
    label: str


def drawn(case: Case) -> tuple[list[Box], list[Edge]]:
    """The boxes in the order written, outputs last, and the edges between them."""
    boxes = [_box(case, node) for node in case.graph.nodes]
    edges = []
    for node in case.graph.nodes:
        for value in values_in([node.argument, node.named]):
            edges += _edges(case, value, _key(node))
    for number, (name, value) in enumerate(case.graph.outputs):
        key = f"output{number}"
        boxes.append(Box(key, (name or "output",), "output"))
        edges += _edges(case, value, key)
    return boxes, edges


def _key(node: Node) -> str:
    return f"n{node.index}"


def _box(case: Case, node: Node) -> Box:
    call = case.call(node)
    if node.input is not None:
        return Box(_key(node), (node.name, "input"), "input")
    kind = "refused" if call.status == "refused" else "layer"
    return Box(_key(node), (node.name, _class_of(node), *_params(call, node)), kind)


def _class_of(node: Node) -> str:
    layer = node.layer
    if layer is None:
        return str(node.spec.class_name or node.spec.reuse) if node.spec is not None else UNKNOWN
    name = layer.written or layer.class_name
    held = ", ".join(one.class_name for one in layer.inner())
    return f"{name}({held})" if held else name


def _params(call: CallFlow, node: Node) -> tuple[str, ...]:
    """How many weights; a layer that is called again has none of its own there."""
    if node.base != node.index:
        return ("called again",)
    count = sum(weight.size for weight in call.weights)
    return (f"{count:,} params",) if count else ()


def _edges(case: Case, value: Value, target: str) -> list[Edge]:
    """One edge for each tensor that a value stands for."""
    source = _key(case.graph.nodes[value.node])
    tensors = case.flow.tensors(value)
    labels = [show_shape(tensor.shape) for tensor in tensors] or [UNKNOWN]
    return [Edge(source, target, label) for label in labels]
