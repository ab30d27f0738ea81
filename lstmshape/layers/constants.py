"""Numbers, and lists of them, among the operands of an operation."""

from __future__ import annotations

from typing import Any

from lstmshape.dims import Dim, Shape
from lstmshape.layers.dtypes import DTYPES
from lstmshape.model import Array


def dtype_of_constant(value: Any) -> str:
    """A number gives way to a tensor; a list of them is one."""
    if isinstance(value, Array):
        return value.dtype
    if isinstance(value, list):
        kinds = {dtype_of_constant(item).removesuffix("32") for item in value} or {"float"}
        return next((f"{k}32" for k in ("float", "int") if k in kinds), "bool")
    return "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"


def shape_of_constant(value: Any) -> Shape:
    """The shape of a number, or of a list of lists of them."""
    shape: list[Dim] = []
    value = value.value if isinstance(value, Array) else value
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def fault_of_constant(value: Any) -> str | None:
    """What is wrong with it as an operand; None where it is a number, or an array of them."""
    if isinstance(value, Array):
        known = value.dtype in DTYPES
        return fault_of_constant(value.value) if known else f"dtype {value.dtype}"
    if not isinstance(value, list):
        return None if isinstance(value, (bool, int, float)) else "null"
    waiting: list[tuple[Any, tuple[Dim, ...]]] = [(value, shape_of_constant(value))]
    while waiting:
        item, shape = waiting.pop()
        if isinstance(item, list):
            if not shape or len(item) != shape[0]:
                return "lists of different lengths"
            waiting += [(inner, shape[1:]) for inner in item]
        elif not isinstance(item, (bool, int, float)):
            return f"a list with {'null' if item is None else 'other values'} in it"
        elif shape:
            return "lists of different lengths"
    return None
