"""What a person is told: data only."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lstmshape.changes import Change
from lstmshape.facts import KerasSays
from lstmshape.frontends.document import Document
from lstmshape.source import Place, Span, TextEdit

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
FixKind = Literal["spec", "data"]


class Related(NamedTuple):
    """Another place that has to do with it, with what is said there."""

    message: str
    place: Place
    layer: str | None = None
    #: set where there is no tree to point into
    span: Span | None = None

    def locate(self, document: Document) -> Span:
        """Where it is shown in the text."""
        return self.span if self.span is not None else document.locate(self.place)


class Proposal(NamedTuple):
    """A change that may mend it, not yet proved. `safe`: it keeps what the author meant."""

    title: str
    changes: tuple[Change, ...]
    safe: bool = True
    kind: FixKind = "spec"


class Fix(NamedTuple):
    """A proposal that was written, read back, judged on the whole model, and found to mend it."""

    title: str
    changes: tuple[Change, ...]
    safe: bool
    kind: FixKind
    edits: tuple[TextEdit, ...]
    #: of the changed model, for JSON: a shape an output
    output_shapes: tuple[Any, ...]
    params: int


class Diagnostic:
    """One cause, said once. `message` stands alone; `label` stands under the marked text."""

    __slots__ = (
        "actual", "code", "expected", "fact", "fixes", "keras", "label", "layer", "message",
        "name", "place", "proposals", "related", "severity", "span", "topic",
    )  # fmt: skip

    def __init__(
        self,
        *,
        code: str,
        name: str,
        severity: Severity,
        message: str,
        place: Place,
        label: str = "",
        keras: KerasSays = None,
        layer: str | None = None,
        expected: str | None = None,
        actual: str | None = None,
        related: tuple[Related, ...] = (),
        proposals: tuple[Proposal, ...] = (),
        topic: str | None = None,
    ) -> None:
        self.code = code
        self.name = name
        self.severity: Severity = severity
        self.message = message
        self.place = place
        self.label = label
        self.keras = keras
        self.layer = layer
        self.expected = expected
        self.actual = actual
        self.related = related
        self.proposals = proposals
        #: the topic of `lstmshape explain` that teaches it
        self.topic = topic
        #: filled by the repair stage
        self.fixes: tuple[Fix, ...] = ()
        #: the fact behind it, when one is
        self.fact: Any = None
        #: set where there is no tree to point into
        self.span: Span | None = None

    def locate(self, document: Document) -> Span:
        """Where it is shown in the text."""
        return self.span if self.span is not None else document.locate(self.place)

    @property
    def key(self) -> tuple[str, Place, str]:
        """What makes it the same diagnostic before and after a change elsewhere."""
        return self.code, self.place, self.message

    def __repr__(self) -> str:
        return f"<{self.code} {self.name} at {self.place.path}: {self.message}>"
