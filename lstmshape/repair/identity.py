"""Which error is which, before and after a change: places move when layers come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic
from lstmshape.source import Path

#: what an error is about, so that one cause under another code is not taken for another error
Kind = tuple[str, Path]

_FAMILIES = {
    **dict.fromkeys(("LS404", "LS405", "LS407", "LS409", "LS410"), "target"),
    **dict.fromkeys(("LS401", "LS402", "LS403"), "data"),
    **dict.fromkeys(("LS106", "LS201", "LS202", "LS203", "LS204", "LS205", "LS206", "LS207",
                     "LS209", "LS212", "LS213", "LS301", "LS302", "LS306"), "call"),
}  # fmt: skip


def kind_of(diagnostic: Diagnostic) -> Kind:
    """The kind of error, and the entry (or the array, the expectation) that it is about."""
    family = _FAMILIES.get(diagnostic.code, diagnostic.code)
    path = diagnostic.place.path
    if path[:1] == ("layers",):
        # arguments may be wrong one by one; a call is refused once
        return family, path[:2] if family == "call" or len(path) < 3 else path
    return family, path


def kinds(diagnostics: Iterable[Diagnostic]) -> Counter[Kind]:
    return Counter(kind_of(d) for d in diagnostics)


def moved(path: Path, changes: Iterable[Change]) -> Path | None:
    """Where a path leads after changes; None when what it led to is gone."""
    for change in changes:
        found = _moved(path, change)
        if found is None:
            return None
        path = found
    return path


def _moved(path: Path, change: Change) -> Path | None:
    length = len(change.path)
    if change.op == "insert_layer":
        return _shifted(path, change.path, 1)
    if change.op == "remove_layer":
        if path[:length] == change.path:
            return None
        return _shifted(path, change.path, -1)
    if path[:length] != change.path or len(path) == length:
        return path
    if change.op == "set_class":
        return (*change.path, change.value, *path[length + 1 :])
    if change.op == "rename_argument" and path[length + 1 : length + 2] == (change.argument,):
        return (*path[: length + 1], change.value, *path[length + 2 :])
    if change.op in ("wrap_layer", "unwrap_layer"):
        return change.path
    return path


def _shifted(path: Path, place: Path, by: int) -> Path:
    """A path past a place in a list, when an item comes or goes there."""
    last = len(place) - 1
    if path[:last] != place[:last] or len(path) <= last:
        return path
    here, there = path[last], place[last]
    if not isinstance(here, int) or not isinstance(there, int) or here < there + (by < 0):
        return path
    return (*path[:last], here + by, *path[last + 1 :])
