"""A whole spec at a glance: its way through time, its shapes, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.explain.blocks import Block, Code, Drawing, Page, Paragraph
from lstmshape.explain.findings import said
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.on_spec import VIEWS, places
from lstmshape.explain.pictures import picture
from lstmshape.explain.shapes import shape_tables
from lstmshape.explain.topics import topics
from lstmshape.flow import totals
from lstmshape.pipeline import FileReport
from lstmshape.render.escape import escape


def overview_page(report: FileReport, numbers: Numbers) -> Page:
    """The page of a spec when nothing is asked of it."""
    about = [(name, topics()[name].title) for name in _topics_of(report)]
    title = f"{escape(report.name)}, at a glance"
    return Page("spec", escape(report.path), title, tuple(_blocks(report, numbers)), about)


def _blocks(report: FileReport, numbers: Numbers) -> Iterator[Block]:
    case = report.case
    assert case is not None
    lines = picture(case, numbers)
    if lines:
        yield Drawing("The way through the model:", lines)
    yield from shape_tables([("", case)], numbers)
    yield Paragraph(f"{totals(case.flow.weights()).params:,} parameters.")
    if report.diagnostics:
        yield Code("text", said(report, room=numbers.room), "`lstmshape check` says:")
    path = escape(report.path)
    layers = [node.name for node in case.graph.nodes if node.layer is not None]
    asked = [f"lstmshape explain {path} --{name}" for name in _topics_of(report)[:3]]
    if layers:
        asked.append(f"lstmshape explain {path} --layer {escape(layers[-1])}")
    # lines of their own, so that they can be copied
    yield Code("sh", "\n".join(asked) + "\n", "Ask more of it:")


def _topics_of(report: FileReport) -> list[str]:
    """The topics that this model has layers for."""
    assert report.case is not None
    layers = [place.layer for place in places(report.case.flow)]
    return [name for name, view in VIEWS.items() if any(view.has(layer) for layer in layers)]
