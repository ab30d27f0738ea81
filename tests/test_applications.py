"""Some of `keras.applications`; all of them: `python -m applications`, from `tests/`."""

from __future__ import annotations

import keras
import pytest
from applications.compare import differences, held, names
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer
from keras_agree import disagreements, report_of, serialized
from quick_keras import lazy_weights, remembered_signatures

#: one of each kind that is quick; the rest is for the command
QUICK = ("ConvNeXtTiny", "EfficientNetB0", "MobileNet", "VGG16", "Xception")


@pytest.mark.parametrize("name", QUICK)
def test_a_model_of_keras(name: str) -> None:
    found = held(name)
    assert found.differences == []
    assert found.counts["models"] == 1
    assert found.counts["operations"] > 30
    assert bool(found.notes) == ("exported as JSON" not in found.counts)


def test_many_layers() -> None:
    with lazy_weights(), remembered_signatures():
        model = keras.applications.DenseNet121(weights=None)
    report = report_of("m.json", serialized(model))
    assert [*disagreements(model, report), *differences(model, report)] == []
    assert report.diagnostics == []


def test_all_are_asked() -> None:
    """The command takes every function there is: none of a later Keras is left out."""
    classes = {name for name in dir(keras.applications) if name[0].isupper()}
    assert set(names()) == classes


def test_a_layer_that_keras_keeps_to_itself() -> None:
    x = keras.Input((5, 4))
    scaled = CustomScaleLayer(0.2, name="scaled")([x, keras.layers.Dense(4)(x)])
    model = keras.Model(x, keras.layers.Dense(3)(scaled))
    report = report_of("m.json", serialized(model))
    assert [*disagreements(model, report), *differences(model, report)] == []
    assert report.diagnostics == []


def test_what_differs_is_seen() -> None:
    """The comparison itself: of a model that is not the one read."""

    def model(units: int, activation: str, *, trainable: bool) -> keras.Model:
        x = keras.Input((4,))
        dense = keras.layers.Dense(units, activation, name="one", trainable=trainable)
        return keras.Model(x, dense(x))

    report = report_of("m.json", serialized(model(3, "relu", trainable=True)))
    assert list(differences(model(3, "relu", trainable=True), report)) == []
    assert len(list(differences(model(2, "relu", trainable=True), report))) == 1
    assert len(list(differences(model(3, "relu", trainable=False), report))) == 1
