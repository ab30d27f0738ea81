"""LS1xx: names that are used twice, or for nothing, and inputs that nobody says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.facts import (
    AmbiguousInput,
    Cycle,
    DuplicateName,
    NoInput,
    NoSuchOutput,
    UnknownReference,
)
from lstmshape.near import near_names
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.source import Path


class DuplicateNameRule(Rule):
    """Two layers of one model bear the same name; Keras refuses the model.

    A name that is written reserves nothing: `name: lstm_1` beside two unnamed LSTM layers is the
    name of the second one as well.
    """

    code = "LS107"
    name = "duplicate-name"
    facts = (DuplicateName,)
    bad = (
        "input: [T, 16]\nlayers:\n"
        "  - LSTM: {units: 32, return_sequences: true, name: encoder}\n"
        "  - LSTM: {units: 32, name: encoder}\n"
    )
    good = (
        "input: [T, 16]\nlayers:\n"
        "  - LSTM: {units: 32, return_sequences: true, name: encoder}\n"
        "  - LSTM: {units: 32, name: decoder}\n"
    )

    def explain(self, fact: DuplicateName, case: Case) -> Diagnostic:
        taken = {node.name for node in case.graph.nodes}
        number = next(n for n in range(2, len(taken) + 3) if f"{fact.name}_{n}" not in taken)
        new = f"{fact.name}_{number}"
        proposals = []
        node = case.node_at(fact.place.path)
        if node is not None and node.spec is not None and node.spec.class_name is not None:
            change = Change("set_argument", node.path, "name", new)
            proposals.append(Proposal(f"name this one {words.name(new)}", (change,), safe=False))
        place = node.place if node is not None else fact.place
        return self.found(
            place,
            f"two layers are called {words.name(fact.name)}",
            case=case,
            fact=fact,
            label="again",
            related=[Related("the first", fact.first, fact.name)],
            proposals=proposals,
        )


class UnknownReferenceRule(Rule):
    """A name that no layer and no input bears, or an output that its layer does not have."""

    code = "LS108"
    name = "unknown-reference"
    facts = (UnknownReference, NoSuchOutput)
    bad = (
        "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, name: encoder}\n"
        "  - Dense: {units: 1}\n    inputs: encodr\n"
    )
    good = (
        "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, name: encoder}\n"
        "  - Dense: {units: 1}\n    inputs: encoder\n"
    )

    def explain(self, fact: UnknownReference | NoSuchOutput, case: Case) -> Diagnostic:
        if isinstance(fact, NoSuchOutput):
            has = words.count(fact.outputs, "output")
            return self.found(
                fact.place,
                f"{words.name(f'{fact.name}:{fact.index}')} is not there: {words.name(fact.name)} "
                f"has {has}"
                + (", `:0`" if fact.outputs == 1 else f", `:0` to `:{fact.outputs - 1}`"),
                case=case,
                fact=fact,
                label="counted from 0",
            )
        near = near_names(fact.name, fact.known)
        return self.found(
            fact.place,
            f"no layer or input is called {words.name(fact.name)}"
            + (f", but {words.either(near)}" if near else ""),
            case=case,
            fact=fact,
            label="nobody bears this name",
            proposals=self._proposals(fact, near, case),
        )

    def _proposals(
        self, fact: UnknownReference, near: tuple[str, ...], case: Case
    ) -> Iterator[Proposal]:
        for new in near:
            change = refer(case, fact.place.path, new)
            if change is not None:
                yield Proposal(f"read {words.name(new)}", (change,), safe=len(near) == 1)


def refer(case: Case, path: Path, new: str) -> Change | None:
    """The change that writes another name where a reference stands; None where none can be said."""
    if path[:1] == ("outputs",):
        return Change("set_outputs", path, value=new)
    node = case.node_at(path)
    if node is None or not node.path:
        return None
    key, rest = path[len(node.path)], path[len(node.path) + 1 :]
    if key == "inputs":
        old = case.tree
        for step in (*node.path, "inputs"):
            old = old[step]
        return Change("set_input", node.path, value=_with(old, rest, new), layer=node.name)
    if key == "call" and rest:
        old = case.tree
        for step in (*node.path, "call", rest[0]):
            old = old[step]
        value = _with(old, rest[1:], new)
        return Change("set_call", node.path, str(rest[0]), value, node.name)
    return None


def _with(written: Any, path: Path, new: str) -> Any:
    """A copy of a structure of references with the one at a path replaced."""
    if not path:
        return new
    if isinstance(written, dict):
        return {k: _with(v, path[1:], new) if k == path[0] else v for k, v in written.items()}
    return [_with(v, path[1:], new) if n == path[0] else v for n, v in enumerate(written)]


class CycleRule(Rule):
    """Layers read each other in a ring, so that none of them can be the first."""

    code = "LS109"
    name = "cycle"
    facts = (Cycle,)
    bad = (
        "input: [16]\nlayers:\n  - Dense: {units: 16, name: a}\n    inputs: b\n"
        "  - Dense: {units: 16, name: b}\n    inputs: a\n"
    )
    good = (
        "input: [16]\nlayers:\n  - Dense: {units: 16, name: a}\n"
        "  - Dense: {units: 16, name: b}\n    inputs: a\n"
    )

    def explain(self, fact: Cycle, case: Case) -> Diagnostic:
        ring = [*fact.names, fact.names[0]]
        if len(fact.names) == 1:
            message = f"{words.name(fact.names[0])} reads its own output"
        else:
            message = "layers read each other in a ring: " + " → ".join(map(words.name, ring[:8]))
        return self.found(fact.place, message, case=case, fact=fact, label="part of the ring")


class NoInputRule(Rule):
    """Nothing says what the model reads.

    Write the shape of one sample, without the batch: `input: [timesteps, features]`. A model of
    several inputs names them, and each layer that begins a branch says which it reads.
    """

    code = "LS112"
    name = "no-input"
    topic = "input-shape"
    facts = (NoInput, AmbiguousInput)
    bad = "layers:\n  - LSTM: {units: 32}\n"
    good = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: NoInput | AmbiguousInput, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        if isinstance(fact, NoInput):
            message = f"nothing says what {layer} reads: the model has no `input`"
            label = "no shape arrives here"
            proposals: list[Proposal] = []
        else:
            message = f"{layer} does not say which input it reads: {words.either(fact.inputs)}"
            label = "several inputs, no `inputs:`"
            proposals = [
                Proposal(
                    f"read {words.name(each)}",
                    (Change("set_input", node.path, value=each),),
                    safe=False,
                )
                for each in fact.inputs[:4]
                if node is not None
            ]
        return self.found(
            fact.place, message, case=case, fact=fact, label=label, proposals=proposals
        )
