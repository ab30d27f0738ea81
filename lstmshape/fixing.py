"""Applying fixes to one file: the first that counts of each diagnostic, one by one, judged anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lstmshape.case import Options
from lstmshape.changes import CannotChange, changed
from lstmshape.diagnostics import Fix
from lstmshape.frontends import read
from lstmshape.frontends.document import Document
from lstmshape.frontends.proof import same
from lstmshape.frontends.text import BOM
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.render.base import applicable
from lstmshape.source import apply_edits

#: fixes applied to one file in one run; more than any file needs
MOST = 200
#: a model of many calls or findings is judged for fewer rounds of fixes, but for some in any case;
#: what is left then is reported, and the next run goes on with it
MOST_CALLS, LEAST = 10_000, 10
#: so many of one kind are applied one by one
FEW = 3
#: mistakes of a class or an argument, wherever the layer stands
OWN = ("LS101", "LS102", "LS103", "LS104", "LS105", "LS106")


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
    # findings are made anew each time, and cost what calls do and more
    calls = 3 * len(report.diagnostics)
    calls += len(report.case.graph.nodes) if report.case is not None else 0
    for _ in range(min(MOST, max(LEAST, MOST_CALLS // max(calls, 1)))):
        together = _own_mistakes(report, unsafe)
        made = _made_at_once(document, together) if len(together) > FEW else None
        if made is None or made.source.text in seen:
            fixed = next(_candidates(report, text, seen, unsafe), None)
            if fixed is None:
                break
            made = read(document.source.name, fixed.encode("utf-8", "surrogatepass"))
            together = []
        document, text = made, made.source.text
        seen.add(text)
        count += len(together) or 1
        report = check_document(document, options, policy, where)
    return Fixed(report, text, count)


def _own_mistakes(report: FileReport, unsafe: bool) -> list[Fix]:
    """Fixes of mistakes of one kind that layers make by themselves, each in one argument.

    None of them can mend or change what another is about, so that they can be made at once: a model
    of a hundred layers in an old version's words would else be judged a hundred times.
    """
    found: dict[tuple[object, ...], Fix] = {}
    code = None
    for diagnostic in report.diagnostics:
        fix = applicable(diagnostic, unsafe=unsafe)
        if fix is None or diagnostic.code not in (OWN if code is None else (code,)):
            continue
        change = fix.changes[0]
        if len(fix.changes) == 1 and change.path == diagnostic.place.path[: len(change.path)]:
            code = diagnostic.code
            found.setdefault((change.path, change.argument), fix)
    return list(found.values())


def _made_at_once(document: Document, fixes: Sequence[Fix]) -> Document | None:
    """The document with all of the fixes, when its text says just that."""
    try:
        text = apply_edits(document.source.text, [edit for fix in fixes for edit in fix.edits])
        wanted = changed(document.tree, *(change for fix in fixes for change in fix.changes))
    except (CannotChange, ValueError):  # one lies within another
        return None
    made = read(document.source.name, text.encode("utf-8", "surrogatepass"))
    return made if same(made.tree, wanted) else None


def _candidates(report: FileReport, text: str, seen: set[str], unsafe: bool) -> Iterator[str]:
    """The texts that the fixes to apply lead to, in the order of the diagnostics."""
    for diagnostic in report.diagnostics:
        fix = applicable(diagnostic, unsafe=unsafe)
        if fix is not None:
            fixed = apply_edits(text, fix.edits)
            if fixed not in seen:
                yield fixed


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
