"""EinsumDense: a dense layer whose axes an einsum equation names."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lstmshape.dims import Dim, Shape, product, show_shape
from lstmshape.facts import Fact, FailsWhenRun, Misreported, OpenSize, Unmet, WrongSize
from lstmshape.layers.arguments import ACTIVATION, Invalid, Kind, anything, argument
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Weight, plain_rank
from lstmshape.layers.core import (
    LORA_ALPHA,
    LORA_RANK,
    QUANTIZATION,
    halved_by_glu,
    low_rank,
)
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER
from lstmshape.layers.quantized import quantized_kernel

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

FORMS = "an equation such as ab,bc->ac, ...x,xy->...y or abc...,cd->abd..."
_PLAIN = re.compile("([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)")
_LEFT = re.compile("0([a-zA-Z]+),([a-zA-Z]+)->0([a-zA-Z]+)")
_RIGHT = re.compile("([a-zA-Z]{2,})0,([a-zA-Z]+)->([a-zA-Z]+)0")
#: (form, whether what is elided stands on the left, whether anything is)
_FORMS = ((_PLAIN, False, False), (_LEFT, True, True), (_RIGHT, False, True))


class Equation(NamedTuple):
    """The letters of input, kernel and output; `left`: what is elided stands before them."""

    read: str
    kernel: str
    made: str
    left: bool
    elided: bool


def parsed(equation: str) -> Equation | None:
    """The equation in one of Keras's three forms, or None. As Keras, it looks at the front only."""
    text = equation.replace("...", "0")
    for pattern, left, elided in _FORMS:
        found = pattern.match(text)
        if found is not None:
            return Equation(found[1], found[2], found[3], left, elided)
    return None


def _equation(value: Any) -> Any:
    if not isinstance(value, str):
        raise Invalid(FORMS)
    if parsed(value) is None:
        bare = value.replace(" ", "")
        raise Invalid(FORMS, near=bare if parsed(bare) is not None else None)
    return value


def _is_size(item: Any) -> bool:
    return isinstance(item, int) and item >= 0


def _sizes(value: Any) -> Any:
    """A size, or a list of sizes and nulls."""
    items = [*value] if isinstance(value, (list, tuple, dict)) else [value]
    if value is None or any(item is not None and not _is_size(item) for item in items):
        raise Invalid(SIZES.wants)
    sizes = tuple(None if item is None else int(item) for item in items)
    if any(isinstance(item, bool) for item in items):
        raise Invalid(SIZES.wants, near=list(sizes), builds=True, value=sizes)
    return sizes


def _bias(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Invalid(BIAS_AXES.wants)


SIZES = Kind(
    "a size, or a list of sizes without the batch axis, null where the input says it",
    _sizes,
    {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "array", "items": {"type": ["integer", "null"], "minimum": 0}},
        ]
    },
)
BIAS_AXES = Kind("the letters of output axes, or null", _bias, {"type": ["string", "null"]})


class EinsumDense(Layer):
    """A dense layer over axes that `equation` names, as `numpy.einsum` does.

    Input: (batch, …), an axis for each letter. Output: (batch, …) with the sizes of
    `output_shape`; a null there stays open in Keras's shapes.
    """

    equation: str = argument(Kind(FORMS, _equation, {"type": "string"}), "input,kernel->output.")
    output_shape: tuple[int | None, ...] = argument(
        SIZES, "The sizes that come out, without the batch and what is elided."
    )
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    bias_axes: Any = argument(BIAS_AXES, "The output axes along which a bias is added.", None)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)
    lora_rank: int | None = argument(
        LORA_RANK, "Train two thin tensors of this rank in place of the kernel (LoRA).", None
    )
    lora_alpha: Any = argument(LORA_ALPHA, "Scales what LoRA adds; `lora_rank` if null.", None)
    gptq_unpacked_column_size: Any = argument(
        anything("an integer, or null"), "The width of a kernel packed by GPTQ.", None
    )
    quantization_config: Any = argument(QUANTIZATION, "How the kernel is quantized.", None)

    masking: ClassVar[Masking] = "drops"
    formula: ClassVar[str] = "the product of the kernel's sizes, and that of the bias axes"

    def demand_built(self, x: Shape) -> Rank:
        return plain_rank(len(x))

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        axes = _Axes(ctx, self, x)
        kernel = tuple(axes.fixed(ctx, x, letter) for letter in axes.equation.kernel)
        made = [Weight("kernel", kernel, initializer=self.kernel_initializer)]
        if self.bias_axes is not None:
            bias = axes.bias(ctx, self, x, self.bias_axes)
            made.append(Weight("bias", bias, initializer=self.bias_initializer))
        scale = axes.scale(kernel)
        columns = prod(scale)
        return quantized_kernel(ctx, self, low_rank(ctx, self, made), columns, scale, "zero_point")

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axes = _Axes(ctx, self, x)
        out = axes.shown(ctx, x)
        self._runs(ctx, axes, x, out)
        halved_by_glu(ctx, self.activation, out)
        return out

    def _runs(self, ctx: Context, axes: _Axes, x: Shape, out: Shape) -> None:
        """Keras does not compare the number of letters with that of axes, and may mix them up."""
        equation = axes.equation
        real = axes.real(x, out)
        if real != out:
            why = f"{self.equation} gives other axes than `output_shape`"
            if equation.left and axes.shift > 2:
                why = "Keras puts the axes that `...` stands for in reverse order"
            ctx.warn(Misreported(reported=out, real=real, why=why))
        if len(x) != len(equation.read) and not equation.elided:
            wants = f"an input of {len(equation.read)} axes, as {self.equation} says"
            ctx.warn(FailsWhenRun(wants=wants, gets=show_shape(x)))

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """Each element of the output times the axes that are summed over."""
        equation = parsed(self.equation)
        assert equation is not None
        start = len(x) - len(equation.read) if equation.left else 0
        summed = [n for n, letter in enumerate(equation.read) if letter not in equation.made]
        return product(out[1:]) * product(x[start + n] for n in summed)  # type: ignore[arg-type]


