"""The reader of specs in YAML: text in, a tree with facts out, and the way back to the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import yaml

from lstmshape.changes import Change
from lstmshape.facts import Fact, Malformed, OverLimit
from lstmshape.frontends.document import Comment
from lstmshape.frontends.yaml_mend import Moved, mend
from lstmshape.frontends.yaml_nodes import (
    Node,
    ScalarNode,
    TooMuch,
    children,
    collector_paused,
    compose,
)
from lstmshape.frontends.yaml_place import NodeText
from lstmshape.frontends.yaml_plain import Odd, plain_tree
from lstmshape.source import Place, Source, Span, TextEdit

_MARK = "\ufeff"


def read_yaml(source: Source) -> YamlDocument:
    """Read a spec. Never raises: what is wrong with the text is among the document's facts.

    The tree is None for a text that is no YAML, one that is too large, or an empty one; the last
    has no facts.
    """
    document = YamlDocument(source)
    with collector_paused():
        document.facts = _read(document)
    return document


def _read(document: YamlDocument) -> Sequence[Fact]:
    source, text = document.source, document.text
    try:
        root, second = compose(text)
        if root is None:
            return []
        moved = mend(root, text)
        tree, facts = _tree(document, root)
    except TooMuch as error:
        at = error.offset + document.shift
        return [OverLimit(what=error.what, limit=error.limit, unit=error.unit,
                          span=source.span(at, at + 1))]  # fmt: skip
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        from lstmshape.frontends.yaml_faults import syntax_fault

        return [syntax_fault(error, source, document.shift)]
    document.take(root, moved, tree)
    return facts if second is None else [*facts, document.further(second)]


def _tree(document: YamlDocument, root: Node) -> tuple[Any, Sequence[Fact]]:
    """The plain data, and what is odd about it. Raises `TooMuch`."""
    aliased = "*" in document.text
    if not aliased:
        with suppress(Odd):
            return plain_tree(root), ()
    from lstmshape.frontends.yaml_tree import TreeBuilder

    builder = TreeBuilder(document.source, document.shift, aliased)
    return builder.tree(root), builder.facts


class YamlDocument:
    """A spec that was read from YAML."""

    kind = "spec"

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tree: Any = None
        self.facts: Sequence[Fact] = []
        self.text = source.text.lstrip(_MARK)
        #: how many characters of the source come before `text`: its byte order marks
        self.shift = len(source.text) - len(self.text)
        #: None where there is no tree
        self.nodes: NodeText | None = None

    def read(self, source: Source) -> YamlDocument:
        """Another text, read the way this one was."""
        return read_yaml(source)

    def take(self, root: Node, moved: Moved, tree: Any) -> None:
        """Set what was read."""
        self.nodes = NodeText(self.text, root, moved)
        self.tree = tree

    def further(self, offset: int) -> Malformed:
        """The fact of a second document that begins there; only the first one is read."""
        span = self.span(offset, offset + 3)
        return Malformed(wants="one document in a file", given="a second document", span=span)

    def span(self, start: int, end: int) -> Span:
        """The place of a range of `text` in the source."""
        return self.source.span(start + self.shift, end + self.shift)

    def locate(self, place: Place) -> Span:
        """The text that says it; the nearest enclosing text when the place is not written."""
        if self.nodes is None:
            return self.source.span(0, 0)
        return self.span(*self.nodes.locate(place))

    def comments(self) -> Sequence[Comment]:
        """The comments that speak to lstmshape, in order."""
        if "lstmshape:" not in self.text:
            return []
        from lstmshape.frontends.comments import find_comments

        strings = [] if self.nodes is None else sorted(_strings(self.nodes.root, self.text))
        moved = [(start + self.shift, end + self.shift) for start, end in strings]
        return list(find_comments(self.source, moved))

    def write(self, change: Change) -> Sequence[TextEdit] | None:
        """The edits that make the change, in the layout of the text around them; None if unsafe."""
        from lstmshape.frontends.yaml_write import write_change

        return write_change(self, change)


def _strings(root: Node, text: str) -> Iterator[tuple[int, int]]:
    """The ranges of the scalars, in which a `#` begins no comment."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        stack += children(node)
        if isinstance(node, ScalarNode):
            start = node.start_mark.index
            if node.style in ("|", ">"):
                # the line of the `|` may end in a comment
                start = text.find("\n", start) + 1 or len(text)
            yield start, node.end_mark.index
