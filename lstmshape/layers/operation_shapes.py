"""What comes out of the operations of Keras: a class for each way of working out a shape.

Formulas and checks are those of `compute_output_spec` in `keras.src.ops`. Unlike layers, operations
have no batch axis of their own: axis 0 is an axis like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Expr, Shape, product, total
from lstmshape.facts import MergeMismatch, NeverEqual, Unmet
from lstmshape.layers.base import Shapes, Takes, Tensor
from lstmshape.layers.constants import dtype_of_constant, shape_of_constant
from lstmshape.layers.dtypes import is_float
from lstmshape.layers.operation import Operands, Operation, Parameter
from lstmshape.layers.promotion import floating, promoted

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

    def looks_at_structure(self) -> bool:
        return self.kind != "bool"  # a comparison needs no dtype, and takes a list for a number

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
        tensors = [tensor.dtype for key, tensor in x.items() if key != "condition"]
        constants = [value for key, value in x.constants.items() if key != "condition"]
        return promoted(*tensors, *map(dtype_of_constant, constants))


# -- along axes -----------------------------------------------------------------------------------


def flat_size(ctx: Context, x: Shape) -> Dim:
    """How many numbers there are; Keras does not say it where a size is open."""
    size = product(x)
    return size if all(isinstance(dim, int) for dim in x) else ctx.hidden(size, "flat")


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
        if self.axis is None:
            return (1,) * rank if self.keepdims else ()
        axes = [self.axis_of(ctx, axis, rank) for axis in _listed(self.axis)]
        if self.keepdims:
            return tuple(1 if n in axes else dim for n, dim in enumerate(x))
        return without(ctx, x, axes)


def without(ctx: Context, x: Shape, axes: Sequence[int]) -> Shape:
    """A shape without axes; one that is said twice takes away what comes after it, as in Keras."""
    out = list(x)
    for axis in sorted(axes, reverse=True):
        if axis >= len(out):
            ctx.refuse(Unmet(wants="axes that differ", gets=f"{list(axes)}"))
        del out[axis]
    return tuple(out)


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
