"""Rows of a YAML text, which are the pairs of a mapping and the items of a list: added and dropped.

In lines a row is one line or more; between brackets rows have commas between them.
"""

from __future__ import annotations

import re
from typing import Any

from lstmshape.frontends.yaml_edit import Editor, Unsafe
from lstmshape.frontends.yaml_lines import BREAK
from lstmshape.frontends.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    children,
)
from lstmshape.frontends.yaml_place import SPACE, Range
from lstmshape.frontends.yaml_text import key_words, pair

_DASH = re.compile(f"-{SPACE}$")
_BEFORE_DASH = re.compile(r"[ \t?:-]*")
_COMMA = re.compile(SPACE + ",")
_KEEPING = re.compile(r"[|>][0-9]?\+")


class RowEditor(Editor):
    """An editor that adds and drops rows."""

    # -- where rows stand ------------------------------------------------------------------------

    def rows(self, node: Node) -> int:
        """How many rows a collection has."""
        return len(node.value)

    def row(self, node: Node, index: int) -> Range:
        """The text of a row: from the key, the dash or the item up to the end of the value."""
        if isinstance(node, MappingNode):
            key, value = self.nodes.child(node, 2 * index), self.nodes.child(node, 2 * index + 1)
            return self._question(node, key[0]), max(key[1], value[1])
        start, end = self.nodes.child(node, index)
        return self.dash(node, index) if self.is_block(node) else start, end

    def _question(self, node: Node, key: int) -> int:
        """The offset of the `?` before a key, or of the key."""
        before = self.text[:key].rstrip(" \t" if self.is_block(node) else None)
        return len(before) - 1 if before.endswith("?") else key

    def dash(self, node: Node, index: int) -> int:
        """The offset of the dash before an item of a block list."""
        at, column = self.nodes.child(node, index)[0], self.column(node)
        line = self.lines.start(at)
        while True:
            dash = line + column
            before, behind = self.text[line:dash], self.text[dash:at]
            if behind and _BEFORE_DASH.fullmatch(before) and _DASH.match(behind):
                return dash
            if line == 0:
                raise Unsafe("no dash")
            line = self.lines.start(self.lines.before(line))

    # -- adding ----------------------------------------------------------------------------------

    def add_pair(self, node: MappingNode, key: str, value: Any) -> None:
        """Add a pair behind the last one."""
        words = pair(key, value, self.quoted(node))
        if self.is_block(node):
            self.add_lines(node, self.rows(node) - 1, [words], self.column(node))
        elif self.nodes.is_bracketed(node):
            self._add_in_brackets(node, words)
        else:
            end = self.nodes.end(node)
            self.replace(node.start_mark.index, node.start_mark.index, "{")
            self.replace(end, end, f"{self._gap(end)}, {words}}}")

    def add_item(self, node: Node, index: int, value: Any) -> None:
        """Add an item to a list; it becomes the one with this index."""
        if not self.is_block(node):
            words = self.words(node, value)
            if index == self.rows(node):
                self._add_in_brackets(node, words)
            else:
                self._add_before(node, index, words)
            return
        column, width = self.column(node), self._dash_width(node)
        first, *more = self._item_lines(node, value)
        lines = ["-".ljust(width) + first, *(" " * width + line for line in more)]
        if index > 0:
            self.add_lines(node, index - 1, lines, column)
        else:
            at, indent = self.dash(node, 0), self.lines.newline + " " * column
            self.replace(at, at, "".join(line + indent for line in lines))

    def _item_lines(self, node: Node, value: Any) -> list[str]:
        """An item in lines: each pair of a mapping has its own."""
        if not isinstance(value, dict) or not value:
            return [self.words(node, value)]
        quoted = self.quoted(node)
        return [
            f"{key_words(key, quoted)}:" if item is None else pair(key, item, quoted)
            for key, item in value.items()
        ]

    def _dash_width(self, node: Node) -> int:
        """How far the items of a list stand behind their dashes."""
        dash, item = self.dash(node, 0), self.nodes.child(node, 0)[0]
        between = self.text[dash + 1 : item]
        return item - dash if between and not between.strip(" ") else 2

    def add_lines(self, node: Node, index: int, lines: list[str], column: int) -> None:
        """Write lines behind a row of a block collection."""
        at, last = self.row(node, index)[1], self._last(node, index)
        indent = " " * column
        if last is None or last.style not in ("|", ">"):
            at = self.lines.end(at)
            self.replace(at, at, "".join(self.lines.newline + indent + line for line in lines))
            return
        # blank lines behind a `|+` belong to it, and the end of the text may too
        at = self.lines.after(at)
        if not BREAK.match(self.text, at - 1):
            raise Unsafe("a literal that ends without a line break")
        if _KEEPING.match(self.text, self.nodes.start(last)):
            at = last.end_mark.index
        self.replace(at, at, "".join(indent + line + self.lines.newline for line in lines))

    def _last(self, node: Node, index: int) -> ScalarNode | None:
        """The scalar that a row ends with; None for an alias or a bracket."""
        number = 2 * index + 1 if isinstance(node, MappingNode) else index
        while (id(node), number) not in self.nodes.aliases.spans:
            node = children(node)[number]
            number = len(children(node)) - 1
            if isinstance(node, ScalarNode):
                return node
            if not self.is_block(node):
                break
        return None

    def end_of_lines(self, node: Node) -> int:
        """Where the line begins after a block collection, and after blank lines that belong to it.

        The end of the text, which may lack a line break, if there is no such line.
        """
        last = self._last(node, self.rows(node) - 1)
        at = self.lines.after(self.nodes.end(node))
        if last is None or last.style not in ("|", ">"):
            return at
        if not BREAK.match(self.text, at - 1):
            raise Unsafe("a literal that ends without a line break")
        return int(max(at, last.end_mark.index))

    def _gap(self, at: int) -> str:
        """A space behind a colon that no value follows: libyaml wants one before a comma."""
        return " " if self.text[at - 1] == ":" else ""

    def _add_before(self, node: Node, index: int, words: str) -> None:
        """Write an item between brackets before another one."""
        at, _ = self.row(node, index)
        on_lines = index > 0 and self.lines.is_first(at)
        space = self.lines.newline + " " * self.lines.column(at) if on_lines else " "
        self.replace(at, at, f"{words},{space}")

    def _add_in_brackets(self, node: Node, words: str) -> None:
        """Write a last row between brackets, on a line of its own where the one before it is."""
        if not self.rows(node):
            at = self.nodes.start(node) + 1
            self.replace(at, at, words)
            return
        start, at = self.row(node, self.rows(node) - 1)
        line, comma = self.lines.end(at), _COMMA.match(self.text, at)
        own_line = self.lines.is_first(start) and line < node.end_mark.index
        if not own_line or (comma and comma.end() > line):
            self.replace(at, at, f"{self._gap(at)}, {words}")
            return
        if not comma:
            self.replace(at, at, self._gap(at) + ",")
        indent = self.lines.newline + " " * self.lines.column(start)
        self.replace(line, line, indent + words + ("," if comma else ""))

    # -- dropping --------------------------------------------------------------------------------

    def drop(self, node: Node, index: int, keep_comments: bool = True) -> None:
        """Take a row away that is not the only one; comments on other rows always stay."""
        if self.rows(node) < 2:
            raise ValueError("the only row")
        start, end = self.row(node, index)
        if not self.is_block(node):
            self._drop_in_brackets(node, index, start, end)
        elif self.lines.is_first(start):
            self._drop_lines(node, index, start, end, keep_comments)
        else:
            following, _ = self.row(node, index + 1)
            own = start if keep_comments else self.lines.end(end)
            indent = self.lines.newline + " " * self.lines.column(following)
            comments = self.comments(node, own, following)
            self.replace(start, following, "".join(comment + indent for comment in comments))

    def _drop_lines(
        self, node: Node, index: int, start: int, end: int, keep_comments: bool
    ) -> None:
        after, last = self.lines.after(end), self._last(node, index)
        if last is not None and last.style in ("|", ">") and _KEEPING.search(self.text):
            # else the blank lines behind it may fall to a `|+` before it
            after = max(after, last.end_mark.index)
        comments = self.comments(node, start, self.lines.end(end)) if keep_comments else []
        indent = " " * self.lines.column(start)
        lines = "".join(indent + comment + self.lines.newline for comment in comments)
        self.replace(self.lines.start(start), after, lines)

    def _drop_in_brackets(self, node: Node, index: int, start: int, end: int) -> None:
        column = self.flow_column(node)
        if index < self.rows(node) - 1:
            end, _ = self.row(node, index + 1)
            gap = ""
        else:
            _, start = self.row(node, index - 1)
            gap = self._gap(start)
        self.replace(start, end, gap + self.between(self.comments(node, start, end), column))

    def clear(self, parent: Node | None, number: int, node: Node) -> None:
        """Take the only row of a collection away; `parent` is None for the root."""
        empty = "{}" if isinstance(node, MappingNode) else "[]"
        if parent is not None:
            self.put(parent, number, empty)
            return
        start, end = node.start_mark.index, self.nodes.end(node)
        comments = self.comments(node, start, end)
        self.replace(start, end, empty)
        at = self.lines.end(end)
        self.replace(at, at, "".join(self.lines.newline + comment for comment in comments))
