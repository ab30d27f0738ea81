"""What the topics say of Keras in prose, asked of Keras."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest

from lstmshape.explain import numerics
from lstmshape.explain.layers_page import collapsed
from lstmshape.explain.lesson import Lesson
from lstmshape.explain.markdown import Fence
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.special import (
    SHOWN,
    loss_verdicts,
)
from lstmshape.explain.topics import topics
from lstmshape.flow import totals
from lstmshape.layers import all_layers
from lstmshape.layers import find as find_layer


def said(topic: str) -> str:
    """The text of a topic, its lines joined."""
    return " ".join(topics()[topic].text.split())


# -- the number of steps, ids, padding ----------------------------------------------------------


def model_of(kind: str, steps: int | None = 4) -> Any:
    inputs = keras.Input(shape=(steps, 3))
    # any layers that read sequences of any length: these are soon compiled
    mean, dense = keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)
    if kind == "Sequential":
        model = keras.Sequential([inputs, mean, dense])
    else:
        model = keras.Model(inputs, dense(mean(inputs)))
    model.compile(loss="mse")
    return model


def test_only_a_model_looks_at_the_number_of_steps() -> None:
    assert "`keras.Model` refuses it in `fit`; `keras.Sequential` does not even look" in said(
        "timesteps"
    )
    x, y = np.zeros((2, 6, 3)), np.zeros((2, 1))
    with pytest.raises(ValueError, match=r"expected shape=\(None, 4, 3\), found shape=\(2, 6, 3\)"):
        model_of("Model").fit(x, y, verbose=0)
    model_of("Sequential").fit(x, y, verbose=0)
    assert model_of("Model").predict(x, verbose=0).shape == (2, 1)


def test_ids_that_an_embedding_does_not_have() -> None:
    assert "With JAX its vector is NaN" in said("embedding")
    made = np.asarray(keras.layers.Embedding(5, 2)(np.array([[4, 5]])))
    assert np.isnan(made[0]).tolist() == [[False, False], [True, True]]


def test_input_length_does_nothing() -> None:
    assert "`input_length`, which older pages show, does nothing any more" in said("embedding")
    with pytest.warns(UserWarning, match="`input_length` is deprecated. Just remove it"):
        layer = keras.layers.Embedding(5, 2, input_length=3)
    assert layer(np.zeros((1, 7), int)).shape == (1, 7, 2)


def test_a_mask_is_heeded_by_the_mean_over_time() -> None:
    assert "with a mask, `GlobalAveragePooling1D` leaves padding out" in said("flatten")
    x = np.array([[[1.0], [3.0], [100.0]]])
    mask = keras.ops.convert_to_tensor([[True, True, False]])
    assert float(keras.layers.GlobalAveragePooling1D()(x, mask=mask)[0, 0]) == 2.0


def test_a_step_that_is_passed_over_repeats_the_output() -> None:
    assert "the output of the step before it once more" in said("mask-zero")
    # the cell is held to Keras elsewhere, with masks
    weights, mask = numerics.weights_for("GRU", 2, 3), np.array([[1, 0, 1]])
    made = numerics.run("GRU", numerics.pattern(1, 3, 2), weights, mask=mask).outputs[0]
    np.testing.assert_array_equal(made[1], made[0])
    assert not np.allclose(made[2], made[1])


# -- layers -------------------------------------------------------------------------------------


def test_time_distributed_dense_is_dense() -> None:
    assert "Around Dense it changes nothing" in said("time-distributed")
    dense = keras.layers.Dense(3)
    x = numerics.pattern(2, 5, 4)
    np.testing.assert_allclose(keras.layers.TimeDistributed(dense)(x), dense(x), atol=1e-6)


def test_a_stateful_layer_goes_on_until_it_is_reset() -> None:
    layer = keras.layers.SimpleRNN(2, stateful=True, unroll=True)
    x = numerics.pattern(1, 4, 3)
    first, second = np.asarray(layer(x[:, :2])), np.asarray(layer(x[:, 2:]))
    weights = numerics.Weights(*(np.asarray(weight.value) for weight in layer.weights[:3]))
    whole = numerics.run("SimpleRNN", x, weights).outputs[0]
    np.testing.assert_allclose([first[0], second[0]], whole[1::2], atol=1e-5)
    layer.reset_states()
    np.testing.assert_allclose(layer(x[:, :2]), first, atol=1e-6)


def test_a_stateful_model_wants_full_batches() -> None:
    assert "every batch must be full" in said("stateful")
    layer = keras.layers.SimpleRNN(2, stateful=True)
    layer.build((2, 3, 4))
    with pytest.raises(ValueError, match="Expected batch size: 2"):
        layer(np.zeros((1, 3, 4)))


def default_of(cls: type) -> dict[str, Any]:
    """The arguments of a Keras class and of those above it, with their defaults."""
    found: dict[str, Any] = {}
    for each in cls.__mro__:
        if "__init__" in each.__dict__ and each is not object:
            for key, parameter in inspect.signature(each.__init__).parameters.items():
                if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                    found.setdefault(key, parameter.default)
    return found


#: (class, argument) whose default says nothing in Keras: None, and refused, or worked out
UNSAID = {("CategoryEncoding", "num_tokens"), ("InputLayer", "sparse")}


@pytest.mark.parametrize(
    "name", sorted({cls.__name__ for cls in all_layers().values() if not cls.opaque})
)
def test_defaults_are_those_of_keras(name: str) -> None:
    """A class page says them."""
    cls = all_layers()[name]
    if cls.holds_model:
        return
    known = default_of(getattr(keras.layers, name))
    compared = 0
    for key, argument in cls.arguments.items():
        if key in known and (name, key) not in UNSAID:
            compared += 1
            assert argument.required == (known[key] is inspect.Parameter.empty), key
            if not argument.required:
                assert collapsed(argument.default) == collapsed(known[key]), key
    assert compared


# -- losses -------------------------------------------------------------------------------------


LOSS_SIZES = [(8, 10, 12), (7, 7, 5), (5, 4, 5), (6, 4, 2), (1, 4, 3)]


@pytest.mark.parametrize("sizes", LOSS_SIZES, ids=lambda sizes: "-".join(map(str, sizes)))
def test_the_table_of_losses_is_keras_own(sizes: tuple[int, int, int]) -> None:
    """Shapes alone: nothing is computed, and a shape that does not fit is refused all the same."""
    n, t, k = sizes
    output = keras.KerasTensor((n, t, k))
    for target in {(n, t, k), (n, t), (n, t, 1), (n, k), (n,)}:
        for loss, verdict in zip(SHOWN.values(), loss_verdicts(target, (n, t, k)), strict=True):
            y_true, refused = keras.KerasTensor(target), False
            try:
                keras.src.backend.compute_output_spec(keras.losses.get(loss), y_true, output)
            except (ValueError, TypeError):
                refused = True
            assert refused == (verdict == "error"), (loss, target)
            if not refused and "sparse" not in loss:
                whole = np.prod(target) == n * t * k
                assert verdict == ("fits" if whole else "stretched"), (loss, target)


def test_mse_stretches_one_target_a_sample_over_all_steps() -> None:
    assert "with `mse` it stretches the target over all steps and trains" in said("many-to-one")
    y, predicted = np.array([[1.0], [2.0]]), np.zeros((2, 3, 1))
    with pytest.raises(ValueError, match="same shape"):
        keras.losses.binary_crossentropy(y, predicted)
    # (2, 1) against (2, 3): each target meets the three steps of its sample
    made = np.asarray(keras.losses.MeanSquaredError()(y, predicted))
    assert float(made) == pytest.approx(2.5)


def test_the_numbers_of_stretched_targets() -> None:
    y = np.arange(1.0, 5.0)
    mse = keras.losses.MeanSquaredError()
    shown = [float(mse(y[:, None], y[:, None])), float(mse(y, y[:, None, None]))]
    assert shown == [0.0, 2.5]
    assert float(mse(y, np.full((4, 1, 1), y.mean()))) == 1.25
    page = "".join(page_texts("targets"))
    assert all(f"{number:.4f}" in page for number in (0.0, 2.5, 1.25))


def test_one_loss_in_three_forms() -> None:
    logits, onehot = np.array([[0.2, 2.0, -1.0]]), np.array([[0.0, 1.0, 0.0]])
    chances = keras.ops.softmax(logits)
    losses = [
        keras.losses.sparse_categorical_crossentropy(np.array([1]), chances),
        keras.losses.categorical_crossentropy(onehot, chances),
        keras.losses.categorical_crossentropy(onehot, logits, from_logits=True),
    ]
    made = [float(loss[0]) for loss in losses]
    page = "".join(page_texts("loss"))
    assert all(f"{number:.4f}" in page for number in made)


def page_texts(topic: str, **given: int) -> list[str]:
    from lstmshape.explain.lesson import topic_page
    from lstmshape.explain.render import Look, rendered

    return [rendered(topic_page(topics()[topic], Numbers(given)), "text", Look())]


# -- three models of one set of layers ----------------------------------------------------------


@pytest.fixture(scope="module")
def translator() -> dict[str, Any]:
    """What the Keras lines of `encoder-decoder` leave behind when they are run."""
    sizes = Numbers({"units": 6, "features": 5})
    lesson = Lesson(topics()["encoder-decoder"], sizes)
    here: dict[str, Any] = {"lesson": lesson}
    for part in lesson.parts:
        if isinstance(part, Fence) and part.kind == "python":
            exec(lesson.numbers.fill(part.text), here)  # lines of this program's own
    # a loop over three steps is sooner run than compiled
    here["encoder"].unroll = here["decoder"].unroll = True
    return here


@pytest.mark.parametrize("name", ["training", "encoder", "decoder"])
def test_the_three_models_are_the_specs(translator: dict[str, Any], name: str) -> None:
    model, case = translator[f"{name}_model"], translator["lesson"].case(name)
    assert model.count_params() == totals(case.flow.weights()).params
    shapes = [tensor.shape for _, tensor in case.flow.outputs()]
    made = [tuple(tensor.shape) for tensor in model.outputs]
    assert [tuple(s if isinstance(s, int) else None for s in shape) for shape in shapes] == made


def test_inference_says_step_by_step_what_training_says(translator: dict[str, Any]) -> None:
    sources, targets = np.array([[3, 1, 4, 1], [5, 9, 2, 6]]), np.array([[7, 8, 9], [9, 8, 7]])
    trained = np.asarray(translator["training_model"]([sources, targets]))
    states = translator["encoder_model"](sources)
    for step in range(3):
        symbol = keras.ops.convert_to_tensor(targets[:, step : step + 1])
        chances, *states = translator["decoder_model"]([symbol, *states])
        np.testing.assert_allclose(chances[:, 0], trained[:, step], atol=1e-5)
    written = translator["write"](sources, 1)
    assert written.shape == (2, translator["lesson"].numbers["out"])


def test_formulas_of_layer_pages_come_to_what_the_layers_have() -> None:
    from lstmshape.explain.arithmetic import is_arithmetic
    from lstmshape.explain.examples import example
    from lstmshape.explain.layers_page import layer_page
    from lstmshape.explain.render import markdown

    for name in sorted({cls.__name__ for cls in all_layers().values()}):
        cls = find_layer(name)
        case = example(cls, Numbers()) if cls is not None else None
        if cls is not None and case is not None and is_arithmetic(cls.formula or "a b"):
            params = totals(case.flow.weights()).params
            assert f"`, here {params:,}." in markdown(layer_page(cls, Numbers())), name
