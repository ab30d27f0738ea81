"""LS105 and LS106: what layers said in an older Keras, and inputs that name their batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Severity
from lstmshape.facts import (
    InputOnLayer,
    LegacyArgument,
    WrongRank,
)
from lstmshape.graph import Node
from lstmshape.layers import find
from lstmshape.rules import words
from lstmshape.rules.arguments import remove_argument, rename_argument, written_arguments
from lstmshape.rules.base import Rule
from lstmshape.source import Path


class LegacyArgumentRule(Rule):
    """An argument of Keras 1 or 2 that Keras 3 names otherwise, or no longer has.

    What a model reads is said once, as `input:` of the spec (`keras.Input(shape=…)` in code), and
    not on the first layer.
    """

    code = "LS105"
    name = "legacy-argument"
    facts = (LegacyArgument, InputOnLayer)
    general = True
    topic = "input-shape"
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {output_dim: 32}\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: Any, case: Case) -> Diagnostic:
        if isinstance(fact, InputOnLayer):
            return self._input(fact, case)
        entry = fact.place.path[:-2]
        key, cls = words.name(fact.argument), words.name(fact.class_name)
        if fact.now is not None:
            message = f"{key} of {cls} is called {words.name(fact.now)} in Keras 3"
            proposals = [rename_argument(entry, fact.argument, fact.now)]
        else:
            message = f"{key} of {cls} is gone: {fact.why}"
            proposals = [remove_argument(entry, fact.argument, safe=fact.keras == "builds")]
        severity: Severity = "warning" if fact.keras == "builds" else "error"
        return self.found(
            fact.place, message, case=case, fact=fact, label="of an older Keras",
            proposals=proposals, severity=severity,
        )  # fmt: skip

    def _input(self, fact: InputOnLayer, case: Case) -> Diagnostic:
        key = words.name(fact.argument)
        refused = fact.keras == "refuses"
        if fact.used:
            does = "Keras 3 refuses it" if refused else "Keras 3 warns of it"
            message = f"{key} stands on a layer: {does}, the model's input is said by `input:`"
        else:
            does = "refuses" if refused else "ignores"
            message = f"{key} says nothing here: Keras 3 {does} it on a layer that is not the first"
        return self.found(
            fact.place, message, case=case, fact=fact,
            label="belongs to the model, not to a layer" if fact.used else "not the first layer",
            proposals=[input_from_layer(fact, case)],
            severity="error" if refused else "warning",
        )  # fmt: skip


def input_from_layer(fact: InputOnLayer, case: Case) -> Proposal:
    """Take the input off the layer and, where it counts, say it as the model's."""
    entry = fact.place.path[:-2]
    written = written_arguments(case, entry)
    cls = find(fact.class_name)
    own = cls.arguments if cls is not None else {}
    old = ("input_shape", "input_dim", "batch_input_shape", "batch_shape", "input_length")
    gone = [key for key in old if key in written and key not in own] if fact.used else [
        fact.argument
    ]  # fmt: skip
    changes = [Change("remove_argument", entry, key) for key in gone]
    if not fact.used or fact.meant is None or case.spec.inputs:
        return Proposal(f"remove {words.either(gone, 'and')}", tuple(changes))
    batch = _written_batch(written)
    value: Any = list(fact.meant)
    if batch is not None:
        value = {"shape": value, "batch_size": batch}
    changes.append(Change("set_inputs", ("input",), value=value))
    title = f"say it once for the model: `input: {words.value(value)}`"
    return Proposal(title, tuple(changes))


def _written_batch(written: dict[str, Any]) -> int | None:
    for key in ("batch_input_shape", "batch_shape"):
        shape = written.get(key)
        if isinstance(shape, list) and shape and type(shape[0]) is int:
            return shape[0]
    return None


