"""LS3xx: sequences and states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.facts import OpenBatch, StateMismatch, WrongInputCount, WrongRank
from lstmshape.graph import Node, values_in
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.lineage import Lost, lost_axis, recurrent_inside, written_name
from lstmshape.source import Place


class CollapsedSequenceRule(Rule):
    """A layer that needs a sequence gets only the last step of one.

    A recurrent layer gives (batch, units), the output of its last timestep, unless
    `return_sequences: true` makes it give every one. In a stack every recurrent layer but the
    last returns sequences. In an encoder-decoder the vector is meant, and `RepeatVector` makes a
    sequence of it. Keras says `expected ndim=3, found ndim=2`.
    """

    code = "LS301"
    name = "collapsed-sequence"
    topic = "return-sequences"
    facts = (WrongRank,)
    bad = "input: [10, 16]\nlayers:\n  - LSTM: {units: 128}\n  - LSTM: {units: 64}\n"
    good = (
        "input: [10, 16]\nlayers:\n"
        "  - LSTM: {units: 128, return_sequences: true}\n  - LSTM: {units: 64}\n"
    )

    def explain(self, fact: WrongRank, case: Case) -> Diagnostic | None:
        node = case.node_at(fact.place.path)
        lost = lost_axis(case, node, fact.shape) if node is not None else None
        if node is None or lost is None or lost.recurrent is None or len(fact.shape) != 2:
            return None
        wants, gets = words.axes(fact.wants, at_least=fact.at_least), words.shape(fact.shape)
        return self.found(
            fact.place,
            f"{words.name(node.name)} needs a sequence, but {words.name(lost.node.name)} passes on "
            "only its last step",
            case=case,
            fact=fact,
            label=f"wants {wants}, gets {gets}",
            expected=wants,
            actual=gets,
            related=[Related(lost.why, lost.node.place, lost.node.name)],
            proposals=self._proposals(lost, node, case),
        )

    @staticmethod
    def _proposals(lost: Lost, node: Node, case: Case) -> Iterator[Proposal]:
        recurrent = lost.recurrent
        assert recurrent is not None
        yield Proposal(
            f"keep every step of {words.name(lost.node.name)}: set `return_sequences: true`",
            _keep_steps(lost),
        )
        x = case.call(lost.node).tensors
        if node.path and x and isinstance(x[0].shape[1], int):
            steps = x[0].shape[1]
            repeat = {"RepeatVector": {"n": steps}}
            why = (
                "make it one step" if steps == 1 else f"repeat the vector for each of {steps} steps"
            )
            yield Proposal(
                f"{why}: insert `RepeatVector`",
                (Change("insert_layer", node.path, value=repeat),),
                safe=False,
            )


def _keep_steps(lost: Lost) -> tuple[Change, ...]:
    """`return_sequences: true` for the layer that drops the steps, in both directions."""
    layers: list[Any] = [lost.recurrent, getattr(lost.node.layer, "backward_layer", None)]
    return tuple(
        Change("set_argument", layer.path, "return_sequences", True, written_name(layer))
        for layer in layers
        if layer is not None
    )


class StateMismatchRule(Rule):
    """The initial states are not those that the layer has.

    An LSTM takes two states, h and c, each (batch, units); a GRU or SimpleRNN one; a
    Bidirectional those of both directions. Keras checks none of this when it builds: it fails
    with `dot_general` when it runs. A bidirectional encoder's states are two halves: concatenate
    them, and give the decoder twice the units.
    """

    code = "LS302"
    name = "state-mismatch"
    topic = "initial-state"
    facts = (StateMismatch,)
    bad = (
        "inputs: {a: [9, 8], b: [7, 8]}\nlayers:\n"
        "  - LSTM: {units: 16, return_state: true, name: encoder}\n    inputs: a\n"
        "  - LSTM: {units: 32, name: decoder}\n    inputs: b\n"
        "    call: {initial_state: [encoder:1, encoder:2]}\n"
    )
    good = bad.replace("units: 32", "units: 16")

    def explain(self, fact: StateMismatch, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        wants, gets = _states(fact.wants), _states(fact.given)
        if len(fact.wants) != len(fact.given):
            message = (
                f"{layer} has {words.count(len(fact.wants), 'state')}, but `initial_state` gives "
                f"{len(fact.given)}"
            )
        else:
            message = f"the states of {layer} are {wants}, but `initial_state` gives {gets}"
        place = fact.place
        if node is not None and node.spec is not None and "initial_state" in node.spec.call:
            place = Place((*node.path, "call", "initial_state"))
        return self.found(
            place, message, case=case, fact=fact, label=f"wants {wants}, gets {gets}",
            expected=wants, actual=gets, related=_givers(case, node),
            proposals=self._proposals(fact, node),
        )  # fmt: skip

    @staticmethod
    def _proposals(fact: StateMismatch, node: Node | None) -> Iterator[Proposal]:
        layer = recurrent_inside(node.layer) if node is not None else None
        widths = {shape[-1] for shape in fact.given}
        if layer is None or len(fact.wants) != len(fact.given) or len(widths) != 1:
            return
        (width,) = widths
        if isinstance(width, int) and "units" in type(layer).arguments:
            change = Change("set_argument", layer.path, "units", width, str(layer.name))
            yield Proposal(
                f"give it the states' width: set `units: {width}`", (change,), safe=False
            )


def _states(shapes: tuple[tuple[object, ...], ...]) -> str:
    shown = [words.shape(s) for s in shapes[:6]]  # type: ignore[arg-type]  # dims in a fact
    if len(shown) > 1 and len(set(shown)) == 1:
        return f"{len(shapes)} of {shown[0]}"
    return ", ".join(shown) or "none"


def _givers(case: Case, node: Node | None) -> Iterator[Related]:
    if node is None:
        return
    seen: set[int] = set()
    for value in values_in(node.named.get("initial_state")):
        if value.node not in seen:
            seen.add(value.node)
            giver = case.graph.nodes[value.node]
            yield Related("gives these states", giver.place, giver.name)


class StatefulBatchRule(Rule):
    """A stateful layer needs to know the batch size.

    It keeps one state a sample from batch to batch. Say it with the input:
    `input: {shape: [10, 16], batch_size: 32}`.
    """

    code = "LS303"
    name = "stateful-batch"
    topic = "stateful"
    facts = (OpenBatch,)
    bad = "input: [10, 16]\nlayers:\n  - LSTM: {units: 32, stateful: true}\n"
    good = (
        "input: {shape: [10, 16], batch_size: 32}\nlayers:\n  - LSTM: {units: 32, stateful: true}\n"
    )

    def explain(self, fact: OpenBatch, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        return self.found(
            fact.place,
            f"{layer} is stateful, and a stateful layer needs the batch size as a number",
            case=case,
            fact=fact,
            label=f"gets {words.shape(fact.shape)}",
            expected="a batch size",
            actual=words.shape(fact.shape),
            proposals=self._proposals(case, node),
        )

    @staticmethod
    def _proposals(case: Case, node: Node | None) -> Iterator[Proposal]:
        inputs = [i for i in case.spec.inputs if i.shape is not None and i.batch_size is None]
        size = case.spec.data.get("batch_size")
        if type(size) is int and size > 0:
            changes = []
            for spec in inputs:
                value: dict[str, object] = {"shape": list(spec.shape or ()), "batch_size": size}
                if spec.dtype != "float32":
                    value["dtype"] = spec.dtype
                changes.append(Change("set_inputs", spec.path, value=value))
            if changes:
                yield Proposal(f"say the batch size of the data: {size}", tuple(changes))
        layer = recurrent_inside(node.layer) if node is not None else None
        if layer is not None:
            change = Change("remove_argument", layer.path, "stateful", layer=str(layer.name))
            yield Proposal(
                "keep no state between batches: remove `stateful`", (change,), safe=False
            )


class WholeTupleRule(Rule):
    """A layer reads all outputs of a layer that returns its states.

    With `return_state: true` a recurrent layer gives a tuple: its output, then its states. Say
    which is meant: `inputs: encoder:0`.
    """

    code = "LS306"
    name = "whole-tuple"
    topic = "return-state"
    facts = (WrongInputCount,)
    bad = (
        "input: [10, 16]\nlayers:\n  - LSTM: {units: 32, return_state: true}\n"
        "  - Dense: {units: 1}\n"
    )
    good = (
        "input: [10, 16]\nlayers:\n  - LSTM: {units: 32, return_state: true}\n"
        "  - Dense: {units: 1}\n    inputs: lstm:0\n"
    )

    def explain(self, fact: WrongInputCount, case: Case) -> Diagnostic | None:
        node = case.node_at(fact.place.path)
        giver = case.source(node) if node is not None else None
        if not fact.whole or node is None or giver is None:
            return None
        recurrent = recurrent_inside(giver.layer)
        proposals = [
            Proposal(
                f"read the output of {words.name(giver.name)} alone: `inputs: {giver.name}:0`",
                (Change("set_input", node.path, value=f"{giver.name}:0", layer=node.name),),
            )
        ]
        if recurrent is not None and getattr(recurrent, "return_state", False):
            change = Change(
                "remove_argument", recurrent.path, "return_state", layer=written_name(recurrent)
            )
            proposals.append(
                Proposal(f"return no states from {words.name(giver.name)}", (change,), safe=False)
            )
        return self.found(
            fact.place,
            f"{words.name(node.name)} reads all {fact.given} outputs of {words.name(giver.name)}, "
            "and takes one tensor",
            case=case,
            fact=fact,
            label=f"wants one tensor, gets {fact.given}",
            expected=fact.wants,
            actual=words.count(fact.given, "tensor"),
            related=[Related("gives its output and its states", giver.place, giver.name)],
            proposals=proposals,
        )
