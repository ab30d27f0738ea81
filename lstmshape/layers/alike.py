"""What is remembered of layers that differ in nothing but their names and places.

Deep models repeat their blocks, and the files of a project repeat each other's layers. What the
arguments of a class make is checked once, and what comes out of one input is worked out once, for
all files that a process reads.
"""

from __future__ import annotations

from typing import Any, TypeVar

#: So many layers are kept, and so many inputs of each; a table that is full forgets all of itself,
#: for a process may read any number of files.
MOST_LAYERS = 2048
MOST_INPUTS = 64
#: A longer text in an argument is no value that layers share.
LONGEST = 100

_PLAIN = frozenset((int, float, bool, type(None)))
_Value = TypeVar("_Value")

#: the first layer of each class and plain arguments with which nothing is wrong, of any file
TWINS: dict[Any, Any] = {}


class Alike:
    """The same object in all layers that are alike."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        #: what came of the first call of such a layer, by what it was called on
        self.calls: dict[Any, Any] = {}


def plain_key(cls: type[Any], arguments: dict[str, Any]) -> tuple[Any, ...] | None:
    """What layers have in common that are alike; None where an argument is not plain."""
    parts: list[Any] = [cls]
    for key, value in arguments.items():
        kind = type(value)
        if kind not in _PLAIN and (kind is not str or len(value) > LONGEST):
            return None
        if key != "name":
            # 1, 1.0 and True are equal, and so are 0.0 and -0.0, and not the same argument
            parts += (key, kind, repr(value) if kind is float else value)
    return tuple(parts)


def remember(table: dict[Any, _Value], key: Any, value: _Value, most: int = MOST_LAYERS) -> None:
    """Keep it, within bounds."""
    if len(table) >= most:
        table.clear()
    table[key] = value
