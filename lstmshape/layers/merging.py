"""Layers that join several tensors: element by element, and end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Expr, Shape, equal, name, total
from lstmshape.facts import (
    FailsWhenRun,
    MergeMismatch,
    NeverEqual,
    SilentBroadcast,
    Unmet,
    WrongInputCount,
)
from lstmshape.layers.arguments import Invalid, argument, integer, near_integer
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Tensor, Weight
from lstmshape.layers.dtypes import unless_number

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

AT_LEAST_ONE = "a list of at least 1 tensor"


#: what a layer does, after "cannot"; the others are called as they do
_VERBS = {
    "Maximum": "take the maximum of",
    "Minimum": "take the minimum of",
    "Dot": "take the dot product of",
}


def verb(layer: Layer) -> str:
    return _VERBS.get(layer.class_name) or layer.class_name.lower()


def mismatch(layer: Layer, x: Sequence[Shape], axis: int | None) -> MergeMismatch:
    return MergeMismatch(operation=verb(layer), shapes=tuple(x), axis=axis)


# -- elementwise --------------------------------------------------------------------------------


class _Elementwise(Layer):
    takes: ClassVar[Takes] = "list"
    masking: ClassVar[Masking] = "own"
    #: whether stretching an axis of 1 is what the operation is used for
    stretches: ClassVar[bool] = False

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        """None; Keras compares the batch sizes here, where it builds."""
        if not x:
            ctx.refuse(WrongInputCount(wants=AT_LEAST_ONE, given=0))
        if len({shape[0] for shape in x if isinstance(shape[0], int)}) > 1:
            ctx.refuse(mismatch(self, x, 0))
        return []

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        first = x[0]
        if all(shape == first for shape in x):
            return first
        merged = first[1:]
        for shape in x[1:]:
            merged = self._merge(ctx, x, merged, shape[1:])
        out = (self._batch(ctx, x), *merged)
        if not self.stretches:
            axis = _stretched(ctx, x, out)
            if axis is not None:
                ctx.warn(SilentBroadcast(operation=verb(self), shapes=tuple(x), axis=axis))
        return out

    def _merge(self, ctx: Context, x: list[Shape], a: Shape, b: Shape) -> Shape:
        """Two shapes without batch, aligned at the end."""
        if len(a) < len(b):
            a, b = b, a
        lead = len(a) - len(b)
        both = zip(a[lead:], b, strict=True)
        return (*a[:lead], *(self._one(ctx, x, n, p, q) for n, (p, q) in enumerate(both, lead + 1)))

    def _one(self, ctx: Context, x: list[Shape], axis: int, p: Dim, q: Dim) -> Dim:
        """One axis: sizes are equal, or one is 1; with an open one Keras does not look."""
        if p == q:
            return p
        if isinstance(p, int) and isinstance(q, int):
            if p == 1 or q == 1:
                return q if p == 1 else p
            ctx.refuse(mismatch(self, x, axis))
        if p == 1 or q == 1:
            return q if p == 1 else p
        what = f"axis {axis} of its inputs"
        ctx.same_when_run(p, q, NeverEqual(what=what, left=p, right=q, shapes=tuple(x)))
        return p if isinstance(p, Expr) else q

    def _batch(self, ctx: Context, x: list[Shape]) -> Dim:
        sizes = list(dict.fromkeys(shape[0] for shape in x))
        known = [size for size in sizes if isinstance(size, int)]
        if len(known) > 1:  # a later call: Keras compares them only when it builds
            fact = mismatch(self, x, 0)
            fact.keras = "builds"
            ctx.warn(fact)
            return name("batch")
        same_batch(ctx, self, x)
        return known[0] if known else sizes[0]

    def mask(self, ctx: Context, x: list[Tensor], out: Shapes) -> Any:
        """All masks joined; none as soon as one tensor has none."""
        masks = [tensor.mask for tensor in x]
        merged = masks[0]
        for mask in masks[1:]:
            if merged is None or mask is None:
                return None
            if len(mask) != len(merged) and mask and merged:
                gets = f"masks of {len(merged)} and {len(mask)} axes"
                ctx.warn(FailsWhenRun(wants="masks of as many axes", gets=gets))
            merged = broadcast(ctx, merged, mask)
        return merged


def same_batch(ctx: Context, layer: Layer, x: Sequence[Shape]) -> None:
    """The batch sizes must be equal when it runs."""
    first = x[0][0]
    what = f"the batch sizes of what {layer.class_name} joins"
    for shape in x[1:]:
        if shape[0] != first:
            fact = NeverEqual(what=what, left=first, right=shape[0], shapes=tuple(x))
            ctx.same_when_run(first, shape[0], fact)


def _stretched(ctx: Context, x: Sequence[Shape], out: Shape) -> int | None:
    """The first axis, batch aside, along which some tensor is repeated to fit; None if none is.

    A size of 1 against an open size counts: it is repeated but for a size of 1.
    """
    for axis in range(1, len(out)):
        for shape in x:
            own = len(shape) - len(out) + axis
            size = shape[own] if own > 0 else 1
            if size == 1 and equal(out[axis], 1, ctx.bounds) != "always":
                return axis
    return None


def broadcast(ctx: Context, a: Shape, b: Shape) -> Shape:
    """The shape of two masks joined, as Keras's operations broadcast them."""
    if len(a) < len(b):
        a = (*(1,) * (len(b) - len(a)), *a)
    b = (*(1,) * (len(a) - len(b)), *b)
    out: list[Dim] = []
    for p, q in zip(a, b, strict=True):
        if p == 1 or (isinstance(p, Expr) and isinstance(q, int) and q != 1):
            out.append(q)
        elif isinstance(p, int) and isinstance(q, int) and q not in (1, p):
            ctx.refuse(MergeMismatch(operation="join masks of", shapes=(a, b), axis=len(out)))
        else:
            out.append(p)
    return tuple(out)


