"""What a call gives: shapes with their dtypes and masks."""

from __future__ import annotations

from typing import Any

from lstmshape.dims import Shape
from lstmshape.facts import FailsWhenRun, MaskDropped, Unmet
from lstmshape.flow import CallFlow, Flow
from lstmshape.layers.base import Layer, Tensor
from lstmshape.layers.context import Context
from lstmshape.layers.together import Together, first_of, flat, numbered
from lstmshape.spec import LARGEST_DIM


def give(call: CallFlow, layer: Layer, ctx: Context, out: Any) -> None:
    """Write down the outputs with their dtypes and masks."""
    if type(out) is tuple and type(call.x) is Tensor and not layer.holds_model:
        _give_one(call, layer, ctx, out)
        return
    shapes = out if isinstance(out, list) else [out]
    for shape in shapes:
        _countable(ctx, shape)
    _check_run(call, layer, ctx, shapes)
    call.status = "ok"
    call.many = isinstance(out, list)
    if layer.holds_model:
        call.keys = keys_of(call.inner) if call.inner is not None else ()
    stand(call, layer)
    if call.inner is not None and layer.holds_model:
        kinds = [t.dtype for _, t in call.inner.outputs() if t is not None]
    else:
        made = _as_it_comes(layer, ctx).output_dtype(call.x)
        kinds = made if isinstance(made, list) else [made] * len(shapes)
    masks = _masks(call, layer, ctx, out, len(shapes))
    call.outputs = [
        Tensor(shape, dtype, mask) for shape, dtype, mask in zip(shapes, kinds, masks, strict=True)
    ]
    if call.structure is None and len(call.keys) != len(call.outputs):
        call.keys = ()  # one came of the several in a mapping


def _check_run(call: CallFlow, layer: Layer, ctx: Context, shapes: list[Shape]) -> None:
    """What only shows when it runs: dtypes that arithmetic does not take, a penalty that fails."""
    for dtype in dict.fromkeys(tensor.dtype for tensor in call.tensors):
        wants = layer.unless_fit(layer.received_dtype(dtype))
        if wants is not None:
            ctx.warn(FailsWhenRun(wants=wants, gets=f"dtype {dtype}"))
    ranks = {len(shape) for shape in shapes} - {2}
    if layer.activity_regularizer is not None and ranks and layer.penalizes_matrices:
        wants = "an output of 2 axes for OrthogonalRegularizer"
        ctx.warn(FailsWhenRun(wants=wants, gets=f"one of {ranks.pop()}"))


def _passes_on(layer: Layer) -> bool:
    """Whether several tensors come out of it as they went in."""
    return layer.takes == "any" and not (layer.holds_model or layer.opaque)


def stand(call: CallFlow, layer: Layer) -> None:
    """Write down how the outputs of a call stand together."""
    if layer.holds_model:
        call.structure = _structure_of(call.inner) if call.inner is not None else None
    elif call.many and _passes_on(layer):
        call.structure = call.given
    elif call.many:
        call.structure = layer.structure()


def keys_of(flow: Flow) -> tuple[str, ...]:
    """The keys of a model's outputs, where they stand in a mapping."""
    outputs = flow.graph.outputs
    if len(outputs) == 1 and outputs[0][0] is None and outputs[0][1].output is None:
        return flow.calls[outputs[0][1].node].keys
    return tuple(name for name, _ in outputs if name is not None)


def _structure_of(flow: Flow) -> Together | None:
    """How a model's outputs stand together: as its last layer gives them, or in a list."""
    outputs = flow.graph.outputs
    if any(name is not None for name, _ in outputs):
        wholes = [flow.calls[value.node].together() for _, value in outputs if value.output is None]
        if not any(isinstance(whole, list) for whole in wholes):
            return None
        parts = [
            flow.calls[v.node].together() if v.output is None else flow.tensors(v)[0]
            for _, v in outputs
        ]
        return numbered(parts)
    if len(outputs) == 1:
        _, value = outputs[0]
        return flow.calls[value.node].structure if value.output is None else None
    return numbered([tensor for _, tensor in flow.outputs()])


def _as_it_comes(layer: Layer, ctx: Context) -> Layer:
    """The layer, such that it casts nothing where Keras only works out shapes."""
    if not ctx.again or not layer.autocast:
        return layer
    made: Layer = object.__new__(type(layer))
    made.__dict__.update(layer.__dict__, autocast=False)
    return made


def _give_one(call: CallFlow, layer: Layer, ctx: Context, out: Shape) -> None:
    """The short way for most calls: from one tensor to one."""
    _countable(ctx, out)
    call.status = "ok"
    if layer.activity_regularizer is not None or layer.unless_fit(call.x.dtype) is not None:
        _check_run(call, layer, ctx, [out])
    dtype = _as_it_comes(layer, ctx).output_dtype(call.x)
    (mask,) = _masks(call, layer, ctx, out, 1)
    call.outputs = [Tensor(out, dtype[0] if isinstance(dtype, list) else dtype, mask)]


def _countable(ctx: Context, shape: Shape) -> None:
    for dim in shape:
        if type(dim) is int and dim > LARGEST_DIM:
            ctx.refuse(Unmet(wants="sizes that 64 bits hold", gets="a larger one"))


def _masks(call: CallFlow, layer: Layer, ctx: Context, out: Any, count: int) -> list[Any]:
    masking = layer.masking
    x = call.x
    if ctx.tensors and isinstance(x, Tensor):
        explicit = first_of(ctx.tensors.get("mask"))
        if isinstance(explicit, Tensor):
            x = x._replace(mask=explicit.shape)
    elif ctx.tensors.get("mask") is not None and isinstance(x, list) and layer.takes == "any":
        given = [mask.shape for mask in flat(ctx.tensors["mask"])]
        padded = [*given, *[None] * len(x)]
        x = [tensor._replace(mask=mask) for tensor, mask in zip(x, padded, strict=False)]
    if masking == "own":
        made = layer.mask(ctx, x, out)
        return made if isinstance(made, list) else [made] * count if count == 1 else [None] * count
    if isinstance(x, Tensor):
        if x.mask is None:
            return [None] * count
        if masking == "passes":
            return [x.mask] * count
    elif masking == "passes" and isinstance(x, list):
        return [tensor.mask for tensor in x][:count]
    if masking == "drops" and any(t.mask is not None for t in call.tensors):
        ctx.warn(MaskDropped(warned=True))
    return [None] * count
