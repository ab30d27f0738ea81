"""A text within a text: documents that were encoded twice, as a string of JSON or of YAML.

The characters of the inner text are traced back to the characters of the literal that they came
from, so that a place in the inner document is one in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Protocol

from lstmshape.source import Place

#: The first character of a text and the one after its last.
Range = tuple[int, int]


class Text(Protocol):
    """A text that was parsed, and the places in it."""

    @property
    def text(self) -> str: ...

    def locate(self, place: Place) -> Range: ...


class Embedded:
    """A document that stands in a string of another document: at `place` of `outer`."""

    def __init__(self, outer: Text, place: Place, inner: Text) -> None:
        self.text = outer.text
        self._outer, self._place, self._inner = outer, place, inner

    @cached_property
    def _offsets(self) -> list[int] | None:
        start, end = self._outer.locate(self._place)
        found = literal_offsets(self.text[start:end])
        if found is None or len(found) != len(self._inner.text) + 1:
            return None
        return [start + offset for offset in found]

    def locate(self, place: Place) -> Range:
        """The text of a place; the whole string where it cannot be told more closely."""
        if self._offsets is None:
            return self._outer.locate(self._place)
        start, end = self._inner.locate(place)
        return self._offsets[start], self._offsets[end]


def literal_offsets(literal: str) -> list[int] | None:
    """Where in a literal each character of its value stands, and last where they end.

    None for a literal that is not in double quotes. Serves JSON and YAML: JSON is a part of it.
    """
    if len(literal) < 2 or literal[0] != '"' or literal[-1] != '"':
        return None
    found = list(_characters(literal))
    found.append(len(literal) - 1)
    return found


#: a pair that makes one character; an escape; a line that goes on; a line that is folded
_PIECE = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<joined>\\\r?\n[ \t]*)"
    r"|(?P<escape>\\(?:x..|u....|U........|.))"
    r"|(?P<plain>[^\\\r\n \t]+|[ \t]+(?![ \t\r\n]))"
    r"|(?P<folded>[ \t]*(?:\r?\n[ \t]*)+)"
    r"|(?P<other>.)",
    re.S,
)


def _characters(literal: str) -> Iterator[int]:
    for piece in _PIECE.finditer(literal, 1, len(literal) - 1):
        yield from _PIECES[str(piece.lastgroup)](piece)


def _one(piece: re.Match[str]) -> Iterator[int]:
    yield piece.start()


def _none(piece: re.Match[str]) -> Iterator[int]:
    return iter(())


def _folded(piece: re.Match[str]) -> Iterator[int]:
    """One line end is a space; more are one line end less."""
    yield from [piece.start()] * max(piece[0].count("\n") - 1, 1)


def _plain(piece: re.Match[str]) -> Iterator[int]:
    yield from range(piece.start(), piece.end())


_PIECES: dict[str, Callable[[re.Match[str]], Iterator[int]]] = {
    "pair": _one, "joined": _none, "escape": _one, "plain": _plain, "folded": _folded,
    "other": _one,
}  # fmt: skip
