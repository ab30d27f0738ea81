"""What layers that loop over timesteps share: arguments, states, and what only a run shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from lstmshape.dims import Dim, Shape, equal, show
from lstmshape.facts import (
    FailsWhenRun,
    MaskUnused,
    NeverEqual,
    OpenBatch,
    StateMismatch,
    WrongRank,
)
from lstmshape.layers import dtypes
from lstmshape.layers.arguments import ACTIVATION as ACTIVATION_NAME
from lstmshape.layers.arguments import BOOLEAN, SEED, Invalid, Kind, argument, integer
from lstmshape.layers.base import Layer, Masking, Rank, Tensor, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER
from lstmshape.layers.together import first_of
from lstmshape.requirements import AtLeast

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

SEQUENCE = Rank(("batch", "timesteps", "features"))

#: The sizes of a cell's states: one, or several, which may be those of cells in it.
StateSize: TypeAlias = "int | tuple[StateSize, ...]"
#: State shapes as Keras nests them: a stack of cells has a list for each cell.
States: TypeAlias = "Shape | list[States]"

# -- arguments ---------------------------------------------------------------------------------


def _flag(value: Any) -> Any:
    """Keras keeps what it is given, and `Bidirectional` compares it: `"yes"` is not True."""
    try:
        return BOOLEAN.check(value)
    except Invalid as odd:
        raise Invalid(odd.wants, near=odd.near, builds=True, value=value) from None


_FLAG = BOOLEAN._replace(check=_flag)


def flag(doc: str) -> Any:
    """An argument that is false unless said."""
    return argument(_FLAG, doc, False)


def _share(value: Any) -> Any:
    if not isinstance(value, (int, float)):
        raise Invalid("a number from 0 to 1")
    if isinstance(value, bool) or not 0 <= value <= 1:  # not a number is clipped to 0
        raise Invalid("a number from 0 to 1", builds=True, value=min(1.0, max(0.0, value)))
    return value


_SHARE = Kind("a number from 0 to 1", _share, {"type": "number", "minimum": 0, "maximum": 1})


def _cudnn(value: Any) -> Any:
    if value is True or value is False or value == "auto":
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        raise Invalid("true, false or auto", near=bool(value), builds=True, value=value)
    raise Invalid("true, false or auto")


def _implementation(value: Any) -> Any:
    if value in (1, 2) and type(value) is int:
        return value
    raise Invalid("1 or 2", builds=True, value=value)


UNITS = argument(integer("a positive integer", 1), "The size of the output and of each state.")
ACTIVATION = argument(ACTIVATION_NAME, "Of the candidate for the state.", "tanh")
GATE_ACTIVATION = argument(ACTIVATION_NAME, "Of the gates.", "sigmoid")
USE_BIAS = argument(BOOLEAN, "Whether a bias is added.", True)
KERNEL_INITIALIZER = argument(INITIALIZER, "How the input kernel starts.", "glorot_uniform")
RECURRENT_INITIALIZER = argument(INITIALIZER, "How the recurrent kernel starts.", "orthogonal")
BIAS_INITIALIZER = argument(INITIALIZER, "How the bias starts.", "zeros")
FORGET_BIAS = argument(BOOLEAN, "Whether the forget gate's bias starts at 1.", True)
KERNEL_REGULARIZER = argument(REGULARIZER, "A penalty on the input kernel.", None)
RECURRENT_REGULARIZER = argument(REGULARIZER, "A penalty on the recurrent kernel.", None)
BIAS_REGULARIZER = argument(REGULARIZER, "A penalty on the bias.", None)
ACTIVITY_REGULARIZER = argument(REGULARIZER, "A penalty on the output.", None)
KERNEL_CONSTRAINT = argument(CONSTRAINT, "A constraint on the input kernel.", None)
RECURRENT_CONSTRAINT = argument(CONSTRAINT, "A constraint on the recurrent kernel.", None)
BIAS_CONSTRAINT = argument(CONSTRAINT, "A constraint on the bias.", None)
DROPOUT = argument(_SHARE, "The share of each step's input that is dropped in training.", 0.0)
RECURRENT_DROPOUT = argument(_SHARE, "The share of the state that is dropped in training.", 0.0)
SEED_ARGUMENT = argument(SEED, "The seed of what is dropped.", None)
RESET_AFTER = argument(
    BOOLEAN, "Reset the state after the recurrent kernel, which then has a bias of its own.", True
)
RETURN_SEQUENCES = flag("Give every step's output, not the last step's only.")
RETURN_STATE = flag("Give the last states too, behind the output.")
GO_BACKWARDS = flag("Read the sequence from its end.")
STATEFUL = flag("Begin each batch with the states that the batch before left.")
UNROLL = flag("Lay the loop out step by step: faster for few steps, and larger.")
ZERO_FOR_MASK = flag("Give zeros at masked steps, not the step before once more.")
USE_CUDNN = argument(
    Kind("true, false or auto", _cudnn, {"enum": [True, False, "auto"]}),
    "Whether the loop runs as one cuDNN kernel: auto where it can.",
    "auto",
)
IMPLEMENTATION = argument(
    Kind("1 or 2", _implementation, {"enum": [1, 2]}),
    "1: a product for each gate; 2: one for all gates.",
    2,
)

#: names of Keras 1
OLD_NAMES = {
    "output_dim": "units",
    "inner_activation": "recurrent_activation",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}


def forget_bias_faults(layer: Any) -> Iterable[tuple[str, str]]:
    """The forget gate's ones are put between two parts that the initializer fills."""
    if layer.bias_initializer is None and layer.use_bias and layer.unit_forget_bias:
        yield "bias_initializer", "an initializer, since `unit_forget_bias` is true"


