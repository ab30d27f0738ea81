"""Text with places in it: positions, spans, edits, and the paths that name a place in a tree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

#: The way from the root of a spec's tree to one value: `("layers", 1, "LSTM", "units")`.
Path = tuple[str | int, ...]

#: Which text of a path is meant: its key (`units`), its value (`64`), or both with what is between.
Part = Literal["key", "value", "entry"]


class Position(NamedTuple):
    """A place in a text; both numbers count from 1, columns in characters."""

    line: int
    column: int


class Span(NamedTuple):
    """From `start` up to, and without, `end`."""

    start: Position
    end: Position


class Place(NamedTuple):
    """Where in the tree something is said; a frontend turns it into a `Span` when it is shown."""

    path: Path
    part: Part = "value"


class TextEdit(NamedTuple):
    """Replace the text of `span` with `text`; an empty span inserts."""

    span: Span
    text: str


class Source:
    """One text and the name it goes by in messages."""

    __slots__ = ("_lines", "_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._lines: list[str] | None = None
        self._starts: list[int] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines with their ends, split at `\\n` only, so that they add up to the text."""
        if self._lines is None:
            self._lines = self.text.split("\n")
            self._lines[:-1] = [line + "\n" for line in self._lines[:-1]]
        return self._lines

    def line(self, number: int) -> str:
        """Line `number` (from 1) without its end; empty when there is none."""
        return self.lines[number - 1].rstrip("\r\n") if 0 < number <= len(self.lines) else ""

    @property
    def starts(self) -> list[int]:
        """The offset of each line's first character, and last the length of the text."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self.lines), initial=0))
        return self._starts

    def position(self, offset: int) -> Position:
        """The place of the character with this offset; an offset outside the text is moved in."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset, hi=len(self.lines))
        return Position(line, offset - self.starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """The offset of a place; the opposite of `position`."""
        return self.starts[position.line - 1] + position.column - 1

    def span(self, start: int, end: int) -> Span:
        """The text from one offset up to another."""
        return Span(self.position(start), self.position(end))


def apply_edits(text: str, edits: Sequence[TextEdit]) -> str:
    """The text with all edits made at once.

    Raises ValueError for edits that overlap or lie outside the text. Insertions at one place are
    made in the order given.
    """
    lines = Source("", text).lines
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(position: Position) -> int:
        if not 0 < position.line <= len(lines) or position.column < 1:
            raise ValueError(f"{position} lies outside the text")
        found = starts[position.line - 1] + position.column - 1
        if found > starts[position.line]:
            raise ValueError(f"{position} lies outside the text")
        return found

    placed = sorted(
        ((offset(e.span.start), offset(e.span.end), n, e.text) for n, e in enumerate(edits)),
        key=lambda row: row[:3],
    )
    out: list[str] = []
    at = 0
    for start, end, _, replacement in placed:
        if start < at or end < start:
            raise ValueError("edits overlap")
        out += [text[at:start], replacement]
        at = end
    return "".join([*out, text[at:]])
