"""Bidirectional: two recurrent layers, one from each end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import (
    FailsWhenRun,
    MaskUnused,
    Misreported,
    SilentBroadcast,
    StateMismatch,
    Unmet,
)
from lstmshape.layers import recurrence as shared
from lstmshape.layers.arguments import LAYER, OPTIONAL_LAYER, Invalid, Kind, argument, choice
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Tensor, Weight
from lstmshape.layers.recurrence import Recurrent
from lstmshape.layers.together import Together, numbered
from lstmshape.layers.wrappers import own_arguments

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

RECURRENT = "a recurrent layer: LSTM, GRU, SimpleRNN, RNN or a ConvLSTM"
#: what both directions must have in common
COMMON = ("stateful", "return_sequences", "return_state")


def _weights_argument(value: Any) -> Any:
    wants = "null: Keras 3 does not use it"
    if not value and value is not None:
        raise Invalid(wants, builds=True, value=value)
    if value is None:
        return None
    if isinstance(value, (list, str)):
        raise Invalid(wants, builds=True, value=value)
    raise Invalid(wants)


MERGE_MODE = choice("concat", "sum", "mul", "ave", None)


class Bidirectional(Layer):
    """Two copies of a recurrent layer: one reads forwards, one from the end; outputs are merged.

    Input: that of the layer, (batch, timesteps, features). Output: its output, the last axis
    doubled for `merge_mode: concat`; as it is for sum, mul and ave; two of it for null. With
    `return_state` the forward states come behind it, then the backward ones.
    """

    layer: Any = argument(LAYER, "The recurrent layer.")
    merge_mode: str | None = argument(
        MERGE_MODE, "How both outputs become one; null keeps two.", "concat"
    )
    weights_: Any = argument(
        Kind("null", _weights_argument, {"type": "null"}), "Taken, but not used by Keras 3.", None
    )
    backward_layer: Any = argument(
        OPTIONAL_LAYER, "The layer that reads from the end; else a copy of `layer` does.", None
    )

    masking: ClassVar[Masking] = "own"
    freezes: ClassVar[bool] = False
    sequence_axis: ClassVar[int | None] = 1
    first_argument: ClassVar[str] = "sequences"
    call_options: ClassVar[tuple[str, ...]] = ("initial_state", "mask")
    formula: ClassVar[str] = "those of the forward layer + those of the backward layer"

    def check(self) -> Iterable[tuple[str, str]]:
        forward, backward = self.layer, self.backward_layer
        for key, layer in (("layer", forward), ("backward_layer", backward)):
            if layer is not None and not isinstance(layer, Recurrent):
                # of a class that nobody knows nothing can be asked
                if layer.class_name != "CustomLayer":
                    yield key, RECURRENT
                return
        # values as they are written: `"no"` differs from True, which a copy gets
        if forward.go_backwards == (True if backward is None else backward.go_backwards):
            if backward is None:
                yield "layer", "a layer that reads forwards: without `go_backwards`"
            else:
                yield "backward_layer", "a layer whose `go_backwards` differs from that of `layer`"
        for name in COMMON:
            if getattr(forward, name) != getattr(backward or forward, name):  # `.nan` does
                yield "backward_layer", f"a layer with the same `{name}` as `layer`"

    def settle(self, take: Callable[[str], str]) -> None:
        """Make the two copies, as Keras does: they take no automatic names."""
        here, layer = self.__dict__, self.layer
        here["forward"] = _copy(layer, "forward_")
        here["backward"] = self.backward_layer or _copy(layer, "backward_", go_backwards=True)

    if TYPE_CHECKING:
        forward: ClassVar[Any]
        backward: ClassVar[Any]

    # -- what is asked of it as of a recurrent layer -------------------------------------------

    @property
    def return_sequences(self) -> bool:
        return bool(getattr(self.layer, "return_sequences", False))

    @property
    def return_state(self) -> bool:
        return bool(getattr(self.layer, "return_state", False))

    @property
    def stateful(self) -> bool:
        return bool(getattr(self.layer, "stateful", False))

    @property
    def unroll(self) -> bool:
        return bool(getattr(self.layer, "unroll", False))

    @property
    def units(self) -> int | None:
        """The units of one direction; None for RNN, whose cells have them, and ConvLSTM."""
        return getattr(self.layer, "units", None)

    def state_shapes(self, x: Shape) -> list[Shape]:
        """The states of the forward layer, then those of the backward layer."""
        both = [*self.forward.state_shapes(x), *self.backward.state_shapes(x)]
        return shared.flat_states(both)

    # -- what it is ------------------------------------------------------------------------------

    def inner(self) -> tuple[Layer, ...]:
        return (self.forward, self.backward)

    def structure(self) -> Together | None:
        """The forward layer's states twice, behind one output or two."""
        inside = self.layer.structure()
        if inside is None:  # no states, or each by itself
            return None
        outputs = [0] if self.merge_mode else [0, 0]
        return numbered(Together([*outputs, *inside[1:], *inside[1:]]))

    def labels(self) -> tuple[str, ...]:
        outputs = ("output",) if self.merge_mode else ("forward", "backward")
        if not self.return_state:
            return outputs if len(outputs) > 1 else ()
        names = self.layer.state_names()
        return (*outputs, *(f"{way}_{n}" for way in ("forward", "backward") for n in names))

    def demand(self) -> Rank | None:
        rank: Rank | None = self.layer.demand()
        return rank

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Dim]:
        sizes: Mapping[int, Dim] = self.layer.fixed_axes_when_run(x)
        return sizes

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return [*ctx.inner_weights(self.forward, x), *ctx.inner_weights(self.backward, x)]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        """Keras asks the forward layer only, and takes the backward one for its like."""
        with own_arguments(ctx) as given:
            made = ctx.output(self.forward, x)
            if self.backward_layer is not None:
                self._compare(ctx, x, made)
        if "initial_state" in given and isinstance(self.layer, Recurrent):
            self._check_states(ctx, x, given["initial_state"])
        first, states = (made[0], made[1:]) if isinstance(made, list) else (made, [])
        if self.merge_mode is None:
            return [first, first, *states, *states]
        if self.merge_mode == "concat":
            first = (*first[:-1], first[-1] * 2)
        return [first, *states, *states] if isinstance(made, list) else first

    def mask(self, ctx: Context, x: Tensor, out: Any) -> Any:
        found = shared.explicit_mask(ctx, x)
        if "initial_state" in ctx.tensors and "mask" not in ctx.tensors:
            if found is not None:
                ctx.warn(MaskUnused(by="initial_state"))
            x = x._replace(mask=None)
        else:
            x = x._replace(mask=found)
        with own_arguments(ctx):
            self.forward.mask(ctx, x, x.shape)
        if self.stateful and self.return_state:
            wants = "a Bidirectional that is stateful or returns its states: Keras cannot do both"
            ctx.refuse(Unmet(wants=wants, gets="one that does both"))
        first = found if self.return_sequences else None
        if not isinstance(out, list):
            return first
        outputs = 1 if self.merge_mode else 2
        return [first] * outputs + [None] * (len(out) - outputs)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """Those of both directions."""
        total: Dim = self.forward.macs(x, out) + self.backward.macs(x, out)
        return total

    # -- what only a run shows -------------------------------------------------------------------

    def _check_states(self, ctx: Context, x: Shape, given: Any) -> None:
        """The first half of `initial_state` goes to the forward layer, the rest to the other."""
        if isinstance(given, Tensor):
            wants = tuple(self.state_shapes(x))
            ctx.warn(StateMismatch(wants=wants, given=(given.shape,)))
            return
        forward, backward = self.forward.state_shapes(x), self.backward.state_shapes(x)
        half = len(given) // 2
        if len(forward) == half and len(given) == len(forward) + len(backward):
            shared.check_states(ctx, [*forward, *backward], given)
        else:
            wants = tuple(self.state_shapes(x))
            shapes = tuple(shared.given_shapes(given))
            ctx.warn(StateMismatch(wants=wants, given=shapes))

    def _compare(self, ctx: Context, x: Shape, made: Shapes) -> None:
        """What a backward layer of its own gives, held against the forward layer's."""
        back = _tried(ctx, self.backward, x)
        if back is None:
            return
        ahead = made if isinstance(made, list) else [made]
        behind = back if isinstance(back, list) else [back]
        self._compare_outputs(ctx, ahead[0], behind[0])
        if len(behind) < len(ahead):
            wants = f"as many states of `backward_layer` as of `layer`: {len(ahead) - 1}"
            ctx.warn(FailsWhenRun(wants=wants, gets=str(len(behind) - 1)))
        for reported, real in zip(ahead[1:], behind[1:], strict=False):
            if reported != real:
                why = "Keras reports the forward layer's states for the backward layer too"
                ctx.warn(Misreported(reported=reported, real=real, why=why))

    def _compare_outputs(self, ctx: Context, ahead: Shape, behind: Shape) -> None:
        if ahead == behind:
            return
        reported, real = ahead, behind
        fits = self.merge_mode is None
        if len(ahead) == len(behind) and ahead[:-1] == behind[:-1]:
            if self.merge_mode == "concat":
                reported, real = (*ahead[:-1], ahead[-1] * 2), (*ahead[:-1], ahead[-1] + behind[-1])
                fits = True
            elif self.merge_mode is not None and 1 in (ahead[-1], behind[-1]):
                what = f"merge_mode: {self.merge_mode}"
                shapes = (ahead, behind)
                ctx.warn(SilentBroadcast(operation=what, shapes=shapes, axis=len(ahead) - 1))
                fits, real = True, behind if ahead[-1] == 1 else ahead
        if not fits:
            wants = f"outputs of the same shape for `merge_mode: {self.merge_mode}`"
            ctx.warn(FailsWhenRun(wants=wants, gets=_shown(ahead, behind)))
        elif reported != real:
            why = "Keras takes the backward layer's output for one like the forward layer's"
            ctx.warn(Misreported(reported=reported, real=real, why=why))


def _shown(*shapes: Shape) -> str:
    from lstmshape.layers.context import shown

    return shown(shapes)


def _copy(layer: Any, prefix: str, **changes: Any) -> Layer:
    """The layer made again from its arguments, under a name with a prefix."""
    if isinstance(layer, Recurrent):
        changes["zero_output_for_mask"] = layer.return_sequences
        if "implementation" in layer.arguments:  # what Keras does not save, a copy does not have
            changes["implementation"] = layer.defaults["implementation"]
    name = prefix + str(layer.name).removeprefix(prefix)
    made: Layer = type(layer)(**{**vars(layer), **changes, "name": name})
    return made


def _tried(ctx: Context, layer: Layer, x: Shape) -> Shapes | None:
    """What a layer gives that Keras does not ask when it builds; a refusal is one when it runs."""
    from lstmshape.layers.context import Refused

    try:
        ctx.demanded(layer, x)
        return ctx.output(layer, x)
    except Refused as refused:
        refused.fact.keras = "builds"
        ctx.warn(refused.fact)
        return None
