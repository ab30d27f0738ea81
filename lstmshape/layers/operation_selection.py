"""Operations that choose among the numbers of a tensor, repeat them, or take it apart.

Formulas and checks are those of `compute_output_spec` in `keras.src.ops`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, total
from lstmshape.facts import Unmet
from lstmshape.layers.base import Shapes, Tensor
from lstmshape.layers.operation_parts import MOST_PARTS
from lstmshape.layers.operation_shapes import KerasOperation, Reduction, flat_size

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class Norm(Reduction):
    """The length of vectors, or of matrices, along an axis or two.

    Input: any shape. Output: that shape without the axes; with `keepdims`, they are 1.
    """

    ord: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        count = len(x) if self.axis is None else len(axes)
        if count == 1 and isinstance(self.ord, str):
            ctx.refuse(Unmet(wants="a number as the `ord` of vectors", gets=self.ord))
        return super().output(ctx, x)


class TopK(KerasOperation):
    """The largest numbers of the last axis, and where they stand.

    Input: any shape. Output: two tensors with `k` on the last axis, the second of integers. Keras
    takes null for `k`, and gives an open size.
    """

    k: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if not x:
            ctx.refuse(Unmet(wants="a tensor of one axis or more", gets="a number"))
        size = ctx.open("k") if self.k is None else self.k
        return [(*x[:-1], size), (*x[:-1], size)]

    def output_dtype(self, x: Tensor) -> Any:
        return [x.dtype, "int32"]


class Unstack(KerasOperation):
    """A tensor for each place on an axis, which goes.

    Input: any shape, the size of `axis` known or said by `num`. Output: a list of tensors.
    """

    num: Any
    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axis = self.axis_of(ctx, self.axis, len(x))
        count = x[axis] if self.num is None else self.num
        if not isinstance(count, int):
            ctx.refuse(Unmet(wants=f"a known size on axis {axis}, or `num`", gets=str(count)))
        if count > MOST_PARTS:
            ctx.unknown(Unmet(wants=f"at most {MOST_PARTS} parts", gets=f"{count}"))
        return [(*x[:axis], *x[axis + 1 :])] * count


class Repeat(KerasOperation):
    """Each number of an axis several times: so often, or as often as a list says.

    Input: any shape. Output: the axis so much longer; flat where there is no `axis`.
    """

    repeats: Any
    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        times = [self.repeats] if isinstance(self.repeats, int) else list(self.repeats)
        if self.axis is None:
            return (self._longer(ctx, flat_size(ctx, x), times),)
        axis = self.axis_of(ctx, self.axis, len(x))
        return (*x[:axis], self._longer(ctx, x[axis], times), *x[axis + 1 :])

    def _longer(self, ctx: Context, size: Dim, times: list[int]) -> Dim:
        if len(times) == 1:
            return size * times[0]
        fact = Unmet(wants=f"{len(times)} numbers to repeat", gets=str(size))
        if isinstance(size, int) and size != len(times):
            ctx.refuse(fact)
        ctx.same_when_run(size, len(times), fact)
        return ctx.hidden(total(times), "repeated") if not isinstance(size, int) else total(times)


class Glu(KerasOperation):
    """One half of an axis, let through as the other half says.

    Input: any shape, `axis` even. Output: half of that axis.
    """

    axis: Any
    kind: ClassVar[str] = "same"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axis = self.axis_of(ctx, self.axis, len(x))
        ctx.multiple(x[axis], 2, Unmet(wants=f"an even axis {axis}", gets=str(x[axis])))
        return (*x[:axis], x[axis] // 2, *x[axis + 1 :])
