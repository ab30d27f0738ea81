"""The old YAML of Keras: `model.to_yaml()` of Keras 0 to 2, tags and all, as plain data.

PyYAML wrote Python's own objects into it (`!!python/tuple`), and its loader made them again: that
ran whatever a file said, and Keras gave the format up. Here a tag does nothing: a tuple is a list,
and only a number that NumPy had wrapped, or a list that TensorFlow had, is unwrapped.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Any

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from lstmshape.collector import collector_paused
from lstmshape.frontends.document import Document
from lstmshape.frontends.embedded import Text
from lstmshape.frontends.keras_config import document_of
from lstmshape.frontends.limits import TooMuch
from lstmshape.frontends.yaml_mend import mend
from lstmshape.frontends.yaml_nodes import Node, children, compose
from lstmshape.frontends.yaml_place import NodeText
from lstmshape.frontends.yaml_tree import TreeBuilder
from lstmshape.source import Source

_PYTHON = "tag:yaml.org,2002:python/"
#: objects that stood around a plain value: `!!python/object/apply:….ListWrapper [[3]]` is [3]
_AROUND = ("ListWrapper", "_DictWrapper", "_TupleWrapper", ".TensorShape", ".Dimension")
#: where such an object keeps its value, when it was saved with its state
_KEPT_IN = ("_value", "_dims", "_storage")
_BINARY = "tag:yaml.org,2002:binary"
#: NumPy's name of a type, and how `struct` reads it
_FORMATS = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "b1": "?"}


def read_keras_yaml(source: Source, tree: Any, text: NodeText) -> Document:
    """The document of a text that was read as YAML, and whose data is Keras's."""
    if "python/object" not in source.text:
        return document_of(source, tree, text, "keras-yaml")
    read = read_plain_yaml(source.text)
    data, places = (tree, text) if isinstance(read, Exception) else read
    return document_of(source, data, places, "keras-yaml")


def read_plain_yaml(text: str) -> tuple[Any, Text] | Exception:
    """The data of a YAML text, every tag passed over; else what is wrong with it."""
    try:
        with collector_paused():
            root, _ = compose(text)
            if root is None:
                return ValueError("there is nothing in the text")
            moved = mend(root, text)
            whole = (_unwrapped(text) if "python/object" in text else None) or root
            data = TreeBuilder(Source("", text), 0, aliased="*" in text).tree(whole)
    except (TooMuch, yaml.YAMLError, UnicodeEncodeError) as error:
        return error
    return data, NodeText(text, root, moved)


def _unwrapped(text: str) -> Node | None:
    """The nodes without the objects in them; places are told by those that the text has."""
    root, _ = compose(text)
    if root is not None:
        mend(root, text)
        _unwrap(root)
    return root


def _unwrap(root: Node) -> None:
    """Put what is in it in the place of each object that Python would have made again."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        for number, child in enumerate(children(node)):
            inner = _inside(child)
            if inner is not None:
                _replace(node, number, inner)
            if id(inner or child) not in seen:
                seen.add(id(inner or child))
                waiting.append(inner or child)


def _inside(node: Node) -> Node | None:
    """The plain value in an object; None for what is no object that is known here."""
    tag = str(node.tag)
    if not tag.startswith(f"{_PYTHON}object"):
        return None
    value = _number(node)
    if value is not None:
        # the tag of a plain scalar is a pair here
        implicit: Any = (True, False)
        return ScalarNode(implicit, value, node.start_mark, node.end_mark)
    if not tag.endswith(_AROUND):
        return None
    if isinstance(node, SequenceNode):
        return node.value[0] if len(node.value) == 1 else None
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((kept for key, kept in pairs if key.value in _KEPT_IN), None)


def _replace(parent: Node, number: int, child: Node) -> None:
    if isinstance(parent, SequenceNode):
        parent.value[number] = child
    elif isinstance(parent, MappingNode) and number % 2:
        key, _ = parent.value[number // 2]
        parent.value[number // 2] = key, child


def _number(node: Node) -> str | None:
    """The number in a NumPy scalar, as YAML writes it: a dtype and the bytes."""
    if not isinstance(node, SequenceNode) or not str(node.tag).startswith(_PYTHON):
        return None
    if not str(node.tag).endswith("multiarray.scalar") or len(node.value) != 2:
        return None
    kind, data = node.value
    found = next((_FORMATS[text] for text in _texts(kind) if text in _FORMATS), None)
    if found is None or not isinstance(data, ScalarNode) or data.tag != _BINARY:
        return None
    try:
        (value,) = struct.unpack(f"<{found}", base64.b64decode(data.value))
    except (struct.error, binascii.Error, ValueError):
        return None
    return _written(value)


def _written(value: Any) -> str | None:
    """A number as a plain scalar of YAML; None for what has no such form."""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    return text if "inf" not in text and "nan" not in text else None


def _texts(node: Node) -> Any:
    """The scalars in a node, in order."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, ScalarNode):
            yield here.value.lstrip("<>=|")
        else:
            waiting += reversed(children(here))