# -- weights -----------------------------------------------------------------------------------


def gate_weights(layer: Any, features: int, under: str = "") -> list[Weight]:
    """The kernels and the bias of all gates, side by side, of a layer or a cell with `gates`."""
    units, wide = layer.units, layer.gates * layer.units
    state = under + "recurrent_kernel"
    made = [
        Weight(under + "kernel", (features, wide), True, layer.kernel_initializer),
        Weight(state, (units, wide), True, layer.recurrent_initializer),
    ]
    if layer.use_bias:
        twice = getattr(layer, "reset_after", False)
        shape = (2, wide) if twice else (wide,)
        made.append(Weight(under + "bias", shape, True, layer.bias_initializer))
    return made


def step_features(ctx: Context, x: Shape, weight: str) -> int:
    """The size that the kernel reads: the last axis of one step."""
    if len(x) > 2:
        return ctx.fixed(x, -1, weight)
    # a step of (batch, features) is (batch,): Keras builds a kernel on the batch size
    if not isinstance(x[0], int):
        ctx.refuse(WrongRank(wants=SEQUENCE.axes, shape=x))
    return x[0]


def check_stateful(ctx: Context, x: Shape) -> None:
    """A stateful layer keeps a state a sample, so that Keras wants the batch as a number."""
    if not isinstance(x[0], int):
        ctx.refuse(OpenBatch(shape=x))


# -- states ------------------------------------------------------------------------------------


def flat_states(states: States) -> list[Shape]:
    """The shapes of nested states, in order."""
    if isinstance(states, tuple):
        return [states]
    return [shape for state in states for shape in flat_states(state)]


def sized_states(batch: Dim, size: StateSize) -> States:
    """The shapes of states of these sizes."""
    if isinstance(size, tuple):
        return [sized_states(batch, one) for one in size]
    return (batch, size)


def given_shapes(given: Any) -> list[Shape]:
    """The shapes of given states, however nested, in order."""
    if isinstance(given, Tensor):
        return [given.shape]
    return [shape for one in given for shape in given_shapes(one)]


def _pairs(wanted: States, given: Any, stack: bool = False) -> list[tuple[Dim, Dim] | None]:
    """The sizes that must be equal; None where the structure already differs.

    A `stack` of cells takes a cell's only state also as a list of it.
    """
    if isinstance(wanted, tuple):
        if not isinstance(given, Tensor) or len(given.shape) != len(wanted):
            return [None]
        return list(zip(wanted, given.shape, strict=True))
    if isinstance(given, Tensor):
        given = [given]
    if len(given) != len(wanted):
        return [None]
    found: list[tuple[Dim, Dim] | None] = []
    for state, here in zip(wanted, given, strict=True):
        lone = stack and isinstance(state, tuple) and isinstance(here, list) and len(here) == 1
        found += _pairs(state, here[0] if lone else here)
    return found


def check_states(ctx: Context, wanted: list[States], given: Any, *, stack: bool = False) -> None:
    """Keras takes any `initial_state` when it builds; it must fit when it runs."""
    pairs = _pairs(wanted, given, stack)
    if any(pair is None or equal(*pair, ctx.bounds) == "never" for pair in pairs):
        shapes = tuple(flat_states(wanted))
        ctx.warn(StateMismatch(wants=shapes, given=tuple(given_shapes(given))))
        return
    for pair in pairs:
        if pair is not None and pair[0] != pair[1]:
            wants, gets = pair
            ctx.same_when_run(wants, gets, NeverEqual(what="states", left=wants, right=gets))


