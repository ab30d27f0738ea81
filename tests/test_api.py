"""The Python API: `lstmshape.load`, `lstmshape.check`, `lstmshape.keras.build` of any file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from oracle import import_keras

from lstmshape import api

SPEC = "input: [T, 3]\nlayers:\n  - LSTM: {units: 4}\n  - Dense: {units: 2}\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_load(spec: Path) -> None:
    document = api.load(spec)
    assert document.kind == "spec"
    assert document.tree["layers"][0] == {"LSTM": {"units": 4}}
    with pytest.raises(FileNotFoundError):
        api.load(spec.with_name("none.yaml"))


def test_check_a_file(spec: Path) -> None:
    report = api.check(str(spec))
    assert report.ok
    assert report.diagnostics == []
    assert report.name == "model"
    assert report.case is not None
    assert [str(t.shape[1]) for _, t in report.case.flow.outputs() if t is not None] == ["2"]


def test_check_plain_data_as_python_writes_it() -> None:
    report = api.check({"input": (5, 4), "layers": ({"LSTM": {"units": 3}}, "LSTM")})
    assert not report.ok
    assert {d.code for d in report.diagnostics if d.severity == "error"}
    assert api.check({"input": (5, 4), "layers": ({"LSTM": {"units": 3}},)}).ok


def test_options(spec: Path) -> None:
    assert not api.check(spec, x=[100, 7, 5]).ok
    assert api.check(spec, x=[100, 7, 3]).ok
    wrong = {"input": [5, 4], "layers": [{"LSTM": {"units": 3}}, {"LSTM": {"units": 3}}]}
    assert [d.code for d in api.check(wrong).diagnostics] == ["LS301"]
    assert api.check(wrong, ignore=["LS3"]).ok
    file = spec.with_name("wrong.yaml")
    file.write_text(SPEC.replace("Dense: {units: 2}", "LSTM: {units: 2}"), encoding="utf-8")
    assert api.check(file).diagnostics[0].fixes
    assert not api.check(file, fixes=False).diagnostics[0].fixes
    bound = api.check(spec, dims={"T": 9}).case
    assert bound is not None
    assert bound.flow.calls[0].outputs[0].shape[1] == 9


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("layers: [", encoding="utf-8")
    report = api.check(path)
    assert not report.ok
    assert report.case is None


def test_importing_the_package_is_free() -> None:
    script = "import sys, lstmshape; print([m for m in sys.modules if m.startswith('lstmshape.')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_build_reads_what_check_reads(spec: Path, tmp_path: Path) -> None:
    import_keras()
    from lstmshape.keras import build

    saved = tmp_path / "saved.json"
    model = build(spec)
    saved.write_text(model.to_json(), encoding="utf-8")
    again = build(saved)
    assert again.name == "model"
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.count_params() == model.count_params()
    assert json.loads(again.to_json())["class_name"] == "Functional"
