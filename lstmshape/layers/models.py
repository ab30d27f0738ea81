"""Models as layers: Sequential and Model (Functional), and classes that nobody here knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.layers.arguments import TEXT, anything, argument
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Weight
from lstmshape.layers.shapes import STATED_SHAPES

if TYPE_CHECKING:
    from lstmshape.layers.context import Context, Models


def _models(ctx: Context) -> Models:
    assert ctx.models is not None, "a model is only called while a model is propagated"
    return ctx.models


class Sequential(Layer):
    """A chain of layers used as one layer.

    Input and output are those of its first and last layer. Without an `input` of its own it takes
    the shape that it is called on.
    """

    graph: Any = argument(anything("a model"), "The layers and how they are joined.")

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "drops"
    holds_model: ClassVar[bool] = True
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "the sum over its layers, a shared layer counted once"

    def weights(self, ctx: Context, x: Any) -> list[Weight]:
        return _models(ctx).weights(ctx, self, x)

    def output(self, ctx: Context, x: Any) -> Shapes:
        return _models(ctx).output(ctx, self, x)


class Functional(Layer):
    """A graph of layers used as one layer, with inputs and outputs of its own.

    Input: what its `inputs` say, one tensor or a list. Output: what its `outputs` say.
    """

    graph: Any = argument(anything("a model"), "The layers and how they are joined.")

    aliases: ClassVar[tuple[str, ...]] = ("Model",)
    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "drops"
    holds_model: ClassVar[bool] = True
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "the sum over its layers, a shared layer counted once"

    def weights(self, ctx: Context, x: Any) -> list[Weight]:
        return _models(ctx).weights(ctx, self, x)

    def output(self, ctx: Context, x: Any) -> Shapes:
        return _models(ctx).output(ctx, self, x)


class CustomLayer(Layer):
    """A class that is not Keras's own: its weights are unknown, and its output if nobody says it.

    Input: anything. Output: `expect` or `output_shape` of its entry.
    """

    stated: str = argument(TEXT, "The class as the spec names it.")
    expect: Any = argument(anything("a shape"), "What the spec expects of it.", None)
    output_shape: Any = argument(STATED_SHAPES, "What the spec says comes out.", None)
    said: Any = argument(anything("a fact"), "The fact that it is not known, said once.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        from lstmshape.layers.stated import stated_shapes

        stated = self.output_shape if self.expect is None else self.expect
        if stated is None:
            ctx.unknown(self.said)
        return stated_shapes(ctx, self, x, stated)
