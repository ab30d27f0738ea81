"""The layers of a model as they are compared, in the order in which Keras keeps them."""

from __future__ import annotations

from typing import Any, NamedTuple

from lstmshape.case import Case
from lstmshape.dims import Shape
from lstmshape.graph import Node
from lstmshape.layers.base import Layer, Weight


class Row(NamedTuple):
    """An input or a layer of one model."""

    name: str
    class_name: str
    #: of all its calls in order; None for what is not known
    shapes: tuple[Shape | None, ...]
    weights: tuple[Weight, ...]
    #: what its arguments are, where they say something
    arguments: dict[str, Any]
    #: whether Keras makes it
    known: bool

    @property
    def params(self) -> int:
        return sum(weight.size for weight in self.weights)


def rows_of(case: Case) -> list[Row]:
    """The inputs, and each layer once, in the order in which Keras's model lists its layers."""
    calls: dict[int, list[Node]] = {}
    for node in case.graph.nodes:
        calls.setdefault(node.base, []).append(node)
    return [_row(case, calls[base]) for base in keras_order(case) if base in calls]


def _row(case: Case, nodes: list[Node]) -> Row:
    first = nodes[0]
    shapes: list[Shape | None] = [t.shape for node in nodes for t in case.call(node).outputs]
    if first.input is not None:
        return Row(first.name, "InputLayer", tuple(shapes or [None]), (), {}, True)
    layer = first.layer
    name = str(layer.name) if layer is not None else first.name
    class_name = layer.class_name if layer is not None else _written(first)
    known = all(case.call(node).status == "ok" for node in nodes)
    weights = tuple(case.call(first).weights)
    return Row(name, class_name, tuple(shapes or [None]), weights, _arguments(layer), known)


def _written(node: Node) -> str:
    return str(node.spec.class_name) if node.spec is not None else "?"


def _arguments(layer: Layer | None) -> dict[str, Any]:
    """The arguments that are not the class's defaults, layers in them as text."""
    if layer is None or layer.holds_model:
        return {}
    found = {}
    for key in layer.arguments:
        value = layer.__dict__.get(f"{key}_" if key in layer.clashing else key)
        if key != "name" and value != layer.arguments[key].default:
            found[key] = value if _is_plain(value) else repr(value)
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def keras_order(case: Case) -> list[int]:
    """The nodes that own the layers, as `keras.Model.layers` has them: by depth, then as met.

    Depth counts calls to the outputs, and layers are met from the outputs on. What no output
    depends on is in no model; where errors hide what depends on what, it comes last.
    """
    graph = case.graph
    order, met = _traversed(case)
    depths: dict[int, int] = {}
    of_layer: dict[int, int] = {}
    for index in reversed(order):
        node = graph.nodes[index]
        depth = max(depths.get(index, 0), of_layer.get(node.base, 0))
        depths[index] = of_layer[node.base] = depth
        for need in node.needs:
            depths[need] = max(depth + 1, depths.get(need, 0))
    for index in graph.inputs:
        if index not in of_layer:
            of_layer[index], met[index] = 0, -1
    found = sorted(of_layer, key=lambda base: (-of_layer[base], met[base]))
    if not case.flow.ok:
        found += [node.index for node in graph.nodes if node.base not in of_layer]
    return found


def _traversed(case: Case) -> tuple[list[int], dict[int, int]]:
    """The nodes from inputs to outputs, depth first; and which layer was met as the how-manieth."""
    nodes, order = case.graph.nodes, list[int]()
    met: dict[int, int] = {}
    done: set[int] = set()
    open_: set[int] = set()
    waiting = [(value.node, False) for _, value in reversed(case.graph.outputs)]
    while waiting:
        index, left = waiting.pop()
        if left:
            done.add(index)
            order.append(index)
        elif index not in done and index not in open_:
            open_.add(index)
            met.setdefault(nodes[index].base, len(met))
            waiting.append((index, True))
            waiting += [(need, False) for need in reversed(nodes[index].needs)]
    return order, met
