"""A model after changes, judged when somebody asks; a tree is judged once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lstmshape.case import Case, Options, judge
from lstmshape.changes import CannotChange, Change, changed
from lstmshape.diagnostics import Diagnostic
from lstmshape.repair.editing import is_implicit, values_read
from lstmshape.repair.identity import Kind, kind_of, kinds, moved
from lstmshape.repair.move import Move
from lstmshape.rules import diagnose
from lstmshape.source import Path


class Judged:
    """A tree, and all that is to be said about it; what its text says wrongly is left aside."""

    __slots__ = ("_diagnostics", "case", "tree")

    def __init__(self, tree: Any, case: Case) -> None:
        self.tree = tree
        self.case = case
        self._diagnostics: list[Diagnostic] | None = None

    @property
    def diagnostics(self) -> list[Diagnostic]:
        if self._diagnostics is None:
            self._diagnostics = diagnose(self.case)
        return self._diagnostics

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity == "error"]


class State:
    """A judged tree and the moves that led there from the spec as written."""

    __slots__ = ("cost", "judged", "moves")

    def __init__(self, judged: Judged, moves: tuple[Move, ...], cost: float) -> None:
        self.judged = judged
        self.moves = moves
        self.cost = cost

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for move in self.moves for change in move.changes)


class Bench:
    """Judges what changes make of one spec, and counts how often it had to."""

    def __init__(self, case: Case) -> None:
        tree, options = _with_data(case)
        self.where = case.where
        self.options = options
        first = case if options is case.options else judge(tree, options, case.where)
        self.base = Judged(tree, first)
        self.count = 0
        self._seen: dict[str, Judged] = {}
        self._references = references(first)

    def counterpart(self, diagnostic: Diagnostic) -> Diagnostic:
        """The same diagnostic of the tree that is changed.

        Data of the command line are in that tree, and in the text there is no place for them.
        """
        said = diagnostic.code, diagnostic.message
        same = [d for d in self.base.diagnostics if (d.code, d.message) == said]
        exact = [d for d in same if d.key == diagnostic.key]
        return (exact or same or [diagnostic])[0]

    def after(self, state: State, move: Move) -> State | None:
        """The state after a further move, or None when it does not fit or changes nothing."""
        tree = state.judged.tree
        try:
            tree = changed(tree, *move.changes)
        except CannotChange:
            return None
        key = repr(tree)
        if key not in self._seen:
            self.count += 1
            self._seen[key] = Judged(tree, judge(tree, self.options, self.where))
        after = State(self._seen[key], (*state.moves, move), state.cost + move.cost)
        return None if self._miswired(after) else after

    def _miswired(self, state: State) -> bool:
        """Whether a name that stands as it stood leads to another layer.

        Layers that come and go shift the automatic names of those behind them.
        """
        if not self._references:
            return False
        changes = state.changes
        now = references(state.judged.case)
        for path, (name, target) in self._references.items():
            there = moved(path, changes)
            found = now.get(there) if there is not None else None
            new = moved(target, changes)
            if found is not None and found[0] == name and new not in (None, found[1]):
                return True
        return False

    def start(self) -> State:
        return State(self.base, (), 0.0)


def references(case: Case) -> dict[Path, tuple[str, Path]]:
    """Where a layer or input is named: the name, and the entry that bears it."""
    nodes = case.graph.nodes
    found: dict[Path, tuple[str, Path]] = {}
    for node in nodes:
        for value in values_read(node):
            if not is_implicit(value, node):
                found[value.path] = nodes[value.node].name, nodes[value.node].path
        if node.spec is not None and node.spec.reuse is not None:
            found[(*node.path, "reuse")] = node.spec.reuse, nodes[node.base].path
    if case.spec.outputs is not None:
        for _, value in case.graph.outputs:
            found[value.path] = nodes[value.node].name, nodes[value.node].path
    return found


def _with_data(case: Case) -> tuple[Any, Options]:
    """The tree with the data that the command line gave, so that both are changed alike."""
    given = case.options
    extra = {
        key: value
        for key, value in (("x", given.x), ("y", given.y), ("batch_size", given.batch_size))
        if value is not None
    }
    if not extra or not isinstance(case.tree, dict):
        return case.tree, given
    data = case.tree.get("data")
    merged = {**(data if isinstance(data, dict) else {}), **extra}
    return {**case.tree, "data": merged}, Options(dims=given.dims)


class Target:
    """One diagnostic to be mended, held against the errors of the spec as written."""

    def __init__(
        self, base: Judged, diagnostic: Diagnostic, also: Sequence[Diagnostic] = ()
    ) -> None:
        self.base = base
        self.diagnostic = diagnostic
        self.kind = kind_of(diagnostic)
        self.is_error = any(d.key == diagnostic.key for d in base.errors)
        #: the other errors of the spec as written; those in `also` are to go as well
        gone = {diagnostic.key, *(each.key for each in also)}
        self.others = [d for d in base.errors if d.key not in gone]
        self._others = kinds(self.others)
        self._warned = kinds(d for d in base.diagnostics if d.severity == "warning")

    def left(self, state: State) -> list[Diagnostic]:
        """What keeps a state from being a fix: the diagnostic itself, and errors that are new.

        An error counts as an old one when it is of a kind, and in a place, that had one.
        """
        old = _moved(self._others, state)
        left = []
        for error in state.judged.errors:
            kind = kind_of(error)
            if old[kind] > 0:
                old[kind] -= 1
            else:
                left.append(error)
        if not self.is_error:
            left += self._same(state)
        return sorted(left, key=_layers_first)

    def _same(self, state: State) -> list[Diagnostic]:
        """The diagnostic, where it is no error, as long as there are as many of its kind."""
        before = kinds(d for d in self.base.diagnostics if d.code == self.diagnostic.code)
        now = [d for d in state.judged.diagnostics if d.code == self.diagnostic.code]
        place = moved(self.kind[1], state.changes)
        same = [d for d in now if place is not None and kind_of(d) == (self.kind[0], place)]
        return same if len(same) >= before[self.kind] else []

    def is_gone(self, state: State, left: Sequence[Diagnostic]) -> bool:
        """Whether nothing of its kind is left in its place."""
        place = moved(self.kind[1], state.changes)
        return all(kind_of(each) != (self.kind[0], place) for each in left)

    def was_hidden(self, state: State, error: Diagnostic) -> bool:
        """Whether an error could not show before: its call, or the model, was refused."""
        flow, path = self.base.case.flow, error.place.path
        if path[:1] != ("layers",):
            return path[:1] in (("data",), ("compile",), ("expect",)) and not flow.ok
        refused = (call.node.path for call in flow.calls if call.status != "ok")
        return any(moved(entry, state.changes) == path[:2] for entry in refused)

    def touched(self, state: State) -> list[Diagnostic]:
        """Other errors that are there still, and say something else now."""
        now = {(kind_of(d), d.message) for d in state.judged.errors}
        kinds_now = {kind for kind, _ in now}
        found = []
        for other in self.others:
            family, path = kind_of(other)
            there = moved(path, state.changes)
            if there is not None and (family, there) in kinds_now and (
                ((family, there), other.message) not in now
            ):  # fmt: skip
                found.append(other)
        return found

    def ended_too(self, state: State) -> int:
        """How many of the other errors are gone as well."""
        still = _moved(self._others, state) & kinds(state.judged.errors)
        return len(self.others) - sum(still.values())

    def new_warnings(self, state: State) -> list[Diagnostic]:
        """Warnings that a state has and the spec as written had not."""
        old = _moved(self._warned, state)
        found = []
        for each in state.judged.diagnostics:
            if each.severity == "warning":
                old[kind_of(each)] -= 1
                if old[kind_of(each)] < 0:
                    found.append(each)
        return found


def _moved(counted: Counter[Kind], state: State) -> Counter[Kind]:
    """Kinds of errors with their places as they are after the changes."""
    found: Counter[Kind] = Counter()
    changes = state.changes
    for (family, path), count in counted.items():
        there = moved(path, changes)
        if there is not None:
            found[family, there] += count
    return found


def _layers_first(diagnostic: Diagnostic) -> tuple[bool, tuple[int, ...]]:
    """What is wrong in a layer comes before what data, targets and expectations follow from it."""
    path = diagnostic.place.path
    return path[:1] != ("layers",), tuple(step for step in path if isinstance(step, int))
