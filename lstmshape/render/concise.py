"""One line a diagnostic: `file:line:column: LS301 message`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary, statistics_lines
from lstmshape.render.escape import escape

SUMMARY = "stderr"


def part(report: FileReport, look: Look) -> str:
    """The lines of one file; empty when nothing was found."""
    path = escape(report.path)
    lines = []
    for diagnostic in report.diagnostics:
        start = diagnostic.locate(report.document).start
        said = f"{diagnostic.code} {escape(diagnostic.message)}"
        lines.append(f"{path}:{start.line}:{start.column}: {said}\n")
    return "".join(lines)


def whole(parts: Iterable[str], summary: Summary, look: Look) -> Iterator[str]:
    """The lines of all files as they come."""
    yield from parts
    if look.statistics:
        yield from (f"{line}\n" for line in statistics_lines(summary.tally))
