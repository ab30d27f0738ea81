"""Flow collections that YAML splits where their author did not mean it, put together again.

In `{shape: (None, 10), units:64}` YAML sees `shape: (None`, the key `10)` and the key `units:64`.
Here the nodes become those that were meant, so that the tree, the places and the edits agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from lstmshape.frontends.yaml_nodes import (
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    children,
    is_empty,
    is_plain,
)
from lstmshape.frontends.yaml_scalars import read_plain

#: The tag of a value that followed its colon without a space.
UNSPACED = "lstmshape:unspaced"

#: For each node that was mended, by id: the children that it had, and which of them each child is.
Moved = dict[int, tuple[list[Node], list[int]]]

_Pair = tuple[Node, Node]

# a word is looked at from its end, or its beginning alone: a long one must not cost its square
_TIGHT = re.compile(r":[^\s:,\]}]")
_SUSPECT = r"\w:[^\s:,\]}]"
_COLON = r"\s*:"
_UNSPACED = r"(?<!\w)([^\W\d]\w*):(?=[^\s:])"
#: A tuple that was split has at most so many pieces, and so many brackets open at once.
_MOST_ITEMS = 64
_MOST_LEVELS = 8


def mend(root: Node, text: str) -> Moved:
    """Put the flow collections below the node right, in place."""
    moved: Moved = {}
    # the first pattern is found fast, for it begins with a character
    if "(" not in text and not (_TIGHT.search(text) and re.search(_SUSPECT, text)):
        return moved
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen or not isinstance(node, CollectionNode):
            continue
        seen.add(id(node))
        if node.flow_style:
            _mend_node(node, text, moved)
        stack += [child for child in children(node) if isinstance(child, CollectionNode)]
    return moved


def _mend_node(node: CollectionNode, text: str, moved: Moved) -> None:
    if isinstance(node, MappingNode):
        rows = [(pair, [2 * n, 2 * n + 1]) for n, pair in enumerate(node.value)]
        mended = _spaced(text, _joined(rows, lambda row: row[1], _pair_piece, text))
    else:
        items = [(item, [n]) for n, item in enumerate(node.value)]
        mended = list(_joined(items, lambda item: item, _piece, text))
    if [row for row, _ in mended] != node.value:
        moved[id(node)] = children(node), [number for _, numbers in mended for number in numbers]
        node.value = [row for row, _ in mended]


def _joined(
    rows: list[tuple[Any, list[int]]],
    value_of: Callable[[Any], Node],
    piece_of: Callable[[Any], Node | None],
    text: str,
) -> Iterable[tuple[Any, list[int]]]:
    """The rows, with those that are pieces of one Python tuple made one."""
    at = 0
    while at < len(rows):
        row, numbers = rows[at]
        value = value_of(row)
        at += 1
        if is_plain(value) and value.value.startswith("(") and _level(value.value) > 0:
            pieces = (piece_of(rows[n][0]) for n in range(at, min(at + _MOST_ITEMS, len(rows))))
            at += _complete(value, pieces, text)
        yield row, numbers


def _complete(first: Node, pieces: Iterable[Node | None], text: str) -> int:
    """How many pieces complete the tuple that `first` begins; it takes them in.

    The node itself becomes the whole tuple, so that aliases to it mean that too.
    """
    level = _level(first.value)
    for count, piece in enumerate(pieces, 1):
        if piece is None or level > _MOST_LEVELS:
            break
        level += _level(piece.value)
        if level == 0:
            start = text.index("(", first.start_mark.index)  # behind an anchor
            written = text[start : piece.end_mark.index]
            if not read_plain(written).odd:
                break
            first.value, first.end_mark = written, piece.end_mark
            return count
    return 0


def _level(text: str) -> int:
    return text.count("(") - text.count(")")


def _piece(item: Node) -> Node | None:
    return item if is_plain(item) else None


def _pair_piece(pair: _Pair) -> Node | None:
    return pair[0] if is_plain(pair[0]) and is_empty(pair[1]) else None


def _spaced(text: str, rows: Iterable[tuple[_Pair, list[int]]]) -> list[tuple[Any, list[int]]]:
    """The pairs, with `units:64` made the key `units` and the value `64`."""
    return [(_split(text, pair), numbers) for pair, numbers in rows]


def _split(text: str, pair: _Pair) -> _Pair:
    key, value = pair
    found = re.match(_UNSPACED, key.value) if is_plain(key) and is_empty(value) else None
    if found is None or key.end_mark.index - key.start_mark.index != len(key.value):
        return pair
    if re.compile(_COLON).match(text, key.end_mark.index):
        return pair
    colon, start = found.end(1), key.start_mark
    before, after = _moved(start, colon), _moved(start, colon + 1)
    return (
        ScalarNode(key.tag, found[1], start, before),
        ScalarNode(UNSPACED, key.value[colon + 1 :], after, key.end_mark),
    )


class _Mark:
    """A place in the text; of PyYAML's marks only the index is ever used."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


def _moved(mark: Any, count: int) -> Any:
    return _Mark(mark.index + count)
