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
    """Those that no comment silences; a code in one that silences nothing is itself a note."""
    comments = document.comments()
    if not comments:
        return list(diagnostics)
    used: set[tuple[Comment, str]] = set()
    kept = []
    for diagnostic in diagnostics:
        silencing = [(c, code) for c in comments for code in _silencing(c, diagnostic, document)]
        used.update(silencing)
        if not silencing:
            kept.append(diagnostic)
    idle = {c: [code for code in _codes(c) if (c, code) not in used] for c in comments}
    facts = [fact for c in comments if (fact := _fault(c, idle[c], diagnostics)) is not None]
    return kept + explain_facts(facts, case)


def _codes(comment: Comment) -> tuple[str, ...]:
    """The codes of a comment; the beginning of all of them for one without any."""
    return comment.codes or ("",)


def _fault(comment: Comment, idle: Sequence[str], diagnostics: Sequence[Diagnostic]) -> Fact | None:
    start = Position(comment.line, comment.column)
    span = Span(start, Position(comment.line, comment.column + len("# lstmshape")))
    problem = comment.problem or _no_code(comment, diagnostics)
    if problem is not None:
        return BadIgnore(problem=problem, span=span)
    if not idle:
        return None
    whole = len(idle) == len(_codes(comment))
    return UnusedIgnore(codes=tuple(filter(None, idle)), whole=whole, span=span)


def _no_code(comment: Comment, diagnostics: Sequence[Diagnostic]) -> str | None:
    """The first of its codes that is none; what was found is surely one, and not looked up."""
    for code in comment.codes:
        if not any(_names(code, diagnostic) for diagnostic in diagnostics):
            problem = no_code(code)
            if problem is not None:
                return problem
    return None


def _silencing(comment: Comment, diagnostic: Diagnostic, document: Document) -> list[str]:
    """The codes by which a comment silences a diagnostic."""
    if comment.problem is not None:
        return []
    codes = [code for code in _codes(comment) if _names(code, diagnostic)]
    if not codes or comment.scope == "ignore-file":
        return codes
    line = comment.line + (1 if comment.scope == "ignore-next-line" else 0)
    return codes if diagnostic.locate(document).start.line == line else []


def _names(code: str, diagnostic: Diagnostic) -> bool:
    return diagnostic.code.startswith(code.upper()) or diagnostic.name == code