class BatchInShapeRule(Rule):
    """The batch axis is written into a shape that is said without it.

    `keras.Input(shape=…)` and `input:` leave the batch out, so that a shape of three sizes makes
    a tensor of rank 4. Write the sizes of one sample: (timesteps, features).
    """

    code = "LS106"
    name = "batch-in-shape"
    facts = (WrongRank, InputOnLayer)
    topic = "input-shape"
    bad = "input: [null, 10, 16]\nlayers:\n  - LSTM: {units: 32}\n"
    good = "input: [10, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: WrongRank | InputOnLayer, case: Case) -> Diagnostic | None:
        if isinstance(fact, InputOnLayer):
            return self._same_cause(fact, case)
        node = case.node_at(fact.place.path)
        source = case.source(node) if node is not None else None
        if source is None or source.input is None or source.input.shape is None:
            return None
        written = source.input.shape
        if fact.at_least or len(written) != len(fact.wants) or not self._is_batch(written, case):
            return None
        first = words.value(written[0])
        said = self._on_layer(source, case)
        if said is not None:
            return self._said_on_layer(fact, said, case)
        return self.found(
            fact.place,
            f"the input {words.name(source.name)} has its batch axis ({first}) in its shape",
            case=case,
            fact=fact,
            label=f"wants {words.axes(fact.wants)}, gets {words.shape(fact.shape)}",
            expected=words.axes(fact.wants),
            actual=words.shape(fact.shape),
            proposals=self._proposals(source.input.path, written, case),
        )

    def _same_cause(self, said: InputOnLayer, case: Case) -> Diagnostic | None:
        """The argument that says the input is not reported beside the batch axis in it."""
        for fact in case.facts:
            if isinstance(fact, WrongRank) and fact.place.path[:-1] == said.place.path[:-2]:
                found = self.explain(fact, case)
                return found if found is not None and found.place == said.place else None
        return None

    @staticmethod
    def _on_layer(source: Node, case: Case) -> InputOnLayer | None:
        """The fact of the layer's argument that says the input, when one does."""
        for fact in case.facts:
            if isinstance(fact, InputOnLayer) and fact.used and source.input is not None:
                return fact if source.input.path == fact.place.path[:-2] else None
        return None

    def _said_on_layer(self, fact: WrongRank, said: InputOnLayer, case: Case) -> Diagnostic:
        key, shape = words.name(said.argument), list(said.meant or ())
        entry = said.place.path[:-2]
        changes = (
            Change("remove_argument", entry, said.argument),
            Change("set_inputs", ("input",), value=shape[1:]),
        )
        title = f"say it once for the model, without the batch: `input: {words.value(shape[1:])}`"
        return self.found(
            said.place, f"{key} has the batch axis ({words.value(shape[0])}) in its shape",
            case=case, fact=fact, label=f"wants {words.axes(fact.wants[1:])}",
            expected=words.axes(fact.wants), actual=words.shape(fact.shape),
            proposals=[Proposal(title, changes)],
        )  # fmt: skip

    @staticmethod
    def _is_batch(written: tuple[Any, ...], case: Case) -> bool:
        """Whether the first size cannot be a time axis as well: open, or the data's samples."""
        first = written[0]
        if first is None or (isinstance(first, str) and first.lower() in BATCH_NAMES):
            return True
        data = case.spec.data
        x = data.get("x")
        samples = x[0] if isinstance(x, list) and x and type(x[0]) is int else None
        return first is not None and first in (data.get("batch_size"), samples, 1)

    def _proposals(self, path: Path, written: tuple[Any, ...], case: Case) -> Iterator[Proposal]:
        here: Any = case.tree
        for step in path:
            here = here[step]  # the path of a model input that was read is in the tree
        target = (*path, "shape") if isinstance(here, dict) and "shape" in here else path
        if isinstance(here, (list, dict)) and target[0] in ("input", "inputs"):
            change = Change("set_inputs", target, value=list(written[1:]))
            yield Proposal(f"leave the batch out: `{words.value(list(written[1:]))}`", (change,))


BATCH_NAMES = ("batch", "batch_size", "b", "n", "none", "samples")
