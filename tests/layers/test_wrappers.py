"""Bidirectional, TimeDistributed and cells by themselves: held against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import import_keras, trace
from quick_keras import lazy_weights
from runs import assert_runs_as_said

from lstmshape.case import Case, judge
from lstmshape.facts import Fact, FailsWhenRun, Misreported, SilentBroadcast, WrongRank
from lstmshape.keras import build

Entry = dict[str, Any]
LSTM: Entry = {"LSTM": {"units": 3}}


def model(entry: Any, shape: Any = (5, 4), **more: Any) -> dict[str, Any]:
    return {"input": {"shape": list(shape), **more}, "layers": [entry]}


def found(case: Case, kind: type[Fact]) -> list[Any]:
    return [fact for fact in case.facts if isinstance(fact, kind)]


def bidirectional(layer: Any, **arguments: Any) -> Entry:
    return {"Bidirectional": {"layer": layer, **arguments}}


def spread(layer: Any, **arguments: Any) -> Entry:
    return {"TimeDistributed": {"layer": layer, **arguments}}


# -- Bidirectional ---------------------------------------------------------------------------------


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None, "max", 1, "Concat"])
@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_merge_modes(name: str, merge_mode: Any) -> None:
    cells = [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 2}}]
    for flags in ({}, {"return_sequences": True}, {"return_sequences": True, "return_state": True}):
        own = {"cell": cells} if name == "RNN" else {"units": 3}
        entry = bidirectional({name: {**own, **flags}}, merge_mode=merge_mode)
        assert_agrees({"input": ["T", 4], "layers": [{"Masking": {}}, entry]})


LAYERS: list[Any] = [
    {"SimpleRNN": {"units": 3, "name": "forward_x"}},
    {"LSTM": {"units": 3, "trainable": False}},
    {"LSTM": {"units": 3, "go_backwards": True}},
    {"LSTM": {"units": 3, "go_backwards": "no"}},
    {"LSTM": {"units": 3, "go_backwards": 1}},
    {"LSTM": {"units": 3, "stateful": True}},
    {"LSTM": {"units": 3, "stateful": True, "return_state": True}},
    {"LSTM": {"units": 3, "return_state": True, "dtype": "mixed_float16"}},
    {"RNN": {"cell": [{"GRUCell": {"units": 3}}], "return_sequences": True}},
    {"Dense": {"units": 3}},
    {"TimeDistributed": {"layer": {"Dense": {"units": 3}}}},
    {"Bidirectional": {"layer": LSTM}},
    {"LSTMCell": {"units": 3}},
    {"Sequential": {"layers": [LSTM]}},
    "lstm",
    None,
]


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers_in_both_directions(layer: Any, batch: int | None) -> None:
    assert_agrees(model(bidirectional(layer), batch_size=batch))


@pytest.mark.parametrize("arguments", [
    {"weights": None}, {"weights": [1]}, {"weights": 3}, {"weights": ""}, {"weights": {"a": 1}},
    {"trainable": False}, {"return_sequences": True}, {"name": "both"},
    {"dtype": "mixed_bfloat16"}, {"backward_layer": None},
], ids=str)  # fmt: skip
def test_arguments_of_bidirectional(arguments: dict[str, Any]) -> None:
    layers = [bidirectional(LSTM, **arguments), {"Dense": {"units": 1}}]
    assert_agrees({"input": [5, 4], "layers": layers})


@pytest.mark.parametrize("shape", [[4], [5, None], [5, 6, 4], ["T", 4]], ids=str)
def test_shapes_in_both_directions(shape: list[Any]) -> None:
    assert_agrees(model(bidirectional(LSTM), shape))
    conv = {"ConvLSTM1D": {"filters": 2, "kernel_size": 2, "data_format": "channels_first"}}
    assert_agrees(model(bidirectional(conv), shape))


BACKWARD: list[tuple[Entry, Entry, str | None, type[Fact] | None]] = [
    ({"LSTM": {"units": 3}}, {"LSTM": {"units": 3}}, "concat", None),
    ({"LSTM": {"units": 3}}, {"GRU": {"units": 3}}, "sum", None),
    ({"LSTM": {"units": 3}}, {"LSTM": {"units": 5}}, "concat", Misreported),
    ({"LSTM": {"units": 3}}, {"LSTM": {"units": 5}}, None, Misreported),
    ({"LSTM": {"units": 3}}, {"LSTM": {"units": 5}}, "sum", FailsWhenRun),
    ({"LSTM": {"units": 3}}, {"LSTM": {"units": 1}}, "mul", SilentBroadcast),
    ({"LSTM": {"units": 1}}, {"LSTM": {"units": 3}}, "ave", Misreported),
    ({"LSTM": {"units": 3}}, {"ConvLSTM1D": {"filters": 2, "kernel_size": 1}}, "concat", WrongRank),
]


@pytest.mark.parametrize(("forward", "backward", "merge_mode", "fact"), BACKWARD, ids=str)
def test_backward_layers(forward: Entry, backward: Entry, merge_mode: Any, fact: Any) -> None:
    ((name, arguments),) = backward.items()
    other = {name: {**arguments, "go_backwards": True}}
    tree = model(bidirectional(forward, merge_mode=merge_mode, backward_layer=other))
    case = assert_agrees(tree)
    assert bool(case.facts) == (fact is not None)
    ran = trace(tree)
    if fact is None:
        assert ran.failure is None
    else:
        assert found(case, fact)
        assert (ran.failure is not None) == (fact in (FailsWhenRun, WrongRank))
    for wrong in found(case, Misreported):
        real = (2, *wrong.real[1:])
        assert real in (ran.outputs or ())


CLASHING: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, {"go_backwards": True, "return_sequences": True}),
    ({"return_state": True}, {"go_backwards": True}),
    ({"return_sequences": "yes"}, {"go_backwards": True, "return_sequences": True}),
    ({"go_backwards": True}, {}),
    ({"return_state": True}, {"go_backwards": True, "return_state": True}),
]


@pytest.mark.parametrize(("forward", "backward"), CLASHING, ids=str)
def test_what_both_directions_share(forward: dict[str, Any], backward: dict[str, Any]) -> None:
    other = {"GRU": {"units": 3, **backward}}
    assert_agrees(model(bidirectional({"GRU": {"units": 3, **forward}}, backward_layer=other)))


def test_a_bidirectional_answers_as_its_layer() -> None:
    entry = bidirectional({"GRU": {"units": 3, "return_sequences": True, "return_state": True}})
    layer: Any = judge(model(entry)).graph.nodes[-1].layer
    assert layer.return_sequences is True
    assert layer.return_state is True
    assert layer.stateful is False
    assert layer.units == 3
    assert layer.labels() == ("output", "forward_state", "backward_state")
    assert [inner.name for inner in layer.inner()] == ["forward_gru", "backward_gru"]


# -- TimeDistributed -------------------------------------------------------------------------------

INSIDE: list[Any] = [
    {"Dense": {"units": 3}},
    {"Dense": {"units": 3, "trainable": False}},
    {"LSTM": {"units": 3}},
    {"LSTM": {"units": 3, "return_sequences": True}},
    {"LSTM": {"units": 3, "return_state": True}},
    {"RNN": {"cell": {"GRUCell": {"units": 3}}}},
    {"LSTM": {"units": 3, "stateful": True}},
    bidirectional(LSTM),
    bidirectional(LSTM, merge_mode=None),
    {"ConvLSTM1D": {"filters": 2, "kernel_size": 2}},
    spread({"Dense": {"units": 3}}),
    {"Conv1D": {"filters": 3, "kernel_size": 2}},
    {"MaxPooling1D": {}},
    {"GlobalMaxPooling1D": {}},
    {"UpSampling1D": {}},
    {"Cropping1D": {}},
    {"Permute": {"dims": [2, 1]}},
    {"RepeatVector": {"n": 2}},
    {"Flatten": {}},
    {"Reshape": {"target_shape": [2, 2]}},
    {"BatchNormalization": {}},
    {"Embedding": {"input_dim": 9, "output_dim": 2, "mask_zero": True}},
    {"Add": {}},
    {"MultiHeadAttention": {"num_heads": 1, "key_dim": 2}},
    {"LSTMCell": {"units": 3}},
    {"InputLayer": {"shape": [4]}},
    {"Sequential": {"layers": [{"Dense": {"units": 3}}, {"Dense": {"units": 2}}]}},
    {"Sequential": {"input": [4], "layers": [{"Dense": {"units": 3}}]}},
    {"Sequential": {"input": [7], "layers": [{"Dense": {"units": 3}}]}},
    {"Model": {"inputs": {"a": [6, 4]}, "layers": [LSTM]}},
    "dense",
]


@pytest.mark.parametrize("layer", INSIDE, ids=str)
def test_layers_in_time(layer: Any) -> None:
    for shape in ([4], [5, 4], ["T", 6, 4], [5, 6, 7, 4]):
        assert_agrees(model(spread(layer), shape))
        assert_agrees(model(spread(layer), shape, batch_size=2))


@pytest.mark.parametrize("layer", [
    {"Dense": {"units": 3}}, {"LSTM": {"units": 3}}, {"Dropout": {"rate": 0.2}}
], ids=str)  # fmt: skip
def test_several_tensors_in_time(layer: Entry) -> None:
    for giver in ("GRU", "LSTM"):
        layers = [{giver: {"units": 3, "return_state": True}}, spread(layer)]
        assert_agrees({"input": [5, 4], "layers": layers})


@pytest.mark.parametrize("layer", [{"Dense": {"units": 3}}, LSTM], ids=str)
@pytest.mark.parametrize("mask", [[5], [5, 6], [7], []], ids=str)
def test_masks_in_time(layer: Entry, mask: list[int]) -> None:
    inputs = {"x": [5, 6, 4], "m": {"shape": mask, "dtype": "bool"}}
    tree = {"inputs": inputs, "layers": [{**spread(layer), "inputs": "x", "call": {"mask": "m"}}]}
    assert bool(assert_agrees(tree).facts) == bool(trace(tree).failure)


WRONG_INSIDE: list[tuple[Entry, list[int]]] = [
    (LSTM, [5, 4]),
    ({"MaxPooling1D": {}}, [5, 4]),
    ({"GlobalMaxPooling1D": {}}, [5, 4]),
    ({"RepeatVector": {"n": 2}}, [5, 6, 4]),
]


@pytest.mark.parametrize(("layer", "shape"), WRONG_INSIDE, ids=str)
def test_an_inner_rank_that_keras_does_not_look_at(layer: Entry, shape: list[int]) -> None:
    tree = model(spread(layer), shape, batch_size=2)
    (fact,) = found(assert_agrees(tree), WrongRank)
    assert fact.keras == "builds"
    assert fact.shape == (2, *shape[1:])
    ran = trace(tree)
    assert ran.failure or ran.outputs != ((2, 5, 4),)


@pytest.mark.parametrize("layer", [{"Dense": {"units": 3}}, LSTM], ids=str)
def test_runs_as_said(layer: Entry) -> None:
    assert_runs_as_said(model(spread(layer), ["T", 6, 4]), "T", range(3))
    assert_runs_as_said(model(spread(layer), [5, "T", 4]), "T", range(1, 3))
    assert_runs_as_said(model(bidirectional(LSTM), ["T", 4]), "T", range(3))


# -- cells by themselves ---------------------------------------------------------------------------

LSTM_CELL: Entry = {"LSTMCell": {"units": 3}}
ALONE: list[tuple[Entry, list[int], Any]] = [
    ({"LSTMCell": {"units": 3}}, [4], [[3], [3]]),
    ({"LSTMCell": {"units": 3}}, [4], [[3]]),
    ({"LSTMCell": {"units": 3}}, [4], [[3], [5]]),
    ({"LSTMCell": {"units": 3}}, [4], [[3], [1]]),
    ({"LSTMCell": {"units": 3}}, [4], [[1], [3]]),
    ({"LSTMCell": {"units": 3}}, [4], [[3], [3], [3]]),
    ({"LSTMCell": {"units": 3}}, [6, 4], [[6, 3], [6, 3]]),
    ({"LSTMCell": {"units": 3, "implementation": 1}}, [6, 4], [[6, 3], [6, 3]]),
    ({"GRUCell": {"units": 3}}, [4], [[3]]),
    ({"GRUCell": {"units": 3}}, [4], [[6, 3]]),
    ({"GRUCell": {"units": 3, "dtype": "float64"}}, [4], [[3]]),
    ({"SimpleRNNCell": {"units": 3}}, [4], [[3]]),
    ({"SimpleRNNCell": {"units": 3}}, [6, 4], [[6, 3]]),
    ({"SimpleRNNCell": {"units": 3}}, [6, 4], [[3]]),
    ({"StackedRNNCells": {"cells": [LSTM_CELL]}}, [4], [[[3], [3]]]),
    ({"StackedRNNCells": {"cells": [LSTM_CELL, LSTM_CELL]}}, [4], [[[3], [3]]]),
    ({"StackedRNNCells": {"cells": [LSTM_CELL, LSTM_CELL]}}, [4], [[3], [3]]),
]


@pytest.mark.parametrize(("cell", "shape", "states"), ALONE, ids=str)
def test_cells_by_themselves(cell: Entry, shape: list[int], states: Any) -> None:
    inputs: dict[str, Any] = {"x": shape}

    def name(state: Any) -> Any:
        if isinstance(state[0], list):
            return [name(inside) for inside in state]
        inputs[f"s{len(inputs)}"] = state
        return f"s{len(inputs) - 1}"

    call = {"states": name(states)}
    assert_agrees({"inputs": inputs, "layers": [{**cell, "inputs": "x", "call": call}]})


def test_a_cell_without_states() -> None:
    assert_agrees(model({"LSTMCell": {"units": 3}}, [4]))


# -- weights ---------------------------------------------------------------------------------------

WEIGHED: list[tuple[Entry, list[int]]] = [
    ({"LSTM": {"units": 3, "trainable": False}}, [5, 4]),
    ({"GRU": {"units": 3}}, [5, 4]),
    ({"GRU": {"units": 3, "reset_after": False, "use_bias": False}}, [5, 4]),
    ({"RNN": {"cell": [LSTM_CELL, {"GRUCell": {"units": 2, "trainable": False}}]}}, [5, 4]),
    ({"RNN": {"cell": {"StackedRNNCells": {"cells": [LSTM_CELL]}}, "trainable": False}}, [5, 4]),
    ({"ConvLSTM2D": {"filters": 2, "kernel_size": [2, 3], "trainable": False}}, [5, 6, 7, 4]),
    (bidirectional(LSTM, trainable=False), [5, 4]),
    (bidirectional({"RNN": {"cell": [LSTM_CELL, LSTM_CELL]}}), [5, 4]),
    (bidirectional(LSTM, backward_layer={"GRU": {"units": 3, "go_backwards": True}}), [5, 4]),
    (spread(bidirectional(LSTM), trainable=False), [5, 6, 4]),
    (spread({"Dense": {"units": 3, "trainable": False}}), [5, 4]),
]


@pytest.mark.parametrize(("entry", "shape"), WEIGHED, ids=str)
def test_weights(entry: Entry, shape: list[int]) -> None:
    """Names, shapes and flags, in Keras's order; the counters run on from layer to layer."""
    tree: dict[str, Any] = {
        "inputs": {"a": shape, "b": shape},
        "layers": [{**entry, "inputs": "a"}, {**entry, "inputs": "b"}],
    }
    nodes = judge(tree).graph.nodes
    tree["outputs"] = [str(node.layer.name) for node in nodes if node.layer is not None]
    made = judge(tree).flow.weights()
    import_keras()
    with lazy_weights():
        real = build(tree).weights
    assert [(w.name, w.shape, w.trainable) for w in made] == [
        (w.path, tuple(w.shape), w.trainable) for w in real if "seed_generator" not in w.path
    ]


