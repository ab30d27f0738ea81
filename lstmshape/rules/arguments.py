"""LS1xx: classes and arguments that Keras does not have, or does not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, entry_path
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal
from lstmshape.facts import (
    BadArgument,
    MissingArgument,
    OddArgument,
    OpenLayer,
    UnknownArgument,
    UnknownClass,
)
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
        written = written_arguments(case, entry)
        for new in near:
            if new not in written:
                yield rename_argument(entry, fact.argument, new)
        yield remove_argument(entry, fact.argument)


def written_arguments(case: Case, entry: Path) -> dict[str, Any]:
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
