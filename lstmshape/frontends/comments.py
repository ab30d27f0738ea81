"""Comments that speak to lstmshape: `# lstmshape: ignore[LS201, LS3] reason`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from lstmshape.frontends.document import Comment
from lstmshape.source import Source

SCOPES = ("ignore", "ignore-next-line", "ignore-file")

_COMMENT = re.compile(r"(?<![^\s,\[\]{}\"'\ufeff])#[ \t]*lstmshape:[ \t]*([^\r\n]*)")
_DIRECTIVE = re.compile(r"([\w-]*)[ \t]*(?:\[([^\]]*)(\]?))?[ \t]*(.*)", re.S)
_CODE = re.compile(r"[A-Za-z][\w-]*")


def find_comments(source: Source, strings: Sequence[tuple[int, int]]) -> Iterator[Comment]:
    """The comments of a text that speak to lstmshape, in order.

    `strings` are the ranges, in order, in which a `#` begins no comment.
    """
    starts = [start for start, _ in strings]
    for found in _COMMENT.finditer(source.text):
        before = bisect_right(starts, found.start()) - 1
        if before < 0 or strings[before][1] <= found.start():
            line, column = source.position(found.start())
            yield _parse(line, column, found[1].rstrip())


def _parse(line: int, column: int, text: str) -> Comment:
    found = _DIRECTIVE.fullmatch(text)
    scope, codes, closed, reason = found.groups() if found else ("", None, "", "")
    names = tuple(code.strip() for code in codes.split(",")) if codes is not None else ()
    problem = _problem(scope, names, codes is None or closed == "]")
    return Comment(line, column, scope, () if problem else names, reason, problem)


def _problem(scope: str, codes: tuple[str, ...], closed: bool) -> str | None:
    if scope not in SCOPES:
        return f"`{scope}` is none of {', '.join(SCOPES)}" if scope else "it says nothing to do"
    if not closed:
        return "the bracket is not closed"
    bad = [code for code in codes if not _CODE.fullmatch(code)]
    if bad:
        return f"`{bad[0]}` is no code" if bad[0] else "a code is missing between the brackets"
    return None
