"""One step of a recurrent layer: the cells that RNN loops over, also as layers of their own.

Keras has no rule for what a cell gives when it is called by itself: it traces the call, so that
what would fail when it runs is refused. `_together` and its like follow that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, show
from lstmshape.facts import MissingInput, StateMismatch, Unmet
from lstmshape.layers import recurrence as shared
from lstmshape.layers.arguments import LAYERS, argument
from lstmshape.layers.base import Layer, Masking, Shapes, Tensor, Weight
from lstmshape.layers.recurrence import StateSize, gate_weights

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class _Cell(Layer):
    """What cells have; a base, no layer of Keras."""

    masking: ClassVar[Masking] = "drops"
    call_options: ClassVar[tuple[str, ...]] = ("states",)

    @property
    def state_size(self) -> StateSize:
        """The sizes of its states, as Keras's cell says them."""
        raise NotImplementedError

    def state_names(self) -> tuple[str, ...]:
        return ("state",)

    def input_dropout(self) -> float:
        return float(getattr(self, "dropout", 0.0))

    def cell_faults(self) -> Iterable[tuple[str, str]]:
        """(wants, gets) of what keeps `RNN` from running it."""
        return ()

    def labels(self) -> tuple[str, ...]:
        return ("output", *self.state_names())

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if "states" not in ctx.tensors:
            ctx.refuse(MissingInput(argument="states"))
        out, states = self.step(ctx, x, ctx.tensors["states"])
        return [out, *states]

    def step(self, ctx: Context, x: Shape, states: Any) -> tuple[Shape, list[Shape]]:
        """The output and the new states of one call on `x` and given states, as tensors."""
        raise NotImplementedError

    def output_dtype(self, x: Any) -> str:
        """What JAX traces, which has no 64 bits."""
        return "float32" if self.compute_dtype == "float64" else self.compute_dtype


class _GatedCell(_Cell):
    units: int
    use_bias: bool
    gates: ClassVar[int] = 1

    @property
    def output_size(self) -> int:
        return self.units

    @property
    def state_size(self) -> StateSize:
        return self.units

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return gate_weights(self, ctx.fixed(x, -1, "kernel"))

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """Every gate multiplies the features and the state."""
        return self.gates * self.units * (x[-1] + self.units)

    @property
    def fused(self) -> bool:
        """Whether all gates are one product, which is split then."""
        slow = getattr(self, "implementation", 1) == 1 or getattr(self, "recurrent_dropout", 0.0)
        return not slow

    def step(self, ctx: Context, x: Shape, states: Any) -> tuple[Shape, list[Shape]]:
        state = _nth(ctx, states, 0) if isinstance(states, list) else states.shape
        if self.fused and len(state) != 2:
            _refuse(ctx, ((x[0], self.units),), (state,))
        out = _together(ctx, (*x[:-1], self.units), _times(ctx, state, self.units))
        return out, [out]


class LSTMCell(_GatedCell):
    """One step of an LSTM.

    Input: (batch, features), and `states` [h, c], each (batch, units). Output: (batch, units) and
    the new h and c.
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
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    seed: int | None = shared.SEED_ARGUMENT
    implementation: int = shared.IMPLEMENTATION

    renamed: ClassVar[dict[str, str]] = shared.OLD_NAMES
    formula: ClassVar[str] = "4 * (features * units + units * units + units)"
    gates: ClassVar[int] = 4

    def check(self) -> Iterable[tuple[str, str]]:
        return shared.forget_bias_faults(self)

    @property
    def state_size(self) -> StateSize:
        return (self.units, self.units)

    def state_names(self) -> tuple[str, ...]:
        return ("h", "c")

    def step(self, ctx: Context, x: Shape, states: Any) -> tuple[Shape, list[Shape]]:
        h, c = _nth(ctx, states, 0), _nth(ctx, states, 1)
        if self.fused:
            gates = _together(ctx, (*x[:-1], 4 * self.units), _times(ctx, h, 4 * self.units, self))
            # all gates are split on axis 1, which are the units only where there are two axes
            width = gates[1] if len(gates) > 1 else 1
            if isinstance(width, int) and width % 4:
                _refuse(ctx, ((x[0], self.units),) * 2, (h, c))
            gate = (gates[0], width // 4, *gates[2:])
        else:
            gate = _together(ctx, (*x[:-1], self.units), _times(ctx, h, self.units))
        out = _together(ctx, gate, c)
        return out, [out, out]


class GRUCell(_GatedCell):
    """One step of a GRU.

    Input: (batch, features), and `states`: one state, (batch, units). Output: (batch, units) and
    the new state.
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
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    reset_after: bool = shared.RESET_AFTER
    seed: int | None = shared.SEED_ARGUMENT
    implementation: int = shared.IMPLEMENTATION

    renamed: ClassVar[dict[str, str]] = shared.OLD_NAMES
    formula: ClassVar[str] = "3 * (features * units + units * units + 2 * units)"
    gates: ClassVar[int] = 3


