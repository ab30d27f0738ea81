"""What the formats for other programs share: paths, fingerprints, and a finding as plain text."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator

from lstmshape.diagnostics import Diagnostic
from lstmshape.pipeline import FileReport
from lstmshape.render.escape import escape
from lstmshape.render.snippets import UNKNOWN, block, effect, kind_of, more_command, plain


def relative(path: str) -> str:
    """The path as seen from the current folder, where it lies below it: tools want it so."""
    if not os.path.isabs(path):
        return path
    here = os.getcwd() + os.sep
    return path.removeprefix(here).replace(os.sep, "/")


def fingerprints(report: FileReport) -> Iterator[str]:
    """One for each diagnostic of a file, the same wherever its lines move."""
    seen: Counter[str] = Counter()
    for diagnostic in report.diagnostics:
        parts = (relative(report.path), diagnostic.code, diagnostic.layer, diagnostic.message)
        key = "\0".join(str(part) for part in parts)
        whole = f"{key}\0{seen[key]}"
        seen[key] += 1
        yield hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def paragraph(diagnostic: Diagnostic) -> list[str]:
    """A finding where its text is shown beside it: message, related places, fixes."""
    lines = [escape(diagnostic.message)]
    if diagnostic.label and diagnostic.label not in diagnostic.message:
        lines.append(escape(diagnostic.label))
    for related in diagnostic.related:
        layer = f"{escape(related.layer)}: " if related.layer else ""
        lines.append(f"{layer}{escape(related.message)}")
    for fix in diagnostic.fixes:
        proof = f"(verified: {effect(fix, UNKNOWN)})"
        lines.append(f"help{kind_of(fix)}: {escape(fix.title)} {proof}")
    return [*lines, f"more: {more_command(diagnostic)}"]


def whole_block(diagnostic: Diagnostic, report: FileReport) -> str:
    """A finding as a person reads it, with the lines of the file."""
    return "\n".join(plain(line) for line in block(diagnostic, report.document, room=100))
