"""Repair: what is proposed first, compounds, independent errors, and the bounds of the search."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from repairing import EXAMPLES, applied, checked, errors, mended, tree_of
from test_accepted_fixes import faults

from lstmshape.case import Options, judge
from lstmshape.changes import changed
from lstmshape.frontends import read
from lstmshape.pipeline import check_document
from lstmshape.render.json_report import change_data
from lstmshape.repair import MOST_FIXES
from lstmshape.repair.search import DEPTH, Search
from lstmshape.repair.state import Bench, Target
from lstmshape.rules import diagnose

CASES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "repair_cases.yaml").read_text(encoding="utf-8")
)


def said(text: str) -> list[dict[str, Any]]:
    """The changes of the first fix of the first error, as the report has them."""
    report = checked(text)
    first = errors(report)[0]
    changes = [change_data(change, report.case) for change in first.fixes[0].changes]
    plain: list[dict[str, Any]] = json.loads(json.dumps(changes))
    return plain


@pytest.mark.parametrize("name", CASES)
def test_a_teacher_would_say_this_first(name: str) -> None:
    assert said(CASES[name]["spec"]) == CASES[name]["first"]


@pytest.mark.parametrize("name", CASES)
def test_first_fix_ends_the_error(name: str) -> None:
    text = CASES[name]["spec"]
    first = errors(checked(text))[0]
    after = checked(applied(text, first.fixes[0]), fixes=False)
    assert (first.code, first.message) not in {(d.code, d.message) for d in after.diagnostics}


@pytest.mark.parametrize("name", CASES)
def test_keras_has_nothing_against_what_is_proposed(name: str) -> None:
    text = CASES[name]["spec"]
    for fix in errors(checked(text))[0].fixes[:3]:
        tree = tree_of(text)
        for change in fix.changes:
            tree = changed(tree, change)
        if not any(d.severity == "error" for d in diagnose(judge(tree))):
            assert faults(tree) == []


# -- several errors --------------------------------------------------------------------------

INDEPENDENT = """
inputs: {a: [20, 8], b: [4]}
layers:
  - LSTM: {units: 8, return_sequences: true, name: la}
    inputs: a
  - Dense: {units: 3, activation: softmx, name: cls}
  - Dense: {units: 2, name: reg}
    inputs: b
