"""What the topics say in prose of Keras, of its backends and of PyTorch, held to what can be run.

TensorFlow and PyTorch are not needed: the functions of Keras's own source that decide about cuDNN
are taken out of their files and run by themselves; PyTorch's formulas are those of its
documentation.
"""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
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
    count,
    cudnn_rows,
    loss_verdicts,
    torch_counts,
    torch_shape_of,
)
from lstmshape.explain.topics import topics
from lstmshape.flow import totals
from lstmshape.layers import all_layers
from lstmshape.layers import find as find_layer

BACKENDS = Path(keras.__file__).parent / "src" / "backend"


def said(topic: str) -> str:
    """The text of a topic, its lines joined."""
    return " ".join(topics()[topic].text.split())


# -- the number of steps, ids, padding ----------------------------------------------------------


def model_of(kind: str, steps: int | None = 4) -> Any:
    inputs = keras.Input(shape=(steps, 3))
    recurrent = [keras.layers.SimpleRNN(1), keras.layers.Dense(1)]
    if kind == "Sequential":
        model = keras.Sequential([inputs, *recurrent])
    else:
        model = keras.Model(inputs, recurrent[1](recurrent[0](inputs)))
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


def test_bidirectional_itself_takes_no_return_sequences() -> None:
    assert "it is an argument of the layer inside, and not of the wrapper" in said("bidirectional")
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        keras.layers.Bidirectional(keras.layers.LSTM(2), return_sequences=True)


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


# -- cuDNN --------------------------------------------------------------------------------------


def taken(path: str, *names: str, **around: Any) -> dict[str, Any]:
    """Functions of a file of Keras's that cannot be imported here, with stand-ins around them."""
    tree = ast.parse((BACKENDS / path).read_text(encoding="utf-8"))
    body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    assert {node.name for node in body} == set(names)
    here = dict(around)
    exec(compile(ast.Module(body, []), path, "exec"), here)
    return here


