"""Models written for Keras: Keras makes of them what `check` says, and they read back the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from differential.models import Models
from oracle import import_keras
from oracle_specs import ACCEPTED
from quick_keras import lazy_weights, remembered_signatures
from roundtrips.trip import MAKERS, accepted, travelled

from lstmshape.api import TreeDocument, load
from lstmshape.case import judge
from lstmshape.export.errors import CannotExport
from lstmshape.export.keras_python import module_source
from lstmshape.export.plans import plan_of
from lstmshape.export.yaml_spec import spec_yaml
from lstmshape.frontends import read

GOOD = sorted((Path(__file__).parent.parent / "specs" / "good").glob("*.yaml"))
DRAWN = 150


@pytest.fixture(scope="module", autouse=True)
def _quick_keras() -> Iterator[None]:
    import_keras()
    with lazy_weights(), remembered_signatures():
        yield


def trees() -> dict[str, Any]:
    """Specs by name: those of the project, and those that the oracle is tried on."""
    found = {path.stem: load(path).tree for path in GOOD}
    found.update((name, yaml.safe_load(text)) for name, text in ACCEPTED.items())
    return found


TREES = trees()


def test_every_spec_comes_back_whole() -> None:
    counts: Counter[str] = Counter()
    found = {name: list(travelled(tree, counts)) for name, tree in TREES.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert counts["keras-json built, saved by Keras and read back"] > 0.8 * len(TREES)


def test_random_models_come_back_whole() -> None:
    """For thousands of them: `python -m roundtrips --models 5000`, from tests/."""
    counts: Counter[str] = Counter()
    stream = Models(20260)
    for _ in range(DRAWN):
        tree = stream.model()
        assert list(travelled(tree, counts)) == [], tree
    assert counts["keras-python built, saved by Keras and read back"] > DRAWN / 3


def test_yaml_says_the_same_tree() -> None:
    for name, tree in TREES.items():
        written = spec_yaml(tree, "model")
        again = read("again", written.encode()).tree
        assert bare(again) == bare({"name": "model", **tree}), name


def bare(value: Any) -> Any:
    """A tree in which `{Flatten: null}` is `Flatten`."""
    if isinstance(value, dict):
        if list(value.values()) == [None]:
            return next(iter(value))
        return {key: bare(item) for key, item in value.items()}
    return [bare(item) for item in value] if isinstance(value, list) else value


def test_python_is_formatted_and_has_no_unused_names(tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    stream = Models(7)
    drawn = {f"drawn{n}": stream.model() for n in range(150)}
    for number, tree in enumerate([*TREES.values(), *drawn.values()]):
        case = accepted(tree)
        if case is not None:
            try:
                source = module_source(plan_of(case, "model"), "model.yaml")
            except CannotExport:
                continue
            (tmp_path / f"m{number}.py").write_text(source, encoding="utf-8")
    assert len(list(tmp_path.iterdir())) > 100
    for words in (["format", "--diff"], ["check", "--select", "F,E,W,I,A,B", "--ignore", "E501"]):
        done = subprocess.run(
            [ruff, words[0], "--isolated", "--no-cache", *words[1:], str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


def test_compile_goes_along() -> None:
    tree = {
        "input": [5, 4],
        "layers": [{"LSTM": {"units": 3}}, {"Dense": {"units": 2, "name": "price"}}],
        "compile": {
            "optimizer": {"Adam": {"learning_rate": 0.01}},
            "loss": {"price": {"Huber": {"delta": 2.0}}},
            "metrics": ["mae"],
        },
    }
    plan = plan_of(judge(tree), "model")
    for make in MAKERS.values():
        model = make(plan)
        assert type(model.optimizer).__name__ == "Adam"
        assert float(model.optimizer.learning_rate.value) == pytest.approx(0.01)
        assert type(model.loss["price"]).__name__ == "Huber"


def test_a_tree_without_text_is_a_document() -> None:
    document = TreeDocument({"layers": []}, "somewhere")
    assert document.source.name == "somewhere"
