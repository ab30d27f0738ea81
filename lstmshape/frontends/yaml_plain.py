"""The short way from YAML nodes to plain data, for texts in which nothing is odd: nearly all.

Whatever it does not know at a glance it leaves to `yaml_tree`, which finds out what is odd and
says so. Where it gives a tree, that is the tree which `yaml_tree` gives, with no facts.
"""

from __future__ import annotations

import re
from typing import Any

from lstmshape.frontends.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from lstmshape.frontends.yaml_scalars import SWITCHES, read_plain, too_long

#: A key that lost the space before its value, as in `LSTM:{units: 3}`.
NO_SPACE = re.compile(r"\w:[\[{]")

#: What plain scalars mean, and keys that are names, of all texts that were read; a table that is
#: full forgets all of itself.
_VALUES: dict[str, Any] = {}
_KEYS: set[str] = set()
_MOST = 4096
_LONGEST = 60


class Odd(Exception):
    """Something in the text wants a closer look."""


def plain_tree(root: Node) -> Any:
    """The plain data of a text without aliases. Raises `Odd`; recurses as deep as nodes may lie."""
    return _value(root)


def _value(node: Any) -> Any:
    if type(node.tag) is str:
        raise Odd
    kind: Any = type(node)
    if kind is MappingNode:
        return _mapping(node)
    if kind is SequenceNode:
        return [_value(item) for item in node.value]
    return _plain(node.value) if node.tag[0] else node.value


def _mapping(node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    values = _VALUES
    scalar: Any = ScalarNode
    for key_node, child in node.value:
        key = key_node.value
        if type(key_node) is not scalar or type(key_node.tag) is str or key in found:
            raise Odd
        if key not in _KEYS:
            _take_key(key)
        if type(child) is scalar and child.tag[0] is True and child.value in values:
            found[key] = values[child.value]
        else:
            found[key] = _value(child)
    return found


def _plain(text: str) -> Any:
    """What a plain scalar means, if all agree on that wherever it stands."""
    if text in _VALUES:
        return _VALUES[text]
    reading = read_plain(text)
    if text in SWITCHES or reading.odd or too_long(text) or " - " in text:
        raise Odd
    if len(text) <= _LONGEST:
        if len(_VALUES) >= _MOST:
            _VALUES.clear()
        _VALUES[text] = reading.meant
    return reading.meant


def _take_key(text: str) -> None:
    if not is_name(text):
        raise Odd
    if len(_KEYS) >= _MOST:
        _KEYS.clear()
    if len(text) <= _LONGEST:
        _KEYS.add(text)


def is_name(key: str) -> bool:
    """Whether a key is a name whether it is quoted or not, and no merge key."""
    if key == "<<" or NO_SPACE.search(key) is not None:
        return False
    return key == "None" or key[:1] == "(" or isinstance(read_plain(key).meant, str)
