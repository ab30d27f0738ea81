"""What the oracle says of names and masks, and of models that are run."""

from __future__ import annotations

import warnings

import pytest
import yaml
from oracle import import_keras, observe, trace
from oracle_specs import ACCEPTED, spec

#: refused: the second layer wants a sequence
STACKED = "{input: [T, 16], layers: [{LSTM: {units: 8}}, {LSTM: {units: 4}}]}"

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
        observe(spec(STACKED))
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
    ran = trace(spec(STACKED))
    assert ran.path == ("layers", 1)
    assert "expected ndim=3" in (ran.failure or "")
