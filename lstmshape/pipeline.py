"""The whole pipeline on one page: text in, a report out. Read this first.

text --frontends--> Document --spec, graph, propagate--> Case --rules--> diagnostics
                                                           \\--repair--> fixes, proved
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lstmshape.case import NO_OPTIONS, Case, Options, judge
from lstmshape.collector import collector_paused
from lstmshape.diagnostics import Diagnostic, Severity
from lstmshape.facts import NoInput
from lstmshape.frontends.document import Document
from lstmshape.ignores import apply_ignores
from lstmshape.rules import diagnose, explain_facts


class Policy(NamedTuple):
    """Which diagnostics count, and as what. Codes may be prefixes: `LS3` is all of LS3xx."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = {}
    #: whether fixes are looked for and proved
    fixes: bool = True

    def selects(self, diagnostic: Diagnostic) -> bool:
        """Whether the diagnostic counts: the longest matching prefix decides, `ignore` on a tie."""
        chosen = max((len(p) for p in self.select if _matches(diagnostic, p)), default=-1)
        refused = max((len(p) for p in self.ignore if _matches(diagnostic, p)), default=-1)
        if self.select and chosen < 0:
            return False
        return chosen > refused or refused < 0


def _matches(diagnostic: Diagnostic, prefix: str) -> bool:
    return diagnostic.code.startswith(prefix.upper()) or diagnostic.name == prefix


EVERYTHING = Policy()


class FileReport:
    """What was found in one file."""

    __slots__ = ("case", "diagnostics", "document", "name")

    def __init__(
        self, document: Document, case: Case | None, diagnostics: list[Diagnostic]
    ) -> None:
        self.document = document
        #: None when nothing could be read
        self.case = case
        self.diagnostics = diagnostics
        self.name = _model_name(document, case)

    @property
    def path(self) -> str:
        return self.document.source.name

    @property
    def ok(self) -> bool:
        """No diagnostic at error level."""
        return not any(d.severity == "error" for d in self.diagnostics)

    def count(self, severity: Severity) -> int:
        return sum(d.severity == severity for d in self.diagnostics)


def _model_name(document: Document, case: Case | None) -> str:
    if case is not None and case.spec.name:
        return case.spec.name
    return stem(document.source.name) or "model"


def stem(path: str) -> str:
    """The file's name without its suffix (`pathlib` would cost 3 ms here)."""
    return os.path.splitext(os.path.basename(path))[0]


def check_document(
    document: Document,
    options: Options = NO_OPTIONS,
    policy: Policy = EVERYTHING,
    where: str | None = None,
) -> FileReport:
    """Judge one document. Never raises for what stands in it.

    `where` is the folder that files named in the spec are relative to.
    """
    if document.tree is None:
        found = explain_facts(document.facts, judge({"layers": []}))
        # what nobody can read is no clean model, whichever codes are looked for; but it can be
        # ignored, and in a text without a tree no comment can say so
        return FileReport(document, None, select(found, policy._replace(select=())))
    with collector_paused():
        case = judge(document.tree, options, where)
        diagnostics = diagnose(case, document.facts)
    if document.kind != "spec":
        _without_an_input(diagnostics)
    kept = select(apply_ignores(diagnostics, document, case), policy)
    if policy.fixes and any(d.severity == "error" or d.proposals for d in kept):
        # the search is the dearest stage, and most files need none of it
        from lstmshape.repair import repair

        repair(document, case, kept)
    return FileReport(document, case, in_reading_order(kept, document))


def _without_an_input(diagnostics: Iterable[Diagnostic]) -> None:
    """A file of Keras may say no input: Keras builds such a model on what it is first called on."""
    for diagnostic in diagnostics:
        if isinstance(diagnostic.fact, NoInput):
            diagnostic.severity, diagnostic.keras = "warning", "builds"
            diagnostic.message += "; Keras builds it on the first batch"


def select(diagnostics: Iterable[Diagnostic], policy: Policy) -> list[Diagnostic]:
    """Those that the policy keeps, with the severities that it gives."""
    kept = [d for d in diagnostics if policy.selects(d)]
    for diagnostic in kept:
        for key in (diagnostic.code, diagnostic.name):
            if key in policy.severities:
                diagnostic.severity = policy.severities[key]
    return kept


def in_reading_order(diagnostics: Sequence[Diagnostic], document: Document) -> list[Diagnostic]:
    """By position in the text, then by code."""
    if len(diagnostics) < 2:
        return list(diagnostics)
    return sorted(diagnostics, key=lambda d: (d.locate(document).start, d.code))
