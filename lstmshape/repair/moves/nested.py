"""Errors in a model inside a model: looked at as one of its own, and lifted to where it stands."""

from __future__ import annotations

from lstmshape.case import Case, judge
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import to_json
from lstmshape.layers.base import Tensor
from lstmshape.repair.move import Move
from lstmshape.rules import diagnose
from lstmshape.source import Path

#: classes that hold a model
_MODELS = ("Sequential", "Model", "Functional")


def model_around(path: Path) -> Path | None:
    """The path of the innermost model's own mapping, for a path in a model inside a model."""
    for end in range(len(path) - 1, 1, -1):
        if path[end] == "layers" and path[end - 1] in _MODELS:
            return path[:end]
    return None


def alone(case: Case, inner: Path) -> Case | None:
    """The inner model as a spec of its own, on what it is called on; None where that is unknown."""
    tree = at(case.tree, inner)
    node = case.node_at(inner)
    if not isinstance(tree, dict) or node is None:
        return None
    said = {key: tree[key] for key in ("input", "inputs", "layers", "outputs") if key in tree}
    if "input" not in said and "inputs" not in said:
        x = case.call(node).x
        # only the outermost is called on what the flow knows
        if not isinstance(x, Tensor) or sum(step in _MODELS for step in inner) > 1:
            return None
        wrapped = "TimeDistributed" in inner
        sizes = [to_json(dim) for dim in x.shape[2 if wrapped else 1 :]]
        said["input"] = [size if isinstance(size, int) else None for size in sizes]
    return judge(said, case.options, case.where)


def first_error(case: Case) -> Diagnostic | None:
    """The first error in the layers of a case."""
    return next(
        (d for d in diagnose(case) if d.severity == "error" and d.place.path[:1] == ("layers",)),
        None,
    )


def lifted(moves: list[Move], inner: Path) -> list[Move]:
    """The moves of an inner model's layers, as moves of the whole."""
    found = []
    for move in moves:
        if all(change.path[:1] == ("layers",) for change in move.changes):
            changes = tuple(_lift(change, inner) for change in move.changes)
            found.append(move._replace(changes=changes))
    return found


def _lift(change: Change, inner: Path) -> Change:
    return change._replace(path=(*inner, *change.path))
