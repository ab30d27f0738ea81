"""Layers that scale their input to a norm: BatchNormalization, LayerNormalization and their kin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape
from lstmshape.facts import FailsWhenRun, Unmet
from lstmshape.layers.arguments import (
    BOOLEAN,
    NUMBER,
    Invalid,
    Kind,
    argument,
    loose,
    near_integer,
)
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Takes, Tensor, Weight, plain_rank
from lstmshape.layers.dtypes import unless_float
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


def _cast(wants: str, to: type[int] | type[float]) -> Kind:
    """What Keras puts through `int()` or `float()`."""

    def check(value: Any) -> Any:
        if type(value) is to or (to is float and type(value) is int):
            return value
        if isinstance(value, (bool, float, str)):
            try:
                made = to(value)
            except (ValueError, OverflowError):
                raise Invalid(wants) from None
            raise Invalid(wants, near=made, builds=True, value=made)
        raise Invalid(wants, near=near_integer(value))

    return Kind(wants, check, {"type": "integer" if to is int else "number"})


def axis_list(*, floats: bool = False) -> Kind:
    """One axis or a list of them; afterwards one number, or a tuple."""
    wants = "an axis, or a list of axes"

    def check(value: Any) -> Any:
        if isinstance(value, int):
            if isinstance(value, bool):
                raise Invalid(wants, near=int(value), builds=True, value=int(value))
            return value
        if isinstance(value, (list, tuple)) and all(isinstance(axis, int) for axis in value):
            return tuple(int(axis) for axis in value)
        if floats and isinstance(value, list) and all(isinstance(a, (int, float)) for a in value):
            raise Invalid(wants, builds=True, value=tuple(int(axis) for axis in value))
        raise Invalid(wants, near=near_integer(value))

    items = {"type": "integer"}
    return Kind(wants, check, {"anyOf": [items, {"type": "array", "items": items}]})


AXES = axis_list()
EPSILON = loose(NUMBER)
EPSILON_DOC = "Added to what is divided by, so that it is not 0."
CENTER = "Whether beta, learned, is added."
SCALE = "Whether it is multiplied by gamma, learned."


def axis_size(ctx: Context, x: Shape, axis: int, weight: str) -> int:
    """The size of the axis as a number; Keras refuses one that is open or not there."""
    if not -len(x) <= axis < len(x):
        ctx.refuse(Unmet(wants=f"an axis of its input of {len(x)} axes", gets=f"axis {axis}"))
    return ctx.fixed(x, axis, weight)


def sizes_of(ctx: Context, x: Shape, axes: Any, weight: str) -> tuple[int, ...]:
    """The sizes of one axis or of several, in the order that Keras sorts them into."""
    listed = sorted(axes) if isinstance(axes, tuple) else [axes]
    return tuple(axis_size(ctx, x, axis, weight) for axis in listed)


def affine(layer: Any, shape: tuple[int, ...]) -> list[Weight]:
    """gamma and beta, as far as the layer has them."""
    made = []
    if layer.scale:
        made.append(Weight("gamma", shape, initializer=layer.gamma_initializer))
    if layer.center:
        made.append(Weight("beta", shape, initializer=layer.beta_initializer))
    return made


# -- BatchNormalization ---------------------------------------------------------------------------

_CLIPPING = ("rmax", "rmin", "dmax")


def _clipping_fault(clipping: Any) -> bool:
    if not clipping:
        return False
    if not isinstance(clipping, dict) or set(clipping) - set(_CLIPPING):
        return True
    try:
        rmax, rmin, dmax = (clipping.get(key) for key in _CLIPPING)
        inverted = rmax is not None and rmin is not None and rmax < rmin
        return inverted or (dmax is not None and dmax < 0)
    except TypeError:
        return True


def _synchronized(value: Any) -> Any:
    if value:
        raise Invalid("false, since only TensorFlow synchronizes", near=False)
    return False


SYNCHRONIZED = Kind("false, since only TensorFlow synchronizes", _synchronized, {"const": False})
CLIPPING_WANTS = "a mapping of rmax, rmin and dmax: rmax not below rmin, dmax not below 0"


class BatchNormalization(Layer):
    """Keeps every feature near mean 0 and deviation 1: of the batch while training, then of all.

    Input: (batch, …), the size of `axis` a number. Output: the same shape.
    """

    axis: int = argument(_cast("an axis", int), "The axis of the features.", -1)
    momentum: float = argument(_cast("a number", float), "How slowly the averages move.", 0.99)
    epsilon: float = argument(_cast("a number", float), EPSILON_DOC, 0.001)
    center: bool = argument(BOOLEAN, CENTER, True)
    scale: bool = argument(BOOLEAN, SCALE, True)
    beta_initializer: Any = argument(INITIALIZER, "How beta starts.", "zeros")
    gamma_initializer: Any = argument(INITIALIZER, "How gamma starts.", "ones")
    moving_mean_initializer: Any = argument(INITIALIZER, "How the mean starts.", "zeros")
    moving_variance_initializer: Any = argument(INITIALIZER, "How the variance starts.", "ones")
    beta_regularizer: Any = argument(REGULARIZER, "A penalty on beta.", None)
    gamma_regularizer: Any = argument(REGULARIZER, "A penalty on gamma.", None)
    beta_constraint: Any = argument(CONSTRAINT, "A constraint on beta.", None)
    gamma_constraint: Any = argument(CONSTRAINT, "A constraint on gamma.", None)
    renorm: bool = argument(BOOLEAN, "Whether small batches are corrected (renorm).", False)
    renorm_clipping: Any = argument(
        Kind(CLIPPING_WANTS, lambda value: value, {"type": ["object", "null"]}),
        "The bounds of that correction.", None,
    )  # fmt: skip
    renorm_momentum: Any = argument(EPSILON, "How slowly renorm's averages move.", 0.99)
    synchronized: Any = argument(SYNCHRONIZED, "Whether replicas share statistics.", False)

    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[Masking] = "own"
    formula: ClassVar[str] = "4 * features, of which 2 * features are not trained"

    def check(self) -> Iterable[tuple[str, str]]:
        if self.renorm and _clipping_fault(self.renorm_clipping):
            yield "renorm_clipping", CLIPPING_WANTS

    def demand_built(self, x: Shape) -> Rank:
        return plain_rank(len(x))

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        size = x[self.axis]
        return {self.axis: size if isinstance(size, int) else None}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        shape = (axis_size(ctx, x, self.axis, "gamma"),)
        mean, variance = self.moving_mean_initializer, self.moving_variance_initializer
        made = affine(self, shape)
        made.append(Weight("moving_mean", shape, False, mean))
        made.append(Weight("moving_variance", shape, False, variance))
        if self.renorm:
            if variance is None:
                wants = "`moving_variance_initializer` for `renorm`"
                ctx.refuse(Unmet(wants=wants, gets="null"))
            made.append(Weight("moving_stddev", shape, False, variance))
            made.append(Weight("renorm_mean", shape, False, mean))
            made.append(Weight("renorm_stddev", shape, False, variance))
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        check_axes(ctx, x, (self.axis,))
        return x

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> Any:
        if x.mask is not None and len(x.mask) != len(x.shape) - 1:
            wants = f"a mask of {len(x.shape) - 1} axes, one less than its input"
            ctx.warn(FailsWhenRun(wants=wants, gets=f"a mask of {len(x.mask)} axes"))
        elif x.mask is not None and x.shape[self.axis] == 1:
            # in training Keras squeezes the mean of what is not masked, and its only axis is gone
            wants = "more than one feature where there is a mask"
            ctx.warn(FailsWhenRun(wants=wants, gets="one"))
        return x.mask


def check_axes(ctx: Context, x: Shape, axes: tuple[int, ...]) -> None:
    """Every axis must be one of the input's."""
    for axis in axes:
        if not -len(x) <= axis < len(x):
            ctx.refuse(Unmet(wants=f"an axis of its input of {len(x)} axes", gets=f"axis {axis}"))


