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


def nested(*layers: Any) -> dict[str, Any]:
    return {"Sequential": {"layers": list(layers)}}


def heads(count: int) -> dict[str, Any]:
    given = {"head_dim": 2, "num_query_heads": count, "num_key_value_heads": 1}
    return {"GroupQueryAttention": given, "inputs": ["input", "input"]}


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
    "a layer in a model": (
        model(nested(lstm(return_sequences=True), lstm()), DENSE),
        model(nested(lstm(return_sequences=True), lstm(4)), DENSE),
        "same changed same changed changed", ["sequential/lstm_1", "dense"], [],
    ),
    "the order in a model": (
        model(nested({"Flatten": None}, {"Dense": {"units": 3}}, {"BatchNormalization": None})),
        model(nested({"Flatten": None}, {"BatchNormalization": None}, {"Dense": {"units": 3}})),
        "same changed same changed same", ["sequential/batch_normalization"], [],
    ),
    "a model taken apart": (
        model(nested(lstm(return_sequences=True), lstm()), DENSE),
        model(lstm(return_sequences=True), lstm(), DENSE),
        "same added added removed removed removed same", ["lstm", "lstm_1"],
        ["sequential/lstm", "sequential/lstm_1"],
    ),
    "a dropout more": (
        model(lstm(), DENSE), model(lstm(dropout=0.2), {"Dropout": {"rate": 0.5}}, DENSE),
        "same changed added same", [], [],
    ),
    "out of its wrapper": (
        model({"TimeDistributed": {"layer": DENSE}}), model(DENSE), "same added removed",
        ["dense"], ["time_distributed"],
    ),
    "grouped heads": (
        model(heads(2)), model(heads(4)), "same changed", ["grouped_query_attention"], [],
    ),
    "a model at each step": (
        model({"TimeDistributed": {"layer": nested({"Flatten": None}, DENSE)}}),
        model({"TimeDistributed": {"layer": nested({"Flatten": None}, DENSE)}}),
        "same same same same", [], [],
    ),
    "frozen": (
        model({"BatchNormalization": None}, DENSE),
        model({"BatchNormalization": {"trainable": False}}, DENSE), "same changed same", [], [],
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
    assert [problem.layer for problem in found.loading.problems] == problems
    assert found.loading.unused == unused
    assert found.loading.loads is (not problems)


#: a file, how it is loaded, and what `diff` says of that
WAYS: dict[str, tuple[dict[str, Any], str]] = {
    "m.weights.h5": ({}, "loading"),
    "m.keras": ({}, "loading"),
    "m.h5": ({}, "h5_in_order"),
    "m.hdf5": ({"by_name": True}, "h5_by_name"),
}


# of Keras itself, where it saves weights under NumPy 2
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_keras_loads_what_diff_says(name: str, tmp_path: Path) -> None:
    """Weights are really saved from A, and loaded into B in all the ways that Keras has."""
    import_keras()
    a, b, *_ = CASES[name]
    found = compare(judge(a), judge(b))
    source, target = build(a), build(b)
    for file, (how, said) in WAYS.items():
        path = tmp_path / file
        if ".weights." in file:
            source.save_weights(path)
        else:
            source.save(path)
        loading = getattr(found, said)
        before = {weight.path: weight.numpy() for weight in target.weights}
        if not loading.loads:
            with pytest.raises(ValueError, match=r"expected|mismatch|could not be loaded|shape"):
                target.load_weights(path, **how)
            continue
        target.load_weights(path, **how)
        for layer in loading.unset:
            for weight in target.get_layer(layer).weights:
                assert (weight.numpy() == before[weight.path]).all()


def test_names_that_are_passed_over() -> None:
    a, b, *_ = CASES["swapped names"]
    found = compare(judge(a), judge(b))
    assert found.loading.moved == [("b", "a"), ("a", "b")]
    assert found.h5_in_order.moved == [("b", "a"), ("a", "b")]
    assert found.h5_by_name.moved == []
    added = compare(*map(judge, CASES["added"][:2]))
    assert added.h5_by_name.unset == ["dense"]
    assert [problem.layer for problem in added.h5_in_order.problems] == ["the model"]


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
    ours = [case.graph.nodes[index].name for index in keras_order(case.flow)]
    assert ours == [layer.name for layer in build(tree).layers]


def _write(folder: Path, name: str, tree: Any) -> str:
    (folder / name).write_text(json.dumps(tree), encoding="utf-8")
    return name


LSTM_WEIGHTS = ("lstm_cell/kernel", "lstm_cell/recurrent_kernel", "lstm_cell/bias")
OPEN = {"Lambda": {"function": "f"}}
#: two models, whether the weights load (None: cannot be told), and what is said of which layer
UNKNOWN: dict[str, tuple[Any, Any, bool | None, list[tuple[str, str]]]] = {
    "behind a function": (
        model(OPEN, lstm()), model(OPEN, lstm(4)), None, [("lstm", "its weights are not known")],
    ),
    "in a model that is the same": (model(OPEN, lstm()), model(OPEN, lstm()), True, []),
    "a layer that is not known": (
        model({"Custom>Mine": {"size": 3}}), model({"Custom>Mine": {"size": 4}}), None,
        [("mine", "its weights are not known")],
    ),
    "a layer of which only the shape is known": (
        model({"Custom>Mine": {"output_shape": [3]}}),
        model({"Custom>Mine": {"output_shape": [4]}}), None,
        [("mine", "its weights are not known")],
    ),
    "beside what does not fit": (
        model(lstm(name="a", return_sequences=True), OPEN, lstm()),
        model(lstm(5, name="a", return_sequences=True), OPEN, lstm()), False,
        [
            ("a", f"{', '.join(LSTM_WEIGHTS)}: saved with another shape"),
            ("lstm", "its weights are not known"),
        ],
    ),
    "behind what Keras refuses": (
        model(lstm(), lstm(), OPEN, DENSE), model(lstm(), lstm(), OPEN, DENSE), False,
        [("lstm_1", "Keras does not build it"), ("dense", "Keras does not build it")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_not_said_to_fail(name: str) -> None:
    a, b, loads, problems = UNKNOWN[name]
    found = compare(judge(a), judge(b))
    assert found.loading.loads is loads
    assert [(problem.layer, problem.reason) for problem in found.loading.problems] == problems
    assert found.h5_in_order.loads is found.h5_by_name.loads is loads


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
    assert found["weights"]["h5"]["by_name"]["problems"][0]["layer"] == "lstm"
    _write(tmp_path, "c.yaml", [1])
    assert call(["diff", a, "c.yaml"]) == 2
    assert call(["diff", a]) == 2
    assert call(["diff", a, "none.yaml"]) == 2
    refused = _write(tmp_path, "d.yaml", model(lstm(), lstm()))
    assert call(["diff", a, refused]) == 1
    assert "Keras does not build it" in capfd.readouterr().out
