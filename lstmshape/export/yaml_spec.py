"""Any model that can be read as a clean spec: one entry a line where it fits, long ones as blocks.

Comments and layout of a spec that is written anew are not kept; its meaning is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmshape.export.errors import CannotExport
from lstmshape.frontends.yaml_text import CannotSay, flow, key_words, pair

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

WIDTH = 88
#: the order in which a spec is read best; the rest follows as it stands
FIRST = ("name", "input", "inputs", "layers", "outputs")
#: sections that are written as blocks however short they are
_ALWAYS = frozenset({"layers", "inputs"})


def export(report: FileReport) -> str:
    """The YAML of a model, also of one with errors. Raises `CannotExport`."""
    try:
        return spec_yaml(report.document.tree, report.name)
    except CannotSay as problem:
        raise CannotExport(f"a value in it cannot be written in YAML: {problem}") from problem


def spec_yaml(tree: dict[str, Any], name: str) -> str:
    """A tree as text; its name is written, as another file need not be called like it."""
    tree = {"name": name, **tree}
    keys = [key for key in FIRST if key in tree]
    keys += [key for key in tree if key not in FIRST]
    return "".join(_pair(key, tree[key], 0) for key in keys)


def _pair(key: Any, value: Any, indent: int) -> str:
    """`key: value`, on one line where it fits."""
    margin = " " * indent
    nests = isinstance(value, (dict, list)) and value
    if not nests or (key not in _ALWAYS and not _surely_long(value) and not _holds_layers(value)):
        whole = f"{margin}{pair(key, value)}\n"
        if not nests or len(whole) <= WIDTH:
            return whole
    if key == "layers" and isinstance(value, list):
        value = [_bare(item) for item in value]
    return f"{margin}{key_words(key)}:\n" + _block(value, indent + 2)


def _bare(entry: Any) -> Any:
    """`{Flatten: null}` as `Flatten`."""
    alone = isinstance(entry, dict) and list(entry.values()) == [None]
    return next(iter(entry)) if alone else entry


def _block(value: Any, indent: int) -> str:
    if isinstance(value, dict):
        return "".join(_pair(key, item, indent) for key, item in value.items())
    return "".join(_item(item, indent) for item in value)


def _item(value: Any, indent: int) -> str:
    """An item of a list: an entry of one short key on its line, further keys below it."""
    margin = " " * indent
    if isinstance(value, dict) and value:
        text = _block(value, indent + 2)
        return f"{margin}- {text[indent + 2 :]}"
    whole = "" if isinstance(value, list) and _surely_long(value) else flow(value)
    if isinstance(value, list) and (not whole or len(margin) + len(whole) + 2 > WIDTH):
        text = _block(value, indent + 2)
        return f"{margin}- {text[indent + 2 :]}"
    return f"{margin}- {whole}\n"


def _surely_long(value: Any) -> bool:
    """Whether it holds more values than a line has room for: told without writing them all.

    Each takes three characters: itself, a comma, and a blank.
    """
    waiting, left = [value], WIDTH // 3
    while waiting and left >= 0:
        here = waiting.pop()
        left -= 1
        if isinstance(here, (dict, list)):
            if len(here) > left:
                return True
            waiting += here.values() if isinstance(here, dict) else here
    return left < 0


def _holds_layers(value: Any) -> bool:
    """Whether a model stands in it, whose layers are written as a list."""
    if isinstance(value, dict):
        return "layers" in value or any(map(_holds_layers, value.values()))
    return isinstance(value, list) and any(map(_holds_layers, value))
