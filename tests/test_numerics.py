"""The NumPy cells of `explain` give Keras's numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from lstmshape.explain import numerics

CLOSE = 1e-5
UNITS, STEPS, FEATURES, BATCH = 5, 7, 3, 4

GATED = [
    ("LSTM", {}),
    ("GRU", {"reset_after": True}),
    ("GRU", {"reset_after": False}),
    ("SimpleRNN", {}),
]
IDS = ["lstm", "gru-after", "gru-before", "simple"]


def made(class_name: str, arguments: dict[str, Any], units: int = UNITS) -> numerics.Weights:
    after = arguments.get("reset_after", True)
    return numerics.weights_for(class_name, FEATURES, units, reset_after=after)


def x_of(steps: int = STEPS) -> numerics.Array:
    return numerics.pattern(BATCH, steps, FEATURES, start=40)


def keras_layer(class_name: str, weights: numerics.Weights, **arguments: Any) -> Any:
    layer = getattr(keras.layers, class_name)(
        weights.units, return_sequences=True, return_state=True, **arguments
    )
    layer.build((BATCH, STEPS, FEATURES))
    layer.set_weights(list(weights))
    return layer


def agree(found: numerics.Run, said: Any) -> None:
    outputs, *states = (np.asarray(part) for part in said)
    np.testing.assert_allclose(found.outputs, outputs, atol=CLOSE)
    assert len(found.states) == len(states)
    for mine, theirs in zip(found.states, states, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=CLOSE)


@pytest.mark.parametrize(("class_name", "arguments"), GATED, ids=IDS)
class TestCells:
    def test_run(self, class_name: str, arguments: dict[str, Any]) -> None:
        weights = made(class_name, arguments)
        layer = keras_layer(class_name, weights, **arguments)
        agree(numerics.run(class_name, x_of(), weights), layer(x_of()))

    def test_backwards(self, class_name: str, arguments: dict[str, Any]) -> None:
        weights = made(class_name, arguments)
        layer = keras_layer(class_name, weights, go_backwards=True, **arguments)
        agree(numerics.run(class_name, x_of(), weights, go_backwards=True), layer(x_of()))

    def test_initial_state(self, class_name: str, arguments: dict[str, Any]) -> None:
        weights = made(class_name, arguments)
        count = numerics.CELLS[class_name][1]
        states = tuple(numerics.pattern(BATCH, UNITS, start=n) for n in range(count))
        layer = keras_layer(class_name, weights, **arguments)
        given = [keras.ops.convert_to_tensor(state, "float32") for state in states]
        agree(
            numerics.run(class_name, x_of(), weights, states=states),
            layer(x_of(), initial_state=given),
        )

    def test_mask(self, class_name: str, arguments: dict[str, Any]) -> None:
        weights = made(class_name, arguments)
        mask = np.ones((BATCH, STEPS))
        mask[0, 4:] = mask[1, :2] = mask[2, 3] = mask[3, :] = 0
        layer = keras_layer(class_name, weights, **arguments)
        agree(
            numerics.run(class_name, x_of(), weights, mask=mask),
            layer(x_of(), mask=keras.ops.convert_to_tensor(mask.astype(bool))),
        )

    def test_bidirectional(self, class_name: str, arguments: dict[str, Any]) -> None:
        bidirectional_agrees(class_name, arguments, "concat")


@pytest.mark.parametrize("mode", sorted(set(numerics.MERGES) - {"concat"}))
def test_merge_modes(mode: str) -> None:
    """What is merged is the outputs, whichever cell gave them: one kind of cell will do."""
    bidirectional_agrees("SimpleRNN", {}, mode)


def bidirectional_agrees(class_name: str, arguments: dict[str, Any], mode: str) -> None:
    forward = made(class_name, arguments)
    backward = forward._replace(kernel=forward.kernel * 0.5, bias=forward.bias + 0.2)
    for every in (True, False):
        inner = getattr(keras.layers, class_name)(UNITS, return_sequences=every, **arguments)
        layer = keras.layers.Bidirectional(inner, merge_mode=mode)
        layer.build((BATCH, STEPS, FEATURES))
        layer.set_weights([*forward, *backward])
        *_, steps, last = numerics.bidirectional(class_name, x_of(), forward, backward, mode)
        np.testing.assert_allclose(steps if every else last, layer(x_of()), atol=CLOSE)


def test_sizes_of_the_weights_are_keras_own() -> None:
    for class_name, arguments in GATED:
        layer = getattr(keras.layers, class_name)(UNITS, **arguments)
        layer.build((None, None, FEATURES))
        shapes = [weight.shape for weight in made(class_name, arguments)]
        assert shapes == [tuple(weight.shape) for weight in layer.weights]


def test_dense_and_softmax() -> None:
    kernel, bias = numerics.pattern(FEATURES, 4), numerics.pattern(4, start=9)
    layer = keras.layers.Dense(4, activation="softmax")
    layer.build((None, FEATURES))
    layer.set_weights([kernel, bias])
    mine = numerics.softmax(numerics.dense(x_of(), kernel, bias))
    np.testing.assert_allclose(mine, layer(x_of()), atol=CLOSE)


def test_sigmoid_does_not_overflow() -> None:
    with np.errstate(all="raise"):
        assert list(numerics.sigmoid(np.array([-1e6, 0.0, 1e6]))) == [0.0, 0.5, 1.0]


def test_pattern_is_spread_and_fixed() -> None:
    numbers = numerics.pattern(1000)
    assert abs(numbers.mean()) < 0.03
    assert 0.3 < (numbers**2).mean() < 0.36
    assert list(numerics.pattern(2, 2).round(4).ravel()) == [0.8434, -0.8856, 0.1164, -0.2525]
