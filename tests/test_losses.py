"""What Keras's losses do with pairs of shapes, and by which names it knows them."""

from __future__ import annotations

import itertools
import warnings

import pytest
from oracle import import_keras

from lstmshape.losses import FAMILIES, OLD, Loss, all_names, fits, named_loss, read_loss

N, T, K = 4, 5, 3
OUTPUTS = [(N,), (N, 1), (N, K), (N, T, 1), (N, T, K)]
TARGETS = [
    (N,), (N, 1), (N, K), (N, 2), (N, T), (N, T, 1), (N, T, K), (N, 1, 1), (N, 1, K), (1,), (6,),
]  # fmt: skip


def by_keras(name: str, target: tuple[int, ...], output: tuple[int, ...]) -> bool:
    """Whether Keras computes the loss, as compile uses it: ranks aligned first. Only traced."""
    import jax
    import keras
    from keras.src.losses.loss import squeeze_or_expand_to_same_rank

    function = keras.losses.get(name)

    def loss(y: object, p: object) -> object:
        p, y = squeeze_or_expand_to_same_rank(p, y)
        return function(y, p)

    shapes = [jax.ShapeDtypeStruct(shape, "float32") for shape in (target, output)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            jax.eval_shape(loss, *shapes)
        except (ValueError, TypeError):
            return False
    return True


@pytest.mark.parametrize(
    "name", [n for n in FAMILIES if n not in ("ctc", "circle", "dice", "tversky")]
)
def test_every_pair_of_shapes(name: str) -> None:
    import_keras()
    wrong = []
    for target, output in itertools.product(TARGETS, OUTPUTS):
        ours = fits(Loss(name), target, output) != "raises"
        if ours != by_keras(name, target, output):
            wrong.append((target, output, ours))
    assert wrong == []


def test_names_are_those_of_keras() -> None:
    import_keras()
    import keras

    for name in all_names():
        assert keras.losses.get(name) is not None
    for old in OLD:
        with pytest.raises(ValueError, match="loss"):
            keras.losses.get(old)


def test_every_loss_of_keras_is_known() -> None:
    import_keras()
    from keras.src import losses

    bases = {"Loss", "LossFunctionWrapper"}
    unknown = [n for n in losses.ALL_OBJECTS_DICT if n not in bases and named_loss(n) is None]
    assert unknown == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("mse", Loss("mean_squared_error")),
        ("BinaryCrossentropy", Loss("binary_crossentropy")),
        ({"BinaryCrossentropy": {"from_logits": True}}, Loss("binary_crossentropy", True)),
        ({"class_name": "Huber", "config": {"delta": 2}}, Loss("huber")),
        ("logcosh", None),
        (3, None),
        ({}, None),
    ],
)
def test_read(written: object, expected: Loss | None) -> None:
    assert read_loss(written) == expected
