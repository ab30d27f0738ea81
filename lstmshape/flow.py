"""What a propagation leaves behind: one verdict a call, and the model's outputs and weights."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lstmshape.facts import Fact
from lstmshape.graph import Graph, Node, Value
from lstmshape.layers.base import NO_WEIGHTS, Tensor, Weight, Weights
from lstmshape.layers.together import Together, filled
from lstmshape.requirements import Requirements

Status = Literal["ok", "refused", "blocked"]


class CallFlow:
    """What became of one call (or of one input of the model)."""

    __slots__ = (
        "fact", "given", "inner", "keys", "many", "node", "outputs", "status", "structure",
        "weights", "x",
    )  # fmt: skip

    def __init__(self, node: Node) -> None:
        self.node = node
        # until it is judged: what is never reached stays so
        self.status: Status = "blocked"
        #: what it was called on: a Tensor, a list of them, or a dict by call argument
        self.x: Any = None
        self.outputs: list[Tensor] = []
        #: whether the outputs stand in a tuple, however many they are
        self.many = False
        #: the names of the outputs, where they stand in a mapping: those of a model inside
        self.keys: tuple[str, ...] = ()
        #: how several outputs stand together, where it is not a plain tuple of them
        self.structure: Together | None = None
        #: how what it was called on stands together, where that is several tensors
        self.given: Together | None = None
        #: of the layer, also when another call made them
        self.weights: Weights = NO_WEIGHTS
        #: why it was refused
        self.fact: Fact | None = None
        #: the flow of the model that it holds
        self.inner: Flow | None = None

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors that it was called on first, in order."""
        if isinstance(self.x, Tensor):
            return [self.x]
        if isinstance(self.x, dict):
            return list(self.x.values())
        return list(self.x or ())

    def by_key(self) -> dict[str, Any]:
        """What stands under each key of a mapping: a tensor, or several together."""
        items = self.outputs if self.structure is None else filled(self.structure, self.outputs)
        return dict(zip(self.keys, items, strict=True))

    def together(self, *, flattened: bool = False) -> Any:
        """All that it gives: a tensor, or several as Keras has them.

        A mapping goes by the order of its keys where Keras has `flattened` it.
        """
        if self.keys:
            by_key = self.by_key()
            return Together(by_key[key] for key in (sorted(by_key) if flattened else self.keys))
        if not self.many:
            return self.outputs[0]
        if self.structure is not None:
            return filled(self.structure, self.outputs)
        return Together(self.outputs)

    @property
    def totals(self) -> Totals:
        """The counts of its layer as Keras gives them: nothing is trained in one that is frozen.

        The model may train what a frozen wrapper holds, and counts it so.
        """
        counts = totals(self.weights)
        layer = self.node.layer
        if layer is not None and not layer.trainable:
            return Totals(counts.params, 0, counts.params)
        return counts


def shapes_of(x: Any) -> Any:
    """The shapes of what a call reads: one, a list, or a mapping of them."""
    if isinstance(x, Tensor):
        return x.shape
    if isinstance(x, dict):
        return {key: tensor.shape for key, tensor in x.items()}
    return [tensor.shape for tensor in x]


class Flow:
    """All calls of a graph, by the index of their node."""

    __slots__ = ("calls", "facts", "graph", "requirements")

    def __init__(self, graph: Graph, requirements: Requirements) -> None:
        self.graph = graph
        self.calls = [CallFlow(node) for node in graph.nodes]
        self.facts: list[Fact] = []
        self.requirements = requirements

    @property
    def ok(self) -> bool:
        return all(call.status == "ok" for call in self.calls)

    def tensors(self, value: Value) -> list[Tensor]:
        """What a value stands for: one tensor, or all that a node gives."""
        outputs = self.calls[value.node].outputs
        return outputs if value.output is None else outputs[value.output : value.output + 1]

    def outputs(self) -> list[tuple[str, Tensor | None]]:
        """(name, tensor) of each output of the model; None behind a refused call."""
        found: list[tuple[str, Tensor | None]] = []
        for name, value in self.graph.outputs:
            base = name or self.graph.nodes[value.node].name
            tensors = self.tensors(value)
            if not tensors:
                found.append((base, None))
            for number, tensor in enumerate(tensors):
                several = len(tensors) > 1 and name is None
                found.append((f"{base}:{number}" if several else base, tensor))
        return found

    def freeze(self) -> None:
        """Nothing in the model is trained, as after `model.trainable = False`."""
        for call in self.calls:
            call.weights = Weights(weight._replace(trainable=False) for weight in call.weights)

    def weights(self) -> list[Weight]:
        """The model's weights, each once: of the layers that an output depends on."""
        made: list[Weight] = []
        seen: set[int] = set()
        for index in sorted(self.graph.reached()):
            node = self.graph.nodes[index]
            if node.layer is not None and id(node.layer) not in seen:
                seen.add(id(node.layer))
                prefix = str(node.layer.name)
                made += [w._replace(name=f"{prefix}/{w.name}") for w in self.calls[index].weights]
        return made


class Totals(NamedTuple):
    params: int
    trainable: int
    non_trainable: int


def totals(weights: list[Weight]) -> Totals:
    """Counts as Keras's summary gives them."""
    trainable = sum(w.size for w in weights if w.trainable)
    return Totals(sum(w.size for w in weights), trainable, sum(w.size for w in weights) - trainable)
