"""LS209, LS212 and LS214: what Keras builds, and what fails or is otherwise when it runs."""

from __future__ import annotations

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic, Related
from lstmshape.facts import (
    Clash,
    FailsWhenRun,
    Misreported,
    NeverEqual,
)
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.shapes import branches


class ClashRule(Rule):
    """Sizes that must be equal when the model runs can never be.

    Keras sees an open axis, and an open axis goes with everything: the model builds, and fails
    with the first batch. With names the sizes are known well enough to tell.
    """

    code = "LS209"
    name = "never-equal"
    facts = (Clash, NeverEqual)
    bad = (
        "input: [T, 8]\nlayers:\n  - Conv1D: {filters: 8, kernel_size: 3, name: conv}\n"
        "  - Add: {}\n    inputs: [input, conv]\n"
    )
    good = (
        "input: [T, 8]\nlayers:\n"
        "  - Conv1D: {filters: 8, kernel_size: 3, padding: same, name: conv}\n"
        "  - Add: {}\n    inputs: [input, conv]\n"
    )

    def explain(self, fact: Clash | NeverEqual, case: Case) -> Diagnostic | None:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        if isinstance(fact, Clash):
            return self._clash(fact, layer, case)
        if isinstance(fact.left, int) and isinstance(fact.right, int):
            return None
        left, right = words.value(fact.left), words.value(fact.right)
        return self.found(
            fact.place,
            f"{layer} needs {fact.what} to agree, and {left} is never {right}",
            case=case,
            fact=fact,
            label=f"{left} against {right}",
            expected=left,
            actual=right,
            related=branches(case, node),
        )

    def _clash(self, fact: Clash, layer: str, case: Case) -> Diagnostic:
        need = f"and {words.count(fact.more, 'layer')} more need" if fact.more else "needs"
        but = f"another layer needs {fact.other}" if fact.other else "no size that is allowed is"
        return self.found(
            fact.place, f"{layer} {need} {fact.text}, but {but}",
            case=case, fact=fact, label=f"needs {fact.text}",
            related=[Related(f"needs {fact.other}", fact.origin)] if fact.origin else [],
        )  # fmt: skip


class FailsWhenRunRule(Rule):
    """Keras builds the model, and it fails with the first batch.

    Keras works out shapes without running the layers, and some checks are only in the running.
    """

    code = "LS212"
    name = "fails-when-run"
    facts = (FailsWhenRun, NeverEqual)
    bad = "inputs: {q: [5, 10], v: [6, 12]}\nlayers:\n  - Attention: {}\n    inputs: [q, v]\n"
    good = "inputs: {q: [5, 12], v: [6, 12]}\nlayers:\n  - Attention: {}\n    inputs: [q, v]\n"

    def explain(self, fact: FailsWhenRun | NeverEqual, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        if isinstance(fact, NeverEqual):
            left, right = words.value(fact.left), words.value(fact.right)
            return self.found(
                fact.place,
                f"{layer} builds but cannot run: {fact.what} differ, {left} and {right}",
                case=case, fact=fact, label=f"{left} against {right}", expected=left, actual=right,
                related=branches(case, node),
            )  # fmt: skip
        return self.found(
            fact.place,
            f"{layer} builds but cannot run: it wants {fact.wants}, and gets {fact.gets}",
            case=case,
            fact=fact,
            label=f"wants {fact.wants}, gets {fact.gets}",
            expected=fact.wants,
            actual=fact.gets,
        )


class MisreportedRule(Rule):
    """Keras reports one shape and computes another."""

    code = "LS214"
    name = "misreported-shape"
    severity = "warning"
    facts = (Misreported,)
    bad = (
        "input: [5, 8]\nlayers:\n  - Bidirectional:\n      layer: {LSTM: {units: 3}}\n"
        "      backward_layer: {LSTM: {units: 5, go_backwards: true}}\n"
    )
    good = (
        "input: [5, 8]\nlayers:\n  - Bidirectional:\n      layer: {LSTM: {units: 3}}\n"
        "      backward_layer: {LSTM: {units: 3, go_backwards: true}}\n"
    )

    def explain(self, fact: Misreported, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        said, real = words.shape(fact.reported), words.shape(fact.real)
        return self.found(
            fact.place,
            f"Keras reports {said} for {layer}, but it gives {real}: {fact.why}",
            case=case,
            fact=fact,
            label=f"gives {real}",
            expected=said,
            actual=real,
        )
