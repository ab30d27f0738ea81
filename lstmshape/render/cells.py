"""The columns of the table and how they are fitted into a width, without a library to draw them.

A cell is a list of lines, a line a list of pieces; a line is broken between its pieces, a piece
only when it is longer than its column. Numbers are never broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lstmshape.dims import Dim
from lstmshape.layers.base import Tensor, Weight
from lstmshape.render.base import Look
from lstmshape.render.escape import escape, width
from lstmshape.render.rows import Row
from lstmshape.render.sizes import count_text, shape_text
from lstmshape.render.snippets import Line

#: between two columns
GAP = 2
#: a piece is never wider than this: names and shapes that are, are broken somewhere
WIDEST_NAME, WIDEST_SHAPE = 24, 30
#: the columns that give way where there is no room, the first one first
NARROWED = ("reads", "weights", "layer", "input", "mask", "output")
#: where a piece may be broken: behind `, `, `_`, `/` and within CamelCase
_SOFT = re.compile(r"(?<=, )|(?<=[_/:.])(?!\d)|(?<=[a-z0-9])(?=[A-Z])")


class Cell(NamedTuple):
    """What stands in a row and column."""

    lines: tuple[Line, ...]

    @property
    def natural(self) -> int:
        """The width of the longest line, pieces joined by spaces."""
        return max((sum(width(text) + 1 for text, _ in line) - 1 for line in self.lines), default=0)

    @property
    def pieces(self) -> Iterator[str]:
        return (text for line in self.lines for text, _ in line)

    def wrapped(self, room: int) -> list[Line]:
        """The lines broken to `room` columns, pieces joined by spaces."""
        return [part for line in self.lines for part in broken(line, room)] or [[]]


class Column(NamedTuple):
    """One column and the widths that it can have."""

    title: str
    cells: list[Cell]
    number: bool = False
    widest_piece: int = WIDEST_NAME

    @property
    def natural(self) -> int:
        """No line is broken."""
        return max(len(self.title), *(cell.natural for cell in self.cells))

    @property
    def comfortable(self) -> int:
        """Lines are broken, but no names or shapes."""
        return self._room(piece for cell in self.cells for piece in cell.pieces)

    @property
    def least(self) -> int:
        """Names are broken where they may be; a shape that is broken is hard to read."""
        if self.widest_piece == WIDEST_SHAPE:
            return self.comfortable
        pieces = (piece for cell in self.cells for piece in cell.pieces)
        return self._room(part for piece in pieces for part in _SOFT.split(piece))

    def _room(self, parts: Iterable[str]) -> int:
        if self.number:
            return self.natural
        longest = max((width(part.rstrip()) for part in parts), default=0)
        return max(len(self.title), min(longest, self.widest_piece))


def grid(rows: list[Row], marks: dict[int, tuple[str, str]], look: Look) -> list[Column]:
    """The columns of a model's table; `marks` says what was found at a call."""
    flat = list(flat_rows(rows, deep=look.verbose))
    columns = [
        Column("layer", [_name(row, depth) for row, depth in flat]),
        Column("reads", [_reads(row) for row, _ in flat]),
        Column("input", [_inputs(row) for row, _ in flat], widest_piece=WIDEST_SHAPE),
        Column("output", [_outputs(row) for row, _ in flat], widest_piece=WIDEST_SHAPE),
        Column("params", [_params(row, depth) for row, depth in flat], number=True),
    ]
    if look.columns:
        columns += [
            Column("MACs", [_size(row.macs) for row, _ in flat], number=True),
            Column("activations", [_size(row.activation_bytes) for row, _ in flat], number=True),
            Column(
                "weights", [_weights(row.weights) for row, _ in flat], widest_piece=WIDEST_SHAPE
            ),
            Column("dtype", [_dtypes(row) for row, _ in flat]),
            Column("mask", [_masks(row) for row, _ in flat]),
        ]
    columns.append(Column("", [Cell(([mark_of(row, marks, depth)],)) for row, depth in flat]))
    return columns


def flat_rows(rows: list[Row], deep: bool, depth: int = 0) -> Iterator[tuple[Row, int]]:
    """The rows, those of models inside models behind their own where asked for."""
    for row in rows:
        yield row, depth
        if deep and row.inner:
            yield from flat_rows(list(row.inner), deep, depth + 1)


