"""Whether a tree is a model's: asked of every file in a folder, and of a file that was named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: keys of a spec that say that it is one, however much else is wrong with it
_TELLING = ("layers", "input", "inputs")
_CLASS = re.compile(r"[A-Z]\w*")
_LAYERS_LINE = r"(?m:^[\"']?layers[\"']?[ \t]*:)"


def surely_model(tree: Any) -> bool:
    """Whether a file that nobody named is a spec: `layers`, a list, and inputs or a layer in it.

    Maps, container images and pipelines have `layers` too, but none in which a class is called.
    """
    if not isinstance(tree, dict) or not isinstance(tree.get("layers"), list):
        return False
    return "input" in tree or "inputs" in tree or any(map(_is_entry, tree["layers"]))


def perhaps_model(tree: Any) -> bool:
    """Whether a file that was named is to be read as a spec: it has something of one."""
    if not isinstance(tree, dict):
        return False
    if any(key in tree for key in _TELLING):
        return True
    from lstmshape.near import near_names

    return any(near_names(key, _TELLING) for key in tree if isinstance(key, str))


def like_model(text: str) -> bool:
    """Whether a text that is no YAML was to be a spec: a line that begins with `layers:`."""
    return re.search(_LAYERS_LINE, text) is not None


def described(tree: Any) -> str:
    """What a tree is, where it is no model."""
    if tree is None:
        return "the file is empty"
    if isinstance(tree, Mapping):
        keys = [f"`{str(key)[:40]}`" for key in tree]
        shown = ", ".join(keys[:4]) + (", …" if len(keys) > 4 else "")
        return f"a mapping of {shown}, without `layers`" if keys else "an empty mapping"
    if isinstance(tree, list):
        return "a list, not a mapping with `layers`"
    return f"one value ({type(tree).__name__}), not a mapping with `layers`"


def _is_entry(entry: Any) -> bool:
    """Whether it calls a class: `LSTM`, `{LSTM: {…}}`."""
    if isinstance(entry, str):
        return _CLASS.fullmatch(entry) is not None
    if not isinstance(entry, dict):
        return False
    return any(
        isinstance(key, str)
        and _CLASS.fullmatch(key)
        and (value is None or isinstance(value, dict))
        for key, value in entry.items()
    )
