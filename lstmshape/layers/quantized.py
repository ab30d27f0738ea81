"""What a layer with a quantized dtype policy weighs: packed weights and their scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmshape.facts import Unmet
from lstmshape.layers.base import Weight
from lstmshape.layers.dtypes import quantization

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

_HISTORY = 1024


def _float8() -> list[Weight]:
    """A scale and a history of largest values for each of three tensors."""
    made: list[Weight] = []
    for part in ("inputs", "kernel", "outputs_grad"):
        made.append(Weight(f"{part}_scale", ()))
        made.append(Weight(f"{part}_amax_history", (_HISTORY,)))
    return made


def _half(size: int) -> int:
    """Two numbers of 4 bits share a byte."""
    return (size + 1) // 2


def _groups(size: int, block: str) -> int:
    """How many groups share a scale; -1 is one for all."""
    return 1 if block == "-1" else -(-size // int(block))


def quantized_kernel(
    ctx: Context,
    layer: Any,
    made: list[Weight],
    columns: int,
    scale: tuple[int, ...],
    zero: str = "kernel_zero",
) -> list[Weight]:
    """The weights of a layer whose kernel, the first of `made`, is packed as its policy says.

    `columns` is how many numbers come out of the kernel, `scale` the shape of their scales in
    int8, `zero` what Keras calls the zero points of GPTQ and AWQ.
    """
    policy = quantization(layer.dtype)
    if policy is None:
        return made
    mode, *detail = policy.split("/")
    kernel, rest = made[0], made[1:]
    if mode == "float8":
        return [*_float8(), *made]
    if mode == "int8":
        return [*rest, Weight("kernel", kernel.shape, False), Weight("kernel_scale", scale, False)]
    rows = kernel.size // columns if columns else 0
    if mode == "int4":
        return [*rest, *_int4(rows, columns, detail)]
    if layer.lora_rank:
        ctx.refuse(Unmet(wants="no `lora_rank` beside GPTQ or AWQ", gets=f"{layer.lora_rank}"))
    bits, block = detail
    packed = (_half(columns) if bits == "4" else columns, rows)
    grouped = (columns, _groups(rows, block))
    last = [Weight("awq_scales", (rows,), False)] if mode == "awq" else []
    return [
        *rest,
        Weight("kernel", packed, False),
        Weight("kernel_scale", grouped, False),
        Weight(zero, grouped, False),
        *last,
        Weight("g_idx", (rows,), False),
    ]


def _int4(rows: int, columns: int, detail: list[str]) -> list[Weight]:
    packed = Weight("kernel", (rows, _half(columns)), False)
    if not detail or detail[0] == "-1":
        return [packed, Weight("kernel_scale", (columns,), False)]
    grouped = (_groups(rows, detail[0]), columns)
    return [
        packed,
        Weight("kernel_scale", grouped, False),
        Weight("kernel_zero", grouped, False),
        Weight("g_idx", (rows,), False),
    ]


def quantized_table(
    ctx: Context, layer: Any, made: list[Weight], name: str = "embeddings"
) -> list[Weight]:
    """The weights of an embedding, the first of `made`, packed as its policy says."""
    policy = quantization(layer.dtype)
    if policy is None:
        return made
    mode, *detail = policy.split("/")
    ids, size = made[0].shape
    if mode not in ("int8", "int4"):
        ctx.refuse(Unmet(wants="int8 or int4 for an embedding", gets=mode))
    packed = Weight(name, (ids, size if mode == "int8" else _half(size)), False)
    block = detail[0] if detail else "-1"
    if block == "-1":
        return [*made[1:], packed, Weight(f"{name}_scale", (ids,), False)]
    grouped = (ids, _groups(size, block))
    return [
        *made[1:],
        packed,
        Weight(f"{name}_scale", grouped, False),
        Weight(f"{name}_zero", grouped, False),
        Weight("g_idx", (size,), False),
    ]


def quantized_reverse(layer: Any) -> list[Weight]:
    """The way back of a ReversibleEmbedding, packed."""
    policy = quantization(layer.dtype)
    assert policy is not None
    mode, *detail = policy.split("/")
    ids, size = layer.input_dim, layer.output_dim
    name = "reverse_embeddings"
    packed = Weight(name, (size if mode == "int8" else _half(size), ids), False)
    block = detail[0] if detail else "-1"
    if block == "-1":
        return [packed, Weight(f"{name}_scale", (ids,), False)]
    grouped = (_groups(size, block), ids)
    return [packed, Weight(f"{name}_scale", grouped, False), Weight(f"{name}_zero", grouped, False)]
