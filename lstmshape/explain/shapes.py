"""Shapes before and after, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmshape.case import Case
from lstmshape.explain.blocks import Table
from lstmshape.explain.numbers import Numbers
from lstmshape.naming import snake_case
from lstmshape.render.escape import escape
from lstmshape.render.rows import Row, rows_of


def shape_table(cases: Sequence[tuple[str, Case]], numbers: Numbers) -> Table:
    """One line a case, for models of one layer; a layer's further outputs follow in lines."""
    rows: list[tuple[str, ...]] = []
    for caption, case in cases:
        for row in rows_of(case):
            rows += lines_of(row, numbers, caption)
    return Table(("", "input", "output", "params"), tuple(rows), (3,))


def shape_tables(cases: Sequence[tuple[str, Case]], numbers: Numbers) -> Iterator[Table]:
    """A table a case, a line a layer."""
    for caption, case in cases:
        lines = [line for row in rows_of(case) for line in lines_of(row, numbers, named(row))]
        headers = ("layer", "input", "output", "params")
        yield Table(headers, tuple(lines), (3,), f"{caption}:" if len(cases) > 1 else "")


def named(row: Row) -> str:
    """`decoder (LSTM)`; `lstm` alone says its class."""
    name, own = row.node.name, snake_case(row.class_name)
    said = name == own or name.rpartition("_")[0] == own
    return escape(name if said else f"{name} ({row.class_name})")


def lines_of(row: Row, numbers: Numbers, first: str) -> list[tuple[str, ...]]:
    """A line for each input and output of a call."""
    reads = [escape(numbers.shape(tensor.shape)) for tensor in row.inputs]
    gives = [
        escape(f"{out.label} {numbers.shape(out.tensor.shape)}".strip()) for out in row.outputs
    ]
    params = "-" if row.params is None else f"{row.params:,}"
    height = max(len(reads), len(gives), 1)
    columns = (
        [first], reads, gives or ["refused" if row.status == "refused" else "-"], [params]
    )  # fmt: skip
    padded = [column + [""] * (height - len(column)) for column in columns]
    return list(zip(*padded, strict=True))
