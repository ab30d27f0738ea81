"""What happens when Keras loads a file of one model's weights into another model.

Keras has three ways. In `.keras` and `.weights.h5` files a layer is found by its class and its
number among those of its class, in every model for itself. In old `.h5` files layers that have
weights are taken one after the other, whatever they are; or, with `by_name=True`, by their names.
There a model inside is one layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from lstmshape.diff.rows import Row
from lstmshape.layers.base import Weight

Sizes = tuple[int, ...]


class Problem(NamedTuple):
    """A layer of B whose weights would not load from a file of A, or of which nobody can tell."""

    layer: str
    #: the layer of A whose weights Keras would give it; None where the file has none
    source: str | None
    reason: str
    #: each weight's name, and its shapes in A and in B
    weights: tuple[tuple[str, Sizes | None, Sizes | None], ...] = ()
    #: whether it cannot be told: what the layer weighs is not known
    open: bool = False


class Loading(NamedTuple):
    """One way to load. Without problems Keras says nothing, also of what was left out."""

    problems: list[Problem]
    #: layers of A whose weights nothing in B asks for
    unused: list[str]
    #: layers of B that keep the weights that they were made with
    unset: list[str]
    #: (layer of B, layer of A): it gets the weights of another layer than that of its own name
    moved: list[tuple[str, str]]

    @property
    def loads(self) -> bool | None:
        """None where it cannot be told."""
        if not self.problems:
            return True
        return None if all(problem.open for problem in self.problems) else False

    def of_equals(self) -> Loading:
        """The same between models in which nothing differs: what is not known is the same too."""
        return self._replace(problems=[problem for problem in self.problems if not problem.open])


# -- .keras and .weights.h5 -----------------------------------------------------------------------


def of_archive(left: Sequence[Row], right: Sequence[Row]) -> Loading:
    """By class, counted in the order of `model.layers`, in each model inside for itself."""
    saved, wanted = _keyed(left, "", ""), _keyed(right, "", "")
    pairs = [(name, row, *saved.get(key, (None, None))) for key, (name, row) in wanted.items()]
    problems = [_problem(*pair) for pair in pairs]
    names = {name for name, _ in saved.values()}
    return Loading(
        [problem for problem in problems if problem is not None],
        [name for key, (name, row) in saved.items() if key not in wanted and row.weights],
        [],
        [
            (name, source) for name, row, source, _ in pairs
            if source is not None and source != name and name in names and row.weights
        ],
    )  # fmt: skip


def _keyed(rows: Sequence[Row], above: str, path: str) -> dict[str, tuple[str, Row]]:
    """The layers, with the names of the models around them, by their places in the file."""
    counts: dict[str, int] = {}
    found = {}
    for row in rows:
        count = counts.get(row.saved_as, 0)
        counts[row.saved_as] = count + 1
        key = f"{path}{row.saved_as}_{count}" if count else f"{path}{row.saved_as}"
        if row.inner:
            found.update(_keyed(row.inner, f"{above}{row.name}/", f"{key}/"))
        else:
            found[key] = f"{above}{row.name}", row
    return found


def _problem(name: str, row: Row, source: str | None, saved: Row | None) -> Problem | None:
    if not row.known:
        return _unknown(name, None, row)
    if saved is None:
        if not row.weights:
            return None
        reason = f"no weights are saved for one more `{row.class_name}`"
        return Problem(name, None, reason, _differing((), row.weights))
    if not saved.known:
        return _unknown(name, source, saved, saved=True)
    return _misfit(name, source, row.weights, saved.weights)


def _unknown(name: str, source: str | None, row: Row, *, saved: bool = False) -> Problem:
    """What is said of a layer whose weights are not known."""
    if row.state == "open":
        what = "what would be saved is" if saved else "its weights are"
        return Problem(name, source, f"{what} not known", open=True)
    what = "what would be saved" if saved else "it"
    return Problem(name, source, f"Keras does not build {what}")


def _misfit(
    name: str, source: str | None, wanted: Sequence[Weight], saved: Sequence[Weight]
) -> Problem | None:
    """Why saved weights do not fit a layer; None where they do."""
    ours, theirs = [w.shape for w in wanted], [w.shape for w in saved]
    if ours == theirs:
        return None
    if len(ours) != len(theirs):
        reason = f"it has {_counted(len(ours))}, and {_counted(len(theirs))} saved"
    else:
        pairs = zip(wanted, theirs, strict=True)
        names = [weight.name for weight, shape in pairs if weight.shape != shape]
        reason = f"{', '.join(names)}: saved with another shape"
    return Problem(name, source, reason, _differing(saved, wanted))


def _counted(number: int) -> str:
    return f"{number} weight{'' if number == 1 else 's'}"


def _differing(
    saved: Sequence[Weight], wanted: Sequence[Weight]
) -> tuple[tuple[str, Sizes | None, Sizes | None], ...]:
    """Name by name, the shapes of what differs."""
    theirs = {weight.name: weight.shape for weight in saved}
    ours = {weight.name: weight.shape for weight in wanted}
    names = [*ours, *(name for name in theirs if name not in ours)]
    return tuple(
        (name, theirs.get(name), ours.get(name))
        for name in names
        if theirs.get(name) != ours.get(name)
    )


# -- .h5 -----------------------------------------------------------------------------------------


def in_order(left: Sequence[Row], right: Sequence[Row]) -> Loading:
    """The layers that have weights, one after the other. Keras stops at the first that fails."""
    broken = _broken(left, right)
    saved, wanted = (
        [row for row in rows if row.weights or not row.known] for rows in (left, right)
    )
    if any(not problem.open for problem in broken):
        return Loading(broken, [], [], [])
    if not broken and len(saved) != len(wanted):
        reason = f"it has {len(wanted)} layers with weights, and {len(saved)} are saved"
        return Loading([Problem("the model", None, reason)], [], [], [])
    pairs = list(takewhile(_both_known, zip(wanted, saved, strict=False)))
    problems = [_old_misfit(row, source) for row, source in pairs]
    names = {row.name for row in saved}
    return Loading(
        [problem for problem in problems if problem is not None] + broken, [], [],
        [
            (row.name, source.name) for row, source in pairs
            if row.name != source.name and row.name in names
        ],
    )  # fmt: skip


def _both_known(pair: tuple[Row, Row]) -> bool:
    return all(row.known for row in pair)


def by_name(left: Sequence[Row], right: Sequence[Row]) -> Loading:
    """Layers of one name, whatever their classes; the others stay as they are without a word."""
    sources = {row.name: row for row in left}
    names = {row.name for row in right}
    found = [(row, sources[row.name]) for row in right if row.name in sources]
    problems = [_old_misfit(row, source) for row, source in filter(_both_known, found)]
    broken = _broken(left, right)
    misfits = [problem for problem in problems if problem is not None]
    return Loading(
        broken if any(not problem.open for problem in broken) else misfits + broken,
        [row.name for row in left if row.weights and row.name not in names],
        [row.name for row in right if row.weights and row.name not in sources],
        [],
    )


def _broken(left: Sequence[Row], right: Sequence[Row]) -> list[Problem]:
    """What Keras does not build: it saves, or loads, nothing; else what is not known."""
    found = [
        _unknown(row.name, None, row, saved=rows is left)
        for rows in (right, left)
        for row in rows
        if not row.known
    ]
    return [problem for problem in found if not problem.open] or found


def _old_misfit(row: Row, saved: Row) -> Problem | None:
    return _misfit(row.name, saved.name, _old_order(row), _old_order(saved))


def _old_order(row: Row) -> list[Weight]:
    """The weights as old files have them: what is trained comes first."""
    return sorted(row.weights, key=lambda weight: not weight.trainable)
