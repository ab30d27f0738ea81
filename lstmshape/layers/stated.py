"""Layers of which nobody can work out what comes out: it is stated, and Lambda is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape import dims
from lstmshape.dims import Dim, Shape
from lstmshape.facts import OpenLayer
from lstmshape.layers.arguments import anything, argument
from lstmshape.layers.base import Layer, Shapes, Takes, Tensor
from lstmshape.layers.base import Masking as MaskRule
from lstmshape.layers.core import dropped
from lstmshape.layers.shapes import STATED_SHAPES

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class Lambda(Layer):
    """A Python function as a layer: what it gives is known only if `output_shape` says it.

    Input: anything. Output: (batch, …) with the sizes of `output_shape`.
    """

    function: Any = argument(anything("a function"), "The function; a spec never runs it.")
    output_shape: Any = argument(STATED_SHAPES, "What it gives, without the batch axis.", None)
    mask_: Any = argument(anything("a mask, or null"), "The mask of the output.", None)
    arguments_: Any = argument(anything("a mapping, or null"), "Arguments of the function.", None)

    takes: ClassVar[Takes] = "any"
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[MaskRule] = "own"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated_shapes(ctx, self, x, self.output_shape)

    def mask(self, ctx: Context, x: Any, out: Shapes) -> Any:
        if self.mask_ is None and isinstance(x, Tensor):
            return dropped(ctx, x)
        return None


def stated_shapes(ctx: Context, layer: Layer, x: Any, stated: Any) -> Shapes:
    """What a layer gives whose shape nobody can work out: as stated, or as its entry expects."""
    if stated is None:
        stated = layer.expect
    many = (
        isinstance(stated, (list, tuple)) and bool(stated) and isinstance(stated[0], (list, tuple))
    )
    if not all(map(_is_shape, stated if many else [stated])):
        ctx.unknown(OpenLayer(name=str(layer.name), stated=False))
    several = x.values() if isinstance(x, dict) else x
    first = x if isinstance(x, tuple) else next(iter(several), (dims.name("batch"),))
    if many:
        return [(first[0], *opened(ctx, shape)) for shape in stated]
    return (first[0], *opened(ctx, stated))


def _is_shape(stated: Any) -> bool:
    """Whether it is a list of sizes, of names or formulas of them, and of nulls."""

    def is_size(dim: Any) -> bool:
        if isinstance(dim, str):
            try:
                return dims.parse(dim) is not None
            except ValueError:
                return False
        return dim is None or (type(dim) is int and dim >= 0)

    return isinstance(stated, (list, tuple)) and all(map(is_size, stated))


def opened(ctx: Context, stated: Any) -> Shape:
    """A stated shape: a name is that open size, null an open one of its own."""

    def size(axis: int, stated: Any) -> Dim:
        if isinstance(stated, str):
            return dims.parse(stated)
        return stated if isinstance(stated, int) else ctx.open(f"out{axis}")

    return tuple(size(axis, dim) for axis, dim in enumerate(stated, 1))