def on_a_gpu(backend: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The functions of a backend that decide about cuDNN, told that there is a GPU."""
    stand_in = SimpleNamespace(tanh=None, sigmoid=None)
    if backend == "tensorflow":
        return taken(
            "tensorflow/rnn.py", "cudnn_ok", "_do_lstm_arguments_support_cudnn",
            "_do_gru_arguments_support_cudnn", tf=stand_in, _is_gpu_available=lambda: True,
        )  # fmt: skip
    if backend == "torch":
        return taken(
            "torch/rnn.py", "cudnn_ok", "lstm", "gru", torch=stand_in,
            _is_cuda_cudnn_available=lambda: True,
        )  # fmt: skip
    rnn = import_module("keras.src.backend.jax.rnn")
    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)
    return {name: getattr(rnn, name) for name in ("cudnn_ok", "lstm", "gru")}


each_backend = pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])


@each_backend
def test_an_lstm_has_the_kernel_where_the_table_says(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok = on_a_gpu(backend, monkeypatch)["cudnn_ok"]
    for settings, possible in cudnn_rows(Numbers()):
        layer = keras.layers.LSTM(4, **settings)
        # `inner_loop` asks the backend only without recurrent dropout
        allowed = ok(
            layer.activation, layer.recurrent_activation, layer.unroll, use_bias=layer.use_bias
        )
        assert possible == bool(allowed and not layer.recurrent_dropout), settings


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("settings", [{}, {"activation": "relu"}, {"use_bias": False}])
def test_a_gru_has_it_with_reset_after(
    settings: dict[str, Any], reset_after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The same holds for a GRU with TensorFlow and PyTorch, if `reset_after` is true" in said(
        "cudnn"
    )
    layer = keras.layers.GRU(4, reset_after=reset_after, **settings)
    asked = (layer.activation, layer.recurrent_activation, layer.unroll)
    ok = on_a_gpu("tensorflow", monkeypatch)["cudnn_ok"]
    possible = ok(*asked, use_bias=layer.use_bias, reset_after=reset_after)
    assert bool(possible) == (not settings and reset_after)
    torch = on_a_gpu("torch", monkeypatch)
    assert bool(torch["cudnn_ok"](*asked, use_bias=layer.use_bias)) == (not settings)
    if not reset_after:
        with pytest.raises(NotImplementedError):
            torch["gru"](*[None] * 6, *asked[:2], reset_after=False)


def test_with_jax_a_gru_has_no_such_kernel() -> None:
    assert "with JAX a GRU has no such kernel" in said("cudnn")
    source = (BACKENDS / "jax" / "rnn.py").read_text(encoding="utf-8")
    gru = next(n for n in ast.parse(source).body if getattr(n, "name", "") == "gru")
    assert "cudnn" not in (ast.get_source_segment(source, gru) or "").lower()


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_mask_leads_back_to_the_loop(
    backend: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "A mask: JAX and PyTorch go back to the loop" in said("cudnn")
    function = on_a_gpu(backend, monkeypatch)[name]
    wanted = inspect.signature(function).parameters.values()
    given = {each.name: None for each in wanted if each.default is each.empty}
    with pytest.raises(NotImplementedError):
        function(**{**given, "mask": object()})


def test_the_kernel_of_tensorflow_takes_padding_at_the_end() -> None:
    assert "TensorFlow's kernel takes one whose padding stands at the end, and no other" in said(
        "cudnn"
    )
    source = (BACKENDS / "tensorflow" / "rnn.py").read_text(encoding="utf-8")
    for name in ("_cudnn_lstm", "_cudnn_gru"):
        function = next(n for n in ast.parse(source).body if getattr(n, "name", "") == name)
        assert "_assert_valid_mask(mask)" in (ast.get_source_segment(source, function) or "")
    words = re.sub(r'"\s*"', "", source)
    assert "With cuDNN, RNN masks can only be used for right-padding" in words


@pytest.mark.parametrize("wish", ["auto", True, False])
def test_what_use_cudnn_wishes_without_a_gpu(wish: Any) -> None:
    layer = keras.layers.LSTM(2, use_cudnn=wish)
    if wish is True:
        with pytest.raises(ValueError, match="cuDNN is not supported"):
            layer(np.zeros((1, 3, 2)))
    else:
        assert layer(np.zeros((1, 3, 2))).shape == (1, 2)


# -- PyTorch, by the formulas of its documentation ----------------------------------------------

#: rows of `weight_ih_l[k]` and `weight_hh_l[k]` for each unit, as nn.LSTM, nn.GRU and nn.RNN say
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def torch_weights(gates: int, features: int, units: int) -> dict[str, tuple[int, ...]]:
    """The parameters of one layer and one direction: names and shapes of the documentation."""
    return {
        "weight_ih_l0": (gates * units, features),
        "weight_hh_l0": (gates * units, units),
        "bias_ih_l0": (gates * units,),
        "bias_hh_l0": (gates * units,),
    }


@pytest.mark.parametrize("sizes", [{}, {"units": 5, "features": 3}, {"units": 1, "features": 1}])
def test_pytorch_counts(sizes: dict[str, int]) -> None:
    numbers = Numbers(sizes)
    (table,) = torch_counts(numbers)
    for row, (name, gates) in zip(table.rows, GATES.items(), strict=True):  # type: ignore[union-attr]  # a Table
        features, units = numbers["features"], numbers["units"]
        shapes = torch_weights(gates, features, units).values()
        theirs = sum(int(np.prod(shape)) for shape in shapes)
        ours = count(name, features, units)
        assert row[1:] == (f"{ours:,}", f"{theirs:,}", f"{theirs - ours:,}")


def torch_gru(x: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> list[Any]:
    """`nn.GRU` as its documentation writes it, for one sample; gates r, z, n."""
    h, rows = np.zeros(w_hh.shape[1]), []
    for step in x:
        i, s = np.split(w_ih @ step + b_ih, 3), np.split(w_hh @ h + b_hh, 3)
        r, z = numerics.sigmoid(i[0] + s[0]), numerics.sigmoid(i[1] + s[1])
        n = np.tanh(i[2] + r * s[2])
        h = (1 - z) * n + z * h
        rows.append(h)
    return rows


def test_pytorch_gru_is_kerass_with_its_gates_in_another_order() -> None:
    """Its two biases are those of `reset_after`: the counts agree for that reason."""
    units, features = 4, 3
    made = [numerics.pattern(*s, start=n) for n, s in
            enumerate(torch_weights(3, features, units).values())]  # fmt: skip
    x = numerics.pattern(1, 5, features, start=60)
    order = np.r_[units : 2 * units, :units, 2 * units : 3 * units]
    w_ih, w_hh, b_ih, b_hh = (each[order] for each in made)
    keras_weights = numerics.Weights(w_ih.T, w_hh.T, np.stack([b_ih, b_hh]))
    np.testing.assert_allclose(
        numerics.run("GRU", x, keras_weights).outputs[0], torch_gru(x[0], *made), atol=1e-9
    )


@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_pytorch_shapes(layers: int, directions: int) -> None:
    """`output`: (N, L, D * H_out); `h_n`: (D * num_layers, N, H_out), by running it."""
    numbers = Numbers({"units": 4, "timesteps": 3, "features": 2, "batch": 2})
    x = numerics.pattern(2, 3, 2)
    states = []
    for _ in range(layers):
        weights = numerics.weights_for("LSTM", x.shape[-1], 4)
        runs = [numerics.run("LSTM", x, weights, go_backwards=bool(d)) for d in range(directions)]
        states += [run.states[0] for run in runs]
        x = np.concatenate([run.outputs for run in runs], axis=-1)
    assert (str(x.shape), str(np.stack(states).shape)) == torch_shape_of(
        numbers, layers, directions
    )


def test_the_last_step_of_both_directions() -> None:
    """`output[:, -1]` has the backward direction after one step; Keras joins both last states."""
    assert "PyTorch's `h_n[-2]` and `h_n[-1]` joined" in said("torch")
    weights = numerics.weights_for("LSTM", 3, 2)
    x = numerics.pattern(1, 5, 3)
    ahead, behind, steps, last = numerics.bidirectional("LSTM", x, weights, weights)
    np.testing.assert_array_equal(last, np.concatenate([ahead.states[0], behind.states[0]], -1))
    one_step = numerics.run("LSTM", x[:, -1:], weights)
    np.testing.assert_allclose(steps[:, -1, 2:], one_step.last)


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
