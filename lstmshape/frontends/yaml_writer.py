"""Edits of a YAML text at paths of its tree, with the refusal of what would say something else too.

What stands behind an alias or a merge key, or is led to by an alias, is said once and read twice.
"""

from __future__ import annotations

from typing import Any

from lstmshape.changes import class_key
from lstmshape.frontends.yaml_edit import Unsafe
from lstmshape.frontends.yaml_mend import UNSPACED
from lstmshape.frontends.yaml_nodes import MappingNode, Node, ScalarNode, key_text
from lstmshape.frontends.yaml_place import NodeText, Step, find_key, find_merged
from lstmshape.frontends.yaml_rows import RowEditor
from lstmshape.frontends.yaml_text import flow, key_words
from lstmshape.source import Path


class Writer(RowEditor):
    """Makes changes at paths of the tree."""

    def __init__(self, nodes: NodeText, tree: Any) -> None:
        super().__init__(nodes)
        self.tree = tree

    # -- finding what may be written -------------------------------------------------------------

    def node(self, path: Path) -> Node:
        """The node at a path, which may be written in. Raises KeyError if there is none."""
        steps = self._steps(path)
        for step in steps:
            self._may_follow(step)
        return steps[-1].node if steps else self.nodes.root

    def step(self, path: Path) -> Step:
        """The last step to a place whose text may be replaced: it may be an alias itself."""
        if not path:
            raise Unsafe("the whole model")
        *before, last = self._steps(path)
        for step in before:
            self._may_follow(step)
        self._may_choose(last)
        return last

    def _steps(self, path: Path) -> tuple[Step, ...]:
        trail = self.nodes.trail(path)
        if trail.rest:
            raise KeyError(path)
        self.may_write_in(self.nodes.root)
        return trail.steps

    def _may_follow(self, step: Step) -> None:
        self._may_choose(step)
        if self.is_alias(step) or step.node.tag == UNSPACED:
            raise Unsafe("behind an alias, or in what YAML reads otherwise")
        self.may_write_in(step.node)

    def _may_choose(self, step: Step) -> None:
        if step.merged:
            raise Unsafe("behind a merge key")
        if step.key is None:
            return
        if (id(step.parent), step.number - 1) in self.nodes.aliases.spans:
            raise Unsafe("the key is an alias")
        if [key_text(key) for key, _ in step.parent.value].count(step.key.value) > 1:
            raise Unsafe("a key that stands there twice")

    def _may_vanish(self, step: Step) -> None:
        """Raises `Unsafe` for a key that a merge key would bring back."""
        parent, key = step.parent, step.key
        if isinstance(parent, MappingNode) and key is not None and find_merged(parent, key.value):
            raise Unsafe("a merge key says it too")

    def is_alias(self, step: Step) -> bool:
        """Whether an alias stands where the step leads."""
        return (id(step.parent), step.number) in self.nodes.aliases.spans

    def may_write_in(self, node: Node) -> None:
        """Raises `Unsafe` for a node that stands elsewhere too."""
        if id(node) in self.nodes.aliases.targets:
            raise Unsafe("an alias leads here")

    def may_replace(self, step: Step) -> None:
        """Raises `Unsafe` when aliases elsewhere lead to what is written where a step leads."""
        if not self.is_alias(step):
            self.may_take_away(step.node)

    def may_take_away(self, node: Node, kept: Node | None = None) -> None:
        """Raises `Unsafe` when aliases elsewhere lead to what is in a node, but for `kept`."""
        start, end = node.start_mark.index, self.nodes.end(node)
        targets, stack = self.nodes.aliases.targets, [node]
        stays = (kept.start_mark.index, self.nodes.end(kept)) if kept is not None else (0, 0)
        while stack:
            node = stack.pop()
            if node is not kept:
                stack += [child for _, child in self.own_children(node)]
                for at in targets.get(id(node), ()):
                    if not start <= at < end or stays[0] <= at < stays[1]:
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
        if self._is_in_tuple(path):
            self._set_in_tuple(path, value)
            return
        parent = self.node(path[:-1])
        own = find_key(parent, str(path[-1])) if isinstance(parent, MappingNode) else None
        if isinstance(path[-1], int) == isinstance(parent, MappingNode):
            raise TypeError("an index into a mapping, or a key into a list")
        if isinstance(parent, MappingNode) and own is None:
            self.add_pair(parent, str(path[-1]), value)
            return
        step = self.step(path)
        self.may_replace(step)
        self.put(step.parent, step.number, self.words(step.parent, value))

    def _is_in_tuple(self, path: Path) -> bool:
        """Whether a path leads into a list that is written as a Python tuple: a YAML scalar."""
        above = isinstance(path[-1], int) and isinstance(self.value(path[:-1]), list)
        return above and isinstance(self.nodes.trail(path[:-1]).node, ScalarNode)

    def _set_in_tuple(self, path: Path, value: Any) -> None:
        """Write the whole tuple as a list, with the value in it."""
        items = list(self.value(path[:-1]))
        items[int(path[-1])] = value
        self.set(path[:-1], items)

    def take(self, path: Path) -> None:
        """Take a pair or an item away with all that is in it."""
        step = self.step(path)
        self.may_replace(step)
        self._may_vanish(step)
        if step.key is not None:
            self.may_take_away(step.key)
        self.drop_at(path[:-1], step, keep_comments=step.key is not None)

    def drop_at(self, path: Path, step: Step, keep_comments: bool = True) -> None:
        """Drop the row of a step from the collection at a path."""
        index = step.number // 2 if step.key is not None else step.number
        if self.rows(step.parent) > 1:
            self.drop(step.parent, index, keep_comments)
            return
        above = self.step(path) if path else None
        parent, number = (above.parent, above.number) if above else (None, 0)
        self.clear(parent, number, step.parent)

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

    def rename_at(self, path: Path, key: str) -> Step:
        """Give the last key of a path another name."""
        step = self.step(path)
        if step.key is None or step.node.tag == UNSPACED:
            raise TypeError("no key")
        if key != step.key.value and key in self.value(path[:-1]):
            raise KeyError(key)
        self.may_write_in(step.key)
        self._may_vanish(step)
        self.rename(step.parent, step.number - 1, key)
        return step

    def is_bare(self, entry: Path) -> bool:
        """Whether a layer entry is only the name of its class."""
        return isinstance(self.value(entry), str)

    def put_entry(self, entry: Path, value: dict[str, Any]) -> None:
        """Write a mapping in place of an entry that is only a class; the class stays in place."""
        step = self.step(entry)
        self.may_replace(step)
        if self.is_alias(step) or not isinstance(step.node, ScalarNode):
            raise Unsafe("no class")
        if step.key is not None or not self.is_block(step.parent):
            self.put(step.parent, step.number, self.words(step.parent, value))
        else:
            self._put_entry_lines(step.parent, step.node, value)

    def _put_entry_lines(self, parent: Node, node: ScalarNode, value: dict[str, Any]) -> None:
        start, end = self.nodes.start(node), self.nodes.end(node)
        if self.lines.column(start) <= self.column(parent):
            raise Unsafe("a mapping does not begin left of its dash")
        (first, arguments), *more = value.items()
        words = ":" if arguments is None else ": " + self.words(parent, arguments)
        simple = node.style not in ("|", ">") and self.lines.is_on_one(start, end)
        comments = self.comments(node, start, end)
        if first == node.value and simple:
            self.replace(end, end, words)
        else:
            self.replace(start, end, key_words(first) + words)
        # an anchor on the line is part of the first key
        anchor = node.start_mark.index
        column = self.lines.column(anchor if self.lines.is_on_one(anchor, start) else start)
        rest = [*comments, *(f"{key_words(key)}: {flow(item)}" for key, item in more)]
        line, indent = self.lines.end(end), self.lines.newline + " " * column
        self.replace(line, line, "".join(indent + words for words in rest))


def _nested(path: Path, value: Any) -> Any:
    for step in reversed(path):
        if not isinstance(step, str):
            raise TypeError("a list is not made")
        value = {step: value}
    return value
