"""Tensors that stand together: what a layer with several outputs gives, and what is called on it.

Keras keeps apart what one flat list would not tell: a tuple, which most layers give, a list, which
models give, and lists in a tuple, as of the states of stacked cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Together(list[Any]):
    """Tensors, or what stands for them, in a tuple, or in a list where `listed`."""

    __slots__ = ("listed",)

    def __init__(self, items: Iterable[Any], *, listed: bool = False) -> None:
        super().__init__(items)
        self.listed = listed


def flat(value: Any) -> list[Any]:
    """What stands in a structure, in order."""
    if not isinstance(value, list):
        return [value]
    return [leaf for item in value for leaf in flat(item)]


def first_of(value: Any) -> Any:
    """The first that stands in a structure: Keras takes it where it wants one; None without any."""
    return next(iter(flat(value)), None)


def numbered(value: list[Any]) -> Together:
    """The structure alone: numbers, from 0, in the place of tensors."""
    return _renewed(value, iter(range(len(flat(value)))))


def filled(structure: Together, tensors: list[Any]) -> Together:
    """The structure with tensors again in the place of numbers."""
    return _renewed(structure, iter(tensors))


def _renewed(value: list[Any], leaves: Any) -> Together:
    listed = not isinstance(value, Together) or value.listed
    items = [_renewed(v, leaves) if isinstance(v, list) else next(leaves) for v in value]
    return Together(items, listed=listed)
