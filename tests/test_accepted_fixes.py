"""The accepted fixes of the real mistakes are right: Keras says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from accepted import Repair, accepted_fixes, broken_tree, data_faults, layer_names
from oracle import observe, trace

PLACES = {"data", "target", "loss", "input"}


def faults(tree: Mapping[str, Any]) -> list[str]:
    """What Keras, the data and the loss have against a spec."""
    seen = observe(tree)
    if not seen.accepted:
        return [refusal.text for refusal in seen.refusals]
    found = data_faults(tree, seen)
    # a wrong state shows only in the running
    if not found and "initial_state" in str(tree):
        failure = trace(tree).failure
        found += [failure] if failure else []
    return found


@pytest.mark.parametrize("case", accepted_fixes())
def test_mistake_is_one(case: str) -> None:
    assert faults(broken_tree(case)), "Keras has nothing against it"


@pytest.mark.parametrize(
    ("case", "number"),
    [(case, n) for case, fix in accepted_fixes().items() for n in range(len(fix["accepted"]))],
)
def test_fix_mends_it(case: str, number: int) -> None:
    changes = accepted_fixes()[case]["accepted"][number]
    assert faults(Repair(broken_tree(case)).apply(changes)) == []


@pytest.mark.parametrize("case", accepted_fixes())
def test_place_at_fault_is_there(case: str) -> None:
    place = accepted_fixes()[case]["layer_at_fault"]
    assert place in PLACES or place in layer_names(broken_tree(case))
