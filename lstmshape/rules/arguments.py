"""LS1xx: classes and arguments that Keras does not have, or does not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, entry_path
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Severity
from lstmshape.facts import (
    BadArgument,
    InputOnLayer,
    LegacyArgument,
    MissingArgument,
    OddArgument,
    OpenLayer,
    UnknownArgument,
    UnknownClass,
    WrongRank,
)
from lstmshape.graph import Node
from lstmshape.layers import find
from lstmshape.near import near_names
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.source import Path


def set_argument(path: Path, key: str, value: Any, title: str = "", safe: bool = True) -> Proposal:
    """Propose a value for an argument of the class at an entry."""
    title = title or f"set {words.name(f'{key}: {words.value(value)}')}"
    return Proposal(title, (Change("set_argument", path, key, value),), safe)


def remove_argument(path: Path, key: str, why: str = "", safe: bool = False) -> Proposal:
    title = f"remove {words.name(key)}" + (f": {why}" if why else "")
    return Proposal(title, (Change("remove_argument", path, key),), safe)


def rename_argument(path: Path, key: str, new: str) -> Proposal:
    title = f"rename {words.name(key)} to {words.name(new)}"
    return Proposal(title, (Change("rename_argument", path, key, new),))


class UnknownClassRule(Rule):
    """The class is no layer of Keras.

    Class names are exactly those of `keras.layers`, capitals and all. A layer of your own can
    stand in a spec when its entry says what comes out of it: `expect: [T, 32]`.
    """

    code = "LS101"
    name = "unknown-class"
    facts = (UnknownClass,)
    bad = "input: [T, 16]\nlayers:\n  - Lstm: {units: 32}\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: UnknownClass, case: Case) -> Diagnostic:
        entry = entry_path(fact.place.path[:-1])
        return self.found(
            fact.place,
            f"Keras has no layer {words.name(fact.name)}"
            + (f", but {words.either(fact.near)}" if fact.near else ""),
            case=case,
            fact=fact,
            label="no such class in keras.layers",
            proposals=[
                Proposal(
                    f"write {words.name(near)}",
                    (Change("set_class", entry, value=near),),
                    safe=len(fact.near) == 1,
                )
                for near in fact.near
            ],
        )


#: what an argument did that Keras has no more, and what to do instead
GONE_ARGUMENTS = {
    "time_major": "Keras 3 takes the batch first, so transpose the data",
}


class UnknownArgumentRule(Rule):
    """The class has no argument of that name.

    Keras refuses with `Unrecognized keyword arguments`. Argument names are exactly those of
    Keras 3.
    """

    code = "LS102"
    name = "unknown-argument"
    facts = (UnknownArgument,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, return_sequence: true}\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, return_sequences: true}\n"

    def explain(self, fact: UnknownArgument, case: Case) -> Diagnostic:
        near = near_names(fact.argument, fact.known)
        called = fact.class_name.endswith(".call")
        what = "argument" if not called else "call argument"
        instead = GONE_ARGUMENTS.get(fact.argument)
        return self.found(
            fact.place,
            f"{words.name(fact.class_name.removesuffix('.call'))} has no {what} "
            + words.name(fact.argument)
            + (f", but {words.either(near)}" if near else "")
            + (f": {instead}" if instead else ""),
            case=case,
            fact=fact,
            label="unknown to Keras 3",
            proposals=() if called else self._proposals(fact, near, case),
        )

    def _proposals(
        self, fact: UnknownArgument, near: tuple[str, ...], case: Case
    ) -> Iterator[Proposal]:
        entry = fact.place.path[:-2]
        written = _arguments(case, entry)
        for new in near:
            if new not in written:
                yield rename_argument(entry, fact.argument, new)
        yield remove_argument(entry, fact.argument)


def _arguments(case: Case, entry: Path) -> dict[str, Any]:
    """The arguments written at an entry."""
    here = case.tree
    for step in entry:
        here = here[step]
    if isinstance(here, dict):
        for value in here.values():
            if isinstance(value, dict):
                return value
    return {}


class MissingArgumentRule(Rule):
    """An argument without a default is not given."""

    code = "LS103"
    name = "missing-argument"
    facts = (MissingArgument,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: MissingArgument, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"{words.name(fact.class_name)} needs {words.name(fact.argument)}: {fact.wants}",
            case=case,
            fact=fact,
            label=f"without {words.name(fact.argument)}",
            expected=fact.wants,
        )


class BadArgumentRule(Rule):
    """An argument's value is not one that Keras takes."""

    code = "LS104"
    name = "bad-argument"
    facts = (BadArgument,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {units: -32}\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: BadArgument, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"{words.name(fact.argument)} of {words.name(fact.class_name)} should be {fact.wants}, "
            f"not {words.value(fact.given)}",
            case=case,
            fact=fact,
            label=f"wants {fact.wants}",
            expected=fact.wants,
            actual=words.value(fact.given),
            proposals=self._proposals(fact),
        )

    def _proposals(self, fact: BadArgument) -> Iterator[Proposal]:
        entry = fact.place.path[:-2]
        if fact.place.part == "key":
            return
        if fact.near is not None:
            yield set_argument(entry, fact.argument, fact.near)
        elif type(fact.given) is int and fact.given < 0:
            yield set_argument(entry, fact.argument, -fact.given, safe=False)
        cls = find(fact.class_name)
        argument = cls.arguments.get(fact.argument) if cls is not None else None
        if argument is not None and not argument.required:
            default = words.value(argument.default)
            yield remove_argument(entry, fact.argument, f"Keras's default is {default}")


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
    written = _arguments(case, entry)
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


class OpenLayerRule(Rule):
    """A layer that is not Keras's own: what comes out of it is what the spec states.

    Its parameters are not counted, and nothing inside it is checked. Where nobody states what comes
    out (`expect` or `output_shape` on its entry do), the layers behind it cannot be judged either.
    """

    code = "LS110"
    name = "unknown-layer"
    severity = "note"
    facts = (OpenLayer,)
    bad = "input: [10, 16]\nlayers:\n  - MyAttention: {heads: 2}\n    expect: [10, 32]\n"
    good = "input: [10, 16]\nlayers:\n  - LSTM: {units: 32, return_sequences: true}\n"

    def explain(self, fact: OpenLayer, case: Case) -> Diagnostic:
        stated = "its output is taken as stated and its parameters are not counted"
        unstated = "what comes out of it is open, and so are the layers behind it"
        return self.found(
            fact.place,
            f"{words.name(fact.name)} is not known here: {stated if fact.stated else unstated}",
            case=case,
            fact=fact,
            label="its own shape rule is unknown",
        )


class OddArgumentRule(Rule):
    """Keras takes the value, but it does not mean what it says.

    Keras only asks whether `return_sequences` is true in Python's sense, and the text "false" is.
    """

    code = "LS111"
    name = "odd-argument"
    severity = "warning"
    facts = (OddArgument,)
    bad = 'input: [T, 16]\nlayers:\n  - LSTM: {units: 32, return_sequences: "false"}\n'
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, return_sequences: false}\n"

    def explain(self, fact: OddArgument, case: Case) -> Diagnostic:
        entry = fact.place.path[:-2]
        proposals = [set_argument(entry, fact.argument, fact.near)] if fact.near is not None else []
        return self.found(
            fact.place,
            f"{words.name(fact.argument)} of {words.name(fact.class_name)} should be {fact.means}; "
            f"Keras takes {words.value(fact.given)} without a word",
            case=case,
            fact=fact,
            label=f"wants {fact.means}",
            expected=fact.means,
            actual=words.value(fact.given),
            proposals=proposals,
        )
