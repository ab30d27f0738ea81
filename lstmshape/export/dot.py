"""A Graphviz graph: `dot -Tsvg model.dot`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmshape.export.drawn import Box, drawn

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

_LOOKS = {
    "input": ", shape=oval",
    "layer": "",
    "refused": ', color="#cc0000", penwidth=3',
    "output": ", shape=oval",
}


def export(report: FileReport) -> str:
    """The graph of a model, also of one with errors."""
    assert report.case is not None, "what could not be read is not exported"
    boxes, edges = drawn(report.case)
    lines = [f"digraph {quoted(report.name)} {{", "    node [shape=box, fontname=Helvetica]"]
    lines += [f"    {_box(box)}" for box in boxes]
    lines += [f"    {edge.source} -> {edge.target} [label={quoted(edge.label)}]" for edge in edges]
    return "\n".join(lines) + "\n}\n"


def _box(box: Box) -> str:
    return f"{box.key} [label={quoted(*box.lines)}{_LOOKS[box.kind]}]"


def quoted(*lines: str) -> str:
    """Lines as one string of DOT, each centred."""
    return '"' + "\\n".join(map(_escaped, lines)) + '"'


def _escaped(text: str) -> str:
    """A backslash stands for itself, and `&` for no entity; what cannot be printed is a `?`."""
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
