"""What every frontend returns: the tree of a spec, and the way back from the tree to the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from lstmshape.changes import Change
from lstmshape.facts import Fact
from lstmshape.source import Place, Source, Span, TextEdit


class Comment(NamedTuple):
    """A comment that speaks to lstmshape: `# lstmshape: ignore[LS201] reason`.

    `scope` is `ignore`, `ignore-next-line` or `ignore-file`; no codes means all of them.
    """

    line: int
    column: int
    scope: str
    codes: tuple[str, ...]
    reason: str
    #: set when the comment could not be understood
    problem: str | None = None


class Document(Protocol):
    """A file that was read. It is never None, however bad the text: then `facts` say why."""

    source: Source
    #: "spec", "keras-json", "keras-yaml", "keras-archive", "hdf5", "tfjs"
    kind: str
    #: plain data in the spec's own words (CONTRACT section 1); None when nothing could be read
    tree: Any
    facts: Sequence[Fact]

    def locate(self, place: Place) -> Span:
        """The text that says it; the nearest enclosing text when the place is not written."""
        ...

    def comments(self) -> Sequence[Comment]:
        """The comments that speak to lstmshape, in order."""
        ...

    def write(self, change: Change) -> Sequence[TextEdit] | None:
        """The edits that make the change, in the layout of the text around them.

        None when it cannot be written safely: behind an alias, an anchor or a merge key, or in a
        format that is only read.
        """
        ...


class Textless:
    """The part of a document that has no text to point into or to change."""

    source: Source

    def locate(self, place: Place) -> Span:
        """The beginning: there is nothing else."""
        return self.source.span(0, 0)

    def comments(self) -> Sequence[Comment]:
        return ()

    def write(self, change: Change) -> Sequence[TextEdit] | None:
        return None