outputs: [cls, reg]
compile: {loss: {cls: categorical_crossentropy, reg: mse}}
data: {x: {a: [100, 20, 8], b: [100, 5]}, y: {cls: [100, 3], reg: [100, 1]}}
"""


def test_independent_errors_are_each_repaired() -> None:
    found = errors(checked(INDEPENDENT))
    assert [d.code for d in found] == ["LS104", "LS402"]
    assert all(d.fixes for d in found)
    text, _ = mended(INDEPENDENT)
    assert errors(checked(text)) == []


def test_fixes_of_one_error_leave_the_other_alone() -> None:
    text = (
        "inputs: {a: [20, 8], b: [4]}\nlayers:\n"
        "  - LSTM: {units: 8}\n    inputs: a\n  - Dense: {units: 3, name: out}\n"
        "  - Dense: {units: 2, name: reg}\n    inputs: b\noutputs: [out, reg]\n"
        "compile: {loss: mse}\ndata: {y: [[100, 5], [100, 1]]}\n"
    )
    first, second = errors(checked(text))
    assert [f.changes[0].value for f in (first.fixes[0], second.fixes[0])] == [5, 1]
    for one, other in ((first, second), (second, first)):
        left = errors(checked(applied(text, one.fixes[0])))
        assert [d.message for d in left] == [other.message]


COMPOUNDS = {
    "the shape and the steps": (
        "input: [10, 5]\nlayers:\n  - LSTM: {units: 3}\n  - LSTM: {units: [10, 5]}\n",
        ["units", "return_sequences"],
    ),
    "the batch, the steps and the classes": (
        (
            "input: [100, 15, 6]\nlayers:\n  - LSTM: {units: 32}\n  - LSTM: {units: 16}\n"
            "  - Dense: {units: 2, activation: softmax}\n"
            "compile: {loss: categorical_crossentropy}\ndata: {x: [100, 15, 6], y: [100, 3]}\n"
        ),
        [None, "return_sequences", "units"],
    ),
    "both branches": (
        (
            "inputs: {a: [20, 4], b: [20, 4], c: [8]}\nlayers:\n"
            "  - LSTM: {units: 16, return_sequences: true, name: la}\n    inputs: a\n"
            "  - LSTM: {units: 16, return_sequences: true, name: lb}\n    inputs: b\n"
            "  - Dense: {units: 16, name: dc}\n    inputs: c\n"
            "  - {Concatenate: {}, inputs: [la, lb, dc]}\n  - Dense: {units: 1}\n"
            "compile: {loss: mse}\ndata: {y: [500, 1]}\n"
        ),
        ["return_sequences", "return_sequences"],
    ),
    "the activation that the loss of more classes wants": (
        (
            "input: [9, 4]\nlayers:\n  - LSTM: {units: 8}\n"
            "  - Dense: {units: 1, activation: sigmoid}\n"
            "compile: {loss: categorical_crossentropy}\ndata: {y: [50, 4]}\n"
        ),
        ["units", "activation"],
    ),
}


@pytest.mark.parametrize("name", COMPOUNDS)
def test_compounds_are_found(name: str) -> None:
    text, arguments = COMPOUNDS[name]
    fix = errors(checked(text))[0].fixes[0]
    assert [change.argument for change in fix.changes] == arguments
    assert errors(checked(applied(text, fix), fixes=False)) == []


def test_a_stack_of_any_height_is_one_fix() -> None:
    text = "input: [7, 3]\nlayers:\n" + "  - LSTM: {units: 4}\n" * 12
    fix = errors(checked(text))[0].fixes[0]
    assert len(fix.changes) == 11
    assert checked(applied(text, fix), fixes=False).diagnostics == []


def test_the_second_fix_ends_what_the_first_one_touches() -> None:
    """Where one error's fix changes what another says, both are mended together, too."""
    text = (
        "input: [100, 30]\nlayers:\n  - Conv1D: {filters: 2, kernel_size: 2}\n"
        "compile: {loss: mse}\ndata: {x: [100, 30], y: [100]}\n"
    )
    first, second = errors(checked(text))[0].fixes[:2]
    assert len(errors(checked(applied(text, first), fixes=False))) == 1
    assert errors(checked(applied(text, second), fixes=False)) == []
    assert first.changes == second.changes[: len(first.changes)]


# -- what was hidden ---------------------------------------------------------------------------

FOUR_IN_A_ROW = (
    "input: [9, 4]\nlayers:\n  - LSTM: {units: 8, activation: nosuch}\n"
    "  - MyLayer: {}\n  - Dense: {units: 0}\n  - Dense: {units: 1, use_bais: true}\n"
)


def test_a_fix_that_uncovers_more_is_listed_when_nothing_else_is() -> None:
    """`MyLayer` cannot be mended, so that no fix of `nosuch` makes the whole model pass."""
    found = errors(checked(FOUR_IN_A_ROW))
    first = next(d for d in found if "activation" in d.place.path)
    assert first.fixes
    after = errors(checked(applied(FOUR_IN_A_ROW, first.fixes[0]), fixes=False))
    assert all(d.message != first.message for d in after)


def test_no_fix_causes_an_error_that_was_not_hidden() -> None:
    """To take the only layer away ends its error, and leaves a model of nothing."""
    text = EXAMPLES["LS207"]
    assert all(
        errors(checked(applied(text, fix), fixes=False)) == []
        for d in errors(checked(text))
        for fix in d.fixes
    )


# -- expectations, options, files -----------------------------------------------------------------


def test_an_expectation_may_be_the_mistake() -> None:
    text = "input: [480, 16]\nlayers:\n  - LSTM: {units: 1}\nexpect: {output: [480, 1]}\n"
    fixes = errors(checked(text))[0].fixes
    assert fixes[0].changes[0].argument == "return_sequences"
    assert fixes[-1].changes[0].op == "set_expect"
    assert checked(applied(text, fixes[-1]), fixes=False).diagnostics == []


def test_data_of_the_command_line_are_judged_and_not_written() -> None:
    text = "input: [20, 8]\nlayers:\n  - LSTM: {units: 4}\n"
    document = read("spec.yaml", text.encode())
    report = check_document(document, Options(x=[20, 8]))
    fixes = errors(report)[0].fixes
    data = [fix for fix in fixes if fix.kind == "data"]
    assert data[0].changes[0].code == "x = x[None]"
    assert [fix.edits for fix in data if len(fix.changes) == 1] == [()]
    spec = [fix for fix in fixes if fix.kind == "spec"]
    assert all(fix.edits for fix in spec)


