"""Reports made in one line, for the tests of what is shown."""

from __future__ import annotations

from typing import Any

from lstmshape.case import NO_OPTIONS, Options
from lstmshape.frontends import read
from lstmshape.pipeline import EVERYTHING, FileReport, Policy, check_document

STACKED = """\
# two LSTMs
input: [T, 16]
layers:
  - LSTM: {units: 128}

  # the last
  - LSTM: {units: 64}
  - Dense: {units: 10}
"""

GRAPH = """\
name: translator
inputs:
  source: {shape: [S], dtype: int32}
  target: {shape: [T], dtype: int32}
layers:
  - Embedding: {input_dim: 800, output_dim: 128, mask_zero: true, name: source_vectors}
    inputs: source
  - LSTM: {units: 256, return_state: true, name: encoder}
  - Embedding: {input_dim: 800, output_dim: 128, name: target_vectors}
    inputs: target
  - LSTM: {units: 256, return_sequences: true, return_state: true, name: decoder}
    inputs: target_vectors
    call: {initial_state: ["encoder:1", "encoder:2"]}
  - Dense: {units: 800, activation: softmax, name: probabilities}
    inputs: decoder:0
"""

SHARED = """\
inputs: {left: [9, 4], right: [9, 4]}
layers:
  - LSTM: {units: 8, name: reader}
    inputs: left
  - reuse: reader
    name: again
    inputs: right
  - Concatenate: {}
    inputs: [reader, again]
  - BatchNormalization
  - Dense: {units: 3, trainable: false}
"""

NESTED = """\
input: [20, 16, 16, 3]
layers:
  - TimeDistributed:
      layer:
        Sequential:
          layers:
            - Conv2D: {filters: 4, kernel_size: 3}
            - Flatten
  - LSTM: {units: 5}
"""


def report(text: str, path: str = "model.yaml", **more: Any) -> FileReport:
    """The report on a text; `fixes=False` leaves the search for fixes out."""
    policy = EVERYTHING if more.pop("fixes", True) else Policy(fixes=False)
    options = Options(**more) if more else NO_OPTIONS
    return check_document(read(path, text.encode()), options, policy)
