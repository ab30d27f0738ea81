"""The oracle tells the truth: against eager Keras, and where it refuses."""

from __future__ import annotations

import warnings

import pytest
from oracle import observe
from oracle_specs import ACCEPTED, spec
from quick_keras import lazy_weights


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_lazy_and_eager_keras_agree(text: str) -> None:
    tree = spec(text)
    lazy = observe(tree)
    assert lazy.refusals == ()
    assert lazy == observe(tree, eager=True)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_was_observed_is_the_built_model(text: str) -> None:
    from lstmshape.keras import build

    tree = spec(text)
    seen = observe(tree)
    with warnings.catch_warnings(), lazy_weights():
        warnings.simplefilter("ignore", UserWarning)  # what Keras says of masks and input_shape
        model = build(tree)
    assert seen.params == model.count_params()
    assert sorted(map(str, seen.outputs or ())) == sorted(str(t.shape) for t in model.outputs)
    inputs = dict(seen.inputs)
    assert list(inputs) == [tensor._keras_history.operation.name for tensor in model.inputs]
    assert list(inputs.values()) == [tensor.shape for tensor in model.inputs]
    counts = {call.name: call.params for call in seen.calls}
    for layer in model.layers:
        assert counts.get(layer.name, 0) == layer.count_params()
        assert layer.name in counts or layer.name in inputs


def test_counts_are_those_of_the_contract() -> None:
    seen = observe(spec(ACCEPTED["encoder decoder"]))
    assert [call.params for call in seen.calls] == [20736, 0, 33024, 65]
    assert (seen.params, seen.trainable, seen.non_trainable) == (53825, 53825, 0)
    assert seen.outputs == ((None, 10, 1),)


def test_huge_layers_are_never_allocated() -> None:
    seen = observe(spec("{input: [1000000], layers: [{Dense: {units: 100000000}}]}"))
    assert seen.params == 10**14 + 10**8


# -- refusals ------------------------------------------------------------------------------------

#: spec; path, stage, layer and exception of each refusal in order, and a part of the first's text
REFUSED: list[tuple[str, list[tuple[str, str, str | None, str]], str]] = [
    (
        "{input: [T, 16], layers: [{LSTM: {units: 8}}, {LSTM: {units: 4}}, {Dense: {units: 1}}]}",
        [("layers.1", "call", "lstm_1", "ValueError")],
        "expected ndim=3, found ndim=2",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 0}}, {Dense: {units: 1}}]}",
        [("layers.0", "construct", None, "ValueError")],
        "expected a positive integer",
    ),
    (
        "{input: [4], layers: [{Dense: {unit: 3}}]}",
        [("layers.0", "construct", None, "TypeError")],
        "missing 1 required positional argument",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3, size: 3}}]}",
        [("layers.0", "construct", None, "ValueError")],
        "Unrecognized keyword arguments",
    ),
    (
        "{input: [T, 4], layers: [Flatten, {Dense: {units: 3}}]}",
        [("layers.1", "call", "dense", "ValueError")],
        "must be fully-defined",
    ),
    (
        "{input: [T, 4], layers: [{TimeDistributed: {layer: {Dense: {units: -1}}, name: each}}]}",
        [("layers.0.TimeDistributed.layer", "construct", None, "ValueError")],
        "expected a positive integer",
    ),
    (
        """
        input: [8, 4]
        layers: [{TimeDistributed: {layer: {Conv1D: {filters: 1, kernel_size: 3}}}}]""",
        [("layers.0.TimeDistributed.layer", "call", "conv1d", "ValueError")],
        "Kernel shape must have the same length",
    ),
    (
        "{input: [8, 4], layers: [{Sequential: {layers: [Flatten, {LSTM: {units: 3}}]}}]}",
        [("layers.0.Sequential.layers.1", "call", "lstm", "ValueError")],
        "expected ndim=3",
    ),
    (
        "{input: [8, 4], layers: [{Model: {input: [9], layers: [{GRU: {units: 3}}]}}]}",
        [("layers.0.Model.layers.0", "call", "gru", "ValueError")],
        "expected ndim=3",
    ),
    (
        """
        inputs: {a: [5, 4], b: [6, 4]}
        layers:
          - Concatenate:
            inputs: [a, b]
          - Dense: {units: 1}
          - LSTM: {units: 3, name: other}
            inputs: a
          - Dot: {axes: 1}
            inputs: [a, b]""",
        [
            ("layers.0", "call", "concatenate", "ValueError"),
            ("layers.3", "call", "dot", "ValueError"),
        ],
        "matching shapes except for the concatenation axis",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 2, name: a}}, {Dense: {units: 2, name: a}}]}",
        [("", "model", None, "ValueError")],
        'The name "a" is used 2 times',
    ),
    (
        "{input: [4, -2], layers: [{Dense: {units: 2}}]}",
        [("input", "construct", "input", "ValueError")],
        "Negative dimensions",
    ),
    (
        "{input: [T, 4], layers: [{LSTM: {units: 3, dtype: float16}}]}",
        [("layers.0", "call", "lstm", "NotImplementedError")],
        "float16",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3, bias_initializer: identity}}]}",
        [("layers.0", "call", "dense", "ValueError")],
        "Identity matrix initializer",
    ),
    (
        "{input: [T, 4], layers: [{LSTM: {units: 3, bias_initializer: identity}}]}",
        [("layers.0", "call", "lstm", "ValueError")],
        "Identity matrix initializer",
    ),
    (
        "{input: [T, 4], layers: [{LSTM: {units: 3, return_state: true}}, {Dense: {units: 1}}]}",
        [("layers.1", "call", "dense", "ValueError")],
        "expects 1 input(s), but it received 3",
    ),
    (
        "{input: [T, 4], layers: [{GRU: {units: 3, stateful: true}}]}",
        [("layers.0", "call", "gru", "ValueError")],
        "batch size must be static",
    ),
    # what Keras is not asked
    (
        "{input: [4], layers: [{Dence: {units: 3}}]}",
        [("layers.0", "spec", None, "BuildError")],
        "'Dence'",
    ),
    ("{layers: [{Dense: {units: 3}}]}", [("", "spec", None, "BuildError")], "no `input`"),
    ("{input: [4]}", [("", "spec", None, "BuildError")], "`layers`"),
    ("{input: [4], layer: [Flatten]}", [("layer", "spec", None, "BuildError")], "'layer'"),
    ("{input: 4, layers: [Flatten]}", [("input", "spec", None, "BuildError")], "is a list"),
    ("{input: ['2T'], layers: [Flatten]}", [("input.0", "spec", None, "BuildError")], "'2T'"),
    (
        "{inputs: {a: [4], b: [4]}, layers: [{Dense: {units: 3}}]}",
        [("layers.0.inputs", "spec", None, "BuildError")],
        "say what it reads",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3}, inputs: dens}]}",
        [("layers.0.inputs", "spec", None, "BuildError")],
        "'dens'",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3}}, {Dense: {units: 3}, inputs: 'dense:1'}]}",
        [("layers.1.inputs", "spec", None, "BuildError")],
        "no output '1' of `dense`, which has 1",
    ),
    (
        """
        input: [4]
        layers:
          - Dense: {units: 4, name: a}
            inputs: c
          - Dense: {units: 4, name: b}
            inputs: a
          - Dense: {units: 4, name: c}
            inputs: b
          - Dense: {units: 4, name: d}""",
        [("layers.0", "spec", None, "BuildError")],
        "wait for each other: a -> b -> c",
    ),
    (
        "{input: [4], layers: [{reuse: later}, {Dense: {units: 3, name: later}}]}",
        [("layers.0.reuse", "spec", None, "BuildError")],
        "'later'",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3}, GRU: {units: 3}}]}",
        [("layers.0", "spec", None, "BuildError")],
        "exactly one class",
    ),
    (
        "{input: [4], layers: [{Lambda: {function: abs}}]}",
        [("layers.0", "spec", None, "BuildError")],
        "a Lambda is code",
    ),
    (
        "{input: [4], layers: [{Dense: {units: 3}}], outputs: [dense, x]}",
        [("outputs.1", "spec", None, "BuildError")],
        "'x'",
    ),
]