class Add(_Elementwise):
    """The sum of tensors, element by element: residual connections, say.

    Input: a list of tensors of one shape; an axis of 1, or one that is missing after the batch,
    is stretched. Output: that shape.
    """


class Subtract(_Elementwise):
    """The first tensor less the second, element by element.

    Input: a list of exactly 2 tensors, shapes as for Add. Output: that shape.
    """

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        super().weights(ctx, x)
        if len(x) != 2:
            ctx.refuse(WrongInputCount(wants="a list of exactly 2 tensors", given=len(x)))
        return []

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        if len(x) != 2:  # a later call: Keras counts only when it builds
            fact = WrongInputCount(wants="a list of exactly 2 tensors", given=len(x))
            fact.keras = "builds"
            ctx.warn(fact)
        return super().output(ctx, x)

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)


class Multiply(_Elementwise):
    """The product of tensors, element by element: gates and attention weights, say.

    Input: a list of tensors, shapes as for Add; a gate of (batch, timesteps, 1) or (batch,
    features) is stretched. Output: the largest shape.
    """

    stretches: ClassVar[bool] = True


class Average(_Elementwise):
    """The mean of tensors, element by element.

    Input: a list of tensors, shapes as for Add. Output: that shape.
    """


class Maximum(_Elementwise):
    """The largest of tensors, element by element.

    Input: a list of tensors, shapes as for Add. Output: that shape.
    """


class Minimum(_Elementwise):
    """The smallest of tensors, element by element.

    Input: a list of tensors, shapes as for Add. Output: that shape.
    """


# -- end to end ---------------------------------------------------------------------------------


AXIS_WANTED = "an integer: an axis"


def _joined_axis(value: Any) -> Any:
    """Keras looks at it only where it takes away that axis, or joins."""
    if isinstance(value, float):
        raise Invalid(AXIS_WANTED, near=near_integer(value), builds=True, value=value)
    return integer(AXIS_WANTED).check(value)


_JOINED = integer(AXIS_WANTED)._replace(check=_joined_axis)


