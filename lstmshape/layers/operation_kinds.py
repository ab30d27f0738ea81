"""What the constructors of operations take: axes, sizes, dtypes, margins.

Keras looks at few of these itself; what is refused here fails in it when the operation is called.
"""

from __future__ import annotations

from typing import Any

from lstmshape.layers.arguments import TEXT, Invalid, Kind, anything, integer
from lstmshape.layers.promotion import ALIASES, DTYPES
from lstmshape.near import near_names


def kind_of(operation: str, parameter: str) -> Kind:
    """What stands in a parameter of the constructor of an operation."""
    return _SPECIAL.get((operation, parameter)) or _KINDS.get(parameter) or _ANYTHING


def _is_axis(value: Any) -> bool:
    return type(value) is int


def _axes(value: Any) -> Any:
    if value is None or _is_axis(value):
        return value
    if isinstance(value, (list, tuple)) and all(map(_is_axis, value)):
        return list(value)
    raise Invalid("an axis, a list of axes, or null")


def _needed_axes(value: Any) -> Any:
    if value is None:
        raise Invalid(_NEEDED_AXES.wants)
    return _axes(value)


def _order(value: Any) -> Any:
    if _is_axis(value):
        raise Invalid(_ORDER.wants)
    return _axes(value)


def _sizes(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and all(d is None or _is_axis(d) for d in value):
        return list(value)
    raise Invalid(_SIZES.wants)


def _whole_numbers(value: Any, wants: str) -> Any:
    """A non-negative integer, or a list of such."""
    several = value if isinstance(value, (list, tuple)) else [value]
    if all(_is_axis(item) and item >= 0 for item in several):
        return value
    raise Invalid(wants)


def _sections(value: Any) -> Any:
    return value if _is_axis(value) else _whole_numbers(value, _SECTIONS.wants)


def _repeats(value: Any) -> Any:
    return _whole_numbers(value, _REPEATS.wants)


def _margins(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and value:
        pairs = value if isinstance(value[0], (list, tuple)) else [value]
    else:
        pairs = [[value]]
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) not in (1, 2):
            raise Invalid(_MARGINS.wants)
        _whole_numbers(pair, _MARGINS.wants)
    return value


def _dtype(value: Any) -> Any:
    if value is None:
        return value
    if not isinstance(value, str):
        raise Invalid(_DTYPE.wants)
    found = ALIASES.get(value, value)
    if found not in DTYPES:
        raise Invalid(_DTYPE.wants, near=next(iter(near_names(value, DTYPES)), None))
    return found


_ANYTHING = anything("what Keras takes")
_NEEDED_AXES = Kind("an axis, or a list of axes", _needed_axes, {})
_AXES = Kind("an axis, a list of axes, or null", _axes, {})
_ORDER = Kind("a list of axes, or null", _order, {})
_SIZES = Kind("a list of sizes, of which one may be -1", _sizes, {})
_SECTIONS = Kind("an integer, or a list of indices", _sections, {})
_REPEATS = Kind("how many times, or a list of it for each axis", _repeats, {})
_MARGINS = Kind("a margin, or a list of [before, behind] for each axis", _margins, {})
_DTYPE = Kind("a dtype such as float32", _dtype, {})
_KINDS = {
    "axis": _AXES, "axes": _AXES, "axis1": _AXES, "axis2": _AXES, "newshape": _SIZES,
    "indices_or_sections": _SECTIONS, "num_classes": integer("a non-negative integer", 0),
    "repeats": _REPEATS, "pad_width": _MARGINS, "subscripts": TEXT, "dtype": _DTYPE,
}  # fmt: skip
_SPECIAL = {
    ("Concatenate", "axis"): _NEEDED_AXES,
    ("ExpandDims", "axis"): _NEEDED_AXES,
    ("OneHot", "axis"): integer("an axis"),
    ("Tensordot", "axes"): anything("a number of axes, or two lists of them"),
    ("TopK", "k"): integer("a non-negative integer", 0, optional=True),
    ("Transpose", "axes"): _ORDER,
    ("Unstack", "num"): integer("a non-negative integer, or null", 0, optional=True),
}
