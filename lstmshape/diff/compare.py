"""Layers of two models matched, and what a file of the first's weights does in the second."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lstmshape.case import Case
from lstmshape.diff.rows import Row, rows_of
from lstmshape.naming import snake_case

Kind = Literal["same", "changed", "renamed", "added", "removed"]


class Pair(NamedTuple):
    """A layer of A and the one of B that it became; one of them may be missing."""

    a: Row | None
    b: Row | None

    @property
    def kind(self) -> Kind:
        if self.a is None:
            return "added"
        if self.b is None:
            return "removed"
        if self.a._replace(name="") != self.b._replace(name=""):
            return "changed"
        return "same" if self.a.name == self.b.name else "renamed"


class Problem(NamedTuple):
    """A layer of B whose weights would not load from a file of A."""

    layer: str
    #: the layer of A whose weights Keras would give it; None where the file has none
    source: str | None
    reason: str
    #: each weight's name, and its shapes in A and in B
    weights: tuple[tuple[str, tuple[int, ...] | None, tuple[int, ...] | None], ...]


class Comparison(NamedTuple):
    """What `diff` shows."""

    pairs: list[Pair]
    problems: list[Problem]
    #: layers of A whose weights nothing in B asks for
    unused: list[str]

    @property
    def loads(self) -> bool:
        return not self.problems


def compare(a: Case, b: Case) -> Comparison:
    """Two models side by side; they may have errors, whose layers then count as not loading."""
    left, right = rows_of(a), rows_of(b)
    problems, unused = _loading(left, right)
    return Comparison(_matched(left, right), problems, unused)


def _matched(left: list[Row], right: list[Row]) -> list[Pair]:
    """Pairs by name, then by class in order; in the order of B, removed ones where they stood."""
    partner: dict[int, int] = {}
    names = {row.name: n for n, row in enumerate(left)}
    for n, row in enumerate(right):
        if row.name in names and _is_input(row) == _is_input(left[names[row.name]]):
            partner[n] = names[row.name]
    free = [n for n in range(len(left)) if n not in partner.values()]
    for n, row in enumerate(right):
        if n not in partner:
            twin = next((m for m in free if left[m].class_name == row.class_name), None)
            if twin is not None:
                partner[n] = twin
                free.remove(twin)
    pairs: list[Pair] = []
    for n, row in enumerate(right):
        before = partner.get(n)
        while before is not None and free and free[0] < before:
            pairs.append(Pair(left[free.pop(0)], None))
        pairs.append(Pair(None if before is None else left[before], row))
    return pairs + [Pair(left[n], None) for n in free]


def _is_input(row: Row) -> bool:
    return row.class_name == "InputLayer"


# -- loading ------------------------------------------------------------------------------------


def _loading(left: list[Row], right: list[Row]) -> tuple[list[Problem], list[str]]:
    """What happens when B loads `.keras` weights of A.

    Keras looks for the weights of the second LSTM of B under `lstm_1`, whatever the layers are
    called: the same class, counted in the order of `model.layers`. What is left over in the file
    is passed over in silence.
    """
    saved = _keyed(left)
    problems = []
    asked = set()
    for key, row in _keyed(right).items():
        source = saved.get(key)
        asked.add(key)
        problem = _problem(row, source)
        if problem is not None:
            problems.append(problem)
    unused = [row.name for key, row in saved.items() if key not in asked and row.weights]
    return problems, unused


def _keyed(rows: list[Row]) -> dict[str, Row]:
    """The layers by the names that Keras gives them in a file of weights."""
    counts: dict[str, int] = {}
    found = {}
    for row in rows:
        base = snake_case(row.class_name)
        count = counts.get(base, 0)
        counts[base] = count + 1
        found[f"{base}_{count}" if count else base] = row
    return found


def _problem(row: Row, source: Row | None) -> Problem | None:
    if not row.known:
        return Problem(row.name, None, "Keras does not build it", ())
    if source is not None and not source.known:
        return Problem(row.name, source.name, "Keras does not build what would be saved", ())
    if source is None:
        if not row.weights:
            return None
        reason = f"no weights are saved for one more `{row.class_name}`"
        return Problem(row.name, None, reason, _weights(None, row))
    ours = [weight.shape for weight in row.weights]
    theirs = [weight.shape for weight in source.weights]
    if ours == theirs:
        return None
    if len(ours) != len(theirs):
        reason = f"it has {_counted(len(ours))}, and {_counted(len(theirs))} saved"
    else:
        names = [
            weight.name for weight, shape in zip(row.weights, theirs, strict=True)
            if weight.shape != shape
        ]  # fmt: skip
        reason = f"{', '.join(names)}: saved with another shape"
    return Problem(row.name, source.name, reason, _weights(source, row))


def _counted(number: int) -> str:
    return f"{number} weight{'' if number == 1 else 's'}"


def _weights(a: Row | None, b: Row) -> tuple[Any, ...]:
    """Name by name, the shapes of what differs."""
    theirs = {weight.name: weight.shape for weight in a.weights} if a is not None else {}
    ours = {weight.name: weight.shape for weight in b.weights}
    names = [*ours, *(name for name in theirs if name not in ours)]
    return tuple(
        (name, theirs.get(name), ours.get(name))
        for name in names
        if theirs.get(name) != ours.get(name)
    )
