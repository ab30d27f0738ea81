"""The arrays of a case: which an input gets, and how data are changed, with the line that does it.

Data that stand in the spec as a shape are written anew; those in files, or given to the command,
are judged as changed, and only the NumPy line is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstmshape.arrays import Array, Size
from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.feeding import Fed, Feeding
from lstmshape.graph import Node
from lstmshape.source import Path

Sizes = Sequence[Size]


def feeding(case: Case) -> Feeding | None:
    """The data of a case; None without any."""
    return Feeding(case) if case.spec.data else None


def array_of(case: Case, node: Node) -> Array | None:
    """The array that an input gets."""
    data = feeding(case)
    if data is None:
        return None
    return next((fed.array for fed in data.inputs if fed.node.index == node.index), None)


def fed_at(case: Case, path: Path) -> Fed | None:
    """What is fed from a path of the data."""
    data = feeding(case)
    if data is None:
        return None
    return next((fed for fed in data.inputs if fed.array.path == path), None)


def written(case: Case, path: Path) -> Any:
    """What stands at a path of the data; None for nothing."""
    here: Any = case.tree
    for step in path:
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here


def reshaped(case: Case, array: Array, shape: Sizes, line: str) -> Change | None:
    """The array with another shape; in `line`, `{x}` stands for its variable.

    None for one of several arrays in a file, which no path leads to.
    """
    here = written(case, array.path)
    several = isinstance(here, str) and array.name is not None and len(array.path) < 3
    if here is None or several:
        return None
    code = line.replace("{x}", array.variable)
    name = array.name if array.name is not None else str(array.path[-1])
    if len(array.path) > 2 and array.name is None:
        name = f"{array.path[1]}[{array.path[2]}]"
    return Change("set_data", array.path, value=list(shape), array=name, code=code)


def fit(wanted: Sizes, given: Sizes) -> bool:
    """Whether sizes may be equal, as far as they are known."""
    return len(wanted) == len(given) and all(
        a is None or b is None or a == b for a, b in zip(wanted, given, strict=True)
    )


def sizes(shape: Sequence[Any]) -> list[Size]:
    """Dims as sizes: a number, or None for an open one."""
    return [dim if isinstance(dim, int) else None for dim in shape]


def count(shape: Sizes) -> int | None:
    """How many values an array of these sizes has; None when one is not known."""
    total = 1
    for size in shape:
        if size is None:
            return None
        total *= size
    return total


def shown(shape: Sequence[Any]) -> str:
    """Sizes as the arguments of `reshape`."""
    return ", ".join(str(size) for size in shape)
