"""EinsumDense: held against real Keras, built and run."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import trace
from runs import assert_runs_as_said

from lstmshape.dims import evaluate
from lstmshape.facts import Misreported

Row = tuple[dict[str, Any], list[Any]]


def einsum(equation: str, output_shape: Any, **more: Any) -> dict[str, Any]:
    return {"equation": equation, "output_shape": output_shape, **more}


ROWS: list[Row] = [
    (einsum("ab,bc->ac", 64), [8]),
    (einsum("ab,bc->ac", 64, bias_axes="c"), [8]),
    (einsum("ab,bc->ac", 64), [5, 8]),
    (einsum("ab, bc -> ac", 64), [8]),
    (einsum("ab,bc", 64), [8]),
    (einsum(3, 64), [8]),
    (einsum("abc,cd->abd", [None, 64], bias_axes="d"), [5, 8]),
    (einsum("abc,cd->abd", [5, 64]), ["T", 8]),
    (einsum("abc,cd->abd", [None, 64]), ["T", 8]),
    (einsum("abc,cd->abd", [6, 64]), [5, 8]),
    (einsum("abc,cd->abd", [None, 64]), [5, None]),
    (einsum("abc,cd->abd", 64), [5, 8]),
    (einsum("abc,cde->abde", [None, 2, 3], bias_axes="de"), [5, 8]),
    (einsum("abc,cde->abde", [None, 2, 3], bias_axes="e"), [5, 8]),
    (einsum("abc,cde->abde", [None, 2, 3], bias_axes="bz"), [5, 8]),
    (einsum("abc,cde->abde", [None, 2, 3], bias_axes="b"), [5, 8]),
    (einsum("abc,cd->abd", [None, 64], bias_axes=""), [5, 8]),
    (einsum("...x,xy->...y", 64, bias_axes="y"), [5, 8]),
    (einsum("...x,xy->...y", 64), [5, 6, 8]),
    (einsum("...x,xy->...y", 64), []),
    (einsum("ab...,bc->ac...", 64, bias_axes="c"), [8, 5]),
    (einsum("ab...,bc->ac...", 64), [8, "T"]),
    (einsum("ab,bz->ac", 64), [8]),
    (einsum("ab,bc->acz", [64, 2]), [8]),
    (einsum("ab,bc->ac", True), [8]),
    (einsum("ab,bc->ac", -1), [8]),
    (einsum("ab,bc->ac", [64.0]), [8]),
    (einsum("ab,bc->ac", None), [8]),
    (einsum("ab,bc->ac", 64, lora_rank=2), [8]),
    (einsum("ab,bc->ac", 64, lora_rank=2, kernel_constraint="max_norm"), [8]),
    (einsum("ab,bc->ac", 64, kernel_initializer="identity"), [8]),
    (einsum("ab,bcd->acd", [4, 4], kernel_initializer="identity"), [8]),
]


@pytest.mark.parametrize(("arguments", "shape"), ROWS, ids=str)
def test_agrees(arguments: dict[str, Any], shape: list[Any]) -> None:
    assert_agrees({"input": shape, "layers": [{"EinsumDense": arguments}]})


def test_a_shared_one_insists_on_its_rank() -> None:
    for other in ([5, 8], [6, 8], [5, 9], [8]):
        layers = [
            {"EinsumDense": {**einsum("abc,cd->abd", [None, 3]), "name": "e"}, "inputs": "a"},
            {"reuse": "e", "inputs": "b", "name": "again"},
        ]
        inputs = {"a": [5, 8], "b": other}
        assert_agrees({"inputs": inputs, "layers": layers, "outputs": ["e", "again"]})


RUN: list[Row] = [
    (einsum("abc,cd->abd", [None, 3]), ["T", 8]),
    (einsum("abc,cd->abd", [None, 3]), [5, 8]),
    (einsum("...x,xy->...y", 3), ["T", 8]),
    (einsum("ab,bc->ac", 3), [8, "T"]),
]


@pytest.mark.parametrize(("arguments", "shape"), RUN, ids=str)
def test_runs_as_said(arguments: dict[str, Any], shape: list[Any]) -> None:
    tree = {"input": shape, "layers": [{"EinsumDense": arguments}]}
    assert_runs_as_said(tree, "T", range(1, 4))


def test_the_order_that_keras_reports_is_not_the_real_one() -> None:
    tree = {"input": [5, 6, 8], "layers": [{"EinsumDense": einsum("...x,xy->...y", 3)}]}
    (fact,) = [fact for fact in assert_agrees(tree).facts if isinstance(fact, Misreported)]
    real = tuple(evaluate(dim, {"batch": 2}) for dim in fact.real)
    assert trace(tree, {"batch": 2}).outputs == (real,)
