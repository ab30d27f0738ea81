"""Specs that Keras accepts, each for another part of it; tests hold things against them."""

from __future__ import annotations

from typing import Any

import yaml

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
