"""Layers that add to the ends of axes or take from them: ZeroPadding1D-3D, Cropping1D-3D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape
from lstmshape.facts import FailsWhenRun, TooShort
from lstmshape.layers.arguments import Invalid, Kind, argument, sizes
from lstmshape.layers.base import Layer, Masking, Rank, Shapes
from lstmshape.layers.windows import data_format, first_spatial, image_rank

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: for each spatial axis, how much is added or taken before and after
Margins = tuple[tuple[int, int], ...]

_SIDES = sizes(2, 0)


def margins(spatial: int, *, negative: bool) -> Kind:
    """One number for all ends, one an axis, or two an axis: afterwards two an axis.

    `negative` where Keras takes a single negative number, and then cannot run.
    """
    one = f"a non-negative integer, or {spatial} of them or of pairs of them"

    def check(value: Any) -> Any:
        if isinstance(value, int):
            both = ((int(value), int(value)),) * spatial
            if value < 0 and not negative:
                raise Invalid(one, near=-value)
            if value < 0 or isinstance(value, bool):
                raise Invalid(one, near=abs(value), builds=True, value=both)
            return both
        if not isinstance(value, (list, tuple)) or len(value) != spatial:
            raise Invalid(one)
        return _pairs(value, one)

    number: dict[str, Any] = {"type": "integer", "minimum": 0}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    each: dict[str, Any] = {"type": "array", "items": {"anyOf": [number, pair]}}
    each |= {"minItems": spatial, "maxItems": spatial}
    return Kind(one, check, {"anyOf": [number, each]})


def _pairs(value: Any, wants: str) -> Margins:
    pairs: list[tuple[int, int]] = []
    odd = False
    for item in value:
        try:
            pairs.append(_SIDES.check(item))
        except Invalid as invalid:
            if not invalid.builds:
                raise Invalid(wants) from None
            pairs.append(invalid.value)
            odd = True
    if odd:
        raise Invalid(wants, near=[list(pair) for pair in pairs], builds=True, value=tuple(pairs))
    return tuple(pairs)


def padded(ctx: Context, x: Shape, padding: Margins, data_format: str | None) -> Shape:
    """The shape with something added at both ends of each spatial axis."""
    out = [*x]
    for axis, (before, after) in enumerate(padding, first_spatial(data_format)):
        out[axis] = x[axis] + (before + after)
        if before < 0:
            ctx.least(out[axis], 0, TooShort(
                axis=axis, size=x[axis], result=out[axis], needs="room for its padding", shape=x
            ))  # fmt: skip
            ctx.warn(FailsWhenRun(wants="padding that is not negative", gets=f"{before}"))
    return tuple(out)


def cropped(ctx: Context, x: Shape, cropping: Margins, data_format: str | None) -> Shape:
    """The shape with both ends of each spatial axis cut off; something must be left."""
    out = [*x]
    for axis, (before, after) in enumerate(cropping, first_spatial(data_format)):
        n, cut = x[axis], before + after
        out[axis] = n - cut
        if isinstance(n, int) and n > cut:
            continue
        needs = f"more than the {cut} that are cut off"
        fact = TooShort(axis=axis, size=n, result=out[axis], needs=needs, shape=x)
        ctx.least(n, cut + 1, fact)
    # inside TimeDistributed any rank comes here: Keras names these axes, and no other
    return tuple(out[axis] for axis in range(len(cropping) + 2))


class ZeroPadding1D(Layer):
    """Adds timesteps of zeros at both ends.

    Input: (batch, timesteps, features). Output: (batch, timesteps + padding, features).
    """

    padding: tuple[int, int] = argument(
        _SIDES, "How many at both ends, or [before, after].", (1, 1)
    )
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(1, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return padded(ctx, x, (self.padding,), self.data_format)


PADDING = "How much at all ends, one number an axis, or [before, after] an axis."


class ZeroPadding2D(Layer):
    """Adds rows and columns of zeros around images.

    Input: (batch, height, width, channels). Output: the same, height and width longer.
    """

    padding: Margins = argument(margins(2, negative=True), PADDING, ((1, 1), (1, 1)))
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(2, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return padded(ctx, x, self.padding, self.data_format)


class ZeroPadding3D(Layer):
    """Adds zeros around volumes.

    Input: (batch, depth, height, width, channels). Output: the same, three axes longer.
    """

    padding: Margins = argument(margins(3, negative=True), PADDING, ((1, 1), (1, 1), (1, 1)))
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(3, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return padded(ctx, x, self.padding, self.data_format)


CROPPING = "How much off all ends, one number an axis, or [before, after] an axis."


class Cropping1D(Layer):
    """Cuts timesteps off both ends.

    Input: (batch, timesteps, features). Output: (batch, timesteps - cropping, features).
    """

    cropping: tuple[int, int] = argument(
        _SIDES, "How many off both ends, or [before, after].", (1, 1)
    )

    rank: ClassVar[Rank | None] = image_rank(1, None)
    masking: ClassVar[Masking] = "drops"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return cropped(ctx, x, (self.cropping,), None)


class Cropping2D(Layer):
    """Cuts rows and columns off images.

    Input: (batch, height, width, channels). Output: the same, height and width shorter.
    """

    cropping: Margins = argument(margins(2, negative=False), CROPPING, ((0, 0), (0, 0)))
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(2, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return cropped(ctx, x, self.cropping, self.data_format)


class Cropping3D(Layer):
    """Cuts off the outside of volumes.

    Input: (batch, depth, height, width, channels). Output: the same, three axes shorter.
    """

    cropping: Margins = argument(margins(3, negative=False), CROPPING, ((1, 1), (1, 1), (1, 1)))
    data_format: str | None = data_format()

    masking: ClassVar[Masking] = "drops"

    def demand(self) -> Rank:
        return image_rank(3, self.data_format)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return cropped(ctx, x, self.cropping, self.data_format)
