"""What a rule is: one class with its code, its page, its examples, its check and its proposals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from lstmshape.case import Case, entry_path
from lstmshape.diagnostics import Diagnostic, Proposal, Related, Severity
from lstmshape.facts import Fact
from lstmshape.source import Place


class Rule:
    """Base of all rules.

    The docstring is the page that `lstmshape explain CODE` shows: its first line says what is
    wrong, the rest why it matters and what to do. `bad` and `good` are whole specs: a test holds
    that `bad` gives exactly this code and `good` nothing at all.
    """

    code: ClassVar[str]
    #: kebab-case; it states the bad thing
    name: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    bad: ClassVar[str]
    good: ClassVar[str]
    #: the topic of `lstmshape explain` that teaches what is behind it
    topic: ClassVar[str | None] = None
    #: the facts that it may explain
    facts: ClassVar[tuple[type[Fact], ...]] = ()
    #: asked after the rules that look at a fact more closely
    general: ClassVar[bool] = False

    def explain(self, fact: Any, case: Case) -> Diagnostic | None:
        """The diagnostic for a fact, or None when another rule knows better."""
        return None

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        """Diagnostics that come from the whole model and not from one fact."""
        return ()

    def found(
        self,
        place: Place,
        message: str,
        *,
        case: Case | None = None,
        fact: Fact | None = None,
        label: str = "",
        expected: str | None = None,
        actual: str | None = None,
        related: Iterable[Related] = (),
        proposals: Iterable[Proposal] = (),
        severity: Severity | None = None,
    ) -> Diagnostic:
        """A diagnostic of this rule."""
        node = case.node_at(place.path) if case is not None else None
        diagnostic = Diagnostic(
            code=self.code, name=self.name, severity=severity or self.severity, message=message,
            place=place, label=label, keras=fact.keras if fact is not None else None,
            layer=node.name if node is not None else None, expected=expected, actual=actual,
            related=tuple(r for r in related if r.place != place or r.span),
            proposals=tuple(proposals), topic=self.topic,
        )  # fmt: skip
        diagnostic.fact = fact
        diagnostic.span = getattr(fact, "span", None)
        return diagnostic


def report_path(place: Place) -> list[str | int]:
    """The path as reports show it: the key of a class stands for its entry."""
    path = place.path
    if place.part == "key" and len(path) > 1 and entry_path(path[:-1]) == path[:-1]:
        return list(path[:-1])
    return list(path)
