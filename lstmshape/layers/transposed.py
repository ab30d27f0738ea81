"""Transposed convolution: each input step is spread over the output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import TooShort, Unmet, WrongRank
from lstmshape.layers.arguments import ACTIVATION, BOOLEAN, Invalid, argument, sizes
from lstmshape.layers.base import Shapes, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER
from lstmshape.layers.windows import (
    DILATION,
    FILTERS,
    SAME_OR_VALID,
    Convolution,
    Spans,
    channel_axis,
    data_format,
    first_spatial,
    kernel,
    ones,
    reach,
    spatial_part,
    strided_and_dilated,
    with_channels,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


def output_padding(spatial: int) -> Any:
    doc = "Steps added at the end, fewer than a stride; null makes the usual length."
    return argument(sizes(spatial, 0, optional=True), doc, None)


def _padding(value: Any) -> Any:
    """Keras does not look at a list until a size is known."""
    if isinstance(value, list):
        raise Invalid(SAME_OR_VALID.wants, builds=True, value="")
    return SAME_OR_VALID.check(value)


class _ConvTranspose(Convolution):
    filters: int = argument(FILTERS, "How many features come out.")
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, "How many output steps lie between two input steps.", exact=True)
    padding: str = argument(
        SAME_OR_VALID._replace(check=_padding),
        "valid: all that comes out; same: n * strides.",
        "valid",
    )
    output_padding: Spans | None = output_padding(1)
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, DILATION, exact=True)
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)

    formula: ClassVar[str] = "kernel_size * filters * features + filters"

    def check(self) -> Iterable[tuple[str, str]]:
        added = self.output_padding
        if added is not None and any(a >= s for a, s in zip(added, self.strides, strict=True)):
            yield "output_padding", "less than strides on every axis"
        yield from strided_and_dilated(self)

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        channels = ctx.fixed(x, channel_axis(self.data_format), "kernel")
        shape = (*self.kernel_size, self.filters, channels)
        made = Weight("kernel", shape, initializer=self.kernel_initializer)
        return [made, *self.bias(self.filters)]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        spatial = spatial_part(x, self.data_format)
        if len(spatial) > self.spatial:
            ctx.refuse(WrongRank(wants=self.demand().axes, shape=x))
        # Keras lets a wrapper pass fewer axes: those that are there are spread
        spread = tuple(self._spread(ctx, x, number) for number in range(len(spatial)))
        return with_channels(x[0], spread, self.filters, self.data_format)

    def _spread(self, ctx: Context, x: Shape, number: int) -> Dim:
        """The output size of one axis: `same` n*s; `valid` (n - 1)*s + the kernel's reach."""
        axis = first_spatial(self.data_format) + number
        n, stride = x[axis], self.strides[number]
        if not self.padding and isinstance(n, int):
            ctx.refuse(Unmet(wants="padding valid or same", gets="a list"))
        span = reach(self.kernel_size[number], self.dilation_rate[number])
        added = None if self.output_padding is None else self.output_padding[number]
        if self.padding == "same":
            size = n * stride if added is None else (n - 1) * stride + span % 2 + added
        else:
            size = (n - 1) * stride + (max(span, stride) if added is None else span + added)
        if isinstance(size, int) and size < 0:
            ctx.refuse(TooShort(axis=axis, size=n, result=size, needs="at least 1", shape=x))
        return size

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """Each input step meets the whole kernel."""
        places = product(spatial_part(x, self.data_format))
        once = product(self.kernel_size) * self.filters
        return places * x[channel_axis(self.data_format)] * once


class Conv1DTranspose(_ConvTranspose):
    """Spreads each timestep over `kernel_size` output steps: makes a sequence longer.

    Input: (batch, timesteps, features). Output: (batch, steps, filters) with steps =
    timesteps*strides for `padding: same`, and (timesteps - 1)*strides + max(kernel_size, strides)
    for `valid`; `output_padding` states what is left beyond (timesteps - 1)*strides.
    """

    aliases: ClassVar[tuple[str, ...]] = ("Convolution1DTranspose",)
    sequence_axis: ClassVar[int | None] = 1


class Conv2DTranspose(_ConvTranspose):
    """Spreads each place of an image over a patch of the output: makes images larger.

    Input: (batch, height, width, channels). Output: (batch, height', width', filters), sizes as
    for Conv1DTranspose.
    """

    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, "How many output places lie between two input places.", exact=True)
    output_padding: Spans | None = output_padding(2)
    dilation_rate: Spans = ones(2, DILATION, exact=True)

    aliases: ClassVar[tuple[str, ...]] = ("Convolution2DTranspose",)
    spatial: ClassVar[int] = 2


class Conv3DTranspose(_ConvTranspose):
    """Spreads each place of a volume over a block of the output: makes volumes larger.

    Input: (batch, depth, height, width, channels). Output: (batch, depth', height', width',
    filters), sizes as for Conv1DTranspose.
    """

    kernel_size: Spans = kernel(3)
    strides: Spans = ones(3, "How many output places lie between two input places.", exact=True)
    output_padding: Spans | None = output_padding(3)
    dilation_rate: Spans = ones(3, DILATION, exact=True)

    aliases: ClassVar[tuple[str, ...]] = ("Convolution3DTranspose",)
    spatial: ClassVar[int] = 3
