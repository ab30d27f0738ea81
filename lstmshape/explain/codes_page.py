"""The page of a code: what is wrong and why, a spec that has it, one that has not, the fix."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.case import judge
from lstmshape.explain.blocks import Block, Code, Heading, Page, Paragraph
from lstmshape.explain.findings import fixed, said
from lstmshape.explain.layers_page import lowered, paragraphs
from lstmshape.explain.lesson import FILE
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.shapes import shape_tables
from lstmshape.explain.topics import topics
from lstmshape.frontends import read
from lstmshape.pipeline import check_document
from lstmshape.rules.base import Rule

#: what a code's hundred is about
HUNDREDS = {
    "LS0": "reading",
    "LS1": "layers and their arguments",
    "LS2": "shapes",
    "LS3": "sequences, states and masks",
    "LS4": "data, targets and loss",
    "LS5": "size and speed",
    "LS6": "design",
}


def code_page(rule: Rule, numbers: Numbers) -> Page:
    """The page of a rule."""
    first, *rest = paragraphs(rule.__doc__ or "")
    topic = topics().get(rule.topic or "")
    related = [(topic.name, topic.title)] if topic is not None else []
    title = f"{rule.name} ({rule.severity})"
    return Page("code", rule.code, title, tuple(_blocks(rule, first, rest, numbers)), related)


def _blocks(rule: Rule, first: str, rest: list[str], numbers: Numbers) -> Iterator[Block]:
    yield Paragraph(first)
    for text in rest:
        yield Paragraph(text)
    if rule.bad:
        yield Heading("A spec that has it")
        yield from _bad(rule, numbers)
        yield Heading("A spec without it")
        yield from _good(rule, numbers)
    else:
        yield Paragraph("The text of a spec alone cannot show it: it is found in a file's bytes.")
    yield Heading("To silence it")
    yield Paragraph(
        f"At the end of the line: `# lstmshape: ignore[{rule.code}] why`. For a run: "
        f"`lstmshape check --ignore {rule.code}`."
    )


def _bad(rule: Rule, numbers: Numbers) -> Iterator[Block]:
    report = check_document(read(FILE, rule.bad.encode()))
    yield Code("yaml", rule.bad)
    own = [d for d in report.diagnostics if d.code == rule.code]
    keras = own[0].keras if own else None
    if keras is not None:
        refuses = "refuses to build it" if keras == "refuses" else "builds it without an error"
        yield Paragraph(f"Keras {refuses}.")
    yield Code("text", said(report, room=numbers.room), "`lstmshape check` says:")
    done = next(filter(None, (fixed(report, d) for d in own)), None)
    if done is not None:
        yield Code("yaml", done.text, done.said)


def _good(rule: Rule, numbers: Numbers) -> Iterator[Block]:
    yield Code("yaml", rule.good)
    document = read(FILE, rule.good.encode())
    if document.tree is not None:
        yield from shape_tables([("", judge(document.tree))], numbers)


def summary(rule: Rule) -> str:
    """A code's line in a list."""
    return f"{rule.name}: {lowered(paragraphs(rule.__doc__ or '')[0])}"
