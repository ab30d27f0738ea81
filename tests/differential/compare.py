"""Runs of the harness: build, compare, shrink, count."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from agree import disagreements
from oracle import observe

from differential.models import Models, Tree
from differential.named import disagreements_with_numbers
from differential.shrink import shrunk
from lstmshape.case import Case, judge
from lstmshape.facts import WrongInputCount, WrongRank
from lstmshape.flow import CallFlow

#: causes for which Keras has no word, so that nothing can be compared
NO_SAY = ("Malformed", "UnknownKey", "AmbiguousInput", "NoInput", "OpenLayer")


class Found(NamedTuple):
    """A disagreement: the model as drawn, the smallest that shows it, and what differs."""

    tree: Tree
    smallest: Tree
    differences: list[str]


class Run:
    """Counts of one run, of the models of a seed from number `first` on.

    In `numbers` of all models (a share) that are accepted, numbers are put for names as well.
    """

    def __init__(self, seed: int, first: int = 0, numbers: float = 1.0) -> None:
        self.models = Models(seed, first)
        self.numbers = numbers
        #: models of which the same was compared with numbers for their names
        self.numbered = 0
        self.compared = 0
        #: models with something of which nobody says anything
        self.passed_over = 0
        #: up to how many models a line of progress was said
        self.said = 0
        self.refused = 0
        self.calls = 0
        self.classes: Counter[str] = Counter()
        self.ours = 0.0
        self.keras = 0.0
        self.found: list[Found] = []

    def one(self) -> None:
        """Draw a model, and hold both verdicts together."""
        tree = self.models.model()
        start = time.process_time()
        try:
            case = judge(tree)
        except Exception as error:
            crash = [f"crash here: {error!r}"]
            self.found.append(Found(tree, smallest(tree, crash), crash))
            return
        self.ours += time.process_time() - start
        if not_said(case):
            self.passed_over += 1
            return
        start = time.process_time()
        keras = observe(tree)
        self.compared += 1
        self.refused += not keras.accepted
        self.calls += len(keras.calls)
        self.classes.update(call.class_name for call in keras.calls if call.class_name)
        differences = list(disagreements(tree, case, keras))
        if not differences and keras.accepted and self.models.rng.random() < self.numbers:
            differences = self._with_numbers(tree, case)
        self.keras += time.process_time() - start
        if differences:
            small = smallest(tree, differences)
            self.found.append(Found(tree, small, list(differing(small)) or differences))

    def _with_numbers(self, tree: Tree, case: Case) -> list[str]:
        asked: list[Tree] = []
        differences = list(disagreements_with_numbers(tree, case, random.Random(1), asked))
        self.numbered += bool(asked)
        return differences

    def report(self) -> Iterator[str]:
        yield f"models compared: {self.compared}, of which Keras refuses {self.refused}"
        yield f"passed over, as nobody says what comes out: {self.passed_over}"
        yield f"with numbers for names as well: {self.numbered}"
        yield f"calls compared: {self.calls}, of {len(self.classes)} classes"
        yield (
            f"models a second of processor time: {_rate(self.compared, self.ours)} here, "
            f"{_rate(self.compared, self.keras)} in Keras"
        )
        yield f"next: --first {self.models.number}"
        yield f"disagreements: {len(self.found)}"


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:.0f}" if seconds else "none"


def differing(tree: Tree, case: Case | None = None) -> Iterator[str]:
    """What differs of a model, or else of what it becomes with numbers for its names."""
    case = judge(tree) if case is None else case
    differences = list(disagreements(tree, case))
    yield from differences
    if not differences:
        yield from disagreements_with_numbers(tree, case, random.Random(1))


def kind(differences: list[str]) -> str:
    """What differs first, without names, numbers and paths: shrinking keeps to it."""
    first = differences[0]
    said = first.rpartition(" here, Keras says ")[2] if "refused by" in first else first
    return re.sub(r"[\d_]+|\(.*?\)|`.*?`|'.*?'", "", said)[:60]


def smallest(tree: Tree, differences: list[str]) -> Tree:
    """The smallest tree that differs in the same way, or crashes as the first did."""

    def shows(candidate: Tree) -> bool:
        try:
            case = judge(candidate)
        except Exception as error:
            return differences == [f"crash here: {error!r}"]
        if "crash here" in differences[0] or not_said(case):
            return False
        found = list(differing(candidate, case))
        return bool(found) and kind(found) == kind(differences)

    return shrunk(tree, shows)


def not_said(case: Case) -> bool:
    """Whether it holds something of which Keras, or we, say nothing."""
    if any(map(_on_a_number, case.flow.calls)):
        return True
    return any(
        type(fact).__name__ in NO_SAY
        or (isinstance(fact, (WrongInputCount, WrongRank)) and fact.keras is None)
        for fact in case.facts
    )


def _on_a_number(call: CallFlow) -> bool:
    """Whether a layer is called on a number without axes, as only operations give it."""
    layer = call.node.layer
    numbers = any(not tensor.shape for tensor in call.tensors)
    return numbers and layer is not None and not layer.operation


def run_for(
    run: Run,
    seconds: float,
    most: int | None = None,
    say: Callable[[str], None] | None = None,
) -> Run:
    """Compare random models for a time (wall clock), or until so many."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and (most is None or run.compared < most):
        known = len(run.found)
        run.one()
        for found in run.found[known:] if say is not None else ():
            say("\n".join(["---", as_yaml(found.smallest), *(f"# {d}" for d in found.differences)]))
        if say is not None and run.compared >= run.said + 1000:
            run.said += 1000
            say(", ".join(run.report()))
    return run


def as_yaml(tree: Any) -> str:
    import yaml

    text: str = yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, width=100)
    return text