# -- what only a run shows ---------------------------------------------------------------------


def check_steps(ctx: Context, x: Shape) -> None:
    """A loop over no steps fails."""
    steps = x[1]
    fits = steps >= 1 if isinstance(steps, int) else ctx.required(AtLeast(steps, 1))
    if not fits:
        fact = FailsWhenRun(wants="at least 1 timestep", gets=f"{show(steps)} timesteps")
        ctx.least_when_run(steps, 1, fact)


def explicit_mask(ctx: Context, x: Tensor) -> Shape | None:
    """The mask that is passed on: the one in the call, else the input's."""
    said = first_of(ctx.tensors.get("mask"))
    return said.shape if isinstance(said, Tensor) else x.mask


def check_mask(ctx: Context, x: Shape, mask: Shape) -> None:
    """A mask has the batch and the timesteps of what it masks."""
    if len(mask) < 2:
        wants = "a mask of (batch, timesteps)"
        ctx.warn(FailsWhenRun(wants=wants, gets=f"one of {len(mask)} axis"))
    elif mask[:2] != x[:2]:
        for left, right in zip(mask[:2], x[:2], strict=True):
            fact = NeverEqual(what="mask and input", left=left, right=right, shapes=(mask, x))
            ctx.same_when_run(left, right, fact)


class Recurrent(Layer):
    """What recurrent layers have; a base, no layer of Keras."""

    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    unroll: bool

    rank: ClassVar[Rank | None] = SEQUENCE
    masking: ClassVar[Masking] = "own"
    sequence_axis: ClassVar[int | None] = 1
    first_argument: ClassVar[str] = "sequences"
    call_options: ClassVar[tuple[str, ...]] = ("initial_state", "mask")

    # -- what a class says ---------------------------------------------------------------

    def state_shapes(self, x: Shape) -> list[States]:
        """The shapes of the states that it has, and wants in `initial_state`, for input `x`."""
        raise NotImplementedError

    def state_names(self) -> tuple[str, ...]:
        """What each state is called, flat and in order."""
        return ("state",)

    @property
    def state_size(self) -> tuple[StateSize, ...]:
        """What Keras's layer says of its states: an `RNN` may take it for a cell."""
        raise NotImplementedError

    def needed(self) -> Rank:
        """The rank that a run needs, whether Keras demands it or not."""
        return self.rank or SEQUENCE

    def input_dropout(self) -> float:
        """The share of the input that is dropped."""
        return float(getattr(self, "dropout", 0.0))

    def cell_faults(self) -> Iterable[tuple[str, str]]:
        """(wants, gets) of what keeps an `RNN` from running it as its cell."""
        if not self.return_state or len(self.state_size) != 1:
            yield "a cell, which gives its output and its states", self.class_name

    # -- what they share -----------------------------------------------------------------

    def labels(self) -> tuple[str, ...]:
        return ("output", *self.state_names()) if self.return_state else ()

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Dim]:
        sizes: dict[int, Dim] = {-1: x[-1]}
        if self.stateful:
            sizes[0] = x[0]
        return sizes

    def check_run(self, ctx: Context, x: Shape) -> None:
        """What Keras does not look at when it builds."""
        if len(x) == len(self.needed().axes):
            check_steps(ctx, x)
        if "initial_state" in ctx.tensors:
            self.check_states(ctx, x, ctx.tensors["initial_state"])

    def check_states(self, ctx: Context, x: Shape, given: Any) -> None:
        """Hold `initial_state` against the states that it has."""
        check_states(ctx, self.state_shapes(x), given)

    def check_mask(self, ctx: Context, x: Shape, mask: Shape) -> None:
        """What a run makes of a mask that the loop uses."""
        check_mask(ctx, x, mask)

    def mask(self, ctx: Context, x: Tensor, out: Any) -> Any:
        if not dtypes.is_float(x.dtype) and self.input_dropout():
            wants = "a float input, for dropout"
            ctx.warn(FailsWhenRun(wants=wants, gets=f"dtype {x.dtype}"))
        found = x.mask
        if found is not None or ctx.tensors:
            found = self._found_mask(ctx, x)
        first = found if self.return_sequences else None
        return [first, *[None] * (len(out) - 1)] if isinstance(out, list) else first

    def _found_mask(self, ctx: Context, x: Tensor) -> Shape | None:
        found = explicit_mask(ctx, x)
        if found is not None and len(x.shape) == len(self.needed().axes):
            if "initial_state" in ctx.tensors and "mask" not in ctx.tensors:
                ctx.warn(MaskUnused(by="initial_state"))
            else:
                self.check_mask(ctx, x.shape, found)
        return found
