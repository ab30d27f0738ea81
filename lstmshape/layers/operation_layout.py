"""Operations of Keras that lay the same numbers out otherwise: axes, margins, repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import ReshapeMismatch, Unmet
from lstmshape.layers.base import Shapes, Takes
from lstmshape.layers.constants import shape_of_constant
from lstmshape.layers.operation import Operands
from lstmshape.layers.operation_shapes import KerasOperation, flat_size, without

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class ExpandDims(KerasOperation):
    """A new axis of 1.

    Input: any shape. Output: that shape with 1 at `axis`.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axes = list(self.axis) if isinstance(self.axis, (list, tuple)) else [self.axis]
        rank = len(x) + len(axes)
        new = {self.axis_of(ctx, axis, rank) for axis in axes}
        if len(new) != len(axes):
            ctx.refuse(Unmet(wants="axes that differ", gets=f"`axis` {self.axis}"))
        rest = iter(x)
        return tuple(1 if n in new else next(rest) for n in range(rank))


class Squeeze(KerasOperation):
    """Takes away axes of 1.

    Input: any shape. Output: that shape without `axis`, which must be 1; without all axes of 1
    where `axis` is null.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axis is None:
            return tuple(dim for dim in x if dim != 1)
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        gone = [self.axis_of(ctx, axis, len(x)) for axis in axes]
        for axis in gone:
            if x[axis] != 1:
                ctx.refuse(Unmet(wants=f"a size of 1 on axis {axis}", gets=str(x[axis])))
        return without(ctx, x, gone)


class Transpose(KerasOperation):
    """The axes in another order: `axes`, or back to front.

    Input: any shape. Output: its sizes in that order.
    """

    axes: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axes is None:
            return x[::-1]
        order = [self.axis_of(ctx, axis, len(x)) for axis in self.axes]
        if sorted(order) != list(range(len(x))):
            wants = f"each of {len(x)} axes once"
            ctx.refuse(Unmet(wants=wants, gets=f"`axes` {list(self.axes)}"))
        return tuple(x[axis] for axis in order)


class Swapaxes(KerasOperation):
    """Two axes, each in the other's place.

    Input: any shape. Output: that shape with the two sizes swapped.
    """

    axis1: Any
    axis2: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        one, two = (self.axis_of(ctx, axis, len(x)) for axis in (self.axis1, self.axis2))
        out = list(x)
        out[one], out[two] = out[two], out[one]
        return tuple(out)


class Reshape(KerasOperation):
    """The same numbers in another shape, the batch among its sizes; -1 is what is left.

    Input: any shape. Output: `newshape`.
    """

    newshape: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        target = [self.newshape] if isinstance(self.newshape, int) else list(self.newshape)
        sizes = [size for size in target if isinstance(size, int)]
        if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
            ctx.refuse(Unmet(wants="sizes, of which one may be -1", gets=f"{target}"))
        whole = product(x)
        fact = ReshapeMismatch(shape=x, target=tuple(target), total=whole)
        known = product(size for size in sizes if size != -1)
        assert isinstance(known, int)
        seen = all(isinstance(dim, int) for dim in (*x, *target))
        if seen:
            assert isinstance(whole, int)
            fits = known and whole % known == 0 if -1 in sizes else whole == known
            if not fits:
                ctx.refuse(fact)
        unknown = [size for size in target if size is None or size == -1]
        rest: Dim = whole // known if known and len(unknown) == 1 else ctx.open("rest")
        if not seen:
            self._when_run(ctx, whole, known, len(unknown), fact)
            rest = ctx.hidden(rest, "rest")
        return tuple(rest if size is None or size == -1 else size for size in target)

    def _when_run(
        self, ctx: Context, whole: Dim, known: int, unknown: int, fact: ReshapeMismatch
    ) -> None:
        """What Keras does not check, since a size is open."""
        if not unknown:
            ctx.same_when_run(whole, known, fact)
        elif known and unknown == 1:
            ctx.multiple_when_run(whole, known, fact)


class Ravel(KerasOperation):
    """All numbers in a row.

    Input: any shape. Output: one axis, as long as all the others' product.
    """

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (flat_size(ctx, x),)


class Tile(KerasOperation):
    """A tensor set side by side with itself, so many times along each axis.

    Input: any shape. Output: its sizes times `repeats`, which are counted from the last axis.
    """

    repeats: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        repeats = [self.repeats] if isinstance(self.repeats, int) else list(self.repeats)
        rank = max(len(x), len(repeats))
        sizes = (*(1,) * (rank - len(x)), *x)
        times = [*[1] * (rank - len(repeats)), *repeats]
        return tuple(size * n for size, n in zip(sizes, times, strict=True))


class Pad(KerasOperation):
    """A tensor with a margin around it.

    Input: any shape. Output: its sizes with what `pad_width` adds before and behind. Keras leaves
    open what is open.
    """

    pad_width: Any

    takes: ClassVar[Takes] = "operands"

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        shape, width = x.get("x", shape_of_constant(ctx.options.get("x"))), self.pad_width
        if "x" not in x and not shape:
            ctx.refuse(Unmet(wants="a tensor for `x`", gets="a number"))
        if isinstance(width, int):
            width = [[width, width]]
        elif isinstance(width[0], int):
            width = [width]
        margins = [
            (pair[0], pair[-1]) for pair in (width * len(shape) if len(width) == 1 else width)
        ]
        if len(margins) != len(shape):
            ctx.refuse(Unmet(wants=f"a margin for each of {len(shape)} axes", gets=f"{width}"))
        return tuple(dim + a + b for dim, (a, b) in zip(shape, margins, strict=True))

    def output_dtype(self, x: Operands) -> Any:
        return x["x"].dtype if "x" in x else "float32"