def test_data_in_a_file_keep_its_name_in_the_spec(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    np.save(tmp_path / "x.npy", np.zeros((20, 8), "float32"))
    text = "input: [20, 8]\nlayers:\n  - LSTM: {units: 4}\ndata: {x: x.npy}\n"
    report = check_document(read("spec.yaml", text.encode()), where=str(tmp_path))
    fix = errors(report)[0].fixes[0]
    assert (fix.kind, fix.edits, fix.changes[0].code) == ("data", (), "x = x[None]")


def test_names_that_others_use_lead_where_they_led() -> None:
    """A layer that goes shifts the automatic names behind it: then its name is written."""
    text = (
        "input: [60, 8]\nlayers:\n  - AveragePooling1D: {pool_size: 2}\n  - Dense: {units: 4}\n"
        "  - Dense: {units: 1}\n    inputs: dense\noutputs: dense_1\n"
        "compile: {loss: mse}\ndata: {y: [100, 1]}\n"
    )
    for fix in errors(checked(text))[0].fixes:
        after = checked(applied(text, fix), fixes=False)
        assert [d.code for d in after.diagnostics] == []


# -- bounds -------------------------------------------------------------------------------------


def long_model(layers: int) -> dict[str, Any]:
    kinds: list[Any] = [
        {"LSTM": {"units": 32, "return_sequences": True}}, {"Dropout": {"rate": 0.2}},
        {"Dense": {"units": 64}}, {"Conv1D": {"filters": 64, "kernel_size": 3, "padding": "same"}},
        "BatchNormalization",
    ]  # fmt: skip
    stack = [json.loads(json.dumps(kinds[n % 5])) for n in range(layers - 2)]
    stack += [{"LSTM": {"units": 8}}, {"Dense": {"units": 3, "activation": "softmax"}}]
    return {
        "input": [100, 16], "layers": stack, "compile": {"loss": "categorical_crossentropy"},
        "data": {"x": [100, 100, 16], "y": [100, 3]},
    }  # fmt: skip


def mistakes(layers: int) -> dict[str, dict[str, Any]]:
    """The same model with a mistake at its middle, its end, its input, its data."""
    found = {name: long_model(layers) for name in ("middle", "end", "classes", "input", "short")}
    found["middle"]["layers"][(layers // 2) // 5 * 5]["LSTM"]["return_sequences"] = False
    found["end"]["layers"][-2]["LSTM"]["return_sequences"] = True
    found["classes"]["data"]["y"] = [100, 5]
    found["input"]["input"] = [100, 100, 16]
    found["short"]["layers"][3]["Conv1D"] |= {"kernel_size": 200, "padding": "valid"}
    return found


#: milliseconds of one core that a repair may take; the tests allow for a busy machine
GOAL = {10: 50, 200: 500}
BUSY = 4


@pytest.mark.parametrize("layers", GOAL)
@pytest.mark.parametrize("name", ["middle", "end", "classes", "input", "short"])
def test_repair_is_quick(layers: int, name: str) -> None:
    text = yaml.safe_dump(mistakes(layers)[name], sort_keys=False)
    document = read("spec.yaml", text.encode())
    check_document(document)
    start = time.process_time()
    report = check_document(document)
    taken = (time.process_time() - start) * 1000
    assert errors(report)[0].fixes
    assert taken < BUSY * GOAL[layers]


@pytest.mark.parametrize("name", CASES)
def test_search_keeps_its_bounds(name: str) -> None:
    report = checked(CASES[name]["spec"], fixes=False)
    assert report.case is not None
    for diagnostic in errors(report):
        bench = Bench(report.case)
        goals = Search(bench, Target(bench.base, diagnostic), 20).run()
        # a joined fix is looked for beside, with a budget of its own
        assert bench.count <= 20 + 40
        assert all(len(goal.state.moves) <= DEPTH for goal in goals)
    assert all(len(d.fixes) <= MOST_FIXES for d in checked(CASES[name]["spec"]).diagnostics)


def test_a_file_full_of_errors_ends_soon() -> None:
    layers = "  - LSTM: {units: [3, 4]}\n  - Dense: {units: -1, activation: soft}\n" * 30
    start = time.process_time()
    report = checked(f"input: [9, 4]\nlayers:\n{layers}")
    assert len(errors(report)) >= 60
    assert time.process_time() - start < 5
