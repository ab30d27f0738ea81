"""Layers around a layer: what they share, and TimeDistributed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import (
    FailsWhenRun,
    Unmet,
    WrongInputCount,
    WrongRank,
)
from lstmshape.layers import recurrence as shared
from lstmshape.layers.arguments import LAYER, argument
from lstmshape.layers.base import Layer, Masking, Shapes, Tensor, Weight

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


@contextmanager
def own_arguments(ctx: Context) -> Iterator[dict[str, Any]]:
    """Inside, inner layers do not see the call arguments of the wrapper, which it gives."""
    given, ctx.tensors = ctx.tensors, {}
    try:
        yield given
    finally:
        ctx.tensors = given


class TimeDistributed(Layer):
    """Calls a layer on every timestep by itself, with the same weights.

    Input: (batch, timesteps, …). Output: (batch, timesteps, …) with what the layer makes of
    (batch, …). Around Dense it changes nothing, since Dense acts on the last axis anyway.
    """

    layer: Any = argument(LAYER, "The layer for one timestep.")

    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[Masking] = "own"
    least_of_list: ClassVar[int] = 3
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "those of the layer"

    def settle(self, take: Callable[[str], str]) -> None:
        """Keras lets several tensors through where the layer does, as if they were axes."""
        if self.layer.takes == "any" and not self.layer.holds_model:
            self.__dict__["takes"] = "any"

    def inner(self) -> tuple[Layer, ...]:
        return (self.layer,)

    def fixed_axes_when_run(self, x: Any) -> Mapping[int, Dim]:
        """The inner layer's demands, which Keras does not check, one axis further on."""
        if isinstance(x, list):
            return {}
        step = (x[0], *x[2:])
        inside = {**self.layer.fixed_axes(step), **self.layer.fixed_axes_when_run(step)}
        sized = {axis: size for axis, size in inside.items() if size is not None}
        return {axis + 1 if axis > 0 else axis: size for axis, size in sized.items()}

    def _step(self, ctx: Context, x: Any) -> Any:
        """What one timestep reads; of a list of tensors, as in Keras, all but the second."""
        if isinstance(x, list):
            if len(x) < 3:
                ctx.refuse(WrongInputCount(wants="one tensor", given=len(x)))
            return [x[0], *x[2:]]
        if len(x) < 3:
            axes = ("batch", "timesteps", "features")
            ctx.refuse(WrongRank(wants=axes, shape=x, at_least=True))
        return (x[0], *x[2:])

    def weights(self, ctx: Context, x: Any) -> list[Weight]:
        step = self._step(ctx, x)
        if self.layer.takes in ("list", "named") or self.layer.class_name == "InputLayer":
            wants = "a layer that is called on one tensor"
            ctx.refuse(Unmet(wants=wants, gets=self.layer.class_name))
        return ctx.inner_weights(self.layer, step)

    def output(self, ctx: Context, x: Any) -> Shapes:
        step = self._step(ctx, x)
        with own_arguments(ctx):
            made = self._inside(ctx, step)
        if self.layer.holds_model and ctx.models is not None and ctx.models.keys(self.layer):
            wants = f"one output of {self.layer.class_name} at each timestep"
            ctx.refuse(Unmet(wants=wants, gets="a mapping of them"))
        if isinstance(x, list):
            if not isinstance(made, list):
                ctx.refuse(WrongInputCount(wants="one tensor", given=len(x)))
            ctx.warn(FailsWhenRun(wants="one tensor", gets=f"{len(x)} tensors"))
            return [made[0], x[1], *made[1:]]
        if isinstance(made, list):
            wants = f"one output of {self.layer.class_name} at each timestep"
            ctx.refuse(Unmet(wants=wants, gets=f"{len(made)} outputs"))
        self._check_run(ctx, x, step)
        return (made[0], x[1], *made[1:])

    def _inside(self, ctx: Context, step: Shape) -> Shapes:
        """What the layer makes of a step, whose rank Keras does not check before."""
        try:
            return ctx.output(self.layer, step)
        except IndexError:  # as in Keras: the arithmetic of a shape needs an axis that is not there
            rank = self.layer.demand()
            axes = rank.axes if rank is not None else ("batch", "timesteps", "features")
            outer, ctx.layer = ctx.layer, self.layer
            try:
                ctx.refuse(WrongRank(wants=axes, shape=step))
            finally:
                ctx.layer = outer

    def _check_run(self, ctx: Context, x: Shape, step: Shape) -> None:
        """Keras builds the inner layer without asking for its rank."""
        shared.check_steps(ctx, x)
        rank = self.layer.demand()
        if rank is None:
            return
        few = len(step) < len(rank.axes)
        if few or (len(step) > len(rank.axes) and not rank.at_least):
            fact = WrongRank(wants=rank.axes, shape=step, at_least=rank.at_least, keras="builds")
            outer, ctx.layer = ctx.layer, self.layer
            ctx.warn(fact)
            ctx.layer = outer

    def mask(self, ctx: Context, x: Any, out: Any) -> Any:
        if isinstance(x, list):
            return [tensor.mask for tensor in x]
        found = shared.explicit_mask(ctx, x)
        if found is not None:
            shared.check_mask(ctx, x.shape, found)
        rank = self.layer.demand()
        fits = rank is None or len(x.shape) > len(rank.axes)
        if self.layer.masking == "own" and len(x.shape) > 2 and fits:
            inside = None if found is None or len(found) < 2 else (found[0], *found[2:])
            step = (x.shape[0], *x.shape[2:])
            with own_arguments(ctx):
                self.layer.mask(ctx, Tensor(step, x.dtype, inside), step)
        return found

    def macs(self, x: Any, out: Shapes) -> Dim:
        """The layer's at each timestep."""
        if isinstance(x, list):
            return 0
        step: Any = (out[0], *out[2:])
        total: Dim = x[1] * self.layer.macs((x[0], *x[2:]), step)
        return total
