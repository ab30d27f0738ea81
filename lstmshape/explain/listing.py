"""Everything that `explain` knows, grouped; the pages on a pasted error, and on a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module

from lstmshape.explain.blocks import Block, Heading, Page, Paragraph, Table
from lstmshape.explain.codes_page import HUNDREDS, summary
from lstmshape.explain.finder import HIDDEN_CLASSES
from lstmshape.explain.topics import GROUPS, Topic, topics
from lstmshape.layers.base import Layer
from lstmshape.rules import all_rules

#: how the families of `layers/` are listed
FAMILY_GROUPS = {
    "recurrent": ("recurrent", "cells", "conv_recurrent"),
    "wrappers": ("bidirectional", "wrappers", "spectral"),
    "core": ("core", "stated", "einsum"),
    "convolutions": ("convolutional", "transposed"),
    "pooling": ("pooling", "adaptive"),
    "reshaping": ("reshaping", "margins"),
    "merging": ("merging", "dot"),
    "attention": ("attention", "heads"),
    "normalization": ("normalization",),
    "regularization": ("regularization",),
    "activations": ("activations",),
    "preprocessing": ("preprocessing", "lookup", "spectrograms"),
    "images": ("images", "pixels", "mixtures"),
    "models, and layers of other libraries": ("models", "pipeline", "foreign"),
}


def list_page() -> Page:
    """What `lstmshape explain` shows alone."""
    return Page("list", "", "lstmshape explain WORD: topics, layer classes, codes", tuple(_all()))


def _all() -> Iterator[Block]:
    yield Paragraph(
        "`lstmshape explain --return-sequences`, `lstmshape explain LSTM`, `lstmshape explain "
        "LS301`; with your own sizes (`--units 32 --timesteps 480 --features 16 --batch 90`), or "
        "on a model of yours (`lstmshape explain model.yaml --return-sequences`, `... --layer "
        "NAME`). An error of Keras's in quotes finds the pages that explain it; so does a question."
    )
    for group in GROUPS:
        rows = tuple((t.name, t.title) for t in topics().values() if t.group == group)
        yield Heading(group)
        yield Table(("", ""), rows)
    yield Heading("Layer classes")
    for title, families in FAMILY_GROUPS.items():
        names = [name for family in families for name in class_names(family)]
        yield Paragraph(f"{title}: {', '.join(names)}")
    yield Heading("Codes")
    for hundred, what in HUNDREDS.items():
        rules = [rule for rule in all_rules() if rule.code.startswith(hundred)]
        if rules:
            rows = tuple((rule.code, rule.name) for rule in rules)
            yield Table(("", ""), rows, title=f"{hundred}xx, {what}:")


def class_names(family: str) -> list[str]:
    """The layer classes of a family's module, `Model` by that name."""
    module = import_module(f"lstmshape.layers.{family}")
    return [
        value.__name__ if value.__name__ not in HIDDEN_CLASSES else value.aliases[0]
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Layer)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and (value.__name__ not in HIDDEN_CLASSES or value.aliases)
    ]


def error_page(found: Sequence[Topic]) -> Page:
    """The topics that explain a text of Keras's, when there are several."""
    blocks = (
        Paragraph("Keras says this where one of these is the matter; each page has the fix."),
    )
    return Page("list", "", "an error of Keras's", blocks, [(t.name, t.title) for t in found])


def question_page(found: Sequence[Topic]) -> Page:
    """The topics that speak of what is asked, when there are several."""
    blocks = (Paragraph("No page is called that; these speak of it, the nearest first."),)
    return Page("list", "", "a question", blocks, [(t.name, t.title) for t in found])


__all__ = ["class_names", "error_page", "list_page", "question_page", "summary"]
