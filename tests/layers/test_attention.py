"""Attention of one head and of several: held against real Keras, also when run."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import trace
from runs import assert_runs_as_said

from lstmshape.case import judge
from lstmshape.dims import name
from lstmshape.facts import FailsWhenRun, MergeMismatch, Misreported, NeverEqual, WrongRank

#: class, arguments, shapes of query, value and key, call arguments
Row = tuple[str, dict[str, Any], list[Any], dict[str, Any]]

SCORES: dict[str, Any] = {"return_attention_scores": True}
MHA = {"num_heads": 2, "key_dim": 3}
GQA = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}


def tree_of(
    cls: str,
    arguments: dict[str, Any],
    shapes: list[Any],
    call: dict[str, Any] | None = None,
    masked: str = "",
) -> dict[str, Any]:
    """Attention on inputs `q`, `v`, `k`; those in `masked` come through a Masking layer."""
    names = "qvk"[: len(shapes)]
    layers: list[Any] = [{"Masking": {"name": f"m{n}"}, "inputs": n} for n in masked]
    reads = [f"m{n}" if n in masked else n for n in names]
    layers.append({cls: {**arguments, "name": "it"}, "inputs": reads, "call": call or {}})
    return {"inputs": dict(zip(names, shapes, strict=True)), "layers": layers}


ROWS: list[Row] = [
    ("Attention", {}, [[5, 4], [6, 4]], {}),
    ("Attention", {}, [["T", 4], ["S", 4]], SCORES),
    ("Attention", {}, [["T", 4], ["S", 7], ["S", 4]], {}),
    ("Attention", {}, [[5, 4], [6, 3]], {}),
    ("Attention", {}, [[4], [4]], {}),
    ("Attention", {}, [[4], [6, 4]], SCORES),
    ("Attention", {}, [[2, 5, 4], [2, 6, 4]], SCORES),
    ("Attention", {}, [[5, 4]], {}),
    ("Attention", {"use_scale": True}, [[5, None], [6, None]], {"use_causal_mask": True}),
    ("Attention", {"use_scale": True, "score_mode": "concat"}, [[5, 4], [6, 4]], {}),
    ("Attention", {"score_mode": "sum"}, [[5, 4], [6, 4]], {}),
    ("Attention", {"dropout": 1.5}, [[5, 4], [6, 4]], {}),
    ("Attention", {"dropout": None}, [[5, 4], [6, 4]], {}),
    ("Attention", {"seed": "x"}, [[5, 4], [6, 4]], {}),
    ("Attention", {"seed": "x", "dropout": 0.1}, [[5, 4], [6, 4]], {}),
    ("AdditiveAttention", {}, [["T", 4], ["S", 4]], {}),
    ("AdditiveAttention", {"use_scale": False}, [[5, None], [6, 4]], {}),
    ("AdditiveAttention", {}, [[5, None], [6, 4]], {}),
    ("AdditiveAttention", {"score_mode": "concat", "seed": 1}, [[5, 4], [6, 4]], SCORES),
    ("MultiHeadAttention", MHA, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", MHA, [["T", 4], ["S", 7], ["S", 8]], SCORES),
    ("MultiHeadAttention", MHA, [[5, 4], [6, 7], [5, 8]], {}),
    ("MultiHeadAttention", MHA, [[5, 4], [6, 7], ["S", 8]], {}),
    ("MultiHeadAttention", MHA, [[5, 4]], {}),
    ("MultiHeadAttention", MHA, [[4], [4]], {}),
    ("MultiHeadAttention", MHA, [[5, 6, 4], [3, 2, 4]], {}),
    ("MultiHeadAttention", MHA, [["T", None], ["T", 4]], {}),
    ("MultiHeadAttention", {**MHA, "value_dim": 5, "use_bias": False}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "value_dim": 5, "use_gate": True}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "output_shape": 9}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "output_shape": [9, 2]}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "output_shape": []}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "output_shape": -1}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "output_shape": 2.5}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "attention_axes": [1, 2]}, [[5, 6, 4], [5, 6, 4]], {}),
    ("MultiHeadAttention", {**MHA, "attention_axes": 4}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "attention_axes": -7}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "attention_axes": -8}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "attention_axes": "1"}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "dropout": 0.1, "seed": 3}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "dropout": 1.1}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "dropout": 1, "flash_attention": True}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "flash_attention": None}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "sliding_window": 0}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "kernel_initializer": None}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "trainable": False}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "num_heads": 0}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "num_heads": 2.0}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {**MHA, "key_dim": None}, [[5, 4], [6, 7]], {}),
    ("MultiHeadAttention", {"num_heads": 2}, [[5, 4], [6, 7]], {}),
    ("GroupQueryAttention", GQA, [[5, 8], [6, 8]], SCORES),
    ("GroupQueryAttention", GQA, [["T", 8], ["S", 8], ["S", 7]], SCORES),
    ("GroupQueryAttention", GQA, [[5, 8], [6, 7]], {}),
    ("GroupQueryAttention", GQA, [[5, 8], [6, 8], [7, 8]], {}),
    ("GroupQueryAttention", GQA, [[8], [8]], {}),
    ("GroupQueryAttention", GQA, [[5, 6, 8], [5, 6, 8]], {}),
    ("GroupQueryAttention", {**GQA, "use_gate": True, "use_bias": False}, [[5, 8], [6, 8]], {}),
    ("GroupQueryAttention", {**GQA, "num_key_value_heads": 3}, [[5, 8], [6, 8]], {}),
    ("GroupQueryAttention", {**GQA, "num_key_value_heads": 0}, [[5, 8], [6, 8]], {}),
    ("GroupQueryAttention", {**GQA, "num_query_heads": 0}, [[5, 8], [6, 8]], {}),
    ("GroupQueryAttention", {**GQA, "head_dim": 2.5}, [[5, 8], [6, 8]], {}),
]


@pytest.mark.parametrize(("cls", "arguments", "shapes", "call"), ROWS)
def test_as_keras(
    cls: str, arguments: dict[str, Any], shapes: list[Any], call: dict[str, Any]
) -> None:
    assert_agrees(tree_of(cls, arguments, shapes, call))


@pytest.mark.parametrize("masked", ["q", "v", "qv"])
@pytest.mark.parametrize("call", [{}, SCORES])
@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        ("Attention", {}),
        ("AdditiveAttention", {}),
        ("MultiHeadAttention", MHA),
        ("GroupQueryAttention", GQA),
    ],
)
def test_only_the_mask_of_the_query_goes_on(
    cls: str, arguments: dict[str, Any], call: dict[str, Any], masked: str
) -> None:
    case = assert_agrees(tree_of(cls, arguments, [["T", 8], ["S", 8]], call, masked))
    first = case.flow.calls[-1].outputs[0]
    assert first.mask == ((name("batch"), name("T")) if "q" in masked else None)


@pytest.mark.parametrize("mask", ["m", ["m"], ["m", "m"], ["m", "m", "m"], ["m", "m", "m", "m"]])
def test_masks_given_in_the_call(mask: Any) -> None:
    tree = tree_of("Attention", {}, [[5, 4], [5, 4]], {"mask": mask})
    tree["inputs"]["m"] = {"shape": [5], "dtype": "bool"}
    assert_agrees(tree)


def test_tensors_by_name_and_by_place() -> None:
    tree = tree_of("MultiHeadAttention", MHA, [["T", 4], ["S", 7], ["S", 8]])
    assert_agrees(tree)
    tree["layers"][-1]["inputs"] = {"query": "q", "value": "v", "key": "k"}
    assert_agrees(tree)
    tree["layers"][-1] |= {"inputs": "q", "call": {"value": "v", "key": "k"}}
    assert_agrees(tree)
    tree["layers"][-1] |= {"inputs": ["q", "v", "k", "v"], "call": {}}
    assert_agrees(tree)
    tree["layers"][-1] |= {"inputs": {"query": "q"}}
    assert not assert_agrees(tree).flow.ok


def test_automatic_names() -> None:
    tree = {
        "inputs": {"q": [5, 8]},
        "layers": [
            {"GroupQueryAttention": GQA, "inputs": ["q", "q"]},
            {"MultiHeadAttention": MHA, "inputs": ["q", "q"]},
            {"Dropout": {"rate": 0.1}},
            {"AdditiveAttention": {}, "inputs": ["q", "dropout"]},
        ],
    }
    names = [call.node.name for call in assert_agrees(tree).flow.calls]
    assert names[1:] == [
        "grouped_query_attention", "multi_head_attention", "dropout", "additive_attention",
    ]  # fmt: skip


def test_a_shared_one_takes_other_features() -> None:
    tree = {
        "inputs": {"a": [5, 4], "b": [5, 7]},
        "layers": [
            {"MultiHeadAttention": {**MHA, "name": "it"}, "inputs": ["a", "a"]},
            {"reuse": "it", "name": "again", "inputs": ["b", "b"]},
        ],
        "outputs": ["it", "again"],
    }
    assert assert_agrees(tree).flow.ok


# -- when it runs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        ("Attention", {}),
        ("AdditiveAttention", {}),
        ("MultiHeadAttention", MHA),
        ("GroupQueryAttention", GQA),
    ],
)
def test_open_sizes_are_those_of_a_run(cls: str, arguments: dict[str, Any]) -> None:
    shapes = [["T", 8], [6, 8]]
    assert_runs_as_said(tree_of(cls, arguments, shapes), "T", (1, 6, 9))
    if cls != "MultiHeadAttention":
        assert_runs_as_said(tree_of(cls, arguments, shapes, SCORES), "T", (1, 6, 9))


@pytest.mark.parametrize(
    ("cls", "arguments", "shapes", "kind"),
    [
        ("Attention", {}, [[5, 10], [6, 12]], NeverEqual),
        ("Attention", {}, [[5, 4], [6, 4], [7, 4]], NeverEqual),
        ("AdditiveAttention", {}, [[5, 4], [6, 3]], NeverEqual),
        ("MultiHeadAttention", {**MHA, "value_dim": 5}, [[5, 4], [6, 7]], FailsWhenRun),
        ("MultiHeadAttention", MHA, [[4], [4]], WrongRank),
        ("GroupQueryAttention", GQA, [[5, 6, 8], [5, 6, 8]], WrongRank),
        ("GroupQueryAttention", {**GQA, "num_query_heads": 0}, [[5, 8], [6, 8]], FailsWhenRun),
    ],
)
def test_what_builds_and_fails(
    cls: str, arguments: dict[str, Any], shapes: list[Any], kind: type
) -> None:
    tree = tree_of(cls, arguments, shapes)
    found = [fact for fact in judge(tree).facts if isinstance(fact, kind)]
    assert [fact.keras for fact in found] == ["builds"]
    assert trace(tree).failure is not None


@pytest.mark.parametrize(
    ("cls", "arguments", "shapes", "call"),
    [
        ("Attention", {"score_mode": "concat"}, [[5, 1], [6, 4], [6, 3]], {}),
        ("AdditiveAttention", {}, [[5, 4], [6, 1]], {}),
        ("MultiHeadAttention", {**MHA, "value_dim": 5, "dropout": 0.5}, [[5, 4], [6, 7]], {}),
        ("MultiHeadAttention", {**MHA, "value_dim": 5}, [[5, 4], [5, 7]], SCORES),
    ],
)
def test_what_runs_is_not_doubted(
    cls: str, arguments: dict[str, Any], shapes: list[Any], call: dict[str, Any]
) -> None:
    tree = tree_of(cls, arguments, shapes, call)
    assert judge(tree).facts == []
    assert trace(tree).failure is None


def test_scores_that_keras_reports_wrong() -> None:
    tree = tree_of("MultiHeadAttention", MHA, [["T", 4], [6, 7]], SCORES)
    (fact,) = judge(tree).facts
    assert isinstance(fact, Misreported)
    batch, steps = name("batch"), name("T")
    assert (fact.reported, fact.real) == ((batch, 2, steps, steps), (batch, 2, steps, 6))
    real = trace(tree, {"T": 5, "batch": 3}).outputs
    assert real is not None
    assert real[1] == (3, 2, 5, 6)


def test_value_and_key_of_other_lengths() -> None:
    for cls, arguments in [("MultiHeadAttention", MHA), ("GroupQueryAttention", GQA)]:
        (fact,) = judge(tree_of(cls, arguments, [[5, 8], [6, 8], [7, 8]])).facts
        assert isinstance(fact, MergeMismatch)
        assert (fact.axis, fact.keras) == (1, "refuses")


@pytest.mark.parametrize(
    ("cls", "arguments", "macs"),
    [
        ("Attention", {}, 5 * 6 * (8 + 8)),
        ("MultiHeadAttention", MHA, 5 * 8 * 6 + 2 * (6 * 8 * 6) + 2 * (5 * 6 * 6) + 5 * 6 * 8),
        ("GroupQueryAttention", GQA, 5 * 8 * 12 + 2 * (6 * 8 * 6) + 2 * (5 * 6 * 12) + 5 * 12 * 8),
    ],
)
def test_macs(cls: str, arguments: dict[str, Any], macs: int) -> None:
    call = judge(tree_of(cls, arguments, [[5, 8], [6, 8]])).flow.calls[-1]
    assert call.node.layer is not None
    shapes: Any = [tensor.shape for tensor in call.tensors]
    if isinstance(call.x, dict):
        shapes = dict(zip(call.x, shapes, strict=True))
    assert call.node.layer.macs(shapes, call.outputs[0].shape) == macs
