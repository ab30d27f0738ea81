"""Layers that differ in nothing but their names are bound and called once: nothing may show it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from lstmshape import binding
from lstmshape.case import Case, judge
from lstmshape.flow import Flow
from lstmshape.frontends import read
from lstmshape.layers import alike, find
from lstmshape.rules import all_rules

SPECS = sorted((Path(__file__).parent.parent / "specs").rglob("*.yaml"))
TEXTS = [path.read_bytes() for path in SPECS]
TEXTS += [text.encode() for rule in all_rules() for text in (rule.bad, rule.good)]

#: entries that a random chain repeats; the arguments of some are equal and not the same
ENTRIES: list[dict[str, Any]] = [
    {"LSTM": {"units": 8, "return_sequences": True}},
    {"LSTM": {"units": 8}},
    {"Dense": {"units": 8}},
    {"Dense": {"units": 8.0}},
    {"Dense": {"units": 1}},
    {"Dense": {"units": True}},
    {"Dense": {"units": 8, "use_bias": 1}},
    {"Conv1D": {"filters": 8, "kernel_size": 3}},
    {"MaxPooling1D": {"pool_size": 2}},
    {"Masking": {}},
    {"Dropout": {"rate": 0.5}},
    {"BatchNormalization": {}},
    {"Flatten": {}},
    {"RepeatVector": {"n": 4}},
    {"TimeDistributed": {"layer": "Flatten"}},
    {"Embedding": {"input_dim": 9, "output_dim": 8, "mask_zero": True}},
]


def chain(seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    few = rng.choices(ENTRIES, k=4)
    return {"input": rng.choice([["T", 8], [12, 8], [8]]), "layers": rng.choices(few, k=9)}


def shown(case: Case) -> list[Any]:
    """All that is known of a case."""
    rows: list[Any] = [repr(fact) + str(fact.call) + str(fact.keras) for fact in case.facts]
    return [*rows, *calls_of(case.flow), case.flow.requirements.texts(), case.flow.weights()]


def calls_of(flow: Flow) -> list[Any]:
    rows: list[Any] = []
    for call in flow.calls:
        layer = call.node.layer
        held = layer is not None and (layer.holds_model or layer.inner())
        row = call.node.name, call.status, call.x, call.outputs, call.many, call.weights
        rows.append((None if held else repr(layer), *row))
        rows += calls_of(call.inner) if call.inner is not None else []
    return rows


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Judges without looking for what is alike."""

    def judged(tree: Any) -> Case:
        with monkeypatch.context() as patch:
            patch.setattr(binding, "_alike", lambda *_: None)
            return judge(tree)

    return judged


@pytest.mark.parametrize("few", [TEXTS[n::8] for n in range(8)], ids=range(8))
def test_specs(few: list[bytes], one_by_one: Any) -> None:
    for text in few:
        tree = read("spec.yaml", text).tree
        if tree is not None:
            assert shown(judge(tree)) == shown(one_by_one(tree)), text.decode()


@pytest.mark.parametrize("start", range(0, 800, 100))
def test_chains(start: int, one_by_one: Any) -> None:
    for seed in range(start, start + 100):
        tree = chain(seed)
        assert shown(judge(tree)) == shown(one_by_one(tree)), seed


def test_what_is_alike_is_one_object() -> None:
    tree = {"input": ["T", 8], "layers": [{"Dense": {"units": 8}}, {"Dense": {"units": 8}}]}
    _, first, second = judge(tree).flow.calls
    assert first.weights is second.weights
    assert first.outputs is second.outputs


def test_what_one_file_taught_holds_in_the_next(one_by_one: Any) -> None:
    """Files judged one after the other, with bounds and without, as if each were the first."""
    rng = random.Random(7)
    for _ in range(300):
        tree = chain(rng.randrange(60))
        if rng.random() < 0.4:
            low = rng.choice([0, 1, 4])
            tree["dims"] = {"T": rng.choice([16, {"min": low}, {"min": low, "max": low + 3}])}
        assert shown(judge(tree)) == shown(one_by_one(tree)), tree


def test_what_is_remembered_is_bounded() -> None:
    table: dict[int, int] = {}
    for number in range(100):
        alike.remember(table, number, number, 8)
        assert table[number] == number
        assert len(table) <= 8


def test_a_long_text_is_not_remembered() -> None:
    cls = find("Dense")
    assert cls is not None
    assert alike.plain_key(cls, {"units": 3, "activation": "relu"}) is not None
    assert alike.plain_key(cls, {"units": 3, "activation": "r" * 1000}) is None
    assert alike.plain_key(cls, {"units": [3]}) is None
