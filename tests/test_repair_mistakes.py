"""What the tool finds and proposes for the real mistakes of specs/broken, held against the repairs
that were accepted (tests/accepted_fixes.yaml).

A fix counts as an accepted one when it makes the same model of the same data: layers with the same
shapes and weights, the same outputs, loss and arrays. It may say so in other words
(`return_sequences: false` or none, a name for a new layer, an axis of 1 that Keras adds by itself).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from accepted import BROKEN, Repair, accepted_fixes, broken_tree
from test_accepted_fixes import faults

from lstmshape.case import Case, judge
from lstmshape.changes import changed
from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.dims import to_json
from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, check_document
from lstmshape.render.json_report import change_data
from lstmshape.rules import diagnose

#: shares of the cases in which an accepted repair is the first fix, or among the first three
FIRST, AMONG_THREE = 0.8, 0.95

CASES = list(accepted_fixes())


@cache
def checked(case: str) -> FileReport:
    path = Path(BROKEN / f"{case}.yaml")
    return check_document(read(str(path), path.read_bytes()))


def first_error(case: str) -> Diagnostic:
    return next(d for d in checked(case).diagnostics if d.severity == "error")


# -- when two repairs are the same ---------------------------------------------------------------


def signature(tree: Any) -> tuple[Any, ...]:
    """What a spec comes to: layers with shapes and weights, outputs, loss, and the arrays."""
    case = judge(tree)
    calls = [
        (
            call.node.layer.class_name if call.node.layer is not None else "input",
            tuple(shape_of(tensor.shape) for tensor in call.outputs),
            tuple(weight.shape for weight in call.weights),
        )
        for call in case.flow.calls
    ]
    outputs = [
        (name, shape_of(tensor.shape) if tensor is not None else None)
        for name, tensor in case.flow.outputs()
    ]
    shapes = [shape for _, shape in outputs]
    return tuple(sorted(calls)), tuple(shapes), repr(tree.get("compile")), arrays(tree, case)


def shape_of(shape: Any) -> tuple[str, ...]:
    return tuple(str(to_json(dim)) for dim in shape)


def arrays(tree: Any, case: Case) -> str:
    """The arrays, without an axis of 1 that Keras adds to what an input gets."""
    data = dict(tree.get("data") or {})
    x = data.get("x")
    inputs = [case.shape(case.graph.nodes[n]) for n in case.graph.inputs]
    if isinstance(x, list) and x and not isinstance(x[0], list) and len(inputs) == 1:
        wanted = inputs[0] or ()
        if len(x) == len(wanted) and x[-1] == 1 and wanted[-1] == 1:
            data["x"] = x[:-1]
    # how many samples make a step of training is not what a model is
    data.pop("batch_size", None)
    return repr(data)


def after(tree: Any, fix: Fix) -> Any:
    for change in fix.changes:
        tree = changed(tree, change)
    return tree


@cache
def accepted_signatures(case: str) -> tuple[Any, ...]:
    fixes = accepted_fixes()[case]["accepted"]
    return tuple(signature(Repair(broken_tree(case)).apply(changes)) for changes in fixes)


def rank(case: str) -> int | None:
    """The place, from 1, of the first fix that is an accepted one; None without."""
    tree = broken_tree(case)
    for number, fix in enumerate(first_error(case).fixes, 1):
        if signature(after(tree, fix)) in accepted_signatures(case):
            return number
    return None


# -- tests ---------------------------------------------------------------------------------------


def named_places(diagnostic: Diagnostic, fix: Fix, case: Case | None) -> set[str]:
    """The layers that a finding, or its fix, points at; of a new layer the one beside it."""
    found = {diagnostic.layer, *(related.layer for related in diagnostic.related)}
    for change in fix.changes:
        data = change_data(change, case)
        found |= {data.get("layer"), data.get("after"), data.get("before")}
        outer = case.node_at(change.path) if case is not None else None
        found.add(outer.name if outer is not None else None)
    return {name for name in found if name is not None}


@pytest.mark.parametrize("case", CASES)
def test_every_mistake_has_a_fix(case: str) -> None:
    fixes = first_error(case).fixes
    assert fixes
    assert all(fix.edits or fix.kind == "data" for fix in fixes)


def test_accepted_repairs_come_first() -> None:
    ranks = {case: rank(case) for case in CASES}
    first = [case for case, place in ranks.items() if place == 1]
    three = [case for case, place in ranks.items() if place is not None and place <= 3]
    missed = {case: place for case, place in ranks.items() if place != 1}
    assert len(first) >= FIRST * len(CASES), f"not first: {missed}"
    assert len(three) >= AMONG_THREE * len(CASES), f"not among three: {missed}"


@pytest.mark.parametrize("case", CASES)
def test_place_at_fault_is_named(case: str) -> None:
    """The finding stands at the fault, or the first fixes say what is at fault."""
    wanted = accepted_fixes()[case]["layer_at_fault"]
    error = first_error(case)
    path, fixes = error.place.path, error.fixes[:3]
    if wanted in ("data", "target", "loss", "input"):
        ops = {change.op for fix in fixes for change in fix.changes}
        places = {
            "data": path[:2] == ("data", "x") or "set_data" in ops,
            "target": path[:2] == ("data", "y"),
            "loss": path[0] == "compile" or "set_loss" in ops,
            "input": path[0] in ("input", "inputs") or "set_inputs" in ops,
        }
        assert places[wanted]
    else:
        assert any(wanted in named_places(error, fix, checked(case).case) for fix in fixes)


@pytest.mark.parametrize("case", CASES)
def test_keras_agrees_with_the_first_fix(case: str) -> None:
    """What the tool holds to be mended, Keras and the loss have nothing against."""
    tree = after(broken_tree(case), first_error(case).fixes[0])
    if not [d for d in diagnose(judge(tree)) if d.severity == "error"]:
        assert faults(tree) == []
