"""Reshaping, upsampling, padding and cropping: held against real Keras, also when run."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from runs import assert_runs_as_said

Row = tuple[str, dict[str, Any], list[Any]]

ROWS: list[Row] = [
    ("RepeatVector", {"n": 3}, [4]),
    ("RepeatVector", {"n": 3}, ["F"]),
    ("RepeatVector", {"n": 3}, [5, 4]),
    ("RepeatVector", {"n": 3.0}, [4]),
    ("RepeatVector", {"n": True}, [4]),
    ("RepeatVector", {"n": 0}, [4]),
    ("RepeatVector", {}, [4]),
    ("Flatten", {}, []),
    ("Flatten", {}, [5, 4]),
    ("Flatten", {}, ["T", 4]),
    ("Flatten", {}, ["T", 0]),
    ("Flatten", {"data_format": "Channels_First"}, [2, 3, 4]),
    ("Flatten", {"data_format": "first"}, [2, 3, 4]),
    ("Reshape", {"target_shape": [20]}, [5, 4]),
    ("Reshape", {"target_shape": [21]}, [5, 4]),
    ("Reshape", {"target_shape": [-1]}, [5, 4]),
    ("Reshape", {"target_shape": [10, -1]}, [5, 4]),
    ("Reshape", {"target_shape": [3, -1]}, [5, 4]),
    ("Reshape", {"target_shape": [0, -1]}, [5, 4]),
    ("Reshape", {"target_shape": [0]}, [0, 4]),
    ("Reshape", {"target_shape": []}, [1, 1]),
    ("Reshape", {"target_shape": [-1, 4]}, ["T", 4]),
    ("Reshape", {"target_shape": [4, -1]}, ["T", 4]),
    ("Reshape", {"target_shape": [7, 4]}, ["T", 4]),
    ("Reshape", {"target_shape": [None, 4]}, [5, 4]),
    ("Reshape", {"target_shape": [None, None]}, [5, 4]),
    ("Reshape", {"target_shape": ["T", 4]}, [5, 4]),
    ("Reshape", {"target_shape": [-1, -1]}, [5, 4]),
    ("Reshape", {"target_shape": [-2, 5]}, [5, 4]),
    ("Reshape", {"target_shape": [5, 4.0]}, [5, 4]),
    ("Reshape", {"target_shape": "54"}, [5, 4]),
    ("Reshape", {"target_shape": 20}, [5, 4]),
    ("Reshape", {"target_shape": [True, 20]}, [5, 4]),
    ("Permute", {"dims": [2, 1]}, ["T", 4]),
    ("Permute", {"dims": [1, 2]}, [4]),
    ("Permute", {"dims": [0, 1]}, [5, 4]),
    ("Permute", {"dims": [1, 1]}, [5, 4]),
    ("Permute", {"dims": []}, []),
    ("Permute", {"dims": [2.0, 1.0]}, [5, 4]),
    ("Permute", {"dims": 1}, [5]),
    ("UpSampling1D", {}, ["T", 4]),
    ("UpSampling1D", {"size": 3}, [5, None]),
    ("UpSampling1D", {"size": [3]}, [5, 4]),
    ("UpSampling1D", {"size": 0}, [5, 4]),
    ("UpSampling1D", {}, [4]),
    ("UpSampling2D", {"size": [2, 3]}, [5, None, 4]),
    ("UpSampling2D", {"data_format": "channels_first"}, [5, 6, 4]),
    ("UpSampling2D", {"size": True, "interpolation": "Bilinear"}, [5, 6, 4]),
    ("UpSampling2D", {"interpolation": "foo"}, [5, 6, 4]),
    ("UpSampling2D", {"interpolation": None}, [5, 6, 4]),
    ("UpSampling2D", {"size": [2]}, [5, 6, 4]),
    ("UpSampling3D", {"size": [1, 2, 3]}, [2, None, 3, 4]),
    ("UpSampling3D", {"size": "foo"}, [2, 2, 3, 4]),
    ("ZeroPadding1D", {}, ["T", 4]),
    ("ZeroPadding1D", {"padding": [1, 2]}, [5, 4]),
    ("ZeroPadding1D", {"padding": 2, "data_format": "channels_first"}, [5, 4]),
    ("ZeroPadding1D", {"padding": -1}, [5, 4]),
    ("ZeroPadding1D", {"padding": [1, 2, 3]}, [5, 4]),
    ("ZeroPadding2D", {"padding": [1, 2]}, [5, None, 4]),
    ("ZeroPadding2D", {"padding": [[1, 2], [0, 1]]}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": [[1, 2], 3]}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": -1}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": -3}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": [-1, 1]}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": [1]}, [5, 6, 4]),
    ("ZeroPadding2D", {"padding": 1.0}, [5, 6, 4]),
    ("ZeroPadding3D", {"padding": [1, 2, [3, 0]]}, [5, 6, 7, 4]),
    ("Cropping1D", {}, ["T", 4]),
    ("Cropping1D", {"cropping": [2, 2]}, [5, 4]),
    ("Cropping1D", {"cropping": [2, 3]}, [5, 4]),
    ("Cropping1D", {"cropping": 0}, [0, 4]),
    ("Cropping1D", {"cropping": -1}, [5, 4]),
    ("Cropping2D", {"cropping": [[1, 2], [0, 1]]}, [5, "W", 4]),
    ("Cropping2D", {"cropping": 3}, [5, 6, 4]),
    ("Cropping2D", {"cropping": -1}, [5, 6, 4]),
    ("Cropping2D", {"cropping": 1, "data_format": "channels_first"}, [5, 6, 4]),
    ("Cropping3D", {}, [5, 6, 7, 4]),
    ("Cropping3D", {"cropping": [1, 1]}, [5, 6, 7, 4]),
]


def model(name: str, arguments: dict[str, Any], shape: list[Any]) -> dict[str, Any]:
    return {"input": shape, "layers": [{name: arguments}]}


@pytest.mark.parametrize(("name", "arguments", "shape"), ROWS, ids=str)
def test_agrees(name: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_agrees(model(name, arguments, shape))


KEPT = ["Flatten", "Reshape", "Permute", "RepeatVector", "UpSampling1D", "Cropping1D"]


@pytest.mark.parametrize("dtype", ["int32", "float16", "bool"])
@pytest.mark.parametrize("name", KEPT)
def test_dtypes_and_masks(name: str, dtype: str) -> None:
    arguments = {"Reshape": {"target_shape": [20]}, "Permute": {"dims": [2, 1]}}
    tree = model(name, arguments.get(name, {"n": 3} if name == "RepeatVector" else {}), [5, 4])
    tree["input"] = {"shape": [4] if name == "RepeatVector" else [5, 4], "dtype": dtype}
    assert_agrees(tree)
    tree["layers"].insert(0, {"Masking": {}})
    assert_agrees(tree)
    tree["layers"][-1][name]["dtype"] = "mixed_float16"
    assert_agrees(tree)


RUN: list[Row] = [
    ("Reshape", {"target_shape": [7, 4]}, ["T", 4]),
    ("Reshape", {"target_shape": [-1, 4]}, ["T", 4]),
    ("Reshape", {"target_shape": [8, -1]}, ["T", 4]),
    ("Reshape", {"target_shape": [3, -1]}, ["T", 4]),
    ("Reshape", {"target_shape": [None, 6]}, ["T", 4]),
    ("Reshape", {"target_shape": [None, None]}, ["T", 4]),
    ("Reshape", {"target_shape": [7, 5]}, ["T", 4]),
    ("Flatten", {}, ["T", 4]),
    ("Cropping1D", {"cropping": [2, 3]}, ["T", 4]),
    ("Cropping2D", {"cropping": [1, 2]}, ["T", 6, 4]),
    ("Cropping3D", {"cropping": 1}, [4, 4, "T", 4]),
    ("ZeroPadding1D", {"padding": [1, 2]}, ["T", 4]),
    ("ZeroPadding2D", {"padding": -1}, ["T", 4, 4]),
    ("UpSampling1D", {"size": 3}, ["T", 4]),
    ("UpSampling2D", {"size": [1, 2]}, ["T", 4, 4]),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), RUN, ids=str)
def test_runs_as_said(name: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_runs_as_said(model(name, arguments, shape), "T", range(1, 10))


def test_what_keras_does_not_see_stays_open_but_known() -> None:
    """Keras reports None for the rest; here its size is known, though still an open dim."""
    layers = [{"Reshape": {"target_shape": [None, 4]}}, {"RepeatVector": {"n": 2}}]
    case = assert_agrees({"input": [5, 4], "layers": layers[:1]})
    (tensor,) = case.flow.calls[-1].outputs
    (low, high) = case.spec.bounds[str(tensor.shape[1])]
    assert (low, high) == (5, 5)
