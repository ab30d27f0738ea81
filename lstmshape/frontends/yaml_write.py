"""The writer of specs in YAML: a change in the model's words becomes edits of the text.

It refuses, with None, what would say something else too: a place behind an alias or a merge key, or
in a node that an alias leads to; a place on whose way a key stands twice, or something malformed.
What it writes is held against `changed(tree, change)` by `proved_write`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lstmshape.changes import Change, class_key
from lstmshape.facts import Malformed
from lstmshape.frontends.yaml_edit import Unsafe
from lstmshape.frontends.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    is_plain,
    key_text,
)
from lstmshape.frontends.yaml_place import NodeText, Step, find_key
from lstmshape.frontends.yaml_rows import RowEditor
from lstmshape.frontends.yaml_scalars import SWITCHES, switch_at
from lstmshape.frontends.yaml_text import CannotSay, flow, key_words
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


class Writer(RowEditor):
    """Makes changes at paths of the tree."""

    def __init__(self, nodes: NodeText, tree: Any) -> None:
        super().__init__(nodes)
        self.tree = tree

    # -- finding what may be written -------------------------------------------------------------

    def node(self, path: Path) -> tuple[Node, Step | None]:
        """The node at a path and the last step to it; it may be written in."""
        trail = self.nodes.trail(path)
        if trail.rest:
            raise KeyError(path)
        self.may_write_in(self.nodes.root)
        for step in trail.steps:
            self._may_follow(step)
            self.may_write_in(step.node)
        return trail.node, trail.steps[-1] if trail.steps else None

    def _may_follow(self, step: Step) -> None:
        spans, parent = self.nodes.aliases.spans, id(step.parent)
        if step.merged or (parent, step.number) in spans:
            raise Unsafe("behind an alias or a merge key")
        if step.key is None:
            return
        if (parent, step.number - 1) in spans:
            raise Unsafe("the key is an alias")
        if [key_text(key) for key, _ in step.parent.value].count(step.key.value) > 1:
            raise Unsafe("a key that stands there twice")

    def may_write_in(self, node: Node) -> None:
        """Raises `Unsafe` for a node that stands elsewhere too."""
        if id(node) in self.nodes.aliases.targets:
            raise Unsafe("an alias leads here")

    def may_take_away(self, node: Node, kept: Node | None = None) -> None:
        """Raises `Unsafe` when aliases elsewhere lead to what is in a node, but for `kept`."""
        start, end = node.start_mark.index, self.nodes.end(node)
        targets, stack = self.nodes.aliases.targets, [node]
        while stack:
            node = stack.pop()
            if node is not kept:
                stack += [child for _, child in self.own_children(node)]
                if not all(start <= at < end for at in targets.get(id(node), ())):
                    raise Unsafe("an alias leads here")

    def value(self, path: Path) -> Any:
        """The value of the tree at a path."""
        value = self.tree
        for step in path:
            value = value[step]
        return value

    # -- setting and taking away -----------------------------------------------------------------

    def set(self, path: Path, value: Any) -> None:
        """Set a value in a mapping or a list; a key that is not there is added."""
        parent, _ = self.node(path[:-1])
        own = find_key(parent, str(path[-1])) if isinstance(parent, MappingNode) else None
        if isinstance(path[-1], int) == isinstance(parent, MappingNode):
            raise TypeError("an index into a mapping, or a key into a list")
        if isinstance(parent, MappingNode) and own is None:
            self.add_pair(parent, str(path[-1]), value)
            return
        node, step = self.node(path)
        assert step is not None
        self.may_take_away(node)
        self.put(step.parent, step.number, self.words(step.parent, value))

    def take(self, path: Path) -> None:
        """Take a pair or an item away with all that is in it."""
        node, step = self.node(path)
        if step is None:
            raise Unsafe("the whole model")
        self.may_take_away(node)
        if step.key is not None:
            self.may_take_away(step.key)
        self.drop_at(path[:-1], step, keep_comments=step.key is not None)

    def drop_at(self, path: Path, step: Step, keep_comments: bool = True) -> None:
        """Drop the row of a step from the collection at a path."""
        index = step.number // 2 if step.key is not None else step.number
        if self.rows(step.parent) > 1:
            self.drop(step.parent, index, keep_comments)
            return
        parent, above = self.node(path)
        self.clear(above.parent if above else None, above.number if above else 0, parent)

    def set_or_take(self, path: Path, value: Any, base: int = 0) -> None:
        """Set, or with None take away; mappings on the way are made where they are missing.

        The first `base` steps are there.
        """
        here = self.value(path[:base])
        for done in range(base, len(path) - 1):
            step = path[done]
            if isinstance(here, dict) and here.get(step) is None:
                if value is not None:
                    self.set(path[: done + 1], _nested(path[done + 1 :], value))
                return
            here = here[step]
        if value is not None:
            self.set(path, value)
        elif not isinstance(here, dict):
            raise TypeError("nothing is taken from a list")
        elif path[-1] in here:
            self.take(path)

    # -- layer entries ---------------------------------------------------------------------------

    def class_of(self, entry: Path) -> str:
        """The class of a layer entry."""
        name = class_key(self.value(entry))
        if name is None:
            raise KeyError("no class")
        return name

    def is_bare(self, entry: Path) -> bool:
        """Whether a layer entry is only the name of its class."""
        return isinstance(self.value(entry), str)

    def put_entry(self, entry: Path, value: dict[str, Any]) -> None:
        """Write a mapping in place of an entry that is only a class; the class stays in place."""
        node, step = self.node(entry)
        if step is None or not isinstance(node, ScalarNode):
            raise Unsafe("no class")
        if step.key is not None or not self.is_block(step.parent):
            self.put(step.parent, step.number, self.words(step.parent, value))
            return
        (first, arguments), *more = value.items()
        words = ":" if arguments is None else ": " + self.words(step.parent, arguments)
        start, end = self.nodes.start(node), self.nodes.end(node)
        if first == node.value and self.lines.is_on_one(start, end):
            self.replace(end, end, words)
        else:
            self.replace(start, end, key_words(first) + words)
        indent = self.lines.newline + " " * self.lines.column(node.start_mark.index)
        line = self.lines.end(end)
        rest = (indent + f"{key_words(key)}: {flow(item)}" for key, item in more)
        self.replace(line, line, "".join(rest))


def _nested(path: Path, value: Any) -> Any:
    for step in reversed(path):
        if not isinstance(step, str):
            raise TypeError("a list is not made")
        value = {step: value}
    return value


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
    node, step = writer.node(old)
    assert step is not None
    if step.key is not None:
        writer.may_write_in(step.key)
    writer.rename(step.parent, step.number - 1, change.value)
    if is_plain(node) and node.value in SWITCHES and switch_at(old) != switch_at(new):
        writer.put(step.parent, step.number, writer.words(step.parent, writer.value(old)))


def _set_class(writer: Writer, change: Change) -> None:
    name = writer.class_of(change.path)
    if writer.is_bare(change.path):
        writer.put_entry(change.path, {change.value: None})
        return
    _, step = writer.node((*change.path, name))
    assert step is not None
    if step.key is not None:
        writer.may_write_in(step.key)
    writer.rename(step.parent, step.number - 1, change.value)


def _insert_layer(writer: Writer, change: Change) -> None:
    layers, _ = writer.node(change.path[:-1])
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


def _wrap(writer: Writer, change: Change) -> None:
    from lstmshape.frontends.yaml_wrap import wrap

    wrap(writer, change)


def _unwrap(writer: Writer, change: Change) -> None:
    from lstmshape.frontends.yaml_wrap import unwrap

    unwrap(writer, change)


WRITERS: dict[str, Callable[[Writer, Change], None]] = {
    "set_argument": _set_argument,
    "remove_argument": _remove_argument,
    "rename_argument": _rename_argument,
    "set_class": _set_class,
    "insert_layer": _insert_layer,
    "remove_layer": _remove_layer,
    "wrap_layer": _wrap,
    "unwrap_layer": _unwrap,
    "set_input": _set_key("inputs"),
    "set_expect": _set_key("expect"),
    "set_call": _set_call,
    "set_inputs": _set_inputs,
    "set_outputs": _set_or_take,
    "set_loss": _set_or_take,
    "set_data": _set_or_take,
}
