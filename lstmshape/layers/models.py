"""Models as layers: Sequential and Model (Functional), and classes that nobody here knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, name, parse
from lstmshape.layers.arguments import TEXT, anything, argument
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Weight

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
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "the sum over its layers, a shared layer counted once"

    def weights(self, ctx: Context, x: Any) -> list[Weight]:
        return _models(ctx).weights(ctx, self, x)

    def output(self, ctx: Context, x: Any) -> Shapes:
        return _models(ctx).output(ctx, self, x)


class CustomLayer(Layer):
    """A class that is not Keras's own: its output is what the spec states, its weights unknown.

    Input: anything. Output: `expect` or `output_shape` of its entry.
    """

    stated: str = argument(TEXT, "The class as the spec names it.")
    expect: Any = argument(anything("a shape"), "What the spec expects of it.", None)
    output_shape: Any = argument(anything("a shape"), "What the spec says comes out.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"

    def output(self, ctx: Context, x: Any) -> Shapes:
        first = x[0] if isinstance(x, list) else x
        stated = self.expect if self.expect is not None else self.output_shape
        if stated and isinstance(stated[0], list):
            return [self._shape(first[0], shape) for shape in stated]
        return self._shape(first[0], stated or [])

    @staticmethod
    def _shape(batch: Dim, stated: list[Any]) -> Shape:
        return (batch, *(open_dim(dim) if not isinstance(dim, int) else dim for dim in stated))


def open_dim(dim: str | None) -> Dim:
    """A stated size that is no number: a name, a formula, or nothing."""
    if dim is None:
        return name("open")
    return parse(dim)
