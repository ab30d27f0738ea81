"""Layers that move or cut images: Resizing, crops, flips, rotations and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Shape
from lstmshape.facts import WrongRank
from lstmshape.layers.arguments import BOOLEAN, argument, choice, loose, number
from lstmshape.layers.base import Shapes, Takes
from lstmshape.layers.pictures import (
    SIGNED,
    SIZE,
    UNIT,
    Image,
    factor,
    fill_mode,
    fill_value,
    first_image_axis,
    interpolation,
    optional,
    or_none,
    resized,
    seed,
    value_range,
)
from lstmshape.layers.windows import data_format

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

ZOOM = factor(-1, 1, each=True, above=True)


class Resizing(Image):
    """Scales images to a height and a width.

    Input: (batch, height, width, channels). Output: (batch, `height`, `width`, channels).
    """

    height: int | None = argument(SIZE, "The height that comes out.")
    width: int | None = argument(SIZE, "The width that comes out.")
    interpolation: Any = argument(
        loose(choice("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area")),
        "How what is between is filled.", "bilinear",
    )  # fmt: skip
    crop_to_aspect_ratio: bool = argument(BOOLEAN, "Whether the sides are cut, not bent.", False)
    pad_to_aspect_ratio: bool = argument(BOOLEAN, "Whether the sides are padded, not bent.", False)
    fill_mode: Any = argument(loose(choice("constant")), "What the padding is.", "constant")
    fill_value: Any = fill_value()
    antialias: bool = argument(BOOLEAN, "Whether it is smoothed when made smaller.", False)
    data_format: str | None = data_format()

    def output(self, ctx: Context, x: Any) -> Shapes:
        return resized(ctx, x, self, first_image_axis(x, self.data_format))


class CenterCrop(Image):
    """Cuts out the middle of images.

    Input: (batch, height, width, channels). Output: (batch, `height`, `width`, channels).
    """

    height: int | None = argument(SIZE, "The height that comes out.")
    width: int | None = argument(SIZE, "The width that comes out.")
    data_format: str | None = data_format()

    takes: ClassVar[Takes] = "one"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if len(x) not in (3, 4):
            ctx.refuse(WrongRank(wants=("batch", "height", "width", "channels"), shape=x))
        return resized(ctx, x, self, first_image_axis(x, self.data_format))


class RandomCrop(Image):
    """Cuts a random part out of images while training, else the middle.

    Input: (batch, height, width, channels). Output: (batch, `height`, `width`, channels).
    """

    height: int | None = argument(SIZE, "The height that comes out.")
    width: int | None = argument(SIZE, "The width that comes out.")
    seed: Any = seed()
    data_format: str | None = data_format()

    def output(self, ctx: Context, x: Any) -> Shapes:
        return resized(ctx, x, self, -2 if self.data_format == "channels_first" else -3)


class RandomFlip(Image):
    """Mirrors images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    mode: Any = argument(
        loose(choice("horizontal_and_vertical", "horizontal", "vertical")),
        "Which way they are mirrored.", "horizontal_and_vertical",
    )  # fmt: skip
    seed: Any = seed()
    data_format: str | None = data_format()


class RandomTranslation(Image):
    """Shifts images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    height_factor: Any = argument(factor(-1, 1, each=True), "How far, as a share of the height.")
    width_factor: Any = argument(factor(-1, 1, each=True), "How far, as a share of the width.")
    fill_mode: str = fill_mode()
    interpolation: str = interpolation()
    seed: Any = seed()
    fill_value: Any = fill_value()
    data_format: str | None = data_format()


class RandomRotation(Image):
    """Turns images at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(or_none(SIGNED), "How far, as a share of a full turn.")
    fill_mode: str = fill_mode()
    interpolation: str = interpolation()
    seed: Any = seed()
    fill_value: Any = fill_value()
    data_format: str | None = data_format()


class RandomZoom(Image):
    """Zooms images in or out at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    height_factor: Any = argument(ZOOM, "How much, as a share of the height; negative: in.")
    width_factor: Any = argument(optional(ZOOM), "The same of the width; null: as height.", None)
    fill_mode: str = fill_mode()
    interpolation: str = interpolation()
    seed: Any = seed()
    fill_value: Any = fill_value()
    data_format: str | None = data_format()


class RandomShear(Image):
    """Bends images askew at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    x_factor: Any = argument(factor(0, 1, each=True), "How much along the width.", 0.0)
    y_factor: Any = argument(factor(0, 1, each=True), "How much along the height.", 0.0)
    interpolation: str = interpolation()
    fill_mode: str = fill_mode()
    fill_value: Any = fill_value()
    data_format: str | None = data_format()
    seed: Any = seed()


class RandomPerspective(Image):
    """Shows images from a random angle while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How often.", 1.0)
    scale: Any = argument(number("a number from 0 to 1", 0, 1, nan=True), "How much.", 1.0)
    interpolation: str = interpolation()
    fill_value: Any = fill_value()
    seed: Any = seed()
    data_format: str | None = data_format()


class RandomElasticTransform(Image):
    """Bends images like rubber at random while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How often.", 1.0)
    scale: Any = argument(UNIT, "How much.", 1.0)
    interpolation: str = interpolation()
    fill_mode: str = argument(
        choice("constant", "nearest", "wrap", "mirror", "reflect"),
        "What stands outside the image.", "reflect",
    )  # fmt: skip
    fill_value: Any = fill_value()
    value_range: Any = value_range()
    seed: Any = seed()
    data_format: str | None = data_format()
