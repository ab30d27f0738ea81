"""What a call gives: shapes with their dtypes and masks."""

from __future__ import annotations

from typing import Any

from lstmshape.dims import Shape
from lstmshape.facts import FailsWhenRun, MaskDropped, Unmet
from lstmshape.flow import CallFlow
from lstmshape.graph import Graph
from lstmshape.layers.base import Layer, Tensor
from lstmshape.layers.context import Context
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
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        call.keys = tuple(name for name, _ in graph.outputs if name is not None)
    passes_on = layer.takes == "any" and not (layer.holds_model or layer.opaque)
    if passes_on and isinstance(call.x, list):
        shapes, call.many = [*shapes], True
    if call.inner is not None and layer.holds_model:
        kinds = [t.dtype for _, t in call.inner.outputs() if t is not None]
    else:
        made = layer.output_dtype(call.x)
        kinds = made if isinstance(made, list) else [made] * len(shapes)
    masks = _masks(call, layer, ctx, out, len(shapes))
    call.outputs = [
        Tensor(shape, dtype, mask) for shape, dtype, mask in zip(shapes, kinds, masks, strict=True)
    ]


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


def _give_one(call: CallFlow, layer: Layer, ctx: Context, out: Shape) -> None:
    """The short way for most calls: from one tensor to one."""
    _countable(ctx, out)
    call.status = "ok"
    if layer.activity_regularizer is not None or layer.unless_fit(call.x.dtype) is not None:
        _check_run(call, layer, ctx, [out])
    if ctx.again and layer.keeps_dtype:
        dtype: Any = call.x.dtype  # nothing is cast where Keras only works out shapes
    else:
        dtype = layer.output_dtype(call.x)
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
        explicit = ctx.tensors.get("mask")
        if isinstance(explicit, Tensor):
            x = x._replace(mask=explicit.shape)
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
