"""LS2xx: shapes that do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic, Related
from lstmshape.facts import (
    MergeMismatch,
    MissingInput,
    OpenSize,
    ReshapeMismatch,
    SilentBroadcast,
    TooShort,
    Unmet,
    WrongInputCount,
    WrongRank,
    WrongSize,
)
from lstmshape.graph import Node
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.lineage import Lost, given_by, lost_axis


class WrongRankRule(Rule):
    """A tensor of the wrong rank: the layer wants another number of axes.

    Keras says `expected ndim=3, found ndim=2`. A recurrent layer reads
    (batch, timesteps, features), `Conv1D` too, `Conv2D` (batch, height, width, channels). What
    changes the rank: `return_sequences: false`, `Flatten` and global pooling drop the time axis;
    `RepeatVector`, `Reshape` and `Embedding` add one.
    """

    code = "LS201"
    name = "wrong-rank"
    topic = "input-shape"
    general = True
    facts = (WrongRank,)
    bad = "input: [16]\nlayers:\n  - LSTM: {units: 32}\n"
    good = "input: [16, 1]\nlayers:\n  - LSTM: {units: 32}\n"

    def explain(self, fact: WrongRank, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        wants, gets = words.axes(fact.wants, at_least=fact.at_least), words.shape(fact.shape)
        lost = lost_axis(case, node, fact.shape) if node is not None else None
        giver = given_by(case, node, fact.shape) if node is not None else None
        found, wanted = len(fact.shape), len(fact.wants)
        at_least = "at least " if fact.at_least else ""
        message = f"{layer} wants {at_least}{wanted} axes, {wants}, but gets {found}: {gets}"
        if giver is not None:
            message += f" from {words.name(giver.name)}"
        return self.found(
            fact.place, message, case=case, fact=fact, label=f"wants {wants}, gets {gets}",
            expected=wants, actual=gets, related=self._related(lost, giver),
        )  # fmt: skip

    @staticmethod
    def _related(lost: Lost | None, giver: Node | None) -> Iterator[Related]:
        if lost is not None:
            yield Related(lost.why, lost.node.place, lost.node.name)
        elif giver is not None and giver.input is not None:
            yield Related("the input is said here", giver.place, giver.name)


class OpenSizeRule(Rule):
    """A weight needs a size that is open.

    A kernel is as large as the features that it reads: `null` there leaves Keras without a
    number. It is mostly `Flatten` that turns an open time axis into open features.
    """

    code = "LS202"
    name = "open-features"
    topic = "flatten"
    facts = (OpenSize,)
    bad = "input: [T, 16]\nlayers:\n  - Flatten\n  - Dense: {units: 32}\n"
    good = "input: [20, 16]\nlayers:\n  - Flatten\n  - Dense: {units: 32}\n"

    def explain(self, fact: OpenSize, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        gets = words.shape(fact.shape)
        axis = words.axis_name(fact.axis, len(fact.shape))
        size = words.value(fact.shape[fact.axis])
        weight = fact.weight.rpartition("/")[2]
        return self.found(
            fact.place,
            f"{layer} needs the size of its {axis} axis for its {words.name(weight)}, but "
            f"it is open: {size}",
            case=case,
            fact=fact,
            label=f"wants a number of {axis}, gets {gets}",
            expected=f"a number of {axis}",
            actual=gets,
            related=self._related(case, node, size),
        )

    @staticmethod
    def _related(case: Case, node: Node | None, size: str) -> Iterator[Related]:
        giver = given_by(case, node) if node is not None else None
        if giver is not None:
            yield Related(f"makes the open size {size}", giver.place, giver.name)


class WrongSizeRule(Rule):
    """An axis has another size than the layer's weights, or its input, were made for.

    A layer is built at its first call. Calling it again (`reuse`) wants the same features.
    """

    code = "LS203"
    name = "wrong-size"
    facts = (WrongSize,)
    bad = (
        "inputs: {a: [8], b: [9]}\nlayers:\n"
        "  - Dense: {units: 4, name: shared}\n    inputs: a\n"
        "  - reuse: shared\n    name: again\n    inputs: b\n"
        "  - Concatenate\n    inputs: [shared, again]\n"
    ).replace("  - Concatenate\n", "  - Concatenate: {}\n")
    good = (
        "inputs: {a: [8], b: [8]}\nlayers:\n"
        "  - Dense: {units: 4, name: shared}\n    inputs: a\n"
        "  - reuse: shared\n    name: again\n    inputs: b\n"
        "  - Concatenate: {}\n    inputs: [shared, again]\n"
    )

    def explain(self, fact: WrongSize, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        axis = words.axis_name(fact.axis, len(fact.shape))
        gets = words.value(fact.shape[fact.axis])
        return self.found(
            fact.place,
            f"{layer} wants {words.value(fact.wants)} {axis}, but gets {gets}: {fact.why}",
            case=case,
            fact=fact,
            label=f"wants {words.value(fact.wants)} {axis}, gets {words.shape(fact.shape)}",
            expected=f"{words.value(fact.wants)} {axis}",
            actual=words.shape(fact.shape),
        )


class TooShortRule(Rule):
    """A window does not fit: nothing would be left of the axis.

    With `padding: valid` a kernel of 5 needs 5 steps. Every convolution and pooling before it has
    shortened the axis already.
    """

    code = "LS204"
    name = "too-short"
    facts = (TooShort,)
    bad = "input: [2, 16]\nlayers:\n  - Conv1D: {filters: 8, kernel_size: 3}\n"
    good = "input: [3, 16]\nlayers:\n  - Conv1D: {filters: 8, kernel_size: 3}\n"

    def explain(self, fact: TooShort, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        axis = words.axis_name(fact.axis, len(fact.shape))
        return self.found(
            fact.place,
            f"{layer} needs {fact.needs}, but its {axis} axis has {words.value(fact.size)}",
            case=case,
            fact=fact,
            label=f"needs {fact.needs}, gets {words.shape(fact.shape)}",
            expected=fact.needs,
            actual=words.shape(fact.shape),
        )


class MergeMismatchRule(Rule):
    """Branches that come together have shapes that do not go together."""

    code = "LS205"
    name = "merge-mismatch"
    facts = (MergeMismatch,)
    bad = "inputs: {a: [5, 8], b: [6, 8]}\nlayers:\n  - Concatenate: {}\n    inputs: [a, b]\n"
    good = (
        "inputs: {a: [5, 8], b: [6, 8]}\nlayers:\n  - Concatenate: {axis: 1}\n    inputs: [a, b]\n"
    )

    def explain(self, fact: MergeMismatch, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        gets = ", ".join(words.shape(s) for s in fact.shapes[:6])
        if fact.axis is None:
            why = "their ranks differ"
        else:
            # shapes of fewer axes are aligned at their ends
            rank = max(len(shape) for shape in fact.shapes)
            why = f"they differ in their {words.axis_name(fact.axis, rank)} axis"
        return self.found(
            fact.place,
            f"{layer} cannot {fact.operation} {gets}: {why}",
            case=case,
            fact=fact,
            label=f"gets {gets}",
            actual=gets,
            related=branches(case, node),
        )


def branches(case: Case, node: Node | None) -> Iterator[Related]:
    """Each branch that comes together at a node, with its shape."""
    if node is None:
        return
    for source, value in list(case.sources(node))[:6]:
        tensors = case.flow.tensors(value)
        if tensors:
            message = f"gives {words.shape(tensors[0].shape)}"
            yield Related(message, source.place, source.name)


class ReshapeMismatchRule(Rule):
    """The sizes of a `Reshape` do not multiply to what comes in."""

    code = "LS206"
    name = "reshape-mismatch"
    facts = (ReshapeMismatch,)
    bad = "input: [12]\nlayers:\n  - Reshape: {target_shape: [5, 2]}\n"
    good = "input: [12]\nlayers:\n  - Reshape: {target_shape: [6, 2]}\n"

    def explain(self, fact: ReshapeMismatch, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        target = words.value(list(fact.target))
        return self.found(
            fact.place,
            f"{layer} cannot make {target} of {words.value(fact.total)} values "
            f"a sample, {words.shape(fact.shape)}",
            case=case,
            fact=fact,
            label=f"gets {words.shape(fact.shape)}",
            expected=f"sizes that multiply to {words.value(fact.total)}",
            actual=target,
        )


class WrongInputCountRule(Rule):
    """A layer is called on too many tensors, or too few.

    `Add`, `Concatenate`, `Attention` want a list; most layers want one tensor. A recurrent layer
    takes its states as `call: {initial_state: […]}`.
    """

    code = "LS207"
    name = "wrong-input-count"
    general = True
    facts = (WrongInputCount, MissingInput)
    bad = "input: [5, 8]\nlayers:\n  - Add\n"
    good = "inputs: {a: [5, 8], b: [5, 8]}\nlayers:\n  - Add: {}\n    inputs: [a, b]\n"

    def explain(self, fact: Any, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        if isinstance(fact, MissingInput):
            return self.found(
                fact.place, f"{layer} is called without {words.name(fact.argument)}", case=case,
                fact=fact, label=f"needs {words.name(fact.argument)}",
                expected=words.name(fact.argument),
            )  # fmt: skip
        gets = words.count(fact.given, "tensor")
        return self.found(
            fact.place, f"{layer} is called on {fact.wants}, not on {gets}", case=case, fact=fact,
            label=f"wants {fact.wants}, gets {gets}", expected=fact.wants, actual=gets,
        )  # fmt: skip


class SilentBroadcastRule(Rule):
    """Branches of different sizes are stretched to fit, without a word.

    A size of 1 against 8 is repeated eight times. Keras builds it and trains it; it is seldom
    meant.
    """

    code = "LS208"
    name = "silent-broadcast"
    facts = (SilentBroadcast,)
    bad = "inputs: {a: [5, 1], b: [5, 8]}\nlayers:\n  - Add: {}\n    inputs: [a, b]\n"
    good = "inputs: {a: [5, 8], b: [5, 8]}\nlayers:\n  - Add: {}\n    inputs: [a, b]\n"

    def explain(self, fact: SilentBroadcast, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        gets = ", ".join(words.shape(s) for s in fact.shapes[:6])
        return self.found(
            fact.place,
            f"{layer} stretches its inputs without a word: {gets}",
            case=case,
            fact=fact,
            label=f"gets {gets}",
            actual=gets,
            related=branches(case, node),
        )


class UnmetRule(Rule):
    """Keras refuses to build the layer on what it gets."""

    code = "LS213"
    name = "refused"
    facts = (Unmet,)
    bad = "input: [4, 8]\nlayers:\n  - GroupNormalization: {groups: 3}\n"
    good = "input: [4, 8]\nlayers:\n  - GroupNormalization: {groups: 4}\n"

    def explain(self, fact: Unmet, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        return self.found(
            fact.place, f"{layer} wants {fact.wants}, but gets {fact.gets}", case=case, fact=fact,
            label=f"wants {fact.wants}, gets {fact.gets}", expected=fact.wants, actual=fact.gets,
        )  # fmt: skip
