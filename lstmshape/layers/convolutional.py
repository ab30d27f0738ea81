"""Convolution over one, two or three axes: plain, depthwise and separable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import Unmet
from lstmshape.layers.arguments import (
    ACTIVATION,
    BOOLEAN,
    Invalid,
    anything,
    argument,
    choice,
    integer,
)
from lstmshape.layers.base import Masking, Shapes, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER
from lstmshape.layers.windows import (
    DILATION,
    FILTERS,
    SAME_OR_VALID,
    STRIDES,
    Convolution,
    Spans,
    channel_axis,
    data_format,
    kernel,
    ones,
    strided_and_dilated,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

CAUSAL_TOO = choice("valid", "same", "causal", fold=True, wants="valid, same or causal")


def _lora_rank(value: Any) -> Any:
    if value is not None and not value:  # Keras only asks whether there is one
        raise Invalid("a positive integer or null", builds=True)
    return _POSITIVE_OR_NULL.check(value)


_POSITIVE_OR_NULL = integer("a positive integer or null", 1, optional=True)
LORA_RANK = _POSITIVE_OR_NULL._replace(check=_lora_rank)


# -- plain --------------------------------------------------------------------------------------


class _Conv(Convolution):
    filters: int = argument(FILTERS, "How many features come out, each of its own kernel.")
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, STRIDES)
    padding: str = argument(
        CAUSAL_TOO, "valid: none; same: as many steps out as in; causal: only the past.", "valid"
    )
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, DILATION)
    groups: int = argument(FILTERS, "Into how many groups channels are split, apart.", 1)
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)
    lora_rank: int | None = argument(
        LORA_RANK, "The rank of two small kernels that are trained in place of the kernel.", None
    )
    lora_alpha: Any = argument(anything("a number or null"), "Scales their product.", None)

    masking: ClassVar[Masking] = "drops"
    formula: ClassVar[str] = "kernel_size * (features // groups) * filters + filters"

    def check(self) -> Iterable[tuple[str, str]]:
        if self.filters % self.groups:
            yield "groups", f"a divisor of filters, {self.filters}"
        yield from strided_and_dilated(self)
        if self.lora_rank and self.kernel_constraint is not None:
            yield "kernel_constraint", "null where lora_rank is set"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        channels = self.channels(ctx, x, "kernel")
        if channels % self.groups:
            wants = f"a number of channels that groups, {self.groups}, divides"
            ctx.refuse(Unmet(wants=wants, gets=f"{channels} channels"))
        narrow = (*self.kernel_size, channels // self.groups)
        kernel = Weight("kernel", (*narrow, self.filters), initializer=self.kernel_initializer)
        if not self.lora_rank:
            return [kernel, *self.bias(self.filters)]
        return [
            kernel._replace(trainable=False),
            *self.bias(self.filters),
            Weight("lora_kernel_a", (*narrow, self.lora_rank)),
            Weight("lora_kernel_b", (self.lora_rank, self.filters)),
        ]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return self.slid(ctx, x, self.filters)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        channels = x[channel_axis(self.data_format)]
        once = product(self.kernel_size) * (channels // self.groups) * self.filters
        return self.places(out) * once


class Conv1D(_Conv):
    """Slides kernels along the timesteps: each output step looks at `kernel_size` input steps.

    Input: (batch, timesteps, features). Output: (batch, steps, filters) with steps =
    (timesteps - dilation_rate*(kernel_size - 1) - 1)//strides + 1 for `padding: valid`, and
    (timesteps - 1)//strides + 1 for `same` and `causal`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("Convolution1D",)
    sequence_axis: ClassVar[int | None] = 1


class Conv2D(_Conv):
    """Slides kernels over height and width.

    Input: (batch, height, width, channels). Output: (batch, height', width', filters), each size
    (n - dilation_rate*(kernel_size - 1) - 1)//strides + 1 for `padding: valid`, and
    (n - 1)//strides + 1 for `same`.
    """

    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, STRIDES)
    padding: str = argument(SAME_OR_VALID, "valid: none; same: as many places as input.", "valid")
    dilation_rate: Spans = ones(2, DILATION)

    aliases: ClassVar[tuple[str, ...]] = ("Convolution2D",)
    spatial: ClassVar[int] = 2


class Conv3D(_Conv):
    """Slides kernels over depth, height and width: over the frames of a video, say.

    Input: (batch, depth, height, width, channels). Output: (batch, depth', height', width',
    filters), sizes as for Conv2D.
    """

    kernel_size: Spans = kernel(3)
    strides: Spans = ones(3, STRIDES)
    padding: str = argument(SAME_OR_VALID, "valid: none; same: as many places as input.", "valid")
    dilation_rate: Spans = ones(3, DILATION)

    aliases: ClassVar[tuple[str, ...]] = ("Convolution3D",)
    spatial: ClassVar[int] = 3


