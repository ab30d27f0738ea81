"""A model where its table does not fit: a few lines a layer."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.dims import Dim
from lstmshape.render.base import Look
from lstmshape.render.cells import broken, flat_rows, mark_of
from lstmshape.render.escape import escape, width
from lstmshape.render.rows import Output, Row
from lstmshape.render.sizes import count_text, shape_text
from lstmshape.render.snippets import Line


def stacked(rows: list[Row], marks: dict[int, tuple[str, str]], look: Look) -> Iterator[Line]:
    """The lines of all rows, none wider than the look where its words allow it."""
    for row, depth in flat_rows(rows, deep=look.verbose):
        indent = "  " * depth
        yield from _head(row, indent, mark_of(row, marks, depth), look.width)
        for line in _body(row, look):
            for number, part in enumerate(broken(line, look.width - len(indent) - 4)):
                yield [(indent + ("  " if number == 0 else "    "), ""), *part]


def _head(row: Row, indent: str, mark: tuple[str, str], room: int) -> Iterator[Line]:
    """Name and class, with the mark at the right edge."""
    name, kind = escape(row.node.name), f"({escape(row.class_name)})"
    *before, last = broken([(name, "name"), (kind, "class")], room - len(indent) - len(mark[0]) - 1)
    for line in before:
        yield [(indent, ""), *line]
    taken = len(indent) + sum(width(text) for text, _ in last)
    yield [(indent, ""), *last, (" " * max(room - taken - len(mark[0]), 1), ""), mark]


def _body(row: Row, look: Look) -> Iterator[Line]:
    for position, name in enumerate(row.reads):
        line: Line = [("reads", "dim"), (escape(name), "")]
        if position < len(row.inputs):
            line.append((shape_text(row.inputs[position].shape), ""))
        yield line
    for key, names in row.options:
        yield [(f"{escape(key)}:", "dim"), *((escape(name), "") for name in names)]
    for output in row.outputs:
        yield _gives(output, look)
    if row.params is not None:
        yield list(_sizes(row))
    for weight in row.weights if look.columns else ():
        line = [("weight", "dim"), (escape(weight.name), ""), (shape_text(weight.shape), "")]
        yield line if weight.trainable else [*line, ("not trained", "dim")]


def _gives(output: Output, look: Look) -> Line:
    tensor = output.tensor
    line: Line = [("gives", "dim")]
    if output.label:
        line.append((output.label, "dim"))
    line.append((shape_text(tensor.shape), ""))
    if look.columns:
        line.append((tensor.dtype, "dim"))
        if tensor.mask is not None:
            line += [("mask", "dim"), (shape_text(tensor.mask), "")]
    return line


def _sizes(row: Row) -> Iterator[tuple[str, str]]:
    """Parameters, and with `--columns` what a call costs, as pieces of one line."""
    sizes: list[tuple[Dim | None, str]] = [
        (row.params, "params of no output" if row.unused else "params"),
        (row.macs, "MACs"),
        (row.activation_bytes, "bytes of activations"),
    ]
    known = [(size, what) for size, what in sizes if size is not None]
    for position, (size, what) in enumerate(known, 1):
        yield count_text(size), ""
        yield what + ("," if position < len(known) else ""), "dim"
