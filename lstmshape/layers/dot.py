"""The dot product of two tensors as a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import FailsWhenRun, MaskDropped, NeverEqual, Unmet, WrongInputCount, WrongRank
from lstmshape.layers.arguments import BOOLEAN, Invalid, Kind, argument, is_int
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Tensor, Weight
from lstmshape.layers.merging import mismatch, same_batch

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

AXES_WANTED = "an axis, or a list of 2: one of each tensor"


def _axes(value: Any) -> Any:
    if is_int(value):
        return value
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, int) for v in value):
        axes = (int(value[0]), int(value[1]))
        if not all(is_int(v) for v in value):
            raise Invalid(AXES_WANTED, builds=True, value=axes)
        return axes
    if isinstance(value, bool):
        raise Invalid(AXES_WANTED, builds=True, value=int(value))
    raise Invalid(AXES_WANTED)


_AXES = Kind(
    AXES_WANTED,
    _axes,
    {
        "anyOf": [
            {"type": "integer"},
            {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        ]
    },
)


class Dot(Layer):
    """The product of two tensors, summed over one axis of each, sample by sample.

    Input: a list of exactly 2 tensors of (batch, …), the summed axes of one size. Output: the
    first's axes without its summed one, then the second's without batch and its summed one;
    (batch, 1) when nothing else is left.
    """

    axes: int | tuple[int, int] = argument(_AXES, "The axis to sum over, or one of each tensor.")
    normalize: bool = argument(BOOLEAN, "Give both length 1 first: the cosine.", False)

    takes: ClassVar[Takes] = "list"
    masking: ClassVar[Masking] = "own"

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        """None; Keras compares the summed axes here, and never again at later calls."""
        a, b = self._summed(ctx, x)
        # an open size against a number is refused too
        if a != b and (isinstance(a, int) or isinstance(b, int)):
            ctx.refuse(mismatch(self, x, self._pair(x)[0] % len(x[0])))
        return []

    def _pair(self, x: list[Shape]) -> tuple[int, int]:
        if isinstance(self.axes, tuple):
            return self.axes
        if self.axes < 0:
            return self.axes % len(x[0]), self.axes % len(x[1])
        return self.axes, self.axes

    def _summed(self, ctx: Context, x: list[Shape]) -> tuple[Dim, Dim]:
        if len(x) != 2:
            ctx.refuse(WrongInputCount(wants="a list of exactly 2 tensors", given=len(x)))
        pair = self._pair(x)
        for axis, shape in zip(pair, x, strict=True):
            if not -len(shape) <= axis < len(shape):
                wants = f"an axis from {-len(shape)} to {len(shape) - 1}"
                ctx.refuse(Unmet(wants=wants, gets=f"axis {axis}"))
        return x[0][pair[0]], x[1][pair[1]]

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        a, b = self._summed(ctx, x)
        if len(x[1]) == 1:
            ctx.refuse(WrongRank(wants=("batch", "features"), shape=x[1], at_least=True))
        self._runs(ctx, x, a, b)
        left, right = list(x[0]), list(x[1])
        i, j = self._pair(x)
        left.pop(i)
        right.pop(j)
        right.pop(0)
        out = (*left, *right)
        return (*out, 1) if len(out) == 1 else out

    def _runs(self, ctx: Context, x: list[Shape], a: Dim, b: Dim) -> None:
        """What only shows when it runs."""
        i, j = self._pair(x)
        if i % len(x[0]) == 0 or j % len(x[1]) == 0:
            ctx.warn(FailsWhenRun(wants="axes other than the batch axis", gets=f"axes {(i, j)}"))
            return
        what = "the axes that Dot sums over"
        ctx.same_when_run(a, b, NeverEqual(what=what, left=a, right=b, shapes=tuple(x)))
        same_batch(ctx, self, x)

    def mask(self, ctx: Context, x: list[Tensor], out: Shapes) -> None:
        """None comes out, and Keras says nothing of one that goes in."""
        if any(tensor.mask is not None for tensor in x):
            ctx.warn(MaskDropped(warned=False))

    def macs(self, x: list[Shape], out: Shapes) -> Dim:
        """One for each output element and each element summed over."""
        return product(out[1:]) * x[0][self._pair(x)[0]]  # type: ignore[arg-type]  # one output
