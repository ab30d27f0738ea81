"""What a saved model reads: its input layers, or what its first layer says, in every era."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lstmshape.frontends.keras_document import Origins, Spot
from lstmshape.frontends.keras_layers import speakable
from lstmshape.frontends.keras_objects import plain
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.source import Place

#: first layers whose `input_dim` is the size of a step, in Keras 0 and 1
SEQUENCES = frozenset({
    "LSTM", "GRU", "SimpleRNN", "Convolution1D", "Conv1D", "AtrousConvolution1D",
    "TimeDistributedDense", "LocallyConnected1D", "JZS1", "JZS2", "JZS3",
})  # fmt: skip


class Input(NamedTuple):
    """One input of a model; `shape` is without the batch axis, and whatever was said."""

    name: str | None
    shape: Any
    dtype: str | None
    batch_size: int | None
    place: Place


def input_of(spot: Spot, name: str | None, dtype: Any) -> Input | None:
    """The input that a shape with its batch axis says; None where no shape stands."""
    shape = plain(spot.value)
    if not isinstance(shape, list) or not shape:
        return None
    shape = [int(n) if isinstance(n, float) and n.is_integer() else n for n in shape]
    size = shape[0] if type(shape[0]) is int else None
    kind = dtype if isinstance(dtype, str) and dtype not in ("float32", "float") else None
    return Input(name, shape[1:], "int32" if kind == "int" else kind, size, spot.place)


def input_layer(part: Part) -> Input:
    """The input that an InputLayer says."""
    config = part.config
    dtype = part.settings.get("dtype", part.settings.get("input_dtype"))
    for key in ("batch_shape", "batch_input_shape"):
        found = input_of(config.child(key), part.name, dtype)
        if found is not None:
            return found
    for key in ("shape", "input_shape"):
        shape = plain(config.child(key).value)
        if isinstance(shape, list):
            return Input(part.name, shape, None, None, config.child(key).place)
    return Input(part.name, None, None, None, part.class_place)


def first_input(parts: Sequence[Part | None], era: int) -> Input | None:
    """The input of a Sequential, as its first layer says it; None where nothing does."""
    first = parts[0] if parts else None
    if first is None:
        return None
    if first.class_name == "InputLayer":
        return input_layer(first)
    dtype = _integer(first.settings.get("input_dtype", first.settings.get("dtype")))
    for key in ("batch_input_shape", "batch_shape"):
        found = input_of(first.config.child(key), None, dtype)
        if found is not None:
            return found
    if first.is_model:
        return _inside_model(first, era)
    if first.class_name == "Bidirectional":
        inner = part_of(first.config.child("layer"))
        found = first_input([inner], era)
        if found is not None:
            return found
    return _old_input(first, dtype) or input_of(
        first.spot.child("build_config").child("input_shape"), None, dtype
    )


def _integer(dtype: Any) -> str | None:
    """The dtype of a first layer where it can only be that of the data."""
    return dtype if isinstance(dtype, str) and dtype.startswith(("int", "uint")) else None


def _inside_model(first: Part, era: int) -> Input | None:
    """The input of a model whose first layer is a model."""
    from lstmshape.frontends.keras_models import sequential_layers

    if "input_layers" not in first.settings:
        return first_input([part_of(spot) for spot in sequential_layers(first)][:1], era)
    layers = [part_of(spot) for spot in first.config.child("layers").children()]
    found = [input_layer(part) for part in layers if part and part.class_name == "InputLayer"]
    return found[0]._replace(name=None) if len(found) == 1 else None


def _old_input(first: Part, dtype: str | None) -> Input | None:
    """`input_shape`, or `input_dim` and `input_length`, as Keras 0 and 1 say them."""
    length, size = first.settings.get("input_length"), first.settings.get("input_dim")
    if first.class_name == "Embedding":
        # its `input_shape` in Keras 0 is the number of ids
        place = first.config.child("input_length").place
        return Input(None, [length if type(length) is int else None], dtype, None, place)
    spot = first.config.child("input_shape")
    shape = plain(spot.value)
    if isinstance(shape, list):
        return Input(None, shape, dtype, None, spot.place)
    if type(size) is not int:
        return None
    place = first.config.child("input_dim").place
    shape = [length, size] if first.class_name in SEQUENCES else [size]
    return Input(None, shape, dtype, None, place)


def put_inputs(
    origins: Origins, tree: dict[str, Any], inputs: Sequence[Input], *, short: bool = False
) -> None:
    """Write inputs into a tree: `input` for one whose name nobody needs, else `inputs`."""
    if short and len(inputs) == 1:
        tree["input"] = _written(origins, inputs[0])
        origins.put(tree, "input", inputs[0].place)
        return
    named = tree["inputs"] = origins.made({}, inputs[0].place if inputs else Place(()))
    origins.put(tree, "inputs", inputs[0].place if inputs else Place(()))
    for number, given in enumerate(inputs):
        key = speakable(given.name or f"input_{number + 1}")
        named[key] = _written(origins, given)
        origins.put(named, key, given.place, given.place)


def _written(origins: Origins, given: Input) -> Any:
    """A shape, or a mapping where there is more to say."""
    if not isinstance(given.shape, list):
        return given.shape if given.shape is not None else {}
    shape = origins.made(list(given.shape), given.place)
    if given.dtype is None and given.batch_size is None:
        return shape
    said: dict[str, Any] = origins.made({"shape": shape}, given.place)
    origins.put(said, "shape", given.place)
    for key, value in (("dtype", given.dtype), ("batch_size", given.batch_size)):
        if value is not None:
            said[key] = value
            origins.put(said, key, given.place)
    return said
