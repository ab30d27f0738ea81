"""A change in the model's words, and the same change made on a spec's tree.

The tree is the plain data of a spec (dict, list, str, int, float, bool, None) as a frontend reads
it. `changed(tree, change)` says what a change means; a frontend's `write` says it in text, and the
two are held against each other before a fix is ever shown.
"""

from __future__ import annotations

import copy
from typing import Any, Literal, NamedTuple

from lstmshape.source import Path

Op = Literal[
    "set_argument", "remove_argument", "rename_argument", "set_class", "insert_layer",
    "remove_layer", "wrap_layer", "unwrap_layer", "set_input", "set_loss", "set_data",
    "set_expect", "set_call", "set_outputs", "set_inputs",
]  # fmt: skip


class Change(NamedTuple):
    """One change. `path` leads to the layer entry (for most), else to the value that is set.

    - `set_argument`, `remove_argument`: `argument` (and `value`) of the class at `path`
    - `rename_argument`: `argument` becomes `value`
    - `set_class`: the class at `path` becomes `value`
    - `insert_layer`: the entry `value` is put at `path` (`("layers", 3)`: it becomes the fourth);
      for reports `layer` is the one beside it, and `argument` says "after" or "before" that
    - `remove_layer`: the entry at `path` goes
    - `wrap_layer`: the class at `path` becomes the `layer` of class `value`; the name moves outside
    - `unwrap_layer`: the wrapper at `path` is replaced with its `layer`
    - `set_input`: `inputs:` of the layer entry at `path` becomes `value` (None takes it away)
    - `set_call`: call argument `argument` of the entry at `path` becomes `value` (None: taken away)
    - `set_expect`: `expect` of the entry at `path` (or of the model, `()`) becomes `value`
    - `set_inputs`: the model input at `path` (`("input",)` or `("inputs", "a")`, or deeper,
      `("input", 0)`) becomes `value`
    - `set_outputs`, `set_loss`, `set_data`: what stands at `path` becomes `value`, with the
      mappings on the way made where they are missing (None takes it away)
    """

    op: Op
    path: Path
    argument: str | None = None
    value: Any = None
    #: the layer's name, for reports only
    layer: str | None = None
    #: for `set_data`: the array and the NumPy line that does it, for reports only
    array: str | None = None
    code: str | None = None


class CannotChange(ValueError):
    """The change does not fit the tree that it was given."""


#: The keys of a layer entry that are not a class.
ENTRY_KEYS = frozenset({"inputs", "call", "expect", "reuse", "name"})


def class_key(entry: Any) -> str | None:
    """The key of a layer entry that names its class, or None."""
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, dict):
        return None
    return next((key for key in entry if key not in ENTRY_KEYS), None)


def changed(tree: Any, *changes: Change) -> Any:
    """A copy of the tree with the changes made in turn. Raises `CannotChange` where one misfits."""
    tree = _copied(tree)
    for change in changes:
        try:
            tree = _CHANGERS[change.op](tree, change)
        except CannotChange:
            raise
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise CannotChange(f"{change.op} does not fit at {change.path}") from error
    return tree


def _copied(tree: Any) -> Any:
    """A copy in which nothing stands twice; a tree may share what YAML aliases stand for."""
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list) else tree


def at(tree: Any, path: Path) -> Any:
    """The value at a path; raises KeyError, IndexError or TypeError when there is none."""
    for step in path:
        tree = tree[step]
    return tree


