"""Where each parameter comes from: the sizes of a layer's own weights, factor by factor.

The factors are those of the weights that the layer says it has; a factorisation that does not
multiply to a weight's size is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from lstmshape.dims import evaluate, parse, show_shape
from lstmshape.explain.blocks import Table
from lstmshape.layers.base import Layer, Weight

_NAME = re.compile(r"[A-Za-z_]\w*")


class Factor(NamedTuple):
    """A number and what it counts."""

    size: int
    what: str


def arithmetic(layer: Layer, weights: Sequence[Weight]) -> Iterator[Table]:
    """A line a weight: its shape, what it is made of, and how many numbers that is.

    The weights of several layers inside are in a table each, by the names of these.
    """
    groups: dict[str, list[Weight]] = {}
    for weight in weights:
        groups.setdefault(_inside(weight.name), []).append(weight)
    several = len(groups) > 1
    for path, group in groups.items():
        rows = [_row(layer, weight) for weight in group]
        if len(rows) != 1 and not several:
            rows.append(_total(weights))
        headers = ("weight", "shape", "made of", "numbers")
        yield Table(headers, tuple(rows), (3,), _titled(path) if several else "", (1,))
    if several:
        yield Table(("", "numbers"), ((_total(weights)[0], _total(weights)[3]),), (1,))


def worked_out(formula: str, sizes: Mapping[str, int]) -> str | None:
    """What a class's parameter formula comes to; None where it is no arithmetic on these sizes."""
    try:
        filled = _NAME.sub(lambda name: str(sizes[name[0]]), formula)
        return f"{evaluate(parse(filled), {}):,}"
    except (ValueError, KeyError):
        return None


def is_arithmetic(formula: str) -> bool:
    """Whether a class's parameter formula is one, and not words about the layers inside."""
    names = set(_NAME.findall(formula))
    return worked_out(formula, dict.fromkeys(names, 1)) is not None


def _row(layer: Layer, weight: Weight) -> tuple[str, str, str, str]:
    made = spelled(factors(layer, weight)) + ("" if weight.trainable else " (not trained)")
    name = weight.name.rpartition("/")[2]
    return name, show_shape(weight.shape), made, f"{weight.size:,}"


def _total(weights: Sequence[Weight]) -> tuple[str, str, str, str]:
    return "together", "", "", f"{sum(weight.size for weight in weights):,}"


def _inside(name: str) -> str:
    """The path of the layer that a weight belongs to; the cell of a layer is the layer."""
    parts = name.split("/")[:-1]
    stacked = any(part.startswith("stacked_rnn_cells") for part in parts)
    return "/".join(part for part in parts if stacked or not part.endswith("_cell"))


def _titled(path: str) -> str:
    return f"`{path}`:" if path else "Of its own:"


def spelled(made: Sequence[Factor]) -> str:
    """`16 features x 4 gates x 32 units`."""
    return " x ".join(map(_counted, made)) or "one number"


def _counted(factor: Factor) -> str:
    what = factor.what.removesuffix("s") if factor.size == 1 else factor.what
    return f"{factor.size:,} {what}".rstrip()


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
        found = next((one for held, one in _held(here) if held == part), None)
        here = found if found is not None else here
    return here, name


def _held(layer: Any) -> Iterator[tuple[str, Layer]]:
    """The layers that a layer holds, with their names; those of a model, if it is one."""
    yield from ((str(one.name), one) for one in layer.inner())
    if layer.holds_model:
        yield from ((node.name, node.layer) for node in layer.graph.nodes if node.layer is not None)


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
