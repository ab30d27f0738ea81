"""`lstmshape export`: what the command says, and the targets that draw."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lstmshape.api import check
from lstmshape.cli import call
from lstmshape.export import TARGETS, export
from lstmshape.export.dot import quoted
from lstmshape.export.errors import CannotExport
from lstmshape.export.mermaid import escaped
from lstmshape.export.source_text import Call, flat, identifier, literal, statement

GOOD = sorted((Path(__file__).parent.parent / "specs" / "good").glob("*.yaml"))
SPEC = "input: [T, 3]\nlayers:\n  - LSTM: {units: 4}\n  - Dense: {units: 2, name: price}\n"
REFUSED = "input: [T, 3]\nlayers:\n  - LSTM: {units: 4}\n  - LSTM: {units: 4}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"m.yaml": SPEC, "bad.yaml": REFUSED, "broken.yaml": "layers: ["}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("target", TARGETS)
def test_every_good_spec_has_every_target(target: str) -> None:
    for path in GOOD:
        report = check(path, fixes=False)
        try:
            text = export(report, target)
        except CannotExport as problem:
            assert target.startswith("keras")
            assert "which Keras does not have" in str(problem)  # noqa: PT017  # some may raise
            continue
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["m.yaml", "--to", "keras-json"], 0, '"class_name": "LSTM"'),
        (["m.yaml", "--to", "keras-python"], 0, "layers.LSTM(units=4)"),
        (["m.yaml", "--to", "yaml"], 0, "  - LSTM: {units: 4}\n"),
        (["m.yaml", "--to", "dot"], 0, 'label="(batch, T, 3)"'),
        (["bad.yaml", "--to", "keras-json"], 1, "bad.yaml:4:"),
        (["bad.yaml", "--to", "keras-python"], 1, "LS301"),
        (["bad.yaml", "--to", "mermaid"], 0, "class n2 refused"),
        (["bad.yaml", "--to", "yaml"], 0, "  - LSTM: {units: 4}\n"),
        (["broken.yaml", "--to", "yaml"], 2, "broken.yaml:1:"),
        (["none.yaml", "--to", "yaml"], 2, "cannot read `none.yaml`"),
        (["m.yaml"], 2, "--to keras-python|keras-json"),
        (["m.yaml", "bad.yaml", "--to", "dot"], 2, "takes one spec"),
        (["m.yaml", "--to", "onnx"], 2, "onnx"),
    ],
)
def test_exit_codes(
    folder: Path, capfd: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert call(["export", *words]) == code
    printed = capfd.readouterr()
    assert said in (printed.out if code == 0 else printed.err)
    assert code == 0 or not printed.out


def test_a_file_is_written_whole(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["export", "m.yaml", "--to", "keras-python", "-o", "model.py"]) == 0
    source = (folder / "model.py").read_text(encoding="utf-8")
    assert "def build_model() -> keras.Model:" in source
    assert not capfd.readouterr().out


def test_a_layer_of_ones_own_is_no_layer_of_keras(folder: Path, capfd: Any) -> None:
    (folder / "own.yaml").write_text(
        "input: [3]\nlayers:\n  - my>Pool: {}\n    expect: [3]\n", encoding="utf-8"
    )
    assert call(["export", "own.yaml", "--to", "keras-python"]) == 1
    assert "a class that is not Keras's" in capfd.readouterr().err
    assert call(["export", "own.yaml", "--to", "mermaid"]) == 0


def test_a_class_of_ones_own_is_written_as_keras_saves_it(folder: Path) -> None:
    for name, registered in (("my>Pool", "my>Pool"), ("Custom>Pool", "Pool")):
        tree = {"input": [3], "layers": [{name: {"axis": 1, "output_shape": [3], "name": "p"}}]}
        saved = json.loads(export(check(tree, fixes=False), "keras-json"))
        layer = saved["config"]["layers"][1]
        assert (layer["class_name"], layer["registered_name"]) == ("Pool", registered)
        assert layer["config"] == {"name": "p", "axis": 1}


NASTY = 'a"] --> b; #`<b>\\n|é\u2028'


def test_names_cannot_break_out_of_a_drawing() -> None:
    tree: dict[str, Any] = {"input": [3], "layers": [{"Dense": {"units": 2, "name": NASTY}}]}
    report = check(tree, fixes=False)
    for line in export(report, "mermaid").splitlines():
        assert line.count('"') in (0, 2), line
    dot = export(report, "dot")
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', dot)
    assert '"' not in "".join(re.split(r'"(?:[^"\\]|\\.)*"', dot))
    assert any("--> b" in string for string in strings)


@pytest.mark.parametrize(
    ("text", "mermaid", "dot"),
    [
        ("lstm_1", "lstm_1", '"lstm_1"'),
        ('say "hi"', "say #34;hi#34;", '"say \\"hi\\""'),
        ("a\\nb", "a#92;nb", '"a\\\\nb"'),
        ("<b>&amp;", "#60;b#62;#38;amp#59;", '"<b>&amp;amp;"'),
        ("(batch, T)", "(batch, T)", '"(batch, T)"'),
        ("two\nlines", "two#10;lines", '"two?lines"'),
    ],
)
def test_escapes(text: str, mermaid: str, dot: str) -> None:
    assert escaped(text) == mermaid
    assert quoted(text) == dot


def test_python_source() -> None:
    assert (
        flat(literal({"a": [1, None, True], "b": 'x"y'})) == '{"a": [1, None, True], "b": \'x"y\'}'
    )
    assert eval(flat(literal([float("inf"), -float("inf"), "\u2028\ud800"]))) == [
        float("inf"), -float("inf"), "\u2028\ud800"
    ]  # fmt: skip
    taken = {"keras"}
    wanted = ["input", "2d", "class", "é", "keras", "max", "a", "a"]
    names = [identifier(name, taken) for name in wanted]
    assert names == ["inputs", "x_2d", "x_class", "x", "keras_2", "max_", "a", "a_2"]
    long = Call("layers.Dense", [("units", "1"), ("name", literal("n" * 70))])
    assert statement("x = ", long).count("\n") == 4
