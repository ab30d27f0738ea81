"""States, in numbers: kept, handed over, and begun from zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmshape.explain.blocks import Block, Paragraph
from lstmshape.explain.demos.shown import Sizes, apart, lines, step_rows, vector
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.numerics import Weights, dense, pattern, run, weights_for


def kept_state(numbers: Numbers) -> Iterator[Block]:
    """stateful: two halves with the state kept are one whole sequence."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x = sizes.x(steps=2 * sizes.steps)
    first, second = x[:, : sizes.steps], x[:, sizes.steps :]
    whole = run("LSTM", x, weights).outputs[:, sizes.steps :]
    before = run("LSTM", first, weights)
    kept = run("LSTM", second, weights, states=before.states).outputs
    fresh = run("LSTM", second, weights).outputs
    yield sizes.said(
        f"One sequence of {2 * sizes.steps} steps, fed as two batches of {sizes.steps}; the output "
        f"at step {sizes.steps + 1}, the first of the second batch:"
    )
    yield lines(
        [
            ("the whole at once", vector(whole[0, 0])),
            ("stateful, in two batches", vector(kept[0, 0])),
            ("not stateful, in two batches", vector(fresh[0, 0])),
        ]
    )
    yield Paragraph(
        f"With the state kept, two batches are one sequence: over all steps the difference is "
        f"{apart(whole, kept)}. Without it the second batch begins from zeros, and is up to "
        f"{apart(whole, fresh)} away."
    )


def continued(numbers: Numbers) -> Iterator[Block]:
    """initial-state: starting where another run stopped."""
    sizes = Sizes(numbers, timesteps=2)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x = sizes.x()
    half = sizes.steps // 2
    whole = run("LSTM", x, weights)
    head = run("LSTM", x[:, :half], weights)
    tail = run("LSTM", x[:, half:], weights, states=head.states)
    zero = run("LSTM", x[:, half:], weights)
    yield sizes.said(f"A sequence of {sizes.steps} steps, cut after step {half}:")
    yield lines(
        [
            (f"h after step {half}", vector(head.states[0][0])),
            (f"c after step {half}", vector(head.states[1][0])),
            ("the rest, begun from these", vector(tail.last[0])),
            ("the rest, begun from zeros", vector(zero.last[0])),
            ("the whole sequence", vector(whole.last[0])),
        ]
    )
    yield Paragraph(
        f"Begun from h and c, the rest gives what the whole gives (difference "
        f"{apart(tail.last, whole.last)}): two vectors are all that an LSTM knows of its past."
    )


def handed_over(numbers: Numbers) -> Iterator[Block]:
    """encoder-decoder with a repeated vector: the same input each step, other outputs."""
    sizes = Sizes(numbers)
    encoder = weights_for("LSTM", sizes.features, sizes.units)
    decoder = weights_for("LSTM", sizes.units, sizes.units)
    vector_ = run("LSTM", sizes.x(), encoder).last
    repeated = vector_[:, None, :].repeat(4, axis=1)
    made = run("LSTM", repeated, decoder)
    yield sizes.said("The encoder's vector, and what a decoder makes of four copies of it:")
    yield lines([("vector", vector(vector_[0])), *step_rows("step", made.outputs[0], 4)])


def step_by_step(numbers: Numbers) -> Iterator[Block]:
    """encoder-decoder: one step at a time with states passed round gives the training's rows."""
    sizes = Sizes(numbers, timesteps=3)
    encoder = weights_for("LSTM", sizes.features, sizes.units)
    decoder = weights_for("LSTM", sizes.features, sizes.units)
    states = run("LSTM", sizes.x(), encoder).states
    target = sizes.x(steps=3, start=40)
    trained = run("LSTM", target, decoder, states=states)
    rows, now, made = [], states, []
    for step in range(3):
        one = run("LSTM", target[:, step : step + 1], decoder, states=now)
        now = one.states
        made.append(one.last)
        training = vector(trained.outputs[0, step], 2)
        rows.append((f"step {step + 1}", f"{vector(one.last[0], 3)}, in training {training}"))
    yield sizes.said(
        "Training runs the decoder over the whole target at once. Inference runs it one step at a "
        "time and hands h and c back in:"
    )
    yield lines(rows)
    most = apart(np.stack(made, axis=1), trained.outputs)
    yield Paragraph(f"The same rows: the largest difference is {most}.")


def alone(numbers: Numbers) -> Iterator[Block]:
    """batch-size: a sample's output does not depend on what else is in the batch."""
    sizes = Sizes(numbers, batch=2)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    x = sizes.x(samples=sizes.batch)
    together = run("LSTM", x, weights).last
    single = run("LSTM", x[:1], weights).last
    yield sizes.said(f"The first sample in a batch of {sizes.batch}, and by itself:")
    yield lines(
        [
            ("in the batch", f"{vector(together[0])}  row 1 of {together.shape}"),
            ("alone", f"{vector(single[0])}  row 1 of {single.shape}"),
        ]
    )
    yield Paragraph(
        f"The difference is {apart(together[:1], single)}: samples of a batch are computed side "
        "by side and know nothing of each other."
    )


def first_step(numbers: Numbers) -> Iterator[Block]:
    """one-to-one: with one step from a state of zeros the recurrent kernel does nothing."""
    sizes = Sizes(numbers)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    without = Weights(weights.kernel, weights.recurrent * 0.0, weights.bias)
    x = sizes.x(steps=1)
    one, none = run("LSTM", x, weights).last, run("LSTM", x, without).last
    yield sizes.said("One step, with the recurrent kernel and with zeros in its place:")
    yield lines([("as it is", vector(one[0])), ("without", vector(none[0]))])
    yield Paragraph(
        f"The difference is {apart(one, none)}: the state before the first step is zeros, so the "
        f"{weights.recurrent.size:,} numbers of the recurrent kernel are never used."
    )
    kernel, bias = pattern(sizes.units, 1, start=31), pattern(1)
    yield lines([("Dense(1) on it", vector(dense(one, kernel, bias)[0]))])
