"""Noise while training, and penalties: the Dropouts, GaussianNoise, ActivityRegularization."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.facts import FailsWhenRun
from lstmshape.layers.arguments import (
    LOOSE_SEED,
    SEED_WANTS,
    Invalid,
    Kind,
    argument,
    is_seed,
    loose,
    number,
)
from lstmshape.layers.base import Layer, Rank, Shapes, Takes
from lstmshape.layers.dtypes import unless_float
from lstmshape.layers.windows import data_format, image_rank

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

RATE = number("a number from 0 to 1", 0, 1)
PENALTY = number("a number not below 0, or null", 0, optional=True)


def _noise_shape(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (list, dict)) and all(
        n is None or (isinstance(n, int) and n > 0) for n in value
    ):
        return tuple(None if n is None else int(n) for n in value)
    raise Invalid(NOISE_SHAPE.wants)


NOISE_SHAPE = Kind(
    "a list of positive integers or nulls, one an axis, or null",
    _noise_shape,
    {"type": ["array", "null"], "items": {"type": ["integer", "null"], "minimum": 1}},
)
SEED_DOC = "The seed of its random numbers."


def seed_fault(amount: Any, seed: Any) -> Iterable[tuple[str, str]]:
    """Keras makes a generator, and looks at its seed, only when there is something random."""
    if amount > 0 and not is_seed(seed):
        yield "seed", SEED_WANTS


def check_noise(ctx: Context, x: Any, noise: Any, rate: float) -> None:
    """While training, `noise_shape` must be one that can be stretched to the input's shape."""
    if not isinstance(noise, tuple) or not isinstance(x, tuple) or not 0 < rate < 1:
        return
    wants = f"a `noise_shape` that can be stretched to {len(x)} axes"
    fact = FailsWhenRun(wants=wants, gets=f"`noise_shape` {list(noise)}")
    if len(noise) > len(x):
        ctx.warn(fact)
        return
    kept = [x[n] if size is None else size for n, size in enumerate(noise)]
    for size, dim in zip(reversed(kept), reversed(x), strict=False):
        if size != 1:
            ctx.same_when_run(dim, size, fact)


def check_kept(ctx: Context, rate: float) -> None:
    """While training they divide by the share that is kept."""
    if rate >= 1:
        ctx.warn(FailsWhenRun(wants="a `rate` below 1", gets=f"`rate` {rate}"))


class Dropout(Layer):
    """While training sets a share of its input to 0, and scales the rest up.

    Input: (batch, …). Output: the same shape.
    """

    rate: float = argument(RATE, "The share that is set to 0.")
    noise_shape: Any = argument(
        NOISE_SHAPE, "1 for an axis along which all is kept or dropped together.", None
    )
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return not self.rate > 0

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype) if 0 < self.rate < 1 else None

    def output(self, ctx: Context, x: Any) -> Shapes:
        check_noise(ctx, x, self.noise_shape, self.rate)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out


class AlphaDropout(Layer):
    """A Dropout that keeps mean and variance, made for `selu` networks.

    Input: (batch, …). Output: the same shape.
    """

    rate: float = argument(RATE, "The share that is dropped.")
    noise_shape: Any = argument(
        loose(NOISE_SHAPE), "1 for an axis along which all is kept or dropped together.", None
    )
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return not self.rate > 0

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def output(self, ctx: Context, x: Any) -> Shapes:
        check_kept(ctx, self.rate)
        check_noise(ctx, x, self.noise_shape, self.rate)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out


class GaussianDropout(Layer):
    """While training multiplies its input by random numbers around 1.

    Input: (batch, …). Output: the same shape.
    """

    rate: float = argument(RATE, "How strong: as a Dropout of that rate.")
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return not self.rate > 0

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def output(self, ctx: Context, x: Any) -> Shapes:
        check_kept(ctx, self.rate)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out


class GaussianNoise(Layer):
    """While training adds random numbers around 0.

    Input: (batch, …). Output: the same shape.
    """

    stddev: float = argument(RATE, "The standard deviation of what is added.")
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return not self.stddev > 0

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.stddev, self.seed)


#: what Keras's SpatialDropout classes do not take: they have no `**kwargs`
NO_KEYWORDS = frozenset({"trainable", "autocast", "activity_regularizer"})


class SpatialDropout1D(Layer):
    """A Dropout of whole features: each is kept or dropped at all timesteps.

    Input: (batch, timesteps, features). Output: the same shape.
    """

    rate: float = argument(RATE, "The share of features that is dropped.")
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    refuses: ClassVar[frozenset[str]] = NO_KEYWORDS

    rank: ClassVar[Rank | None] = image_rank(1, None)

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype) if 0 < self.rate < 1 else None


class SpatialDropout2D(Layer):
    """A Dropout of whole channels: each is kept or dropped in the whole image.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    rate: float = argument(RATE, "The share of channels that is dropped.")
    data_format: str | None = data_format()
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    refuses: ClassVar[frozenset[str]] = NO_KEYWORDS

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype) if 0 < self.rate < 1 else None

    def demand(self) -> Rank:
        return image_rank(2, self.data_format)


class SpatialDropout3D(Layer):
    """A Dropout of whole channels: each is kept or dropped in the whole volume.

    Input: (batch, depth, height, width, channels). Output: the same shape.
    """

    rate: float = argument(RATE, "The share of channels that is dropped.")
    data_format: str | None = data_format()
    seed: Any = argument(LOOSE_SEED, SEED_DOC, None)

    refuses: ClassVar[frozenset[str]] = NO_KEYWORDS

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self.rate, self.seed)

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype) if 0 < self.rate < 1 else None

    def demand(self) -> Rank:
        return image_rank(3, self.data_format)


class ActivityRegularization(Layer):
    """Gives its input unchanged, and adds a penalty on it to the loss.

    Input: (batch, …). Output: the same shape.
    """

    l1: Any = argument(PENALTY, "The penalty on the sum of absolute values.", 0.0)
    l2: Any = argument(PENALTY, "The penalty on the sum of squares.", 0.0)

    takes: ClassVar[Takes] = "any"
    refuses: ClassVar[frozenset[str]] = frozenset({"activity_regularizer"})
