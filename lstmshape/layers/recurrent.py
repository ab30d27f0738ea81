"""The recurrent layers: LSTM, GRU, SimpleRNN, and RNN over cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import FailsWhenRun, Unmet, WrongRank
from lstmshape.layers import recurrence as shared
from lstmshape.layers.arguments import LAYERS, Invalid, argument
from lstmshape.layers.arguments import Kind as ArgumentKind
from lstmshape.layers.base import Layer, Rank, Shapes, Tensor, Weight
from lstmshape.layers.recurrence import Recurrent, States, StateSize
from lstmshape.layers.together import Together, numbered

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class _Gated(Recurrent):
    """LSTM, GRU and SimpleRNN: a cell of their own, with `units`."""

    units: int
    use_bias: bool
    activation: str | None
    #: how many kernels stand side by side, and how many states the cell has
    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    cell: ClassVar[str] = ""

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        features = shared.step_features(ctx, x, f"{self.cell}/kernel")
        made = shared.gate_weights(self, features, f"{self.cell}/")
        if self.stateful:
            ctx.fillable(self, made)  # the states come behind the weights
            shared.check_stateful(ctx, x)
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if len(x) < 2:
            ctx.refuse(WrongRank(wants=shared.SEQUENCE.axes, shape=x))
        self.check_run(ctx, x)
        last: Shape = (x[0], self.units)
        out = (x[0], x[1], self.units) if self.return_sequences else last
        return [out, *[last] * self.states] if self.return_state else out

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """At each timestep every gate multiplies the features and the state."""
        return x[1] * (self.gates * self.units * (x[-1] + self.units))

    @property
    def state_size(self) -> tuple[StateSize, ...]:
        return (self.units,) * self.states

    def state_shapes(self, x: Shape) -> list[States]:
        return [(x[0], self.units)] * self.states

    def cudnn_faults(self) -> Iterable[str]:
        """What keeps the loop from running as a cuDNN kernel, on every backend."""
        return ()

    def check_run(self, ctx: Context, x: Shape) -> None:
        super().check_run(ctx, x)
        if getattr(self, "use_cudnn", False) is True:
            faults = " and ".join(self.cudnn_faults())
            if faults:
                ctx.warn(FailsWhenRun(wants="what cuDNN can do, as `use_cudnn` says", gets=faults))
        halving = "glu" in (self.activation, getattr(self, "recurrent_activation", None))
        if halving and (self.units != 2 or self.gates == 1):  # a half of 2 is stretched again
            wants = "an activation that keeps the number of units"
            ctx.warn(FailsWhenRun(wants=wants, gets="`glu`, which halves it"))
        dropout, by_step = getattr(self, "dropout", 0), getattr(self, "recurrent_dropout", 0)
        slow = getattr(self, "implementation", 2) == 1 and getattr(self, "use_cudnn", False)
        if slow and dropout > 0 and not by_step:
            # Keras then drops of the whole sequence at once, with a mask for each gate
            gets = f"`dropout` {dropout} with `implementation` 1"
            ctx.warn(FailsWhenRun(wants="`implementation` 2 to train with `dropout`", gets=gets))


class LSTM(_Gated):
    """Long short-term memory: reads a sequence step by step and keeps a state and a cell.

    Input: (batch, timesteps, features). Output: (batch, units), the last step's; with
    `return_sequences` (batch, timesteps, units), every step's. With `return_state` the last
    hidden state h and the last cell state c come too, each (batch, units).
    """

    units: int = shared.UNITS
    activation: str | None = shared.ACTIVATION
    recurrent_activation: str | None = shared.GATE_ACTIVATION
    use_bias: bool = shared.USE_BIAS
    kernel_initializer: Any = shared.KERNEL_INITIALIZER
    recurrent_initializer: Any = shared.RECURRENT_INITIALIZER
    bias_initializer: Any = shared.BIAS_INITIALIZER
    unit_forget_bias: bool = shared.FORGET_BIAS
    kernel_regularizer: Any = shared.KERNEL_REGULARIZER
    recurrent_regularizer: Any = shared.RECURRENT_REGULARIZER
    bias_regularizer: Any = shared.BIAS_REGULARIZER
    activity_regularizer: Any = shared.ACTIVITY_REGULARIZER
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    seed: int | None = shared.SEED_ARGUMENT
    return_sequences: bool = shared.RETURN_SEQUENCES
    return_state: bool = shared.RETURN_STATE
    go_backwards: bool = shared.GO_BACKWARDS
    stateful: bool = shared.STATEFUL
    unroll: bool = shared.UNROLL
    use_cudnn: bool | str = shared.USE_CUDNN
    implementation: int = shared.IMPLEMENTATION
    zero_output_for_mask: bool = shared.ZERO_FOR_MASK

    renamed: ClassVar[dict[str, str]] = shared.OLD_NAMES
    formula: ClassVar[str] = "4 * (features * units + units * units + units)"
    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2
    cell: ClassVar[str] = "lstm_cell"

    def check(self) -> Iterable[tuple[str, str]]:
        return shared.forget_bias_faults(self)

    def state_names(self) -> tuple[str, ...]:
        return ("h", "c")

    def cudnn_faults(self) -> Iterable[str]:
        if self.activation != "tanh":
            yield f"activation {self.activation}"
        if self.recurrent_activation != "sigmoid":
            yield f"recurrent_activation {self.recurrent_activation}"
        if not self.use_bias:
            yield "no bias"
        if self.recurrent_dropout:
            yield "recurrent_dropout"
        if self.unroll:
            yield "unroll"


class GRU(_Gated):
    """Gated recurrent unit: as an LSTM, with three gates and one state.

    Input: (batch, timesteps, features). Output: (batch, units), the last step's; with
    `return_sequences` (batch, timesteps, units), every step's. With `return_state` the last state
    comes too, (batch, units).
    """

    units: int = shared.UNITS
    activation: str | None = shared.ACTIVATION
    recurrent_activation: str | None = shared.GATE_ACTIVATION
    use_bias: bool = shared.USE_BIAS
    kernel_initializer: Any = shared.KERNEL_INITIALIZER
    recurrent_initializer: Any = shared.RECURRENT_INITIALIZER
    bias_initializer: Any = shared.BIAS_INITIALIZER
    kernel_regularizer: Any = shared.KERNEL_REGULARIZER
    recurrent_regularizer: Any = shared.RECURRENT_REGULARIZER
    bias_regularizer: Any = shared.BIAS_REGULARIZER
    activity_regularizer: Any = shared.ACTIVITY_REGULARIZER
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    seed: int | None = shared.SEED_ARGUMENT
    return_sequences: bool = shared.RETURN_SEQUENCES
    return_state: bool = shared.RETURN_STATE
    go_backwards: bool = shared.GO_BACKWARDS
    stateful: bool = shared.STATEFUL
    unroll: bool = shared.UNROLL
    reset_after: bool = shared.RESET_AFTER
    use_cudnn: bool | str = shared.USE_CUDNN
    implementation: int = shared.IMPLEMENTATION
    zero_output_for_mask: bool = shared.ZERO_FOR_MASK

    renamed: ClassVar[dict[str, str]] = shared.OLD_NAMES
    formula: ClassVar[str] = "3 * (features * units + units * units + 2 * units)"
    gates: ClassVar[int] = 3
    cell: ClassVar[str] = "gru_cell"

    def cudnn_faults(self) -> Iterable[str]:
        if not self.reset_after:
            yield "reset_after: false"
        if self.recurrent_dropout:
            yield "recurrent_dropout"
        if self.unroll:
            yield "unroll"


def _unused(value: Any) -> Any:
    if value is None:
        return None
    raise Invalid("null: SimpleRNN does not use it", builds=True, value=None)


_UNUSED = ArgumentKind("null: SimpleRNN does not use it", _unused, {"type": "null"})


class SimpleRNN(_Gated):
    """The plain recurrent layer: each step's output is its state, and goes into the next step.

    Input: (batch, timesteps, features). Output: (batch, units), the last step's; with
    `return_sequences` (batch, timesteps, units), every step's. With `return_state` the last state
    comes too, (batch, units).
    """

    units: int = shared.UNITS
    activation: str | None = shared.ACTIVATION
    use_bias: bool = shared.USE_BIAS
    kernel_initializer: Any = shared.KERNEL_INITIALIZER
    recurrent_initializer: Any = shared.RECURRENT_INITIALIZER
    bias_initializer: Any = shared.BIAS_INITIALIZER
    kernel_regularizer: Any = shared.KERNEL_REGULARIZER
    recurrent_regularizer: Any = shared.RECURRENT_REGULARIZER
    bias_regularizer: Any = shared.BIAS_REGULARIZER
    activity_regularizer: Any = argument(_UNUSED, "Taken, but not used by Keras 3.", None)
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    return_sequences: bool = shared.RETURN_SEQUENCES
    return_state: bool = shared.RETURN_STATE
    go_backwards: bool = shared.GO_BACKWARDS
    stateful: bool = shared.STATEFUL
    unroll: bool = shared.UNROLL
    seed: int | None = shared.SEED_ARGUMENT
    zero_output_for_mask: bool = shared.ZERO_FOR_MASK

    renamed: ClassVar[dict[str, str]] = {
        old: new for old, new in shared.OLD_NAMES.items() if new != "recurrent_activation"
    }
    formula: ClassVar[str] = "features * units + units * units + units"
    cell: ClassVar[str] = "simple_rnn_cell"


def _state_size(cell: Any) -> StateSize | None:
    """The `state_size` of what is to be a cell; None for a layer that is none."""
    size: StateSize | None = getattr(cell, "state_size", None)
    if size is None and cell.class_name == "CustomLayer":
        stated = cell.expect or cell.output_shape  # one state, as wide as what is stated
        return stated[-1] if stated and isinstance(stated[-1], int) else None
    return size


class RNN(Recurrent):
    """A loop over timesteps around a cell, or around several stacked on each other.

    Input: (batch, timesteps, features). Output: (batch, units), the last step's of the last cell;
    with `return_sequences` (batch, timesteps, units), every step's. With `return_state` the last
    states of every cell come too.
    """

    cell: Any = argument(LAYERS, "The cell of one step, or a list of cells to stack.")
    return_sequences: bool = shared.RETURN_SEQUENCES
    return_state: bool = shared.RETURN_STATE
    go_backwards: bool = shared.GO_BACKWARDS
    stateful: bool = shared.STATEFUL
    unroll: bool = shared.UNROLL
    zero_output_for_mask: bool = shared.ZERO_FOR_MASK

    #: Keras sets no rank on it: what else comes is built, and fails
    rank: ClassVar[Rank | None] = None
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "the sum over its cells"

    @property
    def one(self) -> Layer:
        """The cell; for a list of cells the stack that Keras makes of it."""
        made: Layer = self.__dict__.get("stack") or self.cell
        return made

    def check(self) -> Iterable[tuple[str, str]]:
        cells = self.cell if isinstance(self.cell, tuple) else (self.cell,)
        if not cells or any(_state_size(cell) is None for cell in cells):
            yield "cell", "a cell such as LSTMCell, or a list of cells"

    def settle(self, take: Callable[[str], str]) -> None:
        if isinstance(self.cell, tuple):
            from lstmshape.layers.cells import StackedRNNCells

            name = take(StackedRNNCells.base_name())
            values: dict[str, Any] = {"cells": self.cell, "name": name, "path": self.path}
            self.__dict__["stack"] = StackedRNNCells(**values)

    def inner(self) -> tuple[Layer, ...]:
        return self.cell if isinstance(self.cell, tuple) else (self.cell,)

    @property
    def state_size(self) -> tuple[StateSize, ...]:
        size = _state_size(self.one)
        return size if isinstance(size, tuple) else (size or 0,)

    def state_shapes(self, x: Shape) -> list[States]:
        return [shared.sized_states(x[0], size) for size in self.state_size]

    def structure(self) -> Together | None:
        """The states of a cell that has several stand in a list of their own."""
        if not self.return_state or not any(isinstance(s, tuple) for s in self.state_size):
            return None
        parts: list[Any] = [[0] * len(s) if isinstance(s, tuple) else 0 for s in self.state_size]
        return numbered(Together([0, *parts]))

    def state_names(self) -> tuple[str, ...]:
        names: tuple[str, ...] = getattr(self.one, "state_names", super().state_names)()
        return names

    def needed(self) -> Rank:
        """One axis more than a step of the cell has."""
        needed = getattr(self.one, "needed", None)
        inside = ("batch", "features") if needed is None else needed().axes
        return Rank(("batch", "timesteps", *inside[1:]))

    def input_dropout(self) -> float:
        dropout: float = getattr(self.one, "input_dropout", float)()
        return dropout

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        shared.step_features(ctx, x, "kernel")
        made = ctx.inner_weights(self.one, (x[0], *x[2:]))
        if self.stateful:
            ctx.fillable(self, made)  # the states come behind the weights
            shared.check_stateful(ctx, x)
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if len(x) < 2:
            ctx.refuse(WrongRank(wants=self.needed().axes, shape=x))
        units = self._units(ctx)
        self.check_run(ctx, x)
        out = (x[0], x[1], units) if self.return_sequences else (x[0], units)
        if not self.return_state:
            return out
        states = self.state_shapes(x)
        if any(isinstance(inside, list) for s in states if isinstance(s, list) for inside in s):
            wants = "at most one stack of cells, to return its states"
            ctx.refuse(Unmet(wants=wants, gets="stacks in a stack"))
        return [out, *shared.flat_states(states)]

    def _units(self, ctx: Context) -> int:
        size: StateSize | None = getattr(self.one, "output_size", None)
        units = self.state_size[0] if size is None else size
        if not isinstance(units, int) or units < 0:
            ctx.refuse(Unmet(wants="a cell whose output has one size", gets=self.one.class_name))
        return units

    def check_run(self, ctx: Context, x: Shape) -> None:
        if len(x) != len(self.needed().axes):
            ctx.warn(WrongRank(wants=self.needed().axes, shape=x, keras="builds"))
        super().check_run(ctx, x)
        if self._stack_of_one(x, ctx.tensors.get("initial_state")):
            return
        for wants, gets in getattr(self.one, "cell_faults", tuple)():
            ctx.warn(FailsWhenRun(wants=wants, gets=gets))

    def _stack_of_one(self, x: Shape, given: Any) -> bool:
        """Whether it is a lone cell in a list with whose states Keras copes.

        Its one state is given bare; or it is unrolled, and has one state or makes one step.
        """
        cells: tuple[Any, ...] = getattr(self.one, "cells", ())
        if len(cells) != 1:
            return False
        state = given[0] if isinstance(given, list) and len(given) == 1 else given
        one_step = isinstance(cells[0].state_size, int) or x[1:2] == (1,)
        return isinstance(state, Tensor) or (self.unroll and one_step)

    def check_states(self, ctx: Context, x: Shape, given: Any) -> None:
        stack = hasattr(self.one, "cells")
        shared.check_states(ctx, self.state_shapes(x), given, stack=stack)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """The cell's at each timestep."""
        return x[1] * self.one.macs((x[0], *x[2:]), out)
