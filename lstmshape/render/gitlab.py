"""A code quality report for GitLab (the format of Code Climate)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary
from lstmshape.render.escape import escape, json_escape
from lstmshape.render.plain import fingerprints, relative

SUMMARY = None
LEVELS = {"error": "major", "warning": "minor", "note": "info"}


def part(report: FileReport, look: Look) -> list[str]:
    """An object of JSON for each diagnostic of a file."""
    found = []
    for diagnostic, fingerprint in zip(report.diagnostics, fingerprints(report), strict=True):
        start, end = diagnostic.locate(report.document)
        data = {
            "description": f"{diagnostic.code}: {escape(diagnostic.message)}",
            "check_name": diagnostic.name,
            "fingerprint": fingerprint,
            "severity": LEVELS[diagnostic.severity],
            "location": {
                "path": relative(report.path),
                "lines": {"begin": start.line, "end": end.line},
            },
        }
        found.append(json_escape(json.dumps(data)))
    return found


def whole(parts: Iterable[list[str]], summary: Summary, look: Look) -> Iterator[str]:
    """The array, an object a line."""
    before = "[\n"
    for texts in parts:
        for text in texts:
            yield before + text
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
