"""What a table says of a model, before it is drawn: a `Row` a call, and totals they add up to.

All sizes may be open. Multiply-accumulates are those of one sample, the time axis counted;
activations are the bytes of every output of a call, for one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lstmshape.calls import assigned
from lstmshape.case import Case
from lstmshape.dims import Dim, Shape, product, total
from lstmshape.flow import CallFlow, Flow, Status, shapes_of
from lstmshape.graph import Node, Value
from lstmshape.layers import find
from lstmshape.layers.base import Layer, Tensor, Weight

ITEM_BYTES = {
    "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1,
    "float8_e5m2": 1, "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4,
    "uint32": 4, "int64": 8, "uint64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip


class Output(NamedTuple):
    """One output of a call; `label` is empty where there is only one."""

    label: str
    tensor: Tensor


class Row(NamedTuple):
    """One call of a layer. What is not known behind a mistake is None, or empty."""

    node: Node
    class_name: str
    #: names of what it is called on, with `:k` where the source has several outputs
    reads: tuple[str, ...]
    #: call-time tensors by argument: `initial_state`
    options: tuple[tuple[str, tuple[str, ...]], ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Output, ...]
    #: of this call: 0 where an earlier one has made them
    weights: tuple[Weight, ...]
    weight_bytes: int
    params: int | None
    status: Status
    macs: Dim | None
    activation_bytes: Dim | None
    #: no output of the model depends on it: its parameters are not the model's
    unused: bool
    #: the rows of the model that it holds
    inner: tuple[Row, ...] = ()


class Totals(NamedTuple):
    """Sums over the rows that count. `complete` is False behind a refused call."""

    params: int
    trainable: int
    non_trainable: int
    weight_bytes: int
    macs: Dim
    activation_bytes: Dim
    complete: bool


def rows_of(case: Case, batch_size: int | None = None) -> list[Row]:
    """A row for each call of the model, in the order written (inputs are no calls).

    Multiply-accumulates and activations are worked out only for a batch size.
    """
    return _rows(case.flow, batch_size)


def totals_of(rows: Iterable[Row]) -> Totals:
    """What the rows add up to: Keras's totals for the parameters."""
    rows = list(rows)
    counted = [row for row in rows if not row.unused]
    weights = [weight for row in counted for weight in row.weights]
    trainable = sum(weight.size for weight in weights if weight.trainable)
    params = sum(weight.size for weight in weights)
    return Totals(
        params=params,
        trainable=trainable,
        non_trainable=params - trainable,
        weight_bytes=sum(row.weight_bytes for row in counted),
        macs=total([row.macs for row in rows if row.macs is not None]),
        activation_bytes=total(
            [row.activation_bytes for row in rows if row.activation_bytes is not None]
        ),
        complete=all(row.status == "ok" for row in rows),
    )


def batch_size_of(case: Case) -> int:
    """The batch size that the data or the command line gives, else 1."""
    size = case.spec.data.get("batch_size")
    return size if type(size) is int and size > 0 else 1


def _rows(flow: Flow, batch_size: int | None) -> list[Row]:
    reached = flow.graph.reached()
    seen: set[int] = set()
    found = []
    for call in flow.calls:
        if call.node.input is None:
            fresh = call.node.layer is not None and id(call.node.layer) not in seen
            seen.add(id(call.node.layer))
            found.append(_row(flow, call, fresh, call.node.index not in reached, batch_size))
    return found


def _row(flow: Flow, call: CallFlow, fresh: bool, unused: bool, batch_size: int | None) -> Row:
    node = call.node
    ok = call.status == "ok"
    costs = ok and batch_size is not None
    weights = tuple(call.weights) if ok and fresh else ()
    inner = tuple(_rows(call.inner, batch_size)) if call.inner is not None else ()
    return Row(
        node=node,
        class_name=_class_name(node),
        reads=tuple(input_names(flow, node)),
        options=tuple(call_tensors(flow, node)),
        inputs=tuple(call.tensors),
        outputs=tuple(_outputs(call)) if ok else (),
        weights=weights,
        weight_bytes=weight_bytes(node.layer, weights, inner) if weights else 0,
        params=sum(weight.size for weight in weights) if ok else None,
        status=call.status,
        macs=_macs(call) if costs else None,
        activation_bytes=_activation_bytes(call, batch_size or 1) if costs else None,
        unused=unused,
        inner=inner,
    )


