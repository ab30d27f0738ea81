"""Shapes as arguments: of an input, and of what a function gives."""

from __future__ import annotations

from typing import Any

from lstmshape.layers.arguments import Invalid, Kind, integer, near_integer

_SIZE_SCHEMA: dict[str, Any] = {"type": ["integer", "null", "string"], "minimum": 0}
_SHAPE_SCHEMA: dict[str, Any] = {"type": "array", "items": _SIZE_SCHEMA}

BATCH_SIZE = integer("an integer not below 0, or null", 0, optional=True)


def _is_size(dim: Any) -> bool:
    """A number, null for an open size, or the name of one."""
    if isinstance(dim, int):
        return dim >= 0
    return dim is None or (isinstance(dim, str) and dim.isidentifier())


def _shape(wants: str, *, optional: bool) -> Kind:
    def check(value: Any) -> Any:
        if value is None and optional:
            return None
        if isinstance(value, (list, tuple)):
            if all(map(_is_size, value)):
                sizes = tuple(int(d) if isinstance(d, bool) else d for d in value)
                if any(isinstance(d, bool) for d in value):
                    raise Invalid(wants, near=list(sizes), builds=True, value=sizes)
                return sizes
            near = [d if _is_size(d) else near_integer(d) for d in value]
            raise Invalid(wants, near=near if all(map(_is_size, near)) else None)
        number = near_integer(value) if not isinstance(value, int) else value
        raise Invalid(wants, near=None if number is None or number < 0 else [number])

    types = [_SHAPE_SCHEMA, {"type": "null"}] if optional else [_SHAPE_SCHEMA]
    return Kind(wants, check, {"anyOf": types})


SHAPE = _shape("a list of sizes such as [T, 16], without the batch axis", optional=True)
BATCH_SHAPE = _shape("a list of sizes, the batch axis first", optional=True)


def _stated(value: Any) -> Any:
    """One shape, or a list of shapes."""
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        return [SHAPE.check(shape) for shape in value]
    return SHAPE.check(value)


#: what a function gives: a shape without the batch axis, or several
STATED_SHAPES = Kind(
    "a shape without the batch axis, or a list of shapes",
    _stated,
    {"anyOf": [_SHAPE_SCHEMA, {"type": "array", "items": _SHAPE_SCHEMA}, {"type": "null"}]},
)
