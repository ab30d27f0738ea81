"""What the specs under specs/broken say should be found in them, line by line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SPECS = Path(__file__).parent.parent / "specs"
GOOD = sorted((SPECS / "good").glob("*.yaml"))
BROKEN = sorted((SPECS / "broken").glob("*.yaml"))

_MARK = re.compile(r"#\s*(expect|may):\s*(LS\d{3}(?:\s*,\s*LS\d{3})*)")

#: a code on a line, counted from 1
Found = tuple[int, str]


class Expected(NamedTuple):
    """What must be found, and what may be found beside it."""

    must: frozenset[Found]
    may: frozenset[Found]

    def missed(self, found: set[Found]) -> set[Found]:
        return set(self.must - found)

    def surplus(self, found: set[Found]) -> set[Found]:
        return set(found - self.must - self.may)


def expected(path: Path) -> Expected:
    """The marks of a file; latin-1 because one of the files is no UTF-8 on purpose."""
    marks: dict[str, set[Found]] = {"expect": set(), "may": set()}
    for number, line in enumerate(path.read_text(encoding="latin-1").splitlines(), 1):
        for kind, codes in _MARK.findall(line):
            marks[kind] |= {(number, code) for code in re.findall(r"LS\d{3}", codes)}
    return Expected(frozenset(marks["expect"]), frozenset(marks["may"]))


def comment(path: Path) -> list[str]:
    """The lines of the leading comment, without marks."""
    lines = path.read_text(encoding="latin-1").splitlines()
    head = lines[: next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)]
    return [line.lstrip("# ") for line in head if not _MARK.match(line)]
