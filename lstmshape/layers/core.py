"""The layers that most models have: Dense, Embedding, Activation, Masking, InputLayer, …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.layers.arguments import ACTIVATION, BOOLEAN, argument, integer
from lstmshape.layers.base import Layer, Rank, Shapes, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

UNITS = integer("a positive integer", 1)


class Dense(Layer):
    """A fully connected layer: `activation(x @ kernel + bias)` over the last axis.

    Input: (batch, …, features). Output: (batch, …, units); every axis between is kept, so on a
    sequence it acts at each timestep with the same weights.
    """

    units: int = argument(UNITS, "How many features come out.")
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)

    rank: ClassVar[Rank | None] = Rank(("batch", "features"), at_least=True)
    formula: ClassVar[str] = "features * units + units"

    def axes(self, x: Shape) -> Mapping[int, int | None]:
        return {-1: x[-1] if isinstance(x[-1], int) else None}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        made = [Weight("kernel", (ctx.fixed(x, -1, "kernel"), self.units))]
        if self.use_bias:
            made.append(Weight("bias", (self.units,)))
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (*x[:-1], self.units)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        return product(x[1:]) * self.units
