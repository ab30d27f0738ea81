"""LS1xx: what stands in Keras's own files and is not, or no longer, Keras's."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal
from lstmshape.facts import GoneClass, OpenObject
from lstmshape.rules import words
from lstmshape.rules.base import Rule

#: in what a class of today is not what a gone one was, where it takes the same arguments
DIFFERENCES = {"keras2>CuDNNLSTM": "with one bias: the sum of the two in a file of weights"}


class GoneClassRule(Rule):
    """A layer of Keras 1 or 2 that Keras 3 does not have: a saved file has it from then.

    It is judged as it was, with the weights that it had; Keras 3 cannot load the file. Files of old
    Keras name such layers plainly; a spec writes `keras2>CuDNNLSTM`.
    """

    code = "LS113"
    name = "layer-of-old-keras"
    severity = "note"
    facts = (GoneClass,)
    bad = "input: [10, 16]\nlayers:\n  - keras2>CuDNNLSTM: {units: 32}\n"
    good = "input: [10, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: GoneClass, case: Case) -> Diagnostic:
        nearest = f": {words.name(fact.now)} comes nearest" if fact.now else ""
        apart = f", {DIFFERENCES[fact.name]}" if fact.name in DIFFERENCES else ""
        return self.found(
            fact.place,
            f"Keras 3 has no {words.name(fact.name.rpartition('>')[2])} any more{nearest}{apart}",
            case=case,
            fact=fact,
            label="judged as it was",
            proposals=self._proposals(fact, case) if apart else (),
        )

    def _proposals(self, fact: GoneClass, case: Case) -> Iterator[Proposal]:
        """The class of today for each layer of the old one, which takes the same arguments."""
        changes = tuple(
            Change("set_class", node.path, value=fact.now)
            for node in case.graph.nodes
            if node.spec is not None and node.spec.class_name == fact.name
        )
        if changes:
            yield Proposal(f"write {words.name(fact.now)}", changes, safe=False)


class OpenObjectRule(Rule):
    """A saved model names an activation, initializer or the like that is not Keras's.

    No shape and no count depends on it: it is passed over.
    """

    code = "LS114"
    name = "unknown-object"
    severity = "note"
    facts = (OpenObject,)
    bad = (
        '{"class_name": "Sequential", "config": [{"class_name": "Dense", "config":\n'
        '{"units": 3, "batch_input_shape": [null, 4], "activation": "my_relu"}}]}\n'
    )
    good = (
        '{"class_name": "Sequential", "config": [{"class_name": "Dense", "config":\n'
        '{"units": 3, "batch_input_shape": [null, 4], "activation": "relu"}}]}\n'
    )

    def explain(self, fact: OpenObject, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"{words.name(fact.name)} is not known here: no shape depends on this "
            f"{words.name(fact.argument)}",
            fact=fact,
            label="not Keras's own",
        )
