"""The oracle tells the truth: against eager Keras, and on cases whose answer is known."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import yaml
from oracle import import_keras, observe, trace
from quick_keras import lazy_weights

#: Accepted by Keras; each is a different part of it.
ACCEPTED = {
    "encoder decoder": """
        input: [T, 16]
        layers:
          - LSTM: {units: 64}
          - RepeatVector: {n: 10}
          - LSTM: {units: 64, return_sequences: true, name: decoder}
          - TimeDistributed: {layer: {Dense: {units: 1}}}
            expect: [10, 1]
        expect: {output: [10, 1], params: 53825}""",
    "translation": """
        inputs:
          source: {shape: [S], dtype: int32}
          target: {shape: [T], dtype: int32}
        layers:
          - Embedding: {input_dim: 80, output_dim: 12, mask_zero: true, name: source_vectors}
            inputs: source
          - LSTM: {units: 25, return_state: true, name: encoder}
          - Embedding: {input_dim: 80, output_dim: 12, name: target_vectors}
            inputs: target
          - LSTM: {units: 25, return_sequences: true, return_state: true, name: decoder}
            inputs: target_vectors
            call: {initial_state: [encoder:1, encoder:2]}
          - Dense: {units: 80, activation: softmax, name: probabilities}
            inputs: decoder:0
        outputs: probabilities
        compile: {loss: sparse_categorical_crossentropy}
        data: {x: {source: [10, 30], target: data/target.npy}, y: [10, 25], batch_size: 32}
        dims: {T: 25}""",
    "dense stack": """
        input: [20]
        layers: [{Dense: {units: 5, activation: relu}}, {Dropout: {rate: 0.5}}, {Dense: {units: 1}}]
        """,
    "no bias": "{input: [20], layers: [{Dense: {units: 5, use_bias: false}}]}",
    "gru": "{input: [T, 4], layers: [{GRU: {units: 3}}, {Dense: {units: 1}}]}",
    "gru before": "{input: [T, 4], layers: [{GRU: {units: 3, reset_after: false}}]}",
    "simple rnn": "{input: [50, 1], layers: [{SimpleRNN: {units: 20, return_sequences: true}}]}",
    "frozen": """
        input: [T, 4]
        layers: [{LSTM: {units: 3, trainable: false}}, {Dense: {units: 1}}]""",
    "wrapper frozen too late": """
        input: [T, 4]
        layers: [{TimeDistributed: {layer: {Dense: {units: 3}}, trainable: false}}]""",
    "batch norm": """
        input: [T, 4]
        layers: [BatchNormalization, LayerNormalization, GRU: {units: 2}]""",
    "batch norm renorm": "{input: [T, 4], layers: [{BatchNormalization: {renorm: true}}]}",
    "spectral": """
        input: [4]
        layers: [{SpectralNormalization: {layer: {Dense: {units: 3}}}}]""",
    "normalization": "{input: [5, 4], layers: [{Normalization: {axis: [2]}}]}",
    "convolutions": """
        input: [40, 3]
        layers:
          - Conv1D: {filters: 8, kernel_size: 3, padding: causal, dilation_rate: 2}
          - SeparableConv1D: {filters: 8, kernel_size: [3]}
          - MaxPooling1D:
          - Conv1DTranspose: {filters: 4, kernel_size: 2, strides: 2}
          - GlobalAveragePooling1D""",
    "image": """
        input: [28, 28, 1]
        layers:
          - Conv2D: {filters: 4, kernel_size: [3, 3], activation: relu}
          - MaxPooling2D: {pool_size: [2, 2]}
          - DepthwiseConv2D: {kernel_size: 3}
          - Flatten
          - Dense: {units: 10}""",
    "conv lstm": "{input: [5, 8, 4], layers: [{ConvLSTM1D: {filters: 3, kernel_size: 3}}]}",
    "bidirectional": """
        input: [T, 4]
        layers:
          - Bidirectional: {layer: {LSTM: {units: 3, return_sequences: true}}, merge_mode: sum}
          - Bidirectional:
              layer: {GRU: {units: 3}}
              backward_layer: {GRU: {units: 3, go_backwards: true}}""",
    "bidirectional, all outputs": """
        input: [T, 4]
        layers:
          - Bidirectional: {layer: {LSTM: {units: 3, return_state: true}}, merge_mode: null}""",
    "cells": """
        input: [T, 4]
        layers:
          - RNN: {cell: {LSTMCell: {units: 3}}, return_sequences: true}
          - RNN: {cell: [{GRUCell: {units: 3}}, {SimpleRNNCell: {units: 6}}], return_state: true}
        outputs: ["rnn_1:0", "rnn_1:2"]""",
    "stacked cells": """
        input: [T, 4]
        layers:
          - RNN:
              cell:
                StackedRNNCells: {cells: [{LSTMCell: {units: 3}}, {LSTMCell: {units: 2}}]}""",
    "video": """
        input: [F, 32, 32, 3]
        layers:
          - TimeDistributed:
              layer:
                Sequential:
                  layers:
                    - Conv2D: {filters: 4, kernel_size: 3}
                    - GlobalMaxPooling2D
          - LSTM: {units: 8}""",
    "nested sequential with input": """
        input: [6]
        layers:
          - Sequential: {input: [6], layers: [{Dense: {units: 4}}, BatchNormalization], name: body}
          - Dense: {units: 1}""",
    "nested model": """
        inputs: {a: [6], b: [7]}
        layers:
          - Model:
              inputs: {x: [6], y: [7]}
              layers:
                - Concatenate:
                  inputs: [x, y]
                - Dense: {units: 3, name: left}
                - Dense: {units: 2, name: right}
                  inputs: concatenate
              outputs: [left, right]
            inputs: [a, b]
          - Dense: {units: 1}
            inputs: functional:1""",
    "nested model by name": """
        inputs: {a: [6], b: [7]}
        layers:
          - Model:
              inputs: {x: [6], y: [7]}
              layers: [{Concatenate: , inputs: [x, y]}]
              outputs: {joined: concatenate}
              name: join
            inputs: {x: a, y: b}
          - Dense: {units: 1}
            inputs: join:joined""",
    "shared": """
        inputs: {a: [T, 4], b: [T, 4]}
        layers:
          - LSTM: {units: 5, name: reader}
            inputs: a
          - reuse: reader
            inputs: b
            name: again
          - Concatenate:
            inputs: [reader, again]""",
    "residual": """
        input: [T, 8]
        layers:
          - Dense: {units: 8}
          - Add:
            inputs: [input, dense]
          - Multiply: {name: gated}
            inputs: [add, dense]
          - Dot: {axes: [2, 2]}
            inputs: [gated, add]""",
    "attention": """
        inputs: {q: [Q, 8], v: [V, 8]}
        layers:
          - Attention: {use_scale: true}
            inputs: [q, v]
          - AdditiveAttention:
            inputs: [q, v]
          - MultiHeadAttention: {num_heads: 2, key_dim: 3}
            inputs: {query: q, value: v}
            call: {return_attention_scores: true}
          - GroupQueryAttention: {head_dim: 4, num_query_heads: 4, num_key_value_heads: 2}
            inputs: [q, v]
            call: {use_causal_mask: true}
          - Add:
            inputs: [attention, multi_head_attention:0, grouped_query_attention]""",
    "reshaping": """
        input: [12, 4]
        layers:
          - Permute: {dims: [2, 1]}
          - Reshape: {target_shape: [-1, 6]}
          - ZeroPadding1D: {padding: [1, 2]}
          - Cropping1D: {cropping: [0, 1]}
          - UpSampling1D: {size: 2}""",
    "stateful": """
        input: {shape: [T, 4], batch_size: 3}
        layers: [{LSTM: {units: 5, stateful: true, return_sequences: true}}, {GRU: {units: 2}}]""",
    "masks": """
        input: [T]
        layers:
          - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
          - LSTM: {units: 3, return_sequences: true}
          - Conv1D: {filters: 2, kernel_size: 1}""",
    "several outputs": """
        input: [T, 4]
        layers:
          - LSTM: {units: 3, name: trunk}
          - Dense: {units: 2, name: kind}
          - Dense: {units: 1, name: price}
            inputs: trunk
        outputs: {what: kind, cost: price}""",
    "written out of order": """
        input: [4]
        layers:
          - Dense: {units: 2, name: last}
            inputs: first
          - Dense: {units: 3, name: first}
            inputs: input
        outputs: last""",
    "dead branch": """
        input: [4]
        layers:
          - Dense: {units: 2, name: kept}
          - Dense: {units: 3, name: dead}
        outputs: kept""",
    "list of inputs": """
        inputs: [[4], {shape: [4], dtype: int32}]
        layers: [{Add: , inputs: [input_layer, input_layer_1]}]""",
    "input layer": "{layers: [{InputLayer: {shape: [T, 3], name: series}}, {GRU: {units: 2}}]}",
    "old input shape": """
        layers: [{LSTM: {units: 2, input_shape: [480, 16]}}, {Dense: {units: 1}}]""",
    "model in front": """
        layers:
          - Sequential: {layers: [{Input: {shape: [5]}}, {Dense: {units: 4}}]}
          - Dense: {units: 3}""",
    "integers": """
        input: {shape: [T], dtype: int32}
        layers: [{Rescaling: {scale: 0.5}}, {Reshape: {target_shape: [-1, 1]}}, {LSTM: {units: 2}}]
        """,
    "mixed precision": "{input: [T, 4], layers: [{LSTM: {units: 3, dtype: mixed_float16}}]}",
    "initializers": """
        input: [4]
        layers:
          - Dense:
              units: 4
              kernel_initializer: {RandomNormal: {stddev: 0.1}}
              bias_initializer: {class_name: Constant, config: {value: 2}}
              kernel_regularizer: {L2: {l2: 0.01}}""",
    "parametric": "{input: [5, 4], layers: [{PReLU: {shared_axes: [1]}}, {EinsumDense: "
    "{equation: 'abc,cd->abd', output_shape: [null, 3], bias_axes: d}}]}",
    "nothing is zero wide": "{input: [5, 0], layers: [{Dense: {units: 3}}]}",
    "scalar input": "{input: [], layers: [{Reshape: {target_shape: [1]}}, {Dense: {units: 2}}]}",
}


def spec(text: str) -> dict[str, Any]:
    tree = yaml.safe_load(text)
    assert isinstance(tree, dict)
    return tree


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
        "runs or loads code",
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


# -- names, masks, warnings ----------------------------------------------------------------------

NAMES = [
    (
        "{input: [T, 4], layers: [{LSTM: {units: 2, return_sequences: true}}, {LSTM: {units: 2}}]}",
        ["lstm", "lstm_1"],
    ),
    (
        """
        input: [T, 4]
        layers:
          - TimeDistributed: {layer: {Dense: {units: 2}}}
          - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}
          - LSTM: {units: 2}
          - Dense: {units: 2}
          - MultiHeadAttention: {num_heads: 1, key_dim: 2}
            inputs: [input, input]
          - Softmax""",
        [
            "time_distributed",
            "bidirectional",
            "lstm_1",
            "dense_1",
            "multi_head_attention",
            "softmax",
        ],
    ),
    (
        "{input: [8, 4], layers: [MaxPool1D, PReLU, {Conv1D: {filters: 1, kernel_size: 1}}]}",
        ["max_pooling1d", "p_re_lu", "conv1d"],
    ),
    (
        """
        input: [4]
        layers:
          - Dense: {units: 4, name: first}
          - Dense: {units: 4}
          - Sequential: {layers: [{Dense: {units: 4}}]}
          - Sequential: {layers: [{Dense: {units: 4}}, {Dense: {units: 4}}]}
          - Dense: {units: 4}
          - reuse: first""",
        ["first", "dense", "sequential", "sequential_1", "dense_4", "first"],
    ),
]


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_names_are_keras_own(text: str, names: list[str]) -> None:
    for _ in range(2):
        assert [call.name for call in observe(spec(text)).calls] == names


MASKED = "Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}"
#: entries after a masked embedding of [T]; the mask of each entry's outputs; who destroys one
MASKS: list[tuple[str, list[list[tuple[int | None, ...] | None]], list[str]]] = [
    (
        "[{LSTM: {units: 2, return_sequences: true}}, {Dense: {units: 3}}, {LSTM: {units: 2}}]",
        [[(None, None)], [(None, None)], [None]],
        [],
    ),
    (
        "[{Bidirectional: {layer: {GRU: {units: 2, return_sequences: true, return_state: true}}}}]",
        [[(None, None), None, None]],
        [],
    ),
    ("[{TimeDistributed: {layer: {Dense: {units: 2}}}}]", [[(None, None)]], []),
    (
        """
        - Dense: {units: 4}
        - {Concatenate: , inputs: [embedding, dense]}
        - {Add: , inputs: [embedding, dense]}
        - {Dot: {axes: 2}, inputs: [embedding, dense]}""",
        [[(None, None)], [(None, None)], [(None, None)], [None]],
        [],
    ),
    (
        "[{Conv1D: {filters: 2, kernel_size: 1}}, {LSTM: {units: 2}}]",
        [[None], [None]],
        ["conv1d"],
    ),
    ("[GlobalAveragePooling1D]", [[None]], []),
    ("[GlobalMaxPooling1D]", [[None]], ["global_max_pooling1d"]),
    ("[{Sequential: {layers: [{Dense: {units: 2}}]}}]", [[None]], ["sequential"]),
]


@pytest.mark.parametrize(("entries", "masks", "destroyers"), MASKS, ids=[m[0] for m in MASKS])
def test_masks(
    entries: str, masks: list[list[tuple[int | None, ...] | None]], destroyers: list[str]
) -> None:
    layers = [yaml.safe_load(f"{{{MASKED}}}"), *yaml.safe_load(entries)]
    seen = observe({"input": ["T"], "layers": layers})
    assert [[out.mask for out in call.outputs] for call in seen.calls[1:]] == masks
    assert [name for call in seen.calls for name in call.destroys] == destroyers
    assert len(seen.warnings) == len(destroyers)


def test_nothing_is_left_behind() -> None:
    import_keras()
    import keras

    before = keras.layers.Dense(1).name
    filtering = keras.config.is_traceback_filtering_enabled()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        observe(spec(ACCEPTED["masks"]))
        observe(spec(ACCEPTED["old input shape"]))
        observe(spec(REFUSED[0][0]))
    assert caught == []
    assert keras.config.is_traceback_filtering_enabled() == filtering
    after = keras.layers.Dense(1)
    assert after.name != before
    after.build((None, 2))
    assert after.kernel._value.shape == (2, 1)


def test_a_caller_may_bind_dims() -> None:
    tree = spec("{input: [T, T, 3], layers: [Flatten], dims: {T: {min: 2, max: 9}}}")
    assert observe(tree).outputs == ((None, None),)
    assert observe(tree, dims={"T": 4}).outputs == ((None, 48),)


# -- running -------------------------------------------------------------------------------------

#: Keras builds these; spec, sizes, path of the failing layer (None: it runs), a part of the text
RUNS: list[tuple[str, dict[str, int], str | None, str]] = [
    (
        """
        input: [T, 8]
        layers:
          - LSTM: {units: 16, return_state: true, name: encoder}
          - LSTM: {units: 32, name: decoder}
            inputs: input
            call: {initial_state: [encoder:1, encoder:2]}""",
        {"T": 3},
        "layers.1",
        "dot_general",
    ),
    (
        """
        input: [T, 8]
        layers:
          - Bidirectional: {layer: {LSTM: {units: 16, return_state: true}}, name: encoder}
          - Concatenate: {name: h}
            inputs: [encoder:1, encoder:3]
          - Concatenate: {name: c}
            inputs: [encoder:2, encoder:4]
          - LSTM: {units: 16}
            inputs: input
            call: {initial_state: [h, c]}""",
        {},
        "layers.3",
        "dot_general",
    ),
    (
        """
        input: [T, 8]
        layers:
          - Bidirectional: {layer: {LSTM: {units: 16, return_state: true}}, name: encoder}
          - LSTM: {units: 16}
            inputs: input
            call: {initial_state: [encoder:1, encoder:2, encoder:3, encoder:4]}""",
        {},
        "layers.1",
        "",
    ),
    (
        """
        input: [T, 8]
        layers:
          - GRU: {units: 16, return_state: true, name: encoder}
          - LSTM: {units: 16}
            inputs: input
            call: {initial_state: encoder:1}""",
        {},
        "layers.1",
        "",
    ),
    (
        """
        inputs: {q: [5, 10], v: [7, 12]}
        layers: [{Attention: , inputs: [q, v]}]""",
        {},
        "layers.0",
        "dot_general",
    ),
    (
        "{input: [T, 10], layers: [{Reshape: {target_shape: [7, 7]}}]}",
        {"T": 5},
        "layers.0",
        "target_shape=(7, 7)",
    ),
    ("{input: [T, 7], layers: [{Reshape: {target_shape: [7, 7]}}]}", {"T": 7}, None, ""),
    (
        "{inputs: {a: [5, 1], b: [5, 8]}, layers: [{Add: , inputs: [a, b]}]}",
        {},
        None,
        "",
    ),
    (
        "{inputs: {a: [T, 8], b: [S, 8]}, layers: [{Add: , inputs: [a, b]}]}",
        {"T": 3, "S": 4},
        "layers.0",
        "",
    ),
    ("{inputs: {a: [T, 8], b: [T, 8]}, layers: [{Add: , inputs: [a, b]}]}", {"T": 3}, None, ""),
    (
        "{input: [null, null, 3], layers: [{Conv2D: {filters: 1, kernel_size: 3}}]}",
        {"d1": 2, "d2": 9},
        "layers.0",
        "",
    ),
    (
        """
        input: [T, 4]
        layers:
          - Sequential: {layers: [{Conv1D: {filters: 2, kernel_size: 4}}]}""",
        {"T": 3},
        "layers.0.Sequential.layers.0",
        "",
    ),
    (
        """
        input: {shape: [T], dtype: int32}
        layers:
          - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
          - LSTM: {units: 2, return_sequences: true}
          - Dense: {units: 1}
          - Reshape: {target_shape: [3, 3], name: dead}
        outputs: dense""",
        {"T": 4},
        None,
        "",
    ),
]


@pytest.mark.parametrize(("text", "sizes", "path", "words"), RUNS)
def test_what_builds_and_then_fails(
    text: str, sizes: dict[str, int], path: str | None, words: str
) -> None:
    assert observe(spec(text)).accepted
    ran = trace(spec(text), sizes)
    assert (ran.path and ".".join(map(str, ran.path))) == path
    assert (ran.failure is None) == (path is None)
    assert words in (ran.failure or "")


def test_a_trace_gives_the_real_shapes() -> None:
    tree = spec("{input: [T, null, 3], layers: [{Dense: {units: 2}}, Flatten]}")
    ran = trace(tree, {"T": 4, "d1": 6, "batch": 7})
    assert ran.shapes == {("layers", 0): ((7, 4, 6, 2),), ("layers", 1): ((7, 48),)}
    assert ran.outputs == ((7, 48),)
    assert trace(tree).outputs == ((2, 50),)


@pytest.mark.parametrize(
    "name", [name for name in ACCEPTED if name not in ("nothing is zero wide", "attention")]
)
def test_models_that_are_sound_run(name: str) -> None:
    seen, ran = observe(spec(ACCEPTED[name])), trace(spec(ACCEPTED[name]))
    assert ran.failure is None
    for real, said in zip(ran.outputs or (), seen.outputs or (), strict=True):
        assert len(real) == len(said)
        assert all(dim in (None, size) for dim, size in zip(said, real, strict=True))


def test_a_refused_model_does_not_run() -> None:
    ran = trace(spec(REFUSED[0][0]))
    assert ran.path == ("layers", 1)
    assert "expected ndim=3" in (ran.failure or "")