def _put(tree: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    at(tree, path[:-1])[path[-1]] = value
    return tree


def _put_or_take(tree: Any, path: Path, value: Any) -> Any:
    """Set or, with None, take away; mappings on the way are made where they are missing."""
    here = tree
    for step in path[:-1]:
        if isinstance(here, dict) and here.get(step) is None:
            if value is None:
                return tree
            here[step] = {}
        here = here[step]
    if value is None:
        here.pop(path[-1], None)
    else:
        here[path[-1]] = copy.deepcopy(value)
    return tree


def _entry(tree: Any, path: Path) -> dict[str, Any]:
    """The layer entry at the path as a mapping; a bare class name becomes one in place."""
    entry = at(tree, path)
    if isinstance(entry, str):
        entry = {entry: None}
        _put(tree, path, entry)
    if not isinstance(entry, dict):
        raise CannotChange(f"no layer entry at {path}")
    return entry


def _class_of(entry: dict[str, Any]) -> str:
    name = class_key(entry)
    if name is None:
        raise CannotChange("the entry has no class")
    return name


def _set_argument(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    name = _class_of(entry)
    arguments = dict(entry[name] or {})
    arguments[str(change.argument)] = copy.deepcopy(change.value)
    entry[name] = arguments
    return tree


def _remove_argument(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    del entry[_class_of(entry)][change.argument]
    return tree


def _rename_argument(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    name = _class_of(entry)
    if change.argument not in entry[name] or change.value in entry[name]:
        raise CannotChange(f"cannot rename {change.argument} to {change.value}")
    entry[name] = {
        (change.value if key == change.argument else key): value
        for key, value in entry[name].items()
    }
    return tree


def _renamed_key(entry: dict[str, Any], old: str, new: str, value: Any) -> dict[str, Any]:
    return {(new if key == old else key): (value if key == old else v) for key, v in entry.items()}


def _set_class(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    name = _class_of(entry)
    return _put(tree, change.path, _renamed_key(entry, name, change.value, entry[name]))


def _insert_layer(tree: Any, change: Change) -> Any:
    layers = at(tree, change.path[:-1])
    index = change.path[-1]
    if not isinstance(layers, list) or not isinstance(index, int) or not 0 <= index <= len(layers):
        raise CannotChange(f"no place for a layer at {change.path}")
    layers.insert(index, copy.deepcopy(change.value))
    return tree


def _remove_layer(tree: Any, change: Change) -> Any:
    del at(tree, change.path[:-1])[change.path[-1]]
    return tree


def _wrap_layer(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    name = _class_of(entry)
    inner = dict(entry[name] or {})
    outer: dict[str, Any] = {"layer": {name: inner or None}}
    if "name" in inner:
        outer["name"] = inner.pop("name")
        outer["layer"] = {name: inner or None}
    return _put(tree, change.path, _renamed_key(entry, name, change.value, outer))


def _unwrap_layer(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    name = _class_of(entry)
    inner = entry[name]["layer"]
    inner = {inner: None} if isinstance(inner, str) else inner
    inner_name = _class_of(inner)
    arguments = dict(inner[inner_name] or {})
    if "name" in entry[name] and "name" not in arguments:
        arguments["name"] = entry[name]["name"]
    return _put(
        tree, change.path, _renamed_key(entry, name, inner_name, arguments or inner[inner_name])
    )


def _set_key(key: str) -> Any:
    def change_key(tree: Any, change: Change) -> Any:
        if change.path:
            _entry(tree, change.path)
        return _put_or_take(tree, (*change.path, key), change.value)

    return change_key


def _set_call(tree: Any, change: Change) -> Any:
    entry = _entry(tree, change.path)
    _put_or_take(entry, ("call", str(change.argument)), change.value)
    if change.value is None and entry.get("call") == {}:
        del entry["call"]
    return tree


_CHANGERS: dict[str, Any] = {
    "set_argument": _set_argument,
    "remove_argument": _remove_argument,
    "rename_argument": _rename_argument,
    "set_class": _set_class,
    "insert_layer": _insert_layer,
    "remove_layer": _remove_layer,
    "wrap_layer": _wrap_layer,
    "unwrap_layer": _unwrap_layer,
    "set_input": _set_key("inputs"),
    "set_expect": _set_key("expect"),
    "set_call": _set_call,
    "set_inputs": lambda tree, change: _put(tree, change.path, copy.deepcopy(change.value)),
    "set_outputs": lambda tree, change: _put_or_take(tree, change.path, change.value),
    "set_loss": lambda tree, change: _put_or_take(tree, change.path, change.value),
    "set_data": lambda tree, change: _put_or_take(tree, change.path, change.value),
}
