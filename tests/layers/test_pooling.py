"""Pooling over windows, over everything, and to a given size: held against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from runs import assert_runs_as_said

from lstmshape.case import judge
from lstmshape.facts import Misreported, TooShort, WrongRank

Row = tuple[str, dict[str, Any], list[Any]]

_FIRST = {"data_format": "channels_first"}

ROWS: list[Row] = [
    ("MaxPooling1D", {}, [11, 4]),
    ("MaxPooling1D", {}, ["T", None]),
    ("MaxPooling1D", {}, [1, 4]),
    ("MaxPooling1D", {}, [0, 4]),
    ("MaxPooling1D", {}, [4]),
    ("MaxPooling1D", {}, [11, 4, 4]),
    ("MaxPooling1D", {"pool_size": 3, "strides": 1}, ["T", 4]),
    ("MaxPooling1D", {"pool_size": 3, "strides": 4, "padding": "same"}, [11, 4]),
    ("MaxPooling1D", {"pool_size": 3, "padding": "same"}, [0, 4]),
    ("MaxPooling1D", {"pool_size": 12}, [11, 4]),
    ("MaxPooling1D", {"pool_size": 12, "padding": "same"}, [11, 4]),
    ("MaxPooling1D", {"pool_size": [2.0]}, [11, 4]),
    ("MaxPooling1D", {"pool_size": [2]}, [11, 4]),
    ("MaxPooling1D", {"pool_size": [2, 2]}, [11, 4]),
    ("MaxPooling1D", {"pool_size": 0}, [11, 4]),
    ("MaxPooling1D", {"pool_size": None}, [11, 4]),
    ("MaxPooling1D", {"pool_size": True}, [11, 4]),
    ("MaxPooling1D", {"pool_size": "2"}, [11, 4]),
    ("MaxPooling1D", {"strides": 0}, [11, 4]),
    ("MaxPooling1D", {"padding": "SAME"}, [11, 4]),
    ("MaxPooling1D", {"padding": "causal"}, [11, 4]),
    ("MaxPooling1D", {"padding": None}, [11, 4]),
    ("MaxPooling1D", {"keepdims": True}, [11, 4]),
    ("MaxPooling1D", _FIRST, [4, 11]),
    ("MaxPooling1D", {"data_format": "Channels_First"}, [4, 11]),
    ("MaxPooling1D", {"data_format": "first"}, [4, 11]),
    ("MaxPool1D", {}, [11, 4]),
    ("AveragePooling1D", {}, [11, 4]),
    ("AveragePooling1D", {"pool_size": 2}, [11, 4]),
    ("AvgPool1D", {"pool_size": 2}, ["T", 4]),
    ("MaxPooling2D", {}, [11, 7, 4]),
    ("MaxPooling2D", {"pool_size": [3, 2], "strides": [1, 2]}, [11, "W", 4]),
    ("MaxPooling2D", {"pool_size": [2]}, [11, 7, 4]),
    ("MaxPooling2D", _FIRST, [4, 11, 1]),
    ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, [11, 7, 4]),
    ("MaxPooling3D", {}, [5, 6, 7, 4]),
    ("AveragePooling3D", {"pool_size": [1, 2, 3]}, [5, 6, None, 4]),
    ("GlobalAveragePooling1D", {}, ["T", 4]),
    ("GlobalAveragePooling1D", {"keepdims": True}, ["T", 4]),
    ("GlobalAveragePooling1D", {"keepdims": "false"}, ["T", 4]),
    ("GlobalAveragePooling1D", _FIRST, [4, "T"]),
    ("GlobalAveragePooling1D", {}, [4]),
    ("GlobalAvgPool1D", {}, [5, 6, 4]),
    ("GlobalMaxPooling1D", {"keepdims": True, **_FIRST}, [4, "T"]),
    ("GlobalMaxPooling1D", {}, [0, 4]),
    ("GlobalMaxPooling2D", {}, [5, 6, 4]),
    ("GlobalAveragePooling2D", {"keepdims": True}, [5, None, 4]),
    ("GlobalMaxPooling3D", {"keepdims": True}, [5, 6, 7, 4]),
    ("GlobalAveragePooling3D", _FIRST, [4, 5, 6, 7]),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, ["T", 4]),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, [2, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, [4]),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, []),
    ("AdaptiveAveragePooling1D", {"output_size": 3, **_FIRST}, []),
    ("AdaptiveAveragePooling1D", {"output_size": 3}, [10, 5, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": [None]}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": 0}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": -1}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": [2.5]}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": [2, 2]}, [10, 4]),
    ("AdaptiveAveragePooling1D", {"output_size": None}, [10, 4]),
    ("AdaptiveAveragePooling1D", {}, [10, 4]),
    ("AdaptiveMaxPooling1D", {"output_size": 3, **_FIRST}, [4, 10]),
    ("AdaptiveMaxPooling1D", {"output_size": 3, "data_format": "Channels_First"}, [4, 10]),
    ("AdaptiveMaxPooling1D", {"output_size": 3, "data_format": ""}, [4, 10]),
    ("AdaptiveMaxPooling2D", {"output_size": 3}, [10, 9, 4]),
    ("AdaptiveMaxPooling2D", {"output_size": [3, 2]}, [10, 4]),
    ("AdaptiveAveragePooling2D", {"output_size": [3]}, [10, 9, 4]),
    ("AdaptiveAveragePooling3D", {"output_size": [1, 2, 3]}, [5, 6, 7, 4]),
    ("AdaptiveMaxPooling3D", {"output_size": True}, [5, 6, 7, 4]),
]


@pytest.mark.parametrize(("cls", "arguments", "shape"), ROWS)
def test_as_keras(cls: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_agrees({"input": shape, "layers": [{cls: arguments}]})


@pytest.mark.parametrize(
    ("cls", "arguments", "shape"),
    [
        ("MaxPooling1D", {}, [6, 8]),
        ("MaxPooling1D", {}, [6, 8, 9, 3]),
        ("MaxPooling1D", {}, [6, None, 9, 3]),
        ("MaxPooling2D", {}, [6, 8, 3]),
        ("MaxPooling2D", {}, [6, None, 3]),
        ("MaxPooling2D", {"padding": "same"}, [6, None, 3]),
        ("MaxPooling2D", {"padding": "same", "strides": 1}, [6, None, 3]),
        ("MaxPooling2D", {"pool_size": [2, 3], "strides": [1, 2]}, [6, 8, 3]),
        ("MaxPooling2D", {}, [6, 8]),
        ("MaxPooling3D", {}, [6, 8, 3]),
        ("MaxPooling3D", {}, [6, 8, 8, 3]),
        ("GlobalMaxPooling1D", {}, [6, 3]),
        ("GlobalMaxPooling1D", {"keepdims": True}, [6, 3, 4, 5]),
        ("AdaptiveMaxPooling1D", {"output_size": 2}, [6, 3]),
    ],
)
def test_a_wrapper_may_pass_any_rank(cls: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    layer = {"TimeDistributed": {"layer": {cls: arguments}}}
    assert_agrees({"input": shape, "layers": [layer]})


@pytest.mark.parametrize("cls", ["GlobalAveragePooling1D", "GlobalMaxPooling1D", "MaxPooling1D"])
def test_only_the_global_mean_uses_a_mask(cls: str) -> None:
    case = assert_agrees({"input": ["T", 4], "layers": ["Masking", cls]})
    dropped = [type(fact).__name__ for fact in case.flow.facts]
    assert dropped == ([] if cls == "GlobalAveragePooling1D" else ["MaskDropped"])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, ["T >= 2"]),
        ({"pool_size": 5, "strides": 1}, ["T >= 5"]),
        ({"pool_size": 5, "padding": "same"}, []),
    ],
)
def test_open_sizes_are_those_of_a_run(arguments: dict[str, Any], text: list[str]) -> None:
    tree = {"input": ["T", 4], "layers": [{"MaxPooling1D": arguments}, "GlobalMaxPooling1D"]}
    assert judge(tree).flow.requirements.texts() == text
    assert_runs_as_said(tree, "T", range(1, 9))


def test_pooled_twice() -> None:
    tree = {"input": ["T", 4], "layers": ["MaxPooling1D"] * 3 + ["GlobalMaxPooling1D"]}
    assert judge(tree).flow.requirements.texts() == ["T >= 8"]
    assert_runs_as_said(tree, "T", (7, 8, 9, 15, 16))


def test_what_is_said() -> None:
    (short,) = judge({"input": [3, 4], "layers": [{"MaxPooling1D": {"pool_size": 4}}]}).facts
    assert isinstance(short, TooShort)
    assert (short.axis, short.size, short.needs) == (1, 3, "at least 4 for pool_size 4")

    (rank,) = judge({"input": [4], "layers": [{"AdaptiveMaxPooling1D": {"output_size": 2}}]}).facts
    assert isinstance(rank, WrongRank)
    assert rank.keras == "builds"

    wide = {"AdaptiveMaxPooling2D": {"output_size": [3, 2]}}
    (fact,) = judge({"input": {"shape": [9, 4], "batch_size": 2}, "layers": [wide]}).facts
    assert isinstance(fact, Misreported)
    assert (fact.reported, fact.real) == ((2, 3, 2, 4), (2, 3, 4))
