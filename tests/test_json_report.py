"""The JSON report: its schema, its order of keys, and what it says."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from expectations import BROKEN, GOOD
from jsonschema import Draft202012Validator
from reports import GRAPH, SHARED, STACKED, report

from lstmshape.changes import Change
from lstmshape.frontends import read
from lstmshape.pipeline import Policy, check_document
from lstmshape.render import json_report
from lstmshape.render.base import Look, Summary, Tally
from lstmshape.render.json_report import change_data, file_data

SCHEMA = Path(__file__).parent.parent / "docs" / "report.schema.json"

FILE_KEYS = [
    "path", "kind", "ok", "name", "layers", "outputs", "params", "trainable_params",
    "non_trainable_params", "requirements", "diagnostics",
]  # fmt: skip
LAYER_KEYS = [
    "name", "class", "line", "column", "inputs", "input_shapes", "output_shapes",
    "keras_output_shapes", "dtypes", "masked", "params", "trainable_params",
    "non_trainable_params", "status",
]  # fmt: skip
DIAGNOSTIC_KEYS = [
    "code", "name", "severity", "message", "keras", "layer", "path", "expected", "actual",
    "location", "related", "fixes",
]  # fmt: skip
FIX_KEYS = [
    "title", "safe", "verified", "kind", "changes", "edits", "output_shapes", "params",
]  # fmt: skip


@lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def whole(*texts: str) -> dict[str, Any]:
    """The document for files of these texts, read back."""
    summary = Summary()
    parts = []
    for number, text in enumerate(texts):
        done = report(text, f"{number}.yaml")
        tally = Tally()
        tally.count(done)
        summary.tally.add(tally)
        parts.append(json_report.part(done, Look()))
    found: dict[str, Any] = json.loads("".join(json_report.whole(parts, summary, Look())))
    return found


def test_the_document() -> None:
    data = whole(STACKED, GRAPH, "a: b", "input: [")
    validator().validate(data)
    assert list(data) == ["version", "files", "summary"]
    assert data["version"] == 1
    assert data["summary"] == {"files": 4, "errors": 3, "warnings": 0, "fixable": 1}
    assert list(data["summary"]) == ["files", "errors", "warnings", "fixable"]
    assert all(list(file) == FILE_KEYS for file in data["files"])
    assert [file["ok"] for file in data["files"]] == [False, True, False, False]
    assert whole()["files"] == []


def test_a_broken_file() -> None:
    data = file_data(report(STACKED))
    first, second, third = data["layers"]
    assert list(first) == LAYER_KEYS
    assert first == {
        "name": "lstm", "class": "LSTM", "line": 4, "column": 5, "inputs": ["input"],
        "input_shapes": [["batch", "T", 16]], "output_shapes": [["batch", 128]],
        "keras_output_shapes": [[None, 128]], "dtypes": ["float32"], "masked": [False],
        "params": 74240, "trainable_params": 74240, "non_trainable_params": 0, "status": "ok",
    }  # fmt: skip
    assert (second["status"], third["status"]) == ("refused", "blocked")
    assert second["input_shapes"] == [["batch", 128]]
    assert third["inputs"] == ["lstm_1"]
    unknown = ("output_shapes", "keras_output_shapes", "dtypes", "masked", "params")
    assert all(layer[key] is None for layer in (second, third) for key in unknown)
    assert third["input_shapes"] is None
    assert data["outputs"] == [{"name": "dense", "shape": None, "keras_shape": None}]
    assert data["params"] is None
    assert data["requirements"] == ["T >= 1"]


def test_a_diagnostic_with_its_fix() -> None:
    (found,) = file_data(report(STACKED))["diagnostics"]
    assert list(found) == DIAGNOSTIC_KEYS
    (fix,) = found.pop("fixes")
    assert found == {
        "code": "LS301", "name": "collapsed-sequence", "severity": "error",
        "message": "`lstm_1` needs a sequence, but `lstm` passes on only its last step",
        "keras": "refuses", "layer": "lstm_1", "path": ["layers", 1],
        "expected": "(batch, timesteps, features)", "actual": "(batch, 128)",
        "location": {"line": 7, "column": 5, "end_line": 7, "end_column": 9},
        "related": [{
            "message": "drops the timesteps axis: `return_sequences` is false", "layer": "lstm",
            "location": {"line": 4, "column": 5, "end_line": 4, "end_column": 9},
        }],
    }  # fmt: skip
    assert list(fix) == FIX_KEYS
    assert fix == {
        "title": "keep every step of `lstm`: set `return_sequences: true`", "safe": True,
        "verified": True, "kind": "spec",
        "changes": [{
            "op": "set_argument", "layer": "lstm", "argument": "return_sequences", "value": True,
        }],
        "edits": [{
            "line": 4, "column": 22, "end_line": 4, "end_column": 22,
            "text": ", return_sequences: true",
        }],
        "output_shapes": [["batch", 10]], "params": 124298,
    }  # fmt: skip


def test_a_graph() -> None:
    data = file_data(report(GRAPH))
    assert data["name"] == "translator"
    vectors, encoder, _, decoder, last = data["layers"]
    assert vectors["masked"] == [True]
    assert encoder["output_shapes"] == [["batch", 256]] * 3
    assert encoder["dtypes"] == ["float32"] * 3
    assert encoder["masked"] == [False] * 3
    assert decoder["inputs"] == ["target_vectors"]
    assert last["inputs"] == ["decoder:0"]
    assert last["keras_output_shapes"] == [[None, None, 800]]
    assert data["outputs"] == [
        {"name": "probabilities", "shape": ["batch", "T", 800], "keras_shape": [None, None, 800]}
    ]


def test_a_shared_layer() -> None:
    data = file_data(report(SHARED))
    assert [layer["name"] for layer in data["layers"][:2]] == ["reader", "again"]
    assert [layer["class"] for layer in data["layers"][:2]] == ["LSTM", "LSTM"]
    assert [layer["params"] for layer in data["layers"]] == [416, 0, 0, 64, 51]
    assert (data["params"], data["non_trainable_params"]) == (531, 83)
    assert data["layers"][2]["inputs"] == ["reader", "again"]


def test_a_source_of_several_outputs_is_named_by_number() -> None:
    text = (
        "input: [9, 4]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n"
        "  - Concatenate\n  - Add: {}\n    inputs: ['lstm:0', 'lstm:1']\n"
    )
    data = file_data(report(text, fixes=False))
    assert data["layers"][1]["inputs"] == ["lstm:0", "lstm:1", "lstm:2"]
    assert data["layers"][2]["inputs"] == ["lstm:0", "lstm:1"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            Change("insert_layer", ("layers", 1), value={"RepeatVector": {"n": 3}}),
            {"op": "insert_layer", "after": "lstm", "class": "RepeatVector", "arguments": {"n": 3}},
        ),
        (
            Change("insert_layer", ("layers", 0), value="Flatten"),
            {"op": "insert_layer", "before": "lstm", "class": "Flatten", "arguments": {}},
        ),
        (
            Change("wrap_layer", ("layers", 2), value="TimeDistributed"),
            {"op": "wrap_layer", "layer": "dense", "with": "TimeDistributed"},
        ),
        (
            Change("remove_argument", ("layers", 0), "units", layer="lstm"),
            {"op": "remove_argument", "layer": "lstm", "argument": "units"},
        ),
        (
            Change("rename_argument", ("layers", 0), "unit", "units"),
            {"op": "rename_argument", "layer": "lstm", "argument": "unit", "value": "units"},
        ),
        (Change("remove_layer", ("layers", 1)), {"op": "remove_layer", "layer": "lstm_1"}),
        (
            Change("set_inputs", ("input",), value=[4]),
            {"op": "set_inputs", "layer": "input", "value": [4]},
        ),
        (
            Change("set_data", ("data", "x"), array="x", value=[3, 1], code="x = x[..., None]"),
            {"op": "set_data", "array": "x", "value": [3, 1], "code": "x = x[..., None]"},
        ),
        (
            Change("set_argument", ("layers", 0), "dropout", float("inf")),
            {"op": "set_argument", "layer": "lstm", "argument": "dropout", "value": "inf"},
        ),
    ],
    ids=lambda value: value.op if isinstance(value, Change) else "",
)
def test_changes_in_the_words_of_the_model(change: Change, said: dict[str, Any]) -> None:
    data = change_data(change, report(STACKED, fixes=False).case)
    assert data == said
    schema = {"$ref": "#/$defs/change", "$defs": validator().schema["$defs"]}
    Draft202012Validator(schema).validate(data)


def test_names_of_any_kind_are_json() -> None:
    text = 'input: [4]\nlayers:\n  - Dense: {units: 3, name: "a\\e[31m\\u2028\\"b"}\n'
    out = json_report.part(report(text, path="x\udc80.yaml"), Look())
    assert out.isascii()
    assert out.isprintable()
    data = json.loads(out)
    assert data["layers"][0]["name"] == 'a\x1b[31m\u2028"b'
    assert data["path"] == "x\udc80.yaml"


@pytest.mark.parametrize("path", [*GOOD, *BROKEN], ids=lambda path: path.stem)
def test_every_spec_has_a_report_by_the_schema(path: Path) -> None:
    data = path.read_bytes()
    done = check_document(read(str(path), data), policy=Policy(fixes=False))
    found = json.loads(json_report.part(done, Look()))
    schema = {"$ref": "#/$defs/file", "$defs": validator().schema["$defs"]}
    Draft202012Validator(schema).validate(found)
    lines = data.decode("utf-8", "replace").split("\n")
    for diagnostic in found["diagnostics"]:
        for where in (diagnostic, *diagnostic["related"]):
            place = where["location"]
            start, end = (place["line"], place["column"]), (place["end_line"], place["end_column"])
            assert start <= end
            assert end[0] <= len(lines)
            assert end[1] <= len(lines[end[0] - 1]) + 1
    refused = any(layer["status"] != "ok" for layer in found["layers"])
    assert (found["params"] is None) == (refused or not found["layers"])
    for layer in found["layers"]:
        if layer["output_shapes"] is not None:
            erased = [
                [dim if isinstance(dim, int) else None for dim in shape]
                for shape in layer["output_shapes"]
            ]
            assert layer["keras_output_shapes"] == erased
            assert len(layer["dtypes"]) == len(layer["masked"]) == len(erased)
        if layer["input_shapes"] is not None and layer["status"] == "ok":
            assert len(layer["inputs"]) == len(layer["input_shapes"])
