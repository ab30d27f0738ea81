"""A tensor function among the layers of a model: `ops>Name` in a spec, after `keras.ops`.

It has no weights and gives no mask. What Keras 3 has is in `operations`; one that only
TensorFlow's Keras 2 had is of the base class here, of which nothing is known but what the file
says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lstmshape.dims import Shape, erase_shape
from lstmshape.layers.arguments import argument
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Tensor
from lstmshape.layers.shapes import STATED_SHAPES
from lstmshape.layers.stated import stated_shapes
from lstmshape.naming import snake_case

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: before the name of an operation, where a class is written
PREFIX = "ops>"
#: the same for functions of TensorFlow that Keras 3 has no operation for
FOREIGN = "tf>"
#: below `keras.src.ops`
MODULES = ("core", "einops", "image", "linalg", "math", "nn", "numpy")


class Parameter(NamedTuple):
    """A parameter of an operation's constructor, or of its call."""

    name: str
    required: bool
    default: Any = None


class Operands(dict[str, Tensor]):
    """The tensors that an operation is called on, by the names in its `call`."""

    def __init__(self, tensors: dict[str, Tensor], constants: dict[str, Any]) -> None:
        super().__init__(tensors)
        #: numbers, lists of them, and indices: what is written in the spec itself
        self.constants = constants


class Operation(Layer):
    """A tensor function of TensorFlow's Keras 2: Keras 3 has none of that name.

    Input: tensors. Output: what the file says, or for a function that acts element by element,
    their common shape.
    """

    output_shape: Any = argument(STATED_SHAPES, "What comes out, without the batch axis.", None)

    refuses: ClassVar[frozenset[str]] = frozenset({
        "trainable", "dtype", "autocast", "activity_regularizer",
    })  # fmt: skip
    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True
    operation: ClassVar[bool] = True
    #: whatever the file says is kept
    any_argument: ClassVar[bool] = True
    #: the module below `keras.src.ops`; "" for one that Keras 3 does not have
    module: ClassVar[str] = ""
    #: the function of `keras.ops` that makes it and takes the same; None where none does
    function: ClassVar[str | None] = None

    @classmethod
    def base_name(cls) -> str:
        return snake_case(cls.__name__.rpartition(">")[2])

    @classmethod
    def works_out(cls, arguments: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
        """Whether what comes out is worked out; else `output_shape` is to say it."""
        return not cls.opaque

    def received_dtype(self, dtype: str) -> str:
        return dtype

    def output(self, ctx: Context, x: Any) -> Shapes:
        shapes = x if isinstance(x, list) else [x]
        joined = self._joined(shapes)
        said = self.output_shape
        if joined is not None and said is not None:
            plain = erase_shape(joined)[1:]
            joined = joined if list(plain) == list(said) else None
        return joined if joined is not None else stated(ctx, self, x)

    def _joined(self, shapes: Sequence[Shape]) -> Shape | None:
        word = str(self.written).removeprefix(FOREIGN).replace("_", "").lower()
        if word not in ELEMENTWISE or not shapes:
            return None
        joined: Shape | None = shapes[0]
        for shape in shapes[1:]:
            joined = _stretched(joined, shape) if joined is not None else None
        return joined

    def output_dtype(self, x: Any) -> Any:
        tensors = [x] if isinstance(x, Tensor) else x
        return tensors[0].dtype


def stated(ctx: Context, operation: Operation, x: Any) -> Shapes:
    """What the spec says that comes out, behind the batch axis of what has one."""
    several = list(x.values()) if isinstance(x, dict) else x if isinstance(x, list) else [x]
    batched = [shape for shape in several if shape]
    return stated_shapes(ctx, operation, batched, operation.output_shape)


#: functions of TensorFlow that act element by element, and stretch what they join
ELEMENTWISE = frozenset({
    "abs", "absolute", "add", "addv2", "cast", "ceil", "clip", "clipbyvalue", "cos", "div",
    "divide", "divnonan", "elu", "equal", "erf", "exp", "floor", "floordiv", "floordivide", "gelu",
    "greater", "greaterequal", "hardsigmoid", "hardtanh", "identity", "leakyrelu", "less",
    "lessequal", "log", "log1p", "logicaland", "logicalnot", "logicalor", "logsoftmax", "maximum",
    "minimum", "mod", "mul", "multiply", "neg", "negative", "notequal", "pow", "power",
    "realdiv", "reciprocal", "relu", "relu6", "round", "rsqrt", "selu", "sigmoid", "sign", "silu",
    "sin", "softmax", "softplus", "softsign", "sqrt", "square", "squareddifference", "stopgradient",
    "sub", "subtract", "swish", "tan", "tanh", "truediv", "truedivide", "where",
})  # fmt: skip


def _stretched(a: Shape, b: Shape) -> Shape | None:
    """The shape of both when each is repeated to fit the other; None where they do not fit."""
    if len(a) < len(b):
        a, b = b, a
    out = list(a)
    for axis, size in enumerate(b, len(a) - len(b)):
        known = isinstance(size, int) and size != 1
        if out[axis] == 1 or (known and not isinstance(out[axis], int)):
            out[axis] = size
        elif known and size != out[axis]:
            return None
    return tuple(out)
