"""Pooling: over windows, and over everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape, show_shape
from lstmshape.facts import FailsWhenRun, WrongRank
from lstmshape.layers.arguments import BOOLEAN, argument, choice, sizes
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Tensor
from lstmshape.layers.dtypes import unless_number
from lstmshape.layers.windows import (
    Spans,
    channel_axis,
    data_format,
    first_spatial,
    image_rank,
    slide,
    whole,
    with_channels,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: Unlike a convolution's, it is not lower-cased.
PADDING = choice("valid", "same", wants="valid or same")


# -- windows ------------------------------------------------------------------------------------


def _pool(spatial: int, *, required: bool) -> Any:
    doc = "How many steps a window takes together."
    if required:
        return argument(whole(sizes(spatial)), doc)
    return argument(whole(sizes(spatial)), doc, (2,) * spatial)


def _strides(spatial: int) -> Any:
    doc = "How many steps the window moves each time; null: its own size."
    return argument(whole(sizes(spatial, optional=True)), doc, None)


class _Pooling(Layer):
    pool_size: Spans = _pool(1, required=False)
    strides: Spans | None = _strides(1)
    padding: str = argument(PADDING, "valid: whole windows only; same: a part at the end.", "valid")
    data_format: str | None = data_format()

    #: how many axes the window slides over
    spatial: ClassVar[int] = 1
    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(self.spatial, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        channels = x[channel_axis(self.data_format)]
        first = first_spatial(self.data_format)
        windows = self.pool_size
        strides = windows if self.strides is None else self.strides
        if len(x) - 2 != self.spatial:
            x, windows, strides = self._broadcast(ctx, x, windows, strides)
        pooled = tuple(
            slide(ctx, x, axis, size, stride, self.padding)
            for axis, (size, stride) in enumerate(zip(windows, strides, strict=True), first)
        )
        return with_channels(x[0], pooled, channels, self.data_format)

    def _broadcast(
        self, ctx: Context, x: Shape, windows: Spans, strides: Spans
    ) -> tuple[Shape, Spans, Spans]:
        """A wrapper passes another rank: Keras broadcasts windows and axes, as NumPy does.

        One window serves several axes, one axis several windows; nothing else goes.
        """
        if self.spatial == 1:
            return x, windows * (len(x) - 2), strides * (len(x) - 2)
        first = first_spatial(self.data_format)
        n = x[first] if len(x) == 3 else -1
        again = n if isinstance(n, int) else -1  # what Keras reckons with for None
        if len(x) != 3 or (again < 0 and 1 in strides[1:]):
            ctx.refuse(WrongRank(wants=self.demand().axes, shape=x))
        return (*x[: first + 1], *(again,) * (self.spatial - 1), *x[first + 1 :]), windows, strides


class MaxPooling1D(_Pooling):
    """The largest value of each feature in each window of timesteps.

    Input: (batch, timesteps, features). Output: (batch, steps, features) with steps =
    (timesteps - pool_size)//strides + 1 for `padding: valid`, (timesteps - 1)//strides + 1 for
    `same`; strides are pool_size unless they are given.
    """

    aliases: ClassVar[tuple[str, ...]] = ("MaxPool1D",)
    sequence_axis: ClassVar[int | None] = 1


class MaxPooling2D(_Pooling):
    """The largest value of each channel in each window of height and width.

    Input: (batch, height, width, channels). Output: (batch, height', width', channels), each size
    (n - pool_size)//strides + 1 for `padding: valid`, (n - 1)//strides + 1 for `same`.
    """

    pool_size: Spans = _pool(2, required=False)
    strides: Spans | None = _strides(2)

    aliases: ClassVar[tuple[str, ...]] = ("MaxPool2D",)
    spatial: ClassVar[int] = 2


class MaxPooling3D(_Pooling):
    """The largest value of each channel in each block of depth, height and width.

    Input: (batch, depth, height, width, channels). Output: the same axes, sizes as for
    MaxPooling2D.
    """

    pool_size: Spans = _pool(3, required=False)
    strides: Spans | None = _strides(3)

    aliases: ClassVar[tuple[str, ...]] = ("MaxPool3D",)
    spatial: ClassVar[int] = 3


class AveragePooling1D(_Pooling):
    """The mean of each feature over each window of timesteps.

    Input: (batch, timesteps, features). Output: (batch, steps, features), steps as for
    MaxPooling1D. Its pool_size has no default.
    """

    pool_size: Spans = _pool(1, required=True)

    aliases: ClassVar[tuple[str, ...]] = ("AvgPool1D",)
    sequence_axis: ClassVar[int | None] = 1

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class AveragePooling2D(_Pooling):
    """The mean of each channel over each window of height and width.

    Input: (batch, height, width, channels). Output: the same axes, sizes as for MaxPooling2D. Its
    pool_size has no default.
    """

    pool_size: Spans = _pool(2, required=True)
    strides: Spans | None = _strides(2)

    aliases: ClassVar[tuple[str, ...]] = ("AvgPool2D",)
    spatial: ClassVar[int] = 2

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class AveragePooling3D(_Pooling):
    """The mean of each channel over each block of depth, height and width.

    Input: (batch, depth, height, width, channels). Output: the same axes, sizes as for
    MaxPooling2D. Its pool_size has no default.
    """

    pool_size: Spans = _pool(3, required=True)
    strides: Spans | None = _strides(3)

    aliases: ClassVar[tuple[str, ...]] = ("AvgPool3D",)
    spatial: ClassVar[int] = 3

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


# -- everything ---------------------------------------------------------------------------------


class _GlobalPooling(Layer):
    data_format: str | None = data_format()
    keepdims: bool = argument(BOOLEAN, "Keep the pooled axes, each of size 1.", False)

    spatial: ClassVar[int] = 1
    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(self.spatial, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        kept = (1,) * (len(x) - 2) if self.keepdims else ()
        return with_channels(x[0], kept, x[channel_axis(self.data_format)], self.data_format)


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean of each feature over all timesteps; masked steps are left out of it.

    Input: (batch, timesteps, features). Output: (batch, features), or (batch, 1, features) with
    `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalAvgPool1D",)
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[Masking] = "own"
    sequence_axis: ClassVar[int | None] = 1

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> None:
        """None comes out; the one that comes in is laid over the steps."""
        given = ctx.tensors.get("mask")
        if isinstance(given, list):
            ctx.warn(FailsWhenRun(wants="one tensor as its mask", gets=f"{len(given)}"))
        if x.mask is None:
            return
        if len(x.shape) != 3:  # of another rank; that is said elsewhere
            return
        steps = x.shape[2 if self.data_format == "channels_first" else 1]
        wants = "a mask of (batch, timesteps)"
        fact = FailsWhenRun(wants=wants, gets=f"a mask of {show_shape(x.mask)}")
        if len(x.mask) != 2:
            ctx.warn(fact)
        elif x.mask[1] != 1:
            ctx.same_when_run(steps, x.mask[1], fact)


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel over height and width.

    Input: (batch, height, width, channels). Output: (batch, channels), or (batch, 1, 1, channels)
    with `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalAvgPool2D",)
    spatial: ClassVar[int] = 2


class GlobalAveragePooling3D(_GlobalPooling):
    """The mean of each channel over depth, height and width.

    Input: (batch, depth, height, width, channels). Output: (batch, channels), or (batch, 1, 1, 1,
    channels) with `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalAvgPool3D",)
    spatial: ClassVar[int] = 3


class GlobalMaxPooling1D(_GlobalPooling):
    """The largest value of each feature over all timesteps; a mask is not heeded.

    Input: (batch, timesteps, features). Output: (batch, features), or (batch, 1, features) with
    `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalMaxPool1D",)
    sequence_axis: ClassVar[int | None] = 1


class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of each channel over height and width.

    Input: (batch, height, width, channels). Output: (batch, channels), or (batch, 1, 1, channels)
    with `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalMaxPool2D",)
    spatial: ClassVar[int] = 2


class GlobalMaxPooling3D(_GlobalPooling):
    """The largest value of each channel over depth, height and width.

    Input: (batch, depth, height, width, channels). Output: (batch, channels), or (batch, 1, 1, 1,
    channels) with `keepdims`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("GlobalMaxPool3D",)
    spatial: ClassVar[int] = 3
