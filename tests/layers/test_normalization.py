"""Normalization: held against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from runs import assert_runs_as_said

NORMS = ["BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]
AXES: list[Any] = [
    -1, 1, 2, 0, 3, -3, -4, True, [1, 2], [2, 1], [1, -1], [1, 1], [], [1.0], ["1"], "1", 1.5, None
]  # fmt: skip


def model(entry: Any, shape: Any = (5, 4), **more: Any) -> dict[str, Any]:
    return {"input": {"shape": list(shape), **more}, "layers": [entry]}


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", [*NORMS, "GroupNormalization"])
def test_axes(name: str, axis: Any) -> None:
    groups = {"groups": 2} if name == "GroupNormalization" else {}
    assert_agrees(model({name: {"axis": axis, **groups}}, batch_size=2))
    assert_agrees(model({name: {"axis": axis, **groups}}, ["T", 4]))


BATCH: list[dict[str, Any]] = [
    {},
    {"center": False},
    {"scale": False, "trainable": False},
    {"renorm": True},
    {"renorm": True, "trainable": False},
    {"renorm": True, "renorm_clipping": {"rmax": 2, "rmin": 1, "dmax": 3}},
    {"renorm": True, "renorm_clipping": {"rmax": 1, "rmin": 2}},
    {"renorm": True, "renorm_clipping": {"dmax": -1}},
    {"renorm": True, "renorm_clipping": {"max": 1}},
    {"renorm": True, "renorm_clipping": [1]},
    {"renorm_clipping": [1]},
    {"momentum": "0.9"},
    {"momentum": "a"},
    {"epsilon": None},
    {"synchronized": True},
    {"synchronized": 0},
    {"gamma_initializer": "orthogonal"},
    {"dtype": "float16"},
    {"dtype": "int32"},
    {"moving_mean_initializer": "he_normal", "dtype": "int32"},
]
GROUPS: list[Any] = [1, 2, 3, 4, 5, -1, 0, True, 2.0, "2", None]


@pytest.mark.parametrize("arguments", BATCH, ids=str)
def test_batch_normalization(arguments: dict[str, Any]) -> None:
    assert_agrees(model({"BatchNormalization": arguments}))


@pytest.mark.parametrize("groups", GROUPS, ids=str)
def test_group_normalization(groups: Any) -> None:
    assert_agrees(model({"GroupNormalization": {"groups": groups}}))
    assert_agrees(model({"GroupNormalization": {"groups": groups}}, (5, 0)))
    assert_agrees(model({"GroupNormalization": {"groups": groups}}, (5, None)))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("old", [True, False])
def test_layer_normalization(scale: bool, center: bool, old: bool) -> None:
    arguments = {"scale": scale, "center": center, "rms_scaling": old}
    for shape in ((5, 4), ("T", 4), (5, None)):
        assert_agrees(model({"LayerNormalization": arguments}, shape))


@pytest.mark.parametrize("name", [*NORMS, "GroupNormalization"])
def test_masks_and_sharing(name: str) -> None:
    arguments = {"groups": 2} if name == "GroupNormalization" else {}
    assert_agrees({"input": ["T", 4], "layers": [{"Masking": {}}, {name: arguments}]})
    layers = [
        {name: {**arguments, "name": "n"}, "inputs": "a"},
        {"reuse": "n", "inputs": "b", "name": "again"},
    ]
    for other in ([4], [5, 4], [5, 6], [5, None], [2, 5, 4]):
        inputs = {"a": [5, 4], "b": other}
        assert_agrees({"inputs": inputs, "layers": layers, "outputs": ["n", "again"]})


WRAPPED: list[Any] = [
    {"Dense": {"units": 3}},
    {"Dense": {"units": 3, "trainable": False}},
    {"Dense": {"units": 3, "lora_rank": 2}},
    {"Dense": {"units": 3, "dtype": "int32", "kernel_initializer": "zeros"}},
    {"Embedding": {"input_dim": 9, "output_dim": 4}},
    {"ReversibleEmbedding": {"input_dim": 9, "output_dim": 4, "tie_weights": False}},
    {"EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 3]}},
    {"Conv1D": {"filters": 3, "kernel_size": 2}},
    {"SeparableConv1D": {"filters": 3, "kernel_size": 2}},
    {"SpectralNormalization": {"layer": {"Dense": {"units": 3}}}},
    {"LSTM": {"units": 3}},
    {"Flatten": {}},
]


@pytest.mark.parametrize("inner", WRAPPED, ids=str)
def test_spectral_normalization(inner: Any) -> None:
    for more in ({}, {"trainable": False}, {"power_iterations": 2.5}, {"power_iterations": 0}):
        assert_agrees(model({"SpectralNormalization": {"layer": inner, **more}}))


RUN: list[Any] = [
    ({"RMSNormalization": {}}, ["T", 4]),
    ({"RMSNormalization": {"axis": 1}}, [3, "T"]),
    ({"RMSNormalization": {"axis": [1, 2]}}, [3, 4]),
    ({"LayerNormalization": {"axis": 1}}, [3, "T"]),
    ({"LayerNormalization": {"axis": [1, 1]}}, [3, "T"]),
    ({"UnitNormalization": {"axis": [1, -2]}}, [3, "T"]),
    ({"GroupNormalization": {"groups": 2}}, ["T", 4]),
    ({"BatchNormalization": {"axis": 1}}, [3, "T"]),
]


@pytest.mark.parametrize(("entry", "shape"), RUN, ids=str)
def test_runs_as_said(entry: Any, shape: list[Any]) -> None:
    assert_runs_as_said({"input": shape, "layers": [entry]}, "T", range(2, 6))
