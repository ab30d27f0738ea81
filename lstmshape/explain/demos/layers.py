"""Layers around a recurrent one, and what is inside it, in numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmshape.explain.blocks import Block, Paragraph
from lstmshape.explain.demos.shown import Sizes, apart, lines, step_rows, vector
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.numerics import (
    Array,
    Weights,
    dense,
    lstm_cell,
    pattern,
    run,
    sigmoid,
    weights_for,
)


def per_step(numbers: Numbers) -> Iterator[Block]:
    """time-distributed: Dense on a sequence is Dense on each step."""
    sizes = Sizes(numbers)
    x = sizes.x()
    kernel, bias = pattern(sizes.features, 3, start=17), pattern(3)
    whole = dense(x, kernel, bias)
    steps = np.stack([dense(x[:, step], kernel, bias) for step in range(sizes.steps)], axis=1)
    yield sizes.said("Three units on a sequence: `Dense(3)` at once, and step after step:")
    yield lines([*step_rows("at once, step", whole[0], 2)])
    yield lines([*step_rows("alone, step", steps[0], 2)])
    yield Paragraph(f"The largest difference is {apart(whole, steps)}.")


def repeated(numbers: Numbers) -> Iterator[Block]:
    """repeat-vector: the copies are equal, what an LSTM makes of them is not."""
    sizes = Sizes(numbers)
    copies = pattern(1, sizes.features, start=7)[:, None, :].repeat(3, axis=1)
    made = run("LSTM", copies, weights_for("LSTM", sizes.features, sizes.units))
    yield sizes.said(
        "The same vector three times, and what an LSTM makes of it: its state goes on from step to "
        "step, so the three differ:"
    )
    yield lines(step_rows("copy", copies[0]))
    yield lines(step_rows("LSTM, step", made.outputs[0]))


def stack(numbers: Numbers) -> Iterator[Block]:
    """stacked: the second layer reads the rows of the first."""
    sizes = Sizes(numbers)
    first = run("LSTM", sizes.x(), weights_for("LSTM", sizes.features, sizes.units))
    second = run("LSTM", first.outputs, weights_for("LSTM", sizes.units, sizes.units))
    yield sizes.said("The first layer's rows are the second layer's input, step by step:")
    yield lines(step_rows("layer 1, step", first.outputs[0], 2))
    yield lines(step_rows("layer 2, step", second.outputs[0], 2))


def pixels(numbers: Numbers) -> Iterator[Block]:
    """conv-lstm: with a 1 x 1 kernel it is one LSTM at every place of the image."""
    sizes = Sizes(numbers)
    steps, filters, channels = min(sizes.steps, 50), min(sizes.units, 32), 2
    weights = weights_for("LSTM", channels, filters)
    video = pattern(steps, 2, 2, channels, start=50)
    state: tuple[Array, ...] = (np.zeros((2, 2, filters)), np.zeros((2, 2, filters)))
    for frame in video:
        state = _conv_step(frame, state, weights)
    rows, most = [], 0.0
    for row, column in ((0, 0), (1, 1)):
        alone = run("LSTM", video[None, :, row, column], weights).last[0]
        rows.append((f"pixel {row},{column}: convolution", vector(state[0][row, column])))
        rows.append((f"pixel {row},{column}: LSTM alone", vector(alone)))
        most = max(most, float(np.max(np.abs(alone - state[0][row, column]))))
    yield Paragraph(
        f"A video of {steps} frames of 2 x 2 pixels with {channels} channels, `filters={filters}` "
        "and `kernel_size=1`: then no pixel sees another, and each is an LSTM of its own."
    )
    yield lines(rows)
    yield Paragraph(f"The largest difference is {apart(np.array([most]), np.zeros(1))}.")


def _conv_step(frame: Array, state: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
    """A convolution with a 1 x 1 kernel is a product at each pixel."""
    return lstm_cell(frame, state, weights)


def gates(numbers: Numbers) -> Iterator[Block]:
    """params: one step by hand, gate after gate."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x, h, c = (
        sizes.x()[:, 0],
        pattern(1, sizes.units, start=3) / 2,
        pattern(1, sizes.units, start=9),
    )
    z = (x @ weights.kernel + h @ weights.recurrent + weights.bias)[0]
    parts = np.split(z, 4)
    i, f, o = (sigmoid(parts[k]) for k in (0, 1, 3))
    candidate = np.tanh(parts[2])
    after = f * c[0] + i * candidate
    h_after, c_after = lstm_cell(x, (h, c), weights)
    yield sizes.said(
        f"One step by hand. `x @ kernel + h @ recurrent_kernel + bias` has {z.size} numbers, four "
        f"gates of {sizes.units}:"
    )
    yield lines(
        [
            ("input gate      i = sigmoid(z[0])", vector(i, 2)),
            ("forget gate     f = sigmoid(z[1])", vector(f, 2)),
            ("candidate       g = tanh(z[2])", vector(candidate, 2)),
            ("output gate     o = sigmoid(z[3])", vector(o, 2)),
            ("new cell state  c = f * c + i * g", vector(after, 2)),
            ("new output      h = o * tanh(c)", vector(o * np.tanh(after), 2)),
        ]
    )
    most = apart(np.stack([after, o * np.tanh(after)]), np.stack([c_after[0], h_after[0]]))
    yield Paragraph(f"The LSTM cell gives the same: the largest difference is {most}.")


