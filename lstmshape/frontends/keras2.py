"""Keras 2, in all its packages: what Keras 3 calls otherwise, and what it does no more."""

from __future__ import annotations

#: a class of Keras 2, and the class of Keras 3 that does the same, with the same weights
CLASSES = {
    "CuDNNGRU": "GRU",
    "UnifiedLSTM": "LSTM", "UnifiedGRU": "GRU", "LSTMV2": "LSTM", "GRUV2": "GRU",
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
    "Input": "InputLayer",
}  # fmt: skip
#: a class that no class of Keras 3 is like: read under this name, which no spec can mistake
GONE = {
    "CuDNNLSTM": "keras2>CuDNNLSTM",
    "LocallyConnected1D": "keras2>LocallyConnected1D",
    "LocallyConnected2D": "keras2>LocallyConnected2D",
}
#: what an argument was when a file did not say it: (class of today, argument)
WAS = {("GRU", "reset_after"): False, ("GRUCell", "reset_after"): False}
#: the same for classes that have changed their name
WAS_THERE = {("CuDNNGRU", "reset_after"): True}
#: tensor functions that TensorFlow's Keras wrapped in layers
OPERATIONS = ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda", "ClassMethod", "InstanceMethod",
              "InstanceProperty")  # fmt: skip
