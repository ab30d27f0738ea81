"""LSTM, GRU, SimpleRNN, RNN and ConvLSTM: held against real Keras, also when run."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import trace
from runs import assert_runs_as_said

from lstmshape.case import Case, judge
from lstmshape.facts import (
    Fact,
    FailsWhenRun,
    MaskUnused,
    NeverEqual,
    StateMismatch,
    WrongRank,
    WrongSize,
)

Entry = dict[str, Any]
GATED = ["LSTM", "GRU", "SimpleRNN"]
CELL: Entry = {"LSTMCell": {"units": 3}}
STACK: list[Entry] = [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 2}}]


def model(entry: Any, shape: Any = (5, 4), **more: Any) -> dict[str, Any]:
    return {"input": {"shape": list(shape), **more}, "layers": [entry]}


def found(case: Case, kind: type[Fact]) -> list[Any]:
    return [fact for fact in case.facts if isinstance(fact, kind)]


# -- arguments and shapes --------------------------------------------------------------------------

ARGUMENTS: list[dict[str, Any]] = [
    {"units": 0},
    {"units": True},
    {"units": 2.0},
    {"units": "3"},
    {"units": None},
    {},
    {"use_bias": False},
    {"use_bias": "no"},
    {"activation": None, "recurrent_activation": "hard_sigmoid"},
    {"activation": "Tanh"},
    {"unit_forget_bias": False},
    {"reset_after": False},
    {"bias_initializer": None},
    {"bias_initializer": None, "use_bias": False},
    {"bias_initializer": "identity"},
    {"recurrent_initializer": "identity"},
    {"dropout": 1.5, "recurrent_dropout": -2},
    {"dropout": "0.2"},
    {"recurrent_dropout": float("nan")},
    {"seed": 1.5},
    {"activity_regularizer": "foo"},
    {"implementation": 1},
    {"implementation": "x"},
    {"use_cudnn": "x"},
    {"use_cudnn": 1},
    {"zero_output_for_mask": True},
    {"time_major": False},
    {"inner_activation": "tanh"},
    {"trainable": False},
    {"trainable": "no"},
    {"dtype": "float16"},
    {"dtype": "float16", "recurrent_initializer": "glorot_uniform"},
    {"dtype": "mixed_float16"},
    {"return_sequences": "false"},
    {"return_sequences": True, "return_state": True},
    {"unroll": True, "go_backwards": True},
    {"stateful": True},
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("name", GATED)
def test_arguments(name: str, arguments: dict[str, Any]) -> None:
    given = arguments if "units" in arguments or not arguments else {"units": 3, **arguments}
    assert_agrees(model({name: given}))


SHAPES: list[tuple[list[Any], int | None]] = [
    ([], None), ([4], None), ([4], 2), (["T", 4], None), ([5, None], None), ([0, 4], None),
    ([5, 0], None), ([5, 6, 4], None), ([5, 6, 4], 2), (["T", "A", 4], 2), ([], 2),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "batch"), SHAPES, ids=str)
@pytest.mark.parametrize("name", ["LSTM", "RNN", "stack", "ConvLSTM1D"])
def test_shapes(name: str, shape: list[Any], batch: int | None) -> None:
    entries: Entry = {
        "LSTM": {"LSTM": {"units": 3, "return_sequences": True}},
        "RNN": {"RNN": {"cell": CELL, "return_state": True}},
        "stack": {"RNN": {"cell": STACK, "return_state": True, "return_sequences": True}},
        "ConvLSTM1D": {"ConvLSTM1D": {"filters": 2, "kernel_size": 3}},
    }
    assert_agrees(model(entries[name], shape, batch_size=batch))


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("kind", [*GATED, "RNN", "ConvLSTM1D"])
def test_stateful(kind: str, batch: int | None) -> None:
    own: Entry = {"RNN": {"cell": STACK}, "ConvLSTM1D": {"filters": 2, "kernel_size": 2}}
    arguments = {**own.get(kind, {"units": 3}), "stateful": True, "return_state": True}
    shape = [5, 6, 4] if kind == "ConvLSTM1D" else [5, 4]
    assert_agrees(model({kind: arguments}, shape, batch_size=batch))


CELLS: list[Any] = [
    CELL,
    STACK,
    [CELL],
    [],
    {"GRUCell": {"units": 3, "trainable": False}},
    {"SimpleRNNCell": {"units": 3, "implementation": 1}},
    {"StackedRNNCells": {"cells": STACK}},
    {"StackedRNNCells": {"cells": []}},
    {"StackedRNNCells": {"cells": CELL}},
    [{"StackedRNNCells": {"cells": STACK}}, CELL],
    [{"StackedRNNCells": {"cells": [{"GRUCell": {"units": 2}}, {"GRUCell": {"units": 3}}]}}, CELL],
    {"LSTM": {"units": 3}},
    {"GRU": {"units": 3, "return_state": True}},
    {"RNN": {"cell": {"GRUCell": {"units": 3}}, "return_state": True}},
    [{"GRUCell": {"units": 3}}, {"LSTM": {"units": 3}}],
    {"ConvLSTM1D": {"filters": 2, "kernel_size": 1}},
    {"Dense": {"units": 3}},
    [CELL, {"Dense": {"units": 3}}],
    {"Bidirectional": {"layer": {"LSTM": {"units": 3}}}},
    "LSTMCell",
    "lstm",
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
@pytest.mark.parametrize("shape", [[5, 4], [5, 6, 4]], ids=str)
def test_cells(cell: Any, shape: list[Any]) -> None:
    assert_agrees(model({"RNN": {"cell": cell}}, shape))
    assert_agrees(model({"RNN": {"cell": cell, "return_state": True}}, shape, batch_size=2))


CONVOLUTIONS: list[tuple[int, dict[str, Any], list[Any]]] = [
    (1, {"return_sequences": True}, ["T", 8, 4]),
    (1, {"return_state": True, "padding": "SAME", "strides": 2}, [5, 8, 4]),
    (1, {"dilation_rate": 3}, [5, 8, 4]),
    (1, {"dilation_rate": 3}, [5, 6, 4]),
    (1, {"dilation_rate": 2, "strides": 2}, [5, 8, 4]),
    (1, {"data_format": "channels_first"}, [5, 4, 8]),
    (1, {"data_format": "channels_first"}, [5, None, 8]),
    (1, {}, [5, None, 4]),
    (1, {}, [5, 8, None]),
    (1, {"filters": 0}, [5, 8, 4]),
    (1, {"filters": -1}, [5, 8, 4]),
    (1, {"filters": None}, [5, 8, 4]),
    (1, {"kernel_size": [3, 3]}, [5, 8, 4]),
    (1, {"kernel_size": 0}, [5, 8, 4]),
    (1, {"strides": 0}, [5, 8, 4]),
    (1, {"padding": "causal"}, [5, 8, 4]),
    (1, {"use_bias": False, "trainable": False}, [5, 8, 4]),
    (1, {"unit_forget_bias": True, "bias_initializer": None}, [5, 8, 4]),
    (1, {"use_cudnn": "auto"}, [5, 8, 4]),
    (2, {"kernel_size": [3, 2], "padding": "same"}, [5, 8, 7, 4]),
    (2, {"data_format": "channels_first", "strides": [1, 2]}, [5, 4, 8, 7]),
    (2, {}, [5, 8, 4]),
    (3, {"return_sequences": True}, [None, 8, 7, 6, 4]),
]


@pytest.mark.parametrize(("spatial", "arguments", "shape"), CONVOLUTIONS, ids=str)
def test_convolutional(spatial: int, arguments: dict[str, Any], shape: list[Any]) -> None:
    values = {"filters": 2, "kernel_size": 3, **arguments}
    assert_agrees(model({f"ConvLSTM{spatial}D": values}, shape))


# -- masks -----------------------------------------------------------------------------------------

MASKED: list[Entry] = [
    {"LSTM": {"units": 3}},
    {"GRU": {"units": 3, "return_sequences": True}},
    {"SimpleRNN": {"units": 3, "return_sequences": True, "return_state": True}},
    {"RNN": {"cell": STACK, "return_sequences": True, "return_state": True}},
    {"RNN": {"cell": CELL, "return_state": True}},
]


@pytest.mark.parametrize("entry", MASKED, ids=str)
def test_masks(entry: Entry) -> None:
    assert_agrees({"input": [5, 4], "layers": [{"Masking": {}}, entry]})
    inputs = {"x": [5, 4], "m": {"shape": [5], "dtype": "bool"}}
    call = {"inputs": "x", "call": {"mask": "m"}}
    assert_agrees({"inputs": inputs, "layers": [{**entry, **call}]})


def test_a_mask_of_other_steps_fails_when_run() -> None:
    inputs = {"x": [5, 4], "m": {"shape": [6], "dtype": "bool"}}
    entry = {"LSTM": {"units": 3}, "inputs": "x", "call": {"mask": "m"}}
    tree = {"inputs": inputs, "layers": [entry]}
    assert found(assert_agrees(tree), NeverEqual)
    assert trace(tree).failure


def test_a_mask_beside_initial_state_is_not_used() -> None:
    layers: list[Entry] = [
        {"Masking": {"name": "masked"}, "inputs": "x"},
        {"LSTM": {"units": 3}, "inputs": "masked", "call": {"initial_state": ["h", "c"]}},
    ]
    tree = {"inputs": {"x": [5, 4], "h": [3], "c": [3]}, "layers": layers}
    (fact,) = assert_agrees(tree).facts
    assert isinstance(fact, MaskUnused)
    del layers[1]["call"]
    assert not judge(tree).facts


def test_keras_itself_does_not_use_a_mask_beside_initial_state() -> None:
    """What `MaskUnused` says, measured: masked steps change the result."""
    import keras
    import numpy

    x = numpy.ones((1, 3, 2), "float32")
    x[:, 1:] = 0
    sequence, state = keras.Input((3, 2)), keras.Input((2,))
    masked = keras.layers.Masking()(sequence)
    layer = keras.layers.GRU(2)
    outputs = [layer(masked), layer(masked, initial_state=state)]
    alone, beside = keras.Model([sequence, state], outputs)([x, numpy.zeros((1, 2), "float32")])
    assert numpy.abs(numpy.asarray(alone) - numpy.asarray(beside)).max() > 1e-3


def test_a_mask_on_a_convolutional_layer_fails_when_run() -> None:
    embedding: Entry = {"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}
    conv: Entry = {"ConvLSTM1D": {"filters": 2, "kernel_size": 2}}
    tree = {"input": {"shape": [5, 6], "dtype": "int32"}, "layers": [embedding, conv]}
    assert found(assert_agrees(tree), FailsWhenRun)
    assert trace(tree).failure


# -- what only a run shows -------------------------------------------------------------------------

RUN: list[Entry] = [
    *({name: {"units": 3, "return_sequences": True}} for name in GATED),
    {"LSTM": {"units": 3, "unroll": True, "go_backwards": True}},
    {"RNN": {"cell": STACK}},
    {"RNN": {"cell": [{"StackedRNNCells": {"cells": STACK}}, CELL]}},
    {"RNN": {"cell": [CELL]}},
    {"RNN": {"cell": [{"StackedRNNCells": {"cells": [{"GRUCell": {"units": 3}}]}}, CELL]}},
    {"LSTM": {"units": 3, "use_cudnn": True, "activation": "relu"}},
    {"GRU": {"units": 3, "use_cudnn": True, "reset_after": False}},
    {"GRU": {"units": 3, "use_cudnn": True}},
]


@pytest.mark.parametrize("entry", RUN, ids=str)
def test_runs_as_said(entry: Entry) -> None:
    assert_runs_as_said(model(entry, ["T", 4]), "T", range(4))


def test_a_loop_over_images_runs_as_said() -> None:
    conv: Entry = {"ConvLSTM1D": {"filters": 2, "kernel_size": 2, "return_sequences": True}}
    assert_runs_as_said(model(conv, ["T", 6, 4]), "T", range(3))


WRONG_RANK: list[tuple[Any, list[int]]] = [
    (CELL, [4]),
    (CELL, [5, 6, 4]),
    (STACK, [5, 6, 4]),
    ({"GRU": {"units": 3, "return_state": True}}, [5, 4]),
]


@pytest.mark.parametrize(("cell", "shape"), WRONG_RANK, ids=str)
def test_a_rank_that_keras_does_not_look_at(cell: Any, shape: list[int]) -> None:
    tree = model({"RNN": {"cell": cell}}, shape, batch_size=2)
    (fact,) = found(assert_agrees(tree), WrongRank)
    assert fact.keras == "builds"
    assert trace(tree).failure


CELL_LAYERS: list[tuple[Entry, bool]] = [
    ({"GRU": {"units": 3, "return_state": True}}, True),
    ({"RNN": {"cell": {"SimpleRNNCell": {"units": 3}}, "return_state": True}}, True),
    ({"GRU": {"units": 3}}, False),
    ({"LSTM": {"units": 3, "return_state": True}}, False),
]


@pytest.mark.parametrize(("cell", "runs"), CELL_LAYERS, ids=str)
def test_a_layer_as_a_cell(cell: Entry, runs: bool) -> None:
    tree = model({"RNN": {"cell": cell}}, [5, 6, 4])
    assert bool(found(assert_agrees(tree), FailsWhenRun)) != runs
    assert (trace(tree).failure is None) == runs


@pytest.mark.parametrize("entry", [
    {"LSTM": {"units": 3, "dropout": 0.2}}, {"LSTM": {"units": 3, "recurrent_dropout": 0.2}},
    {"RNN": {"cell": [{"GRUCell": {"units": 3, "dropout": 0.2}}, CELL]}},
    {"RNN": {"cell": [CELL, {"GRUCell": {"units": 3, "dropout": 0.2}}]}},
    {"Bidirectional": {"layer": {"GRU": {"units": 3, "dropout": 0.2}}}},
], ids=str)  # fmt: skip
def test_dropout_of_integers(entry: Entry) -> None:
    tree = model(entry, dtype="int32")
    assert bool(found(assert_agrees(tree), FailsWhenRun)) == bool(trace(tree).failure)


SHARED: list[tuple[Entry, list[Any], list[Any]]] = [
    ({"LSTM": {"units": 3}}, [5, 4], [5, 6]),
    ({"LSTM": {"units": 3}}, [5, 4], [7, 4]),
    ({"RNN": {"cell": CELL}}, [5, 4], [5, 6]),
    ({"ConvLSTM1D": {"filters": 2, "kernel_size": 2}}, [5, 7, 4], [5, 8, 4]),
    ({"ConvLSTM1D": {"filters": 2, "kernel_size": 2}}, [5, 7, 4], [6, 7, 4]),
    ({"Bidirectional": {"layer": {"GRU": {"units": 3}}}}, [5, 4], [5, 6]),
    ({"TimeDistributed": {"layer": {"Dense": {"units": 3}}}}, [5, 4], [5, 6]),
    ({"TimeDistributed": {"layer": {"Dense": {"units": 3}}}}, [5, 4], [7, 4]),
    ({"TimeDistributed": {"layer": {"LSTM": {"units": 3}}}}, [5, 6, 4], [5, 6, 3]),
]


@pytest.mark.parametrize(("entry", "first", "second"), SHARED, ids=str)
def test_a_shared_layer(entry: Entry, first: list[Any], second: list[Any]) -> None:
    name = next(iter(entry))
    tree = {
        "inputs": {"a": first, "b": second},
        "layers": [
            {name: {**entry[name], "name": "shared"}, "inputs": "a"},
            {"reuse": "shared", "inputs": "b", "name": "again"},
        ],
        "outputs": ["shared", "again"],
    }
    assert bool(found(assert_agrees(tree), WrongSize)) == bool(trace(tree).failure)


# -- states ----------------------------------------------------------------------------------------

#: entry, what stands in `initial_state` (shapes of inputs), whether it is what the layer has
STATES: list[tuple[Entry, Any, bool]] = [
    ({"LSTM": {"units": 3}}, [[3], [3]], True),
    ({"LSTM": {"units": 3}}, [[3], [4]], False),
    ({"LSTM": {"units": 3}}, [[3]], False),
    ({"LSTM": {"units": 3}}, (3,), False),
    ({"LSTM": {"units": 3}}, [[3], [3], [3]], False),
    ({"LSTM": {"units": 3}}, [[1, 3], [1, 3]], False),
    ({"GRU": {"units": 3}}, (3,), True),
    ({"GRU": {"units": 3}}, [[3]], True),
    ({"GRU": {"units": 3}}, [[4]], False),
    ({"SimpleRNN": {"units": 3}}, [[3], [3]], False),
    ({"RNN": {"cell": STACK}}, [[[3], [3]], [[2]]], True),
    ({"RNN": {"cell": STACK}}, [[[3], [3]], (2,)], True),
    ({"RNN": {"cell": STACK}}, [[3], [3], [2]], False),
    ({"RNN": {"cell": STACK}}, [[[3], [3]], (3,)], False),
    ({"RNN": {"cell": [{"SimpleRNNCell": {"units": 3}}]}}, [[3]], True),
    ({"ConvLSTM1D": {"filters": 2, "kernel_size": 3}}, [[6, 2], [6, 2]], True),
    ({"ConvLSTM1D": {"filters": 2, "kernel_size": 3}}, [[8, 2], [8, 2]], False),
    ({"Bidirectional": {"layer": {"LSTM": {"units": 3}}}}, [[3]] * 4, True),
    ({"Bidirectional": {"layer": {"LSTM": {"units": 3}}}}, [[3]] * 2, False),
    ({"Bidirectional": {"layer": {"GRU": {"units": 3}}}}, [[3]] * 2, True),
    ({"Bidirectional": {"layer": {"GRU": {"units": 3}}}}, [[3], [4]], False),
    ({"Bidirectional": {"layer": {"GRU": {"units": 3}}}}, (3,), False),
]  # fmt: skip


def stated(entry: Entry, states: Any) -> dict[str, Any]:
    """A model that calls the entry with these states: a tuple is a shape that stands bare."""
    shape = [5, 8, 4] if "ConvLSTM1D" in entry else [5, 4]
    inputs: dict[str, Any] = {"x": shape}

    def name(state: Any) -> Any:
        if isinstance(state, list) and (not state or isinstance(state[0], (list, tuple))):
            return [name(inside) for inside in state]
        inputs[f"s{len(inputs)}"] = list(state)
        return f"s{len(inputs) - 1}"

    call = {"initial_state": name(states)}
    return {"inputs": inputs, "layers": [{**entry, "inputs": "x", "call": call}]}


@pytest.mark.parametrize(("entry", "states", "fits"), STATES, ids=str)
def test_initial_state(entry: Entry, states: Any, fits: bool) -> None:
    tree = stated(entry, [list(states)] if isinstance(states, tuple) else states)
    if isinstance(states, tuple):
        tree["layers"][0]["call"] = {"initial_state": "s1"}
    case = assert_agrees(tree)
    assert (trace(tree).failure is None) == fits
    assert bool(found(case, StateMismatch)) != fits


def test_more_states_than_a_gru_has_are_left_out_in_silence() -> None:
    tree = stated({"GRU": {"units": 3}}, [[3], [7]])
    (fact,) = found(assert_agrees(tree), StateMismatch)
    assert len(fact.wants) == 1
    assert len(fact.given) == 2
    assert trace(tree).failure is None


def test_an_open_state_is_a_requirement() -> None:
    case = assert_agrees(stated({"GRU": {"units": 3}}, [["S"]]))
    assert case.flow.requirements.texts() == ["S = 3"]
