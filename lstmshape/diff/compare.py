"""Layers of two models matched, and what a file of the first's weights does in the second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from lstmshape.case import Case
from lstmshape.diff.loading import Loading, by_name, in_order, of_archive
from lstmshape.diff.rows import Row, rows_of

Kind = Literal["same", "changed", "renamed", "added", "removed"]


class Pair(NamedTuple):
    """A layer of A and the one of B that it became; one of them may be missing."""

    a: Row | None
    b: Row | None
    #: how many models it stands in, inside the outermost
    depth: int = 0

    @property
    def kind(self) -> Kind:
        if self.a is None:
            return "added"
        if self.b is None:
            return "removed"
        if _nameless(self.a) != _nameless(self.b):
            return "changed"
        return "same" if self.a.name == self.b.name else "renamed"


class Comparison(NamedTuple):
    """What `diff` shows."""

    #: the layers of a model inside follow it
    pairs: list[Pair]
    #: of a `.keras` or `.weights.h5` file of A in B
    loading: Loading
    #: of an `.h5` file, as Keras loads it by default, and with `by_name=True`
    h5_in_order: Loading
    h5_by_name: Loading


def compare(a: Case, b: Case) -> Comparison:
    """Two models side by side; they may have errors, whose layers then count as not loading."""
    left, right = rows_of(a.flow), rows_of(b.flow)
    loadings = [load(left, right) for load in (of_archive, in_order, by_name)]
    if left == right:
        loadings = [loading.of_equals() for loading in loadings]
    return Comparison(_matched(left, right, 0), *loadings)


def _nameless(row: Row) -> Row:
    """A layer whatever it, and what is in it, is called."""
    weights = tuple(weight._replace(name="") for weight in row.weights) if row.inner else None
    inner = tuple(map(_nameless, row.inner))
    return row._replace(name="", inner=inner, weights=row.weights if weights is None else weights)


def _matched(left: Sequence[Row], right: Sequence[Row], depth: int) -> list[Pair]:
    """Pairs by name, then by class in order; in the order of B, removed ones where they stood."""
    partner = _partners(left, right)
    free = [n for n in range(len(left)) if n not in partner.values()]
    pairs: list[Pair] = []
    for n, row in enumerate(right):
        before = partner.get(n)
        while before is not None and free and free[0] < before:
            pairs += _pair(left[free.pop(0)], None, depth)
        pairs += _pair(None if before is None else left[before], row, depth)
    for n in free:
        pairs += _pair(left[n], None, depth)
    return pairs


def _pair(a: Row | None, b: Row | None, depth: int) -> list[Pair]:
    """A pair, and behind it those of the layers in it."""
    inner = _matched(a.inner if a else (), b.inner if b else (), depth + 1)
    return [Pair(a, b, depth), *inner]


def _partners(left: Sequence[Row], right: Sequence[Row]) -> dict[int, int]:
    """By the number of a layer of B that of the layer of A that it became."""
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
    return partner


def _is_input(row: Row) -> bool:
    return row.class_name == "InputLayer"
