"""Attention of several heads, each with projections of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Expr, Shape, product
from lstmshape.facts import FailsWhenRun, MergeMismatch, Misreported, Unmet, WrongRank, WrongSize
from lstmshape.layers.arguments import (
    BOOLEAN,
    LOOSE_SEED,
    Invalid,
    Kind,
    argument,
    integer,
    is_int,
    number,
)
from lstmshape.layers.attention import (
    SCORES_OPTIONS,
    SEQUENCE_AXES,
    are_sequences,
    must_equal,
    returns_scores,
    seed_fault,
    unmasked_images,
)
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Tensor, Weight
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

COUNT = integer("a positive integer", 1)
NOT_NEGATIVE = integer("a positive integer", 0)
OPTIONAL_COUNT = integer("a positive integer or null", 1, optional=True)
SHARE = number("a number between 0 and 1", 0, 1)

_AXES_WANTED = "an axis, a list of axes, or null"
_OUTPUT_WANTED = "a positive integer, a list of them, or null"


def _attention_axes(value: Any) -> Any:
    if value is None:
        return None
    if value in ("", {}):  # Keras only asks whether there are any
        raise Invalid(_AXES_WANTED, builds=True, value=())
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, int) for item in items):
        axes = tuple(int(item) for item in items)
        if all(is_int(item) for item in items):
            return axes
        raise Invalid(_AXES_WANTED, builds=True, value=axes)
    raise Invalid(_AXES_WANTED)


def _output_shape(value: Any) -> Any:
    if value is None:
        return None
    if not value:
        raise Invalid(_OUTPUT_WANTED, builds=True, value=None)
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, int) and item >= 0 for item in items):
        shape = tuple(int(item) for item in items)
        if all(is_int(item) and item for item in items):
            return shape
        raise Invalid(_OUTPUT_WANTED, builds=True, value=shape)
    raise Invalid(_OUTPUT_WANTED)


def _asked(value: Any) -> Any:
    return None if value is None else BOOLEAN.check(value)


def _integers(low: int | None) -> dict[str, Any]:
    one: dict[str, Any] = (
        {"type": "integer"} if low is None else {"type": "integer", "minimum": low}
    )
    return {"anyOf": [one, {"type": "array", "items": one}, {"type": "null"}]}


class _Heads(Layer):
    """What both have: projections of query, key and value, and one back."""

    dropout: float = argument(SHARE, "The share of scores dropped in training.", 0.0)
    use_bias: bool = argument(BOOLEAN, "Whether the projections have a bias.", True)
    sliding_window: int | None = argument(
        OPTIONAL_COUNT, "How far from itself, less 1, a step looks; null: everywhere.", None
    )
    flash_attention: bool | None = argument(
        Kind("true, false or null", _asked, {"type": ["boolean", "null"]}),
        "Whether to ask for the fused kernel.",
        None,
    )
    kernel_initializer: Any = argument(INITIALIZER, "How the kernels start.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the biases start.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernels.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the biases.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernels.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the biases.", None)
    use_gate: bool = argument(BOOLEAN, "Whether a gate made of the query scales the output.", False)
    seed: Any = argument(LOOSE_SEED, "Of the dropout.", None)

    drawn_when_built: ClassVar[tuple[str, ...]] = ("softmax", "dropout")
    takes: ClassVar[Takes] = "named"
    call_tensors: ClassVar[tuple[str, ...]] = (
        "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask",
    )  # fmt: skip
    required_tensors: ClassVar[int] = 2
    call_options: ClassVar[tuple[str, ...]] = SCORES_OPTIONS
    masking: ClassVar[Masking] = "own"
    # the projections are made when it is built, later than `trainable` is passed down
    freezes: ClassVar[bool] = False
    sequence_axis: ClassVar[int | None] = 1

    def labels(self) -> tuple[str, ...]:
        return ("output", "scores")

    def check(self) -> Iterable[tuple[str, str]]:
        if self.flash_attention and self.dropout > 0:
            yield "dropout", "0 where flash_attention is true"
        for key in ("kernel_initializer", "bias_initializer"):
            if getattr(self, key) is None:
                yield key, "an initializer: this layer copies it"
        yield from seed_fault(self)

    def called_again(
        self, ctx: Context, x: Mapping[str, Shape], first: Mapping[str, Shape]
    ) -> None:
        """Its projections were made for the features of the first call; Keras does not look."""
        for shape, built in zip(read(x), read(first), strict=True):
            if shape and shape[-1] != built[-1]:
                why = "its weights were made for that size"
                fact = WrongSize(axis=len(shape) - 1, wants=built[-1], shape=shape, why=why)
                ctx.same_when_run(shape[-1], built[-1], fact)
                return  # query, value and key are mostly one tensor

    def mask(self, ctx: Context, x: Mapping[str, Tensor], out: Shapes) -> Any:
        """The mask that came with the query, for the first output only."""
        first = x["query"].mask
        masks = [key for key, tensor in x.items() if tensor.mask is not None or "mask" in key]
        if len(x["query"].shape) > 3 and masks:
            unmasked_images(ctx, f"mask of {masks[0]}")
        return [first, None] if isinstance(out, list) else first

    def _kernel(self, name: str, shape: tuple[int, ...]) -> Weight:
        return Weight(f"{name}/kernel", shape, initializer=self.kernel_initializer)

    def projection(self, name: str, kernel: tuple[int, ...], bias: tuple[int, ...]) -> list[Weight]:
        made = [self._kernel(name, kernel)]
        if self.use_bias:
            made.append(Weight(f"{name}/bias", bias, initializer=self.bias_initializer))
        return made


def read(x: Mapping[str, Shape]) -> tuple[Shape, Shape, Shape]:
    """Query, value and key; the key is the value unless it is given."""
    return x["query"], x["value"], x.get("key", x["value"])


def agree(ctx: Context, value: Shape, key: Shape) -> None:
    """Keras compares value and key but for batch and features: an open size only equals another."""
    operation = "use as value and key"
    if len(value[1:-1]) != len(key[1:-1]):
        ctx.refuse(MergeMismatch(operation=operation, shapes=(value, key), axis=None))
    for axis in range(1, len(value) - 1):
        a, b = value[axis], key[axis]
        if a == b:
            continue
        if isinstance(a, int) or isinstance(b, int):
            ctx.refuse(MergeMismatch(operation=operation, shapes=(value, key), axis=axis))


def agree_when_run(ctx: Context, query: Shape, value: Shape, key: Shape) -> None:
    shapes = (query, value, key)
    for other in (value, key):
        must_equal(ctx, "the batch sizes of query, value and key", query[0], other[0], shapes)
    for axis in range(1, len(value) - 1):
        if isinstance(value[axis], Expr) and value[axis] != key[axis]:
            must_equal(ctx, "the timesteps of value and key", value[axis], key[axis], shapes)


class MultiHeadAttention(_Heads):
    """Attention of several heads at once, each on projections of its own.

    Input: query (batch, Tq, features), value (batch, Tv, …) and, unless it is the value, key
    (batch, Tv, …). Output: (batch, Tq, features of the query), or with `output_shape` (batch, Tq,
    *output_shape); with `return_attention_scores` in the call the scores (batch, num_heads, Tq,
    Tv) too, which Keras reports as (batch, num_heads, Tq, Tq).
    """

    num_heads: int = argument(COUNT, "How many heads.")
    key_dim: int = argument(COUNT, "The size of query and key in a head.")
    value_dim: int | None = argument(OPTIONAL_COUNT, "Of value in a head; null: key_dim.", None)
    output_shape: tuple[int, ...] | None = argument(
        Kind(_OUTPUT_WANTED, _output_shape, _integers(1)),
        "The features that come out; null: as many as the query has.",
        None,
    )
    attention_axes: tuple[int, ...] | None = argument(
        Kind(_AXES_WANTED, _attention_axes, _integers(None)),
        "The axes attended over; null: all but batch and features.",
        None,
    )

    formula: ClassVar[str] = (
        "(query features + 1) * num_heads * key_dim + (key features + 1) * num_heads * key_dim"
        " + (value features + 1) * num_heads * value_dim + (num_heads * value_dim + 1) * output"
    )

    @property
    def value_size(self) -> int:
        return self.value_dim or self.key_dim

    def weights(self, ctx: Context, x: Mapping[str, Shape]) -> list[Weight]:
        query, value, key = read(x)
        self._ranks(ctx, query, value, key)
        agree(ctx, value, key)
        heads, width = self.num_heads, self.value_size
        made = self._project(ctx, "query", query, self.key_dim)
        made += self._project(ctx, "key", key, self.key_dim)
        if self.use_gate:
            made += self._project(ctx, "gate", query, width)
        made += self._project(ctx, "value", value, width)
        self._have_axes(ctx, len(value))
        out = self.output_shape or (ctx.fixed(query, -1, "attention_output/kernel"),)
        if len(query) == 1:  # one axis aside, as in `_project`
            out = (ctx.fixed(query, 0, "attention_output/kernel"), *out[:-1])
            kernel = (out[0], heads, *out)
            return made + self.projection("attention_output", kernel, (*out, 1))
        return made + self.projection("attention_output", (heads, width, *out), out)

    def _ranks(self, ctx: Context, *shapes: Shape) -> None:
        for shape in shapes:
            if len(shape) == 1 and not isinstance(shape[0], int):
                ctx.refuse(WrongRank(wants=SEQUENCE_AXES, shape=shape, at_least=True))

    def _project(self, ctx: Context, name: str, shape: Shape, width: int) -> list[Weight]:
        """Of one axis alone Keras takes the batch size for the heads, and the heads for the width.

        That cannot run, which `_runs` says.
        """
        size = ctx.fixed(shape, -1, f"{name}/kernel")
        split = (size, self.num_heads) if len(shape) == 1 else (self.num_heads, width)
        return self.projection(name, (size, *split), split)

    def _axes(self, rank: int) -> tuple[int, ...]:
        """The axes attended over, of tensors of that rank with a head axis before the last."""
        if self.attention_axes is None:
            return tuple(range(1, rank - 1))
        return tuple(axis if axis >= 0 else rank + axis for axis in self.attention_axes)

    def _have_axes(self, ctx: Context, rank: int) -> None:
        """Keras looks for the axes once, when it builds."""
        for axis in self._axes(rank):
            if not -rank - 1 <= axis <= rank:
                wants = f"attention_axes from {-2 * rank - 1} to {rank}"
                ctx.refuse(Unmet(wants=wants, gets=f"axis {axis}"))

    def output(self, ctx: Context, x: Mapping[str, Shape]) -> Shapes:
        query, value, key = read(x)
        agree(ctx, value, key)
        scored = returns_scores(ctx)
        self._runs(ctx, query, value, key, scored)
        out = (*query[:-1], *self.output_shape) if self.output_shape else query
        if not scored:
            return out
        return [out, self._scores(ctx, query, key)]

    def _runs(self, ctx: Context, query: Shape, value: Shape, key: Shape, scored: bool) -> None:
        """What only shows when it runs."""
        if not are_sequences(ctx, (query, value, key)):
            return
        agree_when_run(ctx, query, value, key)
        if len(query) > 3 and (self.sliding_window or ctx.options.get("use_causal_mask")):
            unmasked_images(ctx, "causal mask or a sliding window")
        fused = len(query) == 3 and not scored and self.dropout == 0
        if fused and self.value_size != self.key_dim:
            wants = f"value_dim equal to key_dim, {self.key_dim}, as JAX's fused attention wants"
            ctx.warn(FailsWhenRun(wants=wants, gets=f"value_dim {self.value_size}"))
        if fused:
            return
        rank = len(value)
        axes = [axis % (rank + 1) for axis in self._axes(rank)]
        if rank in axes or len(set(axes)) < len(axes):
            gets = f"`attention_axes` {list(self.attention_axes or ())}"
            ctx.warn(FailsWhenRun(wants="axes of its input, each once", gets=gets))
        for axis in sorted(set(range(1, len(query) - 1)) - set(self._axes(len(value)))):
            what = f"axis {axis} of query and key"
            must_equal(ctx, what, query[axis], key[axis], (query, value, key))

    def _scores(self, ctx: Context, query: Shape, key: Shape) -> Shape:
        """What Keras reports: the query's steps twice, whatever the key has."""
        if len(query) < 2:
            ctx.refuse(WrongRank(wants=SEQUENCE_AXES, shape=query))
        reported = (query[0], self.num_heads, query[1], query[1])
        rank = len(query)
        axes = [axis % (rank + 1) for axis in self._axes(len(key))]
        if rank == len(key) and rank not in axes and len(set(axes)) == len(axes):
            asked, told = (*query[:-1], self.num_heads), (*key[:-1], self.num_heads)
            kept = tuple(size for n, size in enumerate(asked) if n not in axes)
            real = (*kept, *(asked[axis] for axis in axes), *(told[axis] for axis in axes))
            if real != reported:
                why = "it repeats the query's steps where the key's belong"
                ctx.warn(Misreported(reported=reported, real=real, why=why))
        return reported

    def macs(self, x: Mapping[str, Shape], out: Shapes) -> Dim:
        """The projections at each step, and scores and sums for each pair of steps."""
        query, value, key = read(x)
        heads, width = self.num_heads, self.value_size
        asked, told = product(query[1:-1]), product(value[1:-1])
        ends = product(self.output_shape or (query[-1],)) + (query[-1] if self.use_gate else 0)
        projected = asked * heads * (query[-1] * self.key_dim + ends * width)
        projected += told * heads * (key[-1] * self.key_dim + value[-1] * width)
        return projected + asked * told * heads * (self.key_dim + width)


