"""Files of Keras 3: real models, saved by Keras and read back, agree call by call."""

from __future__ import annotations

import inspect
import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest
from keras_agree import disagreements, report_of, serialized
from keras_models import MODELS
from quick_keras import lazy_weights, remembered_signatures

from lstmshape.export import export
from lstmshape.frontends import read
from lstmshape.frontends.keras_compile import COMMON, OPTIMIZERS
from lstmshape.keras import build
from lstmshape.keras.names import fresh_names
from lstmshape.source import Place

LOSS = "sparse_categorical_crossentropy"


@pytest.fixture(scope="module", autouse=True)
def _quick_keras() -> Iterator[None]:
    with remembered_signatures():
        yield


@pytest.fixture(autouse=True)
def _fresh_names() -> Iterator[None]:
    with fresh_names():
        yield


@pytest.mark.parametrize("name", MODELS)
def test_what_keras_writes_is_what_keras_has(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of mappings that Keras would rather have as lists
        with lazy_weights():
            model = MODELS[name]()
    report = report_of("model.json", serialized(model))
    assert report.document.kind == "keras-json"
    assert list(disagreements(model, report)) == []
    assert [d for d in report.diagnostics if d.severity == "error"] == []


# -- archives and .h5 -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A compiled model, and the folder that it is saved in as an archive and as an .h5 file."""
    folder = tmp_path_factory.mktemp("saved")
    with fresh_names(), warnings.catch_warnings():
        # of Keras itself under NumPy 2, and that .h5 is old
        warnings.simplefilter("ignore")
        model = MODELS["masked_tagger"]()
        model.compile(keras.optimizers.Adam(0.01), LOSS, metrics=["accuracy"])
        model.save(folder / "tagger.keras")
        model.save(folder / "tagger.h5")
    return model, folder


def test_an_archive(saved: tuple[Any, Path]) -> None:
    model, folder = saved
    path = folder / "tagger.keras"
    report = report_of("tagger.keras", path.read_bytes())
    assert report.document.kind == "keras-archive"
    assert report.document.source.name == "tagger.keras:config.json"
    assert list(disagreements(model, report)) == []
    assert report.document.tree["compile"] == {
        "optimizer": {"Adam": {"learning_rate": 0.01}},
        "loss": LOSS,
        "metrics": ["accuracy"],
    }


def test_a_large_archive_is_read_from_its_path(saved: tuple[Any, Path]) -> None:
    path = saved[1] / "tagger.keras"
    beginning = path.read_bytes()[:100]
    assert read("shown.keras", beginning, str(path)).tree is not None
    assert read("shown.keras", beginning).tree is None


def test_an_h5_file(saved: tuple[Any, Path]) -> None:
    model, folder = saved
    path = folder / "tagger.h5"
    report = report_of("tagger.h5", path.read_bytes())
    assert report.document.kind == "hdf5"
    assert list(disagreements(model, report)) == []
    assert report.document.tree["compile"]["loss"] == LOSS
    shown = report.document.locate(Place(("layers", 0)))
    assert report.document.source.text[shown.start.column - 1 :].startswith('"Embedding"')


def test_an_h5_file_without_h5py(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    report = report_of("m.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    assert len(report.diagnostics) == 1
    assert "needs h5py: pip install 'lstmshape[h5]'" in report.diagnostics[0].message


# -- what it was compiled with --------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_those_of_keras(name: str) -> None:
    parameters = inspect.signature(getattr(keras.optimizers, name).__init__).parameters.values()
    said = {p.name: p.default for p in parameters if p.default is not p.empty}
    assert {**COMMON, **OPTIMIZERS[name]} == {k: v for k, v in said.items() if k != "name"}


SCHEDULE = {"ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5}}
COMPILED: dict[str, dict[str, Any]] = {
    "settings": {
        "optimizer": {"SGD": {"learning_rate": 0.5, "clipnorm": 1.0, "momentum": 0.9}},
        "loss": {"price": "mean_squared_error", "kind": "categorical_crossentropy"},
        "loss_weights": {"price": 1.0, "kind": 0.5},
        "metrics": {"price": ["mae", "RootMeanSquaredError"], "kind": "accuracy"},
    },
    "a schedule": {
        "optimizer": {"AdamW": {"learning_rate": SCHEDULE}},
        "loss": ["mean_squared_error", {"CategoricalCrossentropy": {"from_logits": True}}],
    },
    "nothing unusual": {"optimizer": "rmsprop", "loss": "mean_squared_error", "metrics": ["mae"]},
}


# of Keras itself, where it saves a learning rate under NumPy 2
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", COMPILED)
def test_what_it_was_compiled_with_comes_back(name: str) -> None:
    tree = report_of("m.json", serialized(MODELS["two_inputs_and_outputs"]())).document.tree
    model = build({**tree, "compile": COMPILED[name]}, compile=True)
    found = report_of("m.json", model.to_json()).document.tree["compile"]
    found["optimizer"] = json.loads(
        json.dumps(found["optimizer"]).replace(', "staircase": false', "")
    )
    assert found == COMPILED[name]


# -- custom classes -------------------------------------------------------------------------------


@keras.saving.register_keras_serializable("mine")
class Pool(keras.layers.Layer):
    """A class of a person's own; registered as `mine>Pool`."""

    def __init__(self, weight: int = 3, **common: Any) -> None:
        super().__init__(**common)
        self.weight = weight

    def call(self, x: Any) -> Any:
        return x[:, 0]

    def compute_output_shape(self, shape: Any) -> Any:
        return shape[0], *shape[2:]

    def get_config(self) -> Any:
        return {**super().get_config(), "weight": self.weight}


def test_a_custom_layer_gives_what_its_neighbour_was_built_on() -> None:
    x = keras.Input((5, 4))
    functional = keras.Model(x, keras.layers.Dense(2)(Pool(name="pool")(x)))
    chain = keras.Sequential([keras.Input((5, 4)), Pool(name="pool"), keras.layers.Dense(2)])
    for model in (functional, chain):
        report = report_of("m.json", serialized(model))
        entry = report.document.tree["layers"][0]
        assert entry == {"mine>Pool": {"weight": 3, "output_shape": [4], "name": "pool"}}
        assert list(disagreements(model, report)) == []
        assert [d.code for d in report.diagnostics] == ["LS110"]


def test_a_custom_layer_at_the_end_is_open() -> None:
    model = keras.Sequential([keras.Input((5, 4)), Pool(), keras.layers.Dense(2), Pool(name="z")])
    report = report_of("m.json", serialized(model))
    assert report.ok
    assert [d.code for d in report.diagnostics] == ["LS110"]
    assert report.case is not None
    assert [call.status for call in report.case.flow.calls] == ["ok", "ok", "ok", "blocked"]


def test_what_is_in_an_archive_s_names_is_no_path(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../../config.json", "{}")
        archive.writestr("/etc/config.json", "{}")
    report = report_of("m.keras", data.getvalue())
    assert [d.message for d in report.diagnostics] == [
        "this is no model: an archive without config.json"
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_tree_says_only_what_differs() -> None:
    tree = report_of("m.json", serialized(MODELS["masked_tagger"]())).document.tree
    assert json.loads(json.dumps(tree["layers"])) == [
        {"Embedding": {"input_dim": 500, "output_dim": 16, "mask_zero": True, "name": "embedding"}},
        {
            "Bidirectional": {
                "layer": {"LSTM": {"units": 12, "return_sequences": True, "name": "lstm"}},
                "name": "bidirectional",
            }
        },
        {
            "TimeDistributed": {
                "layer": {"Dense": {"units": 5, "activation": "softmax", "name": "dense"}},
                "name": "time_distributed",
            }
        },
    ]


# -- frozen ---------------------------------------------------------------------------------------


def frozen(model: Any) -> Any:
    model.trainable = False
    return model


def thawed(model: Any) -> Any:
    """Frozen as a whole, which counts; one of its layers is not."""
    model.trainable = False
    model.layers[-1].trainable = True
    return model


def first_layer_frozen(model: Any) -> Any:
    model.layers[1].trainable = False
    return model


def base_frozen(model: Any) -> Any:
    x = keras.Input(model.input_shape[1:])
    return keras.Model(x, keras.layers.Dense(2)(frozen(model)(x)))


FROZEN = {
    "sequential": (frozen, first_layer_frozen, base_frozen),
    "transformer_block": (frozen, thawed, first_layer_frozen, base_frozen),
    "cells": (frozen, first_layer_frozen),
    "wrappers": (frozen,),
    "nested_models": (frozen, thawed),
}


@pytest.mark.parametrize(
    ("name", "freeze"), [(name, freeze) for name, ways in FROZEN.items() for freeze in ways]
)
def test_what_is_frozen_is_counted_and_stays_frozen(name: str, freeze: Any) -> None:
    with lazy_weights():
        model = freeze(MODELS[name]())
        text = serialized(model)
        again = keras.models.model_from_json(text)
        report = report_of("model.json", text)
        assert list(disagreements(again, report)) == []
        # what Keras trains all the same when it reads its own file
        assert {diagnostic.code for diagnostic in report.diagnostics} <= {"LS605"}
        exported = keras.models.model_from_json(export(report, "keras-json"))
        built = build(report.document.tree)
    wanted = [tuple(weight.shape) for weight in again.trainable_weights]
    assert [tuple(weight.shape) for weight in exported.trainable_weights] == wanted
    assert sorted(tuple(weight.shape) for weight in built.trainable_weights) == sorted(wanted)
