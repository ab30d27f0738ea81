"""Operations in Python: `keras.ops.mean(x, axis=1)`, `x[:, -1]`, or a class, to say its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstmshape.export.plans import CallPlan
from lstmshape.export.source_text import Call, Code, Listed, flat, literal, literal_text
from lstmshape.layers.constants import dtype_of_constant
from lstmshape.layers.operation import PREFIX
from lstmshape.model import Array
from lstmshape.slices import Slice


def function_call(call: CallPlan, code: Callable[[Any], Code]) -> Code | None:
    """The call by which Keras makes the operation and draws its name; None where none does."""
    operation: Any = call.layer.layer
    if call.layer.class_name == f"{PREFIX}GetItem":
        tensor, key = call.args
        return f"{flat(code(tensor))}[{subscript(key, code)}]"
    if operation.function is None:
        return None
    given = [(None, code(item)) for item in call.args]
    named = [*call.kwargs.items(), *call.layer.arguments.items()]
    return Call(f"keras.ops.{operation.function}", given + [(k, code(v)) for k, v in named])


def maker(call: CallPlan, code: Callable[[Any], Code]) -> Code:
    """The operation as an object, by its name."""
    operation: Any = call.layer.layer
    name = call.layer.class_name.removeprefix(PREFIX)
    arguments = [(key, code(value)) for key, value in call.layer.arguments.items()]
    arguments.append(("name", literal_text(call.layer.name)))
    return Call(f"{operation.module}_ops.{name}", arguments)


def import_of(call: CallPlan) -> str:
    """The import that `maker` needs."""
    operation: Any = call.layer.layer
    return f"from keras.src.ops import {operation.module} as {operation.module}_ops\n"


def subscript(key: Any, code: Callable[[Any], Code]) -> str:
    """What stands between brackets."""
    if not isinstance(key, list):
        return _index(key, code)
    inside = ", ".join(_index(item, code) for item in key)
    return f"{inside}," if len(key) == 1 else inside


def _index(item: Any, code: Callable[[Any], Code]) -> str:
    if isinstance(item, Slice):
        ends = ["" if end is None else str(end) for end in item]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if item is ... else flat(code(item))


def constant(value: Any) -> Code | None:
    """What is no tensor of the model and no plain data; None for anything else."""
    if isinstance(value, Array):
        items: list[tuple[str | None, Any]] = [(None, literal(value.value))]
        if value.dtype != dtype_of_constant(value.value):
            items.append(("dtype", literal_text(value.dtype)))
        return Call("keras.ops.convert_to_tensor", items)
    if isinstance(value, Slice):
        ends = [(None, literal_text(end)) for end in value]
        return Call("slice", ends if value.step is not None else ends[:2])
    return "..." if value is ... else None


def indices(key: Any, code: Callable[[Any], Code]) -> Code:
    """The same as an argument: a tuple, as Python makes one of what stands between brackets."""
    if not isinstance(key, list):
        return code(key)
    items = [(None, code(item)) for item in key]
    return Listed("(", items, ",)" if len(items) == 1 else ")")
