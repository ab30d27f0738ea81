"""Models of real Keras 3 of every kind that its files can hold; each function makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import Input, Model, Sequential, ops
from keras import layers as L  # as everybody calls it

MODELS: dict[str, Callable[[], Any]] = {}


def model(make: Callable[[], Any]) -> Callable[[], Any]:
    MODELS[make.__name__] = make
    return make


@model
def sequential() -> Any:
    return Sequential([
        Input((30, 16)), L.LSTM(64, return_sequences=True, dropout=0.2), L.BatchNormalization(),
        L.Dropout(0.3), L.GRU(32, kernel_regularizer="l2"), L.Dense(8, activation="relu"),
        L.Dense(1),
    ])  # fmt: skip


@model
def masked_tagger() -> Any:
    return Sequential([
        Input((None,), dtype="int32"), L.Embedding(500, 16, mask_zero=True),
        L.Bidirectional(L.LSTM(12, return_sequences=True)),
        L.TimeDistributed(L.Dense(5, activation="softmax")),
    ])  # fmt: skip


@model
def two_inputs_and_outputs() -> Any:
    x, y = Input((20, 8), name="series"), Input((4,), name="facts")
    both = L.Concatenate()([L.LSTM(16)(x), L.Dense(16, activation="relu")(y)])
    return Model([x, y], [L.Dense(1, name="price")(both), L.Dense(3, name="kind")(both)])


@model
def shared_layers() -> Any:
    x, y = Input((10, 4)), Input((12, 4))
    reader, head = L.LSTM(6, name="reader"), L.Dense(3)
    return Model([x, y], L.Subtract()([head(reader(x)), head(reader(y))]))


@model
def shared_with_itself() -> Any:
    x, again = Input((7,)), L.Dense(7, name="again")
    return Model(x, again(again(again(x))))


@model
def masks_joined() -> Any:
    """The operation that joins the masks draws a name of its own: `concatenate_1`."""
    words = L.Embedding(30, 8, mask_zero=True)
    left, right = Input((5,), dtype="int32"), Input((7,), dtype="int32")
    both = L.Concatenate(axis=1)([words(left), words(right)])
    return Model([left, right], L.GRU(3)(both))


@model
def attention_over_masked_steps() -> Any:
    source, target = Input((None,), dtype="int32"), Input((None,), dtype="int32")
    steps = L.Bidirectional(L.LSTM(4, return_sequences=True))(
        L.Embedding(30, 8, mask_zero=True)(source)
    )
    said = L.LSTM(8, return_sequences=True)(L.Embedding(30, 8, mask_zero=True)(target))
    seen = L.Concatenate()([said, L.Attention()([said, steps])])
    return Model([source, target], L.TimeDistributed(L.Dense(30))(seen))


@model
def first_of_several() -> Any:
    left, right = Input((3,), name="left"), Input((4,), name="right")
    same = L.Identity()([left, right])
    return Model([left, right], L.Dense(2)(same[0]))


@model
def nested_models() -> Any:
    inner = Input((8,))
    two = Model(inner, [L.Dense(4)(inner), L.Dense(5)(inner)], name="two")
    head = Sequential([Input((4,)), L.Dense(3)], name="head")
    x, y = Input((8,)), Input((8,))
    (a, b), (c, d) = two(x), two(y)
    return Model([x, y], L.Concatenate()([head(a), head(c), b, d]))


@model
def nested_model_as_output() -> Any:
    inner = Input((8,))
    model = Model(inner, L.Dense(4)(inner), name="inner")
    x = Input((8,))
    return Model(x, [model(x), L.Dense(2)(x)])


@model
def seq2seq() -> Any:
    source, target = Input((None,), dtype="int32"), Input((None,), dtype="int32")
    _, h, c = L.LSTM(24, return_state=True)(L.Embedding(100, 16, mask_zero=True)(source))
    decoder = L.LSTM(24, return_sequences=True, return_state=True)
    out, _, _ = decoder(L.Embedding(90, 16)(target), initial_state=[h, c])
    return Model([source, target], L.Dense(90, activation="softmax")(out))


@model
def decoder_with_states() -> Any:
    token, states = Input((1,), dtype="int32"), [Input((24,)), Input((24,))]
    decoder = L.LSTM(24, return_state=True)
    out, h, c = decoder(L.Embedding(90, 16)(token), initial_state=states)
    return Model([token, *states], [L.Dense(90)(out), h, c])


@model
def bidirectional_states() -> Any:
    x, y = Input((8, 4)), Input((3, 2))
    encoder = L.Bidirectional(L.LSTM(5, return_state=True, return_sequences=True))
    out, fh, fc, bh, bc = encoder(x)
    states = [L.Concatenate()([fh, bh]), L.Concatenate()([fc, bc])]
    return Model([x, y], [L.LSTM(10, return_sequences=True)(y, initial_state=states), out])


@model
def transformer_block() -> Any:
    x = Input((12, 16))
    seen = L.MultiHeadAttention(2, 8, dropout=0.1)(x, x, use_causal_mask=True)
    normed = L.LayerNormalization(epsilon=1e-6)(L.Add()([x, seen]))
    wide = L.Dense(16)(L.Dense(32, activation="gelu")(normed))
    return Model(x, L.GlobalAveragePooling1D()(L.LayerNormalization()(L.Add()([normed, wide]))))


@model
def attention_of_all_kinds() -> Any:
    x, y = Input((9, 8)), Input((5, 8))
    heads = L.MultiHeadAttention(2, 4, output_shape=(7,))
    found = [
        L.Attention(use_scale=True)([x, y]), L.AdditiveAttention()([x, y]),
        L.GroupQueryAttention(8, 4, 2)(x, y), heads(query=x, value=y, key=y),
    ]  # fmt: skip
    return Model([x, y], L.Concatenate()(found))


@model
def attention_scores() -> Any:
    x = Input((6, 8))
    out, scores = L.MultiHeadAttention(2, 4)(x, x, return_attention_scores=True)
    return Model(x, [L.Dense(2)(out), scores])


@model
def wrappers() -> Any:
    image = [Input((10, 10, 3)), L.Conv2D(4, 3, padding="same"), L.MaxPooling2D(), L.Flatten()]
    other = L.LSTM(5, go_backwards=True, activation="relu")
    return Sequential([
        Input((4, 10, 10, 3)), L.TimeDistributed(Sequential(image)),
        L.Bidirectional(L.GRU(6, return_sequences=True), merge_mode="ave"),
        L.Bidirectional(L.LSTM(5), backward_layer=other), L.SpectralNormalization(L.Dense(4)),
    ])  # fmt: skip


@model
def cells() -> Any:
    return Sequential([
        Input((6, 5)), L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True),
        L.RNN(L.SimpleRNNCell(7), return_sequences=True), L.RNN(L.GRUCell(4, reset_after=False)),
    ])  # fmt: skip


@model
def operations() -> Any:
    x = Input((10, 6))
    y = x * 2.0 + 1.0
    both = ops.concatenate([ops.mean(y, axis=1), y[:, -1]], axis=-1)
    a, b = ops.split(both, 2, axis=-1)
    return Model(x, L.Dense(3)(a - b))


@model
def mask_as_an_argument() -> Any:
    x, mask = Input((6, 4)), Input((6,), dtype="bool")
    return Model([x, mask], L.LSTM(3)(x, mask=mask))


@model
def images() -> Any:
    x = Input((16, 16, 3))
    h = L.SeparableConv2D(8, 3, strides=2, padding="same")(L.RandomFlip()(L.Rescaling(1 / 255)(x)))
    h = L.Conv2DTranspose(4, 3, strides=2)(L.GroupNormalization(4)(L.DepthwiseConv2D(3)(h)))
    h = L.Cropping2D(1)(L.ZeroPadding2D(((1, 0), (0, 2)))(L.PReLU(shared_axes=[1, 2])(h)))
    return Model(x, L.GlobalMaxPooling2D(keepdims=True)(L.UpSampling2D(2)(h)))


@model
def convolution_in_time() -> Any:
    return Sequential([
        Input((5, 9, 9, 2)), L.ConvLSTM2D(4, 3, return_sequences=True), L.BatchNormalization(),
        L.Conv3D(2, 2), L.Flatten(),
    ])  # fmt: skip


@model
def objects_of_all_kinds() -> Any:
    fill, penalty = keras.initializers, keras.regularizers
    return Sequential([
        Input((5,)),
        L.Dense(
            4, kernel_initializer=fill.HeNormal(seed=3), bias_initializer=fill.Constant(0.5),
            kernel_regularizer=penalty.L1L2(0.1, 0.2), activity_regularizer=penalty.L2(0.01),
            kernel_constraint="max_norm",
        ),
        L.Dense(2, kernel_initializer=fill.VarianceScaling(2.0, "fan_out"), trainable=False),
        L.Dense(2, dtype="mixed_bfloat16"),
    ])  # fmt: skip


@model
def mappings() -> Any:
    a, b = Input((4,), name="a"), Input((5,), name="b")
    both = {"out": L.Concatenate()([L.Dense(3)(a), L.Dense(2)(b)])}
    inner = Model({"a": a, "b": b}, both, name="inner")
    p, q = Input((4,), name="p"), Input((5,), name="q")
    return Model({"p": p, "q": q}, {"y": L.Dense(2)(inner({"a": p, "b": q})["out"])})


@model
def stateful() -> Any:
    return Sequential([
        Input(batch_shape=(4, 10, 3)), L.LSTM(8, stateful=True, return_sequences=True),
        L.SimpleRNN(4, stateful=True),
    ])  # fmt: skip


@model
def built_by_its_data() -> Any:
    model = Sequential([L.Dense(3), L.Dense(2)])
    model.build((None, 7))
    return model


@model
def low_rank() -> Any:
    dense = L.Dense(4)
    model = Sequential([Input((5,)), dense])
    dense.enable_lora(2)
    return model


@model
def lambda_with_known_neighbours() -> Any:
    x = Input((5, 3))
    return Model(x, L.Dense(2)(L.Lambda(lambda t: t[:, 0])(x)))
