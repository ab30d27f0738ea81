"""Numbers, and lists of them, among the operands of an operation."""

from __future__ import annotations

from typing import Any

from lstmshape.dims import Dim, Shape


def dtype_of_constant(value: Any) -> str:
    """A number gives way to a tensor; a list of them is one."""
    if isinstance(value, list):
        kinds = {dtype_of_constant(item).removesuffix("32") for item in value} or {"float"}
        return next((f"{k}32" for k in ("float", "int") if k in kinds), "bool")
    return "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"


def shape_of_constant(value: Any) -> Shape:
    """The shape of a number, or of a list of lists of them."""
    shape: list[Dim] = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)