# -- work ------------------------------------------------------------------------------------------

#: entry, input shape, how often its kernels are applied to a sample
WORK: list[tuple[Entry, list[int], int]] = [
    (LSTM, [5, 4], 5),
    ({"GRU": {"units": 3}}, [5, 4], 5),
    ({"SimpleRNN": {"units": 2}}, [7, 4], 7),
    ({"RNN": {"cell": [LSTM_CELL, {"GRUCell": {"units": 2}}]}}, [5, 4], 5),
    ({"RNN": {"cell": LSTM_CELL}}, [5, 4], 5),
    ({"ConvLSTM1D": {"filters": 2, "kernel_size": 3}}, [5, 8, 4], 5 * 6),
    ({"ConvLSTM2D": {"filters": 2, "kernel_size": 2, "strides": 2}}, [5, 8, 6, 4], 5 * 4 * 3),
    (bidirectional(LSTM), [5, 4], 5),
    (spread({"Dense": {"units": 3}}), [5, 4], 5),
    (spread(LSTM), [5, 6, 4], 5 * 6),
]


@pytest.mark.parametrize(("entry", "shape", "times"), WORK, ids=str)
def test_multiply_accumulates(entry: Entry, shape: list[int], times: int) -> None:
    """Each number in a kernel (not in a bias) is multiplied once a timestep and place."""
    flow = judge(model(entry, shape)).flow
    call = flow.calls[-1]
    kernels = sum(w.size for w in call.weights if not w.name.endswith("bias"))
    layer: Any = call.node.layer
    assert layer.macs(call.x.shape, call.outputs[0].shape) == times * kernels


def test_an_open_length_stays_open_in_the_work() -> None:
    call = judge(model(spread(LSTM), ["T", 6, 4])).flow.calls[-1]
    layer: Any = call.node.layer
    assert str(layer.macs(call.x.shape, call.outputs[0].shape)) == f"{6 * 4 * 3 * (4 + 3)}*T"


def test_labels_of_stacked_states() -> None:
    cells = [LSTM_CELL, {"GRUCell": {"units": 2}}]
    entry: Entry = {"RNN": {"cell": cells, "return_state": True}}
    layer: Any = judge(model(entry)).graph.nodes[-1].layer
    assert layer.labels() == ("output", "h_1", "c_1", "state_2")
