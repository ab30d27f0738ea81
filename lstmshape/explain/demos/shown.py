"""How numbers are printed: four decimals, the first few and the last, and how far two are apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lstmshape.explain.blocks import Code, Paragraph
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.numerics import Array, pattern

#: multiplications of one run; sizes that need more are cut, which the page then says
BUDGET = 300_000_000
#: what is cut first, and how far
CUT = (("batch", 2), ("timesteps", 50), ("features", 64), ("units", 64), ("timesteps", 1))
#: numbers of a vector that are shown
SHOWN = 4


class Sizes:
    """The reader's sizes as a demonstration runs them; `least` are what it needs to show anything.

    Where it runs the whole batch, `batch` is among `least`.
    """

    def __init__(self, numbers: Numbers, **least: int) -> None:
        names = ("units", "timesteps", "features", "batch")
        self._wanted = {name: max(numbers[name], least.get(name, 1)) for name in names}
        self._made = dict(self._wanted)
        samples = "batch" in least
        if not samples:
            self._made["batch"] = 1
        for name, low in CUT:
            over = _work(self._made) / BUDGET
            if over > 1:
                kept = max(int(self._made[name] / over), low)
                self._made[name] = min(self._made[name], kept)
        self._told = names if samples else names[:3]

    @property
    def units(self) -> int:
        return self._made["units"]

    @property
    def steps(self) -> int:
        return self._made["timesteps"]

    @property
    def features(self) -> int:
        return self._made["features"]

    @property
    def batch(self) -> int:
        return self._made["batch"]

    def x(self, samples: int = 1, steps: int = 0, start: int = 900) -> Array:
        """Input of so many samples (and steps, else the reader's)."""
        return pattern(samples, steps or self.steps, self.features, start=start)

    def said(self, text: str) -> Paragraph:
        """A sentence before the numbers, with what was cut."""
        cut = [
            f"{name} {self._made[name]:,}"
            for name in self._told
            if self._made[name] != self._wanted[name]
        ]
        note = f" (Run with {', '.join(cut)} to be quick.)" if cut else ""
        return Paragraph(text + note)


def _work(sizes: Mapping[str, int]) -> int:
    """The multiplications of an LSTM of these sizes."""
    units, features = sizes["units"], sizes["features"]
    return sizes["batch"] * sizes["timesteps"] * 4 * units * (features + units)


def vector(numbers: Array, shown: int = SHOWN) -> str:
    """`[ 0.1234 -0.5678 ...  0.0900]`: the first numbers and the last."""
    cells = [number(float(n)) for n in np.ravel(numbers)]
    if len(cells) > shown + 1:
        cells = [*cells[: shown - 1], "...", cells[-1]]
    return "[" + " ".join(cells) + "]"


def number(value: float) -> str:
    """Four decimals; never `-0.0000`."""
    text = f"{value:7.4f}"
    return " 0.0000" if text == "-0.0000" else text


def lines(rows: Iterable[tuple[str, str]], title: str = "") -> Code:
    """Labelled lines: the labels padded to one width."""
    rows = list(rows)
    room = max(len(label) for label, _ in rows)
    text = "".join(f"{label:<{room}}  {value}".rstrip() + "\n" for label, value in rows)
    return Code("text", text, title)


def apart(a: Array, b: Array) -> str:
    """How far two arrays are apart; what rounding may do, on one machine or another, is nothing."""
    most = float(np.max(np.abs(a - b))) if a.size else 0.0
    return "below 1e-9" if most < 1e-9 else f"{most:.4f}"


def shape_text(array: Array) -> str:
    return str(array.shape)


def some_steps(steps: int, shown: int = 3) -> Sequence[int]:
    """The first steps and the last, counted from 0."""
    return range(steps) if steps <= shown + 1 else (*range(shown), steps - 1)


def step_rows(label: str, outputs: Array, shown: int = 3) -> Iterable[tuple[str, str]]:
    """A line a step of one sample's outputs (timesteps, units)."""
    before = -1
    for step in some_steps(len(outputs), shown):
        if step != before + 1:
            yield "...", ""
        before = step
        yield f"{label} {step + 1}", vector(outputs[step])
