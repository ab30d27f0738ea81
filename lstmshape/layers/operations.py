"""The operations of Keras 3 as layers: a class for each name of the table, made when it is named.

Adding the formula of an operation is a line in `_FORMULAS`; one without a formula gives what its
`output_shape` says.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lstmshape.layers import operation_layout as layout
from lstmshape.layers import operation_parts as parts
from lstmshape.layers import operation_selection as selection
from lstmshape.layers import operation_shapes as formulas
from lstmshape.layers.arguments import argument
from lstmshape.layers.base import Layer, Shapes, Takes
from lstmshape.layers.operation import FOREIGN, PREFIX, Operation, Parameter, stated
from lstmshape.layers.operation_kinds import kind_of
from lstmshape.layers.operation_shapes import KerasOperation
from lstmshape.layers.operation_table import TABLE

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class Signature(NamedTuple):
    """A line of the table."""

    module: str
    name: str
    constructor: tuple[Parameter, ...]
    call: tuple[Parameter, ...]
    #: of `keras.ops`; None where no function takes the same
    function: str | None
    #: whether it takes any number of tensors: in a list, or one after the other
    variadic: bool


class Stated(KerasOperation):
    """An operation of Keras 3 of which only the file, or the spec, says what comes out."""

    opaque: ClassVar[bool] = True
    takes: ClassVar[Takes] = "operands"

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated(ctx, self, x)


class StatedOfSeveral(Stated):
    """The same for one that takes any number of tensors."""

    takes: ClassVar[Takes] = "any"


_ELEMENTWISE: dict[str, str] = {
    "same": (
        "Abs Absolute BitwiseInvert BitwiseNot Celu Conj Conjugate Copy Elu Erf Erfinv Flipud "
        "Gelu HardShrink HardSigmoid HardSilu HardTanh Imag LeakyRelu LogSigmoid NanToNum Negative "
        "Real Relu Relu6 Round Rsqrt Selu Sigmoid Sign Silu SoftShrink Softplus Softsign "
        "SparsePlus SparseSigmoid Squareplus StopGradient TanhShrink Threshold Tril Triu Trunc"
    ),
    "float": (
        "Angle Arccos Arccosh Arcsin Arcsinh Arctan Arctanh Ceil Cos Cosh Erfc Floor Log Log10 "
        "Log1p Log2 Sin Sinc Sinh Sqrt Tan Tanh"
    ),
    "a float": "Cbrt Deg2rad Exp Exp2 Expm1 Fabs I0 Rad2deg",
    "float32": "Reciprocal",
    "bool": "Isfinite Isinf Isnan Isneginf Isposinf Isreal LogicalNot Signbit",
    "argument": "Cast SaturateCast OnesLike ZerosLike EmptyLike",
    "square": "Clip Square",
}  # fmt: skip
_JOINED = {
    "joined": "Add FloorDivide Fmax Fmin Maximum Minimum Multiply Power Subtract",
    "float": "Divide DivideNoNan Logaddexp Logaddexp2 TrueDivide",
    "bool": (
        "Equal Greater GreaterEqual Isclose Less LessEqual LogicalAnd LogicalOr LogicalXor NotEqual"
    ),
    "modulo": "Fmod Mod",
}
_REDUCTIONS = {
    "same": "Amax Amin Max Min Ptp",
    "joined": "Nanmax Nanmin",
    "float": "Median Nanmean Nanmedian Nanstd Nanvar Var",
    "a float": "Mean Std",
    "product": "Nanprod Prod",
    "float32": "Logsumexp",
    "bool": "All Any",
    "int32": "Argmax Argmin CountNonzero",
    "sum": "Nansum Sum",
}
_OTHERS: dict[str, tuple[type[KerasOperation], str]] = {
    "Argsort": (formulas.AlongAxis, "int32"),
    "Concatenate": (formulas.Concatenate, "joined"),
    "Cumprod": (formulas.AlongAxis, "argument"),
    "Cumsum": (formulas.AlongAxis, "argument"),
    "Einsum": (parts.Einsum, "joined"),
    "ExpandDims": (layout.ExpandDims, "same"),
    "Flip": (formulas.OverAxes, "same"),
    "GetItem": (parts.GetItem, "same"),
    "Glu": (selection.Glu, "same"),
    "LogSoftmax": (formulas.OverAxes, "same"),
    "Matmul": (parts.Matmul, "joined"),
    "Norm": (selection.Norm, "a float"),
    "Normalize": (formulas.OverAxes, "float32"),
    "OneHot": (parts.OneHot, "argument"),
    "Pad": (layout.Pad, "same"),
    "Ravel": (layout.Ravel, "same"),
    "Repeat": (selection.Repeat, "same"),
    "Reshape": (layout.Reshape, "same"),
    "Roll": (formulas.OverAxes, "same"),
    "Softmax": (formulas.OverAxes, "same"),
    "Sort": (formulas.AlongAxis, "same"),
    "Split": (parts.Split, "same"),
    "Squeeze": (layout.Squeeze, "same"),
    "Stack": (formulas.Stack, "joined"),
    "Swapaxes": (layout.Swapaxes, "same"),
    "Take": (parts.Take, "same"),
    "Tile": (layout.Tile, "same"),
    "TopK": (selection.TopK, "same"),
    "Transpose": (layout.Transpose, "same"),
    "Unstack": (selection.Unstack, "same"),
    "Where": (formulas.Where, "joined"),
}


def _formulas() -> dict[str, tuple[type[KerasOperation], str]]:
    found = dict(_OTHERS)
    for base, kinds in (
        (formulas.Elementwise, _ELEMENTWISE),
        (formulas.Joined, _JOINED),
        (formulas.Reduction, _REDUCTIONS),
    ):
        for kind, names in kinds.items():
            found.update(dict.fromkeys(names.split(), (base, kind)))
    return found


_FORMULAS = _formulas()


@cache
def find_operation(written: str) -> type[Operation] | None:
    """The class of `ops>Name`, or None; for a function of TensorFlow one that is open."""
    if written.startswith(FOREIGN):
        return type(written, (Operation,), {"__doc__": Operation.__doc__})
    signature = signatures().get(written.removeprefix(PREFIX))
    if signature is None:
        return None
    unknown = StatedOfSeveral if signature.variadic else Stated
    base, kind = _FORMULAS.get(signature.name, (unknown, "same"))
    body: dict[str, Any] = {
        "__doc__": base.__doc__,
        "module": signature.module,
        "function": signature.function,
        "parameters": signature.call,
        "call_tensors": tuple(p.name for p in signature.call),
        "required_tensors": sum(p.required or base.wants_all for p in signature.call),
        "kind": kind,
    }
    if signature.call and base.takes != "operands":
        body["first_argument"] = signature.call[0].name
    for parameter in signature.constructor:
        kept = f"{parameter.name}_" if hasattr(Layer, parameter.name) else parameter.name
        body[kept] = _argument(signature.name, parameter)
    return type(written, (base,), body)


def _argument(operation: str, parameter: Parameter) -> Any:
    about = f"`{parameter.name}` of the function."
    default = ... if parameter.required else parameter.default
    return argument(kind_of(operation, parameter.name), about, default)


# -- the table ------------------------------------------------------------------------------------

_LINE = re.compile(r"(\w+) (\w+)\((.*)\)\(([^()]*)\) (\S+)")


@cache
def signatures() -> dict[str, Signature]:
    """Each operation of Keras 3 by its name."""
    found = {}
    for line in TABLE.replace("\n    ", " ").splitlines():
        read = _LINE.fullmatch(line)
        assert read is not None, line
        module, name, constructor, call, function = read.groups()
        found[name] = Signature(
            module, name, _parameters(constructor), _parameters(call),
            None if function == "-" else function,
            "*" in call or call == "xs" or name == "Stack",
        )  # fmt: skip
    return found


def _parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters of `a, b=1`; of `*operands` none, since they have no names."""
    arguments = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(arguments, ast.FunctionDef)
    names = arguments.args.args
    defaults = [ast.literal_eval(value) for value in arguments.args.defaults]
    required = len(names) - len(defaults)
    return tuple(
        Parameter(arg.arg, n < required, None if n < required else defaults[n - required])
        for n, arg in enumerate(names)
    )
