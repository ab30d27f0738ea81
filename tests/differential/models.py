"""Random models as spec trees: chains and graphs, with what can go wrong in them.

A model grows entry by entry. Each is proposed at random, judged here, and mostly kept when it
passes; some that we refuse are kept too, so that Keras is asked about both verdicts.
"""

from __future__ import annotations

import random
from typing import Any

from differential.values import LEFT_ALONE, argument_value, from_schema

from lstmshape.case import judge
from lstmshape.layers import all_layers
from lstmshape.layers.base import Layer

Tree = dict[str, Any]
Entry = dict[str, Any]

#: what nobody builds from a spec: foreign code, TensorFlow alone, bases
LEFT_OUT = frozenset({
    "Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "InputLayer",
    "CustomLayer", "Sequential", "Functional", "Wrapper", "Pipeline", "Layer", "StringLookup",
    "IntegerLookup", "TextVectorization", "HashedCrossing", "Hashing", "Discretization",
    "RandAugment", "AugMix", "MaxNumBoundingBoxes", "CutMix", "MixUp",
})  # fmt: skip
#: the layers of sequence models, which should stand in most models
OFTEN = (
    "LSTM", "GRU", "SimpleRNN", "Bidirectional", "TimeDistributed", "Dense", "Embedding", "RNN",
    "RepeatVector", "Conv1D", "Masking", "MaxPooling1D", "Flatten", "Reshape", "Dropout",
    "Concatenate", "Add", "MultiHeadAttention", "Attention", "BatchNormalization",
    "LayerNormalization", "GlobalAveragePooling1D", "Dot", "Permute",
)  # fmt: skip
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D")
NAMES = ("T", "S", None)


def all_classes() -> list[str]:
    """The classes to draw from, each once."""
    found = {cls.__name__: cls for cls in all_layers().values()}
    return sorted(name for name, cls in found.items() if name not in LEFT_OUT)


