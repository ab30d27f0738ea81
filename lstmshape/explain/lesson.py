"""A topic as it is shown: its specs judged with the reader's numbers, its directives run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from lstmshape.case import Case
from lstmshape.explain.blocks import (
    Block,
    Bullets,
    Code,
    Drawing,
    Heading,
    Page,
    Paragraph,
    Quote,
    Table,
)
from lstmshape.explain.markdown import Directive, Fence, Items, Part, Prose, Title
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.topics import Topic, topics
from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, check_document

#: what a spec of a topic is called in what `check` says of it
FILE = "model.yaml"
#: when Keras says an error: the word behind the fence's name
PHASES = {
    "made": "Keras says, when the layer is made:",
    "built": "Keras says, when the model is built:",
    "trained": "Keras says, when it is trained:",
    "run": "Keras with JAX says, when it is run:",
    "warns": "Keras builds it, and warns:",
}


class Written(NamedTuple):
    """A spec of a topic, with the reader's numbers in it, and what it shows in a few words."""

    name: str
    text: str
    caption: str
    mistake: bool


class Lesson:
    """What the directives of one topic are given."""

    def __init__(self, topic: Topic, numbers: Numbers) -> None:
        self.topic = topic
        self.numbers = numbers.with_own(topic.numbers)
        self.parts = topic.parts()
        self.specs: dict[str, Written] = {}
        #: Keras's words by the spec's name: (phase, text)
        self.errors: dict[str, tuple[str, str]] = {}
        self._reports: dict[str, FileReport] = {}
        for part in self.parts:
            if isinstance(part, Fence):
                self._take(part)

    def _take(self, fence: Fence) -> None:
        if fence.kind in ("spec", "mistake"):
            name, *words = fence.words
            if name in self.specs:
                raise ValueError(f"two specs of {self.topic.name} are called {name}")
            caption = " ".join(word for word in words if word != "hidden")
            self.specs[name] = Written(
                name, self.numbers.fill(fence.text), self.numbers.fill(caption),
                fence.kind == "mistake",
            )  # fmt: skip
        elif fence.kind == "keras":
            name, phase = fence.words
            self.errors[name] = (phase, " ".join(self.numbers.fill(fence.text).split()))

    def report(self, name: str) -> FileReport:
        """What `check` says of a spec."""
        if name not in self._reports:
            document = read(FILE, self.specs[name].text.encode())
            self._reports[name] = check_document(document)
        return self._reports[name]

    def case(self, name: str) -> Case:
        """A spec, judged."""
        case = self.report(name).case
        assert case is not None, f"{self.topic.name}: {name} is no spec"
        return case

    # -- blocks -------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        for part in self.parts:
            yield from map(one_of_each, self._blocks(part))

    def _blocks(self, part: Part) -> Iterator[Block]:
        if isinstance(part, Title):
            yield Heading(self.inline(part.text))
        elif isinstance(part, Prose):
            yield Paragraph(self.inline(part.text))
        elif isinstance(part, Items):
            yield Bullets(tuple(self.inline(item) for item in part.items))
        elif isinstance(part, Directive):
            yield from find_directive(part.name)(self, *part.words)
        else:
            yield from self._fence(part)

    def _fence(self, fence: Fence) -> Iterator[Block]:
        if fence.kind == "keras":
            phase, text = self.errors[fence.words[0]]
            yield Quote(text, PHASES[phase])
        elif fence.kind not in ("spec", "mistake"):
            yield Code(fence.kind, self.numbers.fill(fence.text))
        elif "hidden" not in fence.words:
            yield Code("yaml", self.specs[fence.words[0]].text)

    def inline(self, text: str) -> str:
        """Prose with its numbers, and with `{shape: …}` and the like worked out."""
        return _INLINE.sub(self._worked_out, self.numbers.fill(text))

    def _worked_out(self, match: re.Match[str]) -> str:
        return str(_find("inline", match[1])(self, *match[2].split()))


def one_of_each(block: Block) -> Block:
    """A block in whose prose a size of 1 has its noun in the singular."""
    if isinstance(block, Heading | Paragraph):
        return block._replace(text=_single(block.text))
    if isinstance(block, Bullets):
        return block._replace(items=tuple(map(_single, block.items)))
    if isinstance(block, Table):
        rows = tuple(tuple(map(_single, row)) for row in block.rows)
        return block._replace(title=_single(block.title), rows=rows)
    return block._replace(title=_single(block.title)) if isinstance(block, Drawing) else block


def _single(text: str) -> str:
    """`1 steps` is `1 step`; in `8 x 1 numbers` and `3 of 1 numbers` the 1 is not counted alone."""
    text = _ONE.sub(lambda found: f"1 {found[1]}", text)
    return re.sub(r"\ball 1 (?=\w)", "the 1 ", text)


_ONE = re.compile(
    r"(?<!\d of )(?<!\d x )\b1 (step|feature|number|sample|unit|value|measurement|frame)s\b"
)
_INLINE = re.compile(r"\{([a-z][a-z-]*): ([^{}]*)\}(?!`)")

#: A directive: blocks for a lesson and the words behind its name.
DirectiveFunction: TypeAlias = Callable[..., Iterator[Block]]


def find_directive(name: str) -> DirectiveFunction:
    """The function of a directive. ValueError when there is none of that name."""
    found: DirectiveFunction = _find("blocks", name)
    return found


def _find(kind: str, name: str) -> Any:
    from lstmshape.explain import directives

    table = directives.DIRECTIVES if kind == "blocks" else directives.INLINE
    if name not in table:
        raise ValueError(f"no directive is called {name}")
    return table[name]


def topic_page(topic: Topic, numbers: Numbers) -> Page:
    """The page of a topic with the reader's numbers."""
    lesson = Lesson(topic, numbers)
    related = [(name, topics()[name].title) for name in topic.related if name in topics()]
    return Page("topic", topic.name, topic.title, tuple(lesson.blocks()), related)