def check_listed(ctx: Context, x: Shape, axis: Any) -> None:
    """One axis, or several: each must be there, and to run none may stand twice."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    check_axes(ctx, x, axes)
    if len({one % len(x) for one in axes}) < len(axes):
        ctx.warn(FailsWhenRun(wants="every axis once", gets=f"`axis` {list(axes)}"))


# -- LayerNormalization and its kin ----------------------------------------------------------------


class LayerNormalization(Layer):
    """Gives every sample's features, at each timestep, mean 0 and deviation 1.

    Input: (batch, …), the sizes of `axis` numbers. Output: the same shape.
    """

    axis: Any = argument(AXES, "The axis, or axes, that are normalized together.", -1)
    epsilon: Any = argument(EPSILON, EPSILON_DOC, 0.001)
    center: bool = argument(BOOLEAN, CENTER, True)
    scale: bool = argument(BOOLEAN, SCALE, True)
    beta_initializer: Any = argument(INITIALIZER, "How beta starts.", "zeros")
    gamma_initializer: Any = argument(INITIALIZER, "How gamma starts.", "ones")
    beta_regularizer: Any = argument(REGULARIZER, "A penalty on beta.", None)
    gamma_regularizer: Any = argument(REGULARIZER, "A penalty on gamma.", None)
    beta_constraint: Any = argument(CONSTRAINT, "A constraint on beta.", None)
    gamma_constraint: Any = argument(CONSTRAINT, "A constraint on gamma.", None)
    rms_scaling: bool = argument(BOOLEAN, "Old: use RMSNormalization instead.", False)

    loose_later: ClassVar[bool] = True
    formula: ClassVar[str] = "2 * features"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        if not (self.scale or self.center or self.rms_scaling):
            return []  # then the sizes may be open; that the axes are there is asked again
        shape = sizes_of(ctx, x, self.axis, "gamma")
        if self.rms_scaling:
            return [Weight("gamma", shape, initializer=self.gamma_initializer)]
        return affine(self, shape)

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Any]:
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        learns = self.scale or self.center or self.rms_scaling
        return {axis: x[axis] for axis in axes} if learns else {}

    def output(self, ctx: Context, x: Shape) -> Shapes:
        check_listed(ctx, x, self.axis)
        return x


class RMSNormalization(Layer):
    """Divides every sample's features by their root mean square.

    Input: (batch, …), the sizes of `axis` numbers. Output: the same shape.
    """

    axis: Any = argument(AXES, "The axis, or axes, that are normalized together.", -1)
    epsilon: Any = argument(EPSILON, EPSILON_DOC, 1e-06)

    first_argument: ClassVar[str] = "x"
    loose_later: ClassVar[bool] = True
    masking: ClassVar[Masking] = "drops"
    formula: ClassVar[str] = "features"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return [Weight("scale", sizes_of(ctx, x, self.axis, "scale"), initializer="ones")]

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Any]:
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        return {axis: x[axis] for axis in axes if x[axis] != 1}  # one number serves any size

    def output(self, ctx: Context, x: Shape) -> Shapes:
        check_listed(ctx, x, self.axis)
        axes = sorted(self.axis) if isinstance(self.axis, tuple) else [self.axis]
        # the scale is laid over the input from the last axis on, whatever `axis` is
        for axis, place in zip(reversed(axes), range(len(x) - 1, 0, -1), strict=False):
            if axis % len(x) != place and x[axis] != 1:
                gets = f"`axis` {self.axis} of {len(x)} axes"
                fact = FailsWhenRun(wants="the last axes to be normalized", gets=gets)
                ctx.same_when_run(x[place], x[axis], fact)
        return x


def _groups(value: Any) -> Any:
    wants = "a positive integer, or -1 for a group a feature"
    if isinstance(value, int) and (value > 0 or value == -1):
        if isinstance(value, bool):
            raise Invalid(wants, near=1, builds=True, value=1)
        return value
    raise Invalid(wants, near=near_integer(value))


GROUPS = Kind(
    "a positive integer, or -1 for a group a feature", _groups, {"type": "integer", "minimum": -1}
)


def _one_axis(value: Any) -> Any:
    if isinstance(value, int):
        return AXES.check(value)
    raise Invalid("an axis", near=near_integer(value))


class GroupNormalization(Layer):
    """Normalizes groups of features of every sample, over all other axes together.

    Input: (batch, …), the size of `axis` a number and a multiple of `groups`. Output: the same
    shape.
    """

    groups: int = argument(GROUPS, "How many groups; -1: one a feature.", 32)
    axis: int = argument(
        Kind("an axis", _one_axis, {"type": "integer"}), "The axis of the features.", -1
    )
    epsilon: Any = argument(EPSILON, EPSILON_DOC, 0.001)
    center: bool = argument(BOOLEAN, CENTER, True)
    scale: bool = argument(BOOLEAN, SCALE, True)
    beta_initializer: Any = argument(INITIALIZER, "How beta starts.", "zeros")
    gamma_initializer: Any = argument(INITIALIZER, "How gamma starts.", "ones")
    beta_regularizer: Any = argument(REGULARIZER, "A penalty on beta.", None)
    gamma_regularizer: Any = argument(REGULARIZER, "A penalty on gamma.", None)
    beta_constraint: Any = argument(CONSTRAINT, "A constraint on beta.", None)
    gamma_constraint: Any = argument(CONSTRAINT, "A constraint on gamma.", None)

    formula: ClassVar[str] = "2 * features"

    def demand_built(self, x: Shape) -> Rank:
        return plain_rank(len(x))

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        size = x[self.axis]
        return {self.axis: size if isinstance(size, int) else None}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        size = axis_size(ctx, x, self.axis, "gamma")
        groups = size if self.groups == -1 else self.groups
        if groups == 0 or size < groups or size % groups:
            wants = f"a number of features that {groups} groups can share"
            ctx.refuse(Unmet(wants=wants, gets=f"{size} features"))
        return affine(self, (size,))

    def output(self, ctx: Context, x: Shape) -> Shapes:
        check_axes(ctx, x, (self.axis,))
        return x


class UnitNormalization(Layer):
    """Scales every sample's features to length 1.

    Input: (batch, …). Output: the same shape.
    """

    axis: Any = argument(axis_list(floats=True), "The axis, or axes, scaled together.", -1)

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return False

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype)

    def output(self, ctx: Context, x: Any) -> Shapes:
        if isinstance(x, tuple):
            check_listed(ctx, x, self.axis)
        else:  # of several tensors Keras compares with their number
            check_axes(ctx, tuple(x), self.axis if isinstance(self.axis, tuple) else (self.axis,))
        return x  # type: ignore[no-any-return]  # shapes in, shapes out
