"""Python source in the layout that formatters (Ruff, Black) leave as it is: 88 columns."""

from __future__ import annotations

import builtins
import json
import keyword
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

WIDTH = 88
STEP = "    "


class Call(NamedTuple):
    """`function(arguments)`; an argument without a name is positional."""

    function: str
    arguments: Sequence[tuple[str | None, Any]]


class Listed(NamedTuple):
    """A list, tuple or dict: its brackets and its items (`key: value` for a dict)."""

    opening: str
    items: Sequence[tuple[str | None, Any]]
    closing: str


#: source text as it is, or one of the above
Code = Any


def literal(value: Any) -> Code:
    """Plain data as an expression."""
    if isinstance(value, dict):
        return Listed("{", [(literal_text(key), literal(v)) for key, v in value.items()], "}")
    if isinstance(value, (list, tuple)):
        return Listed("[", [(None, literal(item)) for item in value], "]")
    return literal_text(value)


def literal_text(value: Any) -> str:
    """A scalar."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _string(text: str) -> str:
    if not text.isprintable():
        return json.dumps(text)
    if '"' in text and "'" not in text:
        return "'" + text.replace("\\", "\\\\") + "'"
    return json.dumps(text, ensure_ascii=False)


def shape_code(sizes: Sequence[int | None]) -> str:
    """A tuple: `(None, 3)`, `(5,)`, `()`."""
    inside = ", ".join(map(str, sizes))
    return f"({inside},)" if len(sizes) == 1 else f"({inside})"


def identifier(name: str, taken: set[str]) -> str:
    """A variable's name that reads like `name` and is not taken yet; it is, from now on."""
    base = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
    base = base or "x"
    if base == "input":
        base = "inputs"
    elif base[0].isdigit() or keyword.iskeyword(base):
        base = f"x_{base}"
    elif hasattr(builtins, base):
        base = f"{base}_"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    taken.add(found)
    return found


def flat(code: Code) -> str:
    """An expression on one line."""
    if isinstance(code, Call):
        return f"{code.function}({_flat_items(code.arguments, '=')})"
    if isinstance(code, Listed):
        return code.opening + _flat_items(code.items, ": ") + code.closing
    return str(code)


def _flat_items(items: Sequence[tuple[str | None, Any]], between: str) -> str:
    return ", ".join(_named(key, flat(item), between) for key, item in items)


def _named(key: str | None, text: str, between: str) -> str:
    return text if key is None else f"{key}{between}{text}"


def statement(before: str, code: Code, indent: str = STEP) -> str:
    """`before` and the expression, broken into lines where it is too long for one."""
    whole = len(indent + before + flat(code)) <= WIDTH
    if whole or not isinstance(code, Call) or not before.endswith(" = "):
        return indent + before + _broken(code, indent, len(indent + before), 0) + "\n"
    if code.arguments and len(indent + before + code.function) < WIDTH:
        return indent + before + _broken(code, indent, len(indent + before), 0) + "\n"
    deeper = indent + STEP
    inside = _broken(code, deeper, len(deeper), 0)
    return f"{indent}{before}(\n{deeper}{inside}\n{indent})\n"


def _broken(code: Code, indent: str, column: int, behind: int) -> str:
    """An expression that begins at `column`, with room for `behind` characters after it."""
    whole = flat(code)
    if column + len(whole) + behind <= WIDTH or not isinstance(code, (Call, Listed)):
        return whole
    deeper = indent + STEP
    if isinstance(code, Call):
        opening, items, closing, between = f"{code.function}(", code.arguments, ")", "="
        inside = _flat_items(items, between)
        if len(deeper) + len(inside) <= WIDTH:
            return f"{opening}\n{deeper}{inside}\n{indent}{closing}"
    else:
        opening, items, closing, between = code.opening, code.items, code.closing, ": "
    lines = []
    for key, item in items:
        start = "" if key is None else f"{key}{between}"
        text = _broken(item, deeper, len(deeper) + len(start), 1)
        lines.append(f"{deeper}{start}{text},\n")
    return f"{opening}\n{''.join(lines)}{indent}{closing}" if lines else whole
