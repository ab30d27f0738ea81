"""Layers that `keras.layers` does not have: those of Keras 1 and 2.

They come from Keras's saved files, and go by `package>Class` (`keras2>CuDNNLSTM`), as Keras names
what is not its own; so no spec takes one for a layer of Keras 3. Rules for weights are those of
Keras 1.2 and 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape, product
from lstmshape.layers.arguments import ACTIVATION, BOOLEAN, anything, argument, integer
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Weight
from lstmshape.layers.merging import Add
from lstmshape.layers.recurrent import LSTM
from lstmshape.layers.windows import (
    Convolution,
    Spans,
    data_format,
    kernel,
    ones,
    spatial_part,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

ANYTHING = anything("what Keras took")
USE_BIAS = argument(BOOLEAN, "Whether a bias is added.", True)


class CuDNNLSTM(LSTM):
    """Keras 2's LSTM for NVIDIA's library: an LSTM with a second bias.

    Input: (batch, timesteps, features). Output: that of an LSTM.
    """

    now: ClassVar[str] = "LSTM"
    formula: ClassVar[str] = "4 * (features * units + units * units + 2 * units)"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        made = super().weights(ctx, x)
        return [
            w._replace(shape=(2 * w.shape[0],)) if w.name.endswith("/bias") else w for w in made
        ]


class MaxoutDense(Layer):
    """The greatest of several Dense layers, element by element (Keras 1).

    Input: (batch, features). Output: (batch, output_dim).
    """

    output_dim: int = argument(integer("a positive integer", 1), "How many features come out.")
    nb_feature: int = argument(integer("a positive integer", 1), "How many Dense layers.", 4)
    bias: bool = USE_BIAS

    rank: ClassVar[Rank | None] = Rank(("batch", "features"))
    now: ClassVar[str] = ""
    formula: ClassVar[str] = "nb_feature * (features * output_dim + output_dim)"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        made = [Weight("W", (self.nb_feature, ctx.fixed(x, -1, "W"), self.output_dim))]
        return [*made, Weight("b", (self.nb_feature, self.output_dim))] if self.bias else made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (x[0], self.output_dim)


class Highway(Layer):
    """A Dense layer and a gate that lets its input by (Keras 1).

    Input: (batch, features). Output: the same shape.
    """

    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    bias: bool = USE_BIAS

    rank: ClassVar[Rank | None] = Rank(("batch", "features"))
    now: ClassVar[str] = ""
    formula: ClassVar[str] = "2 * (features * features + features)"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        size = ctx.fixed(x, -1, "W")
        made = [Weight("W", (size, size)), Weight("W_carry", (size, size))]
        return [*made, Weight("b", (size,)), Weight("b_carry", (size,))] if self.bias else made


def _by_element(ctx: Context, x: Shape, shared_axes: Any, *names: str) -> list[Weight]:
    """Weights of one number an element; one for all along each shared axis, counted from 1."""
    shared = shared_axes if isinstance(shared_axes, list) else [shared_axes]
    shape = tuple(
        1 if axis in shared else ctx.fixed(x, axis, names[0]) for axis in range(1, len(x))
    )
    return [Weight(name, shape) for name in names]


class ParametricSoftplus(Layer):
    """`alpha * log(1 + exp(beta * x))` with an alpha and a beta for each element (Keras 1).

    Input: (batch, …). Output: the same shape.
    """

    shared_axes: Any = argument(ANYTHING, "Axes, counted from 1, along which one serves all.", None)

    now: ClassVar[str] = ""
    formula: ClassVar[str] = "2 * the product of all sizes but the batch's"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return _by_element(ctx, x, self.shared_axes, "alphas", "betas")


class SReLU(Layer):
    """A ReLU of three pieces, each with slopes and thresholds that are learned (Keras 1).

    Input: (batch, …). Output: the same shape.
    """

    shared_axes: Any = argument(ANYTHING, "Axes, counted from 1, along which one serves all.", None)

    now: ClassVar[str] = ""
    formula: ClassVar[str] = "4 * the product of all sizes but the batch's"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        names = ("t_left", "a_left", "t_right", "a_right")
        return _by_element(ctx, x, self.shared_axes, *names)


class TimeDistributedMerge(Layer):
    """The sum, mean or product over all steps (Keras 0).

    Input: (batch, timesteps, features). Output: (batch, features).
    """

    mode: Any = argument(ANYTHING, "sum, ave or mul.", "sum")

    rank: ClassVar[Rank | None] = Rank(("batch", "timesteps", "features"))
    now: ClassVar[str] = "GlobalAveragePooling1D"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (x[0], x[2])


class _LocallyConnected(Convolution):
    """A convolution whose kernel is another one at each place."""

    filters: int
    implementation: Any
    now: ClassVar[str] = ""

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        return {}

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return self.slid(ctx, x, self.filters)

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        ctx.ranked(x, self.demand())
        out = self.slid(ctx, x, self.filters)
        read = [ctx.fixed(x, axis, "kernel") for axis in range(1, len(x))]
        channels = read.pop(0 if self.data_format == "channels_first" else -1)
        places = [size for size in spatial_part(out, self.data_format) if isinstance(size, int)]
        made = [Weight("kernel", self._kernel(read, channels, places))]
        return [*made, Weight("bias", (*places, self.filters))] if self.use_bias else made

    def _kernel(self, read: list[int], channels: int, places: list[int]) -> tuple[int, ...]:
        whole = int(product(places))  # type: ignore[arg-type]  # ints in, int out
        if self.implementation == 2:
            return (*read, channels, *places, self.filters)
        seen = int(product(self.kernel_size))  # type: ignore[arg-type]  # ints in, int out
        return (whole, seen * channels, self.filters)


class LocallyConnected1D(_LocallyConnected):
    """A Conv1D with a kernel of its own for each step (Keras 1 and 2).

    Input: (batch, timesteps, features). Output: (batch, new_timesteps, filters).
    """

    filters: int = argument(integer("a positive integer", 1), "How many features come out.")
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, "How many steps the kernel moves each time.")
    padding: str = argument(ANYTHING, "valid: whole windows only.", "valid")
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, "Always 1.")
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = USE_BIAS
    implementation: Any = argument(ANYTHING, "How the kernel is stored.", 1)

    formula: ClassVar[str] = "new_timesteps * (kernel_size * features * filters + filters)"


class LocallyConnected2D(_LocallyConnected):
    """A Conv2D with a kernel of its own for each place (Keras 1 and 2).

    Input: (batch, height, width, channels). Output: (batch, new_height, new_width, filters).
    """

    filters: int = argument(integer("a positive integer", 1), "How many features come out.")
    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, "How many steps the kernel moves each time.")
    padding: str = argument(ANYTHING, "valid: whole windows only.", "valid")
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(2, "Always 1.")
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = USE_BIAS
    implementation: Any = argument(ANYTHING, "How the kernel is stored.", 1)

    spatial: ClassVar[int] = 2
    formula: ClassVar[str] = "places * (kernel_size**2 * channels * filters + filters)"


class LayerScale(Layer):
    """A factor for each feature, learned: a layer of Keras's own ConvNeXt models.

    Input: (batch, …, features). Output: the same shape.
    """

    projection_dim: int = argument(integer("a positive integer", 1), "The number of features.")
    init_values: Any = argument(ANYTHING, "What the factors start from.", None)

    formula: ClassVar[str] = "projection_dim"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return [Weight("gamma", (self.projection_dim,))]


class CustomScaleLayer(Add):
    """The first tensor and the second times a factor: a layer of Keras's InceptionResNetV2.

    Input: a list of 2 tensors of one shape. Output: that shape.
    """

    scale: Any = argument(ANYTHING, "The factor.")

    masking: ClassVar[Masking] = "drops"


#: classes that Keras 3 keeps to itself, and where
KEPT = {
    "keras>CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
    "keras>LayerScale": "keras.src.applications.convnext",
}
RETIRED: dict[str, type[Layer]] = {
    "keras1>Highway": Highway,
    "keras1>MaxoutDense": MaxoutDense,
    "keras1>ParametricSoftplus": ParametricSoftplus,
    "keras1>SReLU": SReLU,
    "keras1>TimeDistributedMerge": TimeDistributedMerge,
    "keras2>CuDNNLSTM": CuDNNLSTM,
    "keras2>LocallyConnected1D": LocallyConnected1D,
    "keras2>LocallyConnected2D": LocallyConnected2D,
    "keras>CustomScaleLayer": CustomScaleLayer,
    "keras>LayerScale": LayerScale,
}


def find_retired(name: str) -> type[Layer] | None:
    """The class of that `package>Class`, or None."""
    return RETIRED.get(name)