def _class_name(node: Node) -> str:
    """Keras's own name of the class, also where the spec has an alias; else what it has."""
    written = node.spec.class_name if node.spec is not None else None
    if node.layer is not None and node.layer.class_name != "CustomLayer":
        return node.layer.class_name
    known = find(written) if written is not None else None
    return known.__name__ if known is not None else written or "?"


def _outputs(call: CallFlow) -> Iterator[Output]:
    """The outputs with labels: those of the class, else their numbers, none for a single one."""
    labels = call.node.layer.labels() if call.node.layer is not None else ()
    several = len(call.outputs) > 1
    for number, tensor in enumerate(call.outputs):
        named = labels[number] if number < len(labels) else f":{number}"
        yield Output(named if several else "", tensor)


# -- what a call reads --------------------------------------------------------------------------


def input_names(flow: Flow, node: Node) -> Iterator[str]:
    """Names of the tensors that it is called on first, in the order of `CallFlow.tensors`."""
    if node.layer is not None and node.layer.takes == "operands":
        operands = assigned(node.layer.call_tensors, node.argument, node.named)
        for value in operands.values():
            yield from _value_names(flow, value)
        return
    if node.argument is not None:
        yield from _value_names(flow, node.argument)
    for key in _first_keys(node):
        yield from _value_names(flow, node.named[key])


def call_tensors(flow: Flow, node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Further call arguments that are tensors: (`initial_state`, (`encoder:1`, `encoder:2`))."""
    first = set(_first_keys(node))
    for key, value in node.named.items():
        names = tuple(_value_names(flow, value))
        if names and key not in first:
            yield key, names


def _first_keys(node: Node) -> list[str]:
    """The named arguments that the layer is called on, in the layer's order."""
    layer = node.layer
    if layer is not None and layer.takes in ("named", "operands"):
        return [key for key in layer.call_tensors if key in node.named]
    if node.argument is None:
        return list(node.named)[:1]
    return []


def _value_names(flow: Flow, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _value_names(flow, item)
    if not isinstance(value, Value):
        return
    source = flow.calls[value.node]
    name = source.node.name
    if value.output is not None:
        yield f"{name}:{value.output}"
    elif len(source.outputs) > 1:
        yield from (f"{name}:{number}" for number in range(len(source.outputs)))
    else:
        yield name


# -- what a call costs --------------------------------------------------------------------------


def _macs(call: CallFlow) -> Dim | None:
    layer = call.node.layer
    if layer is None:
        return None
    if call.inner is not None:
        inside = total([row.macs for row in _rows(call.inner, 1) if row.macs is not None])
        # TimeDistributed alone holds a model and calls it more than once
        return inside if layer.holds_model else inside * call.tensors[0].shape[1]
    shapes = [tensor.shape for tensor in call.outputs]
    return layer.macs(shapes_of(call.x), shapes if call.many else shapes[0])


def tensor_bytes(tensor: Tensor, batch_size: int) -> Dim:
    """The bytes of a tensor; an open batch counts as `batch_size`. Text has no size: 0."""
    first = tensor.shape[:1]
    batch = first if first and isinstance(first[0], int) else (batch_size,) * len(first)
    shape: Shape = (*batch, *tensor.shape[1:])
    return product(shape) * ITEM_BYTES.get(tensor.dtype, 0)


def _activation_bytes(call: CallFlow, batch_size: int) -> Dim:
    return total([tensor_bytes(tensor, batch_size) for tensor in call.outputs])


def weight_bytes(layer: Layer | None, weights: Iterable[Weight], inner: Iterable[Row] = ()) -> int:
    """The bytes of a layer's weights, each in the dtype in which its own layer stores it."""
    inner = list(inner)
    if inner:
        return sum(row.weight_bytes for row in inner if not row.unused)
    size = ITEM_BYTES.get(_stored(layer), 4)
    return sum(weight.size for weight in weights) * size


def _stored(layer: Layer | None) -> str:
    """The dtype of the weights: that of the layer inside, where a wrapper has none of its own."""
    while layer is not None and layer.inner():
        layer = layer.inner()[0]
    return layer.variable_dtype if layer is not None else "float32"
