"""The forms in which models are found: encoded twice, without a class, in TensorFlow.js."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from keras_agree import report_of

from lstmshape.flow import totals
from lstmshape.frontends import is_surely_model, may_be_model, read

LAYERS: list[Any] = [
    {"class_name": "LSTM", "config": {"units": 8, "batch_input_shape": [None, 5, 4], "name": "a"}},
    {"class_name": "Dense", "config": {"units": 2, "name": "b"}},
]
CONFIG = {"name": "s", "layers": LAYERS}
MODEL = {"class_name": "Sequential", "config": CONFIG, "keras_version": "2.4.0"}
PARAMS = 4 * 8 * (4 + 8 + 1) + 8 * 2 + 2
#: an LSTM behind one that passes on its last step only
WRONG = {
    "class_name": "Sequential",
    "config": [
        {"class_name": "GRU", "config": {"units": 8, "batch_input_shape": [None, 5, 4]}},
        {"class_name": "LSTM", "config": {"units": 2}},
    ],
}

FORMS: dict[str, tuple[str, str]] = {
    "json": (json.dumps(MODEL), "keras-json"),
    "with tabs and NaN": (json.dumps({**MODEL, "x": float("nan")}, indent="\t"), "keras-json"),
    "with a byte order mark": ("\ufeff" + json.dumps(MODEL), "keras-json"),
    "a bare list in it": (json.dumps({**MODEL, "config": LAYERS}), "keras-json"),
    "nothing but the list": (json.dumps(LAYERS), "keras-json"),
    "get_config()": (json.dumps(CONFIG), "keras-json"),
    "model_config": (json.dumps({"model_config": MODEL, "keras_version": "2.4.0"}), "keras-json"),
    "in a mapping": (json.dumps({"model": MODEL, "loss": "mse"}), "keras-json"),
    "get_config() in a mapping": (json.dumps({"config": CONFIG}), "keras-json"),
    "JSON in a mapping": (json.dumps({"weights": [], "model": json.dumps(MODEL)}), "keras-json"),
    "sizes as R writes them": (json.dumps(MODEL).replace("5, 4]", "5.0, 4.0]"), "keras-json"),
    "null for what nobody said": (
        json.dumps(MODEL).replace('"units"', '"unroll": null, "implementation": null, "units"', 1),
        "keras-json",
    ),
    "JSON in JSON": (json.dumps(json.dumps(MODEL)), "keras-json"),
    "JSON in JSON in JSON": (json.dumps(json.dumps(json.dumps(MODEL))), "keras-json"),
    "yaml": (yaml.dump(MODEL), "keras-yaml"),
    "YAML in YAML": (yaml.dump(yaml.dump(MODEL)), "keras-yaml"),
    "YAML in JSON": (json.dumps(yaml.dump(MODEL)), "keras-json"),
    "JSON in YAML": (yaml.dump(json.dumps(MODEL), width=60), "keras-yaml"),
    "a Python dict": (repr(MODEL), "keras-yaml"),
    "TensorFlow.js": (
        json.dumps({"format": "layers-model", "modelTopology": MODEL, "weightsManifest": []}),
        "tfjs",
    ),
    "TensorFlow.js of an .h5": (
        json.dumps({"modelTopology": {"model_config": MODEL, "keras_version": "2.4.0"}}), "tfjs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(form: str) -> None:
    text, kind = FORMS[form]
    report = report_of("model", text)
    assert report.case is not None, [d.message for d in report.diagnostics]
    assert (report.document.kind, report.diagnostics) == (kind, [])
    assert totals(report.case.flow.weights()).params == PARAMS
    assert may_be_model(text.encode())
    assert is_surely_model(report.document)


WRAPPINGS: dict[str, Any] = {
    "json": lambda data: json.dumps(data, indent=1),
    "one line": json.dumps,
    "JSON in JSON": lambda data: json.dumps(json.dumps(data)),
    "yaml": yaml.dump,
    "YAML in YAML": lambda data: yaml.dump(yaml.dump(data)),
    "YAML in JSON": lambda data: json.dumps(yaml.dump(data)),
    "JSON in YAML": lambda data: yaml.dump(json.dumps(data, indent=2), width=50),
}


@pytest.mark.parametrize("form", WRAPPINGS)
def test_a_diagnostic_stands_at_its_class(form: str) -> None:
    report = report_of("model", WRAPPINGS[form](WRONG))
    (found,) = [d for d in report.diagnostics if d.severity == "error"]
    span = found.locate(report.document)
    line = report.document.source.line(span.start.line)
    shown = line[span.start.column - 1 : span.end.column - 1]
    assert found.code == "LS301"
    assert shown.strip('\\"') == "LSTM"


def test_an_old_name_is_where_its_argument_stands() -> None:
    bad = {**MODEL, "keras_version": "1.2.2", "config": [
        {"class_name": "Dense", "config": {"output_dim": -3, "batch_input_shape": [None, 4]}},
    ]}  # fmt: skip
    report = report_of("m.json", json.dumps(bad, indent=1))
    (found,) = report.diagnostics
    span = found.locate(report.document)
    assert report.document.source.line(span.start.line).strip() == '"output_dim": -3,'


NOT_MODELS = {
    "a graph of TensorFlow.js": (
        {"format": "graph-model", "modelTopology": {"node": [], "class_name": 1}},
        "holds operations, and no layers",
    ),
    "a subclassed model": (
        {"class_name": "MyModel", "config": {"size": 3}, "module": "mine"},
        "`MyModel`, whose layers are not in the file",
    ),
}


@pytest.mark.parametrize("name", NOT_MODELS)
def test_what_holds_no_layers_is_said(name: str) -> None:
    data, words = NOT_MODELS[name]
    (found,) = report_of("m.json", json.dumps(data)).diagnostics
    assert words in found.message


@pytest.mark.parametrize("name", ["Sequential", "Model", "Graph"])
def test_a_spec_may_be_called_as_keras_calls_its_models(name: str) -> None:
    spec = {"name": name, "input": [5, 4], "layers": [{"LSTM": {"units": 8}}]}
    assert read("m.json", json.dumps(spec).encode()).kind == "spec"


def test_a_spec_in_json_may_hold_saved_objects() -> None:
    dense = {"units": 2, "kernel_initializer": {"class_name": "HeNormal", "config": {}}}
    spec = {"input": [4], "layers": [{"Dense": dense}]}
    report = report_of("m.json", json.dumps(spec))
    assert (report.document.kind, report.diagnostics) == ("spec", [])


def test_numbers_that_numpy_had_wrapped() -> None:
    text = (
        "class_name: Sequential\nkeras_version: 2.1.0\nconfig:\n- class_name: Dense\n  config:\n"
        "    units: 3\n    batch_input_shape: !!python/tuple [null, 4]\n"
        "- class_name: Dropout\n  config:\n"
        "    rate: !!python/object/apply:numpy.core.multiarray.scalar\n"
        "    - !!python/object/apply:numpy.dtype {args: [f8, 0, 1]}\n"
        "    - !!binary |\n      AAAAAAAA0D8=\n"
    )
    report = report_of("m.yaml", text)
    assert report.diagnostics == []
    assert report.document.tree["layers"][1] == {"Dropout": {"rate": 0.25}}


def test_a_chain_that_is_built_on_its_data_is_no_error() -> None:
    """In a spec the input is required; Keras takes the file."""
    layers = [{"class_name": "LSTM", "config": {"units": 8}}]
    report = report_of("m.json", json.dumps({"class_name": "Sequential", "config": layers}))
    (diagnostic,) = report.diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.keras) == (
        "LS112",
        "warning",
        "builds",
    )
    (same,) = report_of("m.yaml", "layers: [LSTM: {units: 8}]").diagnostics
    assert (same.code, same.severity) == ("LS112", "error")
