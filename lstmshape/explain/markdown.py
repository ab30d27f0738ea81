"""The Markdown of a topic: front matter, prose, fenced specs, and directives that are run.

Front matter is `key: value` lines between `---`. A directive stands alone on a line, `{draw: every
last}`: a name and words, looked up in a fixed table. A fence whose word is `spec`, `mistake` or
`keras` bears a name: ```` ```spec every````. Nothing here runs anything.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Prose(NamedTuple):
    """A paragraph, in one line."""

    text: str


class Title(NamedTuple):
    """`## title`."""

    text: str


class Items(NamedTuple):
    """A list."""

    items: tuple[str, ...]


class Fence(NamedTuple):
    """A fenced block: what it is, the words behind that, and its text."""

    kind: str
    words: tuple[str, ...]
    text: str


class Directive(NamedTuple):
    """`{name: words}` alone on a line."""

    name: str
    words: tuple[str, ...]


Part = Prose | Title | Items | Fence | Directive


class Source(NamedTuple):
    """A topic's file: its front matter, and its parts in order."""

    front: dict[str, str]
    parts: tuple[Part, ...]


_DIRECTIVE = re.compile(r"\{([a-z][a-z-]*)(?:: ([^{}]*))?\}")
_FENCE = re.compile(r"```(\S*)\s*(.*)")


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines at the head, and the rest. Raises ValueError for what is none."""
    if not text.startswith("---\n"):
        raise ValueError("a topic begins with its front matter")
    head, _, rest = text[4:].partition("\n---\n")
    front = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"no `key: value` line: {line!r}")
        front[key.strip()] = value.strip()
    return front, rest


def read_source(text: str) -> Source:
    """A topic's file. Raises ValueError for a fence that is not closed."""
    front, body = front_matter(text)
    return Source(front, tuple(_Parts(body).read()))


class _Parts:
    """Goes through the lines once."""

    def __init__(self, body: str) -> None:
        self.lines = body.splitlines()
        self.at = 0

    def read(self) -> list[Part]:
        found: list[Part] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
            elif line.startswith("```"):
                found.append(self._fence(line))
            elif line.startswith("#"):
                found.append(Title(line.lstrip("#").strip()))
                self.at += 1
            elif line.startswith("- "):
                found.append(self._items())
            else:
                found.append(self._prose(line))
        return found

    def _fence(self, line: str) -> Fence:
        match = _FENCE.fullmatch(line)
        assert match is not None
        end = next((n for n in range(self.at + 1, len(self.lines)) if self.lines[n] == "```"), None)
        if end is None:
            raise ValueError(f"a fence is not closed: {line}")
        text = "\n".join(self.lines[self.at + 1 : end]) + "\n"
        self.at = end + 1
        return Fence(match[1], tuple(match[2].split()), text)

    def _items(self) -> Items:
        items: list[str] = []
        while self.at < len(self.lines) and self.lines[self.at].startswith(("- ", "  ")):
            line = self.lines[self.at]
            if line.startswith("- "):
                items.append(line[2:].strip())
            else:
                items[-1] += f" {line.strip()}"
            self.at += 1
        return Items(tuple(items))

    def _prose(self, line: str) -> Prose | Directive:
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is not None:
            self.at += 1
            return Directive(match[1], tuple((match[2] or "").split()))
        words = []
        while self.at < len(self.lines) and self._is_prose(self.lines[self.at]):
            words.append(self.lines[self.at].strip())
            self.at += 1
        return Prose(" ".join(words))

    @staticmethod
    def _is_prose(line: str) -> bool:
        plain = not line.startswith(("```", "#", "- ")) and bool(line.strip())
        return plain and _DIRECTIVE.fullmatch(line.strip()) is None
