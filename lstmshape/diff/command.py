"""`lstmshape diff`: two models side by side."""

from typing import Annotated

from lstmshape.commandline import Argument, Option
from lstmshape.diff.compare import compare
from lstmshape.diff.report import as_json, table
from lstmshape.errors import CannotRun
from lstmshape.export.command import judged, put, say_findings

# no `from __future__ import annotations`: the command line reads the annotations themselves
Text = str | None
Texts = list[str] | None


def command(
    models: Annotated[Texts, Argument("Two models, in any formats that are read.", "A B")] = None,
    format: Annotated[
        Text, Option("How to show it.", "--format", choices=("table", "json"))
    ] = None,
) -> int:
    """Compare two models: layers, shapes, and weights that would no longer load (exit 1)."""
    if len(models or ()) != 2:
        raise CannotRun("`diff` takes two models")
    assert models is not None
    a, b = map(judged, models)
    unread = [report for report in (a, b) if report.case is None]
    for report in unread:
        say_findings(report)
    if unread:
        return 2
    assert a.case is not None
    assert b.case is not None
    found = compare(a.case, b.case)
    put(as_json(a, b, found) if format == "json" else table(a, b, found), None)
    return 0 if found.loading.loads else 1
