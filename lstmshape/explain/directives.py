"""What a topic's directives do: a fixed table of functions, called by name with plain words.

`{draw: every last}` draws the specs of those names, `{table: …}` shows their shapes,
`{arithmetic: every lstm}` spells out a layer's parameters, `{demo: last-row}` runs numbers,
`{check: stacked}` shows what `check` says of a mistake and the mended spec, `{write: every}` a
spec and its Keras lines. Inside prose `{shape: every lstm}` and `{params: every}` are worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.explain.arithmetic import arithmetic, worked_out
from lstmshape.explain.blocks import Block, Code, Drawing, Paragraph, Table
from lstmshape.explain.findings import mended, said
from lstmshape.explain.keras_lines import keras_lines
from lstmshape.explain.lesson import Lesson
from lstmshape.explain.pictures import picture
from lstmshape.explain.shapes import shape_table, shape_tables
from lstmshape.flow import CallFlow, totals
from lstmshape.layers import find


def draw(lesson: Lesson, *words: str) -> Iterator[Block]:
    """`every last`: the specs through time; `skipped=3` of the steps are masked padding."""
    options = dict(word.split("=") for word in words if "=" in word)
    skipped = lesson.numbers.value(options.get("skipped", "0"))
    for name in words:
        if "=" in name or name in ("states", "targets"):
            continue
        lines = picture(
            lesson.case(name), lesson.numbers, skipped=skipped, states="states" in words,
            targets="targets" in words,
        )  # fmt: skip
        yield Drawing(_caption(lesson, name), lines)


def _caption(lesson: Lesson, name: str) -> str:
    caption = lesson.specs[name].caption
    return f"{caption}:" if caption else ""


def table(lesson: Lesson, *names: str) -> Iterator[Block]:
    """`every last`: the shapes of the specs' layers, side by side where each has only one."""
    cases = [(lesson.specs[name].caption or name, lesson.case(name)) for name in names]
    if all(len(case.spec.layers) == 1 for _, case in cases):
        yield shape_table(cases, lesson.numbers)
    else:
        yield from shape_tables(cases, lesson.numbers)


def masks(lesson: Lesson, name: str) -> Iterator[Block]:
    """`masked`: the mask that each layer is given, and the one that it passes on."""
    rows = []
    for call in lesson.case(name).flow.calls:
        if call.node.layer is not None:
            masks = (call.tensors[0].mask, call.outputs[0].mask)
            shown = ("-" if mask is None else lesson.numbers.shape(mask) for mask in masks)
            rows.append((call.node.name, *shown))
    yield Table(("layer", "mask that comes", "mask that goes on"), tuple(rows))


def spell(lesson: Lesson, name: str, layer: str) -> Iterator[Block]:
    """`every lstm`: that layer's parameters, and the formula with the numbers put in."""
    call = call_of(lesson.case(name), layer)
    assert call.node.layer is not None
    yield from arithmetic(call.node.layer, call.weights)


def demo(lesson: Lesson, name: str) -> Iterator[Block]:
    """A demonstration in numbers: imported only where one is shown, since NumPy is slow to load."""
    from lstmshape.explain.demos import find_demo

    yield from find_demo(name)(lesson.numbers)


def check(lesson: Lesson, name: str, by_hand: str = "") -> Iterator[Block]:
    """What `check` says of a spec, and the spec as its first fix makes it (or another spec)."""
    report = lesson.report(name)
    if not report.diagnostics:
        yield Paragraph("`lstmshape check` finds nothing: with these numbers the shapes fit.")
        return
    if name not in lesson.errors and not any(d.keras == "refuses" for d in report.diagnostics):
        yield Paragraph("Keras builds it without a word.")
    yield Code("text", said(report, room=lesson.numbers.room), "`lstmshape check` says:")
    if by_hand:
        assert lesson.report(by_hand).ok, f"{by_hand} is not mended"
        yield Code("yaml", lesson.specs[by_hand].text, "What you want is this:")
        return
    done = mended(report)
    if done is not None:
        yield Code("yaml", done.text, done.said)


def write(lesson: Lesson, name: str) -> Iterator[Block]:
    """A spec, and the Keras lines that make the same model."""
    yield Code("yaml", lesson.specs[name].text, "As a spec:")
    yield Code("python", keras_lines(lesson.case(name), lesson.numbers.room), "In Keras:")


def data(lesson: Lesson, name: str) -> Iterator[Block]:
    """NumPy lines that bring data into shape, run."""
    from lstmshape.explain.demos.data import recipes

    yield from recipes(name, lesson.numbers)


def counts(lesson: Lesson, *names: str) -> Iterator[Block]:
    """`lstm gru`: the parameters of specs side by side, with the formula of each layer's class."""
    rows = []
    for name in names:
        case = lesson.case(name)
        params = totals(case.flow.weights()).params
        rows.append((lesson.specs[name].caption or name, f"{params:,}"))
    yield Table(("", "parameters"), tuple(rows), (1,))


def formula(lesson: Lesson, *names: str) -> Iterator[Block]:
    """`LSTM GRU`: the parameter formula of layer classes."""
    rows = []
    for name in names:
        cls = find(name)
        assert cls is not None
        rows.append((name, cls.formula, worked_out(cls.formula, lesson.numbers.values) or ""))
    yield Table(("class", "parameters", "here"), tuple(rows), (2,))


# -- inside prose -------------------------------------------------------------------------------


def shape(lesson: Lesson, name: str, layer: str) -> str:
    """`every lstm`, `every lstm:1`: what a layer gives; an input's name stands for itself."""
    layer, _, output = layer.partition(":")
    call = call_of(lesson.case(name), layer)
    return f"`{lesson.numbers.shape(call.outputs[int(output or 0)].shape)}`"


def params(lesson: Lesson, name: str, layer: str = "") -> str:
    """`every`, `every lstm`: how many parameters a spec, or a layer of it, has."""
    case = lesson.case(name)
    if not layer:
        return f"{totals(case.flow.weights()).params:,}"
    return f"{sum(weight.size for weight in call_of(case, layer).weights):,}"


def call_of(case: Case, layer: str) -> CallFlow:
    """The call of a layer, or the input, by name. KeyError when there is none."""
    return case.flow.calls[case.graph.by_name[layer]]


def _special(module: str, function: str) -> Callable[..., Iterator[Block]]:
    """A table of its own, from a module that is imported when a page wants it."""

    def run(lesson: Lesson, *words: str) -> Iterator[Block]:
        from importlib import import_module

        made: Any = getattr(import_module(f"lstmshape.explain.{module}"), function)
        return iter(made(lesson.numbers, *words))

    return run


DIRECTIVES: dict[str, Callable[..., Iterator[Block]]] = {
    "draw": draw,
    "table": table,
    "arithmetic": spell,
    "demo": demo,
    "check": check,
    "write": write,
    "data": data,
    "counts": counts,
    "formula": formula,
    "samples": _special("sketches", "samples"),
    "masks": masks,
    "batches": _special("sketches", "batches"),
    "block": _special("sketches", "block"),
    "fused": _special("sketches", "fused"),
    "torch-shapes": _special("special", "torch_shapes"),
    "torch-counts": _special("special", "torch_counts"),
    "cudnn": _special("special", "cudnn"),
    "losses": _special("special", "losses"),
}
INLINE: dict[str, Callable[..., str]] = {"shape": shape, "params": params}
