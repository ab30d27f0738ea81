"""`lstmshape.keras.build`: the public door. What Keras makes of each spec is `test_oracle`'s."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from oracle import import_keras

from lstmshape.api import check
from lstmshape.keras import BuildError, build

SPEC = """
input: [T, 3]
layers:
  - LSTM: {units: 4}
  - Dense: {units: 2, name: price}
compile:
  optimizer: {Adam: {learning_rate: 0.01}}
  loss: {price: {Huber: {delta: 2.0}}}
  metrics: [mae]
dims: {T: {min: 2}}
"""


@pytest.fixture(scope="module", autouse=True)
def _keras() -> None:
    import_keras()


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "forecast.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def layers(*entries: Any, **more: Any) -> dict[str, Any]:
    return {"input": [5, 4], "layers": list(entries), **more}


def test_a_file_becomes_a_keras_model_that_trains(spec_file: Path) -> None:
    import keras
    import numpy as np

    model = build(spec_file, compile=True)
    assert isinstance(model, keras.Model)
    assert model.name == "forecast"
    assert model.input_shape == (None, None, 3)
    assert isinstance(model.loss["price"], keras.losses.Huber)
    assert float(model.optimizer.learning_rate.value) == pytest.approx(0.01)
    x, y = np.zeros((6, 7, 3), "float32"), np.ones((6, 2), "float32")
    history = model.fit(x, y, epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]


def test_dims_of_the_caller(spec_file: Path) -> None:
    assert build(str(spec_file), dims={"T": 9}).input_shape == (None, 9, 3)


def test_names_are_the_same_each_time_and_clash_with_nothing_later() -> None:
    import keras

    first = build(layers({"Dense": {"units": 2}}, {"Dense": {"units": 2}}))
    second = build(layers({"Dense": {"units": 2}}, {"Dense": {"units": 2}}))
    for model in (first, second):
        assert [layer.name for layer in model.layers] == ["input", "dense", "dense_1"]
    more = keras.layers.Dense(1)(second.output)
    assert keras.Model(second.input, more).count_params() == 10 + 6 + 3


def test_losses_and_metrics_one_an_output() -> None:
    tree = layers(
        {"Dense": {"units": 2, "name": "a"}},
        {"Dense": {"units": 1, "name": "b"}},
        outputs={"x": "a", "y": "b"},
        compile={
            "optimizer": {"SGD": {"learning_rate": {"ExponentialDecay": {
                "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}}}},
            "loss": {"x": "mse", "y": {"MeanAbsoluteError": None}},
            "metrics": {"x": [{"MeanSquaredError": {"name": "m"}}]},
        },
    )  # fmt: skip
    model = build(tree, compile=True)
    assert sorted(model.output) == ["x", "y"]
    assert model.loss["x"] == "mse"


def test_outputs_as_written() -> None:
    lstm = {"LSTM": {"units": 2, "return_state": True}}
    assert isinstance(build(layers(lstm)).output, tuple)
    one = build(layers(lstm, outputs=["lstm:1"]))
    assert one.output_shape == (None, 2)
    both = build(
        layers(lstm, {"Dense": {"units": 3}, "inputs": "lstm:0"}, outputs=["lstm", "dense"])
    )
    assert [tensor.shape for tensor in both.output] == [(None, 2)] * 3 + [(None, 3)]


#: spec, what BuildError says
BAD: list[tuple[Any, str]] = [
    (["Dense"], "a spec is a mapping"),
    (layers("Flatten", optimiser="adam"), "optimiser: 'optimiser' means nothing"),
    (layers({"LSTM": {"units": 3}}, "LSTM"), r"layers\[1\]: Keras refuses \(construct\): "),
    (layers({"LSTM": {"units": 3}}, {"GRU": {"units": 3}}), r"layers\[1\] \(`gru`\): Keras ref"),
    (layers({"Dense": 3}), r"layers\[0\]: the arguments of Dense are a mapping, not 3"),
    (layers({"Dense": {"units": 3}, "name": "a"}), "'name' cannot stand here"),
    (layers({"TimeDistributed": {"layer": {"Dense": {"units": 3}, "inputs": "a"}}}), "cannot st"),
    (layers({"Dense": {"units": 3}, "call": ["a"]}), "`call` is a mapping"),
    (layers({"Dense": {"units": 3}, "inputs": {"inputs": "input"}, "call": {"inputs": "input"}}),
     "'inputs' stands both in"),
    ({"input": [4], "inputs": {}, "layers": ["Flatten"]}, "not both"),
    ({"inputs": 4, "layers": ["Flatten"]}, "`inputs` is a mapping by name or a list"),
    ({"input": {"shape": [4], "size": 3}, "layers": ["Flatten"]}, "input: an input has"),
    (layers("Flatten", outputs=7), "outputs: `outputs` is a name"),
    (layers("Flatten", dims=["T"]), "`dims` is a mapping"),
    (layers({"reuse": "input"}), "is an input, not a layer"),
    (layers({"InputLayer": {"shape": [4]}, "inputs": "input"}), "an input reads nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_no_spec_says_where_and_why(tree: Any, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        build(tree)


def test_compile_says_what_is_wrong() -> None:
    with pytest.raises(BuildError, match="no `compile`"):
        build(layers("Flatten"), compile=True)
    with pytest.raises(BuildError, match="compile: `compile` is a mapping"):
        build(layers("Flatten", compile="mse"), compile=True)
    with pytest.raises(BuildError, match=r"compile: Keras refuses \(compile\)"):
        build(layers("Flatten", compile={"optimizer": "adman"}), compile=True)


def test_text_that_is_not_yaml(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("layers: [", encoding="utf-8")
    with pytest.raises(BuildError, match="cannot be read"):
        build(path)
    path.write_text("layers: !!python/object/apply:os.system [exit]", encoding="utf-8")
    with pytest.raises(BuildError, match="plain data without a tag"):
        build(path)


FOREIGN = {"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}


@pytest.mark.parametrize(
    "entry",
    [
        {"TFSMLayer": {"filepath": "elsewhere"}},
        {"Dense": {"units": 2, "kernel_initializer": FOREIGN}},
        {"Dense": {"units": 2, "activation": {"class_name": "x", "config": {"deep": [FOREIGN]}}}},
        {"Sequential": {"layers": [{"Dense": {"units": 2, "activation": FOREIGN}}]}},
    ],
)
def test_nothing_in_a_spec_is_run(entry: dict[str, Any]) -> None:
    with pytest.raises(BuildError, match="runs or loads code"):
        build(layers(entry))


@pytest.mark.parametrize(
    "entry",
    [
        {"Lambda": {"function": "abs"}},
        {"TimeDistributed": {"layer": {"Lambda": {"function": "abs"}}}},
    ],
)
def test_the_function_of_a_lambda_is_the_callers(entry: dict[str, Any]) -> None:
    with pytest.raises(BuildError, match="code: give its function as"):
        build(layers(entry))
    assert build(layers(entry), custom_objects={"abs": abs}).output_shape == (None, 5, 4)


def test_classes_of_the_caller() -> None:
    import keras

    class Pool(keras.layers.Layer):
        def __init__(self, axis: int, **rest: Any) -> None:
            super().__init__(**rest)
            self.axis = axis

        def call(self, x: Any) -> Any:
            return keras.ops.mean(x, axis=self.axis)

    entry = {"my>Pool": {"axis": 1, "output_shape": [4], "name": "pooled"}}
    for name in ("Pool", "my>Pool"):
        model = build(layers(entry), custom_objects={name: Pool})
        assert (model.output_shape, model.layers[-1].name) == ((None, 4), "pooled")
    with pytest.raises(BuildError, match="give its class in `custom_objects`"):
        build(layers(entry))
    registered = keras.saving.register_keras_serializable("my", "Pool")(Pool)
    try:
        assert type(build(layers(entry)).layers[-1]) is registered
    finally:
        del keras.saving.get_custom_objects()["my>Pool"]


def test_nothing_in_compile_is_run() -> None:
    with pytest.raises(BuildError, match="runs or loads code"):
        build(layers("Flatten", compile={"loss": FOREIGN}), compile=True)


def test_keras_is_imported_only_when_asked() -> None:
    code = "import sys, lstmshape.keras; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_package_is_there_when_it_is_named() -> None:
    program = "import lstmshape; print(lstmshape.keras.build, 'keras' in __import__('sys').modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.startswith("<function build")
    assert done.stdout.endswith("False\n"), "Keras itself comes when something is built"


@pytest.mark.parametrize("name", ["masks_joined", "attention_over_masked_steps"])
def test_masks_that_keras_joins(name: str, tmp_path: Path) -> None:
    """The operation that joins them draws the name that a saved Concatenate has."""
    from keras_models import MODELS

    from lstmshape.api import check
    from lstmshape.export import export
    from lstmshape.keras.names import fresh_names

    with fresh_names():
        model = MODELS[name]()
    path = tmp_path / "model.json"
    path.write_text(model.to_json(), encoding="utf-8")
    made = build(path)
    assert made.count_params() == model.count_params()
    named = {layer.name for layer in made.layers}
    assert {"concatenate", "embedding"} <= named
    program: dict[str, Any] = {}
    with fresh_names():
        exec(export(check(path), "keras-python"), program)
        assert program["build_model"]().count_params() == model.count_params()


#: what holds others and is frozen, and whether Keras trains what is in it all the same
FROZEN = [
    ({"Bidirectional": {"layer": {"LSTM": {"units": 3}}}}, True),
    ({"TimeDistributed": {"layer": {"Dense": {"units": 3}}}}, True),
    ({"Sequential": {"layers": [{"Dense": {"units": 3}}, "Flatten"]}}, True),
    ({"RNN": {"cell": {"LSTMCell": {"units": 3}}}}, True),
    ({"MultiHeadAttention": {"num_heads": 1, "key_dim": 2}}, True),
    ({"TimeDistributed": {"layer": {"Dense": {"units": 3, "trainable": False}}}}, False),
    ({"TimeDistributed": {"layer": "Flatten"}}, False),
    ({"LSTM": {"units": 3}}, False),
]


@pytest.mark.parametrize(("entry", "trained"), FROZEN)
def test_what_a_frozen_wrapper_holds_is_trained(entry: dict[str, Any], trained: bool) -> None:
    ((name, arguments),) = entry.items()
    written = {name: {**arguments, "trainable": False}}
    inputs = {"inputs": ["input", "input"]} if name == "MultiHeadAttention" else {}
    tree = {"input": [4, 6], "layers": [{**written, **inputs}]}
    assert bool(build(tree).trainable_weights) is trained
    report = check(tree)
    assert [d.code for d in report.diagnostics] == ["LS605"] * trained
