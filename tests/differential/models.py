"""Random models as spec trees: chains and graphs, with what can go wrong in them.

A model grows entry by entry. Each is proposed at random, judged here, and mostly kept when it
passes; some that we refuse are kept too, so that Keras is asked about both verdicts.
"""

from __future__ import annotations

import random
from typing import Any

from differential.drawn_operations import operation
from differential.values import LEFT_ALONE, argument_value, from_schema
from differential.wiring import Wiring, passes
from lstmshape.layers import all_layers
from lstmshape.layers.base import Layer

Tree = dict[str, Any]
Entry = dict[str, Any]

#: what is not built from a spec here, with the reason; `test_cases.py` holds it to `keras.layers`
LEFT_OUT = {
    **dict.fromkeys(
        ("Lambda", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "TFSMLayer"),
        "foreign code: the oracle does not run what a file names",
    ),
    **dict.fromkeys(
        ("StringLookup", "IntegerLookup", "TextVectorization", "HashedCrossing", "Hashing"),
        "Keras makes it only where TensorFlow is installed",
    ),
    "Pipeline": "Keras runs its layers as code while it builds: what JAX can trace is JAX's own",
    "InputLayer": "drawn as `input` and `inputs`",
    "Sequential": "drawn with layers inside, by `nested`",
    "Functional": "drawn with layers inside, by `nested`",
    "CustomLayer": "no class of Keras",
}
#: the layers of sequence models, which should stand in most models
OFTEN = (
    "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "Dense", "Embedding", "RNN",
    "RepeatVector", "Conv1D", "Masking", "MaxPooling1D", "Flatten", "Reshape", "Dropout",
    "Concatenate", "Add", "MultiHeadAttention", "Attention", "BatchNormalization",
    "LayerNormalization", "GlobalAveragePooling1D", "Dot", "Permute",
)  # fmt: skip
WRAPPERS = ("TimeDistributed", "Bidirectional", "SpectralNormalization")
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D")
POLICIES = ("float16", "mixed_float16", "float64", "bfloat16", "mixed_bfloat16", "int32", "foo")
NAMES = ("T", "S", None)


def all_classes() -> list[str]:
    """The classes to draw from, each once; what only old files name is out."""
    found = {cls.__name__: cls for cls in all_layers().values()}
    return sorted(name for name, cls in found.items() if name not in LEFT_OUT and not cls.opaque)


