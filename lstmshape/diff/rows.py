"""The layers of a model as they are compared, in the order in which Keras keeps them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lstmshape.dims import Shape
from lstmshape.flow import Flow
from lstmshape.graph import Node
from lstmshape.layers.base import Layer, Weight
from lstmshape.naming import snake_case

#: whether Keras makes a layer: it does; it does not; or what it weighs nobody can know here
State = Literal["known", "refused", "open"]


class Row(NamedTuple):
    """An input or a layer of one model."""

    name: str
    class_name: str
    #: of all its calls in order; None for what is not known
    shapes: tuple[Shape | None, ...]
    weights: tuple[Weight, ...]
    #: what its arguments are, where they say something
    arguments: dict[str, Any]
    state: State
    #: what Keras calls the class in a file of weights
    saved_as: str
    #: the layers of a model inside
    inner: tuple[Row, ...] = ()

    @property
    def known(self) -> bool:
        return self.state == "known"

    @property
    def params(self) -> int:
        return sum(weight.size for weight in self.weights)


def rows_of(flow: Flow) -> list[Row]:
    """The inputs, and each layer once, in the order in which Keras's model lists its layers."""
    calls: dict[int, list[Node]] = {}
    for node in flow.graph.nodes:
        calls.setdefault(node.base, []).append(node)
    return [_row(flow, calls[base]) for base in keras_order(flow) if base in calls]


def _state(flow: Flow, nodes: list[Node]) -> State:
    """A layer that does not come out right is refused only where Keras refuses, or did before."""
    layer = nodes[0].layer
    if layer is not None and (layer.operation or layer.class_name == "Lambda"):
        return "known"  # a function has no weights, whatever comes out of it
    custom = layer is not None and layer.class_name == "CustomLayer"
    if not custom and all(flow.calls[node.index].status == "ok" for node in nodes):
        return "known"
    waiting = [node.index for node in nodes]
    seen = set(waiting)
    while waiting:
        call = flow.calls[waiting.pop()]
        inner = call.inner
        if call.status == "refused":
            return "refused"
        if inner is not None and any(one.status == "refused" for one in inner.calls):
            return "refused"
        further = set(call.node.needs) - seen
        seen |= further
        waiting += further
    return "open"


def _row(flow: Flow, nodes: list[Node]) -> Row:
    first = nodes[0]
    found = [flow.calls[node.index] for node in nodes]
    shapes: list[Shape | None] = [tensor.shape for call in found for tensor in call.outputs]
    if first.input is not None:
        return Row(
            first.name, "InputLayer", tuple(shapes or [None]), (), {}, "known", "input_layer"
        )  # fmt: skip
    layer, inner = first.layer, found[0].inner
    custom = layer is not None and layer.class_name == "CustomLayer"
    class_name = layer.class_name if layer is not None and not custom else _written(first)
    return Row(
        name=str(layer.name) if layer is not None else first.name,
        class_name=class_name,
        shapes=tuple(shapes or [None]),
        weights=tuple(found[0].weights),
        arguments=_said(first) if layer is None or custom else _arguments(layer),
        state=_state(flow, nodes),
        saved_as=layer.base_name() if layer is not None else snake_case(class_name),
        inner=tuple(row for row in rows_of(inner) if row.saved_as != "input_layer")
        if inner is not None
        else (),
    )


def _written(node: Node) -> str:
    return str(node.spec.class_name) if node.spec is not None else "?"


def _said(node: Node) -> dict[str, Any]:
    """The arguments of a layer that is not known, as they are written."""
    arguments = node.spec.arguments if node.spec is not None else {}
    return {key: value for key, value in arguments.items() if key != "name"}


def _arguments(layer: Layer) -> dict[str, Any]:
    """The arguments that are not the class's defaults, layers in them as text."""
    if layer.holds_model:
        return {}
    found = {}
    for key in layer.arguments:
        value = layer.__dict__.get(f"{key}_" if key in layer.clashing else key)
        if isinstance(value, Layer) and value.holds_model:
            continue  # its layers are rows of their own
        if key != "name" and value != layer.arguments[key].default:
            found[key] = value if _is_plain(value) else repr(value)
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def keras_order(flow: Flow) -> list[int]:
    """The nodes that own the layers, as `keras.Model.layers` has them: by depth, then as met.

    Depth counts calls to the outputs, and layers are met from the outputs on. What no output
    depends on is in no model; where errors hide what depends on what, it comes last.
    """
    graph = flow.graph
    order, met = _traversed(flow)
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
    if not flow.ok:
        found += [node.index for node in graph.nodes if node.base not in of_layer]
    return found


def _traversed(flow: Flow) -> tuple[list[int], dict[int, int]]:
    """The nodes from inputs to outputs, depth first; and which layer was met as the how-manieth."""
    nodes, order = flow.graph.nodes, list[int]()
    met: dict[int, int] = {}
    done: set[int] = set()
    open_: set[int] = set()
    waiting = [(value.node, False) for _, value in reversed(flow.graph.outputs)]
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
