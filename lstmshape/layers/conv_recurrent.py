"""Recurrent layers over images: LSTMs whose products are convolutions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import FailsWhenRun, Unmet, WrongRank
from lstmshape.layers import recurrence as shared
from lstmshape.layers.arguments import argument, integer
from lstmshape.layers.base import Rank, Shapes, Weight
from lstmshape.layers.recurrence import Recurrent, States, StateSize
from lstmshape.layers.windows import (
    DILATION,
    SAME_OR_VALID,
    STRIDES,
    Spans,
    channel_axis,
    data_format,
    first_spatial,
    kernel,
    ones,
    reach,
    slide,
    spatial_part,
    with_channels,
)

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

FILTERS = integer("a positive integer", 0)
_AXES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class _ConvLSTM(Recurrent):
    filters: int = argument(FILTERS, "How many features come out, and each state has.")
    kernel_size: Spans = kernel(1)
    strides: Spans = ones(1, STRIDES)
    padding: str = argument(SAME_OR_VALID, "valid: none; same: as many places as input.", "valid")
    data_format: str | None = data_format()
    dilation_rate: Spans = ones(1, DILATION)
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
    return_sequences: bool = shared.RETURN_SEQUENCES
    return_state: bool = shared.RETURN_STATE
    go_backwards: bool = shared.GO_BACKWARDS
    stateful: bool = shared.STATEFUL
    unroll: bool = shared.UNROLL
    zero_output_for_mask: bool = shared.ZERO_FOR_MASK

    renamed: ClassVar[dict[str, str]] = {
        **{old: new for old, new in shared.OLD_NAMES.items() if new != "units"},
        "nb_filter": "filters",
        "border_mode": "padding",
        "subsample": "strides",
        "dim_ordering": "data_format",
    }
    #: its cell is made without the flag
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "4 * filters * (kernel_size * (features + filters) + 1)"
    #: how many axes a kernel slides over
    spatial: ClassVar[int] = 1

    def check(self) -> Iterable[tuple[str, str]]:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            yield "dilation_rate", "1 where strides are above 1"
        yield from shared.forget_bias_faults(self)

    def needed(self) -> Rank:
        axes = _AXES[self.spatial]
        step = (*axes, "features") if self.data_format != "channels_first" else ("features", *axes)
        return Rank(("batch", "timesteps", *step))

    def demand(self) -> Rank:
        return self.needed()

    def state_names(self) -> tuple[str, ...]:
        return ("h", "c")

    @property
    def state_size(self) -> tuple[StateSize, ...]:
        return (-1,)  # what Keras says for lack of a number; RNN refuses it

    def state_shapes(self, x: Shape) -> list[States]:
        first = first_spatial(self.data_format) + 1
        size = tuple(
            (n - 1) // stride + 1 if self.padding == "same" else (n - reach(k, apart)) // stride + 1
            for n, k, apart, stride in zip(
                x[first:], self.kernel_size, self.dilation_rate, self.strides, strict=False
            )
        )
        return [with_channels(x[0], size, self.filters, self.data_format)] * 2

    def fixed_axes_when_run(self, x: Shape) -> Mapping[int, Dim]:
        """Its cell insists on the whole shape of a step."""
        sizes: dict[int, Dim] = dict(enumerate(x[2:], 2))
        if self.stateful:
            sizes[0] = x[0]
        return sizes

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        for dim in spatial_part((x[0], *x[2:]), self.data_format):
            if not isinstance(dim, int):
                wants = f"numbers for {' and '.join(_AXES[self.spatial])}"
                ctx.refuse(Unmet(wants=wants, gets=f"an open size, {dim}"))
        made = self._weights(self._features(ctx, x))
        if self.stateful:
            ctx.fillable(self, made)  # the states come behind the weights
            shared.check_stateful(ctx, x)
            self._last(ctx, x)
        return [w._replace(name=f"conv_lstm_cell/{w.name}") for w in made]

    def _features(self, ctx: Context, x: Shape) -> int:
        """The features, where Keras looks for them in whatever rank it builds on."""
        first = self.data_format == "channels_first"
        if not first or len(x) < 3:
            if first or (len(x) < 3 and not isinstance(x[0], int)):
                ctx.refuse(WrongRank(wants=self.needed().axes, shape=x))
            return shared.step_features(ctx, x, "conv_lstm_cell/kernel")
        return ctx.fixed(x, 2, "conv_lstm_cell/kernel")

    def _weights(self, features: int) -> list[Weight]:
        size, filters, wide = self.kernel_size, self.filters, 4 * self.filters
        made = [
            Weight("kernel", (*size, features, wide), initializer=self.kernel_initializer),
            Weight("recurrent_kernel", (*size, filters, wide),
                   initializer=self.recurrent_initializer),
        ]  # fmt: skip
        if self.use_bias:
            made.append(Weight("bias", (wide,), initializer=self.bias_initializer))
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        last = self._last(ctx, x)
        self.check_run(ctx, x)
        out = (x[0], x[1], *last[1:]) if self.return_sequences else last
        return [out, last, last] if self.return_state else out

    def _last(self, ctx: Context, x: Shape) -> Shape:
        """What one step gives, without timesteps."""
        if len(x) != self.spatial + 3:
            ctx.refuse(WrongRank(wants=self.needed().axes, shape=x))
        size = tuple(
            slide(ctx, x, axis, k, stride, self.padding, apart)
            for axis, (k, apart, stride) in enumerate(
                zip(self.kernel_size, self.dilation_rate, self.strides, strict=True),
                first_spatial(self.data_format) + 1,
            )
        )
        return with_channels(x[0], size, self.filters, self.data_format)

    def check_run(self, ctx: Context, x: Shape) -> None:
        super().check_run(ctx, x)
        axis = channel_axis(self.data_format)
        features = x[axis + 1 if axis > 0 else axis]
        if self.filters == 0 or features == 0:
            what = "filters" if self.filters == 0 else "features"
            ctx.warn(FailsWhenRun(wants="something to convolve", gets=f"0 {what}"))

    def check_mask(self, ctx: Context, x: Shape, mask: Shape) -> None:
        """A mask of (batch, 1) a step is not broadcast over an image."""
        ctx.warn(FailsWhenRun(wants="no mask: Keras cannot apply one here", gets="a mask"))

    def macs(self, x: Shape, out: Shapes) -> Dim:
        """At each timestep and place the kernels meet the features, and those of the state."""
        state = self.state_shapes(x)[0]
        axis = channel_axis(self.data_format)
        features = x[axis + 1 if axis > 0 else axis]
        places = product(spatial_part(state, self.data_format))  # type: ignore[arg-type]  # a shape
        each = product(self.kernel_size) * 4 * self.filters
        return x[1] * places * each * (features + self.filters)


class ConvLSTM1D(_ConvLSTM):
    """An LSTM over rows of places: every product is a convolution along the row.

    Input: (batch, timesteps, width, features). Output: (batch, width', filters), the last step's;
    with `return_sequences` (batch, timesteps, width', filters). With `return_state` the last h and
    c come too, each (batch, width', filters). Widths as for Conv1D.
    """


class ConvLSTM2D(_ConvLSTM):
    """An LSTM over images: every product is a convolution over height and width.

    Input: (batch, timesteps, height, width, features). Output: (batch, height', width', filters),
    the last step's; with `return_sequences` (batch, timesteps, height', width', filters). With
    `return_state` the last h and c come too. Sizes as for Conv2D.
    """

    kernel_size: Spans = kernel(2)
    strides: Spans = ones(2, STRIDES)
    dilation_rate: Spans = ones(2, DILATION)

    spatial: ClassVar[int] = 2


class ConvLSTM3D(_ConvLSTM):
    """An LSTM over volumes: every product is a convolution over depth, height and width.

    Input: (batch, timesteps, depth, height, width, features). Output: (batch, depth', height',
    width', filters), the last step's; with `return_sequences` with the timesteps behind the batch.
    With `return_state` the last h and c come too. Sizes as for Conv3D.
    """

    kernel_size: Spans = kernel(3)
    strides: Spans = ones(3, STRIDES)
    dilation_rate: Spans = ones(3, DILATION)

    spatial: ClassVar[int] = 3
