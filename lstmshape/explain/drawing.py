"""Layers unrolled through time, in plain text: a row a layer, a column a timestep.

Time runs to the right and data runs up. A long sequence shows its first steps and its last; a
single vector stands in the last column. The only characters beyond ASCII are arrows and lines,
which `ascii_only` takes away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from lstmshape.dims import Dim, show
from lstmshape.render.escape import escape, width

#: what a row does: a loop over the steps / the same for each step / one vector in, one out /
#: one vector in, a sequence out / the whole sequence at once
Kind = Literal["loop", "each", "one", "spread", "whole"]
#: the steps at which a row gives something
Gives = Literal["every", "last", "first"]

#: between two cells, and across steps that are not shown
LINK, FAR = " ─→ ", " ─→ ... ─→ "
_ASCII = str.maketrans({"─": "-", "→": ">", "←": "<", "↑": "^"})
#: columns, longest text in a cell, longest name beside a row: what is tried until a drawing fits
FITS = ((4, 11, 16), (3, 11, 16), (2, 11, 16), (3, 6, 16), (2, 6, 16), (2, 6, 10), (2, 4, 7))


class Row(NamedTuple):
    """One layer. `steps` are those that come in (None: a single vector)."""

    kind: Kind
    name: str
    cell: str
    steps: Dim | None
    gives: Gives = "last"
    #: how many steps leave it, where these are not those that come in
    makes: Dim | None = None
    #: the shape that leaves it
    shape: str = ""
    backwards: bool = False
    #: read before the first step, and left behind after the last
    start: str = ""
    final: str = ""
    #: the segment beside it begins with what is left behind
    goes_on: bool = False
    #: how many of the steps at the end are passed over
    skipped: int = 0
    #: what it makes of the data goes on; False: nobody reads it
    read: bool = True
    #: reads what the row below reads too, not what it gives
    beside: bool = False


class Against(NamedTuple):
    """A target: its steps (None: one for the sample), and its shape."""

    steps: Dim | None
    shape: str


class Segment(NamedTuple):
    """Rows over one sequence, the lowest first, and what they read."""

    rows: tuple[Row, ...]
    steps: Dim | None
    shape: str
    #: the letter of the inputs and of the outputs
    reads: str = "x"
    makes: str = "y"
    #: what it reads is called that, where another segment reads something else
    name: str = ""
    #: the number of the first step
    first: int = 1
    #: what the outputs are compared with
    against: Against | None = None


class Slot(NamedTuple):
    """A column: its place from the left and the number of its step."""

    column: int
    step: str


def slots_of(steps: Dim | None, shown: int, first: int = 1) -> list[Slot]:
    """The columns of a sequence; the last of `shown` columns is always the last step."""
    last = shown - 1
    if steps is None:
        return [Slot(last, "")]
    if not isinstance(steps, int):
        end = show(steps) if first == 1 else show(steps + first - 1)
        return [*(Slot(n, str(n + first)) for n in range(last)), Slot(last, end)]
    if steps <= shown:
        return [Slot(shown - steps + n, str(n + first)) for n in range(steps)]
    begin = [Slot(n, str(n + first)) for n in range(last)]
    return [*begin, Slot(last, str(steps + first - 1))]


def has_gap(steps: Dim | None, shown: int) -> bool:
    """Whether steps are left out before the last column."""
    return steps is not None and not (isinstance(steps, int) and steps <= shown)


class _Grid:
    """Characters by line and column."""

    def __init__(self, height: int) -> None:
        self.lines = [""] * height

    def put(self, line: int, column: int, text: str) -> None:
        old = self.lines[line].ljust(column)
        self.lines[line] = old[:column] + text + old[column + width(text) :]

    def centred(self, line: int, middle: int, text: str) -> None:
        self.put(line, max(middle - width(text) // 2, 0), text)


class _Sketch:
    """One segment on the grid."""

    def __init__(
        self, grid: _Grid, segment: Segment, left: int, shown: int, cell: int, line: int = 0
    ) -> None:
        self.grid = grid
        self.segment = segment
        self.left = left
        self.shown = shown
        self.cell = cell
        #: the line above the rows so far; line 0 is the lowest
        self.line = line

    def edge(self, column: int) -> int:
        """The first character of a column."""
        far = len(FAR) - len(LINK) if column == self.shown - 1 and self.shown > 1 else 0
        return self.left + column * (self.cell + len(LINK)) + far

    def middle(self, column: int) -> int:
        return self.edge(column) + self.cell // 2

    @property
    def end(self) -> int:
        return self.edge(self.shown - 1) + self.cell

    def slots(self, steps: Dim | None) -> list[Slot]:
        return slots_of(steps, self.shown, self.segment.first)

    def draw(self) -> None:
        segment = self.segment
        wires = self.slots(segment.steps)
        self._labels(wires, segment.reads, segment.steps)
        self.line += 1
        for row in segment.rows:
            if not row.beside:
                self._arrows(wires)
            self._row(row)
            own = self._leaves(row)
            wires = [*wires, *own] if row.beside and row.gives == "first" else own
        if segment.rows and segment.rows[-1].read:
            self._arrows(wires)
            row = segment.rows[-1]
            self._labels(wires, segment.makes, made_steps(row), turned=row.backwards)
        if segment.against is not None:
            self._compare(segment.against)

    def _compare(self, against: Against) -> None:
        slots = self.slots(against.steps)
        for slot in slots:
            self.grid.put(self.line + 1, self.middle(slot.column), "|")
        self.line += 2
        self._labels(slots, "t", against.steps)

    def _labels(
        self, wires: Sequence[Slot], letter: str, steps: Dim | None, *, turned: bool = False
    ) -> None:
        every = len(wires) > 1 or steps is not None
        names = [f"{letter}{slot.step}" if every else letter for slot in wires]
        if turned and every:
            names = [f"{letter}{_mirrored(slot, steps)}" for slot in wires]
        for slot, name in zip(wires, names, strict=True):
            self.grid.centred(self.line, self.middle(slot.column), name)
        if has_gap(steps, self.shown):
            self.grid.centred(self.line, (self.edge(self.shown - 2) + self.end) // 2, "...")

    def _arrows(self, wires: Sequence[Slot]) -> None:
        for slot in wires:
            self.grid.put(self.line, self.middle(slot.column), "↑")
        self.line += 1

    def _row(self, row: Row) -> None:
        slots = self.slots(made_steps(row) if row.kind == "spread" else row.steps)
        if row.kind == "whole":
            self._box(row, slots)
        else:
            self._cells(row, slots)
        self.line += 1

    def _box(self, row: Row, slots: Sequence[Slot]) -> None:
        first, last = self.edge(slots[0].column), self.edge(slots[-1].column) + self.cell
        inside = cut(row.cell, max(last - first - 4, 3))
        self.grid.put(self.line, first, f"[{f' {inside} '.center(last - first - 2, '─')}]")

    def _cells(self, row: Row, slots: Sequence[Slot]) -> None:
        gap = has_gap(made_steps(row) if row.kind == "spread" else row.steps, self.shown)
        for number, slot in enumerate(slots):
            skipped = _skipped(row, slot)
            text = "(skip)" if skipped else f"[{cut(row.cell, self.cell - 2)}]"
            self.grid.put(self.line, self.edge(slot.column), text.center(self.cell))
            if number:
                far = gap and number == len(slots) - 1
                self._link(row, slots[number - 1].column, slot.column, far)
        if row.kind == "loop":
            ends = (self.edge(slots[0].column), self.edge(slots[-1].column) + self.cell)
            self._states(row, *ends)

    def _link(self, row: Row, before: int, after: int, far: bool) -> None:
        start, end = self.edge(before) + self.cell, self.edge(after)
        room = end - start
        if row.kind in ("each", "one"):
            text = "...".center(room) if far else ""
        elif row.kind == "spread":
            text = " ... ".center(room, "─") if far else "─" * room
        elif far:
            text = FAR
        else:
            text = " " + "─" * (room - 3) + "→ "
        if row.backwards:
            text = text[::-1].replace("→", "←")
        self.grid.put(self.line, start, text)

    def _states(self, row: Row, first: int, last: int) -> None:
        enters, leaves = (last, first) if row.backwards else (first, last)
        if row.start and not row.backwards:
            text = f"{row.start} ─→ "
            self.grid.put(self.line, max(enters - len(text), 0), text)
        if row.final and not row.backwards:
            # it goes on to the segment beside it, if there is one
            self.grid.put(self.line, leaves, f" ─→ {row.final}" + (" ─→" if row.goes_on else ""))

    def _leaves(self, row: Row) -> list[Slot]:
        """Where data leaves the row."""
        slots = self.slots(made_steps(row))
        if row.gives == "first":
            return [Slot(self.slots(row.steps)[0].column, "")]
        return slots


def made_steps(row: Row) -> Dim | None:
    """The steps that leave a row."""
    return (row.makes or row.steps) if row.gives == "every" else None


def _mirrored(slot: Slot, steps: Dim | None) -> str:
    """The number of a step, counted from the end."""
    if isinstance(steps, int):
        return str(steps + 1 - int(slot.step))
    return "1" if not slot.step.isdecimal() else show((steps or 0) + 1 - int(slot.step))


def _skipped(row: Row, slot: Slot) -> bool:
    if not row.skipped or not isinstance(row.steps, int) or not slot.step:
        return False
    return int(slot.step) > row.steps - row.skipped


def draw(segments: Sequence[Segment], room: int) -> tuple[str, ...]:
    """The drawing, its highest line first, in at most `room` columns where that is possible.

    Sequences side by side that take more are drawn one below the other.
    """
    together = len(segments) > 1
    lines = _fitted(segments, room, together)
    if together and max(map(width, lines)) > room:
        pieces = (_fitted([segment], room, together) for segment in _parted(segments))
        lines = tuple(line for piece in pieces for line in ("", *piece))[1:]
    return lines


def _parted(segments: Sequence[Segment]) -> Iterator[Segment]:
    """The segments on their own: each begins with what the one before it left behind."""
    left = ""
    for segment in segments:
        rows = list(segment.rows)
        first = next((n for n, row in enumerate(rows) if row.kind == "loop"), None)
        if left and first is not None:
            rows[first] = rows[first]._replace(start=left)
        left = next((row.final for row in rows if row.goes_on), "")
        yield segment._replace(rows=tuple(rows))


def _fitted(segments: Sequence[Segment], room: int, together: bool) -> tuple[str, ...]:
    for shown, cell, name in FITS:
        lines = _drawn(segments, shown, cell, name, together)
        if max(map(width, lines), default=0) <= room:
            break
    return lines


def _drawn(
    segments: Sequence[Segment], shown: int, longest: int, longest_name: int, together: bool
) -> tuple[str, ...]:
    rows = [row for segment in segments for row in segment.rows]
    cells = [row.cell for row in rows if row.kind != "whole"]
    cell = max([len("(skip)"), *(min(width(text), longest) + 2 for text in cells)])
    cell = max([cell, *(width(_longest_label(segment)) for segment in segments)])
    if together:
        return _side_by_side(segments, shown, cell)
    (segment,) = segments
    names = [_name(row, longest_name) for row in segment.rows]
    left = max(map(width, names), default=0) + 2 + _start(segment)
    grid = _Grid(_height(segment))
    sketch = _Sketch(grid, segment, left, shown, cell)
    sketch.draw()
    _captions(grid, segment, sketch, names)
    return tuple(line.rstrip() for line in reversed(grid.lines))


def _side_by_side(segments: Sequence[Segment], shown: int, cell: int) -> tuple[str, ...]:
    """Several sequences: no room for the layers' names, but below each is what it reads."""
    low = 1 if any(segment.name for segment in segments) else 0
    grid = _Grid(low + max(map(_height, segments)))
    left = 0
    for segment in segments:
        left += _start(segment)
        sketch = _Sketch(grid, segment, left, shown, cell, low)
        sketch.draw()
        final = max((len(row.final) for row in segment.rows if row.final), default=0)
        right = sketch.end + (final + 4 if final else 2) + 4
        if segment.name:
            first = sketch.edge(sketch.slots(segment.steps)[0].column)
            grid.put(0, first, f"{segment.name} {segment.shape}")
            right = max(right, width(grid.lines[0]) + 2)
        left = right
    return tuple(line.rstrip() for line in reversed(grid.lines))


