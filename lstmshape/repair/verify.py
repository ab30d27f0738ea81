"""Belief in a fix: the text, written and read back, says exactly the change that was judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstmshape.case import Case, judge
from lstmshape.changes import CannotChange, Change, changed
from lstmshape.diagnostics import Diagnostic, Fix, Proposal
from lstmshape.dims import to_json
from lstmshape.flow import totals
from lstmshape.frontends.document import Document
from lstmshape.frontends.proof import proved, same
from lstmshape.repair.identity import kind_of, kinds
from lstmshape.repair.state import Bench, State
from lstmshape.rules import diagnose
from lstmshape.source import TextEdit

#: changes of which a later one at the same place makes the earlier one needless
_LAST_COUNTS = ("set_argument", "set_inputs", "set_loss", "set_data", "set_call", "set_outputs")
#: changes after which a path may lead elsewhere
_STRUCTURAL = ("insert_layer", "remove_layer", "wrap_layer", "unwrap_layer", "set_class")


def as_fix(document: Document, bench: Bench, state: State) -> Fix | None:
    """A state that mends a diagnostic as a fix, when it can be written."""
    changes = shortest(bench.base.tree, state.changes, state.judged.tree)
    edits = _edits(document, bench, changes)
    if edits is None:
        return None
    case = state.judged.case
    # a move that a later one takes back is no part of what is done
    done = [move for move in state.moves if any(change in changes for change in move.changes)]
    title = "; ".join(dict.fromkeys(move.title for move in done))
    safe = all(move.safe for move in state.moves)
    kind = "data" if any(move.kind == "data" for move in state.moves) else "spec"
    return Fix(
        title, changes, safe, "data" if kind == "data" else "spec", tuple(edits),
        output_shapes(case), totals(case.flow.weights()).params,
    )  # fmt: skip


def shortest(tree: Any, changes: tuple[Change, ...], wanted: Any) -> tuple[Change, ...]:
    """The changes without those that a later one makes needless, as long as they say the same."""
    last = {_spot(change): number for number, change in enumerate(changes)}
    kept: list[Change] = []
    for number, change in enumerate(changes):
        if change.op not in _LAST_COUNTS or last[_spot(change)] == number:
            kept.append(change)
        elif any(c.op in _STRUCTURAL for c in changes[number + 1 :]):
            return changes
    try:
        here = changed(tree, *kept)
    except CannotChange:
        return changes
    return tuple(kept) if same(here, wanted) else changes


def _spot(change: Change) -> tuple[object, ...]:
    """What a later change of the same makes needless."""
    return change.op, change.path, change.argument


def _edits(
    document: Document, bench: Bench, changes: Sequence[Change]
) -> Sequence[TextEdit] | None:
    """The proved edits of what stands in the text; data that stand in files are not written."""
    in_text = [change for change in changes if not _is_elsewhere(document, bench, change)]
    if not in_text:
        return ()
    written = proved(document, in_text)
    return None if written is None else written[0]


def _is_elsewhere(document: Document, bench: Bench, change: Change) -> bool:
    """Whether a change of data is one of a file, or of what the command line gave."""
    if change.op != "set_data":
        return False
    ours, theirs = _at(document.tree, change.path), _at(bench.base.tree, change.path)
    return isinstance(ours, str) or ours != theirs


def _at(tree: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def output_shapes(case: Case) -> tuple[Any, ...]:
    """The shape of each output of a model, as JSON has it."""
    return tuple(
        tuple(to_json(dim) for dim in tensor.shape)
        for _, tensor in case.flow.outputs()
        if tensor is not None
    )


def text_fix(
    document: Document, case: Case, diagnostics: Sequence[Diagnostic], target: Diagnostic,
    proposal: Proposal,
) -> Fix | None:  # fmt: skip
    """A fix of what the text says, and not of what it says it about: read back and judged whole."""
    written = proved(document, proposal.changes)
    if written is None:
        return None
    edits, after = written
    new = judge(after.tree, case.options, case.where)
    found = diagnose(new, after.facts)
    if any(kind_of(d) == kind_of(target) for d in found if d.code == target.code):
        return None
    before = kinds(d for d in diagnostics if d.severity == "error" and d is not target)
    if kinds(d for d in found if d.severity == "error") - before:
        return None
    return Fix(
        proposal.title, proposal.changes, proposal.safe, proposal.kind, tuple(edits),
        output_shapes(new), totals(new.flow.weights()).params,
    )  # fmt: skip
