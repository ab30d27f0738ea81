"""Annotations for GitHub's Actions, and a summary of the job in Markdown.

GitHub shows ten annotations a step; the summary, in the file that `GITHUB_STEP_SUMMARY` names, has
all of them. Nothing in a file can end an annotation or begin another command.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lstmshape.diagnostics import Diagnostic
from lstmshape.errors import CannotRun
from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary, summary_line
from lstmshape.render.escape import escape
from lstmshape.render.plain import paragraph, relative
from lstmshape.render.snippets import kind_of

SUMMARY = "stderr"
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
#: rows of the summary; GitHub takes a megabyte
MOST_ROWS = 500


class Part(NamedTuple):
    """The annotations of a file, and its rows of the summary."""

    annotations: str
    rows: list[str]


def part(report: FileReport, look: Look) -> Part:
    """What is said of one file."""
    found = [(d, d.locate(report.document)) for d in report.diagnostics]
    path = relative(report.path)
    lines = []
    rows = []
    for diagnostic, (start, end) in found:
        places = {"file": path, "line": start.line, "col": start.column, "endLine": end.line}
        if end.line == start.line:
            places["endColumn"] = end.column
        places["title"] = f"{diagnostic.code} {diagnostic.name}"
        properties = ",".join(f"{key}={_property(value)}" for key, value in places.items())
        text = _data("\n".join(paragraph(diagnostic)))
        lines.append(f"::{LEVELS[diagnostic.severity]} {properties}::{text}\n")
        rows.append(_row(diagnostic, path, start.line))
    return Part("".join(lines), rows)


def whole(parts: Iterable[Part], summary: Summary, look: Look) -> Iterator[str]:
    """All annotations; the summary of the job goes to the file that GitHub gives for it."""
    rows: list[str] = []
    for part in parts:
        yield part.annotations
        rows += part.rows
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        _append(path, markdown(rows, summary_line(summary, look)))


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CannotRun(f"cannot write the summary of the job to `{path}`: {error}") from error


def _data(text: str) -> str:
    """The message of a command, as GitHub's own toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(escape(str(value))).replace(":", "%3A").replace(",", "%2C")


# -- the summary of the job ---------------------------------------------------------------------


def markdown(rows: list[str], line: str) -> str:
    """The findings as a table."""
    text = f"### lstmshape\n\n{line}\n"
    if not rows:
        return text + "\n"
    shown = "\n".join(rows[:MOST_ROWS])
    left = len(rows) - MOST_ROWS
    more = f"\n\nand {left:,} more" if left > 0 else ""
    return f"{text}\n| where | code | what | fix |\n| --- | --- | --- | --- |\n{shown}{more}\n\n"


def _row(diagnostic: Diagnostic, path: str, line: int) -> str:
    fix = "".join(fix.title + kind_of(fix) for fix in diagnostic.fixes[:1])
    cells = (
        f"<code>{_literal(f'{path}:{line}')}</code>",
        f"{diagnostic.code} {diagnostic.severity}",
        _words(diagnostic.message),
        _words(fix),
    )
    return f"| {' | '.join(cells)} |"


def _words(text: str) -> str:
    """Prose with names in backticks, as HTML in which nothing is markup but the names' own."""
    pieces = re.split(r"`([^`]*)`", text)
    return "".join(
        f"<code>{_literal(piece)}</code>" if number % 2 else _literal(piece)
        for number, piece in enumerate(pieces)
    )


def _literal(text: str) -> str:
    """Text of which Markdown and HTML take no character for their own."""
    return re.sub(r"[^\w\s.,;:/=-]", lambda match: f"&#{ord(match[0])};", escape(text)).replace(
        "_", "&#95;"
    )