def _start(segment: Segment) -> int:
    """The room for the states that are read before the first step."""
    return max((len(row.start) + 4 for row in segment.rows if row.start), default=0)


def _longest_label(segment: Segment) -> str:
    labels = [f"{segment.reads}{slot.step}" for slot in slots_of(segment.steps, 3, segment.first)]
    return max(labels, key=len)


def _height(segment: Segment) -> int:
    beside = sum(row.beside for row in segment.rows)
    end = 2 if segment.rows and segment.rows[-1].read else 0
    return 1 + 2 * len(segment.rows) - beside + end + (2 if segment.against else 0)


def _name(row: Row, longest: int) -> str:
    return cut(escape(row.name), longest)


def _captions(grid: _Grid, segment: Segment, sketch: _Sketch, names: Sequence[str]) -> None:
    """The layers' names on the left, the shapes on the right."""
    lines = list(_row_lines(segment))
    for (_, line), name in zip(lines, names, strict=True):
        grid.put(line, 0, name)
    right = max(max((width(line) for line in grid.lines), default=0), sketch.end) + 2
    grid.put(0, right, segment.shape)
    if segment.against is not None:
        grid.put(len(grid.lines) - 1, right, segment.against.shape)
        grid.put(len(grid.lines) - 1, 0, "target")
    for number, (row, line) in enumerate(lines):
        last = number == len(lines) - 1
        followed = not last and lines[number + 1][0].beside
        if row.shape and not followed and (row.read or not last):
            grid.put(line + (2 if last else 1), right, row.shape)


def _row_lines(segment: Segment) -> list[tuple[Row, int]]:
    line, found = 0, []
    for row in segment.rows:
        line += 1 if row.beside else 2
        found.append((row, line))
    return found


def ascii_only(text: str) -> str:
    """The text for a terminal that has ASCII only."""
    return text.translate(_ASCII).replace("…", "...")


def cut(text: str, room: int) -> str:
    """`text` in at most `room` columns, `~` where its end is left out."""
    while width(text) > room:
        text = text.rstrip("~")[:-1] + "~"
    return text
