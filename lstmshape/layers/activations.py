"""Activations as layers of their own: ReLU, LeakyReLU, PReLU, ELU, Softmax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape
from lstmshape.facts import FailsWhenRun, Unmet
from lstmshape.layers.arguments import NUMBER, Invalid, Kind, argument, loose, number
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Takes, Tensor, Weight, plain_rank
from lstmshape.layers.dtypes import unless_number
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

POSITIVE = number("a number not below 0", 0, nan=True)
#: not looked at when `alpha` is there
SLOPE = POSITIVE._replace(check=lambda value: value)
POSITIVE_OR_NONE = number("a number not below 0, or null", 0, optional=True, nan=True)


class ReLU(Layer):
    """Cuts off what is negative: `max(x, 0)`, with a slope, a threshold and a ceiling.

    Input: (batch, …). Output: the same shape.
    """

    max_value: Any = argument(POSITIVE_OR_NONE, "The ceiling; none if null.", None)
    negative_slope: Any = argument(POSITIVE, "The slope below the threshold.", 0.0)
    threshold: Any = argument(POSITIVE, "Below this it is cut off.", 0.0)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return False


class LeakyReLU(Layer):
    """A ReLU that lets a little of what is negative through.

    Input: (batch, …). Output: the same shape.
    """

    negative_slope: Any = argument(SLOPE, "The slope below 0.", 0.3)
    alpha: Any = argument(POSITIVE, "The old name of `negative_slope`, which it replaces.", None)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return False

    def check(self) -> Iterable[tuple[str, str]]:
        slope = self.negative_slope
        if self.alpha is None and (not isinstance(slope, (int, float)) or slope < 0):
            yield "negative_slope", POSITIVE.wants


class ELU(Layer):
    """An exponential linear unit: `alpha * (exp(x) - 1)` below 0.

    Input: (batch, …). Output: the same shape.
    """

    alpha: Any = argument(loose(NUMBER), "How low it goes.", 1.0)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return False


def _shared(value: Any) -> Any:
    """Keras counts from 1 here, and takes 0 and negative ones from the end."""
    if value is None:
        return None
    axes = value if isinstance(value, (list, tuple)) else [value]
    if all(isinstance(axis, int) for axis in axes):
        return tuple(int(axis) for axis in axes)
    raise Invalid(SHARED_AXES.wants)


SHARED_AXES = Kind(
    "an axis counted from 1, a list of them, or null",
    _shared,
    {"type": ["integer", "array", "null"], "items": {"type": "integer"}},
)


class PReLU(Layer):
    """A leaky ReLU that learns its slopes: one for each element, but for `shared_axes`.

    Input: (batch, …), every size but those of shared axes a number. Output: the same shape.
    """

    alpha_initializer: Any = argument(INITIALIZER, "How the slopes start.", "Zeros")
    alpha_regularizer: Any = argument(REGULARIZER, "A penalty on the slopes.", None)
    alpha_constraint: Any = argument(CONSTRAINT, "A constraint on the slopes.", None)
    shared_axes: tuple[int, ...] | None = argument(
        SHARED_AXES, "Axes along which one slope serves all: [1] for all timesteps.", None
    )

    formula: ClassVar[str] = "the product of all sizes but the batch's and those of shared axes"

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)

    def demand_built(self, x: Shape) -> Rank | None:
        return plain_rank(len(x))

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        if not self.shared_axes:
            return {}
        sizes = ((n, size) for n, size in enumerate(x) if n and n not in self.shared_axes)
        return {n: size if isinstance(size, int) else None for n, size in sizes}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        shape: list[Any] = [*x[1:]]
        for axis in self.shared_axes or ():
            if not -len(shape) <= axis - 1 < len(shape):
                wants = f"`shared_axes` from 1 to {len(shape)}"
                ctx.refuse(Unmet(wants=wants, gets=f"`shared_axes` with {axis}"))
            shape[axis - 1] = 1
        fixed = (x[0], *shape)
        sizes = tuple(ctx.fixed(fixed, n, "alpha") for n in range(1, len(fixed)))
        return [Weight("alpha", sizes, initializer=self.alpha_initializer)]


def _axes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, list) and value and all(type(axis) is int for axis in value):
        return tuple(value)
    raise Invalid(SOFTMAX_AXIS.wants)


SOFTMAX_AXIS = Kind("an axis, or a list of axes", _axes, {"type": ["integer", "array"]})


class Softmax(Layer):
    """Makes of the numbers along an axis shares that add up to 1.

    Input: (batch, …). Output: the same shape.
    """

    axis: Any = argument(loose(SOFTMAX_AXIS), "The axis, or axes, that add up to 1.", -1)

    takes: ClassVar[Takes] = "any"
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[Masking] = "own"

    def runs_on_several(self) -> bool:
        return False

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)

    def output(self, ctx: Context, x: Any) -> Shapes:
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        for axis in axes if isinstance(x, tuple) else ():
            if isinstance(axis, int) and not -len(x) <= axis < len(x):
                gets = f"axis {axis} of {len(x)} axes"
                ctx.warn(FailsWhenRun(wants="an axis of its input", gets=gets))
        return x  # type: ignore[no-any-return]  # shapes in, shapes out

    def mask(self, ctx: Context, x: Any, out: Shapes) -> Any:
        given = ctx.tensors.get("mask")
        if isinstance(given, list):
            ctx.warn(FailsWhenRun(wants="one tensor as its mask", gets=f"{len(given)}"))
        if not isinstance(x, Tensor):
            return [tensor.mask for tensor in (x.values() if isinstance(x, dict) else x)]
        if x.mask is not None:
            _masked(ctx, x.shape, x.mask)
        return x.mask


def _masked(ctx: Context, x: Shape, mask: Shape) -> None:
    """Softmax lays the mask over its input from the last axis on, which seldom fits."""
    if len(mask) > len(x):
        wants = f"a mask of at most {len(x)} axes, as its input has"
        ctx.warn(FailsWhenRun(wants=wants, gets=f"one of {len(mask)}"))
        return
    for size, marked in zip(reversed(x), reversed(mask), strict=False):
        if marked != 1 and size != marked:
            wants = "a mask that can be laid over its input from the last axis on"
            fact = FailsWhenRun(wants=wants, gets=f"a mask of {len(mask)} axes over {len(x)}")
            ctx.same_when_run(size, marked, fact)
