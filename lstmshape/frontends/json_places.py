"""JSON with places: the data by Python's own parser, and where each value stands, when asked.

Keras writes its files with Python's `json`, which takes more than JSON: NaN and Infinity, tabs in
strings, halves of characters. What it takes is taken here; what it would choke on is bounded.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any, NamedTuple

from lstmshape.frontends.limits import MAX_DEPTH, TooMuch
from lstmshape.source import Place

#: The first character of a text and the one after its last.
Range = tuple[int, int]
#: A number has at most so many characters: Python takes quadratic time for more, or refuses.
MAX_DIGITS = 400


class BadJson(Exception):
    """The text is not JSON: what the parser says, where it stopped, and what may be meant."""

    def __init__(self, problem: str, at: int, hint: str | None) -> None:
        super().__init__(problem)
        self.problem, self.at, self.hint = problem, at, hint


class Node(NamedTuple):
    """One value: its text, and what is in it.

    `below` is a list of nodes for an array; for an object, a mapping from a key to the key's range
    and the node (the last one, where a key stands twice).
    """

    start: int
    end: int
    below: list[Node] | dict[str, tuple[int, int, Node]] | None = None


def parse(text: str) -> Any:
    """The data of a text. Raises `BadJson`, and `TooMuch` for what lies too deep."""
    try:
        data = json.loads(text, strict=False, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise BadJson(error.msg, error.pos, _hint(text, error)) from None
    except RecursionError:
        raise TooMuch("nesting", MAX_DEPTH, "levels", _too_deep_at(text)) from None
    if _is_deep(data):
        raise TooMuch("nesting", MAX_DEPTH, "levels", _too_deep_at(text))
    return data


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def _is_deep(data: Any) -> bool:
    """Whether it has more levels than are read, looked at level by level."""
    level = [data]
    for _ in range(MAX_DEPTH):
        inside = [value for value in level if type(value) is dict or type(value) is list]
        if not inside:
            return False
        level = [
            child
            for value in inside
            for child in (value.values() if type(value) is dict else value)
        ]
    return True


_BRACKET_OR_STRING = re.compile(r"[\[{\]}\"]")


def _too_deep_at(text: str) -> int:
    """Where the nesting first goes too deep."""
    depth, at = 0, 0
    while found := _BRACKET_OR_STRING.search(text, at):
        at = found.end()
        if found[0] == '"':
            try:
                at = scanstring(text, at, False)[1]
            except json.JSONDecodeError:
                break
            continue
        depth += 1 if found[0] in "[{" else -1
        if depth > MAX_DEPTH:
            return found.start()
    return 0


def _hint(text: str, error: json.JSONDecodeError) -> str | None:
    """What is probably wrong with the text."""
    at = error.pos
    if not text[at:].strip():
        return "the text ends too early"
    if error.msg.startswith("Unterminated string"):
        return "this quote is not closed, or the text ends too early"
    if text[at] in "]}" or text[:at].rstrip()[-1:] == ",":
        return "there is nothing after this comma"
    if text[at] == "'":
        return "JSON writes \"...\" around texts, not '...'"
    if error.msg == "Extra data":
        return "a second value follows the first"
    return None


# -- places ------------------------------------------------------------------------------------

#: white space, then a mark, a quote, or a number or word
_TOKEN = re.compile(r"\s*([\[\]{},:\"]|[^\s\[\]{},:\"]+)")


class JsonText:
    """A text that `parse` takes, and the places in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def root(self) -> Node:
        """The nodes of the text: built when a place is first asked for."""
        return _index(self.text)

    def locate(self, place: Place) -> Range:
        """The text of a place; where it is not written, of what encloses it most nearly."""
        node = self.root
        key: Range | None = None
        part = place.part
        for step in place.path:
            below = node.below
            if isinstance(below, dict) and step in below:
                start, end, node = below[str(step)]
                key = start, end
            elif isinstance(below, list) and isinstance(step, int) and 0 <= step < len(below):
                node, key = below[step], None
            else:
                part = "value"
                break
        if key is None or part == "value":
            return node.start, node.end
        return key if part == "key" else (key[0], node.end)


class _Open:
    """An array or object that is not yet closed; `key` waits for its value."""

    __slots__ = ("below", "key", "start")

    def __init__(self, start: int, below: Any) -> None:
        self.start = start
        self.below = below
        self.key: tuple[str, int, int] | None = None

    def add(self, node: Node) -> None:
        if isinstance(self.below, list):
            self.below.append(node)
        elif self.key is not None:
            text, start, end = self.key
            self.below[text] = start, end, node
            self.key = None


def _index(text: str) -> Node:
    """The nodes of a text that is JSON."""
    top: list[Node] = []
    stack = [_Open(0, top)]
    at = 0
    while found := _TOKEN.match(text, at):
        start, at, token = found.start(1), found.end(), found[1]
        here = stack[-1]
        if token in "{[":
            stack.append(_Open(start, {} if token == "{" else []))
        elif token in "}]":
            stack.pop()
            stack[-1].add(Node(here.start, at, here.below))
        elif token == '"':
            value, at = scanstring(text, at, False)
            if isinstance(here.below, dict) and here.key is None:
                here.key = value, start, at
            else:
                here.add(Node(start, at))
        elif token not in ",:":
            here.add(Node(start, at))
    return top[0]
