"""Writes the topics' pages for the docs: `python -m lstmshape.explain.docs [FOLDER]`.

They are the pages that `lstmshape explain` shows, with the numbers that it takes when none are
given. A test holds that they are fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from lstmshape.explain.lesson import topic_page
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.render import markdown
from lstmshape.explain.topics import GROUPS, topics

NOTE = (
    "<!-- made by `python -m lstmshape.explain.docs`; the source is in lstmshape/explain/topics -->"
)
FOLDER = "docs/topics"


def pages() -> Iterator[tuple[str, str]]:
    """(file name, text) of each page and of their list."""
    links = {name: f"{name}.md" for name in topics()}
    for name, topic in topics().items():
        command = f"`lstmshape explain --{name}` shows this page with your own numbers."
        yield (
            f"{name}.md",
            f"{NOTE}\n\n{markdown(topic_page(topic, Numbers()), links)}\n{command}\n",
        )
    yield "README.md", f"{NOTE}\n\n{_index()}"


def _index() -> str:
    parts = ["# Topics", "What `lstmshape explain` teaches, each page computed when it is made."]
    for group in GROUPS:
        parts.append(f"## {group}")
        rows = [f"- [{t.name}]({t.name}.md): {t.title}" for t in topics().values()
                if t.group == group]  # fmt: skip
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def main(folder: str) -> None:
    """Write the pages, and take away those of topics that are gone."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = dict(pages())
    for old in target.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
