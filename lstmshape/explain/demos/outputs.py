"""What comes out of a recurrent layer, in numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmshape.explain.blocks import Block, Paragraph
from lstmshape.explain.demos.shown import Sizes, apart, lines, number, step_rows, vector
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.numerics import (
    MERGES,
    bidirectional,
    dense,
    pattern,
    run,
    weights_for,
)
from lstmshape.render.base import counted


def last_row(numbers: Numbers) -> Iterator[Block]:
    """return_sequences: the last of its rows is the output without it."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    made = run("LSTM", sizes.x(), weights)
    yield sizes.said(
        f"One sample through one LSTM({sizes.units}), run by a small NumPy LSTM just now; its "
        "weights and its data come from a formula, and are the same each time. With "
        "`return_sequences=True`:"
    )
    yield lines(step_rows("step", made.outputs[0]))
    yield Paragraph("And with `return_sequences=False`, the same weights and the same sample:")
    yield lines([("output", vector(made.last[0]))])
    yield Paragraph(
        f"The last row is the whole output: the largest difference is "
        f"{apart(made.outputs[0, -1], made.last[0])}."
    )


def states(numbers: Numbers) -> Iterator[Block]:
    """return_state: the output is h, and c is another vector."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    made = run("LSTM", sizes.x(), weights)
    h, c = made.states
    yield sizes.said("One sample through an LSTM with `return_state=True`, three outputs:")
    yield lines([("output", vector(made.last[0])), ("h", vector(h[0])), ("c", vector(c[0]))])
    o = float(np.max(np.abs(h)))
    yield Paragraph(
        f"`h` is the output again (difference {apart(h, made.last)}), while `c` is what the "
        f"LSTM remembers. Every number of `h` is a gate times tanh, within -1 and 1 (the largest "
        f"here is {o:.4f}); `c` adds up over the steps and has no such bound."
    )


def backwards(numbers: Numbers) -> Iterator[Block]:
    """go_backwards: the same as turning the input round."""
    sizes = Sizes(numbers, timesteps=2)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x = sizes.x()
    back = run("LSTM", x, weights, go_backwards=True)
    turned = run("LSTM", x[:, ::-1], weights)
    yield sizes.said("One sample, read from its end with `go_backwards=True`, every step kept:")
    yield lines(
        (label.replace("step", "row"), f"{value}  after reading x{sizes.steps + 1 - int(n)}")
        if (n := label.rpartition(" ")[2]).isdecimal()
        else (label, value)
        for label, value in step_rows("step", back.outputs[0], 2)
    )
    yield Paragraph(
        f"An ordinary LSTM gives the same for `x[:, ::-1]`: the largest difference is "
        f"{apart(back.outputs, turned.outputs)}. Row 1 belongs to the last step of the input."
    )


def width(numbers: Numbers) -> Iterator[Block]:
    """units: how many numbers each step gives, and nothing else."""
    sizes = Sizes(numbers)
    x = sizes.x()
    rows = []
    for units in dict.fromkeys((1, 2, sizes.units)):
        made = run("LSTM", x, weights_for("LSTM", sizes.features, units))
        rows.append((f"units {units}", f"{vector(made.last[0])}  {made.last.shape}"))
    yield sizes.said(f"The same sample of {sizes.steps} steps through LSTMs of different `units`:")
    yield lines(rows)


def both_ways(numbers: Numbers) -> Iterator[Block]:
    """bidirectional: two runs, and four ways to make one output of them."""
    sizes = Sizes(numbers)
    forward = weights_for("LSTM", sizes.features, sizes.units)
    backward = forward._replace(kernel=forward.kernel * -0.7)
    x = sizes.x()
    ahead, behind, *_ = bidirectional("LSTM", x, forward, backward)
    yield sizes.said("One sample, the last step of each direction, and what `merge_mode` makes:")
    rows = [("forward", vector(ahead.last[0])), ("backward", vector(behind.last[0]))]
    for mode in MERGES:
        last = bidirectional("LSTM", x, forward, backward, mode)[3]
        rows.append((mode, f"{vector(last[0])}  {last.shape}"))
    yield lines(rows)


def longer(numbers: Numbers) -> Iterator[Block]:
    """timesteps: the same weights read any number of steps."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    count = sum(part.size for part in weights)
    rows = []
    for steps in dict.fromkeys((1, sizes.steps, 2 * sizes.steps)):
        made = run("LSTM", sizes.x(steps=steps), weights)
        rows.append((counted(steps, "step"), f"{vector(made.last[0])}  {made.last.shape}"))
    yield sizes.said(f"One set of {count:,} weights, run over sequences of different lengths:")
    yield lines(rows)


def prefix(numbers: Numbers) -> Iterator[Block]:
    """many-to-many: row k knows the steps up to k only."""
    sizes = Sizes(numbers, timesteps=2)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    kernel, bias = pattern(sizes.units, 1, start=31), pattern(1)
    x = sizes.x()
    other = x.copy()
    other[:, -1] += 1.0
    one, two = (
        dense(run("LSTM", each, weights).outputs, kernel, bias)[0, :, 0] for each in (x, other)
    )
    yield sizes.said("One number a step, `Dense(1)` on every row; then the last step is changed:")
    yield lines([("as it is", vector(one, 5)), ("last step changed", vector(two, 5))])
    yield Paragraph(
        f"The largest difference of the steps before is {apart(one[:-1], two[:-1])}, that of the "
        f"last {apart(one[-1:], two[-1:])}: row k has seen steps 1 to k, and nothing after them. "
        "`Bidirectional` is what lets a row see both sides."
    )


def one_number(numbers: Numbers) -> Iterator[Block]:
    """many-to-one: a vector, and the Dense that makes a number of it."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    kernel, bias = pattern(sizes.units, 1, start=31), pattern(1)
    last = run("LSTM", sizes.x(samples=2), weights).last
    made = dense(last, kernel, bias)
    yield sizes.said(
        "Two samples: the LSTM's last step, and the one number that Dense makes of it:"
    )
    yield lines(
        (f"sample {n + 1}", f"{vector(last[n])} -> {number(float(made[n, 0]))}") for n in range(2)
    )
