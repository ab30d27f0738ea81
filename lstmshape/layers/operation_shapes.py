"""What comes out of the operations of Keras: a class for each way of working out a shape.

Formulas and checks are those of `compute_output_spec` in `keras.src.ops`. Unlike layers, operations
have no batch axis of their own: axis 0 is an axis like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Expr, Shape, product, total
from lstmshape.facts import FailsWhenRun, MergeMismatch, NeverEqual, ReshapeMismatch, Unmet
from lstmshape.layers.base import Shapes, Takes, Tensor
from lstmshape.layers.constants import dtype_of_constant, shape_of_constant
from lstmshape.layers.dtypes import is_float
from lstmshape.layers.operation import Operands, Operation, Parameter, stated
from lstmshape.layers.promotion import floating, promoted
from lstmshape.slices import ELLIPSIS, Slice, text_of

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class KerasOperation(Operation):
    """An operation of Keras 3 whose output is worked out."""

    opaque: ClassVar[bool] = False
    any_argument: ClassVar[bool] = False
    takes: ClassVar[Takes] = "one"
    #: of the call
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    #: what becomes of the dtype: "same", "joined", "float", … (see `_DTYPES`), or its name
    kind: ClassVar[str] = "same"
    #: whether Keras wants all operands, also those that have defaults
    wants_all: ClassVar[bool] = False

    def output(self, ctx: Context, x: Any) -> Shapes:
        return x  # type: ignore[no-any-return]  # element by element: shape in, shape out

    def output_dtype(self, x: Any) -> Any:
        if self.dtype is not None:  # an argument of some, and no policy
            return self.dtype
        if self.kind == "argument":
            return first_dtype(x)
        rule = _DTYPES.get(self.kind)
        return rule(x) if rule is not None else self.kind

    def axis_of(self, ctx: Context, axis: Any, rank: int) -> int:
        """An axis counted from the front."""
        if type(axis) is not int or not -rank <= axis < rank:
            ctx.refuse(Unmet(wants=f"one of {rank} axes", gets=f"axis {axis}"))
        return int(axis % rank)


# -- dtypes ---------------------------------------------------------------------------------------


def first_dtype(x: Any) -> str:
    tensors = [x] if isinstance(x, Tensor) else list(x.values()) if isinstance(x, dict) else x
    return str(tensors[0].dtype)


def joined_dtype(x: Any) -> str:
    """Of all operands together, also of those that are written in the spec."""
    tensors = [x] if isinstance(x, Tensor) else list(x.values()) if isinstance(x, dict) else x
    constants = x.constants.values() if isinstance(x, Operands) else ()
    return promoted(*(tensor.dtype for tensor in tensors), *map(dtype_of_constant, constants))


def _counted(dtype: str) -> str:
    return "int32" if dtype == "bool" else dtype


def _float_of(dtype: str) -> str:
    """A float stays as it is, also one of 64 bits."""
    return dtype if is_float(dtype) else floating(dtype)


def _summed(x: Any) -> str:
    dtype = joined_dtype(x)
    small = {"bool": "int32", "int8": "int32", "int16": "int32"}
    return small.get(dtype, "uint32" if dtype in ("uint8", "uint16") else dtype)


_DTYPES: dict[str, Callable[[Any], str]] = {
    "same": first_dtype,
    "joined": joined_dtype,
    "float": lambda x: floating(joined_dtype(x)),
    "a float": lambda x: _float_of(first_dtype(x)),
    "sum": _summed,
    "product": lambda x: first_dtype(x) if is_float(first_dtype(x)) else _summed(x),
    "square": lambda x: _counted(first_dtype(x)),
    "modulo": lambda x: _counted(joined_dtype(x)),
}


# -- element by element ---------------------------------------------------------------------------


def broadcast(ctx: Context, operation: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of several stretched to each other; a known size stands for an open one."""
    joined = shapes[0]
    for shape in shapes[1:]:
        joined = _stretched(ctx, operation, joined, shape)
    return joined


