"""Drawings that no single model shows: several samples, two batches, the block of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape import dims
from lstmshape.explain.blocks import Block, Drawing
from lstmshape.explain.drawing import Row, Segment, draw
from lstmshape.explain.numbers import Numbers


def samples(numbers: Numbers, last: str = "") -> Iterator[Block]:
    """A batch: samples side by side, with nothing between them."""
    count = numbers.value(last) if last else numbers["batch"]
    steps, shape = numbers["timesteps"], f"({count}, {numbers['timesteps']}, {numbers['features']})"
    row = Row("loop", "", "LSTM", steps, read=False)
    line = draw([Segment((row,), steps, "")], numbers.room - len(f"sample {count}") - 7)[0].strip()
    room = len(f"sample {count}")
    lines = [f"{f'sample {n}':<{room}}  {line} ─→ y" for n in range(1, min(count, 3) + 1)]
    if count > 4:
        lines.append("...")
    if count > 3:
        lines.append(f"sample {count}  {line} ─→ y")
    what = "one sample" if count == 1 else "the same weights, and nothing between the samples"
    yield Drawing(f"One call on {shape}: {what}:", tuple(lines))


def batches(numbers: Numbers, how: str) -> Iterator[Block]:
    """Two batches one after the other: `kept`, the state goes on; `fresh`, it begins from 0."""
    steps = numbers["timesteps"]
    kept = how == "kept"
    row = Row("loop", "", "LSTM", steps, start="0", final="h, c", goes_on=kept)
    after = row._replace(start="" if kept else "0", goes_on=False)
    first = Segment((row,), steps, "")
    title = "`stateful: true`" if kept else "`stateful: false`, the default"
    yield Drawing(
        f"{title}: sample 1 of one batch, and sample 1 of the next:",
        draw([first, first._replace(rows=(after,), first=steps + 1, makes="z")], numbers.room),
    )


def fused(numbers: Numbers) -> Iterator[Block]:
    """One kernel that takes all steps at once."""
    steps, units = numbers["timesteps"], numbers["units"]
    row = Row("whole", "lstm", "LSTM, one kernel", steps, shape=_shape(numbers, units))
    shape = _shape(numbers, steps, numbers["features"])
    yield Drawing(
        "`activation: tanh`, one kernel for all steps:",
        draw([Segment((row,), steps, shape)], numbers.room),
    )


def _shape(numbers: Numbers, *sizes: int) -> str:
    return numbers.shape((dims.name("batch"), *sizes))


def block(numbers: Numbers, how: str) -> Iterator[Block]:
    """The numbers of one sample: a row a step, a column a feature; `table`: without steps."""
    steps, features = numbers["timesteps"], numbers["features"]
    columns = _counted(features)
    head = "  ".join(f"{name:>4}" for name in columns)
    cells = "  ".join(f"{'...' if name == '...' else '.':>4}" for name in columns)
    noun = "step" if how == "sample" else "sample"
    rows = _counted(steps if how == "sample" else numbers["batch"])
    room = len(noun) + 1 + max(map(len, rows))
    lines = [f"{'':<{room}}  feature", f"{'':<{room}}{head}"]
    lines += ["..." if name == "..." else f"{f'{noun} {name}':<{room}}{cells}" for name in rows]
    if how == "sample":
        title = (
            f"One sample, ({steps}, {features}); a batch is {numbers['batch']} of these, "
            f"({numbers['batch']}, {steps}, {features}):"
        )
    else:
        title = f"A table, ({numbers['batch']}, {features}): it has no steps to walk along:"
    yield Drawing(title, tuple(lines))


def _counted(count: int, shown: int = 3) -> list[str]:
    if count <= shown + 1:
        return [str(n) for n in range(1, count + 1)]
    return [*(str(n) for n in range(1, shown + 1)), "...", str(count)]
