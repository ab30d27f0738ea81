"""Windows that slide over axes: arguments, arithmetic, and what all convolutions have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import FailsWhenRun, MaskDropped, TooShort
from lstmshape.layers import dtypes
from lstmshape.layers.arguments import (
    DATA_FORMAT,
    Invalid,
    Kind,
    argument,
    choice,
    integer,
    sizes,
)
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Tensor, Weight

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: A size for each spatial axis.
Spans: TypeAlias = "tuple[int, ...]"

SAME_OR_VALID = choice("valid", "same", fold=True, wants="valid or same")

SPATIAL_NAMES = {1: ("timesteps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_CHANNELS = {1: "features", 2: "channels", 3: "channels"}
_LAST = {n: Rank(("batch", *names, _CHANNELS[n])) for n, names in SPATIAL_NAMES.items()}
_FIRST = {n: Rank(("batch", _CHANNELS[n], *names)) for n, names in SPATIAL_NAMES.items()}


def _is_whole(item: Any) -> bool:
    return type(item) is float and item.is_integer()


def whole(kind: Kind) -> Kind:
    """Sizes of which Keras also builds with `[2.0]`: it rounds what comes out, and cannot run."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and any(type(item) is float for item in value):
            near = [int(item) if _is_whole(item) else item for item in value]
            raise Invalid(kind.wants, near=near, builds=True, value=kind.check(near))
        return kind.check(value)

    return kind._replace(check=check)


def data_format() -> Any:
    """The argument that says where the channels are."""
    doc = "channels_last, which null means, or channels_first: features right after the batch."
    return argument(DATA_FORMAT, doc, None)


def image_rank(spatial: int, data_format: str | None) -> Rank:
    """The axes of a tensor with `spatial` axes between (or behind) batch and channels."""
    return (_FIRST if data_format == "channels_first" else _LAST)[spatial]


def channel_axis(data_format: str | None) -> int:
    return 1 if data_format == "channels_first" else -1


def first_spatial(data_format: str | None) -> int:
    return 2 if data_format == "channels_first" else 1


def spatial_part(x: Shape, data_format: str | None) -> Shape:
    """The axes that a window slides over."""
    return x[2:] if data_format == "channels_first" else x[1:-1]


def with_channels(batch: Dim, spatial: Shape, channels: Dim, data_format: str | None) -> Shape:
    """A shape put together again."""
    if data_format == "channels_first":
        return (batch, channels, *spatial)
    return (batch, *spatial, channels)


def reach(size: int, dilation: int = 1) -> int:
    """How many steps a dilated window spans."""
    return dilation * (size - 1) + 1


def slide(
    ctx: Context, x: Shape, axis: int, size: int, stride: int, padding: str, apart: int = 0
) -> Dim:
    """How many places a window of `size` steps has on an axis.

    `valid`: (n - span)//stride + 1, refused below 1; `same` and `causal`: (n - 1)//stride + 1.
    `apart` is the dilation of a convolution's kernel, 0 for a pool.
    """
    n = x[axis]
    if padding != "valid":
        return (n - 1) // stride + 1
    span = reach(size, apart or 1)
    if isinstance(n, int) and n >= span:
        return (n - span) // stride + 1
    result = (n - span) // stride + 1
    needs = f"at least {span} for {'kernel_size' if apart else 'pool_size'} {size}"
    if apart > 1:
        needs += f" and dilation_rate {apart}"
    fact = TooShort(axis=axis, size=n, result=result, needs=needs, shape=x)
    if isinstance(n, int):
        ctx.refuse(fact)
    ctx.least_when_run(n, span, fact)
    return result


# -- convolution -----------------------------------------------------------------------------

FILTERS = integer("a positive integer", 1)
DILATION = "How far apart the steps are that the kernel looks at."
STRIDES = "How many steps the kernel moves each time."


def kernel(spatial: int) -> Any:
    return argument(sizes(spatial), "How many steps the kernel looks at.")


def ones(spatial: int, doc: str, *, exact: bool = False) -> Any:
    kind = sizes(spatial)
    return argument(kind if exact else whole(kind), doc, (1,) * spatial)


class Convolution(Layer):
    """What all convolutions have; a base, no layer of Keras."""

    kernel_size: Spans
    strides: Spans
    padding: str
    data_format: str | None
    dilation_rate: Spans
    use_bias: bool
    bias_initializer: Any

    #: how many axes the kernel slides over
    spatial: ClassVar[int] = 1
    masking: ClassVar[Masking] = "own"

    def demand(self) -> Rank:
        """Keras asks for at least this rank, and then refuses more when it builds."""
        return image_rank(self.spatial, self.data_format)

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        axis = channel_axis(self.data_format)
        channels = x[axis]
        return {axis: channels if isinstance(channels, int) else None}

    def channels(self, ctx: Context, x: Shape, weight: str) -> int:
        ctx.ranked(x, self.demand())
        return ctx.fixed(x, channel_axis(self.data_format), weight)

    def bias(self, size: int) -> list[Weight]:
        if not self.use_bias:
            return []
        return [Weight("bias", (size,), initializer=self.bias_initializer)]

    def slid(self, ctx: Context, x: Shape, filters: int) -> Shape:
        """The output: every spatial axis counts the places that the kernel has on it."""
        ctx.ranked(x, self.demand())
        if x[channel_axis(self.data_format)] == 0:
            ctx.warn(FailsWhenRun(wants="at least one channel", gets="none"))
        first = first_spatial(self.data_format)
        how = zip(self.kernel_size, self.strides, self.dilation_rate, strict=True)
        spatial = tuple(
            slide(ctx, x, axis, size, stride, self.padding, apart)
            for axis, (size, stride, apart) in enumerate(how, first)
        )
        return with_channels(x[0], spatial, filters, self.data_format)

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> None:
        """For those that do not cast their input, as the plain ones do; the mask is dropped."""
        if x.mask is not None:
            ctx.warn(MaskDropped(warned=True))
        received = self.received_dtype(x.dtype)
        if not dtypes.is_float(received) and received != self.compute_dtype:
            ctx.warn(FailsWhenRun(wants="a float input", gets=f"dtype {x.dtype}"))

    def places(self, out: Shapes) -> Dim:
        """How many places the kernel has in all."""
        return product(spatial_part(out, self.data_format))  # type: ignore[arg-type]  # one output


def strided_and_dilated(layer: Convolution) -> Iterable[tuple[str, str]]:
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        yield "dilation_rate", "1 where strides are above 1"
