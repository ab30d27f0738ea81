"""From a path in the tree to the text that says it, in offsets from the start of the text."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from lstmshape.frontends.yaml_aliases import AliasPlaces, alias_places
from lstmshape.frontends.yaml_mend import Moved
from lstmshape.frontends.yaml_nodes import (
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    children,
    is_empty,
    is_merge,
    key_text,
)
from lstmshape.source import Path, Place

#: The first character of a text and the one after its last.
Range = tuple[int, int]


class Step(NamedTuple):
    """One step of a path: `node` is child number `number` of `parent`, under `key` in a mapping.

    `merged` says that the parent is not the mapping of the step before, but one that it takes in.
    """

    parent: Node
    number: int
    node: Node
    key: Node | None = None
    merged: bool = False


class Trail(NamedTuple):
    """The steps of a path that are written, and the rest of the path, which is not."""

    steps: tuple[Step, ...]
    node: Node
    rest: Path


_BREAKS = "\n\r\x85\u2028\u2029"
#: A comment up to the end of its line; no shorter one will do.
COMMENT = f"#[^{_BREAKS}]*(?=[{_BREAKS}]|\\Z)"
#: What may stand between the tokens of a text.
SPACE = f"(?:\\s|{COMMENT})*"
_COLON = SPACE + ":"
PROPERTY = r"(?:&[0-9A-Za-z_-]+|!<[^>]*>|![^\s\[\]{},]*)"
_PROPERTIES = f"(?:{PROPERTY}{SPACE})*"


class NodeText:
    """The nodes of one document beside its text (without a byte order mark)."""

    def __init__(self, text: str, root: Node, moved: Moved) -> None:
        self.text = text
        self.root = root
        self._moved = moved

    @cached_property
    def aliases(self) -> AliasPlaces:
        """Where aliases stand and lead to."""
        if "*" not in self.text:
            return AliasPlaces({}, {})
        return alias_places(self.text, self.root, self._moved)

    # -- paths to nodes --------------------------------------------------------------------------

    def trail(self, path: Path) -> Trail:
        """The nodes along a path, as far as it is written."""
        node = self.root
        steps: list[Step] = []
        for done, step in enumerate(path):
            found = self._step(node, step)
            if found is None:
                return Trail(tuple(steps), node, path[done:])
            steps.append(found)
            node = found.node
        return Trail(tuple(steps), node, ())

    def _step(self, node: Node, step: str | int) -> Step | None:
        if isinstance(node, MappingNode) and isinstance(step, str):
            return find_key(node, step) or find_merged(node, step)
        if isinstance(node, SequenceNode) and isinstance(step, int):
            return Step(node, step, node.value[step]) if 0 <= step < len(node.value) else None
        return None

    # -- nodes to text ---------------------------------------------------------------------------

    def child(self, parent: Node, number: int) -> Range:
        """The text of a child: the alias where one stands, else the whole of what it is."""
        alias = self.aliases.spans.get((id(parent), number))
        if alias is not None:
            return alias
        node = children(parent)[number]
        if is_empty(node) and isinstance(parent, MappingNode) and number % 2:
            return self._after_key(parent, number)
        return node.start_mark.index, self.end(node)

    def _after_key(self, parent: Node, number: int) -> Range:
        """The place of a value that is not written: behind the colon, or behind the key."""
        # asked for once: keys may lie in keys, and each would ask twice as often as the one outside
        end = self.child(parent, number - 1)[1]
        at = self._colon(parent, number, end) or end
        return at, at

    def colon(self, parent: Node, number: int) -> int | None:
        """The offset behind the colon of the value with this number, if it has one."""
        return self._colon(parent, number, self.child(parent, number - 1)[1])

    def _colon(self, parent: Node, number: int, key_end: int) -> int | None:
        node = children(parent)[number]
        alias = self.aliases.spans.get((id(parent), number))
        limit = node.start_mark.index if alias is None else alias[0]
        found = re.compile(_COLON).match(self.text, key_end, limit)
        return found.end() if found else None

    def end(self, node: Node) -> int:
        """The end of a node's own text; the marks of block collections run on past comments."""
        while isinstance(node, CollectionNode) and not self.is_bracketed(node):
            last = len(children(node)) - 1
            if (id(node), last) in self.aliases.spans or is_empty(children(node)[last]):
                return self.child(node, last)[1]
            node = children(node)[last]
        end = node.end_mark.index
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            end = len(self.text[:end].rstrip())
        return int(end)

    def is_bracketed(self, node: Node) -> bool:
        """Whether a collection is written in brackets; `[a: 1]` has a mapping without any."""
        return bool(getattr(node, "flow_style", False)) and self.text[self.start(node)] in "[{"

    def start(self, node: Node) -> int:
        """Where a node begins behind its anchor and its tag."""
        found = re.compile(_PROPERTIES).match(self.text, node.start_mark.index, node.end_mark.index)
        return found.end() if found else int(node.start_mark.index)

    # -- places ----------------------------------------------------------------------------------

    def locate(self, place: Place) -> Range:
        """The text of a place; where it is not written, of what encloses it most nearly."""
        trail = self.trail(place.path)
        if not trail.steps:
            return self.root.start_mark.index, self.end(self.root)
        step = trail.steps[-1]
        part = "value" if trail.rest else place.part
        value = self.child(step.parent, step.number)
        if step.key is None:
            return value if value[0] < value[1] else self._dash(value[0])
        key = self.child(step.parent, step.number - 1)
        if part == "key" or (part == "value" and value[0] == value[1]):
            return key
        return value if part == "value" else (key[0], max(key[1], value[1]))

    def _dash(self, at: int) -> Range:
        """The `-` of a list item that is empty."""
        return (at - 1, at) if self.text[at - 1 : at] == "-" else (at, at)


def find_key(node: MappingNode, key: str) -> Step | None:
    """The pair that counts for a key: the last one."""
    for index in range(len(node.value) - 1, -1, -1):
        key_node, value = node.value[index]
        if key_node.value == key and key_text(key_node) is not None and not is_merge(key_node):
            return Step(node, 2 * index + 1, value, key_node)
    return None


def find_merged(node: MappingNode, key: str) -> Step | None:
    """The pair that `<<` brings in for a key; a list of mappings may be long, and merge in turn."""
    stack = merged_into(node)[::-1]
    seen = set(map(id, stack))
    while stack:
        here = stack.pop()
        found = find_key(here, key)
        if found is not None:
            return found._replace(merged=True)
        fresh = [source for source in merged_into(here) if id(source) not in seen]
        seen.update(map(id, fresh))
        stack += reversed(fresh)
    return None


def merged_into(node: MappingNode) -> list[MappingNode]:
    """What a mapping takes in with `<<`; the first counts most."""
    values = [value for key, value in reversed(node.value) if is_merge(key)]
    nodes = [n for v in values for n in (v.value if isinstance(v, SequenceNode) else [v])]
    return [node for node in nodes if isinstance(node, MappingNode)]
