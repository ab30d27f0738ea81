"""Elementwise merges, Concatenate and Dot: held against real Keras, also when run."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from runs import assert_runs_as_said

from lstmshape.case import Case, judge
from lstmshape.facts import (
    Fact,
    FailsWhenRun,
    MergeMismatch,
    NeverEqual,
    SilentBroadcast,
    Unmet,
    WrongInputCount,
)
from lstmshape.rules import diagnose

Inputs = list[Any]
Row = tuple[str, dict[str, Any], Inputs]


def tree_of(
    cls: str, arguments: dict[str, Any], shapes: Inputs, masked: str = ""
) -> dict[str, Any]:
    """A merge of inputs `a`, `b`, …; those in `masked` come through a Masking layer."""
    names = "abcd"[: len(shapes)]
    layers: list[Any] = [{"Masking": {"name": f"m{n}"}, "inputs": n} for n in masked]
    reads = [f"m{n}" if n in masked else n for n in names]
    layers.append({cls: {**arguments, "name": "joined"}, "inputs": reads})
    return {"inputs": dict(zip(names, shapes, strict=True)), "layers": layers}


def of_batch(size: int, *shape: Any) -> dict[str, Any]:
    return {"shape": list(shape), "batch_size": size}


SHAPES: list[Inputs] = [
    [[5, 4], [5, 4]],
    [[5, 4], [5, 3]],
    [[5, 1], [5, 8]],
    [[1, 4], [5, 4]],
    [[5, 4], [4]],
    [[4], [5, 4]],
    [[5, 4], [5]],
    [[3, 5, 4], [5, 4], [4]],
    [[], [4]],
    [[], []],
    [["T", 4], [5, 4]],
    [[5, 4], ["T", 4]],
    [["T", 4], ["T", 4]],
    [["T", 4], ["S", 4]],
    [["T", 4], [1, 4]],
    [[1, 4], ["T", 4], [5, 4]],
    [[5, 4], ["T", 4], [6, 4]],
    [[None, 4], [None, 4]],
    [[0, 4], [0, 4]],
    [[5, 4]],
    [[5, 4], [5, 4], [5, 4]],
    [of_batch(2, 4), of_batch(3, 4)],
    [of_batch(1, 4), of_batch(2, 4)],
    [of_batch(2, 4), [4]],
    [[4], of_batch(2, 4)],
]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("cls", ["Add", "Subtract", "Multiply"])
def test_elementwise_as_keras(cls: str, shapes: Inputs) -> None:
    assert_agrees(tree_of(cls, {}, shapes))


@pytest.mark.parametrize("cls", ["Average", "Maximum", "Minimum"])
def test_the_others_do_the_same(cls: str) -> None:
    for shapes in SHAPES[:6]:
        assert_agrees(tree_of(cls, {}, shapes))


ROWS: list[Row] = [
    ("Concatenate", {}, [[5, 4], [5, 3]]),
    ("Concatenate", {"axis": 1}, [[5, 4], [3, 4]]),
    ("Concatenate", {"axis": 1}, [[5, 4], [5, 3]]),
    ("Concatenate", {"axis": -2}, [["T", 4], ["S", 4], [3, 4]]),
    ("Concatenate", {"axis": 1}, [["T", 4], ["T", 3]]),
    ("Concatenate", {}, [["T", 4], [5, 3]]),
    ("Concatenate", {}, [[5, 4], ["T", 3]]),
    ("Concatenate", {}, [["T", 4], [5, 3], [6, 3]]),
    ("Concatenate", {}, [[1, 4], [5, 4]]),
    ("Concatenate", {}, [[5, 4], [4]]),
    ("Concatenate", {"axis": 2}, [[5, None], [5, 3], [5]]),
    ("Concatenate", {"axis": 2}, [[5, 4], [5]]),
    ("Concatenate", {"axis": 3}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": 3}, [[5, 4]]),
    ("Concatenate", {"axis": -4}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": 0}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": 0}, [of_batch(2, 4), of_batch(3, 4)]),
    ("Concatenate", {}, [of_batch(2, 4), of_batch(3, 4)]),
    ("Concatenate", {}, [of_batch(2, 4), [4]]),
    ("Concatenate", {}, [[5, 4]]),
    ("Concatenate", {"axis": True}, [[5, 4], [3, 4]]),
    ("Concatenate", {"axis": None}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": "1"}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": [1]}, [[5, 4], [5, 4]]),
    ("Concatenate", {"axis": 1.0}, [[5, 4], [5, 4]]),
    ("Dot", {"axes": 1}, [[5], [5]]),
    ("Dot", {"axes": 1}, [[5], [4]]),
    ("Dot", {"axes": -1}, [[5, 4], [6, 4]]),
    ("Dot", {"axes": [2, 1]}, [[5, 4], [4, 6]]),
    ("Dot", {"axes": [-2, -1]}, [[5, 4], [6, 5]]),
    ("Dot", {"axes": [3, 1]}, [[2, 3, 4], [4, 6]]),
    ("Dot", {"axes": 1}, [[5, 4], [5]]),
    ("Dot", {"axes": 1}, [["T", 4], ["T", 3]]),
    ("Dot", {"axes": 1}, [["T", 4], ["S", 3]]),
    ("Dot", {"axes": 1}, [["T", 4], [5, 3]]),
    ("Dot", {"axes": 2}, [["T", 4], ["S", 4]]),
    ("Dot", {"axes": 3}, [[5, 4], [5, 4]]),
    ("Dot", {"axes": 0}, [[5, 4], [5, 4]]),
    ("Dot", {"axes": -3}, [[5, 4], [5, 4]]),
    ("Dot", {"axes": [0, 0]}, [of_batch(2), of_batch(2)]),
    ("Dot", {"axes": 1}, [of_batch(2, 4), of_batch(3, 4)]),
    ("Dot", {"axes": 1, "normalize": True}, [[5], [5]]),
    ("Dot", {"axes": True}, [[5], [5]]),
    ("Dot", {"axes": [True, 1]}, [[5], [5]]),
    ("Dot", {"axes": [1, 1, 1]}, [[5], [5]]),
    ("Dot", {"axes": [1.0, 1]}, [[5], [5]]),
    ("Dot", {"axes": None}, [[5], [5]]),
    ("Dot", {"axes": "1"}, [[5], [5]]),
    ("Dot", {}, [[5], [5]]),
    ("Dot", {"axes": 1}, [[5], [5], [5]]),
    ("Dot", {"axes": 1}, [[5]]),
]


@pytest.mark.parametrize(("cls", "arguments", "shapes"), ROWS)
def test_as_keras(cls: str, arguments: dict[str, Any], shapes: Inputs) -> None:
    assert_agrees(tree_of(cls, arguments, shapes))


@pytest.mark.parametrize("cls", ["Add", "Concatenate", "Subtract"])
def test_one_tensor_is_no_list(cls: str) -> None:
    case = assert_agrees({"input": [5, 4], "layers": [cls]})
    assert [type(fact) for fact in case.flow.facts] == [WrongInputCount]


@pytest.mark.parametrize("masked", ["", "a", "ab"])
@pytest.mark.parametrize(
    ("cls", "arguments", "shapes"),
    [
        ("Add", {}, [["T", 4], ["T", 4]]),
        ("Add", {}, [[5, 4], [1, 4]]),
        ("Multiply", {}, [["T", 4], [4]]),
        ("Maximum", {}, [of_batch(3, 5, 4), of_batch(3, 4)]),
        ("Concatenate", {}, [["T", 4], ["T", 3]]),
        ("Concatenate", {"axis": 1}, [["T", 4], [3, 4]]),
        ("Concatenate", {}, [[4], [3]]),
        ("Concatenate", {}, [["T", 6, 4], ["T", 6, 4]]),
        ("Dot", {"axes": 2}, [["T", 4], ["T", 4]]),
    ],
)
def test_masks_as_keras(cls: str, arguments: dict[str, Any], shapes: Inputs, masked: str) -> None:
    assert_agrees(tree_of(cls, arguments, shapes, masked))


def test_a_mask_of_fewer_axes_may_not_fit() -> None:
    """Keras spreads a mask of (batch, 6) over the last axes of (batch, 6, 3, 4), and fails."""
    tree = {
        "inputs": {"ids": [6], "x": [6, 4]},
        "layers": [
            {"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}, "inputs": "ids"},
            {"TimeDistributed": {"layer": {"RepeatVector": {"n": 3}}, "name": "wide"}},
            {"Concatenate": {}, "inputs": ["wide", "wide"]},
        ],
    }
    (fact,) = assert_agrees(tree).facts
    assert isinstance(fact, MergeMismatch)
    assert fact.operation == "join masks of"


@pytest.mark.parametrize(
    ("cls", "arguments", "first", "second"),
    [
        ("Concatenate", {}, [[5, 4], [5, 3]], [[5, 4], [6, 4]]),
        ("Concatenate", {"axis": 1}, [[5, 4], [6, 4]], [[5, 4], [3]]),
        ("Add", {}, [[5, 4], [5, 4]], [[5, 4], [6, 4]]),
        ("Add", {}, [of_batch(2, 4), of_batch(2, 4)], [of_batch(2, 4), of_batch(3, 4)]),
        ("Dot", {"axes": 1}, [[5], [5]], [[5], [6]]),
        ("Subtract", {}, [[5, 4], [5, 4]], [[5, 4]]),
    ],
)
def test_a_shared_one_is_hardly_checked_again(
    cls: str, arguments: dict[str, Any], first: Inputs, second: Inputs
) -> None:
    names = ["a", "b", "c", "d"]
    again = names[2 : 2 + len(second)]
    tree = {
        "inputs": dict(zip(names, [*first, *second], strict=False)),
        "layers": [
            {cls: {**arguments, "name": "joined"}, "inputs": ["a", "b"]},
            {"reuse": "joined", "name": "again", "inputs": again},
        ],
        "outputs": ["joined", "again"],
    }
    case = assert_agrees(tree)
    assert any(
        isinstance(fact, (MergeMismatch, NeverEqual, WrongInputCount)) for fact in case.facts
    )


@pytest.mark.parametrize(
    ("cls", "arguments", "shapes", "texts"),
    [
        ("Add", {}, [["T", 4], [5, 4]], ["T = 5"]),
        ("Add", {}, [["T", 4], ["S", 4]], ["T = S"]),
        ("Add", {}, [["T", 4], ["T", 4]], []),
        ("Add", {}, [["T", 4], [1, 4]], []),
        ("Concatenate", {}, [[5, 4], ["T", 4]], ["T = 5"]),
        ("Concatenate", {"axis": 1}, [["T", 4], ["S", 4]], []),
        ("Dot", {"axes": 1}, [["T", 4], ["S", 3]], ["T = S"]),
        ("Add", {}, [[4], of_batch(2, 4)], ["batch = 2"]),
    ],
)
def test_requirements(
    cls: str, arguments: dict[str, Any], shapes: Inputs, texts: list[str]
) -> None:
    assert judge(tree_of(cls, arguments, shapes)).flow.requirements.texts() == texts


@pytest.mark.parametrize("layer", [{"Concatenate": {}}, {"Dot": {"axes": 2}}, "Add"])
def test_what_a_convolution_took_off_is_missed(layer: Any) -> None:
    """`T` and `T - 2` are never equal, though Keras sees None twice."""
    tree = {
        "input": ["T", 4],
        "layers": [
            {"Conv1D": {"filters": 4, "kernel_size": 3, "name": "shorter"}},
            {**({layer: {}} if isinstance(layer, str) else layer), "inputs": ["input", "shorter"]},
        ],
    }
    case = assert_agrees(tree)
    never = [fact for fact in case.facts if isinstance(fact, NeverEqual)]
    assert len(never) == (0 if "Dot" in layer else 1)
    assert_runs_as_said(tree, "T", (4, 5, 9))


def test_open_sizes_are_those_of_a_run() -> None:
    for cls, arguments in [("Concatenate", {"axis": 1}), ("Multiply", {}), ("Dot", {"axes": 2})]:
        tree = {
            "input": ["T", 4],
            "layers": [
                {"Conv1D": {"filters": 4, "kernel_size": 2, "padding": "same"}},
                {cls: arguments, "inputs": ["input", "conv1d"]},
            ],
        }
        assert_runs_as_said(tree, "T", (2, 3, 7))


# -- what is said -------------------------------------------------------------------------------


def said(cls: str, arguments: dict[str, Any], shapes: Inputs) -> list[Fact]:
    case: Case = judge(tree_of(cls, arguments, shapes))
    return case.facts


def test_a_mismatch_names_the_axis() -> None:
    for cls, shapes, axis in [
        ("Add", [[5, 4], [5, 3]], 2),
        ("Add", [[3, 5, 4], [6, 4]], 2),
        ("Add", [of_batch(2, 4), of_batch(3, 4)], 0),
        ("Concatenate", [[5, 4], [6, 4]], 1),
        ("Concatenate", [[5, 4], [4]], None),
    ]:
        (fact,) = said(cls, {}, shapes)
        assert isinstance(fact, MergeMismatch)
        assert (fact.operation, fact.axis, fact.keras) == (cls.lower(), axis, "refuses")
        assert len(fact.shapes) == len(shapes)


@pytest.mark.parametrize(
    ("cls", "shapes", "axis"),
    [
        ("Add", [[5, 1], [5, 8]], 2),
        ("Average", [[8], [5, 8]], 1),
        ("Subtract", [["T", 8], [1, 8]], 1),
        ("Add", [[1, 8], [8]], None),
        ("Add", [[5, 8], [5, 8]], None),
        ("Multiply", [["T", 1], ["T", 8]], None),
        ("Multiply", [[8], [5, 8]], None),
    ],
)
def test_silent_broadcast(cls: str, shapes: Inputs, axis: int | None) -> None:
    found = [fact.axis for fact in said(cls, {}, shapes) if isinstance(fact, SilentBroadcast)]
    assert found == ([] if axis is None else [axis])


def test_axes_that_are_not_there() -> None:
    (fact,) = said("Concatenate", {"axis": 3}, [[5, 4], [5, 4]])
    assert isinstance(fact, Unmet)
    assert (fact.wants, fact.gets) == ("an axis from -3 to 2", "axis 3")
    (fact,) = said("Concatenate", {"axis": 3}, [[5, 4]])
    assert isinstance(fact, FailsWhenRun)
    (fact,) = said("Dot", {"axes": 0}, [[5, 4], [5, 4]])
    assert isinstance(fact, FailsWhenRun)
    (fact,) = said("Dot", {"axes": 1}, [of_batch(2, 4), of_batch(3, 4)])
    assert isinstance(fact, NeverEqual)


def test_macs_of_a_dot_product() -> None:
    case = judge(tree_of("Dot", {"axes": [2, 1]}, [[5, 4], [4, 6]]))
    call = case.flow.calls[-1]
    assert call.node.layer is not None
    shapes = [tensor.shape for tensor in call.tensors]
    assert call.node.layer.macs(shapes, call.outputs[0].shape) == 5 * 6 * 4


@pytest.mark.parametrize("shapes", [[[4], [6, 5]], [[6, 5], [4]], [[5], [3, 4, 6]]])
def test_a_mismatch_of_other_ranks_has_its_message(shapes: Inputs) -> None:
    """The axis that differs counts in the shape of most axes."""
    (found,) = diagnose(judge(tree_of("Add", {}, shapes)))
    assert found.message.startswith("`joined` cannot add ")
