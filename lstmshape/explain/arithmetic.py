"""Where each parameter comes from: the sizes of a layer's own weights, factor by factor.

The factors are those of the weights that the layer says it has; a factorisation that does not
multiply to a weight's size is never shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from lstmshape.dims import show_shape
from lstmshape.explain.blocks import Table
from lstmshape.layers.base import Layer, Weight


class Factor(NamedTuple):
    """A number and what it counts."""

    size: int
    what: str


def arithmetic(layer: Layer, weights: Sequence[Weight]) -> Table:
    """A line a weight: its shape, what it is made of, and how many numbers that is."""
    rows = []
    names = _short([weight.name for weight in weights])
    for weight in weights:
        frozen = "" if weight.trainable else " (not trained)"
        made = spelled(factors(layer, weight)) + frozen
        rows.append((names[weight.name], show_shape(weight.shape), made, f"{weight.size:,}"))
    if len(rows) != 1:
        rows.append(("together", "", "", f"{sum(weight.size for weight in weights):,}"))
    return Table(("weight", "shape", "made of", "numbers"), tuple(rows), (3,))


def _short(names: Sequence[str]) -> dict[str, str]:
    """The last part of each name, with as much before it as tells it from the others."""
    for length in range(1, 1 + max((name.count("/") + 1 for name in names), default=1)):
        short = {name: "/".join(name.split("/")[-length:]) for name in names}
        if len(set(short.values())) == len(names):
            return short
    return {name: name for name in names}


def spelled(made: Sequence[Factor]) -> str:
    """`16 features x 4 gates x 32 units`."""
    return " x ".join(f"{factor.size:,} {factor.what}".rstrip() for factor in made) or "one number"


def factors(layer: Layer, weight: Weight) -> list[Factor]:
    """What a weight's size is the product of, with words where they are known."""
    owner, name = owner_of(layer, weight)
    known = _known(owner, name, weight.shape)
    if known is None or prod(factor.size for factor in known) != weight.size:
        return [Factor(size, "") for size in weight.shape]
    # a factor of one says nothing, unless nothing else is said
    said = [factor for factor in known if factor.size != 1 or factor.what in _ALWAYS]
    return said or known[-1:]


_ALWAYS = ("features", "units", "gate", "filters")


def owner_of(layer: Layer, weight: Weight) -> tuple[Layer, str]:
    """The layer inside `layer` that a weight belongs to, and the weight's own name."""
    *path, name = weight.name.split("/")
    here = layer
    for part in path:
        found = next((one for one in here.inner() if str(one.name) == part), None)
        here = found if found is not None else here
    return here, name


def _known(owner: Any, name: str, shape: tuple[int, ...]) -> list[Factor] | None:
    maker = next((make for make, names in _MAKERS if owner.class_name in names), None)
    return list(maker(owner, name, shape)) if maker is not None else None


def _gates(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    units = owner.units
    gates = Factor(shape[-1] // units, "gates" if shape[-1] > units else "gate")
    if name == "kernel":
        yield Factor(shape[0], "features")
    elif name == "recurrent_kernel":
        yield Factor(shape[0], "state")
    elif len(shape) == 2:
        yield Factor(shape[0], "biases")
    if gates.size > 1:
        yield gates
    yield Factor(units, "units")


def _conv_gates(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    yield from _window(owner, shape[:-2] if name != "bias" else ())
    if name == "kernel":
        yield Factor(shape[-2], "features")
    elif name == "recurrent_kernel":
        yield Factor(shape[-2], "state")
    yield Factor(shape[-1] // owner.filters, "gates")
    yield Factor(owner.filters, "filters")


def _window(owner: Any, sizes: Sequence[int]) -> Iterator[Factor]:
    if sizes:
        yield Factor(prod(sizes), "places")


def _dense(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    if name == "kernel":
        yield Factor(shape[0], "features")
    yield Factor(shape[-1], "units")


def _embedding(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    yield Factor(shape[0], "rows")
    yield Factor(shape[1], "numbers each")


def _convolution(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    if name == "kernel":
        yield from _window(owner, shape[:-2])
        yield Factor(shape[-2], "features")
    yield Factor(shape[-1], "filters")


def _normalized(owner: Any, name: str, shape: tuple[int, ...]) -> Iterator[Factor]:
    yield Factor(prod(shape), "features")


_MAKERS = (
    (_gates, ("LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell")),
    (_conv_gates, ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")),
    (_dense, ("Dense",)),
    (_embedding, ("Embedding",)),
    (_convolution, ("Conv1D", "Conv2D", "Conv3D")),
    (_normalized, ("BatchNormalization", "LayerNormalization", "GroupNormalization")),
)
