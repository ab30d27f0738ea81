"""What is read from a file of Keras's own: a spec's tree, and the way back to the file.

The tree is made, not copied: layers change their order, arguments their names. Whatever makes a
part of it notes where in the file that part comes from (`Origins`), so that a path in the tree
leads to a path in the file's data, and from there to its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from lstmshape.changes import Change
from lstmshape.facts import Fact
from lstmshape.frontends.document import Comment
from lstmshape.frontends.embedded import Text
from lstmshape.source import Path, Place, Source, Span, TextEdit

Container = TypeVar("Container", dict[str, Any], list[Any])


class _Origin(NamedTuple):
    """Where a container of the tree comes from, and each of its items: its key, its value."""

    container: Any
    place: Place
    items: dict[str | int, tuple[Place, Place]]


class Origins:
    """From the tree to the file's data. What is not noted was copied with all that is in it."""

    def __init__(self) -> None:
        self._of: dict[int, _Origin] = {}

    def made(self, container: Container, place: Place) -> Container:
        """Note a container that was made, and where it comes from as a whole."""
        self._of[id(container)] = _Origin(container, place, {})
        return container

    def put(
        self, container: Any, key: str | int, place: Place, key_place: Place | None = None
    ) -> None:
        """Note where an item of a container comes from: its value, and its key if that differs."""
        key_place = key_place or Place(place.path, "key")
        self._of[id(container)].items[key] = key_place, place

    def find(self, tree: Any, wanted: Place) -> Place:
        """The place in the data of a place in the tree, or of what encloses it most nearly."""
        here, value = tree, Place(())
        key = value
        for step in wanted.path:
            origin = self._of.get(id(here))
            if origin is not None:
                if step not in origin.items:
                    return origin.place
                key, value = origin.items[step]
            else:
                value = Place((*value.path, step))
                key = Place(value.path, "key")
            here = _item(here, step)
        origin = self._of.get(id(here))
        if origin is not None and wanted.part != "key":
            return origin.place
        return key if wanted.part == "key" else value


def _item(container: Any, step: str | int) -> Any:
    if isinstance(container, dict):
        return container.get(step)
    if isinstance(container, list) and isinstance(step, int) and 0 <= step < len(container):
        return container[step]
    return None


class KerasDocument:
    """A model that was read from a file of Keras's own; nothing is ever written back."""

    def __init__(
        self,
        source: Source,
        kind: str,
        tree: Any,
        facts: Sequence[Fact],
        origins: Origins,
        text: Text,
    ) -> None:
        self.source = source
        self.kind = kind
        self.tree = tree
        self.facts = facts
        self._origins = origins
        self._text = text

    def locate(self, place: Place) -> Span:
        """The text that says it; the nearest enclosing text when the place is not written."""
        return self.source.span(*self._text.locate(self._origins.find(self.tree, place)))

    def comments(self) -> Sequence[Comment]:
        """None: a file of Keras's has no comments."""
        return ()

    def write(self, change: Change) -> Sequence[TextEdit] | None:
        """None: such a file is only read."""
        return None


class Spot(NamedTuple):
    """A value in the file's data, and the path to it."""

    value: Any
    path: Path

    def child(self, key: str | int) -> Spot:
        """What stands in it under a key or a number; a None where nothing does."""
        return Spot(_item(self.value, key), (*self.path, key))

    def children(self) -> list[Spot]:
        """The items of a list; none of what is no list."""
        if not isinstance(self.value, list):
            return []
        return [Spot(item, (*self.path, number)) for number, item in enumerate(self.value)]

    def text(self, key: str) -> str | None:
        """The text under a key."""
        found = _item(self.value, key)
        return found if isinstance(found, str) else None

    @property
    def place(self) -> Place:
        return Place(self.path)
