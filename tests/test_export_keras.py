"""Models written for Keras: Keras makes of them what `check` says, and they read back the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from differential.models import Models
from oracle import import_keras
from oracle_specs import ACCEPTED
from quick_keras import lazy_weights, remembered_signatures

from lstmshape.api import TreeDocument, load
from lstmshape.case import Case, judge
from lstmshape.dims import erase_shape
from lstmshape.export.errors import CannotExport
from lstmshape.export.keras_json import model_json
from lstmshape.export.keras_python import module_source
from lstmshape.export.plans import ModelPlan, plan_of
from lstmshape.export.yaml_spec import spec_yaml
from lstmshape.flow import totals
from lstmshape.frontends import read

GOOD = sorted((Path(__file__).parent.parent / "specs" / "good").glob("*.yaml"))
DRAWN = 240


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


def accepted(tree: Any) -> Case | None:
    case = judge(tree)
    refused = not case.flow.ok or any(fact.keras == "refuses" for fact in case.facts)
    return None if refused else case


def keras_of_json(plan: ModelPlan) -> Any:
    import keras

    from lstmshape.keras.names import fresh_names

    with fresh_names():
        return keras.models.model_from_json(json.dumps(model_json(plan)))


def keras_of_python(plan: ModelPlan) -> Any:
    from lstmshape.keras.names import fresh_names

    namespace: dict[str, Any] = {}
    exec(compile(module_source(plan, "m.yaml"), "m.py", "exec"), namespace)
    with fresh_names():
        return namespace["build_model"]()


MAKERS = {"keras-json": keras_of_json, "keras-python": keras_of_python}


def said(case: Case) -> tuple[Any, ...]:
    """What `check` says of a model, in Keras's words."""
    outputs = [erase_shape(t.shape) for _, t in case.flow.outputs() if t is not None]
    weights = sorted(str(weight.shape) for weight in case.flow.weights())
    reached = case.graph.reached() | set(case.graph.inputs)
    names = {
        str(node.layer.name) if node.layer is not None else node.name
        for node in case.graph.nodes
        if node.index in reached
    }
    return sorted(map(str, outputs)), weights, names


def of_keras(model: Any) -> tuple[Any, ...]:
    import keras

    outputs = [tuple(tensor.shape) for tensor in keras.tree.flatten(model.outputs)]
    weights = [tuple(v.shape) for v in model.weights if "seed_generator" not in v.path]
    names = {layer.name for layer in model.layers}
    names |= {tensor._keras_history.operation.name for tensor in model.inputs}
    return sorted(map(str, outputs)), sorted(map(str, weights)), names


@pytest.mark.parametrize("target", MAKERS)
def test_keras_makes_of_every_spec_what_check_says(target: str) -> None:
    made = 0
    for name, tree in TREES.items():
        case = accepted(tree)
        if case is None:
            continue
        try:
            plan = plan_of(case, "model")
        except CannotExport:
            continue  # a layer of one's own: `test_export` holds what is said
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model = MAKERS[target](plan)
        assert of_keras(model) == said(case), name
        assert model.count_params() == totals(case.flow.weights()).params
        made += 1
    assert made > 0.8 * len(TREES)


@pytest.mark.parametrize("target", MAKERS)
def test_keras_makes_of_random_models_what_check_says(target: str) -> None:
    stream, made = Models(20260), 0
    for _ in range(DRAWN):
        tree = stream.model()
        case = accepted(tree)
        if case is None:
            continue
        plan = plan_of(case, "model")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model = MAKERS[target](plan)
        assert of_keras(model) == said(case), tree
        made += 1
    assert made > DRAWN / 3


def graph_of(case: Case) -> dict[str, Any]:
    """Layers that count, with class, shapes and what they read, by the layers' names."""
    found: dict[str, Any] = {}
    reached = case.graph.reached()
    for node in case.graph.nodes:
        if node.index not in reached:
            continue
        owner = case.graph.nodes[node.base]
        name = str(owner.layer.name) if owner.layer is not None else owner.name
        shapes = [str(erase_shape(t.shape)) for t in case.call(node).outputs]
        reads = sorted(
            str(case.graph.nodes[case.graph.nodes[need].base].name) for need in node.needs
        )
        kind = owner.layer.class_name if owner.layer is not None else "input"
        found.setdefault(name, []).append((kind, shapes, reads))
    return {name: sorted(calls) for name, calls in found.items()}


@pytest.mark.parametrize("target", [*MAKERS, "keras-json as it is", "yaml"])
def test_every_spec_reads_back_as_the_same_graph(target: str) -> None:
    for name, tree in TREES.items():
        case = accepted(tree)
        if case is None:
            continue
        try:
            text = _text(target, case)
        except CannotExport:
            continue
        again = judge(read("again", text.encode()).tree)
        expected = graph_of(case)
        if target != "yaml":
            expected = _with_written_input(expected)
        assert graph_of(again) == expected, name
        assert totals(again.flow.weights()) == totals(case.flow.weights()), name


def _with_written_input(graph: dict[str, Any]) -> dict[str, Any]:
    """An input that Keras has named is read as `input:`, which is called `input`."""
    kept = json.dumps(graph)
    if kept.count('[["input", ') == 1:
        kept = kept.replace('"input_layer"', '"input"')
    return {
        name: sorted((kind, shapes, reads) for kind, shapes, reads in calls)
        for name, calls in json.loads(kept).items()
    }


def _text(target: str, case: Case) -> str:
    if target == "yaml":
        return spec_yaml(case.tree, "model")
    plan = plan_of(case, "model")
    if target == "keras-json as it is":
        return json.dumps(model_json(plan))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # of Keras itself, where it saves a learning rate under NumPy 2
        warnings.simplefilter("ignore", DeprecationWarning)
        return str(MAKERS[target](plan).to_json())


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
