"""Preprocessing layers: held against real Keras, as far as it makes them without TensorFlow."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import trace
from runs import assert_runs_as_said

from lstmshape.case import judge
from lstmshape.dims import erase_shape, evaluate
from lstmshape.facts import Misreported, OpenLayer

Row = tuple[str, dict[str, Any], list[Any]]
IMAGES = [8, 9, 3]

ROWS: list[Row] = [
    ("Rescaling", {"scale": 0.5}, ["T", 4]),
    ("Rescaling", {"scale": "a"}, [4]),
    ("Rescaling", {}, [4]),
    ("Normalization", {}, ["T", 4]),
    ("Normalization", {"axis": None}, ["T", 4]),
    ("Normalization", {"axis": [1, 2]}, [5, 4]),
    ("Normalization", {"axis": [1, 1]}, [5, 4]),
    ("Normalization", {"axis": 1}, ["T", 4]),
    ("Normalization", {"axis": 3}, [5, 4]),
    ("Normalization", {"axis": "1"}, [5, 4]),
    ("Normalization", {"mean": 0.5}, [4]),
    ("Normalization", {"mean": 0.5, "variance": 2}, [4]),
    ("Normalization", {"mean": [1, 2, 3, 4], "variance": [1, 2, 3, 4]}, [4]),
    ("Normalization", {"mean": [1, 2], "variance": [1, 2]}, [4]),
    ("Normalization", {"mean": [1, 2], "variance": 1}, [4]),
    ("Normalization", {"mean": [[1]], "variance": [[1]]}, [4]),
    ("CategoryEncoding", {"num_tokens": 7}, [5]),
    ("CategoryEncoding", {"num_tokens": 7, "output_mode": "one_hot"}, [5]),
    ("CategoryEncoding", {"num_tokens": 7, "output_mode": "one_hot"}, [1]),
    ("CategoryEncoding", {"num_tokens": 7, "output_mode": "binary"}, ["T"]),
    ("CategoryEncoding", {"num_tokens": 7, "output_mode": "int"}, [5]),
    ("CategoryEncoding", {"num_tokens": 2.5}, [5]),
    ("CategoryEncoding", {}, [5]),
    ("Discretization", {"bin_boundaries": [0.0, 1.0]}, [5]),
    ("Discretization", {"bin_boundaries": [0.0], "output_mode": "one_hot"}, [5, 1]),
    ("Discretization", {"num_bins": 4, "output_mode": "count"}, [5, 6]),
    ("Discretization", {"num_bins": 4, "output_mode": "multi_hot"}, []),
    ("Discretization", {"num_bins": 4, "bin_boundaries": [0.0]}, [5]),
    ("Discretization", {"num_bins": -1}, [5]),
    ("Discretization", {"num_bins": 4, "sparse": True}, [5]),
    ("Discretization", {"num_bins": 4, "trainable": False}, [5]),
    ("STFTSpectrogram", {"frame_length": 4, "frame_step": 2}, [20, 1]),
    ("STFTSpectrogram", {"frame_length": 4, "mode": "stft", "expand_dims": True}, [20, 3]),
    ("STFTSpectrogram", {"frame_length": 4, "mode": "real", "padding": "same"}, ["T", 1]),
    ("STFTSpectrogram", {"frame_length": 5, "data_format": "channels_first"}, [2, 20]),
    ("STFTSpectrogram", {"frame_length": 4, "fft_length": 2}, [20, 1]),
    ("STFTSpectrogram", {"frame_length": 4, "frame_step": 5}, [20, 1]),
    ("STFTSpectrogram", {"frame_length": 4, "window": "hanning"}, [20, 1]),
    ("STFTSpectrogram", {"frame_length": 4}, [3, 1]),
    ("STFTSpectrogram", {"frame_length": 4}, [20, None]),
    ("STFTSpectrogram", {"frame_length": 1}, [20, 1]),
    ("MelSpectrogram", {}, ["T"]),
    ("MelSpectrogram", {"fft_length": 8, "sequence_stride": 3}, [20]),
    ("MelSpectrogram", {"fft_length": 8, "sequence_length": 9}, [20]),
    ("MelSpectrogram", {"sequence_stride": 0}, [20]),
    ("MelSpectrogram", {"num_mel_bins": None}, [20]),
    ("Resizing", {"height": 4, "width": 5}, IMAGES),
    ("Resizing", {"height": 4, "width": 5, "data_format": "channels_first"}, [3, 8, 9]),
    ("Resizing", {"height": None, "width": 5}, IMAGES),
    ("Resizing", {"height": -1, "width": 5}, IMAGES),
    ("Resizing", {"height": 4, "width": 5}, [8, 3]),
    ("Resizing", {"height": 4, "width": 5}, [4]),
    ("Resizing", {"height": 4, "width": 5}, []),
    ("CenterCrop", {"height": 4, "width": 5}, IMAGES),
    ("CenterCrop", {"height": 4, "width": 5}, [4]),
    ("RandomCrop", {"height": 4, "width": 5}, ["H", "W", 3]),
    ("RandomCrop", {"height": 4, "width": 5}, [4]),
    ("RandomFlip", {"mode": "foo"}, IMAGES),
    ("RandomRotation", {"factor": 0.1, "interpolation": "cubic"}, IMAGES),
    ("RandomRotation", {"factor": 1.1}, IMAGES),
    ("RandomRotation", {"factor": None}, IMAGES),
    ("RandomZoom", {"height_factor": -1}, IMAGES),
    ("RandomZoom", {"height_factor": [-0.5, 0.5], "width_factor": 0.1}, IMAGES),
    ("RandomTranslation", {"height_factor": [-2, 0.5], "width_factor": 0.1}, IMAGES),
    ("RandomContrast", {"factor": [-2, 0.5]}, IMAGES),
    ("RandomBrightness", {"factor": 0.1, "value_range": [0]}, IMAGES),
    ("RandomPosterization", {"factor": 0}, IMAGES),
    ("RandomGaussianBlur", {"kernel_size": 4}, IMAGES),
    ("RandomColorDegeneration", {"factor": 0.1}, [8, 9, 4]),
    ("RandomColorDegeneration", {"factor": 0.1}, [4]),
    ("RandomColorJitter", {"brightness_factor": 0.1, "value_range": 3}, IMAGES),
    ("MaxNumBoundingBoxes", {"max_number": "3"}, IMAGES),
    ("RandomHue", {"factor": 0.1, "bounding_box_format": "xyxy", "seed": 1.5}, IMAGES),
]

PLAIN = [
    "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "MixUp",
    "RandAugment", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomGrayscale", "RandomInvert", "RandomPerspective", "RandomShear", "Solarization",
]  # fmt: skip


def model(name: str, arguments: dict[str, Any], shape: list[Any]) -> dict[str, Any]:
    return {"input": shape, "layers": [{name: arguments}]}


@pytest.mark.parametrize(("name", "arguments", "shape"), ROWS, ids=str)
def test_agrees(name: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_agrees(model(name, arguments, shape))


@pytest.mark.parametrize("name", PLAIN)
def test_images_keep_their_shape(name: str) -> None:
    for shape, dtype in ((IMAGES, "float32"), (["H", "W", 3], "uint8"), ([4], "float16")):
        tree = model(name, {}, shape)
        tree["input"] = {"shape": shape, "dtype": dtype}
        assert_agrees(tree)


def test_names_that_are_used_up() -> None:
    layers = [{"RandAugment": {}}, {"RandomShear": {}}, {"AugMix": {"all_ops": False}}]
    names = [{"Solarization": {}}, {"RandomColorJitter": {"hue_factor": 0.1}}]
    assert_agrees({"input": IMAGES, "layers": [*layers, *names, {"RandomHue": {"factor": 0.1}}]})


def test_frames_fit_when_it_runs() -> None:
    tree = model("STFTSpectrogram", {"frame_length": 4, "frame_step": 2}, ["T", 1])
    assert_runs_as_said(tree, "T", range(4, 9))


TABLES: list[tuple[str, dict[str, Any], list[Any], str, tuple[int | None, ...]]] = [
    ("Hashing", {"num_bins": 3}, [5], "int64", (None, 5)),
    ("Hashing", {"num_bins": 3, "output_mode": "count"}, [5], "float32", (None, 3)),
    ("StringLookup", {}, [5], "int64", (None, 5)),
    ("StringLookup", {"output_mode": "one_hot", "vocabulary": ["a", "b"]}, [5], "float32",
     (None, 5, 3)),
    ("IntegerLookup", {"output_mode": "multi_hot"}, [5], "float32", (None, None)),
    ("IntegerLookup", {"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True}, [5],
     "float32", (None, 9)),
    ("TextVectorization", {}, [], "int64", (None, None)),
    ("TextVectorization", {"output_sequence_length": 7}, [], "int64", (None, 7)),
    ("TextVectorization", {"output_mode": "multi_hot", "vocabulary": ["a", "b"]}, [], "float32",
     (None, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shape", "dtype", "out"), TABLES, ids=str)
def test_tables_by_keras_own_rules(
    name: str, arguments: dict[str, Any], shape: list[Any], dtype: str, out: tuple[int | None, ...]
) -> None:
    """Keras makes these with TensorFlow only: the shapes are those of its compute_output_shape."""
    case = judge(model(name, arguments, shape))
    (tensor,) = case.flow.calls[-1].outputs
    assert (tensor.dtype, erase_shape(tensor.shape)) == (dtype, out)


@pytest.mark.parametrize("name", ["TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"])
def test_foreign_code_is_open_unless_something_is_expected(name: str) -> None:
    arguments = {"filepath": "x", "call_fn": "f", "module": "m"}
    known = {"TFSMLayer": "filepath", "JaxLayer": "call_fn"}.get(name, "module")
    tree = model(name, {known: arguments[known]}, [5])
    assert [type(fact) for fact in judge(tree).facts] == [OpenLayer]
    tree["layers"][0]["expect"] = [3, "T"]
    (tensor,) = judge(tree).flow.calls[-1].outputs
    assert [str(dim) for dim in tensor.shape] == ["batch", "3", "T"]


RUN: list[Row] = [
    ("RandomFlip", {}, ["T", 9, 3]),
    ("RandomFlip", {}, ["T"]),
    ("RandomFlip", {}, [2, "T", 9, 3]),
    ("RandomHue", {"factor": 0.1}, [4, 5, "T"]),
    ("RandomSaturation", {"factor": 0.1}, [4, 5, "T"]),
    ("RandomGrayscale", {}, [4, "T", 5]),
    ("RandomGrayscale", {}, [4, "T", 1]),
    ("Resizing", {"height": 4, "width": 5}, ["T", 9, 3]),
    ("CenterCrop", {"height": 4, "width": 5}, ["T", 9, 3]),
    ("CategoryEncoding", {"num_tokens": 7}, ["T"]),
    ("CategoryEncoding", {"num_tokens": 7, "output_mode": "one_hot"}, [2, "T"]),
    ("Discretization", {"bin_boundaries": [0.5]}, ["T"]),
    ("Discretization", {"bin_boundaries": [0.5], "output_mode": "count"}, ["T", 4]),
    ("Rescaling", {"scale": 2}, ["T"]),
    ("Normalization", {"mean": [1, 2], "variance": [1, 1]}, ["T", 2]),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), RUN, ids=str)
def test_runs_as_said(name: str, arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_runs_as_said(model(name, arguments, shape), "T", range(2, 7))


MISREPORTED: list[Row] = [
    ("CategoryEncoding", {"num_tokens": 7}, [5, 6]),
    ("MelSpectrogram", {"fft_length": 8, "sequence_stride": 3}, [20]),
    ("MelSpectrogram", {"fft_length": 8, "sequence_stride": 3}, [20, 4]),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), MISREPORTED, ids=str)
def test_what_keras_reports_otherwise(
    name: str, arguments: dict[str, Any], shape: list[Any]
) -> None:
    tree = model(name, arguments, shape)
    (fact,) = [fact for fact in assert_agrees(tree).facts if isinstance(fact, Misreported)]
    ran = trace(tree, {"batch": 2})
    assert ran.outputs == (tuple(evaluate(dim, {"batch": 2}) for dim in fact.real),)