class Concatenate(Layer):
    """Tensors end to end along one axis.

    Input: a list of tensors whose shapes agree on all axes but `axis`. Output: that shape, with
    the sum of the sizes on `axis`.
    """

    axis: int = argument(_JOINED, "The axis to join along; 0 is batch.", -1)

    takes: ClassVar[Takes] = "list"
    masking: ClassVar[Masking] = "own"

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        """None; Keras compares the shapes here, and never again at later calls."""
        if not x:
            ctx.refuse(WrongInputCount(wants=AT_LEAST_ONE, given=0))
        if isinstance(self.axis, float) and (len(x) > 1 or len(x[0]) > self.axis):
            ctx.refuse(Unmet(wants=AXIS_WANTED, gets=f"axis {self.axis}"))
        if any(-self.axis > len(shape) for shape in x):
            self._no_axis(ctx, x)
        rest = [_without(shape, self.axis) for shape in x]
        if len({len(shape) for shape in rest}) > 1:
            ctx.refuse(mismatch(self, x, None))
        for number, sizes in enumerate(zip(*rest, strict=True)):
            if len({size for size in sizes if isinstance(size, int)}) > 1:
                ctx.refuse(mismatch(self, x, self._axis_of(number, x[0])))
        return []

    def _axis_of(self, number: int, shape: Shape) -> int:
        """The axis that stands at `number` once the joined axis is taken out."""
        if self.axis >= len(shape):
            return number
        return number + (number >= self.axis % len(shape))

    def _no_axis(self, ctx: Context, x: list[Shape]) -> None:
        wants = _axis_of(min(x, key=len))
        ctx.refuse(Unmet(wants=wants, gets=f"axis {self.axis}"))

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        axis = self.axis
        there = -len(x[0]) <= axis < len(x[0])
        if len(x) == 1:
            if not there:  # Keras does not look at it for a lone tensor
                ctx.warn(FailsWhenRun(wants=_axis_of(x[0]), gets=f"axis {axis}"))
            return x[0]
        if not there:
            self._no_axis(ctx, x)
        sizes = [x[0][axis]]
        for shape in x[1:]:
            if isinstance(sizes[-1], Expr):
                break  # an open size: Keras looks no further
            if not -len(shape) <= axis < len(shape):
                self._no_axis(ctx, x)
            sizes.append(shape[axis])
        self._agree(ctx, x)
        out = list(x[0])
        out[axis] = self._joined(x)
        return tuple(out)

    def _joined(self, x: list[Shape]) -> Dim:
        axis = self.axis
        sizes = [shape[axis] for shape in x if -len(shape) <= axis < len(shape)]
        joined = total(sizes)
        if isinstance(joined, int) and any(isinstance(size, Expr) for size in sizes):
            return name(f"?{joined:x}")  # open sizes that cancel: Keras reports None
        return joined

    def _agree(self, ctx: Context, x: list[Shape]) -> None:
        """What only shows when it runs: open sizes, and anything at a later call."""
        first = x[0]
        joined = self.axis % len(first)
        for shape in x[1:]:
            if len(shape) != len(first):
                self._fails(ctx, x, None)
                return
            for axis, (p, q) in enumerate(zip(first, shape, strict=True)):
                if axis == joined or p == q:
                    continue
                if isinstance(p, int) and isinstance(q, int):
                    self._fails(ctx, x, axis)
                    return
                what = f"axis {axis} of its inputs"
                ctx.same_when_run(p, q, NeverEqual(what=what, left=p, right=q, shapes=tuple(x)))

    def _fails(self, ctx: Context, x: list[Shape], axis: int | None) -> None:
        fact = mismatch(self, x, axis)
        fact.keras = "builds"
        ctx.warn(fact)

    def mask(self, ctx: Context, x: list[Tensor], out: Shapes) -> Any:
        """The masks end to end, with ones for a tensor that has none; none if none has."""
        if all(tensor.mask is None for tensor in x):
            return None
        full = [_mask_over(ctx, tensor) for tensor in x]
        first = full[0]
        if not -len(first) <= self.axis < len(first):
            self._no_axis(ctx, full)
        axis = self.axis % len(first)
        for mask in full[1:]:
            if len(mask) != len(first) or any(
                isinstance(p, int) and isinstance(q, int) and p != q
                for n, (p, q) in enumerate(zip(first, mask, strict=True))
                if n != axis
            ):
                ctx.refuse(MergeMismatch(operation="join masks of", shapes=tuple(full), axis=None))
        joined = list(first)
        joined[axis] = total(mask[axis] for mask in full)
        return tuple(joined[:-1])


def _axis_of(shape: Shape) -> str:
    return f"an axis from {-len(shape)} to {len(shape) - 1}"


def _without(shape: Shape, axis: int) -> Shape:
    """The shape without an axis, or as it is where it has no such axis."""
    if axis >= len(shape):
        return shape
    axis %= len(shape)
    return (*shape[:axis], *shape[axis + 1 :])


def _mask_over(ctx: Context, tensor: Tensor) -> Shape:
    """A mask spread over the tensor's last axis."""
    if tensor.mask is None:
        return tensor.shape
    if len(tensor.mask) < len(tensor.shape):
        return broadcast(ctx, (*tensor.mask, 1), tensor.shape)
    return tensor.mask