class Models:
    """A stream of random models. A seed and a number always give the same model."""

    def __init__(self, seed: int, first: int = 0) -> None:
        self.seed = seed
        #: of the model that is drawn next
        self.number = first
        self.rng = random.Random()
        self.classes = all_classes()
        self.layers = all_layers()
        self.wiring = Wiring(self.rng, self.layers)
        self.odd = 0.0

    def model(self) -> Tree:
        rng = self.rng
        rng.seed(f"{self.seed} {self.number}")
        self.number += 1
        #: how often an argument is odd, and how often a refused entry is kept
        self.odd = rng.choice((0.0, 0.0, 0.02, 0.1))
        tree = self._inputs(rng.random() < 0.6)
        self._layers(tree, rng.randint(1, 7), rng.choice((0.03, 0.15, 0.4)))
        if rng.random() < 0.25:
            tree["outputs"] = self.wiring.outputs(tree)
        if rng.random() < 0.08:
            tree["dims"] = {"T": rng.choice((1, 3, 7, {"min": 2}, {"min": 4, "max": 40}))}
        return tree

    def _inputs(self, alone: bool) -> Tree:
        if alone:
            return {"input": self.input(), "layers": []}
        names = self.rng.sample("abc", self.rng.randint(1, 3))
        return {"inputs": {name: self.input() for name in names}, "layers": []}

    def _layers(self, tree: Tree, count: int, keep: float) -> None:
        for _ in range(count):
            self._grow(tree, keep)
        if not tree["layers"]:
            entry = self.entry_of("Dense")
            self.wiring.wire(tree, entry)
            tree["layers"].append(entry)

    def _grow(self, tree: Tree, keep: float) -> None:
        """Add an entry that passes, or now and then one that does not."""
        for _ in range(6):
            entry = self._entry(tree)
            tried = {**tree, "layers": [*tree["layers"], entry]}
            if passes(tried) or self.rng.random() < keep:
                tree["layers"].append(entry)
                return

    def _entry(self, tree: Tree) -> Entry:
        rng = self.rng
        if rng.random() < 0.08:
            return operation(rng, self.wiring.names(tree))
        entry = self.wiring.reuse(tree) if tree["layers"] and rng.random() < 0.08 else None
        if entry is None:
            name = rng.choice(OFTEN) if rng.random() < 0.6 else rng.choice(self.classes)
            entry = self.nested() if rng.random() < 0.07 else self.entry_of(name)
        self.wiring.wire(tree, entry)
        return entry

    # -- entries ------------------------------------------------------------------------------

    def entry_of(self, name: str, depth: int = 0) -> Entry:
        """An entry of a class, with random arguments."""
        cls, rng = self.layers[name], self.rng
        arguments: dict[str, Any] = {}
        for key, argument in cls.arguments.items():
            if not argument.required and (key in LEFT_ALONE or rng.random() > 0.15):
                continue
            if argument.kind.holds:
                arguments[key] = self._inner(name, key, depth)
            else:
                arguments[key] = argument_value(rng, argument, self.odd)
        self._mended(name, cls, arguments)
        if name == "LayerNormalization" and arguments.get("axis") == []:
            # over no axis at all Keras takes even several tensors: nobody writes that
            del arguments["axis"]
        if rng.random() < 0.03:
            arguments["trainable"] = False
        if rng.random() < 0.04:
            arguments["dtype"] = rng.choice(POLICIES)
        if self.odd and rng.random() < 0.02:
            arguments[rng.choice(("foo", "input_dim", "units_", "batch_size"))] = 3
        return {name: arguments or None}

    def _mended(self, name: str, cls: type[Layer], arguments: dict[str, Any]) -> None:
        """Nudge arguments to what often passes; a schema cannot say how they hang together."""
        rng = self.rng
        if rng.random() < self.odd:
            return
        if name in RECURRENT and rng.random() < 0.5:
            arguments["return_sequences"] = rng.random() < 0.8
            arguments["return_state"] = rng.random() < 0.3
            if name == "Bidirectional":
                del arguments["return_sequences"], arguments["return_state"]
        for key in ("groups", "strides", "dilation_rate", "data_format", "lora_rank"):
            if key in arguments and not cls.arguments[key].required and rng.random() < 0.6:
                del arguments[key]
        if "input_dim" in arguments:
            arguments["mask_zero"] = rng.random() < 0.5

    def _inner(self, name: str, key: str, depth: int) -> Any:
        rng = self.rng
        if depth > 2:
            return {"Dense": {"units": 2}}
        if key == "backward_layer":
            return None if rng.random() < 0.6 else self._backward()
        if name == "Bidirectional":
            return self._recurrent(depth)
        if key in ("cell", "cells"):
            return self._cells(depth)
        if rng.random() < 0.12:
            return self.nested(depth)
        if rng.random() < 0.15:
            return self.entry_of(rng.choice(WRAPPERS), depth + 1)
        name = rng.choice(OFTEN) if rng.random() < 0.7 else rng.choice(self.classes)
        return self.entry_of(name, depth + 1)

    def _recurrent(self, depth: int) -> Entry:
        classes = ("LSTM", "GRU", "SimpleRNN", "RNN")
        name = self.rng.choice(classes) if self.rng.random() < 0.92 else self.rng.choice(OFTEN)
        return self.entry_of(name, depth + 1)

    def _backward(self) -> Entry:
        return {"LSTM": {"units": self.rng.randint(1, 4), "go_backwards": self.rng.random() < 0.8}}

    def _cells(self, depth: int) -> Any:
        cells = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")[: 3 if depth else 4]
        count = 0 if self.rng.random() < 0.6 else self.rng.randint(1, 3)
        made = [self.entry_of(self.rng.choice(cells), depth + 1) for _ in range(count or 1)]
        return made if count else made[0]

    def nested(self, depth: int = 0) -> Entry:
        """A model as a layer: a chain of layers, or a graph with inputs and outputs of its own."""
        rng = self.rng
        if depth < 2 and rng.random() < 0.4:
            tree = self._inputs(rng.random() < 0.5)
            self._layers(tree, rng.randint(1, 3), 0.02)
            if rng.random() < 0.4:
                tree["outputs"] = self.wiring.outputs(tree)
            return {"Model": tree}
        count = rng.randint(1, 3)
        layers = [self.entry_of(rng.choice(OFTEN), depth + 1) for _ in range(count)]
        if rng.random() < 0.3:
            return {"Sequential": {"layers": layers, "input": self.input()}}
        return {"Sequential": {"layers": layers}}

    def input(self) -> Any:
        rng = self.rng
        rank = rng.choice((1, 2, 2, 2, 2, 3, 3, 4)) if rng.random() < 0.97 else 0
        shape = [self._size(axis, rank) for axis in range(rank)]
        if self.odd and rng.random() < 0.02:
            shape[-1:] = [rng.choice((0, -1, 2.5))]
        roll = rng.random()
        if roll < 0.15:
            return {"shape": shape, "dtype": rng.choice(("int32", "float16", "bool", "float32"))}
        if roll < 0.25:
            return {"shape": shape, "batch_size": rng.randint(1, 4)}
        return shape

    def _size(self, axis: int, rank: int) -> Any:
        open_share = 0.35 if axis < rank - 1 else 0.06
        if self.rng.random() < open_share:
            return self.rng.choice(NAMES)
        return self.rng.choice((1, 2, 3, 4, 5, 6, 8, 12))


__all__ = ["LEFT_OUT", "Models", "Tree", "all_classes", "from_schema"]
