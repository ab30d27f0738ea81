"""Files of Keras 0 to 2: every layer as the Keras of the time counted and reported it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from keras_agree import report_of, rows_by_name, shapes_of

from lstmshape.flow import totals
from lstmshape.pipeline import FileReport
from lstmshape.render.rows import Row, rows_of

FOLDER = Path(__file__).parent / "keras_files"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())


def report(name: str) -> FileReport:
    return report_of(name, (FOLDER / name).read_bytes())


def test_every_file_is_expected() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"README.md", "expected.json"} == set(
        EXPECTED
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_layers_and_totals_are_those_of_its_time(name: str) -> None:
    expected, found = EXPECTED[name], report(name)
    assert found.ok, [d.message for d in found.diagnostics]
    assert list(differences(name, expected, found)) == []
    assert found.case is not None
    counted = totals(found.case.flow.weights())
    if name.startswith("keras0"):
        assert counted.trainable == expected["params"]
    elif expected["params"] is not None:
        assert counted.params == expected["params"]


def differences(name: str, expected: dict[str, Any], found: FileReport) -> list[str]:
    """The layers that differ in parameters or in what comes out."""
    assert found.case is not None
    rows: dict[Any, Row] = dict(enumerate(rows_of(found.case)))
    if not name.startswith("keras0") or "graph" in name:
        rows = dict(rows_by_name(found))
    said = []
    for number, (layer, _, params, shape) in enumerate(expected["layers"]):
        row = rows[number if number in rows else layer]
        if layer in expected.get("open", ()):
            assert row.status == "blocked"
            continue
        shapes = shapes_of(row)
        shown = shapes[0] if len(shapes) == 1 else shapes
        trained = sum(weight.size for weight in row.weights if weight.trainable)
        counted = trained if name.startswith("keras0") else row.params
        if (counted, shown) != (params, shape):
            said.append(f"{layer}: {counted} {shown}, not {params} {shape}")
    return said


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("keras22_cudnn.json", ["LS113"]),
        ("keras28_operations_foreign.json", ["LS110"]),
        ("keras1_odd_layers.json", ["LS113"] * 5),
    ],
)
def test_what_is_no_longer_keras_s_is_said_once(name: str, codes: list[str]) -> None:
    found = [d for d in report(name).diagnostics if d.code in ("LS110", "LS113", "LS114")]
    assert [d.code for d in found] == codes
    assert {d.severity for d in found} == {"note"}


def test_loss_and_optimizer_around_the_model() -> None:
    tree = report("keras0_imdb_lstm.json").document.tree
    adam = {"Adam": {"epsilon": 1e-08}}  # as it was in Keras 0
    assert tree["compile"] == {"optimizer": adam, "loss": "binary_crossentropy"}


GRU = '{"class_name": "GRU", "config": {"units": 8, %s"batch_input_shape": [null, 5, 4]}}'
WAYS = [
    ("2.2.4", "", 312),
    ("2.2.4", '"reset_after": true, ', 336),
    ("1.2.2", "", 312),
    ("2.0.9", "", 312),
    ("3.1.0", "", 336),
    ("3.1.0", '"reset_after": false, ', 312),
]


@pytest.mark.parametrize(("version", "said", "params"), WAYS)
def test_a_gru_resets_as_it_did_then(version: str, said: str, params: int) -> None:
    text = (
        '{"class_name": "Sequential", "keras_version": "%s", '
        '"config": {"name": "s", "layers": [%s]}}'
    )
    case = report_of("m.json", text % (version, GRU % said)).case
    assert case is not None
    assert totals(case.flow.weights()).params == params
