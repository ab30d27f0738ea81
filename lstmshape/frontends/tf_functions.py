"""Functions of TensorFlow, as its Keras 2 saves them, that are operations of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Meaning(NamedTuple):
    """An operation of Keras 3, and what it calls the function's arguments."""

    name: str
    #: keyword of the function, and parameter of the operation
    names: Mapping[str, str] = {}
    #: what the operation takes otherwise than by its default
    fixed: Mapping[str, Any] = {}


class Node(NamedTuple):
    """The same for a node of a graph, whose arguments go by their places."""

    name: str
    places: tuple[str, ...]
    #: attributes of the node that are arguments of the operation, by one name
    attributes: tuple[str, ...] = ()


#: what changes the meaning when it is set, and says nothing when it is not
FLAGS = frozenset({
    "adjoint_a", "adjoint_b", "adj_x", "adj_y", "a_is_sparse", "b_is_sparse", "conjugate",
    "transpose_a", "transpose_b",
})  # fmt: skip

_TWO = {"y": "x2"}
_AXIS = {"axis": "axis", "keepdims": "keepdims", "keep_dims": "keepdims"}
_SAME = {
    "abs": "Absolute", "ceil": "Ceil", "cos": "Cos", "elu": "Elu", "erf": "Erf", "exp": "Exp",
    "floor": "Floor", "log": "Log", "log1p": "Log1p", "logical_not": "LogicalNot",
    "negative": "Negative", "neg": "Negative", "reciprocal": "Reciprocal", "relu": "Relu",
    "relu6": "Relu6", "round": "Round", "rsqrt": "Rsqrt", "selu": "Selu", "sigmoid": "Sigmoid",
    "sign": "Sign", "silu": "Silu", "sin": "Sin", "softplus": "Softplus", "softsign": "Softsign",
    "sqrt": "Sqrt", "square": "Square", "stop_gradient": "StopGradient", "swish": "Silu",
    "tan": "Tan", "tanh": "Tanh", "ones_like": "OnesLike", "zeros_like": "ZerosLike",
}  # fmt: skip
_PAIRS = {
    "add": "Add", "divide": "Divide", "div": "Divide", "equal": "Equal",
    "floordiv": "FloorDivide", "floor_div": "FloorDivide", "greater": "Greater",
    "greater_equal": "GreaterEqual", "less": "Less", "less_equal": "LessEqual",
    "logical_and": "LogicalAnd", "logical_or": "LogicalOr", "maximum": "Maximum",
    "minimum": "Minimum", "mod": "Mod", "mul": "Multiply", "multiply": "Multiply",
    "not_equal": "NotEqual", "pow": "Power", "sub": "Subtract", "subtract": "Subtract",
    "truediv": "Divide", "matmul": "Matmul",
}  # fmt: skip
_REDUCED = {
    "reduce_max": "Max", "reduce_mean": "Mean", "reduce_min": "Min", "reduce_prod": "Prod",
    "reduce_sum": "Sum", "reduce_any": "Any", "reduce_all": "All", "reduce_logsumexp": "Logsumexp",
}  # fmt: skip

#: by the last word of the function's name
FUNCTIONS: dict[str, Meaning] = {
    **{word: Meaning(name) for word, name in _SAME.items()},
    **{word: Meaning(name, {**_TWO, "b": "x2"}) for word, name in _PAIRS.items()},
    **{word: Meaning(name, _AXIS) for word, name in _REDUCED.items()},
    "cast": Meaning("Cast", {"dtype": "dtype"}),
    "clip_by_value": Meaning("Clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "concat": Meaning("Concatenate", {"axis": "axis"}),
    "expand_dims": Meaning("ExpandDims", {"axis": "axis"}),
    "gelu": Meaning("Gelu", {"approximate": "approximate"}, {"approximate": False}),
    "getitem": Meaning("GetItem", {"slice_spec": "key"}),
    "leaky_relu": Meaning("LeakyRelu", {"alpha": "negative_slope"}),
    "log_softmax": Meaning("LogSoftmax", {"axis": "axis"}),
    "one_hot": Meaning("OneHot", {"depth": "num_classes", "axis": "axis"}),
    "reshape": Meaning("Reshape", {"shape": "newshape"}),
    "softmax": Meaning("Softmax", {"axis": "axis"}),
    "squeeze": Meaning("Squeeze", {"axis": "axis"}),
    "stack": Meaning("Stack", {"axis": "axis"}),
    "tile": Meaning("Tile", {"multiples": "repeats"}),
    "transpose": Meaning("Transpose", {"perm": "axes"}),
    "where": Meaning("Where", {"x": "x1", "y": "x2"}),
}

#: by the name of the node's operation
NODES: dict[str, Node] = {
    **{
        node: Node(name, ("x1", "x2"))
        for node, name in {
            "Add": "Add", "AddV2": "Add", "Sub": "Subtract", "Mul": "Multiply",
            "RealDiv": "Divide", "Maximum": "Maximum", "Minimum": "Minimum", "Pow": "Power",
            "BatchMatMulV2": "Matmul", "MatMul": "Matmul", "Greater": "Greater", "Less": "Less",
            "Equal": "Equal", "NotEqual": "NotEqual",
        }.items()
    },
    **{
        node: Node(name, ("x",))
        for node, name in {
            "Abs": "Absolute", "Exp": "Exp", "Log": "Log", "Neg": "Negative", "Relu": "Relu",
            "Sigmoid": "Sigmoid", "Softmax": "Softmax", "Sqrt": "Sqrt", "Square": "Square",
            "Tanh": "Tanh", "Softplus": "Softplus", "Elu": "Elu", "Relu6": "Relu6", "Selu": "Selu",
        }.items()
    },
    **{
        node: Node(node, ("x",), ("block_size", "data_format"))
        for node in ("DepthToSpace", "SpaceToDepth")
    },
    **{
        node: Node(node, ("x", "axis"))
        for node in ("Mean", "Sum", "Max", "Min", "Prod", "All", "Any")
    },
    "ExpandDims": Node("ExpandDims", ("x", "axis")),
    "Reshape": Node("Reshape", ("x", "newshape")),
    "Tile": Node("Tile", ("x", "repeats")),
    "Transpose": Node("Transpose", ("x", "axes")),
}  # fmt: skip
