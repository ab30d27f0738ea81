"""Operations of Keras that take parts of tensors, and that multiply them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import FailsWhenRun, NeverEqual, Unmet
from lstmshape.layers.base import Shapes, Takes
from lstmshape.layers.constants import shape_of_constant
from lstmshape.layers.operation import Operands, stated
from lstmshape.layers.operation_shapes import Joined, KerasOperation, broadcast
from lstmshape.slices import ELLIPSIS, Slice, text_of

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class GetItem(KerasOperation):
    """A part of a tensor: `x[:, -1]` with `call: {key: [":", -1]}`.

    Input: `x`, and a `key` of indices, slices (`"1:-1"`), `"..."` and nulls. Output: an index takes
    its axis away, a slice shortens it, null makes one of 1.
    """

    takes: ClassVar[Takes] = "operands"

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        shape = x.get("x", ())
        key = ctx.options.get("key")
        if "key" in x or _may_be_key(key):
            return stated(ctx, self, shape)
        if not _is_key(key):
            ctx.refuse(Unmet(wants='an index, or a list of them (`[":", -1]`)', gets=_said(key)))
        keys = list(key) if type(key) is list else [key]
        if keys.count(ELLIPSIS) > 1:
            ctx.refuse(Unmet(wants='one "..." at most', gets=f"{keys.count(ELLIPSIS)}"))
        keys = keys if ELLIPSIS in keys else [*keys, ELLIPSIS]
        wanted = sum(1 for part in keys if part is not None and part != ELLIPSIS)
        if wanted > len(shape):
            ctx.refuse(Unmet(wants=f"at most {len(shape)} indices", gets=f"{wanted}"))
        out: list[Dim] = []
        rest = list(shape)
        for part in keys:
            if part is None:
                out.append(1)
            elif part == ELLIPSIS:
                kept = len(shape) - wanted
                out += rest[:kept]
                rest = rest[kept:]
            else:
                out += self._taken(ctx, len(shape) - len(rest), rest.pop(0), part)
        return tuple(out)

    def _taken(self, ctx: Context, axis: int, size: Dim, part: int | Slice) -> list[Dim]:
        """What is left of an axis."""
        if isinstance(part, Slice):
            return [self._sliced(ctx, axis, size, part)]
        low = part + 1 if part >= 0 else -part
        fact = Unmet(wants=f"an axis {axis} of at least {low}", gets=str(size))
        ctx.least(size, low, fact)
        return []

    def _sliced(self, ctx: Context, axis: int, size: Dim, part: Slice) -> Dim:
        if part.step == 0:
            return self._endless(ctx, axis, size, part)
        if isinstance(size, int):
            return len(range(*slice(*part).indices(size)))
        step = 1 if part.step is None else part.step
        if step == -1 and part.start is part.stop is None:
            return size
        start, stop = part.start or 0, part.stop or 0
        if step < 1 or start < 0 or stop > 0 or part.stop == 0:
            return ctx.open(f"axis{axis}")
        cut = start - stop
        if cut:
            fact = Unmet(wants=f"an axis {axis} of at least {cut}", gets=str(size))
            ctx.least_when_run(size, cut, fact)
        return (size - cut + step - 1) // step

    def _endless(self, ctx: Context, axis: int, size: Dim, part: Slice) -> Dim:
        """A step of 0: Keras looks at it only where it knows the size."""
        wants = "slices whose step is not 0"
        if isinstance(size, int):
            ctx.refuse(Unmet(wants=wants, gets=_said(part)))
        ctx.warn(FailsWhenRun(wants=wants, gets=_said(part)))
        return ctx.open(f"axis{axis}")

    def output_dtype(self, x: Operands) -> Any:
        return x["x"].dtype if "x" in x else "float32"

    @classmethod
    def works_out(cls, arguments: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
        key = call.get("key")
        parts = key if type(key) is list else [key]
        return all(part is None or isinstance(part, (int, str)) for part in parts)


def _is_key(value: Any) -> bool:
    """Whether Keras takes it for indices: an integer, or a list of integers, slices, … alone."""
    if type(value) is not list:
        return type(value) is int
    return all(
        part is None or type(part) is int or part == ELLIPSIS or isinstance(part, Slice)
        for part in value
    )


def _may_be_key(value: Any) -> bool:
    """Whether a truth value is among the indices: Keras takes some for numbers."""
    return any(isinstance(part, bool) for part in (value if type(value) is list else [value]))


def _said(key: Any) -> str:
    """An index as a spec writes it."""
    parts = key if type(key) is list else [key]
    shown = [
        f'"{text_of(*part)}"' if isinstance(part, Slice)
        else "null" if part is None else '"..."' if part == ELLIPSIS else f"{part}"
        for part in parts[:8]
    ]  # fmt: skip
    return f"[{', '.join(shown)}]" if type(key) is list else shown[0]


class Matmul(Joined):
    """The matrix product of the last two axes.

    Input: `x1` of (…, n, k) and `x2` of (…, k, m); a vector is a matrix of one row, or column.
    Output: (…, n, m), the other axes stretched to each other.
    """

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        a, b = self.operand_shapes(ctx, x).values()
        if not a or not b:
            ctx.refuse(Unmet(wants="tensors of one axis or more", gets="a number"))
        left = (1, a[0]) if len(a) == 1 else a
        right = (b[0], 1) if len(b) == 1 else b
        what = "the axes that a matrix product adds up over"
        sizes = (left[-1], right[-2])
        if all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]:
            ctx.refuse(Unmet(wants=f"{what} alike", gets=f"{sizes[0]} and {sizes[1]}"))
        fact = NeverEqual(what=what, left=left[-1], right=right[-2], shapes=(a, b))
        ctx.same(left[-1], right[-2], fact)
        out = [*broadcast(ctx, "multiply", [left[:-2], right[:-2]]), left[-2], right[-1]]
        if len(a) == 1:
            del out[-2]
        if len(b) == 1:
            del out[-1]
        return tuple(out)


class Take(KerasOperation):
    """Parts of a tensor along an axis, in the order of indices.

    Input: `x`, and `indices` of any shape. Output: that shape in place of the axis.
    """

    axis: Any

    takes: ClassVar[Takes] = "operands"

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        indices = x.get("indices", shape_of_constant(ctx.options.get("indices")))
        if self.axis is None:
            return indices
        shape = x.get("x", shape_of_constant(ctx.options.get("x")))
        axis = self.axis_of(ctx, self.axis, len(shape))
        return (*shape[:axis], *indices, *shape[axis + 1 :])

    def output_dtype(self, x: Operands) -> Any:
        return x["x"].dtype if "x" in x else "float32"


class Einsum(KerasOperation):
    """A sum of products over named axes: `"bij,bjk->bik"`.

    Input: tensors, an axis for each letter. Output: the axes behind `->`; where there is none, or
    `...`, what `output_shape` says.
    """

    subscripts: Any

    takes: ClassVar[Takes] = "any"
    kind: ClassVar[str] = "joined"

    def output(self, ctx: Context, x: Any) -> Shapes:
        shapes = x if isinstance(x, list) else [x]
        given, _, out = str(self.subscripts).partition("->")
        specs = given.split(",")
        if not self.works_out({"subscripts": self.subscripts}, {}):
            if "..." not in given:
                self._ranked(ctx, specs, shapes)
            return stated(ctx, self, x)
        self._ranked(ctx, specs, shapes)
        sizes = [
            dict(zip(spec, shape, strict=True)) for spec, shape in zip(specs, shapes, strict=True)
        ]
        return broadcast(ctx, "multiply", [tuple(s.get(n, 1) for n in out) for s in sizes])

    @staticmethod
    def _ranked(ctx: Context, specs: list[str], shapes: list[Shape]) -> None:
        """Keras counts the characters, blanks among them."""
        ranks = [len(shape) for shape in shapes]
        if ranks != [len(spec) for spec in specs]:
            wants = f"tensors of {', '.join(str(len(spec)) for spec in specs)} axes"
            ctx.refuse(Unmet(wants=wants, gets=f"tensors of {', '.join(map(str, ranks))}"))

    @classmethod
    def works_out(cls, arguments: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
        given, arrow, out = str(arguments.get("subscripts")).partition("->")
        plain = all(spec.isalpha() and len(set(spec)) == len(spec) for spec in given.split(","))
        return bool(arrow) and plain and (not out or out.isalpha())


#: of a tensor: more are not looked at
MOST_PARTS = 10_000


class Split(KerasOperation):
    """Parts of a tensor along one axis: so many, or cut at indices.

    Input: any shape. Output: a list of tensors.
    """

    indices_or_sections: Any
    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axis = self.axis_of(ctx, self.axis, len(x))
        size, cuts = x[axis], self.indices_or_sections
        if not isinstance(cuts, int):
            parts = [b - a for a, b in pairwise([0, *cuts, size])]
            for part in parts:
                wants = f"an axis {axis} of at least {max(cuts, default=0)}"
                ctx.least(part, 0, Unmet(wants=wants, gets=str(size)))
        else:
            fact = Unmet(wants=f"axis {axis} a multiple of {cuts}", gets=str(size))
            if cuts < 1:
                ctx.refuse(Unmet(wants="at least 1 part", gets=f"{cuts}"))
            if cuts > MOST_PARTS:
                ctx.unknown(Unmet(wants=f"at most {MOST_PARTS} parts", gets=f"{cuts}"))
            ctx.multiple(size, cuts, fact)
            parts = [size // cuts] * cuts
        return [(*x[:axis], part, *x[axis + 1 :]) for part in parts]


class OneHot(KerasOperation):
    """A vector of 0s with a single 1 for each number.

    Input: integers. Output: that shape with `num_classes` at `axis`.
    """

    num_classes: Any
    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axis == -1:
            return (*x, self.num_classes)
        if self.axis < 0:
            ctx.refuse(Unmet(wants="-1, or an axis from the front", gets=f"axis {self.axis}"))
        axis = self.axis_of(ctx, self.axis, len(x))
        return (*x[:axis], self.num_classes, *x[axis:])

    def output_dtype(self, x: Any) -> Any:
        return self.dtype or "float32"