@pytest.mark.parametrize(("text", "refusals", "words"), REFUSED, ids=[r[2] for r in REFUSED])
def test_refusals_are_at_their_layer(
    text: str, refusals: list[tuple[str, str, str | None, str]], words: str
) -> None:
    seen = observe(spec(text))
    found = [(".".join(map(str, r.path)), r.stage, r.layer, r.kind) for r in seen.refusals]
    assert found == refusals
    assert words in seen.refusals[0].text
    assert not seen.accepted
    assert seen.params is None
    assert seen.outputs is None


@pytest.mark.parametrize("text", [r[0] for r in REFUSED], ids=[r[2] for r in REFUSED])
def test_lazy_and_eager_keras_refuse_the_same(text: str) -> None:
    assert observe(spec(text)) == observe(spec(text), eager=True)


@pytest.mark.parametrize("text", [r[0] for r in REFUSED], ids=[r[2] for r in REFUSED])
def test_build_raises_the_first_refusal(text: str) -> None:
    from lstmshape.keras import BuildError, build

    seen = observe(spec(text))
    with pytest.raises(BuildError) as raised:
        build(spec(text))
    assert seen.first is not None
    assert raised.value.stage == seen.first.stage
    assert raised.value.text == seen.first.text
    assert raised.value.path == seen.first.path[: len(raised.value.path)]


def test_what_lies_behind_a_refusal_is_blocked_and_keeps_its_name() -> None:
    seen = observe(
        spec("""
        input: [T, 4]
        layers:
          - LSTM: {units: 0}
          - Dense: {units: 3}
          - LSTM: {units: 2}
            inputs: input
          - Nonsense: {name: unknown}
          - TimeDistributed: {layer: {Dense: {units: none}}}
          - TimeDistributed: {layer: {Dense: {units: 2}}}
            inputs: input
          - Dense: {units: 1}
            inputs: unknown""")
    )
    assert [(call.name, call.status) for call in seen.calls] == [
        ("lstm", "refused"),
        ("dense", "blocked"),
        ("lstm_1", "ok"),
        ("unknown", "refused"),
        ("time_distributed", "refused"),
        ("time_distributed_1", "ok"),
        ("dense_3", "blocked"),
    ]
    assert [refusal.entry for refusal in seen.refusals] == [0, 3, 4]
