"""Layers that mix images, or apply several changes to each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lstmshape.layers.arguments import (
    BOOLEAN,
    NUMBER,
    Invalid,
    argument,
    integer,
    loose,
)
from lstmshape.layers.pictures import (
    PAIR,
    SIGNED,
    UNIT,
    Image,
    factor,
    interpolation,
    optional,
    or_none,
    seed,
    value_range,
)
from lstmshape.layers.windows import data_format


class CutMix(Image):
    """Puts patches of one image into another while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    factor: Any = argument(UNIT, "How large the patches are.", 1.0)
    seed: Any = seed()
    data_format: str | None = data_format()


class MixUp(Image):
    """Lays images over each other while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    alpha: Any = argument(loose(NUMBER), "How much they are mixed.", 0.2)
    data_format: str | None = data_format()
    seed: Any = seed()
    factor: Any = argument(or_none(SIGNED), "Taken, and not used.", None)


class RandomColorJitter(Image):
    """Changes brightness, contrast, saturation and hue of images at random while training.

    Input: (batch, height, width, 3). Output: the same shape.
    """

    value_range: Any = value_range()
    brightness_factor: Any = argument(optional(or_none(SIGNED)), "How much of brightness.", None)
    contrast_factor: Any = argument(optional(UNIT), "How much of contrast.", None)
    saturation_factor: Any = argument(optional(SIGNED), "How much of saturation.", None)
    hue_factor: Any = argument(optional(UNIT), "How much of hue.", None)
    seed: Any = seed()
    data_format: str | None = data_format()
    factor: Any = argument(or_none(SIGNED), "Taken, and not used.", None)

    def check(self) -> Iterable[tuple[str, str]]:
        strict = self.brightness_factor is not None or self.saturation_factor is not None
        if strict:
            try:
                PAIR.check(self.value_range)
            except Invalid as invalid:
                yield "value_range", invalid.wants

    def colours(self) -> int | None:
        return None if self.saturation_factor is None and self.hue_factor is None else 3

    def settle(self, take: Callable[[str], str]) -> None:
        for part in ("brightness", "contrast", "saturation", "hue"):
            if getattr(self, f"{part}_factor") is not None:
                take(f"random_{part}")


#: the layers that RandAugment makes, in order: they use up names
_AUGMENTING = (
    "random_shear", "random_translation", "random_rotation", "random_brightness",
    "random_color_degeneration", "random_contrast", "random_sharpness", "solarization",
    "random_posterization", "auto_contrast", "equalization",
)  # fmt: skip
_MIXING = (
    "random_shear", "random_translation", "random_rotation", "solarization",
    "random_posterization", "auto_contrast", "equalization",
)  # fmt: skip
_MIXING_ALL = (
    "random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness",
)  # fmt: skip


class RandAugment(Image):
    """Applies some of eleven random changes to every image while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    value_range: Any = value_range(PAIR)
    num_ops: Any = argument(loose(integer("a positive integer", 1)), "How many changes.", 2)
    factor: Any = argument(factor(0, 1, each=True), "How much.", 0.5)
    interpolation: str = interpolation()
    seed: Any = seed()
    data_format: str | None = data_format()

    def greys(self) -> bool:
        return True

    def settle(self, take: Callable[[str], str]) -> None:
        for part in _AUGMENTING:
            take(part)


class AugMix(Image):
    """Lays several randomly changed copies of every image over it while training.

    Input: (batch, height, width, channels). Output: the same shape.
    """

    value_range: Any = value_range(PAIR)
    num_chains: Any = argument(loose(integer("a positive integer", 1)), "How many copies.", 3)
    chain_depth: Any = argument(loose(integer("a positive integer", 1)), "Changes a copy.", 3)
    factor: Any = argument(factor(0, 1, each=True), "How much.", 0.3)
    alpha: Any = argument(loose(NUMBER), "How they are weighted.", 1.0)
    all_ops: bool = argument(BOOLEAN, "Whether changes of colour are among them.", True)
    interpolation: str = interpolation()
    seed: Any = seed()
    data_format: str | None = data_format()

    def greys(self) -> bool:
        return bool(self.all_ops)

    def settle(self, take: Callable[[str], str]) -> None:
        for part in (*_MIXING, *(_MIXING_ALL if self.all_ops else ())):
            take(part)
