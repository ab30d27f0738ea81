"""The smallest model that still shows the same thing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Tree = dict[str, Any]


def shrunk(tree: Tree, shows: Callable[[Tree], bool], most: int = 400) -> Tree:
    """Take away and make smaller, as long as `shows` holds; at most `most` questions."""
    asked = 0
    again = True
    while again and asked < most:
        again = False
        for smaller in _smaller(tree):
            asked += 1
            if asked > most:
                break
            if shows(smaller):
                tree, again = smaller, True
                break
    return tree


def _smaller(tree: Tree) -> Iterator[Tree]:
    for path in _places(tree):
        here = _at(tree, path[:-1])
        step = path[-1]
        value = here[step]
        if len(path) == 1 and step in ("layers", "input"):
            continue
        yield _changed(tree, path, _GONE)
        if type(value) is int and value > 1:
            yield _changed(tree, path, 1)
            yield _changed(tree, path, value - 1)
        if isinstance(value, str) and value in ("T", "S"):
            yield _changed(tree, path, 3)


_GONE = object()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key in list(value):
            yield (*path, key)
            yield from _places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in reversed(range(len(value))):
            yield (*path, index)
            yield from _places(value[index], (*path, index))


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _changed(tree: Tree, path: tuple[Any, ...], value: Any) -> Tree:
    new = copy.deepcopy(tree)
    here = _at(new, path[:-1])
    if value is _GONE:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return new
