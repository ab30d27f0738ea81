"""The recurrent layers of Keras in NumPy, small enough to be read.

Shapes are Keras's: `x` (batch, timesteps, features), a kernel (features, gates * units), a
recurrent kernel (units, gates * units), a bias (gates * units,), for a GRU with `reset_after`
(2, 3 * units). The gates stand side by side in Keras's order: an LSTM's input, forget, candidate,
output; a GRU's update, reset, candidate. Tests hold every number against Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
States: TypeAlias = tuple[Array, ...]


class Weights(NamedTuple):
    """The weights of one recurrent layer, as `layer.get_weights()` gives them."""

    kernel: Array
    recurrent: Array
    bias: Array

    @property
    def units(self) -> int:
        return int(self.recurrent.shape[0])


#: one step: (features of the step, states before, weights) to the states after; the first is h
Cell: TypeAlias = Callable[[Array, States, Weights], States]


class Run(NamedTuple):
    """What a layer gave: every step's output (batch, timesteps, units), and the last states."""

    outputs: Array
    states: States

    @property
    def last(self) -> Array:
        """The output without `return_sequences`: (batch, units)."""
        return self.outputs[:, -1]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (np.tanh(0.5 * z) + 1.0)


def lstm_cell(x: Array, states: States, weights: Weights) -> States:
    """One step of an LSTM: h and c."""
    h, c = states
    z = x @ weights.kernel + h @ weights.recurrent + weights.bias
    i, f, candidate, o = np.split(z, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
    return sigmoid(o) * np.tanh(c), c


def gru_cell(x: Array, states: States, weights: Weights) -> States:
    """One step of a GRU, with `reset_after` where the bias has two rows."""
    (h,) = states
    after = weights.bias.ndim == 2
    own, recurrent_bias = weights.bias if after else (weights.bias, np.zeros(weights.bias.shape))
    from_x = np.split(x @ weights.kernel + own, 3, axis=-1)
    from_h = np.split(h @ weights.recurrent + recurrent_bias, 3, axis=-1)
    z, r = (sigmoid(a + b) for a, b in zip(from_x[:2], from_h[:2], strict=True))
    reset = r * from_h[2] if after else (r * h) @ weights.recurrent[:, -weights.units :]
    candidate = np.tanh(from_x[2] + reset)
    return (z * h + (1.0 - z) * candidate,)


def simple_cell(x: Array, states: States, weights: Weights) -> States:
    """One step of a SimpleRNN: its output is its state."""
    (h,) = states
    return (np.tanh(x @ weights.kernel + h @ weights.recurrent + weights.bias),)


CELLS: dict[str, tuple[Cell, int]] = {
    "LSTM": (lstm_cell, 2),
    "GRU": (gru_cell, 1),
    "SimpleRNN": (simple_cell, 1),
}
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def run(
    class_name: str,
    x: Array,
    weights: Weights,
    *,
    states: States | None = None,
    mask: Array | None = None,
    go_backwards: bool = False,
) -> Run:
    """A recurrent layer over a sequence.

    `mask` is (batch, timesteps), false where a step is padding: the states stay as they were and
    the output before is given again.
    """
    cell, count = CELLS[class_name]
    zeros = np.zeros((len(x), weights.units))
    now: States = states if states is not None else (zeros,) * count
    output, outputs = zeros, []
    steps = range(x.shape[1])
    for step in reversed(steps) if go_backwards else steps:
        after = cell(x[:, step], now, weights)
        if mask is None:
            now, output = after, after[0]
        else:
            here = mask[:, step, None].astype(bool)
            now = tuple(np.where(here, a, b) for a, b in zip(after, now, strict=True))
            output = np.where(here, after[0], output)
        outputs.append(output)
    return Run(np.stack(outputs, axis=1), now)


MERGES: dict[str, Callable[[Array, Array], Array]] = {
    "concat": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


def bidirectional(
    class_name: str, x: Array, forward: Weights, backward: Weights, mode: str = "concat"
) -> tuple[Run, Run, Array, Array]:
    """Both runs, then their merged output: of every step, and of the last step of each.

    The backward run's rows are turned round again, so that row k belongs to step k.
    """
    ahead = run(class_name, x, forward)
    behind = run(class_name, x, backward, go_backwards=True)
    turned = behind.outputs[:, ::-1]
    merge = MERGES[mode]
    return ahead, behind, merge(ahead.outputs, turned), merge(ahead.last, behind.last)


def dense(x: Array, kernel: Array, bias: Array) -> Array:
    """A Dense layer: it acts on the last axis, whatever stands before it."""
    return x @ kernel + bias


def softmax(z: Array) -> Array:
    """Probabilities over the last axis."""
    shifted = np.exp(z - z.max(axis=-1, keepdims=True))
    made: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return made


# -- numbers to run them on ---------------------------------------------------------------------


def pattern(*shape: int, start: int = 0) -> Array:
    """Numbers between -1 and 1 that look random and are the same on every machine."""
    count = int(np.prod(shape))
    ramp = np.arange(start + 1, start + count + 1, dtype=np.float64)
    made: Array = (np.mod(np.sin(ramp * 12.9898) * 43758.5453, 1.0) * 2.0 - 1.0).reshape(shape)
    return made


def weights_for(class_name: str, features: int, units: int, *, reset_after: bool = True) -> Weights:
    """Small weights for a layer, as large as Keras would make them."""
    wide = GATES[class_name] * units
    bias: Sequence[int] = (2, wide) if class_name == "GRU" and reset_after else (wide,)
    return Weights(
        pattern(features, wide, start=11) * (6.0 / (features + wide)) ** 0.5,
        pattern(units, wide, start=5_003) * (3.0 / units) ** 0.5,
        pattern(*bias, start=77) * 0.1,
    )