class GroupQueryAttention(_Heads):
    """Attention in which several query heads share one head of key and value.

    Input: query (batch, Tq, features), value (batch, Tv, features) and, unless it is the value,
    key (batch, Tv, …). Output: (batch, Tq, features); with `return_attention_scores` in the call
    the scores (batch, num_query_heads, Tq, Tv) too.
    """

    head_dim: int = argument(COUNT, "The size of query, key and value in a head.")
    num_query_heads: int = argument(NOT_NEGATIVE, "How many heads the query has.")
    num_key_value_heads: int = argument(COUNT, "How many heads key and value have.")

    formula: ClassVar[str] = (
        "(features + 1) * num_query_heads * head_dim"
        " + 2 * (features + 1) * num_key_value_heads * head_dim"
        " + (num_query_heads * head_dim + 1) * features"
    )

    @classmethod
    def base_name(cls) -> str:
        return "grouped_query_attention"

    def check(self) -> Iterable[tuple[str, str]]:
        if self.num_query_heads % self.num_key_value_heads:
            wants = f"a divisor of num_query_heads, {self.num_query_heads}"
            yield "num_key_value_heads", wants
        yield from super().check()

    def weights(self, ctx: Context, x: Mapping[str, Shape]) -> list[Weight]:
        query, value, key = read(x)
        asking = (self.num_query_heads, self.head_dim)
        telling = (self.num_key_value_heads, self.head_dim)
        made = self._project(ctx, "query", query, asking)
        made += self._project(ctx, "key", key, telling)
        if self.use_gate:
            made += self._project(ctx, "gate", query, asking)
        made += self._project(ctx, "value", value, telling)
        features = ctx.fixed(query, -1, "attention_output/kernel")
        return made + self.projection("attention_output", (*asking, features), (features,))

    def _project(
        self, ctx: Context, name: str, shape: Shape, heads: tuple[int, int]
    ) -> list[Weight]:
        """Keras takes axis 2 for the features, and gives a bias of more axes for more axes."""
        if len(shape) < 3:
            ctx.refuse(WrongRank(wants=SEQUENCE_AXES, shape=shape))
        size = ctx.fixed(shape, 2, f"{name}/kernel")
        return self.projection(name, (size, *heads), (*heads, *(1,) * (len(shape) - 3)))

    def output(self, ctx: Context, x: Mapping[str, Shape]) -> Shapes:
        query, value, key = read(x)
        a, b = query[-1], value[-1]
        if a != b and (isinstance(a, int) or isinstance(b, int)):
            shapes = (query, value)
            operation = "use as query and value"
            ctx.refuse(MergeMismatch(operation=operation, shapes=shapes, axis=len(query) - 1))
        agree(ctx, value, key)
        self._runs(ctx, query, value, key)
        if not returns_scores(ctx):
            return query
        return [query, (query[0], self.num_query_heads, query[1], key[1])]

    def _runs(self, ctx: Context, query: Shape, value: Shape, key: Shape) -> None:
        """What only shows when it runs."""
        if self.num_query_heads == 0:
            ctx.warn(FailsWhenRun(wants="at least one query head", gets="none"))
        for shape in (query, value, key):
            if len(shape) != 3:
                ctx.warn(WrongRank(wants=SEQUENCE_AXES, shape=shape, keras="builds"))
                return
        agree_when_run(ctx, query, value, key)

    def macs(self, x: Mapping[str, Shape], out: Shapes) -> Dim:
        """The projections at each step, and scores and sums for each pair of steps."""
        query, value, key = read(x)
        asking = self.num_query_heads * self.head_dim
        telling = self.num_key_value_heads * self.head_dim
        gates = 3 if self.use_gate else 2
        projected = query[1] * query[2] * asking * gates
        projected += key[1] * (key[2] + value[2]) * telling
        return projected + query[1] * key[1] * asking * 2
