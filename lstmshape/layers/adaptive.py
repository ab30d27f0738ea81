"""Pooling down to a given size, however large what comes in is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape
from lstmshape.facts import Misreported, WrongRank
from lstmshape.layers.arguments import DATA_FORMAT, Invalid, Kind, argument, sizes
from lstmshape.layers.base import Layer, Masking, Shapes
from lstmshape.layers.dtypes import unless_number
from lstmshape.layers.windows import (
    channel_axis,
    image_rank,
    with_channels,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


def _target(spatial: int) -> Any:
    """One integer for all axes or a list; Keras does not look into the list until it is called."""
    plain = sizes(spatial)

    def check(value: Any) -> Any:
        items = value if isinstance(value, list) else [value] * spatial
        fits = len(items) == spatial and (isinstance(value, list) or value is not None)
        if fits and all(item is None or (isinstance(item, int) and item >= 0) for item in items):
            numbers = tuple(None if item is None else int(item) for item in items)
            if any(not item or isinstance(item, bool) for item in items):
                raise Invalid(plain.wants, builds=True, value=numbers)
            return numbers
        raise Invalid(plain.wants)

    return argument(plain._replace(check=check), "How many steps come out.")


def _exact_format(value: Any) -> Any:
    """Not lower-cased here, and what is false is taken for null."""
    if value is None or value in ("channels_last", "channels_first"):
        return value
    raise Invalid(DATA_FORMAT.wants, builds=not value)


class _AdaptivePooling(Layer):
    output_size: tuple[int | None, ...] = _target(1)
    data_format: str | None = argument(
        Kind(DATA_FORMAT.wants, _exact_format, DATA_FORMAT.schema),
        "channels_last, which null means, or channels_first: features right after the batch.",
        None,
    )

    spatial: ClassVar[int] = 1
    masking: ClassVar[Masking] = "drops"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        wants = image_rank(self.spatial, self.data_format)
        axis = channel_axis(self.data_format)
        if axis >= len(x):
            ctx.refuse(WrongRank(wants=wants.axes, shape=x))
        sizes = enumerate(self.output_size)
        pooled = tuple(ctx.open(f"size{n}") if size is None else size for n, size in sizes)
        out = with_channels(x[0], pooled, x[axis], self.data_format)
        if len(x) == 3 and self.spatial > 1:
            real = with_channels(x[0], pooled[:1], x[axis], self.data_format)
            why = f"it pools the one axis that it finds, for {self.spatial}"
            ctx.warn(Misreported(reported=out, real=real, why=why))
        elif len(x) != len(wants.axes):
            ctx.warn(WrongRank(wants=wants.axes, shape=x, keras="builds"))
        return out


class AdaptiveAveragePooling1D(_AdaptivePooling):
    """The mean of each feature over as many equal stretches of time as are wanted.

    Input: (batch, timesteps, features). Output: (batch, output_size, features), however many
    timesteps there are.
    """

    sequence_axis: ClassVar[int | None] = 1

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class AdaptiveAveragePooling2D(_AdaptivePooling):
    """The mean of each channel over a grid of as many patches as are wanted.

    Input: (batch, height, width, channels). Output: (batch, *output_size, channels).
    """

    output_size: tuple[int | None, ...] = _target(2)

    spatial: ClassVar[int] = 2

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class AdaptiveAveragePooling3D(_AdaptivePooling):
    """The mean of each channel over a grid of as many blocks as are wanted.

    Input: (batch, depth, height, width, channels). Output: (batch, *output_size, channels).
    """

    output_size: tuple[int | None, ...] = _target(3)

    spatial: ClassVar[int] = 3

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class AdaptiveMaxPooling1D(_AdaptivePooling):
    """The largest value of each feature in as many equal stretches of time as are wanted.

    Input: (batch, timesteps, features). Output: (batch, output_size, features), however many
    timesteps there are.
    """

    sequence_axis: ClassVar[int | None] = 1


class AdaptiveMaxPooling2D(_AdaptivePooling):
    """The largest value of each channel in a grid of as many patches as are wanted.

    Input: (batch, height, width, channels). Output: (batch, *output_size, channels).
    """

    output_size: tuple[int | None, ...] = _target(2)

    spatial: ClassVar[int] = 2


class AdaptiveMaxPooling3D(_AdaptivePooling):
    """The largest value of each channel in a grid of as many blocks as are wanted.

    Input: (batch, depth, height, width, channels). Output: (batch, *output_size, channels).
    """

    output_size: tuple[int | None, ...] = _target(3)

    spatial: ClassVar[int] = 3
