"""Belief in a fix: the change is made, judged on the whole model, written, and read back.

A fix is listed only when three things hold: the text, written and read back, says exactly the
change; the diagnostic that it answers is gone; no new error appeared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lstmshape.case import Case, judge
from lstmshape.changes import CannotChange, Change, changed
from lstmshape.diagnostics import Diagnostic, Fix, Proposal
from lstmshape.dims import to_json
from lstmshape.facts import ReadingFact
from lstmshape.flow import totals
from lstmshape.frontends.document import Document
from lstmshape.frontends.proof import proved
from lstmshape.rules import diagnose, explain_facts

Errors = Counter[str]


class Judged:
    """A model after changes, and what is still wrong with it."""

    __slots__ = ("case", "changes", "diagnostics", "tree")

    def __init__(
        self, tree: Any, case: Case, diagnostics: Sequence[Diagnostic], changes: tuple[Change, ...]
    ) -> None:
        self.tree = tree
        self.case = case
        self.diagnostics = diagnostics
        self.changes = changes

    def errors(self) -> Errors:
        """How many errors of each code there are."""
        return Counter(d.code for d in self.diagnostics if d.severity == "error")

    def count(self, code: str) -> int:
        return sum(d.code == code for d in self.diagnostics)


class Verifier:
    """Judges changes to one document's model; a tree is judged once."""

    def __init__(self, document: Document, case: Case, diagnostics: Sequence[Diagnostic]) -> None:
        self.document = document
        self.base = Judged(case.tree, case, diagnostics, ())
        self._seen: dict[str, Judged] = {}

    def after(self, state: Judged, changes: Sequence[Change]) -> Judged | None:
        """The model after further changes, or None when they do not fit."""
        tree = state.tree
        try:
            for change in changes:
                tree = changed(tree, change)
        except CannotChange:
            return None
        key = repr(tree)
        if key not in self._seen:
            case = judge(tree, state.case.options, state.case.where)
            found = diagnose(case)
            self._seen[key] = Judged(tree, case, found, ())
        known = self._seen[key]
        return Judged(tree, known.case, known.diagnostics, (*state.changes, *changes))

    def mends(self, state: Judged, target: Diagnostic) -> bool:
        """The target is gone and no error is there that was not there before."""
        allowed = self.base.errors()
        if target.severity == "error":
            allowed[target.code] -= 1
        if state.count(target.code) >= self.base.count(target.code):
            return False
        return all(count <= allowed[code] for code, count in state.errors().items())

    def fix(self, target: Diagnostic, proposal: Proposal) -> Fix | None:
        """The proposal as a fix, when it holds."""
        reading = isinstance(target.fact, ReadingFact)
        state = self.after(self.base, proposal.changes)
        if state is None or (not reading and not self.mends(state, target)):
            return None
        written = proved(self.document, proposal.changes)
        if written is None:
            return None
        edits, after = written
        if reading:
            whole = diagnose(state.case, after.facts)
            if not self.mends(Judged(state.tree, state.case, whole, ()), target):
                return None
        elif len(explain_facts(after.facts, state.case)) > len(self.document.facts):
            return None
        return Fix(
            proposal.title, proposal.changes, proposal.safe, proposal.kind, tuple(edits),
            _output_shapes(state.case), totals(state.case.flow.weights()).params,
        )  # fmt: skip


def _output_shapes(case: Case) -> tuple[Any, ...]:
    return tuple(
        tuple(to_json(dim) for dim in tensor.shape)
        for _, tensor in case.flow.outputs()
        if tensor is not None
    )
