"""From YAML nodes to the tree of a spec: plain data, and facts about what was written oddly.

The nodes are walked with a list, not by recursion, and each node once: a node that aliases lead to
is the same object in the tree wherever it stands.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from lstmshape.facts import DuplicateKey, Fact, LookAlike, Malformed, OverLimit
from lstmshape.frontends.yaml_aliases import Aliased, follow_aliases
from lstmshape.frontends.yaml_mend import UNSPACED
from lstmshape.frontends.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    is_merge,
    is_plain,
    key_text,
)
from lstmshape.frontends.yaml_plain import NO_SPACE
from lstmshape.frontends.yaml_scalars import (
    MAX_DIGITS,
    SWITCHES,
    read_plain,
    switch_at,
    too_long,
)
from lstmshape.source import Part, Path, Place, Source, Span

#: So many facts are listed of one file; a file of odd words would else need more room than itself.
MAX_FACTS = 10_000

_CORE = "tag:yaml.org,2002:"
_NAME = "a name as the key"
_SPACE = "a space after the colon"
_CONTAINERS = {MappingNode: "map", SequenceNode: "seq"}

#: The key of a child, or None for the root, or for the node of a frame itself.
_Key = str | int | None


class _Frame:
    """A collection whose children are still to be read; `up` and `key` lead to the root."""

    __slots__ = ("container", "first_keys", "key", "node", "up")

    def __init__(self, node: Any, container: Any, up: _Frame | None, key: str | int) -> None:
        self.node, self.container, self.up, self.key = node, container, up, key
        #: where each key stands first, once one stands there twice
        self.first_keys: dict[str, Node] | None = None

    def path(self, *steps: str | int) -> Path:
        frame: _Frame | None = self
        found: list[str | int] = list(reversed(steps))
        while frame is not None and frame.up is not None:
            found.append(frame.key)
            frame = frame.up
        return tuple(reversed(found))


class _Merge(NamedTuple):
    """A `<<` that waits until all that it takes in has been read; `order` puts inner ones first."""

    order: tuple[int, int]
    into: dict[str, Any]
    sources: list[dict[str, Any]]


class TreeBuilder:
    """Reads the nodes of one document; `tree` makes it, `facts` are what it found."""

    def __init__(self, source: Source, shift: int, aliased: bool) -> None:
        """`shift` is added to offsets in the nodes' text; `aliased` says that it has aliases."""
        self._source = source
        self._shift = shift
        self._found: list[tuple[int, Fact]] = []
        self._values: dict[str, Any] = {}
        self._good_keys: set[str] = set()
        self._aliased = aliased
        self._aliases = Aliased({}, set())
        #: collections that were met, and those of them that were met only through an alias
        self._shared: dict[int, Any] = {}
        self._waiting: dict[int, _Frame] = {}
        self._merges: dict[int, _Merge] = {}
        self._stack: list[_Frame] = []

    @property
    def facts(self) -> list[Fact]:
        """What was found, in the order of the text."""
        facts = [fact for _, fact in sorted(self._found, key=lambda row: row[0])]
        if len(facts) < MAX_FACTS:
            return facts
        return [*facts, OverLimit(what="findings", limit=MAX_FACTS, unit="facts")]

    def tree(self, root: Node) -> Any:
        """The plain data. Raises `TooMuch` where following aliases leads too deep or too far."""
        if self._aliased:
            self._aliases = follow_aliases(root)
        value = self._value(_Frame(root, None, None, ""), root, None)
        self._fill()
        self._stack += self._waiting.values()
        self._fill()
        for merge in sorted(self._merges.values(), key=lambda merge: merge.order):
            _merge(merge)
        return value

    def _fill(self) -> None:
        while self._stack:
            frame = self._stack.pop()
            if type(frame.node) is MappingNode:
                self._fill_mapping(frame)
            else:
                self._fill_sequence(frame)

    # -- collections -----------------------------------------------------------------------------

    def _fill_mapping(self, frame: _Frame) -> None:
        container, values, good_keys = frame.container, self._values, self._good_keys
        scalar: Any = ScalarNode
        for key_node, node in frame.node.value:
            key = key_node.value
            tagged = type(key_node.tag) is str
            if tagged or type(key_node) is not scalar or key not in good_keys:
                key = self._odd_key(frame, key_node, node)
                if key is None:
                    continue
            if key in container:
                self._duplicate(frame, key, key_node)
            if type(node) is scalar and node.tag[0] is True and node.value in values:
                container[key] = values[node.value]
            else:
                container[key] = self._value(frame, node, key)

    def _fill_sequence(self, frame: _Frame) -> None:
        append, values = frame.container.append, self._values
        scalar: Any = ScalarNode
        for number, node in enumerate(frame.node.value):
            if type(node) is scalar and node.tag[0] is True and node.value in values:
                append(values[node.value])
            else:
                append(self._value(frame, node, number))

    def _value(self, frame: _Frame, node: Any, key: _Key) -> Any:
        """The value of a child; that of a collection is filled later."""
        if type(node) is ScalarNode:
            return self._scalar(frame, node, key)
        if self._aliased:
            return self._shared_value(frame, node, key)
        child = self._child(frame, node, key)
        self._stack.append(child)
        return child.container

    def _child(self, frame: _Frame, node: Any, key: _Key) -> _Frame:
        """A frame for a collection, with nothing in it yet."""
        if isinstance(node.tag, str) and node.tag != _CORE + _CONTAINERS[type(node)]:
            self._tagged(frame, node, key)
        container: Any = {} if type(node) is MappingNode else []
        return _Frame(node, container, None, "") if key is None else _Frame(
            node, container, frame, key
        )  # fmt: skip

    def _shared_value(self, frame: _Frame, node: Any, key: _Key) -> Any:
        """The one container of a node; facts in it are told where its anchor stands."""
        if id(node) in self._aliases.loops:
            wants = "a value that does not contain itself"
            self._say(node, Malformed, frame, key, wants=wants, given=None)
            return None
        at_home = self._aliases.homes.get(id(node)) == (id(frame.node), key)
        if id(node) in self._shared and not (at_home and id(node) in self._waiting):
            return self._shared[id(node)]
        child = self._child(frame, node, key)
        child.container = self._shared.setdefault(id(node), child.container)
        if at_home or key is None:
            self._waiting.pop(id(node), None)
            self._stack.append(child)
        else:
            self._waiting[id(node)] = child
        return child.container

    # -- scalars ---------------------------------------------------------------------------------

    def _scalar(self, frame: _Frame, node: ScalarNode, key: _Key) -> Any:
        if is_plain(node):
            return self._plain(frame, node, key)
        if isinstance(node.tag, str):
            return self._tagged_scalar(frame, node, key)
        return node.value

    def _plain(self, frame: _Frame, node: ScalarNode, key: _Key) -> Any:
        text = node.value
        if text in SWITCHES:
            return self._switch(frame, node, key)
        reading = read_plain(text)
        meant = reading.meant
        if reading.odd:
            self._say(node, LookAlike, frame, key, text=text, read=reading.read, meant=meant)
        elif too_long(text):
            what = "the length of a number"
            self._say(node, OverLimit, frame, key, what=what, limit=MAX_DIGITS, unit="digits")
        elif " - " in text:
            self._swallowed(frame, node, key)
        else:
            self._values[text] = meant
        return meant

    def _switch(self, frame: _Frame, node: ScalarNode, key: _Key) -> bool | str:
        """`on` and the like: a boolean, or a string where a name stands."""
        text: str = node.value
        if not switch_at(_path(frame, key)):
            return text
        self._say(node, LookAlike, frame, key, text=text, read=text, meant=SWITCHES[text])
        return SWITCHES[text]

    def _swallowed(self, frame: _Frame, node: ScalarNode, key: _Key) -> None:
        """A list item that is indented too far becomes words of the item before it."""
        written = self._source.text[self._at(node.start_mark) : self._at(node.end_mark)]
        if re.search(r"\n\s*- ", written):
            wants = "every `- ` of a list in the same column"
            self._say(node, Malformed, frame, key, wants=wants, given=node.value)

    # -- tags ------------------------------------------------------------------------------------

    def _tagged_scalar(self, frame: _Frame, node: ScalarNode, key: _Key) -> Any:
        """`!!int 3` and the like mean what they say; no other tag does anything."""
        text, tag = node.value, node.tag
        if tag == _CORE + "str":
            return text
        value = read_plain(text).meant
        if tag == _CORE + "bool":
            value = SWITCHES.get(text, value)
        if tag == UNSPACED:
            self._say(node, Malformed, frame, key, "entry", wants=_SPACE, given=f"{key}:{text}")
        elif type(value) is int and tag == _CORE + "float":
            return float(value)
        elif type(value) not in _TAGGED.get(tag, ()):
            self._tagged(frame, node, key)
        return value

    def _tagged(self, frame: _Frame, node: Node, key: _Key) -> None:
        tag = node.tag.replace(_CORE, "!!")
        self._say(node, Malformed, frame, key, wants="plain data without a tag", given=tag)

    # -- keys ------------------------------------------------------------------------------------

    def _odd_key(self, frame: _Frame, node: Node, value: Node) -> str | None:
        """The key of a pair that is not known to be good; None when there is nothing to put."""
        if is_merge(node):
            self._take_in(frame, node, value)
            return None
        key = key_text(node)
        if key is None:
            self._say(node, Malformed, frame, None, wants=_NAME, given=_shown(node))
            return None
        if isinstance(node.tag, str):
            if node.tag != _CORE + "str":
                self._say(node, Malformed, frame, key, "key", wants=_NAME, given=node.tag)
            return key
        meant = key if key == "None" or key[:1] == "(" else read_plain(key).meant
        bad_name, bad_space = not isinstance(meant, str), NO_SPACE.search(key) is not None
        if is_plain(node) and bad_name:
            self._say(node, Malformed, frame, key, "key", wants=_NAME, given=meant)
        elif is_plain(node) and bad_space:
            self._say(node, Malformed, frame, key, "key", wants=_SPACE, given=key)
        elif not bad_name and not bad_space and key != "<<":
            self._good_keys.add(key)
        return key

    def _duplicate(self, frame: _Frame, key: str, node: Node) -> None:
        """Say so; the last one counts, as in PyYAML."""
        if frame.first_keys is None:
            frame.first_keys = {str(key_text(k)): k for k, _ in reversed(frame.node.value)}
        first = self._span(frame.first_keys[key])
        self._say(
            node, DuplicateKey, frame, key, "key", key=key, first=first, span=self._span(node)
        )

    # -- merge keys ------------------------------------------------------------------------------

    def _take_in(self, frame: _Frame, key_node: Node, value: Node) -> None:
        """Queue what `<<` takes in: a mapping, or a list of them of which the first counts most.

        Of two `<<` the last counts most, as in PyYAML.
        """
        sources = []
        for node in value.value if type(value) is SequenceNode else [value]:
            if type(node) is MappingNode:
                source = self._value(frame, node, "<<")
                sources += [source] if source is not None else []
            else:
                wants = "a mapping, or a list of mappings, to merge"
                self._say(key_node, Malformed, frame, None, wants=wants, given=_shown(node))
        before = self._merges.get(id(frame.container))
        if before is not None:
            sources += before.sources
        order = max(key_node.end_mark.index, value.end_mark.index), -key_node.start_mark.index
        self._merges[id(frame.container)] = _Merge(order, frame.container, sources)

    # -- facts -----------------------------------------------------------------------------------

    def _say(
        self,
        node: Node,
        kind: type[Fact],
        frame: _Frame,
        key: _Key,
        part: Part = "value",
        /,
        **values: Any,
    ) -> None:
        """Keep a fact of the child `key` of a frame, or of the frame's own node without one.

        What an alias says again is told once.
        """
        home = self._aliases.homes.get(id(node)) if part == "value" and key is not None else None
        if home is not None and home != (id(frame.node), key):
            return
        if len(self._found) < MAX_FACTS:
            fact = kind(place=Place(_path(frame, key), part), **values)
            self._found.append((node.start_mark.index, fact))

    def _at(self, mark: Any) -> int:
        return int(mark.index) + self._shift

    def _span(self, node: Node) -> Span:
        return self._source.span(self._at(node.start_mark), self._at(node.end_mark))


_TAGGED: dict[str, tuple[type, ...]] = {
    _CORE + "int": (int,),
    _CORE + "float": (float,),
    _CORE + "bool": (bool,),
    _CORE + "null": (type(None),),
}


def _path(frame: _Frame, key: _Key) -> Path:
    return frame.path() if key is None else frame.path(key)


def _shown(node: Node) -> str:
    """A few words for a node that is not put into the tree."""
    if type(node) is ScalarNode:
        return str(node.value)
    return "a mapping" if type(node) is MappingNode else "a list"


def _merge(merge: _Merge) -> None:
    """What the mapping itself says counts more than what it takes in; order as PyYAML has it."""
    own = dict(merge.into)
    merge.into.clear()
    for source in reversed(merge.sources):
        merge.into.update(source)
    merge.into.update(own)
