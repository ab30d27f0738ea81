"""The page of a layer class, from its definition: arguments, shapes, parameters, an example."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from math import prod
from typing import Any

from lstmshape.case import Case
from lstmshape.explain.arithmetic import arithmetic, is_arithmetic, worked_out
from lstmshape.explain.blocks import Block, Code, Heading, Page, Paragraph, Term, Terms
from lstmshape.explain.examples import example
from lstmshape.explain.keras_lines import has_lines, keras_lines
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.shapes import shape_tables
from lstmshape.explain.specs import written
from lstmshape.explain.topics import topics
from lstmshape.flow import CallFlow
from lstmshape.layers.arguments import Argument
from lstmshape.layers.base import Layer
from lstmshape.rules.words import value

#: arguments that every layer has come last
_COMMON = tuple(Layer.arguments)


def layer_page(cls: type[Layer], numbers: Numbers) -> Page:
    """The page of a class with the reader's numbers."""
    first, *rest = paragraphs(cls.__doc__ or "")
    return Page(
        "layer", cls.__name__, lowered(first), tuple(_blocks(cls, rest, numbers)), _related(cls)
    )


def paragraphs(doc: str) -> list[str]:
    """The paragraphs of a docstring, each in one line; the first is its first sentence."""
    parts = [" ".join(part.split()) for part in cleandoc(doc).split("\n\n")]
    return parts or [""]


def lowered(sentence: str) -> str:
    """A first sentence as a title: small, and without its full stop."""
    word = sentence.split(" ", 1)[0]
    name = word != "A" and (word[1:2].isupper() or not word[1:2])
    small = sentence if name else sentence[:1].lower() + sentence[1:]
    return small.removesuffix(".")


def _blocks(cls: type[Layer], rest: list[str], numbers: Numbers) -> Iterator[Block]:
    if cls.aliases:
        yield Paragraph(f"Also called {', '.join(f'`{alias}`' for alias in cls.aliases)}.")
    for text in rest:
        yield Paragraph(text)
    case = example(cls, numbers)
    if case is not None:
        yield from _example(cls, case, numbers)
    elif cls.opaque or cls.__name__ == "Lambda":
        yield Paragraph("What comes out is not known here: say it with `expect` in its entry.")
    yield Heading("Arguments")
    own = {k: a for k, a in cls.arguments.items() if k not in _COMMON}
    if own:
        yield Terms(tuple(term(key, argument) for key, argument in own.items()))
    shared = {k: a for k, a in cls.arguments.items() if k in _COMMON}
    if shared:
        yield Terms(
            tuple(term(key, argument) for key, argument in shared.items()), "As every layer:"
        )
    yield from _old_names(cls)


def term(key: str, argument: Argument) -> Term:
    """An argument: what it takes, its default, what it does."""
    default = "required" if argument.required else f"default {plain(argument.default)}"
    return Term(key, f"{argument.kind.wants}; {default}", argument.doc)


def plain(default: Any) -> str:
    """A default as a spec would say it: one size where it is the same along every axis."""
    default = collapsed(default)
    return default if isinstance(default, str) else value(default)


def collapsed(default: Any) -> Any:
    """`((1, 1), (1, 1))` is 1."""
    while isinstance(default, (list, tuple)) and default and len(set(default)) == 1:
        default = default[0]
    return default


def _example(cls: type[Layer], case: Case, numbers: Numbers) -> Iterator[Block]:
    yield Heading("An example")
    yield Code("yaml", written(case.tree), "As a spec:")
    yield from shape_tables([("", case)], numbers)
    call = case.flow.calls[-1]
    yield Heading("Parameters")
    if cls.formula:
        sizes = {**numbers.values, **_sizes(call.node.layer)}
        last = call.tensors[0].shape[-1] if call.tensors else None
        if isinstance(last, int):
            sizes["features"] = last
        yield Paragraph(_formula(cls.formula, worked_out(cls.formula, sizes), call))
    if call.weights and call.node.layer is not None:
        yield from arithmetic(call.node.layer, call.weights)
    else:
        yield Paragraph("Here it has none." if cls.formula else "It has no parameters.")
    if has_lines(case):
        yield Heading("In Keras")
        yield Code("python", keras_lines(case, numbers.room))


def _formula(formula: str, came: str | None, call: CallFlow) -> str:
    """The formula, and what it comes to here where that is what the layer has."""
    if came == f"{sum(weight.size for weight in call.weights):,}":
        return f"`{formula}`, here {came}."
    if is_arithmetic(formula):
        return f"`{formula}`."
    return f"{formula}." if "*" in formula else f"{formula[:1].upper()}{formula[1:]}."


def _sizes(layer: Any) -> dict[str, int]:
    """The sizes among a layer's arguments; of several, as a kernel's, their product."""
    sizes = {}
    for key in type(layer).arguments:
        value = getattr(layer, key, None)
        values = value if isinstance(value, (list, tuple)) and value else [value]
        if all(type(size) is int for size in values):
            sizes[key] = prod(values)
    return sizes


def _old_names(cls: type[Layer]) -> Iterator[Block]:
    names = {**cls.renamed, **{key: f"ignored: {why}" for key, why in cls.ignored.items()}}
    if names:
        yield Heading("Old names")
        said = tuple(Term(old, "", f"now `{new}`" if old in cls.renamed else new)
                     for old, new in names.items())  # fmt: skip
        yield Terms(said)


def _related(cls: type[Layer]) -> list[tuple[str, str]]:
    """The topics of its name and of its arguments, then those whose specs have it most often."""
    names = (cls.__name__, *cls.aliases)
    used = []
    for number, topic in enumerate(topics().values()):
        times = sum(topic.text.count(f"{name}: {{") for name in names)
        named = topic.name.replace("-", "") == cls.__name__.lower()
        argument = topic.name.replace("-", "_") in cls.arguments and _is_about(topic.name, cls)
        if times or named or argument:
            place = number if argument else -times
            used.append((not named, not argument, place, topic.name, topic.title))
    return [(name, title) for *_, name, title in sorted(used)[:MOST_RELATED]]


def _is_about(topic: str, cls: type[Layer]) -> bool:
    """`units` are of a recurrent layer here, and not of a Dense."""
    return topic != "units" or "return_sequences" in cls.arguments


#: topics beside a class
MOST_RELATED = 6
