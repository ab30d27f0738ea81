"""Lines of code and of numbers on a terminal that is narrower than they are.

Code is broken where its language lets a line end: within brackets, behind a comma. So what is
copied from a narrow terminal means the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lstmshape.render.escape import width

#: `- LSTM: {units: 4}`: what is before the value, and the value
_ENTRY = re.compile(r"( *)(- )?([\w.]+:) ([{\[].*)")
#: a vector of `demos.shown`, and the last number of several before what is left out
_VECTOR = re.compile(r"\[(?: *-?\d+\.\d{4}| \.\.\.)+\]")
_BEFORE_THE_REST = re.compile(r"(?<=\d) +-?\d+\.\d{4} \.\.\.")


def folded_code(line: str, room: int) -> Iterator[str]:
    """A line of YAML, JSON or Python in lines of at most `room` columns, where that is possible."""
    entry = _ENTRY.fullmatch(line) if width(line) > room else None
    if entry is not None:
        outer, dash, key, value = entry.groups("")
        below = " " * (len(outer) + len(dash) + 2) + value
        if width(below) <= room:
            yield f"{outer}{dash}{key}"
            yield below
            return
    yield from _comma_folded(line, room)


def _comma_folded(line: str, room: int) -> Iterator[str]:
    start = len(line) - len(line.lstrip(" -"))
    while width(line) > room:
        end = max((end for end in _ends(line) if start < end <= room), default=0)
        if not end:
            break
        yield line[:end]
        line = " " * (start + 4) + line[end:].lstrip()
    yield line


def _ends(line: str) -> Iterator[int]:
    """Where a line may end: behind a comma within brackets, outside quotes and comments."""
    depth, quote = 0, ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#":
            return
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth > 0 and line[at + 1 : at + 2] == " ":
            yield at + 1


def folded_numbers(lines: Sequence[str], room: int) -> Iterator[str]:
    """Lines with vectors: all show fewer of their numbers, then each goes below its label."""
    while any(width(line) > room and _BEFORE_THE_REST.search(line) for line in lines):
        lines = [_BEFORE_THE_REST.sub(" ...", line) for line in lines]
    for line in lines:
        vector = _VECTOR.search(line)
        if vector is None or width(line) <= room:
            yield line
            continue
        label, *more = line[: vector.start()], *_parts(line[vector.start() :])
        yield label.rstrip()
        yield from (f"  {part}" for part in more)


def _parts(text: str) -> list[str]:
    """`[…], in training […]` in two."""
    return re.split(r"(?<=\],) ", text)
