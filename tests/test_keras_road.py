"""The whole road: a saved model, checked, exported to a spec, edited, checked, built and trained.

The files of Keras 1 and 2 are those of `keras_files`; that of Keras 3 is saved here.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import lstmshape
from lstmshape.cli import call
from lstmshape.flow import totals
from lstmshape.keras import build

FOLDER = Path(__file__).parent / "keras_files"


def old(name: str) -> Callable[[Path], Path]:
    return lambda _: FOLDER / name


def seq2seq(folder: Path) -> Path:
    """A masked encoder and decoder of real Keras 3, whose file has the masks' operations in it."""
    layers = keras.layers
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    vectors = layers.Embedding(30, 4, mask_zero=True, name="words")(source)
    _, h, c = layers.LSTM(6, return_state=True, name="encoder")(vectors)
    decoder = layers.LSTM(6, return_sequences=True, name="decoder")
    hidden = decoder(layers.Embedding(20, 4)(target), initial_state=[h, c])
    heads = layers.Dense(20, activation="softmax", name="head")(hidden)
    model = keras.Model([source, target], heads, name="translator")
    model.compile("adam", "sparse_categorical_crossentropy")
    path = folder / "translator.keras"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Keras itself under NumPy 2
        model.save(path)
    return path


ROADS = {
    "Keras 1": old("keras1_char_rnn_stateful.yaml"),
    "Keras 2": old("keras20_stacked.yaml"),
    "Keras 3": seq2seq,
}


@pytest.mark.parametrize("era", ROADS)
def test_the_whole_road(era: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    saved, spec = ROADS[era](tmp_path), tmp_path / "model.yaml"
    assert call(["check", str(saved)]) == 0
    assert call(["export", str(saved), "--to", "yaml", "-o", str(spec)]) == 0
    text = spec.read_text(encoding="utf-8")
    assert ">" not in text, "there is nothing in it that Keras 3 does not have"
    units = list(re.finditer(r"\bunits: (\d+)", text))[-1]
    wider = int(units[1]) + 1
    spec.write_text(f"{text[: units.start(1)]}{wider}{text[units.end(1) :]}", encoding="utf-8")
    assert call(["check", str(spec)]) == 0
    report = lstmshape.check(spec)
    model = build(spec)
    assert report.case is not None
    assert model.count_params() == totals(report.case.flow.weights()).params
    assert model.output_shape[-1] == wider
    assert math.isfinite(trained_on_a_batch(model))
    assert "error" not in capfd.readouterr().err.replace("0 errors", "")


def trained_on_a_batch(model: Any) -> float:
    """The loss of one batch of ones; open sizes are 3."""
    inputs = [given(tensor) for tensor in model.inputs]
    targets = np.ones([3 if size is None else size for size in model.output_shape], "float32")
    model.compile("sgd", "mse", run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = model.fit(inputs, targets, verbose=0)
    return float(history.history["loss"][0])


def given(tensor: Any) -> Any:
    return np.ones([3 if size is None else size for size in tensor.shape], tensor.dtype)
