"""Data and losses, in numbers: arrays brought into shape, masks, lookups, what a loss computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from lstmshape.explain.blocks import Block, Code, Paragraph, Table
from lstmshape.explain.demos.shown import Sizes, apart, lines, number, shape_text, vector
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.numerics import Array, pattern, run, softmax, weights_for
from lstmshape.render.base import counted


class Recipe(NamedTuple):
    """A NumPy line, and the function that is that line: a test holds one to the other."""

    says: str
    code: str
    function: Callable[..., Any]


#: as the lines below call it
WINDOWS = "windows = np.lib.stride_tricks.sliding_window_view"
windows_of = np.lib.stride_tricks.sliding_window_view


def recipes_of(name: str, n: Numbers) -> tuple[tuple[str, Array], tuple[Recipe, ...]]:
    """(names and the array that each begins with), and the lines that bring it into shape.

    In the lines `T` is the length of a window.
    """
    steps, features, batch = (n[key] for key in ("timesteps", "features", "batch"))
    if name == "series":
        # shapes are all that is shown: nothing is allocated, however large the numbers
        return ("x", _virtual(steps)), (
            Recipe("one sample of one feature", "x.reshape(1, -1, 1)",
                   lambda x: x.reshape(1, -1, 1)),
            Recipe("the same", "x[None, :, None]", lambda x: x[None, :, None]),
            Recipe("each value a sample of one step", "x.reshape(-1, 1, 1)",
                   lambda x: x.reshape(-1, 1, 1)),
        )  # fmt: skip
    if name == "parallel":
        return ("a, b", _virtual(steps)), (
            Recipe("two series, two features", "np.stack([a, b], axis=-1)[None]",
                   lambda a, b: np.stack([a, b], axis=-1)[None]),
        )  # fmt: skip
    if name == "table":
        return ("x", _virtual(batch, features)), (
            Recipe("each row a sample of one step", "x[:, None, :]", lambda x: x[:, None, :]),
            Recipe("each row a sample, each column a step", "x[:, :, None]",
                   lambda x: x[:, :, None]),
            Recipe("one sample, each row a step", "x[None]", lambda x: x[None]),
            Recipe("each T rows that follow each other a sample",
                   "windows(x, T, axis=0).swapaxes(1, 2)",
                   lambda x: windows_of(x, window(n["batch"]), axis=0).swapaxes(1, 2)),
        )  # fmt: skip
    if name == "targets":
        return ("y", _virtual(batch, steps, 1)), (
            Recipe("the last step's only", "y[:, -1]", lambda y: y[:, -1]),
            Recipe("without the last axis", "y[..., 0]", lambda y: y[..., 0]),
        )  # fmt: skip
    if name == "time-first":
        return ("x", _virtual(steps, batch, features)), (
            Recipe("samples first", "np.swapaxes(x, 0, 1)", lambda x: np.swapaxes(x, 0, 1)),
        )
    raise ValueError(f"no data is called {name}")


def window(steps: int) -> int:
    """T, the length of the windows that are cut out of so many steps."""
    return min(steps, 4)


def _virtual(*shape: int) -> Array:
    """An array of that shape that takes no memory."""
    return np.broadcast_to(np.float64(0.0), shape)


def recipes(name: str, numbers: Numbers) -> Iterator[Block]:
    """The lines, with the shape that each was just seen to give."""
    (variables, array), made = recipes_of(name, numbers)
    given = [array for _ in variables.split(", ")]
    have = "what you have" if len(given) == 1 else "what you have, each"
    rows = [(f"`{variables}`", shape_text(array), have)]
    for recipe in made:
        rows.append((f"`{recipe.code}`", shape_text(recipe.function(*given)), recipe.says))
    yield Table(("NumPy", "shape", ""), tuple(rows))
    if any("windows(" in recipe.code for recipe in made):
        yield Paragraph(f"With `{WINDOWS}`, and T = {window(numbers['batch'])}.")


#: `windowed` in lines
WINDOWED = ("x = windows(series, T)[:-1, :, None]", "y = series[T:, None]")


def windowed(series: Array, size: int) -> tuple[Array, Array]:
    """(windows of one feature, the value behind each)."""
    return windows_of(series, size)[:-1, :, None], series[size:, None]


def windows(numbers: Numbers) -> Iterator[Block]:
    """input-shape: a series cut into windows, each with the value that follows it."""
    size = window(numbers["timesteps"])
    series = np.arange(1.0, size + 4.0) * 10
    x, y = windowed(series, size)
    yield Paragraph(
        f"A series of {len(series)} values, cut into windows of T = {size} steps, and the value "
        f"behind each as its target: `x` is {shape_text(x)}, `y` {shape_text(y)}."
    )
    yield Code("python", "\n".join((WINDOWS, *WINDOWED)) + "\n")
    plain = [" ".join(f"{value:3.0f}" for value in row[:, 0]) for row in x]
    yield lines(
        [("the series", " ".join(f"{value:3.0f}" for value in series))]
        + [
            (f"sample {n + 1}", f"{row}  ->  {target:3.0f}")
            for n, (row, target) in enumerate(zip(plain, y[:, 0], strict=True))
        ]
    )


def lookup(numbers: Numbers) -> Iterator[Block]:
    """embedding: a row of a table, which is a one-hot vector times that table."""
    rows, width = 5, min(numbers["units"], 4)
    table = pattern(rows, width, start=4)
    ids = np.array([[3, 1, 3]])
    made = table[ids]
    onehot = np.eye(rows)[ids] @ table
    yield Paragraph(
        f"A table of {rows} rows of {width} numbers; the ids {ids[0].tolist()} become "
        f"{shape_text(made)}:"
    )
    yield lines((f"id {ids[0, n]}", vector(made[0, n])) for n in range(3))
    yield Paragraph(
        f"The same id gives the same row. A one-hot vector times the table gives the same too "
        f"(difference {apart(made, onehot)}), at {rows} times the work."
    )


def masked(numbers: Numbers) -> Iterator[Block]:
    """mask-zero: with its mask, a padded sequence gives what the sequence alone gives."""
    sizes = Sizes(numbers, timesteps=2)
    weights = weights_for("LSTM", sizes.features, sizes.units)
    real = max(sizes.steps // 2, 1)
    x = sizes.x()
    x[:, real:] = 0.0
    mask = np.zeros((1, sizes.steps))
    mask[:, :real] = 1.0
    short = run("LSTM", x[:, :real], weights).last
    with_mask = run("LSTM", x, weights, mask=mask).last
    without = run("LSTM", x, weights).last
    yield sizes.said(f"A sequence of {real} steps, padded with zeros to {sizes.steps}:")
    yield lines(
        [
            (f"the {counted(real, 'step')} alone", vector(short[0])),
            ("padded, with its mask", vector(with_mask[0])),
            ("padded, without a mask", vector(without[0])),
        ]
    )
    yield Paragraph(
        f"With the mask the padding changes nothing (difference {apart(short, with_mask)}). "
        f"Without it the zeros are read as data (difference {apart(short, without)})."
    )


def flat(numbers: Numbers) -> Iterator[Block]:
    """flatten: which number stands where."""
    steps, features = min(numbers["timesteps"], 3), min(numbers["features"], 2)
    x = np.arange(1, steps * features + 1).reshape(steps, features)
    moved = np.roll(x, 1, axis=0)
    yield Paragraph(f"A sample of {steps} steps of {features} features, and Flatten's row of it:")
    yield lines(
        [(f"step {n + 1}", " ".join(f"{v:2d}" for v in row)) for n, row in enumerate(x)]
        + [("flattened", " ".join(f"{v:2d}" for v in x.ravel()))]
        + [("one step later", " ".join(f"{v:2d}" for v in moved.ravel()))]
    )
    same = int((x.ravel() == moved.ravel()).sum())
    yield Paragraph(
        f"Moved by one step, {same} of {x.size} numbers stand where they stood: a Dense behind "
        "Flatten has a weight for each place, and has to learn the same thing anew at each step. A "
        "recurrent layer uses the same weights at every step."
    )


def broadcast(numbers: Numbers) -> Iterator[Block]:
    """targets: what mse makes of a target that is stretched."""
    batch = min(numbers["batch"], 4)
    y = np.arange(1.0, batch + 1.0)
    right = y[:, None].copy()
    honest = float(np.mean((right - y[:, None]) ** 2))
    wide = float(np.mean((right[..., None] - y[None, None, :]) ** 2))
    mean = np.full((batch, 1, 1), y.mean())
    best = float(np.mean((mean - y[None, None, :]) ** 2))
    yield Paragraph(
        f"{batch} samples, and a model that predicts each of them exactly: "
        f"`y_true` and `y_pred` are {y.tolist()}."
    )
    yield lines(
        [
            (f"y_true {right.shape}, y_pred {right.shape}", f"mse {number(honest)}"),
            (f"y_true ({batch},), y_pred ({batch}, 1, 1)", f"mse {number(wide)}"),
            ("there, if all predictions are the mean", f"mse {number(best)}"),
        ]
    )
    yield Paragraph(
        "Stretched, each prediction is compared with every target: the exact answer is no longer "
        "the best one, the mean is. That is what such a model learns."
    )


def crossentropy(numbers: Numbers) -> Iterator[Block]:
    """loss: one label in three forms, and one loss for each."""
    logits = np.array([0.2, 2.0, -1.0])
    chances = softmax(logits)
    label, onehot = 1, np.eye(3)[1]
    sparse = -float(np.log(chances[label]))
    categorical = -float((onehot * np.log(chances)).sum())
    from_logits = float(np.log(np.exp(logits).sum()) - logits[label])
    yield Paragraph("One sample, three classes, and class 1 is right:")
    yield lines(
        [
            ("Dense(3), no activation", vector(logits)),
            ("softmax of that", vector(chances)),
            ("sparse_categorical_crossentropy, y = 1", number(sparse)),
            ("categorical_crossentropy, y = [0, 1, 0]", number(categorical)),
            ("from_logits=True, without softmax", number(from_logits)),
        ]
    )
    most = apart(np.array([categorical, from_logits]), np.array([sparse, sparse]))
    yield Paragraph(f"Three ways to write one loss: the largest difference is {most}.")