class _Axes:
    """Which size each letter of the equation has, by Keras's own rules."""

    def __init__(self, ctx: Context, layer: EinsumDense, x: Shape) -> None:
        equation = parsed(layer.equation)
        assert equation is not None
        self.equation = equation
        elided = len(x) - len(equation.read)
        #: None where Keras has None: a null of `output_shape`
        out: list[Dim | None] = [x[0], *layer.output_shape]
        if elided > 0:
            out = _with_elided(out, x, elided, equation.left)
        self.out = out
        shift = elided if equation.left else 0
        back = len(x) if equation.left else 0
        self.read = {letter: n + shift - back for n, letter in enumerate(equation.read)}
        self.made = {letter: n + shift for n, letter in enumerate(equation.made)}
        self.shift = shift
        self.behind = 0 if equation.left else elided
        self._check(ctx, layer, x)

    def _check(self, ctx: Context, layer: EinsumDense, x: Shape) -> None:
        equation = self.equation
        for letter, axis in self.read.items():
            size = self._at(ctx, x, axis, layer)
            if letter in self.made:
                stated = self._at(ctx, self.out, self.made[letter], layer)
                # Keras compares with `!=`: a number is not equal to an open size either
                if isinstance(stated, int) and stated != size:
                    why = f"`output_shape` says so of {letter}"
                    ctx.refuse(WrongSize(axis=axis % len(x), wants=stated, shape=x, why=why))
        for letter in equation.made:
            if letter not in equation.read and letter not in equation.kernel:
                ctx.refuse(_unknown(letter, "the input or the kernel", layer))
        for letter in equation.kernel:
            if letter not in self.made and letter not in self.read:
                ctx.refuse(_unknown(letter, "the input or the output", layer))
            if letter in self.made:
                self._at(ctx, self.out, self.made[letter], layer)

    def _at(self, ctx: Context, shape: Any, axis: int, layer: EinsumDense) -> Any:
        if not -len(shape) <= axis < len(shape):
            wants = f"as many sizes as {layer.equation} has letters"
            ctx.refuse(Unmet(wants=wants, gets=f"{len(shape)} with the batch"))
        return shape[axis]

    def fixed(self, ctx: Context, x: Shape, letter: str) -> int:
        """The size of a kernel's axis: what the output says comes first."""
        size = self.out[self.made[letter]] if letter in self.made else x[self.read[letter]]
        if not isinstance(size, int):
            axis = self.read.get(letter, 0) % len(x)
            ctx.refuse(OpenSize(weight="kernel", axis=axis, shape=x))
        return size

    def scale(self, kernel: tuple[int, ...]) -> tuple[int, ...]:
        """A scale for each element of the kernel that comes out, with axes as in the output."""
        sizes = dict(zip(self.equation.kernel, kernel, strict=True))
        return tuple(sizes.get(letter, 1) for letter in self.equation.made)

    def bias(self, ctx: Context, layer: EinsumDense, x: Shape, letters: Any) -> tuple[int, ...]:
        """1 for the axes without a bias, from the first one with it on."""
        made = self.equation.made
        for letter in letters:
            if letter not in made:
                wants = f"`bias_axes` among the output's {made}"
                ctx.refuse(Unmet(wants=wants, gets=f"`bias_axes` {letter}"))
        if not letters:
            ctx.refuse(Unmet(wants="`bias_axes` with a letter, or null", gets="none"))
        first = min(made.find(letter) for letter in letters)
        sizes: list[int] = []
        for n, letter in enumerate(made):
            self._at(ctx, self.out, n + self.shift, layer)
            if n < first:
                continue
            size = self.out[self.made[letter]] if letter in letters else 1
            if not isinstance(size, int):
                ctx.refuse(OpenSize(weight="bias", axis=self.read.get(letter, 0) % len(x), shape=x))
            sizes.append(size)
        return (*sizes, *(1 for _ in range(self.behind)))

    def shown(self, ctx: Context, x: Shape) -> Shape:
        """The output; what Keras shows as None stays open, although the input may know it."""
        named = {position: letter for letter, position in self.made.items()}
        out: list[Dim] = []
        for position, size in enumerate(self.out):
            if size is not None:
                out.append(size)
                continue
            letter = named.get(position, "")
            known = x[self.read[letter]] if letter in self.read else None
            label = f"axis{position}"
            out.append(ctx.open(label) if known is None else ctx.hidden(known, label))
        return tuple(out)

    def real(self, x: Shape, out: Shape) -> Shape:
        """What the equation gives: an axis for each letter, and those that are elided."""
        letters = tuple(out[position] for position in self.made.values() if position < len(out))
        if len(letters) < len(self.equation.made):
            return out  # a letter stands twice, or there is no size for it
        if self.equation.left:
            return (*x[: self.shift], *letters)
        return (*letters, *x[len(x) - self.behind :]) if self.behind > 0 else letters


def _with_elided(out: list[Dim | None], x: Shape, elided: int, left: bool) -> list[Dim | None]:
    """Keras's order: on the left the axes behind the batch are put in one by one, reversed."""
    if left:
        return [out[0], *reversed(x[1:elided]), *out[1:]]
    return [*out, *x[len(x) - elided :]]


def _unknown(letter: str, where: str, layer: EinsumDense) -> Fact:
    return Unmet(wants=f"{letter} of {layer.equation} in {where} too", gets="it nowhere else")
