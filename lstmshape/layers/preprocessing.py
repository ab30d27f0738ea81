"""Layers that make numbers of data: Rescaling, Normalization, encodings and buckets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, show_shape
from lstmshape.facts import FailsWhenRun, Misreported, OpenSize, Unmet
from lstmshape.layers.arguments import (
    BOOLEAN,
    NUMBER,
    Invalid,
    Kind,
    anything,
    argument,
    choice,
    integer,
    loose,
    near_integer,
)
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Weight

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


def _factors(value: Any) -> Any:
    items = value if isinstance(value, (list, tuple)) else [value]
    for item in items:
        NUMBER.check(item)
    return tuple(items) if items is value else value


#: Keras's own EfficientNets have one for each channel
FACTORS = Kind(
    "a number, or a list of numbers", _factors,
    {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}]},
)  # fmt: skip


class Rescaling(Layer):
    """Multiplies its input by `scale` and adds `offset`.

    Input: (batch, …). Output: the same shape.
    """

    scale: Any = argument(loose(FACTORS), "What it is multiplied by.")
    offset: Any = argument(loose(FACTORS), "What is added.", 0.0)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return False

    def output(self, ctx: Context, x: Any) -> Shapes:
        for key in ("scale", "offset"):
            value = getattr(self, key)
            if isinstance(value, (tuple, list)) and len(value) != 1 and isinstance(x, tuple):
                wants = f"{len(value)} features, as `{key}` has numbers"
                fact = FailsWhenRun(wants=wants, gets=show_shape(x))
                ctx.same_when_run(x[-1], len(value), fact)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out


# -- Normalization --------------------------------------------------------------------------------


def _axes(value: Any) -> Any:
    """None for all; Keras looks at the axes when it builds."""
    if value is None:
        return ()
    items = [*value] if isinstance(value, (list, tuple, dict)) else [value]
    if all(isinstance(axis, int) for axis in items):
        axes = tuple(int(axis) for axis in items)
        if any(isinstance(axis, bool) for axis in items):
            raise Invalid(NORM_AXES.wants, near=list(axes), builds=True, value=axes)
        return axes
    raise Invalid(NORM_AXES.wants, near=near_integer(value))


NORM_AXES = Kind(
    "an axis, a list of axes, or null", _axes,
    {"anyOf": [{"type": ["integer", "null"]}, {"type": "array", "items": {"type": "integer"}}]},
)  # fmt: skip


def sizes_of_numbers(value: Any) -> tuple[int, ...] | None:
    """The shape of a number or of nested lists of numbers; None when it has none."""
    if isinstance(value, (int, float)):
        return ()
    if not isinstance(value, (list, tuple)):
        return None
    inside = {sizes_of_numbers(item) for item in value}
    if not value:
        return (0,)
    (only,) = inside if len(inside) == 1 else (None,)
    return None if only is None else (len(value), *only)


STATISTICS = anything("a number or nested lists of numbers, or null")


class Normalization(Layer):
    """Subtracts a mean and divides by a deviation, both given or learned by `adapt` from data.

    Input: (batch, …), the sizes of `axis` numbers. Output: the same shape.
    """

    axis: tuple[int, ...] = argument(
        NORM_AXES, "The axes with a mean each; null: one mean for all.", (-1,)
    )
    mean: Any = argument(STATISTICS, "The mean, if it is known.", None)
    variance: Any = argument(STATISTICS, "The variance, if it is known.", None)
    invert: bool = argument(BOOLEAN, "Whether it undoes what it would do.", False)

    loose_later: ClassVar[bool] = True
    formula: ClassVar[str] = "2 * features + 1, not trained; 0 when mean and variance are given"

    def check(self) -> Iterable[tuple[str, str]]:
        mean, variance = self.mean, self.variance
        if (mean is None) != (variance is None):
            yield ("mean" if mean is None else "variance"), "mean and variance, both or neither"
        if mean is None or variance is None:
            return
        shape = sizes_of_numbers(mean)
        if shape is None:
            yield "mean", STATISTICS.wants
        elif shape != sizes_of_numbers(variance):
            yield "variance", f"as many numbers as the mean: {list(shape)}"
        elif len(shape) > len(self.axis):
            yield "mean", f"at most {len(self.axis)} axes of numbers, as `axis` says"

    def looks_at_structure(self) -> bool:
        """Without axes it makes no weights of any sizes."""
        return bool(self.axis)

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        kept = self._kept(ctx, x)
        for axis in kept:
            if not isinstance(x[axis], int):
                ctx.refuse(OpenSize(weight="mean", axis=axis, shape=x))
        shape: Any = tuple(x[axis] for axis in kept)
        if self.mean is not None:
            self._fits(ctx, shape)
            return []
        if len(set(kept)) < len(kept) and any(x[axis] != 1 for axis in kept):
            ctx.refuse(Unmet(wants="`axis` without an axis named twice", gets=f"{list(kept)}"))
        return [
            Weight("mean", shape, False, "zeros"),
            Weight("variance", shape, False, "ones"),
            Weight("count", (), False),
        ]

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Dim]:
        # a mean of one number serves any size
        return {axis: x[axis] for axis in self.axis if x[axis] != 1}

    def _kept(self, ctx: Context, x: Shape) -> list[int]:
        for axis in self.axis:
            if not -len(x) <= axis < len(x):
                ctx.refuse(Unmet(wants=f"an axis of its input of {len(x)} axes", gets=f"{axis}"))
        return sorted(axis % len(x) for axis in self.axis)

    def _fits(self, ctx: Context, shape: tuple[int, ...]) -> None:
        """What is given is stretched to the sizes of the axes."""
        given = sizes_of_numbers(self.mean) or ()
        for size, wanted in zip(reversed(given), reversed(shape), strict=False):
            if size not in (1, wanted):
                wants = f"a mean that can be stretched to {list(shape)}"
                ctx.refuse(Unmet(wants=wants, gets=f"one of {list(given)}"))


# -- encodings ------------------------------------------------------------------------------------

TOKENS = integer("a positive integer", 1)


def _encoding(value: Any) -> Any:
    return ENCODINGS.check("multi_hot" if value == "binary" else value)


ENCODINGS = choice("multi_hot", "one_hot", "count")
ENCODING = ENCODINGS._replace(check=_encoding)


def one_hot(ctx: Context, x: Shape, depth: Dim) -> Shape:
    """A last axis of 1 is replaced, as Keras sees it; else one is added."""
    if len(x) > 1 and not isinstance(x[-1], int):
        # of an open one Keras takes it for granted
        wants = "another last size than 1, which takes away an axis"
        ctx.least_when_run(x[-1], 2, FailsWhenRun(wants=wants, gets=show_shape(x)))
    return (*x[:-1], depth) if x[-1] == 1 and len(x) > 1 else (*x, depth)


class CategoryEncoding(Layer):
    """Encodes integer categories as ones in a row of zeros, or as counts.

    Input: (batch, …) of integers below `num_tokens`. Output: the last axis becomes `num_tokens`;
    with `one_hot` an axis is added instead, unless the last is 1.
    """

    num_tokens: int = argument(TOKENS, "How many categories there are.", None, required=True)
    output_mode: str = argument(ENCODING, "multi_hot, one_hot or count.", "multi_hot")
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)

    masking: ClassVar[Masking] = "drops"
    call_options: ClassVar[tuple[str, ...]] = ("count_weights",)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.output_mode == "one_hot":
            return one_hot(ctx, x, self.num_tokens)
        out = (*x[:-1], self.num_tokens)
        if len(x) > 2:
            real = (x[0], *x[2:], self.num_tokens)
            why = "it is the axis after the batch that goes, not the last"
            ctx.warn(Misreported(reported=out, real=real, why=why))
        return out


NUM_BINS = Kind(
    "an integer not below 0, or null",
    lambda value: value,
    {"type": ["integer", "null"], "minimum": 0},
)
BOUNDARIES = anything("a list of numbers, or null")
BUCKETS = choice("int", "one_hot", "multi_hot", "count")


class Discretization(Layer):
    """Sorts numbers into buckets.

    Input: (batch, …). Output: the same shape, of integers; with the other modes an axis of as many
    sizes as there are buckets.
    """

    bin_boundaries: Any = argument(BOUNDARIES, "Where one bucket ends and the next begins.", None)
    num_bins: Any = argument(NUM_BINS, "How many buckets, if they are learned by `adapt`.", None)
    epsilon: Any = argument(loose(NUMBER), "How exact they are learned.", 0.01)
    output_mode: str = argument(BUCKETS, "int, one_hot, multi_hot or count.", "int")
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)

    masking: ClassVar[Masking] = "drops"
    refuses: ClassVar[frozenset[str]] = frozenset({"trainable", "autocast", "activity_regularizer"})

    def check(self) -> Iterable[tuple[str, str]]:
        bins, boundaries = self.num_bins, self.bin_boundaries
        if self.sparse and self.output_mode == "int":
            yield "sparse", "false for `output_mode: int`"
        if bins is not None and (not isinstance(bins, (int, float)) or bins < 0):
            yield "num_bins", NUM_BINS.wants
        if (bins is None) == (boundaries is None):
            yield "num_bins", "`num_bins` or `bin_boundaries`, one of them"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.output_mode == "int":
            return x
        depth = self._depth(ctx)
        if self.output_mode == "one_hot":
            return one_hot(ctx, x, depth)
        # Keras's own rule: it is the axis after the batch that goes, not the last
        return (x[0], *x[2:], depth) if len(x) > 1 else (depth,)

    def _depth(self, ctx: Context) -> int:
        boundaries, bins = self.bin_boundaries, self.num_bins
        if isinstance(boundaries, (list, tuple, str, dict)):
            return len(boundaries) + 1
        if boundaries is not None or not isinstance(bins, int):
            ctx.refuse(Unmet(wants=BOUNDARIES.wants, gets=f"{boundaries or bins!r}"))
        return int(bins)

    def output_dtype(self, x: Any) -> Any:
        return "int32" if self.output_mode == "int" else self.compute_dtype
