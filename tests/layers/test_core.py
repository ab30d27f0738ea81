"""Dense, Embedding, Masking, Activation, Identity, InputLayer: held against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from agree import assert_agrees
from oracle import observe

from lstmshape.case import judge
from lstmshape.facts import FailsWhenRun, Misreported, OpenLayer

SEQUENCE = [5, 4]

DENSE: list[dict[str, Any]] = [
    {"units": 3},
    {"units": 3, "use_bias": False, "activation": "relu"},
    {"units": 3, "use_bias": "no"},
    {"units": 3, "activation": "glu"},
    {"units": 3, "activation": "Relu"},
    {"units": 3, "trainable": False},
    {"units": 3, "trainable": "no"},
    {"units": 3, "name": "a/b"},
    {"units": 3, "name": 3},
    {"units": True},
    {"units": 0},
    {"units": 2.0},
    {"units": "3"},
    {"units": [3]},
    {"units": None},
    {},
    {"units": 3, "unit": 3},
    {"units": 3, "lora_rank": 2},
    {"units": 3, "lora_rank": 2, "use_bias": False, "trainable": False},
    {"units": 3, "lora_rank": ""},
    {"units": 3, "lora_rank": -1},
    {"units": 3, "lora_rank": 2, "kernel_constraint": "max_norm"},
]
OBJECTS: list[dict[str, Any]] = [
    {"kernel_initializer": "he_normal"},
    {"kernel_initializer": "HeNormal"},
    {"kernel_initializer": "he-normal"},
    {"kernel_initializer": {"HeNormal": {"seed": 1}}},
    {"kernel_initializer": {"HeNormal": {"sed": 1}}},
    {"kernel_initializer": {"class_name": "RandomNormal", "config": {"stddev": 0.1}}},
    {"kernel_initializer": {"class_name": "RandomNormal", "config": {"stddev": "a"}}},
    {"kernel_initializer": {"variance_scaling": {"mode": "fan_out", "distribution": "Normal"}}},
    {"kernel_initializer": {"VarianceScaling": {"scale": 0}}},
    {"kernel_initializer": None},
    {"kernel_initializer": "initializer"},
    {"kernel_initializer": "constant"},
    {"kernel_initializer": {"Constant": {"value": 2}}},
    {"bias_initializer": "orthogonal"},
    {"bias_initializer": "identity"},
    {"kernel_initializer": "stft"},
    {"kernel_regularizer": "l2"},
    {"kernel_regularizer": "l1_l2"},
    {"kernel_regularizer": {"l1_l2": {"l1": 0.1}}},
    {"kernel_regularizer": {"L2": {"l2": -1}}},
    {"kernel_regularizer": 0.01},
    {"activity_regularizer": {"L1": {"l1": 0.1}}},
    {"kernel_constraint": "MaxNorm"},
    {"kernel_constraint": {"MaxNorm": {"max": 2}}},
    {"dtype": "mixed_float16"},
    {"dtype": "float16", "kernel_initializer": "orthogonal"},
    {"dtype": "mixed_bfloat16", "kernel_initializer": "orthogonal"},
    {"dtype": "int32"},
    {"dtype": "int32", "kernel_initializer": "zeros"},
    {"dtype": "int8"},
    {"dtype": "float"},
    {"dtype": {"class_name": "DTypePolicy", "config": {"name": "float64"}}},
]
EMBEDDING: list[dict[str, Any]] = [
    {"input_dim": 9, "output_dim": 4},
    {"input_dim": 9, "output_dim": 4, "mask_zero": True},
    {"input_dim": 9, "output_dim": 4, "mask_zero": "false"},
    {"input_dim": 9, "output_dim": 4, "input_length": 5},
    {"input_dim": True, "output_dim": 4},
    {"input_dim": 9, "output_dim": 4.0},
    {"input_dim": 9, "output_dim": 4, "lora_rank": 2},
    {"input_dim": 9, "output_dim": 4, "embeddings_initializer": "identity"},
    {"input_dim": 9, "output_dim": 4, "weights": [[1, 2]]},
    {"output_dim": 4},
]


def model(entry: Any, shape: Any = SEQUENCE, dtype: str = "float32") -> dict[str, Any]:
    return {"input": {"shape": shape, "dtype": dtype}, "layers": [entry]}


@pytest.mark.parametrize("arguments", DENSE, ids=str)
def test_dense(arguments: dict[str, Any]) -> None:
    assert_agrees(model({"Dense": arguments}))


@pytest.mark.parametrize("arguments", OBJECTS, ids=str)
def test_initializers_regularizers_constraints_and_policies(arguments: dict[str, Any]) -> None:
    assert_agrees(model({"Dense": {"units": 3, **arguments}}))


@pytest.mark.parametrize("shape", [[], [4], [None], ["T", 4], [5, None], [2, 3, 4], [0]], ids=str)
@pytest.mark.parametrize("layer", ["Dense", "Embedding", "Masking", "Identity"])
def test_shapes(layer: str, shape: list[Any]) -> None:
    arguments = {"Dense": {"units": 3}, "Embedding": {"input_dim": 9, "output_dim": 4}}
    assert_agrees(model({layer: arguments.get(layer, {})}, shape))


@pytest.mark.parametrize("arguments", EMBEDDING, ids=str)
@pytest.mark.parametrize("layer", ["Embedding", "ReversibleEmbedding"])
def test_embeddings(layer: str, arguments: dict[str, Any]) -> None:
    assert_agrees(model({layer: arguments}, ["T"], "int32"))


@pytest.mark.parametrize("more", [{}, {"lora_rank": 2}, {"mask_zero": True}], ids=str)
def test_untied_and_in_reverse(more: dict[str, Any]) -> None:
    table = {"input_dim": 9, "output_dim": 4, "tie_weights": False, "name": "e", **more}
    layers = [
        {"ReversibleEmbedding": table},
        {"reuse": "e", "inputs": "e", "call": {"reverse": True}, "name": "back"},
    ]
    assert_agrees({"input": {"shape": ["T"], "dtype": "int32"}, "layers": layers})


@pytest.mark.parametrize("activation", ["relu", "softmax", "swish", "glu", None, "foo", "ReLU", 1])
def test_activation(activation: Any) -> None:
    assert_agrees(model({"Activation": {"activation": activation}}))


SAVED: list[dict[str, Any]] = [
    {"class_name": "function", "config": "relu", "module": "builtins"},
    {"class_name": "function", "config": "relu"},
    {"class_name": "function", "config": "mine", "module": "builtins"},
    {"class_name": "relu", "config": {}, "module": "keras.activations"},
    {"class_name": "ReLU", "config": {"max_value": 6}, "module": "keras.layers"},
    {"class_name": "ReLU", "config": {"max_value": 6}},
    {"class_name": "ReLU", "module": "keras.layers"},
    {"ReLU": {"max_value": 6}},
]


@pytest.mark.parametrize("activation", SAVED, ids=str)
def test_activations_as_keras_saves_them(activation: dict[str, Any]) -> None:
    assert_agrees(model({"Dense": {"units": 3, "activation": activation}}))
    assert_agrees(model({"LSTM": {"units": 3, "activation": activation}}))


@pytest.mark.parametrize("entry", [{"Activation": {"activation": "relu"}}, {"Identity": {}}])
def test_several_tensors_at_once(entry: dict[str, Any]) -> None:
    inputs = {"a": [5, 4], "b": {"shape": [3], "dtype": "int32"}}
    assert_agrees({"inputs": inputs, "layers": [{**entry, "inputs": ["a", "b"]}]})


QUANTIZED = ["int8", "int4", "int4/2", "int4/-1", "float8", "gptq/4/2", "gptq/8/-1", "awq/4/2"]
QUANTIZABLE: list[Any] = [
    {"Dense": {"units": 3}},
    {"Dense": {"units": 3, "use_bias": False, "lora_rank": 2}},
    {"Embedding": {"input_dim": 7, "output_dim": 5}},
    {"ReversibleEmbedding": {"input_dim": 7, "output_dim": 5, "tie_weights": False}},
    {"EinsumDense": {"equation": "abc,cde->abde", "output_shape": [None, 2, 3], "bias_axes": "e"}},
    {"LSTM": {"units": 3}},
]


@pytest.mark.parametrize("mode", QUANTIZED)
@pytest.mark.parametrize("entry", QUANTIZABLE, ids=str)
def test_quantized_policies(entry: Any, mode: str) -> None:
    ((name, arguments),) = entry.items()
    for source in ("float32", "mixed_bfloat16"):
        policy = {"dtype": f"{mode}_from_{source}"}
        assert_agrees(model({name: {**arguments, **policy}}))


MASKED: list[Any] = [
    [{"Masking": {}}, {"Dense": {"units": 3}}],
    [{"Masking": {"mask_value": "x"}}, {"Activation": {"activation": "relu"}}],
    [{"Masking": {}}, {"Identity": {}}],
    [{"Masking": {}}, {"Embedding": {"input_dim": 9, "output_dim": 4}}],
    [{"Masking": {}}, {"ReversibleEmbedding": {"input_dim": 9, "output_dim": 4}}],
    [{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}, {"Masking": {}}],
]


@pytest.mark.parametrize("layers", MASKED, ids=str)
def test_masks(layers: list[Any]) -> None:
    assert_agrees({"input": ["T", 4], "layers": layers})


@pytest.mark.parametrize(
    "arguments",
    [
        {"shape": [5]},
        {"shape": ["T", 4], "dtype": "int32", "name": "x"},
        {"batch_shape": [2, 5]},
        {"batch_shape": [None, 5], "batch_size": 2},
        {"shape": [5], "batch_size": 3},
        {"shape": [5], "batch_shape": [None, 5]},
        {"input_shape": [5]},
        {"batch_input_shape": [3, 5]},
        {"shape": [-1]},
        {"shape": [2.0]},
        {"shape": 5},
        {"shape": [True]},
        {"shape": [5], "dtype": "int8"},
        {"shape": [5], "dtype": "foo"},
        {"shape": [5], "ragged": True},
        {"shape": [5], "sparse": True},
        {"shape": [5], "trainable": False},
        {},
    ],
    ids=str,
)
def test_input_layer(arguments: dict[str, Any]) -> None:
    assert_agrees({"layers": [{"InputLayer": arguments}, {"Dense": {"units": 2}}]})


@pytest.mark.parametrize("value", [2, "a", None, [1, 2, 3], [1, 2]], ids=str)
def test_a_constant_must_fill_the_weight(value: Any) -> None:
    """Seen only where weights are filled in earnest."""
    dense = {"units": 3, "bias_initializer": {"Constant": {"value": value}}}
    tree = model({"Dense": dense})
    refused = any(fact.keras == "refuses" for fact in judge(tree).facts)
    assert refused != observe(tree, eager=True).accepted


def test_a_shared_dense_insists_on_its_features() -> None:
    layers = [
        {"Dense": {"units": 3, "name": "d"}, "inputs": "a"},
        {"reuse": "d", "inputs": "b", "name": "again"},
    ]
    for second in ([4], [5], [6, 4], [None], [6, "F"]):
        inputs = {"a": [4], "b": second}
        assert_agrees({"inputs": inputs, "layers": layers, "outputs": ["d", "again"]})


def test_glu_is_said_to_halve_what_keras_reports() -> None:
    for entry in ({"Dense": {"units": 6, "activation": "glu"}}, {"Activation": "glu"}):
        entry = entry if "Dense" in entry else {"Activation": {"activation": "glu"}}
        facts = judge(model(entry)).facts
        (fact,) = [fact for fact in facts if isinstance(fact, Misreported)]
        assert fact.real[-1] == fact.reported[-1] // 2


def test_a_function_is_as_open_as_its_spec() -> None:
    case = judge(model({"Lambda": {"function": "lambda x: x", "output_shape": [3, "F"]}}))
    (tensor,) = case.flow.calls[-1].outputs
    assert [str(dim) for dim in tensor.shape] == ["batch", "3", "F"]
    case = judge(model({"Lambda": {"function": "lambda x: x"}}))
    assert [type(fact) for fact in case.facts] == [OpenLayer]
    assert case.facts[0].keras is None


def test_in_reverse_it_wants_vectors() -> None:
    layers = [{"ReversibleEmbedding": {"input_dim": 9, "output_dim": 4}, "call": {"reverse": True}}]
    assert not judge({"input": [5, 4], "layers": layers}).facts
    wrong = judge({"input": [5, 3], "layers": layers}).facts
    assert [fact.keras for fact in wrong] == ["builds"]
    assert not any(isinstance(fact, FailsWhenRun) for fact in wrong)