class Models:
    """A stream of random models; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.classes = all_classes()
        self.layers = all_layers()

    def model(self) -> Tree:
        rng = self.rng
        #: how often an argument is odd, and how often a refused entry is kept
        self.odd = rng.choice((0.0, 0.0, 0.02, 0.1))
        tree: Tree = {"layers": []}
        if rng.random() < 0.6:
            tree["input"] = self.input()
        else:
            tree["inputs"] = {name: self.input() for name in ("a", "b", "c")[: rng.randint(1, 3)]}
        keep = rng.choice((0.03, 0.1, 0.3))
        for _ in range(rng.randint(1, 7)):
            self._grow(tree, keep)
        if not tree["layers"]:
            tree["layers"].append(self.entry_of("Dense"))
            self._wire(tree, tree["layers"][-1])
        return tree

    # -- growing ------------------------------------------------------------------------------

    def _grow(self, tree: Tree, keep: float) -> None:
        """Add an entry that passes, or now and then one that does not."""
        for _ in range(6):
            entry = self._entry(tree)
            tried = {**tree, "layers": [*tree["layers"], entry]}
            if self._passes(tried) or self.rng.random() < keep:
                tree["layers"].append(entry)
                return

    @staticmethod
    def _passes(tree: Tree) -> bool:
        try:
            case = judge(tree)
        except Exception:
            # a crash of ours is the most wanted of all findings: the comparison shows it
            return True
        return case.flow.ok and not any(fact.keras == "refuses" for fact in case.facts)

    def _entry(self, tree: Tree) -> Entry:
        rng = self.rng
        if tree["layers"] and rng.random() < 0.06:
            entry = self._reuse(tree)
            if entry is not None:
                return entry
        name = rng.choice(OFTEN) if rng.random() < 0.6 else rng.choice(self.classes)
        entry = self.nested() if rng.random() < 0.05 else self.entry_of(name)
        self._wire(tree, entry)
        return entry

    def _reuse(self, tree: Tree) -> Entry | None:
        named = [n for n in self._names(tree) if n not in tree.get("inputs", {"input": 0})]
        if not named:
            return None
        number = len(tree["layers"])
        return {"reuse": self.rng.choice(named), "name": f"again_{number}"}

    # -- entries ------------------------------------------------------------------------------

    def entry_of(self, name: str, depth: int = 0) -> Entry:
        """An entry of a class, with random arguments."""
        cls = self.layers[name]
        arguments: dict[str, Any] = {}
        for key, argument in cls.arguments.items():
            if not argument.required and (key in LEFT_ALONE or self.rng.random() > 0.15):
                continue
            if argument.kind.holds:
                arguments[key] = self._inner(name, key, depth)
            else:
                arguments[key] = argument_value(self.rng, argument, self.odd)
        self._mended(name, cls, arguments)
        if self.rng.random() < 0.03:
            arguments["trainable"] = False
        if self.rng.random() < 0.03:
            arguments["dtype"] = self.rng.choice(("float16", "mixed_float16", "float64"))
        if self.odd and self.rng.random() < 0.02:
            arguments[self.rng.choice(("foo", "input_dim", "units_", "batch_size"))] = 3
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
        if name in ("Bidirectional",):
            return self._recurrent(depth)
        if key in ("cell", "cells"):
            return self._cells(depth)
        if rng.random() < 0.15:
            return self.nested(depth)
        return self.entry_of(rng.choice(OFTEN) if rng.random() < 0.7 else rng.choice(self.classes),
                             depth + 1)  # fmt: skip

    def _recurrent(self, depth: int) -> Entry:
        classes = ("LSTM", "GRU", "SimpleRNN", "RNN")
        name = self.rng.choice(classes) if self.rng.random() < 0.92 else self.rng.choice(OFTEN)
        return self.entry_of(name, depth + 1)

    def _backward(self) -> Entry:
        return {"LSTM": {"units": self.rng.randint(1, 4), "go_backwards": self.rng.random() < 0.8}}

    def _cells(self, depth: int) -> Any:
        cells = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
        one = lambda: self.entry_of(self.rng.choice(cells[: 3 if depth else 4]), depth + 1)  # noqa: E731
        return one() if self.rng.random() < 0.6 else [one() for _ in range(self.rng.randint(1, 3))]

    def nested(self, depth: int = 0) -> Entry:
        """A model as a layer."""
        count = self.rng.randint(1, 3)
        layers = [self.entry_of(self.rng.choice(OFTEN), depth + 1) for _ in range(count)]
        arguments: dict[str, Any] = {"layers": layers}
        if self.rng.random() < 0.4:
            arguments["input"] = self.input()
            return {self.rng.choice(("Sequential", "Model")): arguments}
        return {"Sequential": arguments}

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

    # -- wiring -------------------------------------------------------------------------------

    @staticmethod
    def _names(tree: Tree) -> list[str]:
        from lstmshape.graph import build_graph
        from lstmshape.spec import read_spec

        graph, _ = build_graph(read_spec(tree)[0])
        return [node.name for node in graph.nodes if node.name and node.layer]

    def _wire(self, tree: Tree, entry: Entry) -> None:
        """Say what the entry reads, where it is not the one before it."""
        rng = self.rng
        name = next(key for key in entry if key not in ("inputs", "call"))
        cls = self.layers.get(name)
        sources = [*tree.get("inputs", {"input": 0}), *self._names(tree)]
        takes = cls.takes if cls is not None else "one"
        alone = not tree["layers"] and len(tree.get("inputs", (0,))) > 1
        if takes in ("list", "named"):
            entry["inputs"] = self._several(tree, sources, named=takes == "named")
        elif alone or rng.random() < 0.2:
            entry["inputs"] = self._reference(rng.choice(sources))
        if name in RECURRENT and rng.random() < 0.15:
            states = [self._reference(rng.choice(sources), 0.8) for _ in range(rng.randint(1, 3))]
            entry["call"] = {"initial_state": states if rng.random() < 0.9 else states[0]}
        elif takes == "named" and rng.random() < 0.15:
            entry["call"] = {"return_attention_scores": True}

    def _several(self, tree: Tree, sources: list[str], *, named: bool) -> Any:
        rng = self.rng
        count = rng.choice((1, 2, 2, 2, 3)) if rng.random() < 0.9 else 4
        first = rng.choice(sources)
        alike = self._alike(tree, first, sources)
        refs = [first, *(rng.choice(alike or sources) for _ in range(count - 1))]
        refs = [self._reference(ref, 0.1) for ref in refs]
        if named and rng.random() < 0.4:
            return dict(zip(("query", "value", "key"), refs[:3], strict=False))
        return refs

    @staticmethod
    def _alike(tree: Tree, first: str, sources: list[str]) -> list[str]:
        """The sources with as many axes as the first."""
        try:
            case = judge(tree)
        except Exception:
            return []
        ranks = {node.name: len(case.shape(node) or ()) for node in case.graph.nodes}
        return [s for s in sources if ranks.get(s) == ranks.get(first)]

    def _reference(self, name: str, index: float = 0.08) -> str:
        return f"{name}:{self.rng.randint(0, 2)}" if self.rng.random() < index else name


__all__ = ["Models", "Tree", "all_classes", "from_schema"]
