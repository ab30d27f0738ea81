"""`lstmshape diff`: what is matched, and whether real Keras loads the weights as it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import import_keras

from lstmshape.case import judge
from lstmshape.cli import call
from lstmshape.diff.compare import compare
from lstmshape.diff.rows import keras_order
from lstmshape.keras import build

DENSE = {"Dense": {"units": 2}}


def model(*layers: Any, **more: Any) -> dict[str, Any]:
    return {"input": [5, 4], "layers": list(layers), **more}


def lstm(units: int = 3, **more: Any) -> dict[str, Any]:
    return {"LSTM": {"units": units, **more}}


#: A, B, what the layers of B (and those removed) are, the layers that do not load, left unused
CASES = {
    "the same": (model(lstm(), DENSE), model(lstm(), DENSE), "same same same", [], []),
    "wider": (
        model(lstm(), DENSE), model(lstm(4), DENSE), "same changed changed", ["lstm", "dense"], [],
    ),
    "renamed": (
        model(lstm(name="reader"), DENSE), model(lstm(name="encoder"), DENSE),
        "same renamed same", [], [],
    ),
    "no bias": (
        model(lstm()), model(lstm(use_bias=False)), "same changed", ["lstm"], [],
    ),
    "added": (
        model(lstm()), model(lstm(), DENSE), "same same added", ["dense"], [],
    ),
    "removed": (
        model(lstm(), {"Dense": {"units": 3}}), model(lstm()), "same same removed", [], ["dense"],
    ),
    "another class": (
        model(lstm()), model({"GRU": {"units": 3}}), "same added removed", ["gru"], ["lstm"],
    ),
    "same name, other class": (
        model(lstm(name="reader")), model({"GRU": {"units": 3, "name": "reader"}}),
        "same changed", ["reader"], ["reader"],
    ),
    "an activation changed": (
        model(lstm(), DENSE), model(lstm(activation="relu"), DENSE), "same changed same", [], [],
    ),
    "swapped names": (
        model({"Dense": {"units": 4, "name": "a"}}, {"Dense": {"units": 4, "name": "b"}}),
        model({"Dense": {"units": 4, "name": "b"}}, {"Dense": {"units": 4, "name": "a"}}),
        "same same same", [], [],
    ),
    "one before": (
        model(lstm(return_sequences=True), lstm(name="last")),
        model({"Dense": {"units": 7}}, lstm(return_sequences=True), lstm(name="last")),
        "same added changed same", ["dense", "lstm"], [],
    ),
    "bidirectional": (
        model({"Bidirectional": {"layer": lstm()}}), model({"Bidirectional": {"layer": lstm(2)}}),
        "same changed", ["bidirectional"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_matches_and_weights(name: str) -> None:
    a, b, kinds, problems, unused = CASES[name]
    found = compare(judge(a), judge(b))
    assert " ".join(pair.kind for pair in found.pairs) == kinds
    assert [problem.layer for problem in found.problems] == problems
    assert found.unused == unused
    assert found.loads is (not problems)


# of Keras itself, where it saves weights under NumPy 2
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_keras_loads_what_diff_says(name: str, tmp_path: Path) -> None:
    import_keras()
    a, b, _, problems, _ = CASES[name]
    path = tmp_path / "saved.weights.h5"
    build(a).save_weights(path)
    target = build(b)
    if problems:
        with pytest.raises(
            ValueError, match=r"expected|mismatch|objects could not be loaded|shape"
        ):
            target.load_weights(path)
    else:
        target.load_weights(path)


def test_layers_are_in_the_order_of_keras() -> None:
    import_keras()
    tree = {
        "inputs": {"late": [5, 4], "early": [5, 4]},
        "layers": [
            {"Dense": {"units": 3, "name": "short"}, "inputs": "early"},
            {"Dense": {"units": 3, "name": "one"}, "inputs": "late"},
            {"Dense": {"units": 3, "name": "two"}},
            {"Concatenate": {"name": "both"}, "inputs": ["two", "short"]},
            {"reuse": "one", "name": "again", "inputs": "early"},
            {"Add": {"name": "sum"}, "inputs": ["again", "short"]},
        ],
        "outputs": ["sum", "both"],
    }
    case = judge(tree)
    ours = [case.graph.nodes[index].name for index in keras_order(case)]
    assert ours == [layer.name for layer in build(tree).layers]


def _write(folder: Path, name: str, tree: Any) -> str:
    (folder / name).write_text(json.dumps(tree), encoding="utf-8")
    return name


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    a = _write(tmp_path, "a.yaml", model(lstm(), DENSE))
    b = _write(tmp_path, "b.yaml", model(lstm(4), DENSE))
    assert call(["diff", a, a]) == 0
    assert "load into the second." in capfd.readouterr().out
    assert call(["diff", a, b]) == 1
    said = capfd.readouterr().out
    assert "units: 3 -> 4" in said
    assert "lstm_cell/kernel: (4, 12) -> (4, 16)" in said
    assert call(["diff", a, b, "--format", "json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["weights"]["load"] is False
    assert found["layers"][1]["arguments"] == {"units": [3, 4]}
    assert found["layers"][2]["a"]["shapes"] == [["batch", 2]]
    _write(tmp_path, "c.yaml", [1])
    assert call(["diff", a, "c.yaml"]) == 2
    assert call(["diff", a]) == 2
    assert call(["diff", a, "none.yaml"]) == 2
    refused = _write(tmp_path, "d.yaml", model(lstm(), lstm()))
    assert call(["diff", a, refused]) == 1
    assert "Keras does not build it" in capfd.readouterr().out
