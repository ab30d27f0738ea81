"""From bytes to text, and what stands for a file that could not be read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from lstmshape.facts import Fact, OverLimit, Unreadable
from lstmshape.frontends.document import Textless
from lstmshape.source import Source

#: A file of text has at most so many bytes; it is not even decoded beyond.
MAX_BYTES = 10_000_000
BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def bytes_of(path: str) -> bytes:
    """What is in a file, one byte beyond the bound at most. Raises OSError."""
    with open(path, "rb") as file:
        # room for all that may be read would cost more than most files
        wanted = min(os.fstat(file.fileno()).st_size, MAX_BYTES) + 1
        data = file.read(wanted)
        # a pipe has no size, and a file may have grown
        return data if len(data) < wanted else data + file.read(MAX_BYTES + 1 - wanted)


class Unread(Textless):
    """A file that is no model, or cannot be read: no tree, and facts that say why."""

    tree: Any = None

    def __init__(self, source: Source, *facts: Fact, kind: str = "spec") -> None:
        self.source = source
        self.facts: Sequence[Fact] = facts
        self.kind = kind


def roughly(data: bytes) -> str:
    """A text that need not be UTF-8, to look for words in."""
    return data.decode("utf-16" if data[:2] in _UTF16 else "latin-1", "replace")


def decode(name: str, data: bytes) -> Source | Unread:
    """The text of a file in UTF-8, without its byte order mark; else what is wrong with it."""
    if len(data) > MAX_BYTES:
        fact = OverLimit(what="text", limit=MAX_BYTES, unit="bytes")
        return Unread(Source(name, ""), fact)
    try:
        return Source(name, data.removeprefix(BOM).decode("utf-8"))
    except UnicodeDecodeError as error:
        return Unread(Source(name, ""), Unreadable(problem=_not_utf8(data, error)))


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> str:
    if data[:2] in _UTF16:
        return "it is UTF-16, and must be UTF-8"
    line = data.count(b"\n", 0, error.start) + 1
    return f"it is not UTF-8 (byte 0x{data[error.start]:02x} on line {line})"