# -- depthwise ----------------------------------------------------------------------------------


class _DepthwiseConv(Convolution):
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, STRIDES)
    padding: str = argument(SAME_OR_VALID, "valid: none; same: as many places as input.", "valid")
    depth_multiplier: int = argument(FILTERS, "How many features come out for each channel.", 1)
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, DILATION)
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    depthwise_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    depthwise_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    depthwise_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)

    formula: ClassVar[str] = (
        "kernel_size * features * depth_multiplier + features * depth_multiplier"
    )

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        channels = self.channels(ctx, x, "kernel")
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        kernel = Weight("kernel", shape, initializer=self.depthwise_initializer)
        return [kernel, *self.bias(channels * self.depth_multiplier)]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return self.slid(ctx, x, self.channels(ctx, x, "kernel") * self.depth_multiplier)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        each = product(self.kernel_size) * self.depth_multiplier
        return self.places(out) * x[channel_axis(self.data_format)] * each


class DepthwiseConv1D(_DepthwiseConv):
    """A convolution of each feature by itself: nothing is mixed between features.

    Input: (batch, timesteps, features). Output: (batch, steps, features * depth_multiplier),
    steps as for Conv1D.
    """

    sequence_axis: ClassVar[int | None] = 1


class DepthwiseConv2D(_DepthwiseConv):
    """A convolution of each channel by itself over height and width.

    Input: (batch, height, width, channels). Output: (batch, height', width', channels *
    depth_multiplier), sizes as for Conv2D.
    """

    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, STRIDES)
    dilation_rate: Spans = ones(2, DILATION)

    spatial: ClassVar[int] = 2


# -- separable ----------------------------------------------------------------------------------


class _SeparableConv(Convolution):
    filters: int = argument(FILTERS, "How many features come out.")
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, STRIDES)
    padding: str = argument(SAME_OR_VALID, "valid: none; same: as many places as input.", "valid")
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, DILATION)
    depth_multiplier: int = argument(FILTERS, "How many features the first step makes of one.", 1)
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    depthwise_initializer: Any = argument(
        INITIALIZER, "How the depthwise kernel starts.", "glorot_uniform"
    )
    pointwise_initializer: Any = argument(
        INITIALIZER, "How the pointwise kernel starts.", "glorot_uniform"
    )
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    depthwise_regularizer: Any = argument(REGULARIZER, "A penalty on the depthwise kernel.", None)
    pointwise_regularizer: Any = argument(REGULARIZER, "A penalty on the pointwise kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    depthwise_constraint: Any = argument(CONSTRAINT, "A constraint on the depthwise kernel.", None)
    pointwise_constraint: Any = argument(CONSTRAINT, "A constraint on the pointwise kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)

    formula: ClassVar[str] = (
        "kernel_size * features * depth_multiplier"
        " + features * depth_multiplier * filters + filters"
    )

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        channels = self.channels(ctx, x, "depthwise_kernel")
        deep = (*self.kernel_size, channels, self.depth_multiplier)
        point = (*(1,) * self.spatial, channels * self.depth_multiplier, self.filters)
        return [
            Weight("depthwise_kernel", deep, initializer=self.depthwise_initializer),
            Weight("pointwise_kernel", point, initializer=self.pointwise_initializer),
            *self.bias(self.filters),
        ]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return self.slid(ctx, x, self.filters)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        deep = x[channel_axis(self.data_format)] * self.depth_multiplier
        return self.places(out) * deep * (product(self.kernel_size) + self.filters)


class SeparableConv1D(_SeparableConv):
    """A convolution of each feature by itself, then a mix of the features at each step.

    Input: (batch, timesteps, features). Output: (batch, steps, filters), steps as for Conv1D.
    """

    aliases: ClassVar[tuple[str, ...]] = ("SeparableConvolution1D",)
    sequence_axis: ClassVar[int | None] = 1


class SeparableConv2D(_SeparableConv):
    """A convolution of each channel by itself, then a mix of the channels at each place.

    Input: (batch, height, width, channels). Output: (batch, height', width', filters), sizes as
    for Conv2D.
    """

    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, STRIDES)
    dilation_rate: Spans = ones(2, DILATION)

    aliases: ClassVar[tuple[str, ...]] = ("SeparableConvolution2D",)
    spatial: ClassVar[int] = 2
