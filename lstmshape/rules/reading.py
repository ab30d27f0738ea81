"""LS0xx: what cannot be read, or does not mean what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.facts import (
    BadArgument,
    BadDim,
    BadIgnore,
    DuplicateKey,
    LookAlike,
    Malformed,
    NotASpec,
    OverLimit,
    SyntaxFault,
    UnknownKey,
    Unreadable,
    UnusedIgnore,
)
from lstmshape.layers import find
from lstmshape.model import LayerSpec
from lstmshape.near import near_names
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.source import Path

GOOD = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32}\n"


class SyntaxRule(Rule):
    """The text is not YAML (or, in a Keras configuration, not JSON).

    YAML indents with spaces, never with tabs; a colon and a comma want a space behind them.
    """

    code = "LS001"
    name = "syntax"
    facts = (SyntaxFault,)
    bad = "input: [T, 16\nlayers:\n  - LSTM: {units: 32}\n"
    good = GOOD

    def explain(self, fact: SyntaxFault, case: Case) -> Diagnostic:
        hint = f": {fact.hint}" if fact.hint else ""
        return self.found(
            fact.place, f"this cannot be read: {fact.problem}{hint}", fact=fact, label="here"
        )


class UnreadableRule(Rule):
    """The file is no text in UTF-8, or cannot be opened."""

    code = "LS002"
    name = "unreadable"
    facts = (Unreadable,)
    #: no text can show it
    bad = ""
    good = GOOD

    def explain(self, fact: Unreadable, case: Case) -> Diagnostic:
        return self.found(fact.place, f"the file cannot be read: {fact.problem}", fact=fact)


class OverLimitRule(Rule):
    """The file is larger or deeper than any model: it is not read any further.

    Files come from strangers, and a few lines of YAML can stand for billions of values.
    """

    code = "LS003"
    name = "over-limit"
    facts = (OverLimit,)
    bad = "input: " + "[" * 200 + "]" * 200 + "\nlayers: []\n"
    good = GOOD

    def explain(self, fact: OverLimit, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"the file goes beyond a limit: {fact.what} of more than {fact.limit:,} {fact.unit}",
            fact=fact,
            label="read no further",
        )


class NotASpecRule(Rule):
    """The file is no model: it has no `layers`, and it is no configuration that Keras wrote."""

    code = "LS004"
    name = "not-a-spec"
    facts = (NotASpec,)
    bad = "openapi: 3.0.0\npaths: {}\n"
    good = GOOD

    def explain(self, fact: NotASpec, case: Case) -> Diagnostic:
        return self.found(fact.place, f"this is no model: {fact.found}", fact=fact)


class UnknownKeyRule(Rule):
    """A key that means nothing where it stands."""

    code = "LS005"
    name = "unknown-key"
    facts = (UnknownKey,)
    bad = "input: [T, 16]\nlayer:\n  - LSTM: {units: 32}\nlayers:\n  - LSTM: {units: 32}\n"
    good = GOOD

    def explain(self, fact: UnknownKey, case: Case) -> Diagnostic:
        near = near_names(fact.key, fact.known)
        known = words.either(fact.known, "and")
        return self.found(
            fact.place,
            f"{words.name(fact.key)} is no key here"
            + (f", but {words.either(near)}" if near else f"; known are {known}"),
            case=case,
            fact=fact,
            label="means nothing here",
        )


class DuplicateKeyRule(Rule):
    """A key stands twice in one mapping: YAML readers drop one of the two without a word."""

    code = "LS006"
    name = "duplicate-key"
    facts = (DuplicateKey,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32, units: 64}\n"
    good = GOOD

    def explain(self, fact: DuplicateKey, case: Case) -> Diagnostic:
        return self.found(
            fact.place, f"{words.name(fact.key)} stands twice in one mapping", case=case, fact=fact,
            label="the second, which counts",
            related=[Related("the first, which is dropped", fact.place, span=fact.first)],
        )  # fmt: skip


class MalformedRule(Rule):
    """Something of another form stands where the spec wants a mapping, a list or a shape."""

    code = "LS007"
    name = "malformed"
    facts = (Malformed,)
    bad = "input: 16\nlayers:\n  - Dense: {units: 32}\n"
    good = "input: [16]\nlayers:\n  - Dense: {units: 32}\n"

    def explain(self, fact: Malformed, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"this should be {fact.wants}, not {words.value(fact.given)}",
            case=case,
            fact=fact,
            label=f"wants {fact.wants}",
            expected=fact.wants,
            actual=words.value(fact.given),
            proposals=self._proposals(fact, case),
        )

    def _proposals(self, fact: Malformed, case: Case) -> Iterator[Proposal]:
        path = fact.place.path
        if path and path[0] in ("input", "inputs") and type(fact.given) is int and fact.given >= 0:
            change = Change("set_inputs", path, value=[fact.given])
            yield Proposal(f"write a list: `[{fact.given}]`", (change,))
        node = case.node_at(path)
        if node is not None and node.spec is not None and node.spec.malformed:
            yield from self._arguments(fact, node.spec)

    @staticmethod
    def _arguments(fact: Malformed, spec: LayerSpec) -> Iterator[Proposal]:
        """A plain value in place of the arguments is meant for the first of them."""
        cls = find(str(spec.class_name))
        plain = isinstance(fact.given, (int, float, str))
        if cls is None or not plain or fact.place.path != spec.class_path:
            return
        first = next(iter(cls.arguments))
        entry = {spec.class_name: {first: fact.given}}
        place = (*spec.path[:-1], int(spec.path[-1]) + 1)
        changes = (
            Change("insert_layer", place, value=entry),
            Change("remove_layer", spec.path),
        )
        yield Proposal(f"name the argument: `{words.value(entry)}`", changes)


class BadShapeRule(Rule):
    """A size in a shape that is none.

    A size is an integer not below 0, `null` for one that is open, or a name such as `T` for one
    that is open and the same wherever the name stands.
    """

    code = "LS008"
    name = "bad-shape"
    facts = (BadDim,)
    bad = "input: [-1, 16]\nlayers:\n  - LSTM: {units: 32}\n"
    good = "input: [null, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: BadDim, case: Case) -> Diagnostic:
        return self.found(
            fact.place,
            f"{words.value(fact.given)} is no size: wanted is {fact.wants}",
            case=case,
            fact=fact,
            label=f"wants {fact.wants}",
            expected=fact.wants,
            actual=words.value(fact.given),
            proposals=self._proposals(fact),
        )

    def _proposals(self, fact: BadDim) -> Iterator[Proposal]:
        path, given = fact.place.path, fact.given
        if not path or path[0] not in ("input", "inputs"):
            return
        near: Any = None
        if given == -1:
            yield Proposal("leave it open: `null`", (Change("set_inputs", path, value=None),))
        elif (isinstance(given, float) and given.is_integer() and given >= 0) or (
            isinstance(given, str) and given.strip().isdecimal()
        ):
            near = int(given)
        if near is not None:
            yield Proposal(f"write {words.name(near)}", (Change("set_inputs", path, value=near),))


class LookAlikeRule(Rule):
    """YAML reads this otherwise than Python, or than its author means.

    YAML has `null` for Python's `None`, lists for tuples, and no `1e3`; `on`, `no` and `1:30` are
    read as a boolean or a number by some readers and as text by others.
    """

    code = "LS009"
    name = "yaml-look-alike"
    facts = (LookAlike,)
    bad = "input: [None, 16]\nlayers:\n  - LSTM: {units: 32}\n"
    good = "input: [null, 16]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: LookAlike, case: Case) -> Diagnostic:
        meant = words.value(fact.meant)
        return self.found(
            fact.place,
            self._message(fact, meant),
            case=case,
            fact=fact,
            label=f"means {meant}",
            expected=meant,
            actual=words.value(fact.read),
            proposals=self._proposals(fact, case),
        )

    def _message(self, fact: LookAlike, meant: str) -> str:
        text = words.name(fact.text[:60])
        if fact.read == fact.meant and type(fact.read) is type(fact.meant):
            return f"not every YAML reader takes {text} for {meant}"
        return f"YAML reads {text} as {self._kind(fact.read)}, not as {meant}"

    @staticmethod
    def _kind(read: Any) -> str:
        if isinstance(read, bool):
            return "a boolean"
        if isinstance(read, str):
            return "a text"
        if isinstance(read, int):
            return f"the integer {read}"
        return f"the number {read}"

    def _proposals(self, fact: LookAlike, case: Case) -> Iterator[Proposal]:
        path, meant = fact.place.path, fact.meant
        if type(meant) is int and path in [spec.path for spec in case.spec.inputs]:
            # `(10)` is no tuple in Python either; `(10,)` was meant
            meant = [meant]
        for other in case.facts:
            if isinstance(other, BadArgument) and other.place.path == path:
                # `1e3` is 1000.0, and an integer is wanted
                meant = other.near if other.near is not None else meant
        change = rewrite(path, meant, case)
        if change is not None:
            yield Proposal(f"write {words.name(words.value(meant))}", (change,))


def rewrite(path: Path, value: Any, case: Case) -> Change | None:
    """The change that writes the value that a path already has, in the words of the spec."""
    if path and path[0] in ("input", "inputs"):
        return Change("set_inputs", path, value=value)
    node = case.node_at(path)
    if node is not None and node.spec is not None and node.spec.class_name is not None:
        rest = path[len(node.spec.class_path) :]
        if path[: len(node.spec.class_path)] == node.spec.class_path and len(rest) == 1:
            return Change("set_argument", node.path, str(rest[0]), value)
        if rest and isinstance(rest[0], str) and len(rest) == 2 and isinstance(rest[1], int):
            whole = node.spec.arguments.get(rest[0])
            if isinstance(whole, list):
                return Change("set_argument", node.path, rest[0], whole)
        if path == (*node.path, "expect") or path[: len(node.path) + 1] == (*node.path, "expect"):
            return Change("set_expect", node.path, value=node.spec.expect)
    if path and path[0] == "data":
        return Change("set_data", path, value=value)
    return None


class BadIgnoreRule(Rule):
    """A comment that speaks to lstmshape and cannot be understood.

    `# lstmshape: ignore[LS201] reason` silences a code on its own line,
    `ignore-next-line[…]` on the next, `ignore-file[…]` in the whole file.
    """

    code = "LS010"
    name = "bad-ignore"
    severity = "warning"
    facts = (BadIgnore,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32} # lstmshape: ignroe[LS201]\n"
    good = GOOD

    def explain(self, fact: BadIgnore, case: Case) -> Diagnostic:
        message = f"this comment to lstmshape cannot be understood: {fact.problem}"
        return self.found(fact.place, message, fact=fact)


class UnusedIgnoreRule(Rule):
    """A comment silences something that is not there: it, or that code in it, can go."""

    code = "LS011"
    name = "unused-ignore"
    severity = "note"
    facts = (UnusedIgnore,)
    bad = "input: [T, 16]\nlayers:\n  - LSTM: {units: 32} # lstmshape: ignore[LS201]\n"
    good = GOOD

    def explain(self, fact: UnusedIgnore, case: Case) -> Diagnostic:
        found = "nothing is found here"
        if fact.codes:
            verb = "is" if len(fact.codes) == 1 else "are"
            found = f"{words.either(fact.codes, 'and')} {verb} not found here"
        message = f"this comment silences {'nothing' if fact.whole else 'too much'}: {found}"
        return self.found(fact.place, message, fact=fact, label="can go")
