"""What stood in public files and was once read wrongly; each in a small model of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from keras_agree import report_of, rows_by_name, shapes_of

from lstmshape.case import judge
from lstmshape.cli import call
from lstmshape.export.yaml_spec import spec_yaml
from lstmshape.flow import totals

TH = {"dim_ordering": "th", "nb_filter": 3, "nb_row": 3, "nb_col": 3}
IMAGES = {"batch_input_shape": [None, 2, 8, 6]}


def sequential(*layers: tuple[str, dict[str, Any]], version: str) -> dict[str, Any]:
    config = [{"class_name": name, "config": said} for name, said in layers]
    return {"class_name": "Sequential", "keras_version": version, "config": config}


def test_a_list_that_tensorflow_had_wrapped() -> None:
    """`to_yaml` of TensorFlow 2.0 to 2.5 wrote the axes of a normalization as its own object."""
    text = (
        "class_name: Sequential\nkeras_version: 2.3.0-tf\nconfig:\n  layers:\n"
        "  - class_name: BatchNormalization\n    config:\n      name: norm\n"
        "      batch_input_shape: !!python/tuple [null, 5, 5, 3]\n"
        "      axis: !!python/object/apply:tensorflow.python.data_structures.ListWrapper\n"
        "      - [3]\n      beta_initializer: &zeros {class_name: Zeros}\n"
        "      moving_mean_initializer: *zeros\n"
        "  - class_name: Dense\n    config: {units: -1}\n"
    )
    for written in (text, json.dumps(text)):
        report = report_of("m.yaml", written)
        (found,) = report.diagnostics
        assert found.locate(report.document).start.line == (14 if written == text else 1)
    assert rows_by_name(report)["norm"].params == 12


OBJECTS = {
    "a dimension": ("!!python/object:tensorflow.Dimension {_value: 7}", [None, 7]),
    "a dimension that was called": ("!!python/object/apply:tensorflow.Dimension [7]", [None, 7]),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_numbers_that_tensorflow_had_wrapped(name: str) -> None:
    written, shape = OBJECTS[name]
    text = (
        "class_name: Sequential\nkeras_version: 2.1.6-tf\nconfig:\n- class_name: Dense\n"
        f"  config:\n    name: d\n    units: {written}\n    batch_input_shape: [null, 2]\n"
    )
    assert shapes_of(rows_by_name(report_of("m.yaml", text))["d"]) == [shape]


def test_an_object_that_is_not_known_does_nothing() -> None:
    text = (
        "class_name: Sequential\nconfig:\n- class_name: Dense\n  config:\n"
        "    units: !!python/object/apply:os.system ['false']\n    batch_input_shape: [null, 2]\n"
    )
    (found,) = report_of("m.yaml", text).diagnostics
    assert found.code == "LS104"


ORDERS: dict[str, tuple[list[tuple[str, dict[str, Any]]], list[int | None]]] = {
    "what does not say is in Theano's order, as the others": (
        [("MaxPooling2D", {"dim_ordering": "th", **IMAGES}), ("UpSampling2D", {})],
        [None, 2, 8, 6],
    ),
    "padding too": (
        [("ZeroPadding2D", {"padding": [1, 1], **IMAGES}), ("Convolution2D", TH)],
        [None, 3, 8, 6],
    ),
    "or in TensorFlow's": (
        [("UpSampling2D", IMAGES), ("MaxPooling2D", {"dim_ordering": "tf"})],
        [None, 2, 8, 6],
    ),
    "or in TensorFlow's, where nothing says one": ([("UpSampling2D", IMAGES)], [None, 4, 16, 6]),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_images_in_keras_1(name: str) -> None:
    layers, shape = ORDERS[name]
    report = report_of("m.json", json.dumps(sequential(*layers, version="1.0.5")))
    assert report.ok, report.diagnostics
    assert shapes_of(list(rows_by_name(report).values())[-1]) == [shape]


UNIFORM = {"class_name": "RandomUniform", "config": {"minval": 0, "maxval": None, "seed": None}}
LSTM = {"units": 3, "dropout": 0.2, "implementation": 1, "batch_input_shape": [None, 4, 2]}
HARMLESS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a bound that TensorFlow took to be 1": (
        "Embedding",
        {"input_dim": 5, "output_dim": 3, "embeddings_initializer": UNIFORM},
        {"embeddings_initializer": {"RandomUniform": {"minval": 0, "maxval": 1.0}}},
    ),
    "a way to do the same that hinders Keras 3": ("LSTM", LSTM, {}),
    "what is false anyway": ("LSTM", {**LSTM, "time_major": False}, {}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_keras_2_took(name: str) -> None:
    key, config, kept = HARMLESS[name]
    saved = {"batch_input_shape": [None, 4], **config}
    report = report_of("m.json", json.dumps(sequential((key, saved), version="2.2.4")))
    assert report.diagnostics == []
    (entry,) = report.document.tree["layers"]
    unsaid = {"units", "dropout", "input_dim", "output_dim"}
    assert {k: v for k, v in entry[key].items() if k not in unsaid} == kept


def test_the_steps_before_the_batch_are_said() -> None:
    """Keras 3 has no `time_major`, and what comes out has its axes elsewhere."""
    inner = {"class_name": "GRU", "config": {"units": 3, "name": "g", "time_major": True}}
    layers = (
        ("LSTM", {**LSTM, "name": "enc", "time_major": True, "return_sequences": True}),
        ("Bidirectional", {"layer": inner}),
    )
    report = report_of("m.json", json.dumps(sequential(*layers, version="2.4.0"), indent=1))
    assert [(d.code, d.layer) for d in report.diagnostics] == [
        ("LS102", "enc"), ("LS102", "bidirectional"),
    ]  # fmt: skip
    for found in report.diagnostics:
        line = found.locate(report.document).start.line
        assert '"time_major": true' in report.document.source.line(line)
        assert "transpose" in found.message


# -- a document in one string of Python's ------------------------------------------------------

TAGGER = sequential(
    ("GRU", {"name": "Grün", "units": 8, "batch_input_shape": [None, 5, 4]}),
    ("Dense", {"name": "it's", "units": -2}),
    version="2.4.0",
)
TEXTS = (
    json.dumps(TAGGER),
    json.dumps(TAGGER, ensure_ascii=False),
    json.dumps(TAGGER, indent=1),
    json.dumps(TAGGER, indent=1, ensure_ascii=False),
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shown", [repr, lambda text: repr(text.encode()), ascii])
def test_what_python_shows_is_read_with_its_places(text: str, shown: Any) -> None:
    literal = f"\n{shown(text)}\n"
    report = report_of("m.json", literal)
    (found,) = report.diagnostics
    assert found.code == "LS104"
    start = found.locate(report.document).start
    assert literal.splitlines()[start.line - 1][start.column - 1 :].startswith("-2")
    assert report.document.tree["layers"][0]["GRU"]["name"] == "Grün"


NO_LITERALS = {
    "no string": ("'layers': []\n'input': [3]\nname: 'class_name'", "LS007"),
    "no end": ("b'" + TEXTS[0], "LS001"),
    "no JSON": ("b'{\"class_name\": '", "LS001"),
    "no model": ("b'{\"class_name\": 3}'", "LS004"),
    "no UTF-8": ('b\'{"class_name": "\\xff"}\'', "LS001"),
    "two strings": ("b'class_name' 'b'", "LS004"),
}


@pytest.mark.parametrize("name", NO_LITERALS)
def test_other_strings_are_said_to_be_none(name: str) -> None:
    text, code = NO_LITERALS[name]
    assert [d.code for d in report_of("m.json", text).diagnostics] == [code]


def test_weights_of_tensorflow_js_without_their_model() -> None:
    data = {"modelTopology": None, "weightsManifest": [{"paths": [], "weights": []}]}
    (found,) = report_of("model.json", json.dumps(data)).diagnostics
    assert "`modelTopology` is null" in found.message


ADAPTED: dict[str, tuple[dict[str, Any], list[int | None]]] = {
    "ids": ({"output_mode": "int", "output_sequence_length": 7}, [None, 7]),
    "counts": ({"output_mode": "count"}, [None, 900]),
    "counts, as long as can be": (
        {"output_mode": "count", "max_tokens": 1000, "pad_to_max_tokens": True}, [None, 1000],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADAPTED)
def test_a_table_that_was_adapted_knows_how_many_tokens_it_has(name: str) -> None:
    """Keras 3 saves it, and takes it, though no signature has it."""
    said, shape = ADAPTED[name]
    inside = {"module": "keras.layers", "registered_name": None}
    config = {"name": "t", "vocabulary": None, "vocabulary_size": 900, **said}
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None], "dtype": "string"}},
        {"class_name": "TextVectorization", "config": config},
    ]
    model = {
        "class_name": "Sequential", "module": "keras",
        "config": {"name": "s", "layers": [layer | inside for layer in layers]},
    }  # fmt: skip
    report = report_of("m.json", json.dumps(model))
    assert report.diagnostics == []
    assert shapes_of(rows_by_name(report)["t"]) == [shape]


IMAGE = {"name": "i", "batch_input_shape": [None, 4, 4, 12]}
SHUFFLE = {"block_size": {"i": "2"}, "data_format": {"s": "TkhXQw=="}}
#: a node, and the operation that it is read as
NODES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "by element": ({"op": "Relu6", "attr": {"T": {"type": "DT_FLOAT"}}}, "ops>Relu6", {}),
    "with attributes": (
        {"op": "DepthToSpace", "attr": SHUFFLE}, "ops>DepthToSpace",
        {"block_size": 2, "data_format": "channels_last"},
    ),
    "not of Keras": ({"op": "Unheard"}, "tf>Unheard", {"node_def": {"op": "Unheard"}}),
    "called like one of Keras's": (
        {"op": "Einsum"}, "tf>Einsum", {"node_def": {"op": "Einsum"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NODES)
def test_nodes_of_a_graph_that_stand_as_mappings(name: str) -> None:
    """TensorFlow 2.3 wrote `node_def` as a mapping, 2.4 as a text."""
    node, key, arguments = NODES[name]
    layer = {"class_name": "TensorFlowOpLayer", "name": "tf_op_layer_x", "config": {
        "name": "x", "trainable": True, "node_def": node, "constants": {},
    }, "inbound_nodes": [[["i", 0, 0, {}]]]}  # fmt: skip
    given = {"class_name": "InputLayer", "name": "i", "config": IMAGE, "inbound_nodes": []}
    config = {
        "layers": [given, layer], "input_layers": [["i", 0, 0]],
        "output_layers": [["tf_op_layer_x", 0, 0]],
    }  # fmt: skip
    model = {"class_name": "Functional", "keras_version": "2.4.0", "config": config}
    report = report_of("m.json", json.dumps(model))
    assert {d.code for d in report.diagnostics} <= {"LS110"}
    (entry,) = report.document.tree["layers"]
    unsaid = {"name", "constants"}
    assert {k: v for k, v in entry[key].items() if k not in unsaid} == arguments


def test_layers_of_cudnn_become_layers_of_today(tmp_path: Path) -> None:
    """Keras 3 knows no `CuDNNLSTM`; the road is to write the spec, and to let it be changed."""
    layers = (
        ("CuDNNLSTM", {"units": 8, "batch_input_shape": [None, 7, 4], "return_sequences": True}),
        ("CuDNNLSTM", {"units": 3}),
    )
    read_ = report_of("m.json", json.dumps(sequential(*layers, version="2.2.4")))
    (found,) = read_.diagnostics
    assert (found.code, found.severity) == ("LS113", "note")
    assert "`LSTM` comes nearest, with one bias" in found.message
    assert read_.case is not None
    path = tmp_path / "m.yaml"
    path.write_text(spec_yaml(read_.case.tree, "m"), encoding="utf-8")
    assert call(["check", str(path), "--fix", "--unsafe-fixes"]) == 0
    case = judge(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert [node.layer.class_name for node in case.graph.nodes if node.layer] == ["LSTM"] * 2
    had, has = (totals(one.flow.weights()).params for one in (read_.case, case))
    assert had - has == 4 * 8 + 4 * 3
