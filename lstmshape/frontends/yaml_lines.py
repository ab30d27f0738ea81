"""Lines, columns and comments of a YAML text, and edits of it, in offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: What ends a line in YAML 1.1, which is more than what ends one in a `Source`.
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BREAKS = "\n\r\x85\u2028\u2029"
_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")


class Edit(NamedTuple):
    """Replace the text from `start` up to `end`."""

    start: int
    end: int
    text: str


class Lines:
    """A text by lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = BREAK.search(text)
        #: what ends a new line
        self.newline = "\r\n" if found and found[0] == "\r\n" else "\n"

    def start(self, at: int) -> int:
        """Where the line begins that a character is in."""
        return 1 + max(self.text.rfind(character, 0, at) for character in _BREAKS)

    def before(self, start: int) -> int:
        """Where the line ends, without its break, that comes before the line that begins there."""
        return start - (2 if self.text[start - 2 : start] == "\r\n" else 1)

    def end(self, at: int) -> int:
        """Where the line ends, without its break."""
        found = BREAK.search(self.text, at)
        return found.start() if found else len(self.text)

    def after(self, at: int) -> int:
        """Where the next line begins, or the end of the text."""
        found = BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def column(self, at: int) -> int:
        """How many characters come before it on its line."""
        return at - self.start(at)

    def indent(self, at: int) -> int:
        """How many spaces begin the line that a character is in."""
        line = self.text[self.start(at) : at]
        return len(line) - len(line.lstrip(" "))

    def is_first(self, at: int) -> bool:
        """Whether only spaces come before it on its line."""
        return not self.text[self.start(at) : at].strip(" ")

    def is_on_one(self, start: int, end: int) -> bool:
        """Whether there is no break between two characters."""
        return BREAK.search(self.text, start, end) is None


def find_comments(text: str, start: int, end: int, strings: Sequence[tuple[int, int]]) -> list[str]:
    """The comments between two offsets; `strings` are the scalars there, in order."""
    found: list[str] = []
    at = start
    for string_start, string_end in [*strings, (end, end)]:
        while at < string_start:
            comment = _COMMENT.search(text, at, end)
            if comment is None or comment.start() >= string_start:
                break
            found.append(comment[0].rstrip())
            at = comment.end()
        at = max(at, string_end)
    return found


def edited(text: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """The text between two offsets with edits made that lie in it."""
    pieces, at = [], start
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:end]])


def shifted(text: str, by: int) -> str:
    """Lines moved to the right, or to the left as far as there are spaces."""
    lines = BREAK.split(text)
    breaks = [*BREAK.findall(text), ""]
    return "".join(_shifted_line(line, by) + end for line, end in zip(lines, breaks, strict=True))


def _shifted_line(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line else line
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(spaces, -by) :]
