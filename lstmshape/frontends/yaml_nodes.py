"""From text to YAML nodes: what PyYAML composes, within bounds that hold before it is too late.

PyYAML recurses in C for every level, and a deep text ends the process; libyaml looks at every open
bracket for every token, and a deep text takes for ever. Both are stopped by counting levels while
they compose: the C loader asks its `descend_resolver` at every node.
"""

from __future__ import annotations

import operator
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


class _NoBounds(_Bounds):
    """For a text that cannot meet the bounds: counting would take a third of the time."""

    # built-in functions, which cost next to nothing
    descend_resolver = staticmethod(operator.is_)  # type: ignore[assignment]  # any two values
    ascend_resolver = staticmethod(bool)  # type: ignore[assignment]  # no values


#: Runs of so many blanks and signs that begin a block are looked for: a block inside another
#: begins further to the right, but for a list, which may begin where its key does.
_WIDEST = 36
_RUN = b" " * _WIDEST
_AS_BLANKS = bytes.maketrans(b"\t-?:", b"    ")
_BRACKETS = b"[]{}\n\"'#"
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
#: Each round takes away two levels of brackets; each may hold a pair without brackets of its own.
_ROUNDS = 3
_MOST_OPEN = 4


def surely_within_bounds(text: str) -> bool:
    """Whether no node can lie deeper than `MAX_DEPTH`, nor be the first beyond `MAX_NODES`.

    It looks at signs alone, and may be False for a text that is within the bounds. Brackets with
    nothing between them that could make one of them a mere character (a quote, a comment, another
    line) are a level that ends there; those that are left may all be open at once. In a tag
    (`!<]>`) any character may stand, and a text with tags is counted.
    """
    if len(text) > _Bounds.left // 3 or "!" in text:  # at most two nodes for a character
        return False
    data = text.encode("utf-8", "surrogatepass")
    if _RUN in data.translate(_AS_BLANKS):
        return False
    signs = data.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(_ROUNDS):
        signs = signs.replace(b"[]", b"").replace(b"{}", b"")
    return signs.count(b"[") + signs.count(b"{") <= _MOST_OPEN


@cache
def loader_class(bounds: type[_Bounds] = _Bounds) -> type[Any]:
    """libyaml's parser where PyYAML was built with it, else the one in Python."""
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser

        return type("_Loader", (bounds, CParser), {})
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    def start(self: Any, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    bases = (bounds, Reader, Scanner, Parser, Composer)
    return type("_Loader", bases, {"__init__": start, "dispose": Parser.dispose})


def compose(text: str) -> Composed:
    """The nodes of the first document. Raises `TooMuch`, `yaml.YAMLError`, `UnicodeEncodeError`.

    `text` has no byte order mark: with one, the marks of libyaml and of Python differ.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooMuch("text", MAX_CHARACTERS, "characters", 0)
    loader = loader_class(_NoBounds if surely_within_bounds(text) else _Bounds)(text)
    try:
        root = loader.get_node() if loader.check_node() else None
        more = root is not None and loader.check_node()
    finally:
        loader.dispose()
    return Composed(root, _second_document(text, root) if root is not None and more else None)


_DOCUMENT = r"(?m:^(---|\.\.\.)(?!\S))"


def _second_document(text: str, root: Node) -> int:
    found = re.compile(_DOCUMENT).search(text, root.end_mark.index)
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
