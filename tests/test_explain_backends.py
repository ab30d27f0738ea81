"""What the topics say of Keras's backends and of PyTorch, without TensorFlow or PyTorch.

The functions of Keras's own source that decide about cuDNN are taken out of their files and run by
themselves; PyTorch's formulas are those of its documentation.
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
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.special import count, cudnn_rows, torch_counts, torch_shape_of
from lstmshape.explain.topics import topics

BACKENDS = Path(keras.__file__).parent / "src" / "backend"


def said(topic: str) -> str:
    """The text of a topic, its lines joined."""
    return " ".join(topics()[topic].text.split())


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
    # so it does not stop for want of it either, as an LSTM does
    assert keras.layers.GRU(2, use_cudnn=True)(np.zeros((1, 2, 2))).shape == (1, 2)


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
