"""Inline ignores: comments in a spec that silence a diagnostic where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.facts import BadIgnore, Fact, UnusedIgnore
from lstmshape.frontends.document import Comment, Document
from lstmshape.rules import explain_facts, no_code
from lstmshape.source import Position, Span


def apply_ignores(
    diagnostics: Sequence[Diagnostic], document: Document, case: Case
) -> list[Diagnostic]:
    """Those that no comment silences; a comment that silences nothing is itself a note."""
    comments = document.comments()
    if not comments:
        return list(diagnostics)
    used: set[Comment] = set()
    kept = []
    for diagnostic in diagnostics:
        silencing = [c for c in comments if _silences(c, diagnostic, document)]
        used.update(silencing)
        if not silencing:
            kept.append(diagnostic)
    facts = [fact for c in comments if (fact := _fault(c, c in used, diagnostics)) is not None]
    return kept + explain_facts(facts, case)


def _fault(comment: Comment, used: bool, diagnostics: Sequence[Diagnostic]) -> Fact | None:
    start = Position(comment.line, comment.column)
    span = Span(start, Position(comment.line, comment.column + len("# lstmshape")))
    problem = comment.problem or _no_code(comment, diagnostics)
    if problem is not None:
        return BadIgnore(problem=problem, span=span)
    return None if used else UnusedIgnore(codes=comment.codes, span=span)


def _no_code(comment: Comment, diagnostics: Sequence[Diagnostic]) -> str | None:
    """The first of its codes that is none; what was found is surely one, and not looked up."""
    for code in comment.codes:
        if not any(_names(code, diagnostic) for diagnostic in diagnostics):
            problem = no_code(code)
            if problem is not None:
                return problem
    return None


def _silences(comment: Comment, diagnostic: Diagnostic, document: Document) -> bool:
    if comment.problem is not None:
        return False
    if comment.codes and not any(_names(code, diagnostic) for code in comment.codes):
        return False
    if comment.scope == "ignore-file":
        return True
    line = comment.line + (1 if comment.scope == "ignore-next-line" else 0)
    return diagnostic.locate(document).start.line == line


def _names(code: str, diagnostic: Diagnostic) -> bool:
    return diagnostic.code.startswith(code.upper()) or diagnostic.name == code
