"""What a page is made of, whatever it is shown as: plain data, no layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Heading(NamedTuple):
    """A section's title."""

    text: str
    level: int = 2


class Paragraph(NamedTuple):
    """Prose; names and code stand in backticks."""

    text: str


class Bullets(NamedTuple):
    """A list of short texts."""

    items: tuple[str, ...]


class Term(NamedTuple):
    """A name, what it takes, and what it does."""

    name: str
    takes: str
    text: str


class Terms(NamedTuple):
    """A list of names and what each is."""

    terms: tuple[Term, ...]
    title: str = ""


class Code(NamedTuple):
    """Lines that are to be shown as they are. `language` is what Markdown calls it."""

    language: str
    text: str
    #: what it is, in a line above it
    title: str = ""


class Quote(NamedTuple):
    """What Keras says, in one line, and when it says it."""

    text: str
    title: str


class Drawing(NamedTuple):
    """A drawing in text, with what it shows."""

    title: str
    lines: tuple[str, ...]


class Table(NamedTuple):
    """Cells of text; `numbers` are the columns that are set to the right."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    title: str = ""
    #: columns that may be left out where there is no room
    spare: tuple[int, ...] = ()


Block = Heading | Paragraph | Bullets | Terms | Code | Quote | Drawing | Table


class Page(NamedTuple):
    """Everything that is said of one thing."""

    #: "topic", "layer", "code", "spec" or "list"
    kind: str
    name: str
    title: str
    blocks: Sequence[Block]
    #: (what to call explain with, its title)
    related: Sequence[tuple[str, str]] = ()
