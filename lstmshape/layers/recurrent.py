"""The recurrent layers: LSTM, GRU, SimpleRNN, and RNN over cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import OpenBatch
from lstmshape.layers.arguments import ACTIVATION, BOOLEAN, argument, integer, number
from lstmshape.layers.base import Layer, Rank, Shapes, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

SEQUENCE = Rank(("batch", "timesteps", "features"))
UNITS = integer("a positive integer", 1)
DROPOUT = number("a number between 0 and 1", 0, 1, soft=True)


def rnn_output(x: Shape, units: int, states: int, layer: Any) -> Shapes:
    """(batch, units), with timesteps if it returns sequences; the states behind it."""
    out: Shape = (x[0], x[1], units) if layer.return_sequences else (x[0], units)
    if layer.return_state:
        return [out, *[(x[0], units)] * states]
    return out


def check_stateful(ctx: Context, x: Shape) -> None:
    """A stateful layer keeps a state a sample, so that Keras wants the batch as a number."""
    if not isinstance(x[0], int):
        ctx.refuse(OpenBatch(shape=x))


class LSTM(Layer):
    """Long short-term memory: reads a sequence step by step and keeps a state and a cell.

    Input: (batch, timesteps, features). Output: (batch, units), the last step; with
    `return_sequences` (batch, timesteps, units), every step. With `return_state` the last
    hidden state h and cell state c come too, each (batch, units).
    """

    units: int = argument(UNITS, "The size of the output and of each state.")
    activation: str | None = argument(ACTIVATION, "Of the cell candidate and the output.", "tanh")
    recurrent_activation: str | None = argument(ACTIVATION, "Of the three gates.", "sigmoid")
    use_bias: bool = argument(BOOLEAN, "Whether the gates have a bias.", True)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    recurrent_initializer: Any = argument(
        INITIALIZER, "How the recurrent kernel starts.", "orthogonal"
    )
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    unit_forget_bias: bool = argument(BOOLEAN, "Whether the forget gate's bias starts at 1.", True)
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    recurrent_regularizer: Any = argument(REGULARIZER, "A penalty on the recurrent kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    recurrent_constraint: Any = argument(CONSTRAINT, "A constraint on the recurrent kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)
    dropout: float = argument(DROPOUT, "The share of inputs dropped.", 0.0)
    recurrent_dropout: float = argument(DROPOUT, "The share of the state dropped.", 0.0)
    return_sequences: bool = argument(BOOLEAN, "Every step's output, not the last only.", False)
    return_state: bool = argument(BOOLEAN, "The last states too.", False)
    go_backwards: bool = argument(BOOLEAN, "Read the sequence from its end.", False)
    stateful: bool = argument(BOOLEAN, "Keep the states from batch to batch.", False)
    unroll: bool = argument(BOOLEAN, "Unroll the loop over timesteps.", False)

    rank: ClassVar[Rank | None] = SEQUENCE
    sequence_axis: ClassVar[int | None] = 1
    formula: ClassVar[str] = "4 * (features * units + units * units + units)"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        if self.stateful:
            check_stateful(ctx, x)
        features = ctx.fixed(x, -1, "lstm_cell/kernel")
        made = [
            Weight("lstm_cell/kernel", (features, 4 * self.units)),
            Weight("lstm_cell/recurrent_kernel", (self.units, 4 * self.units)),
        ]
        if self.use_bias:
            made.append(Weight("lstm_cell/bias", (4 * self.units,)))
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return rnn_output(x, self.units, 2, self)

    def labels(self) -> tuple[str, ...]:
        return ("output", "h", "c")

    def macs(self, x: Shape, out: Shapes) -> Dim:
        return x[1] * (4 * self.units * (x[2] + self.units))
