"""Applying fixes to one file: the first that counts of each diagnostic, one by one, judged anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lstmshape.case import Options
from lstmshape.frontends import read
from lstmshape.frontends.document import Document
from lstmshape.frontends.text import BOM
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.render.base import applicable
from lstmshape.source import apply_edits

#: fixes applied to one file in one run; more than any file needs
MOST = 200


class Fixed(NamedTuple):
    """The file after its fixes: the report on it, its text, and how many were applied."""

    report: FileReport
    text: str
    applied: int


def fix_document(
    document: Document, options: Options, policy: Policy, where: str | None, *, unsafe: bool
) -> Fixed:
    """Apply fixes until none is left, or one leads back to a text that was there before."""
    report = check_document(document, options, policy, where)
    text = document.source.text
    seen = {text}
    count = 0
    while count < MOST:
        changed = next(_candidates(report, text, seen, unsafe), None)
        if changed is None:
            break
        text = changed
        seen.add(text)
        count += 1
        document = read(document.source.name, text.encode("utf-8", "surrogatepass"))
        report = check_document(document, options, policy, where)
    return Fixed(report, text, count)


def _candidates(report: FileReport, text: str, seen: set[str], unsafe: bool) -> Iterator[str]:
    """The texts that the fixes to apply lead to, in the order of the diagnostics."""
    for diagnostic in report.diagnostics:
        fix = applicable(diagnostic, unsafe=unsafe)
        if fix is not None:
            changed = apply_edits(text, fix.edits)
            if changed not in seen:
                yield changed


def encoded(text: str, before: bytes) -> bytes:
    """The bytes of a text, with the byte order mark that the file had before."""
    return (BOM if before.startswith(BOM) else b"") + text.encode("utf-8")


def unified_diff(path: str, before: str, after: str) -> str:
    """What changes, as `diff -u` shows it and `patch` takes it."""
    from difflib import unified_diff as diff

    lines = diff(before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=3)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
