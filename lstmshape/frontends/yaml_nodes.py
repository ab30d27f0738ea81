"""From text to YAML nodes: what PyYAML composes, within bounds that hold before it is too late.

PyYAML recurses in C for every level, and a deep text ends the process; libyaml looks at every open
bracket for every token, and a deep text takes for ever. Both are stopped by counting levels while
they compose: the C loader asks its `descend_resolver` at every node.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from lstmshape.collector import collector_paused
from lstmshape.frontends.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, TooMuch

#: The children of a node in the order of the text; of a mapping, key and value take turns.
Children = list[Node]


class Composed(NamedTuple):
    """The first document of a text; `second` is where another one begins."""

    root: Node | None
    second: int | None


class _Bounds:
    """What a loader asks while it composes; the nodes' tags become what is needed to resolve them.

    The tag of a scalar is a pair, whose first says that it is plain and has no tag of its own; a
    tag that the text gives is a string.
    """

    depth = 0
    left = MAX_NODES

    def descend_resolver(self, parent: Node | None, index: Any) -> None:
        self.depth += 1
        self.left -= 1
        if self.depth > MAX_DEPTH or self.left < 0:
            offset = 0 if parent is None else parent.start_mark.index
            if self.left < 0:
                raise TooMuch("keys and values", MAX_NODES, "nodes", offset)
            raise TooMuch("nesting", MAX_DEPTH, "levels", offset)

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> Any:
        return implicit


@cache
def loader_class() -> type[Any]:
    """libyaml's parser where PyYAML was built with it, else the one in Python."""
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser

        return type("_Loader", (_Bounds, CParser), {})
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    def start(self: Any, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    bases = (_Bounds, Reader, Scanner, Parser, Composer)
    return type("_Loader", bases, {"__init__": start, "dispose": Parser.dispose})


def compose(text: str) -> Composed:
    """The nodes of the first document. Raises `TooMuch`, `yaml.YAMLError`, `UnicodeEncodeError`.

    `text` has no byte order mark: with one, the marks of libyaml and of Python differ.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooMuch("text", MAX_CHARACTERS, "characters", 0)
    loader = loader_class()(text)
    try:
        root = loader.get_node() if loader.check_node() else None
        more = root is not None and loader.check_node()
    finally:
        loader.dispose()
    return Composed(root, _second_document(text, root) if root is not None and more else None)


_DOCUMENT = re.compile(r"^(---|\.\.\.)(?!\S)", re.M)


def _second_document(text: str, root: Node) -> int:
    found = _DOCUMENT.search(text, root.end_mark.index)
    return found.start() if found else root.end_mark.index


def is_plain(node: Node) -> bool:
    """Whether it is a scalar without quotes and without a tag, which YAML gives a type."""
    return isinstance(node, ScalarNode) and isinstance(node.tag, tuple) and node.tag[0]


def is_empty(node: Node) -> bool:
    """Whether it is a null that nothing is written for."""
    return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index


def is_merge(key: Node) -> bool:
    """Whether the key is `<<`."""
    return key.value == "<<" and is_plain(key)


def children(node: Node) -> Children:
    """What stands in a node, in the order of the text."""
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, SequenceNode) else []


def key_text(key: Node) -> str | None:
    """The key as the tree has it; None for a key that is a list or a mapping."""
    return key.value if isinstance(key, ScalarNode) else None


__all__ = [
    "MAX_CHARACTERS", "MAX_DEPTH", "MAX_NODES", "CollectionNode", "Composed", "MappingNode", "Node",
    "ScalarNode", "SequenceNode", "TooMuch", "children", "collector_paused", "compose", "is_empty",
    "is_merge", "is_plain", "key_text", "loader_class",
]  # fmt: skip