def fused(numbers: Numbers) -> Iterator[Block]:
    """cudnn: the input's products of all steps at once give the same numbers."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x = sizes.x()
    loop = run("LSTM", x, weights)
    made = _products_first(x, weights)
    yield sizes.said(
        f"A fast kernel multiplies all {sizes.steps} steps with the input kernel in one product, "
        "and leaves only the recurrent part to the loop:"
    )
    yield lines([("step by step", vector(loop.last[0])), ("products first", vector(made[0, -1]))])
    yield Paragraph(
        f"The largest difference over all steps is {apart(loop.outputs, made)}. "
        "It needs `tanh` and `sigmoid` only because these are what the kernel has built in."
    )


def _products_first(x: Array, weights: Weights) -> Array:
    """Every step's output, from the products of all steps with the input kernel."""
    ahead = x @ weights.kernel + weights.bias
    h = c = np.zeros((len(x), weights.units))
    rows = []
    for step in range(x.shape[1]):
        i, f, g, o = np.split(ahead[:, step] + h @ weights.recurrent, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append(h)
    return np.stack(rows, axis=1)


def two_biases(numbers: Numbers) -> Iterator[Block]:
    """torch: its weights as Keras's, transposed, its two biases added."""
    sizes = Sizes(numbers)
    units, wide = sizes.units, 4 * sizes.units
    w_ih, w_hh = pattern(wide, sizes.features, start=3) / 4, pattern(wide, units, start=8) / 4
    b_ih, b_hh = pattern(wide, start=1) / 9, pattern(wide, start=77) / 9
    x = sizes.x()
    theirs = _torch_lstm(x[0], w_ih, w_hh, b_ih, b_hh)
    ours = run("LSTM", x, Weights(w_ih.T, w_hh.T, b_ih + b_hh))
    yield sizes.said(
        "PyTorch's formula with PyTorch's weights, and Keras's with `W_ih.T`, `W_hh.T` and "
        "`b_ih + b_hh`:"
    )
    yield lines([("PyTorch", vector(theirs[-1])), ("Keras", vector(ours.last[0]))])
    yield Paragraph(
        f"The largest difference over all steps is {apart(theirs, ours.outputs[0])}. The gates "
        "stand in the same order: input, forget, candidate (PyTorch's g), output. With time first "
        "and one direction PyTorch's `output[-1]` is `h_n[-1]`, as Keras's last row is its h."
    )


def _torch_lstm(x: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """`nn.LSTM` as its documentation writes it, for one sample: every step's h."""
    h = c = np.zeros(w_hh.shape[1])
    rows = []
    for step in x:
        parts = np.split(w_ih @ step + b_ih + w_hh @ h + b_hh, 4)
        i, f, g, o = sigmoid(parts[0]), sigmoid(parts[1]), np.tanh(parts[2]), sigmoid(parts[3])
        c = f * c + i * g
        h = o * np.tanh(c)
        rows.append(h)
    return np.stack(rows)
