"""Layers that make spectrograms of sound: STFTSpectrogram, MelSpectrogram."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import FailsWhenRun, Misreported, OpenSize, TooShort, Unmet
from lstmshape.layers.arguments import (
    BOOLEAN,
    NUMBER,
    TRAINABLE,
    Invalid,
    Kind,
    argument,
    choice,
    integer,
    loose,
    number,
)
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Weight
from lstmshape.layers.pictures import SIZE
from lstmshape.layers.windows import channel_axis, data_format, image_rank, with_channels
from lstmshape.near import near_names

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: the windows of SciPy that need no parameter
WINDOWS = (
    "bart", "barthann", "bartlett", "bkh", "black", "blackharr", "blackman", "blackmanharris",
    "blk", "bman", "bmn", "bohman", "box", "boxcar", "brt", "brthan", "bth", "cosine",
    "exponential", "flat", "flattop", "flt", "halfcosine", "ham", "hamm", "hamming", "han", "hann",
    "lanczos", "nut", "nutl", "nuttall", "ones", "par", "parz", "parzen", "poisson", "rect",
    "rectangular", "sinc", "taylor", "taylorwin", "tri", "triang", "triangle", "tuk", "tukey",
)  # fmt: skip


def _window(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value in WINDOWS):
        return value
    if isinstance(value, list) and all(isinstance(item, (int, float)) for item in value):
        return tuple(value)
    near = near_names(value, WINDOWS) if isinstance(value, str) else ()
    raise Invalid(WINDOW.wants, near=near[0] if near else None)


WINDOW = Kind(
    "the name of a window, such as hann, or null",
    _window,
    {"type": ["string", "array", "null"], "items": {"type": "number"}},
)
#: SciPy, which makes the window, takes nothing but true and false
TRUTH = TRAINABLE
LENGTH = integer("a positive integer", 1)
OPTIONAL_LENGTH = integer("a positive integer, or null", 1, optional=True)


class STFTSpectrogram(Layer):
    """Cuts a sound into frames and says how strong each frequency is in each of them.

    Input: (batch, timesteps, channels). Output: (batch, frames, frequencies * channels), where
    there are fft_length // 2 + 1 frequencies; with `expand_dims` channels stand apart.
    """

    mode: str = argument(
        choice("log", "magnitude", "psd", "real", "imag", "angle", "stft"), "What is given.", "log"
    )
    frame_length: int = argument(LENGTH, "How many steps a frame has.", 256)
    frame_step: int | None = argument(OPTIONAL_LENGTH, "How far apart; null: half a frame.", None)
    fft_length: int | None = argument(
        OPTIONAL_LENGTH, "How long the transform is; null: the next power of two.", None
    )
    window: Any = argument(WINDOW, "How a frame fades at its ends.", "hann")
    periodic: bool = argument(TRUTH, "Whether the window is periodic.", False)
    scaling: Any = argument(choice("density", "spectrum", None), "How it is scaled.", "density")
    padding: str = argument(choice("valid", "same"), "Whether the ends are padded.", "valid")
    expand_dims: bool = argument(BOOLEAN, "Whether channels get an axis of their own.", False)
    data_format: str | None = data_format()

    rank: ClassVar[Rank | None] = Rank(("batch", "timesteps", "channels"))
    masking: ClassVar[Masking] = "drops"
    sequence_axis: ClassVar[int | None] = 1
    formula: ClassVar[str] = "frame_length * (fft_length // 2 + 1), twice unless real or imag"

    def check(self) -> Iterable[tuple[str, str]]:
        if self.frame_step is not None and self.frame_step > self.frame_length:
            yield "frame_step", "a positive integer not above `frame_length`"
        if self.fft_length is not None and self.fft_length < self.frame_length:
            yield "fft_length", "an integer not below `frame_length`"

    def demand(self) -> Rank:
        return image_rank(1, self.data_format)

    @property
    def frequencies(self) -> int:
        """How many frequencies are told apart."""
        length = self.fft_length
        if length is None:
            length = 1 << (self.frame_length - 1).bit_length()
        return length // 2 + 1

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        if isinstance(self.window, tuple) and len(self.window) != self.frame_length:
            wants = f"a window of {self.frame_length} numbers"
            ctx.refuse(Unmet(wants=wants, gets=f"{len(self.window)} numbers"))
        shape = (self.frame_length, 1, self.frequencies)
        parts = [part for part in ("real", "imag") if self.mode not in ("real", "imag") or
                 self.mode == part]  # fmt: skip
        return [Weight(f"{part}_kernel", shape, initializer="stft") for part in parts]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        ctx.ranked(x, self.demand())  # also inside a wrapper, which does not ask for the rank
        channels: Dim = x[channel_axis(self.data_format)]
        if not isinstance(channels, int):
            axis = channel_axis(self.data_format) % len(x)
            ctx.refuse(OpenSize(weight="real_kernel", axis=axis, shape=x))
        made = self.frequencies * (2 if self.mode == "stft" else 1)
        axis = 2 if self.data_format == "channels_first" else 1
        step = self.frame_step or self.frame_length // 2
        if step == 0:
            ctx.refuse(Unmet(wants="a `frame_step` of at least 1", gets="half a frame of 1"))
        frames = self._frames(ctx, x, axis, step)
        if not self.expand_dims:
            return with_channels(x[0], (frames,), made * channels, self.data_format)
        return with_channels(x[0], (frames, made), channels, self.data_format)

    def _frames(self, ctx: Context, x: Shape, axis: int, step: int) -> Dim:
        """How many frames fit; one at least."""
        steps, length = x[axis], self.frame_length
        if self.padding != "valid":
            return (steps - 1) // step + 1
        frames = (steps - length) // step + 1
        needs = f"at least {length} for `frame_length`"
        fact = TooShort(axis=axis, size=steps, result=frames, needs=needs, shape=x)
        ctx.least(steps, length, fact)
        return frames

    def macs(self, x: Shape, out: Shapes) -> Dim:
        assert isinstance(out, tuple)
        frames = out[2 if self.data_format == "channels_first" else 1]
        kernels = 1 if self.mode in ("real", "imag") else 2
        channels = x[channel_axis(self.data_format)]
        return frames * channels * (kernels * self.frame_length * self.frequencies)


def _stride(value: Any) -> Any:
    if type(value) is int and value > 0:
        return value
    raise Invalid("a positive integer", builds=True, value=value)


def _is_less(one: Any, other: Any) -> bool:
    """Keras's only look at the lengths; what cannot be compared is refused like what is less."""
    try:
        return bool(one < other)
    except TypeError:
        return True


