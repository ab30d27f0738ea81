"""Layers that move numbers about: Reshape, Flatten, Permute, RepeatVector, UpSampling1D-3D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import FailsWhenRun, ReshapeMismatch
from lstmshape.layers.arguments import Invalid, Kind, argument, integer, near_integer, sizes
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, plain_rank
from lstmshape.layers.windows import (
    data_format,
    image_rank,
    spatial_part,
    with_channels,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

COUNT = integer("a positive integer", 1, booleans=False)


class RepeatVector(Layer):
    """Repeats a vector `n` times, which makes a sequence of it.

    Input: (batch, features). Output: (batch, n, features).
    """

    n: int = argument(COUNT, "How many timesteps come out.")

    rank: ClassVar[Rank | None] = Rank(("batch", "features"))
    masking: ClassVar[Masking] = "drops"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (x[0], self.n, x[1])


class Flatten(Layer):
    """Lays all axes but the batch end to end.

    Input: (batch, …). Output: (batch, the product of the other sizes).
    """

    data_format: str | None = data_format()

    rank: ClassVar[Rank | None] = Rank(("batch",), at_least=True)
    masking: ClassVar[Masking] = "drops"
    keeps_dtype: ClassVar[bool] = True

    def output(self, ctx: Context, x: Shape) -> Shapes:
        size = product(x[1:])
        if isinstance(size, int) and not _numbers(x):
            size = ctx.hidden(size, "flat")  # 0 times an open size
        return (x[0], size)


# -- Reshape --------------------------------------------------------------------------------------


def _target(value: Any) -> Any:
    """Keras takes for null whatever is no integer, even the characters of a text."""
    if isinstance(value, str):
        raise Invalid(TARGET.wants, builds=True, value=(None,) * len(value))
    if isinstance(value, dict):
        raise Invalid(TARGET.wants, builds=True, value=_target(list(value)))
    if not isinstance(value, (list, tuple)):
        size = near_integer(value) if not isinstance(value, int) else value
        raise Invalid(TARGET.wants, near=None if size is None or size < -1 else [size])
    target = tuple(int(size) if isinstance(size, int) else None for size in value)
    known = [size for size in target if size is not None]
    if any(size < -1 for size in known) or known.count(-1) > 1:
        raise Invalid(TARGET.wants)
    if any(size is not None and type(size) is not int for size in value):
        near = [size if size is None else near_integer(size) for size in value]
        raise Invalid(TARGET.wants, near=near, builds=True, value=target)
    return target


TARGET = Kind(
    "a list of sizes without the batch axis, of which one may be -1 (what is left)",
    _target,
    {"type": "array", "items": {"type": ["integer", "null"], "minimum": -1}},
)


class Reshape(Layer):
    """Lays the same numbers out in another shape; the batch axis stays.

    Input: (batch, …). Output: (batch, …) with the sizes of `target_shape`, whose product must be
    that of the input's. A size of -1 is what is left.
    """

    target_shape: tuple[int | None, ...] = argument(
        TARGET, "The sizes that come out, without the batch; -1 for what is left."
    )

    masking: ClassVar[Masking] = "drops"
    keeps_dtype: ClassVar[bool] = True

    def output(self, ctx: Context, x: Shape) -> Shapes:
        total = product(x[1:])
        target = self.target_shape
        known = product(size for size in target if size is not None and size != -1)
        assert isinstance(known, int)
        if isinstance(total, int) and None not in target and _numbers(x):
            rest: Dim = self._seen(ctx, x, total, known)
        else:
            rest = self._unseen(ctx, x, total, known)
        return (x[0], *(rest if size is None or size == -1 else size for size in target))

    def _fact(self, x: Shape, total: Dim) -> ReshapeMismatch:
        return ReshapeMismatch(shape=x, target=self.target_shape, total=total)

    def _seen(self, ctx: Context, x: Shape, total: int, known: int) -> int:
        """The size of -1, where Keras sees every number: it checks them."""
        fits = total % known == 0 if -1 in self.target_shape and known else total == known
        if not fits or (-1 in self.target_shape and not known):
            ctx.refuse(self._fact(x, total))
        return total // known if known else 0

    def _unseen(self, ctx: Context, x: Shape, total: Dim, known: int) -> Dim:
        """The size of what the target leaves open; Keras checks nothing, and reports None."""
        unknown = sum(1 for size in self.target_shape if size is None or size == -1)
        if unknown == 0:
            ctx.same_when_run(total, known, self._fact(x, total))
            return 0
        if known == 0 or unknown > 1:
            wants = "a target of which one size at most is open"
            ctx.warn(FailsWhenRun(wants=wants, gets=f"`target_shape` {list(self.target_shape)}"))
            return ctx.open("rest")
        ctx.multiple_when_run(total, known, self._fact(x, total))
        return ctx.hidden(total // known, "rest")


def _numbers(x: Shape) -> bool:
    return all(isinstance(dim, int) for dim in x[1:])


class Permute(Layer):
    """Changes the order of the axes; the batch axis stays first.

    Input: (batch, …). Output: (batch, …): axis `dims[0]` of the input, then `dims[1]`, …
    """

    dims: tuple[int, ...] = argument(
        Kind(
            "the axes in their new order, counted from 1: [2, 1]",
            lambda value: _order(value),
            {"type": "array", "items": {"type": "integer", "minimum": 1}},
        ),
        "The axes of the input in their new order, counted from 1.",
    )

    masking: ClassVar[Masking] = "drops"
    keeps_dtype: ClassVar[bool] = True

    def demand(self) -> Rank:
        return plain_rank(len(self.dims) + 1)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (x[0], *(x[axis] for axis in self.dims))


def _order(value: Any) -> Any:
    wants = "the axes in their new order, counted from 1: [2, 1]"
    if isinstance(value, dict):  # of which Keras takes the keys
        raise Invalid(wants, builds=True, value=_order(list(value)))
    if isinstance(value, list) and all(isinstance(axis, int) for axis in value):
        if sorted(value) == list(range(1, len(value) + 1)):
            return tuple(int(axis) for axis in value)
        if sorted(value) == list(range(len(value))):
            raise Invalid(wants, near=[axis + 1 for axis in value])
    raise Invalid(wants)


# -- UpSampling -----------------------------------------------------------------------------------


class UpSampling1D(Layer):
    """Repeats each timestep `size` times.

    Input: (batch, timesteps, features). Output: (batch, timesteps * size, features).
    """

    size: int = argument(COUNT, "How often each timestep is repeated.", 2)

    rank: ClassVar[Rank | None] = Rank(("batch", "timesteps", "features"))
    masking: ClassVar[Masking] = "drops"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (x[0], x[1] * self.size, x[2])


def scaled(x: Shape, factors: tuple[int, ...], data_format: str | None) -> Shape:
    """The shape with each spatial axis made so many times as long."""
    # inside TimeDistributed any rank comes here: Keras names these axes, and no other
    x = tuple(x[axis] for axis in range(len(factors) + 2))
    sizes = tuple(n * k for n, k in zip(spatial_part(x, data_format), factors, strict=True))
    channels = x[1] if data_format == "channels_first" else x[-1]
    return with_channels(x[0], sizes, channels, data_format)


def _interpolation(value: Any) -> Any:
    if not isinstance(value, str):
        raise Invalid(INTERPOLATION.wants)
    if value.lower() in INTERPOLATIONS:
        return value.lower()
    raise Invalid(INTERPOLATION.wants, builds=True, value=value.lower())


INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
INTERPOLATION = Kind(
    "one of " + ", ".join(INTERPOLATIONS), _interpolation, {"enum": [*INTERPOLATIONS]}
)


class UpSampling2D(Layer):
    """Makes images larger by whole factors.

    Input: (batch, height, width, channels). Output: (batch, height * size[0], width * size[1],
    channels).
    """

    size: tuple[int, ...] = argument(sizes(2), "The factor of each axis.", (2, 2))
    data_format: str | None = data_format()
    interpolation: str = argument(INTERPOLATION, "How what is between is filled.", "nearest")

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(2, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return scaled(x, self.size, self.data_format)


class UpSampling3D(Layer):
    """Makes volumes larger by whole factors: each element is repeated.

    Input: (batch, depth, height, width, channels). Output: the same, each of the three axes so
    many times as long.
    """

    size: tuple[int, ...] = argument(sizes(3), "The factor of each axis.", (2, 2, 2))
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(3, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return scaled(x, self.size, self.data_format)
