"""Edits that are believed only when the text, read again, says the change and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol, runtime_checkable

from lstmshape.changes import CannotChange, Change, changed
from lstmshape.frontends.document import Document
from lstmshape.source import Source, Span, TextEdit, apply_edits

#: so many changes are read back one by one
FEW = 8


@runtime_checkable
class Rereadable(Document, Protocol):
    """A document whose text can be read again after an edit."""

    def read(self, source: Source) -> Document:
        """Another text, read the way this one was."""
        ...


def proved_write(document: Document, change: Change) -> tuple[Sequence[TextEdit], str] | None:
    """The edits that make one change, proved, and the text that they make."""
    found = proved(document, (change,))
    return None if found is None else (found[0], found[1].source.text)


def proved(
    document: Document, changes: Sequence[Change]
) -> tuple[Sequence[TextEdit], Document] | None:
    """The edits that make the changes, one after the other, and the document that they make.

    They are proved: after each change the text is read again, and its tree is what `changed` makes
    of the tree before; many changes of arguments are made and proved at once. None when a change
    cannot be written, the proof fails, or the new text has more findings than the old one.
    """
    pieces = _Pieces(document.source)
    here = document
    for step in _steps(changes):
        edits = _written(here, step)
        if edits is None or not isinstance(here, Rereadable):
            return None
        try:
            wanted = changed(here.tree, *step)
            text = apply_edits(here.source.text, edits)
        except (CannotChange, ValueError):
            return None
        pieces.edit(here.source, edits)
        here = here.read(Source(document.source.name, text))
        if not same(here.tree, wanted):
            return None
    return None if len(here.facts) > len(document.facts) else (pieces.edits(), here)


def _steps(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Changes that are made at once: each alone, but a long run of arguments together."""
    for setting, run in groupby(changes, key=lambda change: change.op == "set_argument"):
        together = tuple(run)
        if setting and len(together) > FEW:
            yield together
        else:
            yield from ((change,) for change in together)


def _written(document: Document, changes: Sequence[Change]) -> Sequence[TextEdit] | None:
    """The edits that make changes in the one text; None when one of them cannot be written."""
    found: list[TextEdit] = []
    for change in changes:
        edits = document.write(change)
        if edits is None:
            return None
        found += edits
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two trees are equal in types too: True is not 1, 1 is not 1.0; NaN is NaN.

    Trees are at most as deep as specs may be, so this may recurse.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or (a != a and b != b)


class _Pieces:
    """A text as pieces of the first text (their ranges) and new words, edited step by step."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pieces: list[tuple[int, int] | str] = [(0, len(source.text))]

    def edit(self, source: Source, edits: Sequence[TextEdit]) -> None:
        """Make edits of the present text, which is that of `source`."""
        # from the last to the first; of insertions at one place the last is made first
        rows = [
            (source.offset(edit.span.start), source.offset(edit.span.end), number, edit.text)
            for number, edit in enumerate(edits)
        ]
        for start, end, _, text in sorted(rows, reverse=True):
            before, rest = _cut(self._pieces, start)
            _, after = _cut(rest, end - start)
            self._pieces = [*before, text, *after]

    def edits(self) -> list[TextEdit]:
        """What was done, as edits of the first text."""
        found: list[TextEdit] = []
        at, words = 0, ""
        for piece in [*self._pieces, (len(self._source.text),) * 2]:
            if isinstance(piece, str):
                words += piece
                continue
            start, end = piece
            if words or at < start:
                found.append(TextEdit(self._span(at, start), words))
            at, words = end, ""
        return found

    def _span(self, start: int, end: int) -> Span:
        return self._source.span(start, end)


def _cut(
    pieces: list[tuple[int, int] | str], at: int
) -> tuple[list[tuple[int, int] | str], list[tuple[int, int] | str]]:
    """The pieces before and after a place in the text that they make."""
    for number, piece in enumerate(pieces):
        size = len(piece) if isinstance(piece, str) else piece[1] - piece[0]
        if at < size:
            left: tuple[int, int] | str
            right: tuple[int, int] | str
            if isinstance(piece, str):
                left, right = piece[:at], piece[at:]
            else:
                left, right = (piece[0], piece[0] + at), (piece[0] + at, piece[1])
            return [*pieces[:number], left], [right, *pieces[number + 1 :]]
        at -= size
    return pieces, []
