"""Layers that change the pixels of images, not their shape: colours and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.facts import WrongRank
from lstmshape.layers.arguments import (
    NUMBER,
    Invalid,
    Kind,
    argument,
    integer,
    loose,
    number,
)
from lstmshape.layers.base import Masking, Shapes, Takes, Tensor
from lstmshape.layers.dtypes import unless_float
from lstmshape.layers.pictures import (
    PAIR,
    SIGNED,
    UNIT,
    Image,
    factor,
    has_channels,
    or_none,
    seed,
    value_range,
)
from lstmshape.layers.windows import data_format

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class AutoContrast(Image):
    """Stretches every image's values over the whole range.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    value_range: Any = value_range(PAIR)
    data_format: str | None = data_format()


class ContrastLimitedAdaptiveHistogramEqualization(Image):
    """Evens out contrast tile by tile (CLAHE).

    Input: (batch, height, width, channels). Output: the same shape.
    """

    value_range: Any = value_range()
    clip_limit: Any = argument(loose(NUMBER), "How much contrast may grow.", 4.0)
    tile_grid_size: Any = argument(loose(PAIR), "How many tiles each way.", (8, 8))
    data_format: str | None = data_format()
    factor: Any = argument(or_none(SIGNED), "Taken, and not used.", None)


class Equalization(Image):
    """Evens out how often each value stands in an image.

    Input: (batch, height, width, channels). Output: the same tensor, as Keras sees it.
    """

    value_range: Any = value_range(PAIR)
    bins: Any = argument(loose(integer("a positive integer", 1)), "How many values.", 256)
    data_format: str | None = data_format()
    factor: Any = argument(or_none(SIGNED), "Taken, and not used.", None)

    masking: ClassVar[Masking] = "own"
    gives_what_it_reads: ClassVar[bool] = True

    def output_dtype(self, x: Any) -> Any:
        return self.received_dtypes(x)

    def mask(self, ctx: Context, x: Any, out: Shapes) -> Any:
        """What comes out is, for Keras, the very tensor that went in, with its mask."""
        tensors = [x] if isinstance(x, Tensor) else [*(x.values() if isinstance(x, dict) else x)]
        return [tensor.mask for tensor in tensors]


def _whole(value: Any) -> Any:
    wants = "an integer"
    if type(value) is int:
        return value
    try:
        made = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(wants) from None
    raise Invalid(wants, near=made, builds=True, value=made)


WHOLE = Kind("an integer", _whole, {"type": "integer"})


class MaxNumBoundingBoxes(Image):
    """Pads or cuts the list of bounding boxes of every image to one length.

    Input: images, with their boxes in a mapping. Output: the same shape.
    """

    max_number: int = argument(WHOLE, "How many boxes an image has afterwards.")
    fill_value: int = argument(WHOLE, "What stands in a box that is none.", -1)
    data_format: str | None = data_format()
    factor: Any = argument(or_none(SIGNED), "Taken, and not used.", None)


class RandomBrightness(Image):
    """Makes images lighter or darker at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(or_none(SIGNED), "How much.")
    value_range: Any = value_range(PAIR)
    seed: Any = seed()
    data_format: str | None = data_format()


class RandomContrast(Image):
    """Changes the contrast of images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How much.")
    value_range: Any = value_range()
    seed: Any = seed()
    data_format: str | None = data_format()


class RandomSaturation(Image):
    """Changes the saturation of images at random while training.

    Input: (batch, height, width, 3). Output: the same shape.
    """

    factor: Any = argument(SIGNED, "How much.")
    value_range: Any = value_range(PAIR)
    data_format: str | None = data_format()
    seed: Any = seed()

    channels: ClassVar[int | None] = 3

    def unless_fit(self, dtype: str) -> str | None:
        return unless_float(dtype)


class RandomHue(Image):
    """Changes the hue of images at random while training.

    Input: (batch, height, width, 3). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How much.")
    value_range: Any = value_range()
    data_format: str | None = data_format()
    seed: Any = seed()

    channels: ClassVar[int | None] = 3


class RandomColorDegeneration(Image):
    """Fades the colours of images at random while training.

    Input: (batch, height, width, 3). Output: the same shape.
    """

    factor: Any = argument(SIGNED, "How much.")
    value_range: Any = value_range(PAIR)
    data_format: str | None = data_format()
    seed: Any = seed()

    def output(self, ctx: Context, x: Any) -> Shapes:
        # of a list of tensors Keras takes the length for the rank, and a shape for the channels
        if not isinstance(x, tuple) or len(x) not in (3, 4):
            axes = ("batch", "height", "width", "channels")
            ctx.refuse(WrongRank(wants=axes, shape=x if isinstance(x, tuple) else ()))
        has_channels(ctx, x, self.data_format, 3)
        return x


class RandomGrayscale(Image):
    """Takes the colours out of images at random.

    Input: (batch, height, width, 3). Output: the same shape.
    """

    factor: Any = argument(number("a number from 0 to 1", 0, 1, nan=True), "How often.", 0.5)
    data_format: str | None = data_format()
    seed: Any = seed()

    takes: ClassVar[Takes] = "one"

    def greys(self) -> bool:
        return True

    def output_dtype(self, x: Any) -> Any:
        return self.received_dtypes(x)


class RandomInvert(Image):
    """Turns the values of images round at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How often.", 1.0)
    value_range: Any = value_range()
    seed: Any = seed()
    data_format: str | None = data_format()


class RandomPosterization(Image):
    """Leaves fewer bits of every colour at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(factor(1, 8), "How many bits are left.")
    value_range: Any = value_range(PAIR)
    data_format: str | None = data_format()
    seed: Any = seed()


class RandomSharpness(Image):
    """Sharpens or blurs images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How much.")
    value_range: Any = value_range(PAIR)
    data_format: str | None = data_format()
    seed: Any = seed()


def _odd(value: Any) -> Any:
    wants = "an odd number, or a list of two"
    items = value if isinstance(value, (list, tuple)) else [value]
    if len(items) != (2 if isinstance(value, (list, tuple)) else 1):
        raise Invalid(wants)
    if not all(isinstance(item, (int, float)) and item % 2 != 0 for item in items):
        raise Invalid(wants)
    if not all(type(item) is int and item > 0 for item in items):
        raise Invalid(wants, builds=True, value=value)
    return value


class RandomGaussianBlur(Image):
    """Blurs images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How often.", 1.0)
    kernel_size: Any = argument(
        Kind("an odd number, or a list of two", _odd, {"type": ["integer", "array"]}),
        "How far the blur reaches.", 3,
    )  # fmt: skip
    sigma: Any = argument(UNIT, "How strong it is.", 1.0)
    value_range: Any = value_range()
    data_format: str | None = data_format()
    seed: Any = seed()


class RandomErasing(Image):
    """Covers a random patch of images while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How often.", 1.0)
    scale: Any = argument(UNIT, "How large the patch is.", (0.02, 0.33))
    fill_value: Any = argument(
        loose(number("a number, or null", optional=True)), "Its value.", None
    )
    value_range: Any = value_range()
    seed: Any = seed()
    data_format: str | None = data_format()


class Solarization(Image):
    """Turns bright values round.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    addition_factor: Any = argument(factor(0, 1, each=True), "What is added first.", 0.0)
    threshold_factor: Any = argument(factor(0, 1, each=True), "From where they are turned.", 0.0)
    value_range: Any = value_range(PAIR)
    seed: Any = seed()
    data_format: str | None = data_format()
