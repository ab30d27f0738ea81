"""A small example of every layer class, found by trying: the first input that it accepts.

Required arguments take the reader's numbers where they bear their names, else sizes that are usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, judge
from lstmshape.explain.numbers import Numbers
from lstmshape.layers.base import Layer

#: values for required arguments, and for others without which a class says nothing
_VALUES: dict[str, Any] = {
    "filters": 8,
    "kernel_size": 3,
    "depth_multiplier": 1,
    "pool_size": 2,
    "n": 5,
    "input_dim": 100,
    "output_dim": 8,
    "target_shape": [-1],
    "dims": [2, 1],
    "rate": 0.5,
    "stddev": 0.1,
    "activation": "relu",
    "groups": 4,
    "num_heads": 4,
    "key_dim": 8,
    "head_dim": 8,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "equation": "abc,cd->abd",
    "output_shape": [None, 8],
    "height": 16,
    "width": 16,
    "factor": 0.2,
    "num_tokens": 10,
    "num_bins": 10,
    "bin_boundaries": [0.0, 0.5, 1.0],
    "scale": 0.5,
    "sequence_length": 10,
    "axes": 1,
    "output_size": 2,
    "value_range": [0.0, 1.0],
    "num_classes": 10,
}
_LSTM = {"LSTM": {"units": "units"}}
#: whole arguments of classes of which that is not enough
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "Bidirectional": {"layer": _LSTM},
    "TimeDistributed": {"layer": {"Dense": {"units": "units"}}},
    "RNN": {"cell": {"LSTMCell": {"units": "units"}}},
    "StackedRNNCells": {"cells": [{"LSTMCell": {"units": "units"}}] * 2},
    "SpectralNormalization": {"layer": {"Dense": {"units": "units"}}},
    "Wrapper": {"layer": {"Dense": {"units": "units"}}},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": ["timesteps", "units"]},
    "GroupNormalization": {"groups": 1},
    "Discretization": {"bin_boundaries": [0.0, 0.5, 1.0]},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomPosterization": {"factor": 4},
    "Pipeline": {"layers": [{"Rescaling": {"scale": 0.5}}]},
    "Sequential": {"layers": [_LSTM, {"Dense": {"units": 1}}]},
    "Functional": {"input": ["timesteps", "features"], "layers": [_LSTM]},
    "Hashing": {"num_bins": 10},
    "IntegerLookup": {"max_tokens": 10},
    "StringLookup": {"max_tokens": 10},
    "TextVectorization": {"output_sequence_length": "timesteps"},
}
_IMAGE: list[Any] = [32, 32, 3]
#: inputs, without the batch, in the order in which they are tried
_SHAPES: tuple[list[Any], ...] = (
    ["timesteps", "features"],
    ["features"],
    _IMAGE,
    ["timesteps", 32, 32, 3],
    [16, 16, 16, 3],
    ["timesteps", 16, 16, 16, 3],
    ["timesteps"],
)
_DTYPES: dict[str, str] = {
    "Embedding": "int32",
    "ReversibleEmbedding": "int32",
    "CategoryEncoding": "int32",
    "Hashing": "int32",
    "IntegerLookup": "int32",
    "StringLookup": "string",
    "TextVectorization": "string",
}
#: classes whose input is better another than the first that is accepted
_FIRST: dict[str, list[Any]] = {
    "Embedding": ["timesteps"],
    "ReversibleEmbedding": ["timesteps"],
    "RepeatVector": ["features"],
    "TextVectorization": [1],
    "StringLookup": [1],
    "IntegerLookup": [1],
    "Hashing": [1],
    "CategoryEncoding": [1],
    "STFTSpectrogram": [4000, 1],
    "MelSpectrogram": [4000],
}
#: families whose classes are about images
_OF_IMAGES = ("images", "pixels")


def example(cls: type[Layer], numbers: Numbers) -> Case | None:
    """A judged model of one such layer that Keras accepts, or None where none was found."""
    accepted = None
    for tree in _trees(cls, numbers):
        case = judge(tree)
        if case.flow.ok and not case.facts:
            return case
        if accepted is None and case.flow.ok and all(f.keras != "refuses" for f in case.facts):
            accepted = case
    return accepted


def _trees(cls: type[Layer], numbers: Numbers) -> Iterator[dict[str, Any]]:
    name = cls.__name__
    written_as = "Model" if name == "Functional" else name
    if cls.opaque or name in ("Layer", "Wrapper", "Lambda"):
        return
    arguments = _sized(_ARGUMENTS.get(name) or _required(cls), numbers)
    if name == "InputLayer":
        shape = _sized(_SHAPES[0], numbers)
        yield {"layers": [{name: {"shape": shape}}]}
    for shape in _shapes(cls):
        sizes = _sized(shape, numbers)
        written = {"shape": sizes, "dtype": _DTYPES[name]} if name in _DTYPES else sizes
        entry = {"RNN": {"cell": {name: arguments}}} if _is_cell(name) else {written_as: arguments}
        if cls.takes in ("one", "any") and name != "HashedCrossing":
            yield {"input": written, "layers": [entry]}
        else:
            yield {"inputs": {"a": written, "b": written}, "layers": [{**entry, **_two(cls)}]}


def _two(cls: type[Layer]) -> dict[str, Any]:
    """What an entry that is called on two tensors says besides."""
    if cls.takes != "named":
        return {"inputs": ["a", "b"]}
    names = cls.call_tensors[: max(cls.required_tensors, 2)]
    return {"inputs": dict(zip(names, ("a", "b"), strict=False))}


def _is_cell(name: str) -> bool:
    return name.endswith(("Cell", "Cells"))


def _shapes(cls: type[Layer]) -> Iterator[list[Any]]:
    if cls.__name__ in _FIRST:
        yield _FIRST[cls.__name__]
    if cls.__module__.rpartition(".")[2] in _OF_IMAGES:
        yield _IMAGE
    yield from _SHAPES


def _required(cls: type[Layer]) -> dict[str, Any]:
    found = {}
    for key, argument in cls.arguments.items():
        if key == "units":
            found[key] = "units"
        elif argument.required:
            found[key] = _VALUES.get(key, 1)
    return found


def _sized(value: Any, numbers: Numbers) -> Any:
    """The reader's numbers in place of their names."""
    if isinstance(value, dict):
        return {key: _sized(item, numbers) for key, item in value.items()}
    if isinstance(value, list):
        return [_sized(item, numbers) for item in value]
    return numbers[value] if isinstance(value, str) and value in numbers.values else value
