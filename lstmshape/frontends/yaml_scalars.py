"""What a plain scalar means: where YAML readers agree, where they do not, and what was meant.

A plain scalar means what both the core schema of YAML 1.2 and PyYAML (YAML 1.1) read. Where they
differ, or where both miss what a Keras user means, the reading is *odd*:

| written                  | meant                | because                                     |
| ------------------------ | -------------------- | ------------------------------------------- |
| `None`                   | null                 | Python                                      |
| `(None, 10)`, `(10,)`    | [null, 10], [10]     | Python                                      |
| `(10)`                   | 10                   | Python: without a comma it is no tuple      |
| `1e3`, `1e-4`, `-.5`     | 1000.0, 0.0001, -0.5 | YAML 1.2 and Python; PyYAML reads strings   |
| `010`, `0o17`            | 10, 15               | YAML 1.2; PyYAML reads 8 and a string       |
| `1_000`, `0b11`, `-0x1F` | 1000, 3, -31         | Python and PyYAML; strings in YAML 1.2      |
| `1:30`                   | "1:30"               | YAML 1.2; PyYAML reads 90                   |
| `on`, `yes`, `n`, ...    | true, true, false    | YAML 1.1, but only where a switch may stand |

`1e3` stays a float where an integer is wanted: so it is in Python, and Keras refuses `units=1e3`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from lstmshape.source import Path

#: A number has at most so many characters: Python takes quadratic time for more, or refuses.
MAX_DIGITS = 400
#: A Python tuple is looked for in at most so many characters, and in so many levels of brackets.
MAX_TUPLE = 2_000
MAX_TUPLE_DEPTH = 8


class Reading(NamedTuple):
    """What a plain scalar means; if it is odd, `read` is what some YAML reader makes of it."""

    meant: Any
    read: Any = None
    odd: bool = False


_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = ("true", "True", "TRUE", "false", "False", "FALSE")
_INFINITE = (".inf", ".Inf", ".INF")
_FIXED: dict[str, Any] = {
    **dict.fromkeys(_NULLS),
    **{word: word.lower() == "true" for word in _BOOLEANS},
    **{sign + word: float(sign + "inf") for word in _INFINITE for sign in ("", "+", "-")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

#: The words that YAML 1.1 calls booleans; PyYAML leaves `y` and `n` alone.
SWITCHES = {
    spelling: value
    for words, value in ((("y", "yes", "on"), True), (("n", "no", "off"), False))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
}

# Patterns are compiled when they are needed, by `re` itself, which keeps them: most specs have but
# integers and words, and compiling all of these takes longer than reading a spec.
_NUMBER_LIKE = r"[-+.0-9][-+.0-9a-fA-FxoX_:]*"
_INTEGER = r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+"
_FLOAT = r"([-+]?[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?"
_NUMBER_STARTS = frozenset("-+.0123456789")


def read_plain(text: str) -> Reading:
    """What a plain scalar means; `SWITCHES` are strings here, as only their place can tell."""
    if text in _FIXED:
        return Reading(_FIXED[text])
    if text[0] in _NUMBER_STARTS:
        number = (text.isascii() and text.isdecimal()) or _like_number(text)
        return _read_number(text) if number else Reading(text)
    if text == "None":
        return Reading(None, text, odd=True)
    if text.startswith("("):
        return _read_tuple(text)
    return Reading(text)


def _like_number(text: str) -> bool:
    return re.fullmatch(_NUMBER_LIKE, text) is not None


def too_long(text: str) -> bool:
    """Whether a plain scalar is a number of more digits than are read; it stays a string."""
    return len(text) > MAX_DIGITS and _like_number(text)


def switch_at(path: Path) -> bool:
    """Whether a word such as `on` means a boolean there, and not a name or a size.

    It does as the value of an argument; not in a list, nor where layers are named.
    """
    key = path[-1] if path else None
    if not isinstance(key, str) or key in _NAMES:
        return False
    if "call" in path:
        return key in _CALL_SWITCHES
    return _NAMES.isdisjoint(path)


#: What stands at these keys, or anywhere below them, are names of layers, or sizes.
_NAMES = frozenset({"name", "input", "inputs", "outputs", "reuse", "expect", "data", "dims"})
_CALL_SWITCHES = frozenset({"training", "use_causal_mask", "return_attention_scores"})


# -- numbers that readers do not agree on --------------------------------------------------------


def _read_number(text: str) -> Reading:
    if len(text) > MAX_DIGITS:
        return Reading(text)
    if text[0] != "0" and text.isascii() and text.isdecimal():
        return Reading(int(text))
    if re.fullmatch(_INTEGER, text):
        return Reading(int(text, 0))
    if re.fullmatch(_FLOAT, text):
        return Reading(float(text))
    for pattern, meaning, reader in _ODD_NUMBERS:
        if re.fullmatch(pattern, text):
            meant, read = meaning(text), reader(text)
            return Reading(meant, read, odd=(type(meant), meant) != (type(read), read))
    return Reading(text)


def _string(text: str) -> str:
    return text


def _decimal(text: str) -> int:
    return int(text.replace("_", ""))


def _octal(text: str) -> int | str:
    """`010` in YAML 1.1; `09` is no octal number, and so a string."""
    return text if "8" in text or "9" in text else int(text, 8)


def _prefixed(text: str) -> int:
    return int(text.replace("_", ""), 0)


def _float(text: str) -> float:
    return float(text.replace("_", ""))


def _sexagesimal(text: str) -> int | float:
    """`1:30` is 90 and `1:30.5` is 90.5 in YAML 1.1."""
    *parts, last = text.replace("_", "").lstrip("+-").split(":")
    total: int | float = float(last) if "." in last else int(last)
    for power, part in enumerate(reversed(parts), 1):
        total += int(part) * 60**power
    return -total if text.startswith("-") else total


_Read = Callable[[str], Any]
#: The pattern, what is meant, and what the other reader makes of it. The first that matches counts.
_ODD_NUMBERS: tuple[tuple[str, _Read, _Read], ...] = (
    (r"[-+]?0[0-9]+", _decimal, _octal),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", _float, _string),
    (r"[-+]?0b_*[01][01_]*|0o[0-7]+|[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*", _prefixed, _string),
    (r"[-+]?([1-9][0-9_]*|0[0-7_]*)", _decimal, _string),
    (r"([-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?", _float, _string),
    (
        r"[-+]?([1-9][0-9_]*(:[0-5]?[0-9])+|[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)",
        _string,
        _sexagesimal,
    ),
)


# -- Python's tuples -----------------------------------------------------------------------------

_TOKEN = r"""\s*(?:([()\[\],])|('[^'\\]*'|"[^"\\]*"|[^\s()\[\],'"]+))\s*"""
_NAME = r"[^\W\d][\w.:]*"
_CONSTANTS = {"None": None, "True": True, "False": False, **_FIXED}


class _Open:
    """A bracket that is not closed yet."""

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.items: list[Any] = []
        self.comma = bracket == "["
        self.wants_item = True

    def add(self, item: Any) -> None:
        if not self.wants_item:
            raise ValueError("two items without a comma")
        self.items.append(item)
        self.wants_item = False

    def separate(self) -> None:
        if self.wants_item:
            raise ValueError("a comma without an item")
        self.comma = self.wants_item = True

    def closed(self, bracket: str) -> Any:
        if self.bracket + bracket not in ("()", "[]"):
            raise ValueError("brackets of two kinds")
        return self.items if self.comma or not self.items else self.items[0]


def _read_tuple(text: str) -> Reading:
    """`(None, 10)`; what only looks like a tuple, such as `(a)` or `(see below)`, is a string."""
    try:
        value = _parse_tuple(text)
    except ValueError:
        return Reading(text)
    return Reading(text) if isinstance(value, str) else Reading(value, text, odd=True)


def _parse_tuple(text: str) -> Any:
    if len(text) > MAX_TUPLE:
        raise ValueError("too long")
    outer = _Open("[")
    stack, at = [outer], 0
    while at < len(text):
        found = re.compile(_TOKEN).match(text, at)
        if found is None or len(stack) > MAX_TUPLE_DEPTH:
            raise ValueError("no tuple")
        at = found.end()
        _take(stack, *found.groups())
    if len(stack) > 1 or len(outer.items) != 1:
        raise ValueError("not closed")
    return outer.items[0]


def _take(stack: list[_Open], bracket: str | None, word: str | None) -> None:
    if word is not None:
        stack[-1].add(_python_word(word))
    elif bracket == ",":
        stack[-1].separate()
    elif bracket in ("(", "["):
        stack.append(_Open(bracket))
    elif len(stack) > 1:
        closed = stack.pop().closed(str(bracket))
        stack[-1].add(closed)
    else:
        raise ValueError("closed and never opened")


def _python_word(word: str) -> Any:
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if word[0] in "'\"":
        return word[1:-1]
    value = _read_number(word).meant if _like_number(word) else word
    if value == word and not re.fullmatch(_NAME, word):
        raise ValueError("no word of a tuple")
    return value
