"""What layers for images share: their arguments, and what they want of a shape.

While a model is built Keras looks only at what makes the output's shape: most of these layers give
the shape that they get, whatever its rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, show, show_shape
from lstmshape.facts import FailsWhenRun, Unmet, WrongInputCount, WrongRank
from lstmshape.layers.arguments import (
    NUMBER,
    SEED,
    Invalid,
    Kind,
    anything,
    argument,
    choice,
    loose,
    near_integer,
)
from lstmshape.layers.base import Layer, Masking, Shapes, Takes

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

_FACTOR_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    ]
}


def factor(low: float, high: float, *, each: bool = False, above: bool = False) -> Kind:
    """A number from `low` to `high`, or two of them, with Keras's own comparisons.

    Without `each` Keras compares only the first with `high` and the second with `low`; with `above`
    the number must be more than `low`.
    """
    wants = f"a number from {low} to {high}, or a list of two"

    def outside(value: Any) -> bool:
        return bool(value > high or value < low or (above and value <= low))

    def check(value: Any) -> Any:
        try:
            if isinstance(value, (list, tuple)) and len(value) == 2:
                first, second = sorted(value), value
                if any(map(outside, value)) if each else second[0] > high or second[1] < low:
                    raise Invalid(wants)
                if any(map(outside, value)):
                    raise Invalid(wants, builds=True, value=tuple(first))
                return tuple(first)
            if isinstance(value, (int, float)) and not outside(value):
                if isinstance(value, bool):
                    raise Invalid(wants, near=int(value), builds=True, value=int(value))
                return value
        except TypeError:
            raise Invalid(wants) from None
        raise Invalid(wants)

    return Kind(wants, check, _FACTOR_SCHEMA)


def or_none(kind: Kind) -> Kind:
    """The kind, or what Keras takes for 0 because it is nothing."""

    def check(value: Any) -> Any:
        if not isinstance(value, (bool, int, float)) and not value:
            if value is None:
                return None
            raise Invalid(kind.wants, near=0, builds=True, value=0)
        return kind.check(value)

    return kind._replace(check=check)


def optional(kind: Kind) -> Kind:
    return kind._replace(check=lambda value: None if value is None else kind.check(value))


def _size(value: Any) -> Any:
    """Keras looks at the sizes only when they make a shape; null stays open."""
    wants = "an integer not below 0"
    if value is None:
        raise Invalid(wants, builds=True, value=None)
    if isinstance(value, int) and value >= 0:
        if isinstance(value, bool):
            raise Invalid(wants, near=int(value), builds=True, value=int(value))
        return value
    near = near_integer(value)
    raise Invalid(wants, near=near if near is not None and near >= 0 else None)


SIZE = Kind("an integer not below 0", _size, {"type": "integer", "minimum": 0})
UNIT = factor(0, 1)
SIGNED = factor(-1, 1)
FILL_MODE = choice("reflect", "wrap", "constant", "nearest")
INTERPOLATION = choice("nearest", "bilinear")
BOXES = anything("the name of a format, or null")


def seed() -> Any:
    return argument(SEED, "The seed of its random numbers.", None)


def fill_value() -> Any:
    return argument(loose(NUMBER), "What stands outside the image when it is constant.", 0.0)


def fill_mode() -> Any:
    return argument(FILL_MODE, "What stands outside the image.", "reflect")


def interpolation() -> Any:
    return argument(INTERPOLATION, "How what is between is filled.", "bilinear")


def value_range(kind: Kind | None = None) -> Any:
    doc = "The smallest and the largest value of a pixel."
    return argument(kind or loose(PAIR), doc, (0, 255))


def _pair(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        try:
            return tuple(sorted(value))
        except TypeError:
            pass
    raise Invalid(PAIR.wants)


PAIR = Kind("a list of two numbers", _pair, {"type": "array", "minItems": 2, "maxItems": 2})


class Image(Layer):
    """What all image layers have; a base, no layer of Keras."""

    bounding_box_format: Any = argument(BOXES, "How bounding boxes are given.", None)

    takes: ClassVar[Takes] = "any"
    first_argument: ClassVar[str] = "data"
    masking: ClassVar[Masking] = "drops"
    #: as `colours` says, whatever its arguments are
    channels: ClassVar[int | None] = None

    data_format: str | None

    def colours(self) -> int | None:
        """How many channels its arithmetic is made for; None for any."""
        return self.channels

    def greys(self) -> bool:
        """Whether it makes images grey, for which they have 3 channels, or 1."""
        return False

    def output(self, ctx: Context, x: Any) -> Shapes:
        self.runs(ctx, x)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out

    def runs(self, ctx: Context, x: Any) -> None:
        """While Keras builds it takes any shape; to run it wants images in one tensor."""
        if not isinstance(x, tuple):
            ctx.warn(FailsWhenRun(wants="one tensor of images", gets=f"{len(x)} tensors"))
        elif len(x) not in (3, 4):
            wants = "images: (batch, height, width, channels)"
            ctx.warn(FailsWhenRun(wants=wants, gets=show_shape(x)))
        else:
            self._has_channels(ctx, x)

    def _has_channels(self, ctx: Context, x: Shape) -> None:
        """The colours that its arithmetic is made for."""
        size = x[-3 if self.data_format == "channels_first" else -1]
        wanted = self.colours()
        if wanted is not None:
            fact = FailsWhenRun(wants=f"{wanted} channels", gets=show_shape(x))
            ctx.same_when_run(size, wanted, fact)
        if isinstance(size, int) and size not in (1, 3) and self.greys():
            ctx.warn(FailsWhenRun(wants="3 channels, or 1", gets=show_shape(x)))


def resized(ctx: Context, x: Any, layer: Any, first: int) -> Shape:
    """The shape with height and width, which begin at axis `first`, set to the layer's.

    For two tensors Keras puts height and width in the place of their shapes; what it makes of more
    is an accident.
    """
    if isinstance(x, list) and (len(x) != 2 or first not in (0, -2)):
        ctx.unknown(WrongInputCount(wants="one tensor", given=len(x), keras=None))
    if not -len(x) <= first or first + 1 >= len(x):
        axes = ("batch", "height", "width", "channels")
        ctx.refuse(WrongRank(wants=axes, shape=x))
    layer.runs(ctx, x)
    out = [*x]
    for what, size in (("height", layer.height), ("width", layer.width)):
        if size == 0:
            ctx.warn(FailsWhenRun(wants=f"a `{what}` above 0", gets="0"))
    for axis, size in ((first, layer.height), (first + 1, layer.width)):
        out[axis] = ctx.open(f"axis{axis % len(x)}") if size is None else size
    return tuple(out)


def first_image_axis(x: Shape, data_format: str | None) -> int:
    """Where the height stands: Keras takes 4 axes for a batch, all else for one image."""
    return (1 if len(x) == 4 else 0) + (data_format == "channels_first")


def has_channels(ctx: Context, x: Shape, data_format: str | None, wanted: int) -> None:
    """Keras refuses another number of channels, where it sees one."""
    size: Dim = x[-3 if data_format == "channels_first" else -1]
    ctx.same(size, wanted, Unmet(wants=f"{wanted} channels", gets=show(size)))
