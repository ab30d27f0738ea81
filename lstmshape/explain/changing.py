"""What would become of a model if something in it were changed: changed, judged, compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lstmshape.case import Case, judge
from lstmshape.changes import CannotChange, Change, changed
from lstmshape.diagnostics import Diagnostic
from lstmshape.explain.blocks import Block, Bullets, Paragraph, Table
from lstmshape.explain.numbers import Numbers
from lstmshape.flow import CallFlow, totals
from lstmshape.render.escape import escape
from lstmshape.rules import diagnose

_REFUSED = "Keras would refuse to build the model."
_WRONG = "Keras would build the model, with these errors in it."
#: rows of layers that change; what is below them follows from these
MOST_ROWS = 12
MOST_FINDINGS = 4


class Trial(NamedTuple):
    """A change to try, and how it is said."""

    title: str
    changes: tuple[Change, ...]


class Outcome(NamedTuple):
    """A model before and after, and what is said of it that was not said before."""

    before: Case
    after: Case
    new: Sequence[Diagnostic]
    gone: Sequence[Diagnostic]


def tried(case: Case, changes: Sequence[Change]) -> Outcome | None:
    """The model with the changes made; None where they do not fit."""
    tree = case.tree
    try:
        for change in changes:
            tree = changed(tree, change)
    except CannotChange:
        return None
    after = judge(tree, case.options, case.where)
    before, now = diagnose(case), diagnose(after)
    known, kept = {(d.code, d.message) for d in before}, {(d.code, d.message) for d in now}
    return Outcome(
        case, after,
        [d for d in now if (d.code, d.message) not in known],
        [d for d in before if (d.code, d.message) not in kept],
    )  # fmt: skip


def told(outcome: Outcome, numbers: Numbers) -> Iterator[Block]:
    """What an outcome is: the layers that change, what is found, where the model ends up."""
    rows = [row for row in _rows(outcome, numbers) if row is not None]
    if rows:
        shown = rows[:MOST_ROWS]
        if len(rows) > MOST_ROWS:
            shown.append((f"and {len(rows) - MOST_ROWS} more", "", ""))
        yield Table(("layer", "gives now", "would give"), tuple(shown))
    else:
        yield Paragraph("No layer's shape or parameters would change.")
    errors = [d for d in outcome.new if d.severity == "error"]
    if outcome.new:
        yield Bullets(tuple(_finding(d) for d in outcome.new[:MOST_FINDINGS]))
    said = {diagnostic.code for diagnostic in outcome.new}
    gone = ", ".join(dict.fromkeys(d.code for d in outcome.gone if d.code not in said))
    if gone:
        yield Paragraph(f"What `check` says of it now would be gone: {gone}.")
    yield Paragraph(_end(outcome, bool(errors), numbers))


def _rows(outcome: Outcome, numbers: Numbers) -> Iterator[tuple[str, str, str] | None]:
    after = {call.node.name: call for call in outcome.after.flow.calls}
    for call in outcome.before.flow.calls:
        then = after.get(call.node.name)
        if then is None:
            yield escape(call.node.name), given(call, numbers), "is gone"
            continue
        now, would = given(call, numbers), given(then, numbers)
        grown = _params(call), _params(then)
        if grown[0] != grown[1] and call.status == then.status == "ok":
            now, would = f"{now}, {grown[0]:,} params", f"{would}, {grown[1]:,} params"
        yield (escape(call.node.name), now, would) if now != would else None


def _params(call: CallFlow) -> int:
    return sum(weight.size for weight in call.weights)


def given(call: CallFlow, numbers: Numbers) -> str:
    """What a call gives, or why it gives nothing."""
    if call.status != "ok":
        return "nothing: it is refused" if call.status == "refused" else "nothing"
    labels = call.node.layer.labels() if call.node.layer is not None else ()
    shapes = [escape(numbers.shape(tensor.shape)) for tensor in call.outputs]
    if len(shapes) < 2:
        return "".join(shapes)
    named = labels if len(labels) == len(shapes) else [f":{n}" for n in range(len(shapes))]
    return ", ".join(f"{label} {shape}" for label, shape in zip(named, shapes, strict=True))


def _finding(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.severity}[{diagnostic.code}]: {escape(diagnostic.message)}"


def _end(outcome: Outcome, failed: bool, numbers: Numbers) -> str:
    if failed:
        refused = any(d.keras == "refuses" for d in outcome.new if d.severity == "error")
        return _REFUSED if refused else _WRONG
    shapes = [
        escape(numbers.shape(tensor.shape)) if tensor is not None else "unknown"
        for _, tensor in outcome.after.flow.outputs()
    ]
    if not outcome.after.flow.ok:
        return "The model would still be refused."
    before = totals(outcome.before.flow.weights()).params
    params = totals(outcome.after.flow.weights()).params
    noun = "outputs" if len(shapes) > 1 else "output"
    count = f"{params:,} params" + ("" if params == before else f" instead of {before:,}")
    return f"The model would work: {noun} {', '.join(shapes)}, {count}."
