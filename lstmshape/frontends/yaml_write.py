"""The writer of specs in YAML: a change in the model's words becomes edits of the text.

It refuses, with None, what would say something else too: a place behind an alias or a merge key, or
in a node that an alias leads to; a place on whose way a key stands twice, or something malformed.
What it writes is held against `changed(tree, change)` by `proved_write`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lstmshape.changes import Change
from lstmshape.facts import Malformed
from lstmshape.frontends.yaml_edit import Unsafe
from lstmshape.frontends.yaml_nodes import SequenceNode, is_plain
from lstmshape.frontends.yaml_scalars import SWITCHES, switch_at
from lstmshape.frontends.yaml_text import CannotSay
from lstmshape.frontends.yaml_wrap import unwrap, wrap
from lstmshape.frontends.yaml_writer import Writer
from lstmshape.source import Path, TextEdit

if TYPE_CHECKING:
    from lstmshape.frontends.yaml_spec import YamlDocument


def write_change(document: YamlDocument, change: Change) -> Sequence[TextEdit] | None:
    """The edits that make the change; None when it does not fit, or cannot be written safely."""
    if document.nodes is None or _is_doubtful(document, change.path):
        return None
    writer = Writer(document.nodes, document.tree)
    try:
        WRITERS[change.op](writer, change)
    except (Unsafe, CannotSay, KeyError, IndexError, TypeError):
        return None
    edits = sorted(writer.edits, key=lambda edit: (edit.start, edit.end))
    return [TextEdit(document.span(edit.start, edit.end), edit.text) for edit in edits]


def _is_doubtful(document: YamlDocument, path: Path) -> bool:
    """Whether something on the way to a place is not what its author meant."""
    for fact in document.facts:
        if isinstance(fact, Malformed):
            way = fact.place.path
            if path[: len(way)] == way:
                return True
    return False


# -- one function an op --------------------------------------------------------------------------


def _set_argument(writer: Writer, change: Change) -> None:
    name, argument = writer.class_of(change.path), str(change.argument)
    if writer.is_bare(change.path):
        writer.put_entry(change.path, {name: {argument: change.value}})
        return
    path = (*change.path, name)
    arguments = writer.value(path)
    if arguments and not isinstance(arguments, dict):
        raise TypeError("no arguments")
    if isinstance(arguments, dict):
        writer.set((*path, argument), change.value)
    else:
        writer.set(path, {argument: change.value})


def _remove_argument(writer: Writer, change: Change) -> None:
    writer.take((*change.path, writer.class_of(change.path), str(change.argument)))


def _rename_argument(writer: Writer, change: Change) -> None:
    path = (*change.path, writer.class_of(change.path))
    if change.value in writer.value(path):
        raise KeyError(change.value)
    old, new = (*path, str(change.argument)), (*path, change.value)
    step = writer.rename_at(old, change.value)
    if is_plain(step.node) and step.node.value in SWITCHES and switch_at(old) != switch_at(new):
        # `on` is true at one key and a word at another
        writer.put(step.parent, step.number, writer.words(step.parent, writer.value(old)))


def _set_class(writer: Writer, change: Change) -> None:
    name = writer.class_of(change.path)
    if writer.is_bare(change.path):
        writer.put_entry(change.path, {change.value: None})
        return
    writer.rename_at((*change.path, name), change.value)


def _insert_layer(writer: Writer, change: Change) -> None:
    layers = writer.node(change.path[:-1])
    index = change.path[-1]
    if not isinstance(layers, SequenceNode) or not isinstance(index, int):
        raise TypeError("no list of layers")
    if not 0 <= index <= writer.rows(layers):
        raise IndexError(index)
    writer.add_item(layers, index, change.value)


def _remove_layer(writer: Writer, change: Change) -> None:
    writer.take(change.path)


def _set_key(key: str) -> Callable[[Writer, Change], None]:
    def set_key(writer: Writer, change: Change) -> None:
        entry = writer.value(change.path)
        if not isinstance(entry, str):
            writer.set_or_take((*change.path, key), change.value, len(change.path))
            return
        extra = {} if change.value is None else {key: change.value}
        writer.put_entry(change.path, {entry: None, **extra})

    return set_key


def _set_call(writer: Writer, change: Change) -> None:
    entry, argument = writer.value(change.path), str(change.argument)
    if not isinstance(entry, (dict, str)):
        raise TypeError("no layer entry")
    if isinstance(entry, str):
        extra = {} if change.value is None else {"call": {argument: change.value}}
        writer.put_entry(change.path, {entry: None, **extra})
        return
    call = entry.get("call")
    if change.value is None and isinstance(call, dict) and set(call) <= {argument}:
        writer.take((*change.path, "call"))
        return
    writer.set_or_take((*change.path, "call", argument), change.value, len(change.path))


def _set_inputs(writer: Writer, change: Change) -> None:
    if not change.path:
        raise Unsafe("the whole model")
    writer.set(change.path, change.value)


def _set_or_take(writer: Writer, change: Change) -> None:
    writer.set_or_take(change.path, change.value)


WRITERS: dict[str, Callable[[Writer, Change], None]] = {
    "set_argument": _set_argument,
    "remove_argument": _remove_argument,
    "rename_argument": _rename_argument,
    "set_class": _set_class,
    "insert_layer": _insert_layer,
    "remove_layer": _remove_layer,
    "wrap_layer": wrap,
    "unwrap_layer": unwrap,
    "set_input": _set_key("inputs"),
    "set_expect": _set_key("expect"),
    "set_call": _set_call,
    "set_inputs": _set_inputs,
    "set_outputs": _set_or_take,
    "set_loss": _set_or_take,
    "set_data": _set_or_take,
}