class SimpleRNNCell(_GatedCell):
    """One step of a SimpleRNN.

    Input: (batch, features), and `states`: one state, (batch, units). Output: (batch, units) and
    the new state.
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
    kernel_constraint: Any = shared.KERNEL_CONSTRAINT
    recurrent_constraint: Any = shared.RECURRENT_CONSTRAINT
    bias_constraint: Any = shared.BIAS_CONSTRAINT
    dropout: float = shared.DROPOUT
    recurrent_dropout: float = shared.RECURRENT_DROPOUT
    seed: int | None = shared.SEED_ARGUMENT

    renamed: ClassVar[dict[str, str]] = {
        old: new for old, new in shared.OLD_NAMES.items() if new != "recurrent_activation"
    }
    formula: ClassVar[str] = "features * units + units * units + units"


class StackedRNNCells(_Cell):
    """Several cells as one: each reads the output of the one before it.

    Input: (batch, features), and `states`: those of each cell, a list for a cell of several.
    Output: (batch, units) of the last cell, and all new states.
    """

    cells: Any = argument(LAYERS, "The cells, the first reads the input.")

    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "the sum over its cells"

    def check(self) -> Iterable[tuple[str, str]]:
        fine = isinstance(self.cells, tuple) and self.cells
        if not fine or any(getattr(cell, "state_size", None) is None for cell in self.cells):
            yield "cells", "a list of cells such as LSTMCell"

    def inner(self) -> tuple[Layer, ...]:
        cells: tuple[Layer, ...] = self.cells
        return cells

    @property
    def state_size(self) -> StateSize:
        return tuple(cell.state_size for cell in self.cells)

    @property
    def output_size(self) -> StateSize:
        return _output_size(self.cells[-1])

    def state_names(self) -> tuple[str, ...]:
        return tuple(
            f"{name}_{number}"
            for number, cell in enumerate(self.cells, 1)
            for name in cell.state_names()
        )

    def input_dropout(self) -> float:
        dropout: float = self.cells[0].input_dropout()
        return dropout

    def cell_faults(self) -> Iterable[tuple[str, str]]:
        if len(self.cells) == 1:
            yield "two cells or more in a list, or the cell without a list", "a list of one cell"
        for number, cell in enumerate(self.cells):
            yield from cell.cell_faults()
            if number and hasattr(cell, "needed"):
                yield "cells behind the first that read (batch, features)", cell.class_name

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        made = []
        for cell in self.cells:
            made += ctx.inner_weights(cell, x)
            x = (x[0], _output_size(cell))  # type: ignore[assignment]  # a size that is no number
        return made

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """The sum over the cells."""
        total: Dim = 0
        for cell in self.cells:
            total = total + cell.macs(x, out)
            x = (x[0], _output_size(cell))  # type: ignore[assignment]  # a size that is no number
        return total

    def step(self, ctx: Context, x: Shape, states: Any) -> tuple[Shape, list[Shape]]:
        """As many cells are called as there are states: the others are left out in silence."""
        made: list[Shape] = []
        given = states if isinstance(states, list) else _rows(ctx, states)
        features: Any = x[-1]
        for cell, state in zip(self.cells, given, strict=False):
            if not isinstance(cell, _Cell) or x[-1] != features:
                wants = f"cells that read (batch, {features})"
                ctx.refuse(Unmet(wants=wants, gets=f"{cell.class_name} on {show(x[-1])}"))
            x, new = cell.step(ctx, x, state if isinstance(state, list) else [state])
            features = _output_size(cell)
            made += new
        return x, made

    def output_dtype(self, x: Any) -> str:
        """The last cell's; states of cells with another policy bear theirs."""
        dtype: str = self.cells[-1].output_dtype(x)
        return dtype


def _output_size(cell: Any) -> StateSize:
    """What a cell gives: its `output_size`, else its first state's size."""
    size: StateSize | None = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size
        return size[0] if isinstance(size, tuple) else size
    return size


# -- what a traced call makes of shapes ----------------------------------------------------------


def _refuse(ctx: Context, wants: tuple[Shape, ...], given: tuple[Shape, ...]) -> Any:
    ctx.refuse(StateMismatch(wants=wants, given=given))


def _rows(ctx: Context, states: Tensor) -> list[Tensor]:
    """A tensor where a list is looped over: its rows, when their number is known."""
    rows = states.shape[0]
    if not isinstance(rows, int):
        _refuse(ctx, (), (states.shape,))
        return []
    return [Tensor(states.shape[1:], states.dtype)] * min(rows, 100)  # more than any stack


def _nth(ctx: Context, states: Any, number: int) -> Shape:
    """`states[number]`, which is a row where the states are one tensor."""
    if isinstance(states, Tensor):
        rows = states.shape[0] if states.shape else 0
        if not isinstance(rows, int) or number < rows:
            return states.shape[1:]
        _refuse(ctx, (), (states.shape,))
    if number >= len(states) or not isinstance(states[number], Tensor):
        _refuse(ctx, (), tuple(s.shape for s in states if isinstance(s, Tensor)))
    shape: Shape = states[number].shape
    return shape


def _times(ctx: Context, state: Shape, wide: int, layer: Any = None) -> Shape:
    """The state times the recurrent kernel."""
    units = layer.units if layer is not None else wide
    if not state or state[-1] != units:
        _refuse(ctx, ((*state[:-1], units),), (state,))
    return (*state[:-1], wide)


def _together(ctx: Context, a: Shape, b: Shape) -> Shape:
    """Two shapes broadcast. In a trace open sizes are one number, which no other size equals."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    shorter = (*(1,) * (len(longer) - len(shorter)), *shorter)
    out: list[Dim] = []
    for left, right in zip(longer, shorter, strict=True):
        if left == 1 or right == 1:
            out.append(right if left == 1 else left)
        elif isinstance(left, int) == isinstance(right, int):
            ctx.same(left, right, StateMismatch(wants=(a,), given=(b,)))
            out.append(left)
        else:
            _refuse(ctx, (a,), (b,))
    return tuple(out)
