"""LS5xx, LS6xx: models that build and run, and are probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal
from lstmshape.facts import UnusedLayer
from lstmshape.rules import words
from lstmshape.rules.base import Rule


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
        )

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
