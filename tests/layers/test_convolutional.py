"""Convolution of all kinds: held against real Keras, also when it runs."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
from agree import assert_agrees
from runs import assert_runs_as_said

from lstmshape.case import Case, judge
from lstmshape.facts import FailsWhenRun, TooShort, Unmet
from lstmshape.layers import find

Row = tuple[str, dict[str, Any], list[Any]]

_3 = {"filters": 3, "kernel_size": 3}
_FIRST = {"data_format": "channels_first"}

ROWS: list[Row] = [
    ("Conv1D", _3, [10, 4]),
    ("Conv1D", _3, ["T", 4]),
    ("Conv1D", _3, [2, 4]),
    ("Conv1D", _3, [3, 4]),
    ("Conv1D", _3, [0, 4]),
    ("Conv1D", _3, [10, None]),
    ("Conv1D", _3, [10, 0]),
    ("Conv1D", _3, [4]),
    ("Conv1D", _3, [10, 5, 4]),
    ("Conv1D", {**_3, "strides": 2}, [10, 4]),
    ("Conv1D", {**_3, "strides": [2]}, ["T", 4]),
    ("Conv1D", {**_3, "strides": [2.0]}, [10, 4]),
    ("Conv1D", {**_3, "strides": 2.0}, [10, 4]),
    ("Conv1D", {**_3, "strides": 0}, [10, 4]),
    ("Conv1D", {**_3, "strides": None}, [10, 4]),
    ("Conv1D", {**_3, "dilation_rate": 3}, [10, 4]),
    ("Conv1D", {**_3, "dilation_rate": 3}, [6, 4]),
    ("Conv1D", {**_3, "dilation_rate": 2, "strides": 2}, [10, 4]),
    ("Conv1D", {**_3, "padding": "same", "strides": 3}, [10, 4]),
    ("Conv1D", {**_3, "padding": "same", "strides": 3}, [0, 4]),
    ("Conv1D", {**_3, "padding": "causal", "dilation_rate": 4}, ["T", 4]),
    ("Conv1D", {**_3, "padding": "CAUSAL"}, [1, 4]),
    ("Conv1D", {**_3, "padding": "full"}, [10, 4]),
    ("Conv1D", {**_3, "padding": [1]}, [None, 4]),
    ("Conv1D", {**_3, **_FIRST}, [4, 10]),
    ("Conv1D", {**_3, **_FIRST}, [10, 2]),
    ("Conv1D", {**_3, "data_format": "Channels_First"}, [4, "T"]),
    ("Conv1D", {**_3, "groups": 3}, [10, 6]),
    ("Conv1D", {**_3, "groups": 3}, [10, 4]),
    ("Conv1D", {**_3, "groups": 2}, [10, 4]),
    ("Conv1D", {**_3, "groups": 0}, [10, 4]),
    ("Conv1D", {**_3, "use_bias": False, "trainable": False}, [10, 4]),
    ("Conv1D", {**_3, "activation": "gelu"}, [10, 4]),
    ("Conv1D", {**_3, "kernel_initializer": "orthogonal", "dtype": "float16"}, [10, 4]),
    ("Conv1D", {**_3, "dtype": "mixed_float16"}, [10, 4]),
    ("Conv1D", {**_3, "lora_rank": 2}, [10, 4]),
    ("Conv1D", {**_3, "lora_rank": 2, "use_bias": False, "lora_alpha": "x"}, [10, 4]),
    ("Conv1D", {**_3, "lora_rank": 2, "kernel_constraint": "non_neg"}, [10, 4]),
    ("Conv1D", {**_3, "lora_rank": ""}, [10, 4]),
    ("Conv1D", {**_3, "lora_rank": -1}, [10, 4]),
    ("Conv1D", {"filters": 3}, [10, 4]),
    ("Conv1D", {"kernel_size": 3}, [10, 4]),
    ("Conv1D", {"filters": 3, "kernel_size": True}, [10, 4]),
    ("Conv1D", {"filters": 3, "kernel_size": [2, 2]}, [10, 4]),
    ("Conv1D", {"filters": 3, "kernel_size": [2.0]}, [10, 4]),
    ("Conv1D", {"filters": 3, "kernel_size": 0}, [10, 4]),
    ("Conv1D", {"filters": True, "kernel_size": 1}, [10, 4]),
    ("Conv1D", {"filters": 3.0, "kernel_size": 1}, [10, 4]),
    ("Conv1D", {"filters": None, "kernel_size": 1}, [10, 4]),
    ("Convolution1D", _3, [10, 4]),
    ("Conv2D", _3, [10, 12, 4]),
    ("Conv2D", {**_3, "kernel_size": [3, 5], "strides": [2, 1]}, [10, "W", 4]),
    ("Conv2D", {**_3, "kernel_size": [3, 5]}, [10, 4, 4]),
    ("Conv2D", {**_3, "padding": "same", "strides": 2}, [None, 7, 4]),
    ("Conv2D", {**_3, "padding": "causal"}, [10, 12, 4]),
    ("Conv2D", {**_3, "strides": [1, 2], "dilation_rate": [2, 1]}, [10, 12, 4]),
    ("Conv2D", {**_3, **_FIRST}, [4, 10, "W"]),
    ("Conv2D", _3, [10, 4]),
    ("Conv3D", _3, [5, 6, 7, 4]),
    ("Conv3D", {**_3, "strides": [1, 2, 3], "groups": 3}, [5, 6, 7, 6]),
    ("Conv3D", {**_3, **_FIRST}, [4, "D", 6, 7]),
    ("DepthwiseConv1D", {"kernel_size": 3}, ["T", 4]),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "use_bias": False}, [10, 4]),
    ("DepthwiseConv1D", {"kernel_size": 3, "strides": 2, "dilation_rate": 2}, [10, 4]),
    ("DepthwiseConv1D", {"kernel_size": 3, "padding": "causal"}, [10, 4]),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": None}, [10, 4]),
    ("DepthwiseConv1D", {"kernel_size": 3}, [10, None]),
    ("DepthwiseConv1D", {"kernel_size": 3, "filters": 3}, [10, 4]),
    ("DepthwiseConv2D", {"kernel_size": [3, 1], "strides": [1, 2]}, [10, 8, 4]),
    ("DepthwiseConv2D", {"kernel_size": 3, **_FIRST}, [4, 8, None]),
    ("DepthwiseConv2D", {"kernel_size": 3}, [10, 4]),
    ("SeparableConv1D", {**_3, "depth_multiplier": 2}, ["T", 4]),
    ("SeparableConv1D", {**_3, "strides": 2, "dilation_rate": 2}, [10, 4]),
    ("SeparableConv1D", {**_3, "use_bias": False}, [2, 4]),
    ("SeparableConv1D", _3, [10, None]),
    ("SeparableConv2D", {**_3, "padding": "same"}, [10, 8, 4]),
    ("SeparableConvolution2D", {**_3, **_FIRST}, [4, 10, 8]),
    ("Conv1DTranspose", _3, [10, 4]),
    ("Conv1DTranspose", {**_3, "strides": 2}, ["T", 4]),
    ("Conv1DTranspose", {**_3, "strides": 5}, [10, 4]),
    ("Conv1DTranspose", {**_3, "strides": 2, "padding": "same"}, ["T", 4]),
    ("Conv1DTranspose", {**_3, "strides": 2, "output_padding": 1}, [10, 4]),
    ("Conv1DTranspose", {**_3, "strides": 2, "padding": "same", "output_padding": 0}, [10, 4]),
    ("Conv1DTranspose", {**_3, "strides": 3, "padding": "same", "output_padding": 1}, ["T", 4]),
    ("Conv1DTranspose", {**_3, "strides": 2, "output_padding": 2}, [10, 4]),
    ("Conv1DTranspose", {**_3, "strides": 4, "output_padding": 0}, [0, 4]),
    ("Conv1DTranspose", {**_3, "dilation_rate": 2}, [10, 4]),
    ("Conv1DTranspose", {**_3, "dilation_rate": 2, "strides": 2}, [10, 4]),
    ("Conv1DTranspose", {**_3, "padding": [1]}, [10, 4]),
    ("Conv1DTranspose", {**_3, "padding": [1]}, [None, 4]),
    ("Conv1DTranspose", {**_3, "strides": [2.0]}, [10, 4]),
    ("Conv1DTranspose", {**_3, "groups": 1}, [10, 4]),
    ("Conv1DTranspose", _3, [10, None]),
    ("Conv1DTranspose", _3, [10, 5, 4]),
    ("Conv2DTranspose", {**_3, "strides": [2, 3], "output_padding": [1, 2]}, [10, "W", 4]),
    ("Conv2DTranspose", {**_3, **_FIRST}, [4, 10, 8]),
    ("Conv3DTranspose", {**_3, "strides": 2, "padding": "same"}, [2, 3, 4, 4]),
]


@pytest.mark.parametrize(("cls", "arguments", "shape"), ROWS)
def test_as_keras(cls: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_agrees({"input": shape, "layers": [{cls: arguments}]})


@pytest.mark.parametrize(
    ("cls", "shape"),
    [
        ("Conv1D", [6, 4]),
        ("Conv1D", [6, 10, 4, 2]),
        ("Conv2DTranspose", [6, 10, 4]),
        ("Conv2DTranspose", [6, 4]),
        ("Conv1DTranspose", [6, 10, 5, 4]),
        ("SeparableConv2D", [6, 10, 10, 4]),
        ("DepthwiseConv1D", [6, "T", 4]),
    ],
)
def test_in_a_wrapper_the_rank_is_checked_later(cls: str, shape: list[Any]) -> None:
    arguments = {"kernel_size": 3} if cls.startswith("Depth") else _3
    assert_agrees({"input": shape, "layers": [{"TimeDistributed": {"layer": {cls: arguments}}}]})


def test_a_mask_is_dropped() -> None:
    for cls in ("Conv1D", "SeparableConv1D", "Conv1DTranspose"):
        case = assert_agrees({"input": ["T", 4], "layers": ["Masking", {cls: _3}]})
        assert [type(fact).__name__ for fact in case.flow.facts] == ["MaskDropped"]


def test_a_shared_one_wants_the_same_channels() -> None:
    def tree(second: list[Any]) -> dict[str, Any]:
        return {
            "inputs": {"a": [10, 4], "b": second},
            "layers": [
                {"Conv1D": {**_3, "name": "c"}, "inputs": "a"},
                {"reuse": "c", "inputs": "b", "name": "again"},
            ],
            "outputs": ["c", "again"],
        }

    assert assert_agrees(tree(["T", 4])).flow.ok
    assert not assert_agrees(tree(["T", 5])).flow.ok
    assert not assert_agrees(tree([2, 4])).flow.ok
    case = assert_agrees(tree(["T", "F"]))
    assert case.flow.requirements.texts() == ["F = 4", "T >= 3"]


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        ("Conv1D", _3),
        ("Conv1D", {**_3, "strides": 2}),
        ("Conv1D", {**_3, "dilation_rate": 2}),
        ("Conv1D", {**_3, "padding": "same", "strides": 3}),
        ("Conv1D", {**_3, "padding": "causal", "strides": 2}),
        ("SeparableConv1D", {**_3, "strides": 2}),
        ("Conv1DTranspose", {**_3, "strides": 2, "output_padding": 1}),
        ("Conv1DTranspose", {**_3, "strides": 3, "padding": "same"}),
    ],
)
def test_open_sizes_are_those_of_a_run(cls: str, arguments: dict[str, Any]) -> None:
    # JAX makes an empty tensor of what is too short; that has no largest value
    layers = [{cls: arguments}, "GlobalMaxPooling1D"]
    assert_runs_as_said({"input": ["T", 4], "layers": [{cls: arguments}]}, "T", range(5, 9))
    assert_runs_as_said({"input": ["T", 4], "layers": layers}, "T", range(1, 8))


def _said(tree: dict[str, Any]) -> list[Any]:
    case: Case = judge(tree)
    return case.facts


def test_what_is_said() -> None:
    """Facts carry what a message needs."""
    (short,) = _said({"input": [2, 4], "layers": [{"Conv1D": {**_3, "dilation_rate": 2}}]})
    assert isinstance(short, TooShort)
    assert (short.axis, short.size, short.result, short.keras) == (1, 2, -2, "refuses")
    assert short.needs == "at least 5 for kernel_size 3 and dilation_rate 2"

    layers = [{"Conv1D": {**_3, "kernel_size": 9}}]
    (short,) = _said({"input": ["T", 4], "dims": {"T": {"max": 8}}, "layers": layers})
    assert isinstance(short, TooShort)
    assert short.keras == "builds"

    (unmet,) = _said({"input": [8, 4], "layers": [{"Conv1D": {**_3, "groups": 3}}]})
    assert isinstance(unmet, Unmet)
    assert unmet.gets == "4 channels"

    whole = {"input": {"shape": [8, 4], "dtype": "int32"}, "layers": [{"SeparableConv1D": _3}]}
    (fails,) = _said(whole)
    assert isinstance(fails, FailsWhenRun)
    assert _said({**whole, "layers": [{"Conv1D": _3}]}) == []


@pytest.mark.parametrize(
    ("cls", "arguments", "shape"),
    [
        ("Conv1D", _3, [10, 4]),
        ("Conv1D", {**_3, "groups": 3, "filters": 6}, [10, 6]),
        ("Conv2D", {**_3, "strides": 2, **_FIRST}, [4, 10, 9]),
        ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, [10, 9, 4]),
        ("SeparableConv1D", {**_3, "depth_multiplier": 2}, [10, 4]),
        ("Conv1DTranspose", {**_3, "strides": 2}, [10, 4]),
    ],
)
def test_macs_are_each_kernel_at_each_place(
    cls: str, arguments: dict[str, Any], shape: list[int]
) -> None:
    case = assert_agrees({"input": shape, "layers": [{cls: arguments}]})
    call = case.flow.calls[-1]
    assert call.node.layer is not None
    kernels = sum(w.size for w in call.weights if w.name.endswith("kernel"))
    first = "data_format" in arguments
    stepped = call.tensors[0] if cls.endswith("Transpose") else call.outputs[0]
    places = prod(stepped.shape[2:] if first else stepped.shape[1:-1])
    assert call.node.layer.macs(call.tensors[0].shape, call.outputs[0].shape) == places * kernels


def test_arguments_have_keras_order() -> None:
    cls = find("Conv2D")
    assert cls is not None
    assert list(cls.arguments)[:7] == [
        "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups",
    ]  # fmt: skip
