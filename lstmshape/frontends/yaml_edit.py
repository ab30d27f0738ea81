"""Small edits of a YAML text: a value is put in another's place, a key gets another name.

Each edit keeps the layout around it, and every comment: one that stands in a text that goes is put
on a line of its own.
"""

from __future__ import annotations

import re
from typing import Any

from lstmshape.frontends.yaml_lines import Edit, Lines, find_comments
from lstmshape.frontends.yaml_mend import UNSPACED
from lstmshape.frontends.yaml_nodes import (
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    children,
)
from lstmshape.frontends.yaml_place import PROPERTY, NodeText, Range
from lstmshape.frontends.yaml_text import flow, key_words


class Unsafe(Exception):
    """The change cannot be written without saying something else too."""


_TIGHT_COLON = re.compile(r"[ \t]*:\S")
_QUESTION = re.compile(r"\?[ \t]+$")
_PROPERTIES = re.compile(rf"(?:[ \t]*{PROPERTY})*")


class Editor:
    """The nodes of a text and the edits that are to be made to it.

    Edits leave the nodes as they are; those of one editor must not overlap.
    """

    def __init__(self, nodes: NodeText) -> None:
        self.nodes = nodes
        self.text = nodes.text
        self.lines = Lines(nodes.text)
        self.edits: list[Edit] = []
        self._json = self._is_json(nodes.root)

    def replace(self, start: int, end: int, text: str) -> None:
        """Queue one edit; words do not run into a comment."""
        if text.strip() and self.text[end : end + 1] == "#":
            text += " "
        if start < end or text:
            self.edits.append(Edit(start, end, text))

    # -- the style of a place --------------------------------------------------------------------

    def _is_json(self, node: Node) -> bool:
        """Whether a mapping's keys stand between double quotes."""
        first = node.value[0][0] if isinstance(node, MappingNode) and node.value else None
        return getattr(first, "style", None) == '"' and self.nodes.is_bracketed(node)

    def quoted(self, node: Node) -> bool:
        """Whether strings in a node are written as JSON has them."""
        return self._json or self._is_json(node)

    def words(self, node: Node, value: Any) -> str:
        """A value on one line, for a place in a node."""
        return flow(value, self.quoted(node))

    def is_block(self, node: Node) -> bool:
        """Whether a node is a collection in lines, and not in brackets."""
        return isinstance(node, CollectionNode) and not node.flow_style

    def column(self, node: Node) -> int:
        """The column of the keys of a block mapping, or of the dashes of a block list."""
        if not isinstance(node, MappingNode):
            return self.lines.column(self.nodes.start(node))
        at = self.nodes.child(node, 0)[0]
        before = self.text[self.lines.start(at) : at]
        question = _QUESTION.search(before)
        return question.start() if question else len(before)

    # -- comments --------------------------------------------------------------------------------

    def own_children(self, node: Node) -> list[tuple[int, Node]]:
        """The children that are written in a node, and not only named by an alias."""
        spans = self.nodes.aliases.spans
        numbered = enumerate(children(node))
        return [(number, c) for number, c in numbered if (id(node), number) not in spans]

    def comments(self, node: Node, start: int, end: int) -> list[str]:
        """The comments between two offsets, in which no other node than this has scalars."""
        strings = sorted(r for r in self._strings(node) if r[0] < end and r[1] > start)
        return find_comments(self.text, start, end, strings)

    def _strings(self, node: Node) -> list[Range]:
        found, stack = [], [node]
        while stack:
            node = stack.pop()
            if isinstance(node, ScalarNode):
                start, end = node.start_mark.index, node.end_mark.index
                # the line of a `|` may end in a comment
                found.append((self.lines.end(start) if node.style in ("|", ">") else start, end))
            stack += [child for _, child in self.own_children(node)]
        return found

    def keep(self, parent: Node, comments: list[str], at: int) -> None:
        """Put comments behind the text in a node that ends there."""
        if self.is_block(parent):
            indent = self.lines.newline + " " * self.column(parent)
            at = self.lines.end(at)
            self.replace(at, at, "".join(indent + comment for comment in comments))
        else:
            self.replace(at, at, self.between(comments, self.flow_column(parent)))

    def between(self, comments: list[str], column: int) -> str:
        """Comments among the words of a line; what follows them begins a line of its own."""
        indent = self.lines.newline + " " * column
        return "".join(f" {comment}{indent}" for comment in comments)

    def flow_column(self, node: Node) -> int:
        """A column for lines between brackets."""
        at = self.nodes.child(node, 0)[0] if children(node) else node.start_mark.index
        return self.lines.indent(at) + (0 if self.lines.is_first(at) else 2)

    # -- values ----------------------------------------------------------------------------------

    def put(self, parent: Node, number: int, words: str, kept: Range | None = None) -> None:
        """Write a child anew, on one line; comments that go with it are kept.

        Those in the range `kept` stand in the words already.
        """
        start, end = self.nodes.child(parent, number)
        node = children(parent)[number]
        if start == end:
            self._put_empty(parent, number, start, words)
        elif self.is_below_key(parent, number):
            self._put_behind_key(parent, number, words, kept)
        else:
            comments = self.other_comments(node, start, end, kept)
            self.replace(start, end, " " + words if node.tag == UNSPACED else words)
            self.keep(parent, comments, end)

    def other_comments(self, node: Node, start: int, end: int, kept: Range | None) -> list[str]:
        """The comments between two offsets without those in the range `kept`."""
        if kept is None:
            return self.comments(node, start, end)
        return self.comments(node, start, kept[0]) + self.comments(node, kept[1], end)

    def _put_empty(self, parent: Node, number: int, at: int, words: str) -> None:
        if isinstance(parent, SequenceNode) or self.text[at - 1] == ":":
            self.replace(at, at, " " + words if words else "")
        elif self.is_block(parent):
            # a key behind a `?`
            indent = self.lines.newline + " " * self.column(parent)
            self.replace(self.lines.end(at), self.lines.end(at), f"{indent}: {words}")
        elif self.lines.is_on_one(*self.nodes.child(parent, number - 1)):
            self.replace(at, at, ": " + words)
        else:
            raise Unsafe("a key of several lines")

    def is_below_key(self, parent: Node, number: int) -> bool:
        """Whether a value is a block that begins on a line after its key's."""
        node = children(parent)[number]
        if not isinstance(parent, MappingNode) or not self.is_block(node):
            return False
        key = self.nodes.colon(parent, number) or self.nodes.child(parent, number - 1)[1]
        return not self.lines.is_on_one(key, self.nodes.start(node))

    def _put_behind_key(self, parent: Node, number: int, words: str, kept: Range | None) -> None:
        """Write a value behind the colon instead of the lines below it."""
        node = children(parent)[number]
        colon, last = self.nodes.colon(parent, number), self.lines.end(self.nodes.end(node))
        if colon is None:
            raise Unsafe("no colon")
        properties = _PROPERTIES.match(self.text, colon)
        self.replace(colon, properties.end() if properties else colon, words and " " + words)
        line = self.lines.end(colon)
        comments = self.other_comments(node, line, last, kept)
        indent = self.lines.newline + " " * self.lines.column(self.nodes.start(node))
        self.replace(line, last, "".join(indent + comment for comment in comments))

    # -- keys ------------------------------------------------------------------------------------

    def rename(self, parent: Node, number: int, key: str) -> None:
        """Give the key with this number another name."""
        node = children(parent)[number]
        start, end = self.nodes.start(node), self.nodes.child(parent, number)[1]
        gap = " " if node.start_mark.index < start and self.text[start - 1].strip() else ""
        # in `{"a":1}` the quotes stand in for the space
        tight = _TIGHT_COLON.match(self.text, end) is not None
        self.replace(start, end, gap + key_words(key, tight or self.quoted(parent)))
