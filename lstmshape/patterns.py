"""Patterns of paths as `.gitignore` has them: for ignored files, and for include and exclude.

`*`, `?` and `[…]` stop at `/`, `**` does not; a `/` at the start or in the middle ties a pattern
to its folder, one at the end means folders only; the last pattern that matches decides, and `!`
takes back what those before it said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple


class Pattern(NamedTuple):
    """One compiled line; `regex` is matched against a path relative to the pattern's folder."""

    regex: re.Pattern[str]
    negated: bool
    folders_only: bool


class Patterns:
    """The patterns of one folder; paths are relative to it and have `/` between their parts."""

    __slots__ = ("_patterns",)

    def __init__(self, lines: Iterable[str]) -> None:
        compiled = (compile_pattern(line) for line in lines)
        self._patterns: Sequence[Pattern] = [p for p in compiled if p is not None]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def decides(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last pattern that matches takes the path (True) or leaves it (False)."""
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders_only) and pattern.regex.fullmatch(path):
                return not pattern.negated
        return None

    def takes(self, path: str) -> bool:
        """Whether the file or a folder around it is taken."""
        parts = path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        return any(self.decides(part, folder=True) for part in above) or bool(
            self.decides(path, folder=False)
        )


@lru_cache(maxsize=512)
def compile_pattern(line: str) -> Pattern | None:
    """A line of a `.gitignore`; None for an empty one or a comment."""
    line = line.rstrip("\r\n")
    if line.startswith("#"):
        return None
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    negated = line.startswith("!")
    line = line[negated:]
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    if not line:
        return None
    tied = "/" in line
    body = _regex(line.removeprefix("/"))
    if body is None:
        return None
    return Pattern(re.compile(body if tied else f"(?:.*/)?{body}", re.S), negated, folders_only)


def _regex(glob: str) -> str | None:
    """The regular expression of a glob; None for one that git never matches."""
    found, at = "", 0
    while at < len(glob):
        here = glob[at]
        if glob.startswith("**/", at) and glob[at - 1 : at] in ("", "/"):
            found, at = found + "(?:.*/)?", at + 3
        elif glob[at:] == "**" and glob[at - 1 : at] == "/":
            found, at = found + ".+", at + 2
        elif here == "*":
            while glob.startswith("*", at + 1):
                at += 1
            found, at = found + "[^/]*", at + 1
        elif here == "?":
            found, at = found + "[^/]", at + 1
        elif here == "[":
            part, at = _bracket(glob, at)
            if part is None:
                return None
            found += part
        else:
            if here == "\\":
                at += 1
                if at == len(glob):
                    return None
            found, at = found + re.escape(glob[at]), at + 1
    return found


_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "lower": "a-z", "upper": "A-Z",
    "space": r"\s", "xdigit": "0-9a-fA-F", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip


def _bracket(glob: str, at: int) -> tuple[str | None, int]:
    """`[a-z]` from `at` on as a regular expression, and where it ends; None when it never does."""
    start = at + 1
    negated = glob[start : start + 1] in ("!", "^")
    start += negated
    parts, here = "", start
    while here < len(glob):
        character = glob[here]
        if character == "]" and here > start:
            body = f"(?![/])[{'^' if negated else ''}{parts}]"
            return (body if _compiles(body) else None), here + 1
        named = re.compile(r"\[:(\w+):\]").match(glob, here)
        if named is not None:
            parts, here = parts + _CLASSES.get(named[1], ""), named.end()
        elif character == "\\" and here + 1 < len(glob):
            parts, here = parts + re.escape(glob[here + 1]), here + 2
        else:
            parts += "-" if character == "-" else re.escape(character)
            here += 1
    return None, len(glob)


def _compiles(regex: str) -> bool:
    try:
        re.compile(regex)
    except re.error:
        return False
    return True
