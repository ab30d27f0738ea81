"""What `check` says of a spec, for a page; and the spec as its fix makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lstmshape.diagnostics import Diagnostic
from lstmshape.explain.numbers import ROOM
from lstmshape.flow import totals
from lstmshape.pipeline import FileReport
from lstmshape.render.base import applicable
from lstmshape.render.snippets import Model, block, plain
from lstmshape.source import apply_edits

#: of each diagnostic; `check` itself shows them all
MOST_FIXES = 2


def said(report: FileReport, only: Sequence[Diagnostic] | None = None, *, room: int = ROOM) -> str:
    """The blocks of its diagnostics (or of some), as `check` prints them into so many columns."""
    parts = []
    for diagnostic in report.diagnostics if only is None else only:
        diagnostic.fixes = diagnostic.fixes[:MOST_FIXES]
        lines = block(
            diagnostic, report.document, room=room, wrap=room, model=_model(report), more=False
        )
        parts.append("\n".join(plain(line) for line in lines))
    return "\n\n".join(parts) + "\n"


def _model(report: FileReport) -> Model:
    case = report.case
    if case is None or not case.flow.ok:
        return Model(None, None)
    shapes = tuple(tensor.shape if tensor else None for _, tensor in case.flow.outputs())
    return Model(shapes, totals(case.flow.weights()).params)


class Mended(NamedTuple):
    """A text after a fix, and which fix that is."""

    text: str
    said: str


def mended(report: FileReport) -> Mended | None:
    """The text with the first fix that edits it, or None where there is none."""
    return next(filter(None, (fixed(report, each) for each in report.diagnostics)), None)


def fixed(report: FileReport, diagnostic: Diagnostic) -> Mended | None:
    """The text with the fix of one diagnostic that `--fix` would take, or `--unsafe-fixes`."""
    fix = applicable(diagnostic, unsafe=True)
    if fix is None:
        return None
    listed = [each for found in report.diagnostics for each in found.fixes]
    which = "the fix that changes the spec"
    if fix is listed[0]:
        which = "this fix" if len(listed) == 1 else "the first of these fixes"
    return Mended(apply_edits(report.document.source.text, fix.edits), f"With {which}:")
