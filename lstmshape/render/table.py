"""The table of a model, its totals, and a block for each diagnostic: what a person reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import StringIO

from rich import box
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from lstmshape.case import Case
from lstmshape.pipeline import FileReport, stem
from lstmshape.render.base import Look, Summary, statistics_lines, summary_line
from lstmshape.render.cells import Cell, Column, fit, grid
from lstmshape.render.drawing import drawn
from lstmshape.render.escape import escape
from lstmshape.render.rows import Row, batch_size_of, rows_of, totals_of
from lstmshape.render.sizes import count_text, memory
from lstmshape.render.snippets import Line, Model, block, more_command, wrapped
from lstmshape.render.stacked import stacked

SUMMARY = "stdout"
#: source lines are cut to so many columns where no terminal says how many there are
PIPE_ROOM = 120
#: rows of a table above which rich takes too long to draw it (a millisecond a row)
LONG = 300
_TRAILING = re.compile(r" +$", re.M)

#: colours of the terminal's own palette, so that they suit its background
STYLES = {
    "error": "bold red", "warning": "bold yellow", "note": "bold cyan", "message": "bold",
    "gutter": "blue", "primary": "red", "related": "blue", "help": "bold green", "proof": "green",
    "code": "bold", "name": "bold", "class": "cyan", "dim": "dim", "ok": "green",
    "blocked": "dim", "refused": "bold red",
}  # fmt: skip


def part(report: FileReport, look: Look) -> str:
    """The table and the diagnostics of one file, as text (with colour codes if asked for)."""
    out = StringIO()
    console = Console(
        file=out, width=look.width, height=1000, markup=False, highlight=False, emoji=False,
        force_terminal=look.color, color_system="standard" if look.color else None,
        no_color=not look.color, legacy_windows=False, soft_wrap=True,
    )  # fmt: skip
    case = report.case
    rows: list[Row] = []
    if case is not None:
        rows = rows_of(case, batch_size_of(case) if look.columns else None)
        if not look.quiet:
            _model(console, report, case, rows, look)
    _diagnostics(console, report, rows, look)
    return _TRAILING.sub("", out.getvalue())


def whole(parts: Iterable[str], summary: Summary, look: Look) -> Iterator[str]:
    """All files, a blank line between them, then the counts."""
    gap = ""
    for text in parts:
        if text:
            yield gap + text
            gap = "\n"
    if look.statistics and summary.tally.codes:
        yield gap + "".join(f"{line}\n" for line in statistics_lines(summary.tally))
        gap = "\n"
    if not look.quiet:
        yield gap + "\n  ".join(wrapped(summary_line(summary, look), look.wrap, 0, 2)) + "\n"


# -- the model ----------------------------------------------------------------------------------


def _model(console: Console, report: FileReport, case: Case, rows: list[Row], look: Look) -> None:
    title: Line = [(escape(report.path), "name")]
    if report.name != stem(report.path):
        title.append((f"  {escape(report.name)}", "class"))
    _print(console, title)
    if rows:
        marks = _marks(report, case)
        columns = grid(rows, marks, look)
        widths = fit(columns, look.width)
        if widths is None:
            for line in stacked(rows, marks, look):
                _print(console, line)
        else:
            _tabled(console, columns, widths)
    for text in _totals(case, rows, look):
        for number, part in enumerate(wrapped(text, look.wrap, 0, 2)):
            _print(console, [("  " if number else "", ""), (part, "")])


def _marks(report: FileReport, case: Case) -> dict[int, tuple[str, str]]:
    """(text, style) of the mark of each call, by its index: the gravest code found there."""
    order = ("error", "warning", "note")
    marks: dict[int, tuple[str, str]] = {}
    for diagnostic in sorted(report.diagnostics, key=lambda d: order.index(d.severity)):
        node = case.node_at(diagnostic.place.path)
        if node is not None:
            marks.setdefault(node.index, (diagnostic.code, diagnostic.severity))
    return marks


def _tabled(console: Console, columns: list[Column], widths: list[int]) -> None:
    if len(columns[0].cells) <= LONG:
        console.print(_table(columns, widths), soft_wrap=False)
        return
    codes = {style: Style.parse(look) for style, look in {**STYLES, "head": "bold"}.items()}
    system = ColorSystem.STANDARD if console.color_system else None

    def paint(text: str, style: str) -> str:
        return codes[style].render(text, color_system=system)

    console.file.writelines(f"{line}\n" for line in drawn(columns, widths, paint))


def _table(columns: list[Column], widths: list[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column.title, justify="right" if column.number else "left", width=width, no_wrap=True
        )
    for at in range(len(columns[0].cells)):
        table.add_row(
            *(_text(column.cells[at], width) for column, width in zip(columns, widths, strict=True))
        )
    return table


def _text(cell: Cell, width: int) -> Text:
    return Text("\n").join(
        Text.assemble(*((text, STYLES.get(style, "")) for text, style in line))
        for line in cell.wrapped(width)
    )


def _totals(case: Case, rows: list[Row], look: Look) -> Iterator[str]:
    """Below the table: parameters, memory, costs, the sizes that were bound, what is required."""
    totals = totals_of(rows)
    so_far = "" if totals.complete else " so far"
    yield (
        f"{totals.params:,} params{so_far} ({memory(totals.weight_bytes)}): "
        f"{totals.trainable:,} trainable, {totals.non_trainable:,} non-trainable"
    )
    if look.columns:
        yield (
            f"{count_text(totals.macs)} MACs a sample; activations "
            f"{memory(totals.activation_bytes)} at batch size {batch_size_of(case):,}"
        )
    if case.spec.bindings:
        yield f"with {_bindings(case)}"
    needs = case.flow.requirements.texts()
    if needs:
        yield f"needs {', '.join(map(escape, needs))}"


def _bindings(case: Case) -> str:
    return ", ".join(f"{escape(name)} = {size}" for name, size in case.spec.bindings.items())


# -- diagnostics --------------------------------------------------------------------------------


def _diagnostics(console: Console, report: FileReport, rows: list[Row], look: Look) -> None:
    model = _as_it_is(report, rows)
    told: set[str] = set()
    room = look.width if look.wrap is not None else max(look.width, PIPE_ROOM)
    gap = report.case is not None and not look.quiet
    for diagnostic in report.diagnostics:
        if gap:
            console.print()
        gap = True
        more = more_command(diagnostic)
        for line in block(
            diagnostic, report.document, room=room, wrap=look.wrap, model=model,
            more=more not in told,
        ):  # fmt: skip
            _print(console, line)
        told.add(more)


def _as_it_is(report: FileReport, rows: list[Row]) -> Model:
    if report.case is None or not all(row.status == "ok" for row in rows):
        return Model(None, None)
    shapes = tuple(
        tensor.shape if tensor is not None else None for _, tensor in report.case.flow.outputs()
    )
    return Model(shapes, totals_of(rows).params)


def _print(console: Console, line: Line) -> None:
    text = Text.assemble(*((piece, STYLES.get(style, "")) for piece, style in line))
    text.rstrip()
    console.print(text, soft_wrap=True)
