"""Activation layers, the Dropouts and other noise: held against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import observe
from runs import assert_runs_as_said

from lstmshape.case import judge

ODD: list[Any] = [0, 1, 0.5, -1, 1.5, True, None, "0.5", [0.5], float("nan")]
ONE_NUMBER = {
    "ReLU": ["max_value", "negative_slope", "threshold"],
    "LeakyReLU": ["negative_slope", "alpha"],
    "ELU": ["alpha"],
    "Softmax": ["axis"],
    "Dropout": ["rate"],
    "AlphaDropout": ["rate"],
    "GaussianDropout": ["rate"],
    "GaussianNoise": ["stddev"],
    "SpatialDropout1D": ["rate"],
    "ActivityRegularization": ["l1", "l2"],
}
PAIRS = [(name, key) for name, keys in ONE_NUMBER.items() for key in keys]


def model(entry: Any, shape: Any = (5, 4)) -> dict[str, Any]:
    return {"input": list(shape), "layers": [entry]}


@pytest.mark.parametrize("value", ODD, ids=str)
@pytest.mark.parametrize(("name", "key"), PAIRS)
def test_numbers(name: str, key: str, value: Any) -> None:
    assert_agrees(model({name: {key: value}}))


@pytest.mark.parametrize(("name", "key"), PAIRS)
def test_masks_tensors_and_common_arguments(name: str, key: str) -> None:
    given = {key: 0.5} if name != "Softmax" else {}
    assert_agrees({"input": ["T", 4], "layers": [{"Masking": {}}, {name: given}]})
    layers = [{name: given, "inputs": ["a", "b"]}]
    assert_agrees({"inputs": {"a": [5, 4], "b": [None, 4]}, "layers": layers})
    for common in ({"trainable": False}, {"autocast": 1}, {"activity_regularizer": "l2"}):
        assert_agrees(model({name: {**given, **common}}))


@pytest.mark.parametrize("noise", [None, [2], [None, 1, None], [1, -1], [0], "ab", 3, [1.0], {}])
@pytest.mark.parametrize("name", ["Dropout", "AlphaDropout"])
def test_noise_shapes(name: str, noise: Any) -> None:
    assert_agrees(model({name: {"rate": 0.5, "noise_shape": noise}}))


@pytest.mark.parametrize("seed", [None, 0, 1, -1, 2**32 - 1, 2**32, 1.0, "1", True])
@pytest.mark.parametrize("rate", [0, 0.5])
def test_seeds(rate: float, seed: Any) -> None:
    """A seed is looked at only when there is something random, and where it is kept in earnest."""
    tree = model({"Dropout": {"rate": rate, "seed": seed}})
    refused = any(fact.keras == "refuses" for fact in judge(tree).facts)
    assert refused != observe(tree, eager=True).accepted


@pytest.mark.parametrize("shape", [[4], [5, 4], [6, 5, 4], [3, 6, 5, 4]], ids=str)
@pytest.mark.parametrize("data_format", [None, "channels_first", "Channels_Last", "foo", True])
@pytest.mark.parametrize("rank", [2, 3])
def test_spatial_dropout(rank: int, data_format: Any, shape: list[int]) -> None:
    assert_agrees(
        model({f"SpatialDropout{rank}D": {"rate": 0.5, "data_format": data_format}}, shape)
    )


SHARED: list[Any] = [None, 1, 2, 0, -1, -2, 3, [1], [1, 2], [1, 3], [], True, 1.5, "1", ["1"]]


@pytest.mark.parametrize("axes", SHARED, ids=str)
def test_prelu(axes: Any) -> None:
    for shape in ((5, 4), ("T", 4), (5, None), (4,), ()):
        assert_agrees(model({"PReLU": {"shared_axes": axes}}, shape))


@pytest.mark.parametrize("axes", [None, [1], [1, 2]], ids=str)
def test_a_shared_prelu_insists_on_its_shape(axes: Any) -> None:
    layers = [
        {"PReLU": {"shared_axes": axes, "name": "p"}, "inputs": "a"},
        {"reuse": "p", "inputs": "b", "name": "again"},
    ]
    for other in ([5, 4], [6, 4], [5, 3], [4], [None, 4], [2, 5, 4]):
        inputs = {"a": [5, 4], "b": other}
        assert_agrees({"inputs": inputs, "layers": layers, "outputs": ["p", "again"]})


RUN: list[tuple[Any, list[Any]]] = [
    ([{"Softmax": {"axis": 2}}], ["T", 4]),
    ([{"Softmax": {"axis": 3}}], ["T", 4]),
    ([{"Softmax": {"axis": [1, 2]}}], ["T", 4]),
    ([{"Masking": {}}, {"Softmax": {}}], ["T", 4]),
    ([{"Masking": {}}, {"BatchNormalization": {}}], ["T", 4]),
    ([{"Masking": {}}, {"BatchNormalization": {}}], [3, "T", 4]),
    ([{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}},
      {"BatchNormalization": {}}], [3, "T", 4]),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "shape"), RUN, ids=str)
def test_runs_as_said(layers: Any, shape: list[Any]) -> None:
    assert_runs_as_said({"input": shape, "layers": layers}, "T", range(1, 7))


@pytest.mark.parametrize("key", ["input_shape", "trainable", "autocast"])
@pytest.mark.parametrize("name", ["Dropout", "SpatialDropout1D"])
def test_classes_without_keywords(name: str, key: str) -> None:
    value = [5, 4] if key == "input_shape" else True
    assert_agrees(model({name: {"rate": 0.5, key: value}}))
