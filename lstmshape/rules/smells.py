"""LS5xx, LS6xx: models that build and run, and are probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal
from lstmshape.facts import UnusedLayer
from lstmshape.graph import Node
from lstmshape.layers.base import Layer
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.lineage import recurrent_inside
from lstmshape.source import Place


class UnusedLayerRule(Rule):
    """No output of the model depends on the layer: Keras leaves it out, and never trains it."""

    code = "LS601"
    name = "unused-layer"
    severity = "warning"
    facts = (UnusedLayer,)
    bad = (
        "input: [16]\nlayers:\n  - Dense: {units: 8, name: left}\n"
        "  - Dense: {units: 1}\n    inputs: input\n"
    )
    good = "input: [16]\nlayers:\n  - Dense: {units: 8, name: left}\n  - Dense: {units: 1}\n"

    def explain(self, fact: UnusedLayer, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"no output of the model depends on {words.name(fact.name)}: Keras leaves it out",
            case=case,
            fact=fact,
            label="leads nowhere",
            proposals=self._proposals(case.node_at(fact.place.path)),
        )

    @staticmethod
    def _proposals(node: Node | None) -> Iterable[Proposal]:
        if node is not None and node.spec is not None:
            change = Change("remove_layer", node.path, layer=node.name)
            yield Proposal(f"remove {words.name(node.name)}", (change,), safe=False)

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        nodes = case.graph.nodes
        if not case.graph.outputs or not case.flow.ok:
            return
        reached = case.graph.reached()
        if len(reached) == len(nodes):
            return
        read = {need for node in nodes for need in node.needs}
        for node in nodes:
            # the end of a dead branch is the cause; what leads to it only follows
            if node.index not in reached and node.index not in read and node.input is None:
                yield self.explain(UnusedLayer(name=node.name, place=node.place), case)


class SoftmaxOneUnitRule(Rule):
    """A softmax over one unit gives 1, whatever comes in: nothing can be learnt.

    For two classes with one unit use `sigmoid`; with `softmax` use as many units as classes.
    """

    code = "LS602"
    name = "softmax-one-unit"
    topic = "loss"
    bad = "input: [16]\nlayers:\n  - Dense: {units: 1, activation: softmax}\n"
    good = "input: [16]\nlayers:\n  - Dense: {units: 1, activation: sigmoid}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        for node in case.graph.nodes:
            layer: Any = node.layer
            call = case.call(node)
            if (
                layer is not None
                and layer.__dict__.get("activation") == "softmax"
                and call.outputs
                and call.outputs[0].shape[-1] == 1
            ):
                yield self._one(node.layer, node.place, case)

    def _one(self, layer: Any, place: Any, case: Case) -> Diagnostic:
        change = Change("set_argument", layer.path, "activation", "sigmoid", layer.name)
        diagnostic = self.found(
            place, f"{words.name(layer.name)} has a softmax over one unit: its output is always 1",
            case=case, label="one unit",
            proposals=[Proposal("set `activation: sigmoid`", (change,), safe=False)],
        )  # fmt: skip
        diagnostic.keras = "builds"
        return diagnostic


#: elementwise layers: each number for itself, whatever the axes
_ELEMENTWISE = ("Activation", "ReLU", "LeakyReLU", "ELU", "Identity", "Rescaling")
#: from here on a layer's weights alone are 4 GB in float32
HUGE = 1_000_000_000


class SlowKernelRule(Rule):
    """An activation that rules out the fast GPU kernel, and is seldom meant.

    The cuDNN kernel of LSTM and GRU computes `tanh` and sigmoid gates only: with another
    activation Keras steps through the sequence in a loop, which is slower. `relu` has no bound
    besides, and an LSTM's cell state adds up over the steps.
    """

    code = "LS501"
    name = "slow-kernel"
    severity = "note"
    topic = "cudnn"
    bad = "input: [20, 8]\nlayers:\n  - LSTM: {units: 32, activation: relu}\n"
    good = "input: [20, 8]\nlayers:\n  - LSTM: {units: 32}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        for node in case.graph.nodes:
            layer: Any = recurrent_inside(node.layer)
            if layer is None or layer.class_name not in ("LSTM", "GRU"):
                continue
            if layer.activation != "tanh":
                yield self._one(layer, node.place, case)

    def _one(self, layer: Any, place: Place, case: Case) -> Diagnostic:
        given = layer.activation or "linear"
        change = Change("remove_argument", layer.path, "activation", layer=layer.name)
        diagnostic = self.found(
            place,
            f"{words.name(layer.name)} with {words.name(given)} cannot use the fast GPU kernel",
            case=case, label=f"activation: {given}", expected="tanh", actual=given,
            proposals=[Proposal("leave the activation at `tanh`", (change,), safe=False)],
        )  # fmt: skip
        diagnostic.keras = "builds"
        return diagnostic


class HugeLayerRule(Rule):
    """One layer has a billion weights or more: 4 GB before the first batch.

    It is mostly a `Dense` behind a `Flatten` of a long sequence. Pool over the time axis first.
    """

    code = "LS502"
    name = "huge-layer"
    severity = "warning"
    topic = "flatten"
    bad = (
        "input: [100000, 64]\nlayers:\n  - Flatten\n"
        "  - Dense: {units: 4096, activation: relu}\n  - Dense: {units: 1}\n"
    )
    good = (
        "input: [100000, 64]\nlayers:\n  - GlobalAveragePooling1D\n"
        "  - Dense: {units: 4096, activation: relu}\n  - Dense: {units: 1}\n"
    )

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        seen: set[int] = set()
        for call in case.flow.calls:
            layer = call.node.layer
            size = call.weights.params
            if size >= HUGE and id(layer) not in seen:
                seen.add(id(layer))
                diagnostic = self.found(
                    call.node.place,
                    f"{words.name(call.node.name)} has {size:,} weights",
                    case=case,
                    label=f"{size * 4 / 2**30:,.0f} GiB in float32",
                    proposals=self._proposals(case, call.node),
                )
                diagnostic.keras = "builds"
                yield diagnostic

    @staticmethod
    def _proposals(case: Case, node: Node) -> Iterable[Proposal]:
        """Pool in place of a `Flatten` right before."""
        flat = case.source(node)
        x = case.call(flat).tensors if flat is not None else []
        if flat is None or flat.layer is None or flat.layer.class_name != "Flatten" or not x:
            return
        spatial = len(x[0].shape) - 2
        if spatial in (1, 2, 3):
            new = f"GlobalAveragePooling{spatial}D"
            change = Change("set_class", flat.path, value=new, layer=flat.name)
            title = f"average first: make {words.name(flat.name)} a {words.name(new)}"
            yield Proposal(title, (change,), safe=False)


class RedundantWrapperRule(Rule):
    """`TimeDistributed` around a layer that works on every number by itself changes nothing."""

    code = "LS604"
    name = "redundant-wrapper"
    severity = "note"
    topic = "time-distributed"
    bad = (
        "input: [20, 8]\nlayers:\n  - TimeDistributed: {layer: {Activation: {activation: relu}}}\n"
    )
    good = "input: [20, 8]\nlayers:\n  - Activation: {activation: relu}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        for node in case.graph.nodes:
            layer: Any = node.layer
            if (
                layer is None
                or layer.class_name != "TimeDistributed"
                or not case.call(node).outputs
            ):
                continue
            inner = layer.layer
            if inner.class_name in _ELEMENTWISE and inner.__dict__.get("activation") != "softmax":
                change = Change("unwrap_layer", layer.path, layer=layer.name)
                diagnostic = self.found(
                    node.place,
                    f"`TimeDistributed` around `{inner.class_name}` changes nothing",
                    case=case,
                    label="works on every number by itself",
                    proposals=[Proposal("take the wrapper off", (change,), safe=False)],
                )
                diagnostic.keras = "builds"
                yield diagnostic


class FrozenWrapperRule(Rule):
    """`trainable: false` on what only holds other layers freezes nothing: Keras trains them.

    An argument `trainable` is the layer's own, and weights belong to the layers inside; only
    `layer.trainable = False`, set on a layer that is made, reaches them. Freeze the inner layers.
    """

    code = "LS605"
    name = "frozen-wrapper"
    severity = "warning"
    bad = (
        "input: [20, 8]\nlayers:\n"
        "  - Bidirectional: {layer: {LSTM: {units: 16}}, trainable: false}\n"
        "  - Dense: {units: 1}\n"
    )
    good = (
        "input: [20, 8]\nlayers:\n"
        "  - Bidirectional: {layer: {LSTM: {units: 16, trainable: false}}}\n"
        "  - Dense: {units: 1}\n"
    )

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        seen: set[int] = set()
        for call in case.flow.calls:
            layer = call.node.layer
            if layer is None or layer.trainable or layer.freezes or id(layer) in seen:
                continue
            seen.add(id(layer))
            trained = sum(weight.size for weight in call.weights if weight.trainable)
            if trained:
                yield self._one(case, call.node, layer, trained)

    def _one(self, case: Case, node: Node, layer: Layer, trained: int) -> Diagnostic:
        diagnostic = self.found(
            node.place,
            f"{words.name(node.name)} is not trainable, but what it holds is: "
            f"{trained:,} parameters are trained all the same",
            case=case, label="freezes no weight", proposals=self._proposals(layer),
        )  # fmt: skip
        diagnostic.keras = "builds"
        return diagnostic

    @staticmethod
    def _proposals(layer: Layer) -> Iterable[Proposal]:
        # a Bidirectional makes two of the one that is written
        held = list({one.path: one for one in _holders(layer)}.values())
        if held:
            changes = tuple(
                Change("set_argument", one.path, "trainable", False, one.name) for one in held
            )
            called = [str(one.name) if layer.holds_model else one.class_name for one in held]
            names = words.either(called[:4], "and")
            more = ", …" if len(held) > 4 else ""
            title = f"freeze {names}{more} inside: set `trainable: false`"
            yield Proposal(title, changes, safe=False)
        change = Change("remove_argument", layer.path, "trainable", layer=layer.name)
        yield Proposal("remove `trainable`", (change,), safe=False)


def _holders(layer: Layer) -> Iterable[Layer]:
    """The layers inside that have weights, and whose own `trainable` counts."""
    graph = layer.__dict__.get("graph")
    nodes = graph.nodes if graph is not None else ()
    for inner in (*layer.inner(), *(node.layer for node in nodes if node.layer is not None)):
        if inner.freezes and inner.formula:
            yield inner
        elif not inner.freezes:
            yield from _holders(inner)
