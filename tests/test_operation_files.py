"""Models with operations: from Keras's files to a spec, and back to models of the same numbers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keras_agree import disagreements, report_of, serialized
from oracle import import_keras

from lstmshape.dims import erase_shape
from lstmshape.export import export
from lstmshape.keras import build

import_keras()
import keras  # noqa: E402  # only after the oracle has chosen its backend
import numpy as np  # noqa: E402

LSTM, Dense = keras.layers.LSTM, keras.layers.Dense
ops = keras.ops


def last_and_mean(x: Any) -> Any:
    states = LSTM(8, return_sequences=True)(x)
    both = ops.concatenate([states[:, -1], ops.mean(states, axis=1)], axis=-1)
    return Dense(2)(1.0 - ops.relu(both) * 2.0)


def beside_layers_of_the_same_name(x: Any) -> Any:
    product = keras.layers.Multiply()([x, x])
    joined = keras.layers.Concatenate()([product, x * 0.5])
    return ops.add(ops.softmax(ops.sum(joined, axis=1)), 0.25)


def attention_by_hand(x: Any) -> Any:
    keys = Dense(4)(x)
    scores = ops.matmul(keys, ops.transpose(keys, (0, 2, 1))) / 2.0
    weights = ops.softmax(scores - ops.max(scores, axis=-1, keepdims=True), axis=-1)
    return ops.matmul(weights, x)


def gathered(x: Any) -> Any:
    cut = x[..., 1:3]
    wide = ops.reshape(ops.stack([cut, cut + 1.0], axis=2), (-1, 5, 4))
    mixed = ops.where(wide > 0, wide, ops.zeros_like(wide))
    return ops.squeeze(ops.expand_dims(mixed[:, ::2, None, 0], 1), axis=1)


def arrays(x: Any) -> Any:
    turned = ops.matmul(x, ops.convert_to_tensor(np.eye(4, 3, dtype="float32") * 3))
    return ops.add(ops.convert_to_tensor(np.arange(3, dtype="float32")), turned)


def arrays_of_other_dtypes(x: Any) -> Any:
    half = ops.cast(x, "float16")
    scaled = half * ops.convert_to_tensor([1, 2, 3, 4], dtype="uint8")
    return [scaled * 2.5, scaled / ops.convert_to_tensor(2.5, dtype="float32")]


def only_stated(x: Any) -> Any:
    folded = ops.einsum("...ij->...j", x)
    return Dense(2)(ops.diff(ops.tile(folded, [1, 3]), axis=1))


def one_of_several_outputs(x: Any) -> Any:
    best = ops.top_k(ops.split(x, 2, axis=-1)[0], 2)[0]
    return Dense(3)(ops.unstack(best, axis=1)[0]) + ops.rfft(x[:, 0])[0]


def put_together_again(x: Any) -> Any:
    return ops.concatenate(ops.split(x, 2, axis=-1)[::-1], axis=-1)


def several_outputs(x: Any) -> Any:
    one, two = ops.split(x, 2, axis=-1)
    return [ops.abs(one), ops.exp(two), ops.cast(one > two, "int32")]


#: JAX's arrays, to NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
MODELS: list[Callable[[Any], Any]] = [
    last_and_mean, beside_layers_of_the_same_name, attention_by_hand, gathered, arrays,
    arrays_of_other_dtypes, only_stated, one_of_several_outputs, put_together_again,
    several_outputs,
]  # fmt: skip
X = np.linspace(-1, 1, 3 * 5 * 4, dtype="float32").reshape(3, 5, 4)


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__)
def model(request: pytest.FixtureRequest) -> Any:
    keras.utils.clear_session()
    x = keras.Input((5, 4), name="x")
    return keras.Model(x, request.param(x), name=request.param.__name__)


@pytest.fixture
def data(model: Any, tmp_path: Path) -> dict[str, bytes | str]:
    """The model as Keras writes it, in each of its formats."""
    with warnings.catch_warnings():
        # Keras asks to use the newer format, and turns arrays in a way that numpy asks to change
        warnings.simplefilter("ignore")
        model.save(tmp_path / "model.h5")
        model.save(tmp_path / "model.keras")
    return {
        "model.json": serialized(model),
        "model.keras": (tmp_path / "model.keras").read_bytes(),
        "model.h5": (tmp_path / "model.h5").read_bytes(),
    }


def same_numbers(model: Any, other: Any) -> None:
    assert [o.name for o in other.operations] == [o.name for o in model.operations]
    other.set_weights(model.get_weights())
    for mine, theirs in zip(
        *(keras.tree.flatten(each.predict(X, verbose=0)) for each in (other, model)), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_each_file_says_the_same_model(model: Any, data: dict[str, Any], tmp_path: Path) -> None:
    trees = []
    for name, written in data.items():
        path = tmp_path / name
        path.write_bytes(written.encode() if isinstance(written, str) else written)
        report = report_of(str(path), path.read_bytes())
        assert [d.code for d in report.diagnostics] == []
        assert list(disagreements(model, report)) == []
        trees.append(report.document.tree)
    assert trees[0] == trees[1] == trees[2]


def test_a_spec_of_it_is_the_same_model(model: Any, data: dict[str, Any], tmp_path: Path) -> None:
    text = export(report_of("model.json", data["model.json"]), "yaml")
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    report = report_of("model.yaml", text)
    assert report.ok
    same_numbers(model, build(tmp_path / "model.yaml"))
    assert report_of("again.json", serialized(build(tmp_path / "model.yaml"))).document.tree == {
        **report.document.tree, "name": model.name,
    }  # fmt: skip


def test_exports_are_the_same_model(model: Any, data: dict[str, Any]) -> None:
    report = report_of("model.json", data["model.json"])
    same_numbers(model, keras.models.model_from_json(export(report, "keras-json")))
    names: dict[str, Any] = {}
    keras.utils.clear_session()
    exec(compile(export(report, "keras-python"), "model.py", "exec"), names)
    same_numbers(model, names["build_model"]())


def sliced_by_tensorflow(spec: Any) -> str:
    """A model of TensorFlow 2.12 that takes a part of `x`; `n` is a number that it may name."""
    inputs = [
        {"class_name": "InputLayer", "name": name, "inbound_nodes": [],
         "config": {"batch_input_shape": [None, *shape], "dtype": dtype, "name": name}}
        for name, shape, dtype in (("x", [5, 4], "float32"), ("n", [], "int32"))
    ]  # fmt: skip
    config = {"name": "part", "trainable": True, "function": "__operators__.getitem"}
    part = {"class_name": "SlicingOpLambda", "name": "part", "config": config,
            "inbound_nodes": [["x", 0, 0, {"slice_spec": spec}]]}  # fmt: skip
    return json.dumps({
        "class_name": "Functional", "keras_version": "2.12.0", "backend": "tensorflow",
        "config": {"name": "m", "layers": [*inputs, part], "output_layers": [["part", 0, 0]],
                   "input_layers": [["x", 0, 0], ["n", 0, 0]]},
    })  # fmt: skip


def span(start: Any = None, stop: Any = None) -> dict[str, Any]:
    return {"start": start, "stop": stop, "step": None}


@pytest.mark.parametrize(
    ("spec", "key", "shape"),
    [
        ([span(), -1, span()], [":", -1, ":"], [None, 4]),
        ([{"class_name": "__ellipsis__"}, None], ["...", None], [None, 5, 4, 1]),
        ([span(), span(1)], [":", "1:"], [None, 4, 4]),
        ([span(), span(None, ["n", 0, 0])], None, None),
        ([span(), ["n", 0, 0]], None, None),
    ],
)
def test_slices_of_tensorflow(spec: Any, key: Any, shape: Any) -> None:
    report = report_of("model.json", sliced_by_tensorflow(spec))
    assert report.ok
    ((name, _), *rest) = report.document.tree["layers"][0].items()
    assert (name, dict(rest).get("call")) == (
        ("ops>GetItem", {"key": key}) if key else ("tf>getitem", None)
    )
    outputs = [output for _, output in report.case.flow.outputs()]
    assert [o and list(erase_shape(o.shape)) for o in outputs] == [shape]


def test_a_slice_alone_is_written_as_keras_3_takes_it() -> None:
    report = report_of("model.json", sliced_by_tensorflow(span(1)))
    assert report.ok
    assert report.document.tree["layers"][0]["call"] == {"key": ["1:"]}