def fit(columns: list[Column], room: int) -> list[int] | None:
    """A width for each column, narrowed in the order of `NARROWED`; None when they cannot fit."""
    widths = {column.title: column.natural for column in columns}
    over = sum(widths.values()) + GAP * (len(columns) - 1) - room
    for low in ("comfortable", "least"):
        for column in sorted(columns, key=_order) if over > 0 else ():
            given = max(min(over, widths[column.title] - getattr(column, low)), 0)
            widths[column.title] -= given
            over -= given
    return list(widths.values()) if over <= 0 else None


def _order(column: Column) -> int:
    return NARROWED.index(column.title) if column.title in NARROWED else len(NARROWED)


# -- cells --------------------------------------------------------------------------------------


def _cell(*lines: Line) -> Cell:
    return Cell(tuple(lines))


def _name(row: Row, depth: int) -> Cell:
    indent = "  " * depth
    name = (indent + escape(row.node.name), "name")
    return _cell([name, (f"({escape(row.class_name)})", "class")])


def _reads(row: Row) -> Cell:
    lines: list[Line] = [[(escape(name), "")] for name in row.reads]
    for key, names in row.options:
        lines.append([(f"{escape(key)}:", "dim"), *((escape(name), "") for name in names)])
    return _cell(*lines)


def _inputs(row: Row) -> Cell:
    return _cell(*([(shape_text(tensor.shape), "")] for tensor in row.inputs))


def _outputs(row: Row) -> Cell:
    if row.status != "ok":
        return _cell([("-", "dim")])
    return _cell(*(_output(output.label, output.tensor) for output in row.outputs))


def _output(label: str, tensor: Tensor) -> Line:
    shape = (shape_text(tensor.shape), "")
    return [(label, "dim"), shape] if label else [shape]


def _params(row: Row, depth: int) -> Cell:
    if row.params is None:
        return _cell([("-", "dim")])
    aside = depth > 0 or row.unused
    return _cell([(f"({row.params:,})" if aside else f"{row.params:,}", "dim" if aside else "")])


def _size(size: Dim | None) -> Cell:
    if size is None:
        return _cell([("-", "dim")])
    return _cell([(count_text(size), "")])


def _weights(weights: Iterable[Weight]) -> Cell:
    return _cell(
        *(
            [(escape(w.name), "" if w.trainable else "dim"), (shape_text(w.shape), "")]
            for w in weights
        )
    )


def _dtypes(row: Row) -> Cell:
    return _cell(*([(output.tensor.dtype, "")] for output in row.outputs))


def _masks(row: Row) -> Cell:
    return _cell(
        *(
            [("-" if mask is None else shape_text(mask), "dim" if mask is None else "")]
            for mask in (output.tensor.mask for output in row.outputs)
        )
    )


def mark_of(row: Row, marks: dict[int, tuple[str, str]], depth: int = 0) -> tuple[str, str]:
    """(text, style): the code of what was found at the call, else what became of it."""
    found = None if depth else marks.get(row.node.index)
    return found or (row.status, row.status)


# -- breaking -----------------------------------------------------------------------------------


def broken(line: Line, room: int) -> Iterator[Line]:
    """A line broken between its pieces, and within a piece that is wider than `room`."""
    current: Line = []
    taken = 0
    for text, style in line:
        wide = width(text)
        if current and taken + 1 + wide > room:
            yield current
            current, taken = [], 0
        if wide > room:
            *before, text = _chopped(text, room)
            yield from ([(part, style)] for part in before)
            wide = width(text)
        if current:
            current.append((" ", ""))
            taken += 1
        current.append((text, style))
        taken += wide
    if current:
        yield current


def _chopped(text: str, room: int) -> Iterator[str]:
    """A text in parts of at most `room` columns, broken where it may be, else anywhere."""
    line = ""
    for part in _SOFT.split(text):
        if line and width(line) + width(part.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += part
        while width(line.rstrip()) > room:
            end = 1
            while width(line[: end + 1]) <= room:
                end += 1
            yield line[:end]
            line = line[end:]
    yield line
