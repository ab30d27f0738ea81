"""LS408 and LS411: the loss that is named, and the activation that it wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.dims import Shape
from lstmshape.feeding import Feeding, Trained
from lstmshape.graph import Node
from lstmshape.layers.base import Layer
from lstmshape.losses import (
    CROSSENTROPIES,
    OLD,
    Loss,
    all_names,
)
from lstmshape.near import near_names
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.targets import DENSE
from lstmshape.source import Place


class UnknownLossRule(Rule):
    """Keras has no loss of that name."""

    code = "LS411"
    name = "unknown-loss"
    topic = "loss"
    bad = DENSE + "compile: {loss: sparse_crossentropy}\n"
    good = DENSE + "compile: {loss: sparse_categorical_crossentropy}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if case.spec.compile.get("loss") is None:
            return
        for output in Feeding(case).outputs:
            if output.loss is None and output.written is not None and output.loss_path is not None:
                yield self._one(output, case)

    def _one(self, output: Trained, case: Case) -> Diagnostic:
        written = output.written
        old = OLD.get(written) if isinstance(written, str) else None
        near = (
            (old,) if old else near_names(written, all_names()) if isinstance(written, str) else ()
        )
        path = output.loss_path
        assert path is not None
        return self.found(
            Place(path),
            f"Keras has no loss {words.value(written)}"
            + (f", but {words.either(near)}" if near else ""),
            case=case,
            label="no such loss in keras.losses",
            proposals=[
                Proposal(f"write {words.name(new)}", (Change("set_loss", path, value=new),),
                         safe=len(near) == 1)
                for new in near
            ],
        )  # fmt: skip


class LossActivationRule(Rule):
    """The output's activation does not make what the loss wants.

    A crossentropy wants probabilities: `sigmoid` for yes or no (`binary_crossentropy`), `softmax`
    for one class of several. Without an activation say `from_logits: true`.
    """

    code = "LS408"
    name = "loss-activation"
    severity = "warning"
    topic = "loss"
    bad = "input: [8]\nlayers:\n  - Dense: {units: 1}\ncompile: {loss: binary_crossentropy}\n"
    good = (
        "input: [8]\nlayers:\n  - Dense: {units: 1, activation: sigmoid}\n"
        "compile: {loss: binary_crossentropy}\n"
    )

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if case.spec.compile.get("loss") is None:
            return
        for output in Feeding(case).outputs:
            found = self._one(output, case)
            if found is not None:
                yield found

    def _one(self, output: Trained, case: Case) -> Diagnostic | None:
        loss, path = output.loss, output.loss_path
        last = last_activation(case, output.node)
        if loss is None or path is None or loss.name not in CROSSENTROPIES or last is None:
            return None
        layer, given = last
        wants = wanted_activation(loss, output.output)
        if wants is None or given in (wants, "softmax" if output.output[-1] == 1 else wants):
            return None
        if given == "softmax" and loss.name.startswith("binary"):
            said = "gives classes that exclude each other (softmax), and the loss takes each alone"
        elif loss.from_logits:
            said = f"ends in {words.name(given)}, and `from_logits: true` wants no activation"
        elif given == "linear":
            said = "gives any number, and the loss wants probabilities"
        else:
            said = f"ends in {words.name(given)}, and the loss wants {words.name(wants)}"
        diagnostic = self.found(
            Place(path), f"{words.name(output.node.name)} {said}", case=case,
            label=f"wants {words.name(wants)}", expected=wants, actual=given,
            related=[Related(f"activation: {given}", output.node.place, output.node.name)],
            proposals=self._proposals(output, layer, wants, given),
        )  # fmt: skip
        diagnostic.keras = "builds"
        return diagnostic

    @staticmethod
    def _proposals(output: Trained, layer: Layer, wants: str, given: str) -> Iterator[Proposal]:
        assert output.loss is not None
        assert output.loss_path is not None
        if given == "softmax" and output.loss.name == "binary_crossentropy":
            change = Change("set_loss", output.loss_path, value="categorical_crossentropy")
            yield Proposal("use the loss of softmax: `categorical_crossentropy`", (change,), False)
        one = output.output[-1] == 1
        if given == "sigmoid" and one and output.loss.name == "categorical_crossentropy":
            change = Change("set_loss", output.loss_path, value="binary_crossentropy")
            yield Proposal("use the loss of sigmoid: `binary_crossentropy`", (change,), False)
        if "activation" in type(layer).arguments:
            change = Change("set_argument", layer.path, "activation", wants, output.node.name)
            yield Proposal(f"set `activation: {wants}`", (change,), safe=False)


def wanted_activation(loss: Loss, output: Shape) -> str | None:
    """The activation whose values the loss takes."""
    if loss.from_logits:
        return "linear"
    if loss.name.startswith("binary"):
        return "sigmoid"
    return "softmax"


#: layers that pass values on as they are
_PASSING = ("Dropout", "Reshape", "Flatten", "Permute", "Identity", "ActivityRegularization")
#: layers whose output is what their `activation` makes
_ACTIVE = ("Dense", "Activation", "EinsumDense", "Conv1D", "Conv2D", "Conv3D")


def last_activation(case: Case, node: Node) -> tuple[Layer, str] | None:
    """The layer that makes an output's values, and its activation; None where it is not plain."""
    for here in (node, *case.upstream(node)):
        layer: Any = here.layer
        if layer is None:
            break
        while layer.class_name == "TimeDistributed":
            layer = layer.layer
        if layer.class_name == "Softmax":
            return layer, "softmax"
        if layer.class_name in _ACTIVE:
            return layer, layer.activation or "linear"
        if layer.class_name not in _PASSING:
            break
    return None
