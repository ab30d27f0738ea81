"""JUnit's XML: a suite a file, a case a finding; a file without one is a case that passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lstmshape.diagnostics import SEVERITIES, Diagnostic
from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary
from lstmshape.render.escape import escape
from lstmshape.render.plain import relative, whole_block

SUMMARY = None


class Part(NamedTuple):
    """The suite of a file, and its counts."""

    text: str
    tests: int
    failures: int


def part(report: FileReport, look: Look) -> Part:
    """The suite of one file. What is below the fail level is told, and passes."""
    path = _attribute(relative(report.path))
    failing = SEVERITIES[: SEVERITIES.index(look.fail_level) + 1]
    cases = [_case(d, report, path, fails=d.severity in failing) for d in report.diagnostics]
    failures = sum(d.severity in failing for d in report.diagnostics)
    cases = cases or [f'  <testcase classname="{path}" name="shapes"/>\n']
    head = f'<testsuite name="{path}" tests="{len(cases)}" failures="{failures}" errors="0">'
    text = f" {head}\n{''.join(cases)} </testsuite>\n"
    return Part(text, len(cases), failures)


def whole(parts: Iterable[Part], summary: Summary, look: Look) -> Iterator[str]:
    """All suites; the counts come first, so that nothing is written before the end."""
    done = list(parts)
    tests, failures = sum(part.tests for part in done), sum(part.failures for part in done)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="lstmshape" tests="{tests}" failures="{failures}" errors="0">\n'
    yield from (part.text for part in done)
    yield "</testsuites>\n"


def _case(diagnostic: Diagnostic, report: FileReport, path: str, *, fails: bool) -> str:
    start = diagnostic.locate(report.document).start
    name = f"{diagnostic.code} {diagnostic.name} at {start.line}:{start.column}"
    body = _text(whole_block(diagnostic, report))
    told = (
        f'<failure type="{diagnostic.code}" message="{_attribute(diagnostic.message)}">{body}'
        "</failure>"
        if fails
        else f"<system-out>{body}</system-out>"
    )
    return f'  <testcase classname="{path}" name="{name}">{told}</testcase>\n'


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _text(escape(text)).replace('"', "&quot;")
