"""A whole document in one string of Python's: `b'{"class_name": …}'`, as `print` shows bytes.

It comes from `file.write(str(model.to_json().encode()))` and the like. Nothing is evaluated: the
escapes that Python's `repr` writes are undone one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from lstmshape.facts import NotASpec
from lstmshape.frontends.document import Document
from lstmshape.frontends.embedded import Range, Text
from lstmshape.frontends.keras_config import described, document_of, fault, is_keras, read_inner
from lstmshape.frontends.text import Unread, decode
from lstmshape.source import Place, Source

_ESCAPE = re.compile(r"\\(?P<code>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.S)
_MEANS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"', "\n": ""}
#: so many escapes no model needs; undoing more would take seconds
MOST_ESCAPES = 1_000_000
KIND = "keras-json"


class Literal(NamedTuple):
    """A literal that is all of a text: what stands between its quotes, and where that begins."""

    body: str
    start: int
    bytes: bool

    def meant(self) -> str | None:
        """The text that it means; None for bytes that are no UTF-8."""
        text = _ESCAPE.sub(_meant, self.body)
        try:
            return text.encode("latin-1").decode("utf-8") if self.bytes else text
        except UnicodeError:
            return None

    def offsets(self) -> list[int]:
        """Where in the file each character of the text stands, and last where it ends."""
        found = [
            self.start + offset
            for character, offset in _characters(self.body)
            # a character in several bytes stands where the first of them does
            if not (self.bytes and 0x80 <= ord(character) < 0xC0)
        ]
        return [*found, self.start + len(self.body)]


class LiteralText:
    """A text in a literal, and the places in it as places of the file."""

    def __init__(self, text: str, literal: Literal, inner: Text) -> None:
        self.text = text
        self._literal, self._inner = literal, inner

    def locate(self, place: Place) -> Range:
        start, end = self._inner.locate(place)
        return self._offsets[start], self._offsets[end]

    @cached_property
    def _offsets(self) -> list[int]:
        return self._literal.offsets()


def _characters(body: str) -> Iterator[tuple[str, int]]:
    """The characters that a literal means, and where what stands for each begins."""
    at = 0
    for escape in _ESCAPE.finditer(body):
        yield from zip(body[at : escape.start()], range(at, escape.start()), strict=True)
        at = escape.end()
        yield from ((character, escape.start()) for character in _meant(escape))
    yield from zip(body[at:], range(at, len(body)), strict=True)


def _meant(escape: re.Match[str]) -> str:
    code = escape["code"]
    if code[0] in "xu" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _MEANS.get(code, escape[0])


def literal_of(text: str) -> Literal | None:
    """The one literal that a text is; None for other texts, and for what YAML reads alike."""
    start = len(text) - len(text.lstrip())
    start += text.startswith("b", start)
    end = len(text.rstrip()) - 1
    if end <= start or text[start] not in "'\"" or text[end] != text[start]:
        return None
    body = text[start + 1 : end]
    escapes, bytes_ = body.count("\\"), text[start - 1 : start] == "b"
    if escapes > MOST_ESCAPES or not (escapes or bytes_):
        return None
    if text[start] in body.replace("\\\\", "").replace(f"\\{text[start]}", ""):
        return None
    return Literal(body, start + 1, bytes_)


def read_literal(name: str, data: bytes) -> Document | None:
    """The document in a string or bytes of Python's; None for what is no such literal."""
    source = decode(name, data)
    if isinstance(source, Unread):
        return source
    literal = literal_of(source.text)
    inner = literal.meant() if literal is not None else None
    if literal is None or inner is None:
        return None
    return _document(source, literal, inner)


def _document(source: Source, literal: Literal, inner: str) -> Document | None:
    read = read_inner(inner)
    if isinstance(read, Exception):
        # in YAML a string may begin and end so too, in which nothing is escaped
        return Unread(source, fault(read, source), kind=KIND) if literal.bytes else None
    data, text = read
    if not is_keras(data):
        return Unread(source, NotASpec(found=described(data)), kind=KIND)
    return document_of(source, data, LiteralText(source.text, literal, text), KIND)