#: looked at only in comparison
FFT_LENGTH = Kind("a positive integer", lambda value: value, {"type": "integer", "minimum": 1})
#: looked at only when `max_freq` is not given
RATE = NUMBER._replace(check=lambda value: value)


class MelSpectrogram(Layer):
    """Makes a spectrogram on the scale of pitch that people hear.

    Input: (batch, timesteps). Output: (batch, num_mel_bins, frames), a frame every
    `sequence_stride` steps.
    """

    fft_length: Any = argument(FFT_LENGTH, "How long the transform is.", 2048)
    sequence_stride: Any = argument(
        Kind("a positive integer", _stride, {"type": "integer", "minimum": 1}),
        "How far apart the frames are.", 512,
    )  # fmt: skip
    sequence_length: Any = argument(
        FFT_LENGTH._replace(wants="a positive integer, or null"), "How long they are.", None
    )
    window: Any = argument(loose(WINDOW), "How a frame fades at its ends.", "hann")
    sampling_rate: Any = argument(RATE, "How many steps a second has.", 16000)
    num_mel_bins: int | None = argument(SIZE, "How many pitches are told apart.", 128)
    min_freq: Any = argument(loose(NUMBER), "The lowest pitch, in hertz.", 20.0)
    max_freq: Any = argument(
        loose(number("a number, or null", optional=True)), "The highest.", None
    )
    power_to_db: bool = argument(BOOLEAN, "Whether it is given in decibels.", True)
    top_db: Any = argument(loose(NUMBER), "The lowest, below the highest, in decibels.", 80.0)
    mag_exp: Any = argument(loose(NUMBER), "The power of the magnitudes.", 2.0)
    min_power: Any = argument(loose(NUMBER), "What is less counts as this.", 1e-10)
    ref_power: Any = argument(loose(NUMBER), "What 0 decibels are.", 1.0)

    masking: ClassVar[Masking] = "drops"

    def check(self) -> Iterable[tuple[str, str]]:
        if _is_less(self.fft_length, self.sequence_length or self.fft_length):
            yield "fft_length", "a number not below `sequence_length`"
        rate = self.sampling_rate
        if not self.max_freq and not (isinstance(rate, (int, float)) and isfinite(rate)):
            yield "sampling_rate", RATE.wants

    def output(self, ctx: Context, x: Shape) -> Shapes:
        pitches = ctx.open("pitches") if self.num_mel_bins is None else self.num_mel_bins
        axis = 0 if len(x) == 1 else 1
        frames = self._frames(ctx, x[axis])
        out = (pitches, frames) if len(x) == 1 else (x[0], pitches, frames)
        self._really(ctx, x, out, pitches)
        return out

    @property
    def _stride(self) -> Any:
        """Keras divides by it: True is 1."""
        return 1 if self.sequence_stride is True else self.sequence_stride

    def _really(self, ctx: Context, x: Shape, out: Shape, pitches: Dim) -> None:
        """Keras's rule for its shape is not quite what it computes."""
        stride, length = self._stride, self.fft_length
        if type(stride) is not int or stride < 1 or type(length) is not int:
            return
        frames = (x[-1] + (2 * (length // 2) - length)) // stride + 1
        real = (*x[:-1], pitches, frames)
        numbers = all(isinstance(dim, int) for dim in (frames, out[-1]))
        if len(real) != len(out) or (numbers and frames != out[-1]):
            why = "a frame stands at every `sequence_stride` steps of the last axis"
            ctx.warn(Misreported(reported=out, real=real, why=why))

    def _frames(self, ctx: Context, steps: Dim) -> Dim:
        stride = self._stride
        if type(stride) is not int or stride < 1:
            if isinstance(steps, int):
                ctx.refuse(Unmet(wants="a positive `sequence_stride`", gets=f"{stride!r}"))
            ctx.warn(FailsWhenRun(wants="a positive `sequence_stride`", gets=f"{stride!r}"))
            return ctx.open("frames")
        return (steps + stride + 1) // stride