def _stretched(ctx: Context, operation: str, a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    left = (*(1,) * (rank - len(a)), *a)
    right = (*(1,) * (rank - len(b)), *b)
    return tuple(
        _one(ctx, operation, (a, b), n, *pair)
        for n, pair in enumerate(zip(left, right, strict=True))
    )


def _one(ctx: Context, operation: str, shapes: tuple[Shape, Shape], n: int, p: Dim, q: Dim) -> Dim:
    if p == q or q == 1:
        return p
    if p == 1:
        return q
    if isinstance(p, int) and isinstance(q, int):
        ctx.refuse(MergeMismatch(operation=operation, shapes=shapes, axis=n))
    what = f"axis {n} of its inputs"
    ctx.same_when_run(p, q, NeverEqual(what=what, left=p, right=q, shapes=shapes))
    return q if isinstance(p, Expr) and isinstance(q, int) else p


class Elementwise(KerasOperation):
    """A function of each number.

    Input: any shape. Output: the same shape.
    """


class Joined(KerasOperation):
    """A function of numbers in the same place of several tensors.

    Input: tensors or numbers, stretched to each other from the last axis. Output: their shape.
    """

    takes: ClassVar[Takes] = "operands"
    kind: ClassVar[str] = "joined"

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        shapes = self.operand_shapes(ctx, x)
        return broadcast(ctx, self.base_name(), [shapes[name] for name in shapes])

    def operand_shapes(self, ctx: Context, x: dict[str, Shape]) -> dict[str, Shape]:
        """The shapes of what it is called on, in the order of its parameters.

        What may be left out is a number that says how.
        """
        given = {**{key: shape_of_constant(value) for key, value in ctx.options.items()}, **x}
        names = [p.name for p in self.parameters if p.required or self.wants_all]
        return {name: given.get(name, ()) for name in names}


class Where(Joined):
    """The one tensor or the other, as a condition says.

    Input: `condition`, `x1`, `x2`. Output: their shape, stretched to each other.
    """

    wants_all: ClassVar[bool] = True

    def output_dtype(self, x: Operands) -> Any:
        of_two = Operands(
            {key: tensor for key, tensor in x.items() if key != "condition"}, x.constants
        )
        kinds = [t.dtype for t in of_two.values()]
        return promoted(*kinds, *map(dtype_of_constant, of_two.constants.values()))


# -- along axes -----------------------------------------------------------------------------------


class AlongAxis(KerasOperation):
    """A function of the numbers along one axis, which stays.

    Input: any shape. Output: the same shape; flat where there is no `axis`.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axis is None:
            return (flat_size(ctx, x),)
        self.axis_of(ctx, self.axis, len(x))
        return x

    def output_dtype(self, x: Any) -> Any:
        if self.kind != "argument":
            return super().output_dtype(x)
        return _counted(self.dtype or first_dtype(x))


class OverAxes(KerasOperation):
    """A function of the numbers along an axis, or several, which stay.

    Input: any shape. Output: the same shape.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        for axis in _listed(self.axis):
            self.axis_of(ctx, axis, len(x))
        return x


def _listed(axis: Any) -> list[Any]:
    """The axes of an argument that takes one, several, or none."""
    return [] if axis is None else list(axis) if isinstance(axis, (list, tuple)) else [axis]


class Reduction(KerasOperation):
    """One number of all along one axis or several: all axes where `axis` is null.

    Input: any shape. Output: that shape without the axes; with `keepdims`, they are 1.
    """

    axis: Any
    keepdims: Any = False

    def output(self, ctx: Context, x: Shape) -> Shapes:
        rank = len(x)
        given = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        gone = (
            set(range(rank))
            if self.axis is None
            else {self.axis_of(ctx, axis, rank) for axis in given}
        )
        if self.keepdims:
            return tuple(1 if n in gone else dim for n, dim in enumerate(x))
        return tuple(dim for n, dim in enumerate(x) if n not in gone)


class Concatenate(KerasOperation):
    """Tensors end to end along one axis.

    Input: a list of tensors. Output: their shape, the sizes of the axis added up.
    """

    axis: Any

    takes: ClassVar[Takes] = "list"
    kind: ClassVar[str] = "joined"

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        axis = self.axis_of(ctx, self.axis, len(x[0]))
        for shape in x[1:]:
            alike(ctx, self.base_name(), x[0], shape, skip=axis)
        size = total(shape[axis] for shape in x)
        return (*x[0][:axis], size, *x[0][axis + 1 :])


def alike(ctx: Context, operation: str, a: Shape, b: Shape, *, skip: int | None = None) -> None:
    """Two shapes must be equal, one axis aside; with open sizes, when it runs."""
    if len(a) != len(b):
        ctx.refuse(MergeMismatch(operation=operation, shapes=(a, b), axis=None))
    for n, (p, q) in enumerate(zip(a, b, strict=True)):
        if n == skip or p == q:
            continue
        if isinstance(p, int) and isinstance(q, int):
            ctx.refuse(MergeMismatch(operation=operation, shapes=(a, b), axis=n))
        what = f"axis {n} of its inputs"
        ctx.same_when_run(p, q, NeverEqual(what=what, left=p, right=q, shapes=(a, b)))


class Stack(KerasOperation):
    """Tensors of one shape side by side, on an axis of their own.

    Input: a list of tensors. Output: their shape, with how many they are at `axis`.
    """

    axis: Any

    takes: ClassVar[Takes] = "list"
    kind: ClassVar[str] = "joined"

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        axis = self.axis_of(ctx, self.axis, len(x[0]) + 1)
        for shape in x[1:]:
            alike(ctx, self.base_name(), x[0], shape)
        return (*x[0][:axis], len(x), *x[0][axis:])


# -- shapes as such -------------------------------------------------------------------------------


class ExpandDims(KerasOperation):
    """A new axis of 1.

    Input: any shape. Output: that shape with 1 at `axis`.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        axes = list(self.axis) if isinstance(self.axis, (list, tuple)) else [self.axis]
        rank = len(x) + len(axes)
        new = {self.axis_of(ctx, axis, rank) for axis in axes}
        if len(new) != len(axes):
            ctx.refuse(Unmet(wants="axes that differ", gets=f"`axis` {self.axis}"))
        rest = iter(x)
        return tuple(1 if n in new else next(rest) for n in range(rank))


class Squeeze(KerasOperation):
    """Takes away axes of 1.

    Input: any shape. Output: that shape without `axis`, which must be 1; without all axes of 1
    where `axis` is null.
    """

    axis: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axis is None:
            return tuple(dim for dim in x if dim != 1)
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        gone = {self.axis_of(ctx, axis, len(x)) for axis in axes}
        for axis in sorted(gone):
            if x[axis] != 1:
                ctx.refuse(Unmet(wants=f"a size of 1 on axis {axis}", gets=str(x[axis])))
        return tuple(dim for n, dim in enumerate(x) if n not in gone)


class Transpose(KerasOperation):
    """The axes in another order: `axes`, or back to front.

    Input: any shape. Output: its sizes in that order.
    """

    axes: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.axes is None:
            return x[::-1]
        order = [self.axis_of(ctx, axis, len(x)) for axis in self.axes]
        if sorted(order) != list(range(len(x))):
            wants = f"each of {len(x)} axes once"
            ctx.refuse(Unmet(wants=wants, gets=f"`axes` {list(self.axes)}"))
        return tuple(x[axis] for axis in order)


class Swapaxes(KerasOperation):
    """Two axes, each in the other's place.

    Input: any shape. Output: that shape with the two sizes swapped.
    """

    axis1: Any
    axis2: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        one, two = (self.axis_of(ctx, axis, len(x)) for axis in (self.axis1, self.axis2))
        out = list(x)
        out[one], out[two] = out[two], out[one]
        return tuple(out)


class Reshape(KerasOperation):
    """The same numbers in another shape, the batch among its sizes; -1 is what is left.

    Input: any shape. Output: `newshape`.
    """

    newshape: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        target = [self.newshape] if isinstance(self.newshape, int) else list(self.newshape)
        sizes = [size for size in target if isinstance(size, int)]
        if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
            ctx.refuse(Unmet(wants="sizes, of which one may be -1", gets=f"{target}"))
        whole = product(x)
        fact = ReshapeMismatch(shape=x, target=tuple(target), total=whole)
        known = product(size for size in sizes if size != -1)
        assert isinstance(known, int)
        seen = all(isinstance(dim, int) for dim in (*x, *target))
        if seen:
            assert isinstance(whole, int)
            fits = known and whole % known == 0 if -1 in sizes else whole == known
            if not fits:
                ctx.refuse(fact)
        unknown = [size for size in target if size is None or size == -1]
        rest: Dim = whole // known if known and len(unknown) == 1 else ctx.open("rest")
        if not seen:
            self._when_run(ctx, whole, known, len(unknown), fact)
            rest = ctx.hidden(rest, "rest")
        return tuple(rest if size is None or size == -1 else size for size in target)

    def _when_run(
        self, ctx: Context, whole: Dim, known: int, unknown: int, fact: ReshapeMismatch
    ) -> None:
        """What Keras does not check, since a size is open."""
        if not unknown:
            ctx.same_when_run(whole, known, fact)
        elif known and unknown == 1:
            ctx.multiple_when_run(whole, known, fact)


class Ravel(KerasOperation):
    """All numbers in a row.

    Input: any shape. Output: one axis, as long as all the others' product.
    """

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (flat_size(ctx, x),)


def flat_size(ctx: Context, x: Shape) -> Dim:
    """How many numbers there are; Keras does not say it where a size is open."""
    size = product(x)
    return size if all(isinstance(dim, int) for dim in x) else ctx.hidden(size, "flat")


class Tile(KerasOperation):
    """A tensor set side by side with itself, so many times along each axis.

    Input: any shape. Output: its sizes times `repeats`, which are counted from the last axis.
    """

    repeats: Any

    def output(self, ctx: Context, x: Shape) -> Shapes:
        repeats = [self.repeats] if isinstance(self.repeats, int) else list(self.repeats)
        rank = max(len(x), len(repeats))
        sizes = (*(1,) * (rank - len(x)), *x)
        times = [*[1] * (rank - len(repeats)), *repeats]
        return tuple(size * n for size, n in zip(sizes, times, strict=True))


class Pad(KerasOperation):
    """A tensor with a margin around it.

    Input: any shape. Output: its sizes with what `pad_width` adds before and behind. Keras leaves
    open what is open.
    """

    pad_width: Any

    takes: ClassVar[Takes] = "operands"

    def output(self, ctx: Context, x: dict[str, Shape]) -> Shapes:
        shape, width = x.get("x", ()), self.pad_width
        if isinstance(width, int):
            width = [[width, width]]
        elif isinstance(width[0], int):
            width = [width]
        margins = [
            (pair[0], pair[-1]) for pair in (width * len(shape) if len(width) == 1 else width)
        ]
        if len(margins) != len(shape):
            ctx.refuse(Unmet(wants=f"a margin for each of {len(shape)} axes", gets=f"{width}"))
        return tuple(dim + a + b for dim, (a, b) in zip(shape, margins, strict=True))

    def output_dtype(self, x: Operands) -> Any:
        return x["x"].dtype if "x" in x else "float32"


# -- parts and products ---------------------------------------------------------------------------


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
            return stated(ctx, self, x)
        ranks = [len(shape) for shape in shapes]
        if ranks != [len(spec) for spec in specs]:
            wants = f"tensors of {', '.join(str(len(spec)) for spec in specs)} axes"
            ctx.refuse(Unmet(wants=wants, gets=f"tensors of {', '.join(map(str, ranks))}"))
        sizes = [
            dict(zip(spec, shape, strict=True)) for spec, shape in zip(specs, shapes, strict=True)
        ]
        return broadcast(ctx, "multiply", [tuple(s.get(n, 1) for n in out) for s in sizes])

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
