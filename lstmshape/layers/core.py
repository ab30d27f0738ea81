"""The layers that most models have: Dense, Embedding, Activation, Masking, InputLayer, …"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import MaskDropped, Misreported, Unmet, WrongSize
from lstmshape.layers.arguments import (
    ACTIVATION,
    BOOLEAN,
    NUMBER,
    Invalid,
    Kind,
    anything,
    argument,
    integer,
    loose,
    near_integer,
    number,
)
from lstmshape.layers.base import Layer, Rank, Shapes, Takes, Tensor, Weight
from lstmshape.layers.base import Masking as MaskRule
from lstmshape.layers.dtypes import TENSOR_DTYPE, quantization
from lstmshape.layers.objects import CONSTRAINT, INITIALIZER, REGULARIZER
from lstmshape.layers.quantized import quantized_kernel, quantized_reverse, quantized_table
from lstmshape.layers.shapes import BATCH_SHAPE, BATCH_SIZE, SHAPE

if TYPE_CHECKING:
    from lstmshape.layers.context import Context
    from lstmshape.model import InputSpec

UNITS = integer("a positive integer", 1)
VOCABULARY = integer("a positive integer", 1, booleans=False)


def _lora_rank(value: Any) -> Any:
    """Keras asks first whether it is anything at all."""
    if value is None or (type(value) is int and value >= 0):
        return value
    if not value or value is True:
        raise Invalid(LORA_RANK.wants, near=int(bool(value)), builds=True, value=int(bool(value)))
    raise Invalid(LORA_RANK.wants, near=near_integer(value))


LORA_RANK = Kind(
    "a positive integer, or null", _lora_rank, {"type": ["integer", "null"], "minimum": 0}
)
LORA_ALPHA = loose(number("a number, or null", optional=True))
QUANTIZATION = anything("a quantization config, or null")


def nothing_but(fine: Any, wants: str) -> Kind:
    """An argument that a spec can only leave at one value."""

    def check(value: Any) -> Any:
        if value is fine:
            return value
        raise Invalid(wants, near=fine)

    return Kind(wants, check, {"const": fine})


def low_rank(ctx: Context, layer: Any, made: list[Weight]) -> list[Weight]:
    """LoRA: the first weight is frozen, and two thin ones beside it are trained instead."""
    if not layer.lora_rank:
        return made
    whole = made[0]
    constraint = f"{whole.name}_constraint"
    if getattr(layer, constraint):
        wants = f"no `{constraint}` beside `lora_rank`"
        ctx.refuse(Unmet(wants=wants, gets=f"`{constraint}` {getattr(layer, constraint)}"))
    return [
        whole._replace(trainable=False),
        *made[1:],
        Weight(f"lora_{whole.name}_a", (*whole.shape[:-1], layer.lora_rank)),
        Weight(f"lora_{whole.name}_b", (layer.lora_rank, whole.shape[-1])),
    ]


def halved_by_glu(ctx: Context, activation: str | None, out: Shape) -> None:
    """`glu` halves the last axis, which Keras's shapes do not say."""
    if activation == "glu":
        real = (*out[:-1], out[-1] // 2)
        ctx.warn(Misreported(reported=out, real=real, why="`glu` halves the last axis"))


def _ragged(value: Any) -> Any:
    if value:
        raise Invalid(RAGGED.wants, near=False)
    return None


RAGGED = Kind("false, since only TensorFlow has ragged tensors", _ragged, {"enum": [False, None]})
NO_WEIGHTS = nothing_but(None, "null, since a spec holds no numbers to start from")


class InputLayer(Layer):
    """What a model reads; the same as an entry in `inputs`.

    Output: (batch, …) as its `shape` says.
    """

    shape: Any = argument(SHAPE, "The shape of one sample: sizes, null or a name if open.", None)
    batch_size: int | None = argument(BATCH_SIZE, "The number of samples, if it is fixed.", None)
    dtype: str | None = argument(TENSOR_DTYPE, "The dtype of the data; float32 if null.", None)
    sparse: bool = argument(BOOLEAN, "Whether sparse tensors are fed.", False)
    ragged: Any = argument(RAGGED, "Whether ragged tensors are fed.", None)
    batch_shape: Any = argument(BATCH_SHAPE, "The shape with the batch axis before it.", None)
    input_tensor: Any = argument(
        nothing_but(None, "null, since a spec has no tensors"), "A tensor to wrap.", None
    )
    optional: bool = argument(BOOLEAN, "Whether it may be left out when the model is fed.", False)
    input_shape: Any = argument(SHAPE, "The old name of `shape`.", None)
    batch_input_shape: Any = argument(BATCH_SHAPE, "The old name of `batch_shape`.", None)

    aliases: ClassVar[tuple[str, ...]] = ("Input",)
    refuses: ClassVar[frozenset[str]] = frozenset({"trainable", "autocast", "activity_regularizer"})
    ignored: ClassVar[dict[str, str]] = dict.fromkeys(
        ("trainable", "autocast", "activity_regularizer"), "an input has none"
    )

    def _shapes(self) -> tuple[Any, Any]:
        """`shape` and `batch_shape`; the old names win, as in Keras."""
        shape = self.shape if self.input_shape is None else self.input_shape
        whole = self.batch_shape if self.batch_input_shape is None else self.batch_input_shape
        return shape, whole

    def check(self) -> Iterable[tuple[str, str]]:
        shape, whole = self._shapes()
        if shape is None and whole is None:
            yield "shape", SHAPE.wants
        if shape is not None and whole is not None:
            yield "batch_shape", "`shape` or `batch_shape`, not both"
        if self.batch_size is not None and whole is not None:
            yield "batch_size", "`batch_size` or `batch_shape`, not both"
        if whole == ():
            yield "batch_shape", "a shape that begins with the batch axis"

    def input_spec(self) -> InputSpec:
        """The input of the model that it is."""
        from lstmshape.model import InputSpec

        shape, whole = self._shapes()
        size = self.batch_size
        if shape is None:
            size = whole[0] if isinstance(whole[0], int) else None
            shape = whole[1:]
        return InputSpec(self.name, shape, self.dtype or "float32", size, self.path)


class Dense(Layer):
    """A fully connected layer: `activation(x @ kernel + bias)` over the last axis.

    Input: (batch, …, features). Output: (batch, …, units); every axis between is kept, so on a
    sequence it acts at each timestep with the same weights.
    """

    units: int = argument(UNITS, "How many features come out.")
    activation: str | None = argument(ACTIVATION, "Applied to the output.", None)
    use_bias: bool = argument(BOOLEAN, "Whether a bias is added.", True)
    kernel_initializer: Any = argument(INITIALIZER, "How the kernel starts.", "glorot_uniform")
    bias_initializer: Any = argument(INITIALIZER, "How the bias starts.", "zeros")
    kernel_regularizer: Any = argument(REGULARIZER, "A penalty on the kernel.", None)
    bias_regularizer: Any = argument(REGULARIZER, "A penalty on the bias.", None)
    activity_regularizer: Any = argument(REGULARIZER, "A penalty on the output.", None)
    kernel_constraint: Any = argument(CONSTRAINT, "A constraint on the kernel.", None)
    bias_constraint: Any = argument(CONSTRAINT, "A constraint on the bias.", None)
    lora_rank: int | None = argument(
        LORA_RANK, "Train two thin matrices of this rank in place of the kernel (LoRA).", None
    )
    lora_alpha: Any = argument(LORA_ALPHA, "Scales what LoRA adds; `lora_rank` if null.", None)
    quantization_config: Any = argument(QUANTIZATION, "How the kernel is quantized.", None)

    rank: ClassVar[Rank | None] = Rank(("batch", "features"), at_least=True)
    formula: ClassVar[str] = "features * units + units"

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        return {-1: x[-1] if isinstance(x[-1], int) else None}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        features = ctx.fixed(x, -1, "kernel")
        made = [Weight("kernel", (features, self.units), initializer=self.kernel_initializer)]
        if self.use_bias:
            made.append(Weight("bias", (self.units,), initializer=self.bias_initializer))
        return quantized_kernel(ctx, self, low_rank(ctx, self, made), self.units, (self.units,))

    def output(self, ctx: Context, x: Shape) -> Shapes:
        out = (*x[:-1], self.units)
        halved_by_glu(ctx, self.activation, out)
        return out

    def macs(self, x: Shape, out: Shapes) -> Dim:
        return product(x[1:]) * self.units


class Embedding(Layer):
    """A table of vectors: each id of the input is replaced by its vector.

    Input: (batch, …) of integer ids below `input_dim`. Output: (batch, …, output_dim). With
    `mask_zero` the layers behind learn which steps are padding.
    """

    input_dim: int = argument(VOCABULARY, "How many ids there are: the largest id and one.")
    output_dim: int = argument(VOCABULARY, "How long the vector of an id is.")
    embeddings_initializer: Any = argument(INITIALIZER, "How the vectors start.", "uniform")
    embeddings_regularizer: Any = argument(REGULARIZER, "A penalty on the vectors.", None)
    embeddings_constraint: Any = argument(CONSTRAINT, "A constraint on the vectors.", None)
    mask_zero: bool = argument(BOOLEAN, "Whether id 0 is padding, to be skipped behind.", False)
    weights_: Any = argument(NO_WEIGHTS, "The vectors to begin with.", None)
    lora_rank: int | None = argument(
        LORA_RANK, "Train two thin matrices of this rank in place of the vectors (LoRA).", None
    )
    lora_alpha: Any = argument(LORA_ALPHA, "Scales what LoRA adds; `lora_rank` if null.", None)
    quantization_config: Any = argument(QUANTIZATION, "How the vectors are quantized.", None)

    ignored: ClassVar[dict[str, str]] = {"input_length": "the input says how long it is"}
    masking: ClassVar[MaskRule] = "own"
    formula: ClassVar[str] = "input_dim * output_dim"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        return embedding_weights(ctx, self)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return (*x, self.output_dim)

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> Any:
        return x.shape if self.mask_zero else dropped(ctx, x)


class ReversibleEmbedding(Layer):
    """An Embedding that also goes back: called with `reverse`, from vectors to a score an id.

    Input: (batch, …) of integer ids; in reverse (batch, …, output_dim). Output:
    (batch, …, output_dim); in reverse (batch, …, input_dim).
    """

    input_dim: int = argument(VOCABULARY, "How many ids there are: the largest id and one.")
    output_dim: int = argument(VOCABULARY, "How long the vector of an id is.")
    tie_weights: bool = argument(BOOLEAN, "Whether both ways use the same vectors.", True)
    embeddings_initializer: Any = argument(INITIALIZER, "How the vectors start.", "uniform")
    embeddings_regularizer: Any = argument(REGULARIZER, "A penalty on the vectors.", None)
    embeddings_constraint: Any = argument(CONSTRAINT, "A constraint on the vectors.", None)
    mask_zero: bool = argument(BOOLEAN, "Whether id 0 is padding, to be skipped behind.", False)
    reverse_dtype: Any = argument(loose(TENSOR_DTYPE), "The dtype of the way back.", None)
    logit_soft_cap: Any = argument(LORA_ALPHA, "Keeps the scores below this size.", None)
    weights_: Any = argument(NO_WEIGHTS, "The vectors to begin with.", None)
    lora_rank: int | None = argument(
        LORA_RANK, "Train two thin matrices of this rank in place of the vectors (LoRA).", None
    )
    lora_alpha: Any = argument(LORA_ALPHA, "Scales what LoRA adds; `lora_rank` if null.", None)
    quantization_config: Any = argument(QUANTIZATION, "How the vectors are quantized.", None)

    ignored: ClassVar[dict[str, str]] = {"input_length": "the input says how long it is"}
    call_options: ClassVar[tuple[str, ...]] = ("reverse",)
    masking: ClassVar[MaskRule] = "own"
    formula: ClassVar[str] = "input_dim * output_dim, twice unless `tie_weights`"

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        made = embedding_weights(ctx, self)
        if not self.tie_weights:
            if self.lora_rank:
                ctx.refuse(Unmet(wants="`tie_weights` beside `lora_rank`", gets="false"))
            if quantization(self.dtype) is not None:
                return [*made, *quantized_reverse(self)]
            back = (self.output_dim, self.input_dim)
            made.append(Weight("reverse_embeddings", back, initializer=self.embeddings_initializer))
        return made

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if not ctx.options.get("reverse"):
            return (*x, self.output_dim)
        why = "in reverse it reads vectors"
        fact = WrongSize(axis=len(x) - 1, wants=self.output_dim, shape=x, why=why)
        ctx.same_when_run(x[-1], self.output_dim, fact)
        return (*x[:-1], self.input_dim)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        return 0 if len(out) > len(x) else product(x[1:]) * self.input_dim

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> Any:
        # its mask is made by its call, which Keras does not run while it builds
        return None if self.mask_zero else dropped(ctx, x)


def embedding_weights(ctx: Context, layer: Any) -> list[Weight]:
    """The table, and what LoRA trains in its place."""
    shape = (layer.input_dim, layer.output_dim)
    table = Weight("embeddings", shape, initializer=layer.embeddings_initializer)
    return quantized_table(ctx, layer, low_rank(ctx, layer, [table]))


def dropped(ctx: Context, x: Tensor) -> None:
    """No mask comes out; Keras warns when one came in."""
    if x.mask is not None:
        ctx.warn(MaskDropped(warned=True))


class Masking(Layer):
    """Marks the steps whose features all equal `mask_value` as padding, for the layers behind.

    Input: (batch, timesteps, features). Output: the same, with a mask (batch, timesteps).
    """

    mask_value: Any = argument(loose(NUMBER), "The value that stands for padding.", 0.0)

    rank: ClassVar[Rank | None] = Rank(("batch",), at_least=True)
    masking: ClassVar[MaskRule] = "own"

    def mask(self, ctx: Context, x: Tensor, out: Shapes) -> Any:
        return x.shape[:-1]


class Activation(Layer):
    """Applies an activation function to every element.

    Input: (batch, …). Output: the same shape.
    """

    activation: str | None = argument(ACTIVATION, "The function's name.")

    takes: ClassVar[Takes] = "any"

    def runs_on_several(self) -> bool:
        return self.activation in (None, "linear")

    def output(self, ctx: Context, x: Any) -> Shapes:
        if isinstance(x, tuple):
            halved_by_glu(ctx, self.activation, x)
        return x  # type: ignore[no-any-return]  # shapes in, shapes out


class Identity(Layer):
    """Gives its input unchanged, also its dtype.

    Input: (batch, …), or several. Output: the same.
    """

    takes: ClassVar[Takes] = "any"
    keeps_dtype: ClassVar[bool] = True

    def output_dtype(self, x: Any) -> Any:
        return self.received_dtypes(x)
