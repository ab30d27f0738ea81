"""Random models, held to real Keras: a fixed seed and a budget; and what such runs found before.

Longer runs: `python -m differential --seconds 600 --seed 2`, from `tests/`.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from differential.compare import as_yaml, differing, disagreements, not_said
from differential.models import LEFT_OUT, Models, all_classes
from differential.named import disagreements_with_numbers
from oracle import import_keras, observe

from lstmshape.case import judge

CASES = sorted((Path(__file__).parent / "differential" / "cases").glob("*.yaml"))
SECONDS = float(os.environ.get("LSTMSHAPE_DIFFERENTIAL_SECONDS", "40"))
MODELS = 1200


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_found_before(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# "), "a line that says what it was"
    found = list(differing(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert not found, "\n".join(found)


def test_every_class_of_keras_is_drawn_or_left_out_for_a_reason() -> None:
    import_keras()
    import keras

    public = {
        value.__name__
        for value in vars(keras.layers).values()
        if isinstance(value, type) and issubclass(value, keras.layers.Layer)
    }
    ours = set(all_classes())
    # its public name here; the class bears another
    renamed = {"GroupedQueryAttention": "GroupQueryAttention"}
    assert {renamed.get(name, name) for name in public} - ours <= set(LEFT_OUT)
    assert not ours & set(LEFT_OUT)


def test_random_models_agree_with_keras() -> None:
    """Verdicts, shapes, dtypes, masks, counts and names, then the same with numbers for names."""
    models, end, seen = Models(20261121), time.monotonic() + SECONDS, Counter[str]()
    rng = random.Random(1)
    judged = 0.0
    while time.monotonic() < end and seen["compared"] < MODELS:
        tree = models.model()
        start = time.process_time()
        case = judge(tree)
        judged += time.process_time() - start
        if not_said(case):
            continue
        seen["compared"] += 1
        found = list(disagreements(tree, case))
        if not found:
            found = list(disagreements_with_numbers(tree, case, rng))
        assert not found, "\n".join([as_yaml(tree), *found])
        seen["refused"] += any(fact.keras == "refuses" for fact in case.facts)
    assert seen["compared"] >= 50, "a run that compares next to nothing shows nothing"
    assert seen["refused"] * 4 > seen["compared"]
    assert seen["compared"] / judged > 100, "models a second on our side"


def test_a_disagreement_is_seen() -> None:
    """The comparison itself: of a model that is not the one observed."""
    tree = {"input": [3, 4], "layers": [{"LSTM": {"units": 2}}, {"Dense": {"units": 1}}]}
    other = judge({"input": [3, 4], "layers": [{"LSTM": {"units": 2}}, {"Dense": {"units": 2}}]})
    assert observe(tree).accepted
    assert any("shapes" in line for line in disagreements(tree, other))
    assert any("params" in line for line in disagreements(tree, other))
