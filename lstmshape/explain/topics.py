"""The topics: one Markdown file each, found by name, known by its front matter."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from lstmshape.explain.markdown import Part, front_matter, read_source

#: the groups in the order in which they are listed
GROUPS = (
    "What goes in",
    "What comes out",
    "State",
    "Layers around an LSTM",
    "Whole models",
    "Training",
    "Counting and speed",
)


class Topic(NamedTuple):
    """One topic. `numbers` are its own sizes, beside the reader's."""

    name: str
    title: str
    group: str
    related: tuple[str, ...]
    aliases: tuple[str, ...]
    numbers: dict[str, int]
    text: str

    def parts(self) -> tuple[Part, ...]:
        return read_source(self.text).parts


_KEYS = {"title", "group", "related", "aliases", "numbers"}


def read_topic(name: str, text: str) -> Topic:
    """A topic of its file's text. Raises ValueError for front matter that is not understood."""
    front, _ = front_matter(text)
    if not front.keys() <= _KEYS or front.get("group") not in GROUPS or not front.get("title"):
        raise ValueError(f"front matter of {name}: {front}")
    numbers = dict(pair.split("=") for pair in _listed(front.get("numbers", "")))
    return Topic(
        name, front["title"], front["group"], _listed(front.get("related", "")),
        _listed(front.get("aliases", "")), {k: int(v) for k, v in numbers.items()}, text,
    )  # fmt: skip


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@cache
def topics() -> dict[str, Topic]:
    """Every topic by name, in the order in which they are listed."""
    folder = files("lstmshape.explain") / "topics"
    found = [
        read_topic(entry.name.removesuffix(".md"), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".md")
    ]
    found.sort(key=lambda topic: (GROUPS.index(topic.group), topic.name))
    return {topic.name: topic for topic in found}
