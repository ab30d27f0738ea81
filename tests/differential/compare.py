"""Runs of the harness: build, compare, shrink, count."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from agree import disagreements
from differential.models import Models, Tree
from differential.shrink import shrunk
from oracle import observe

from lstmshape.case import judge

#: causes for which Keras has no word, so that nothing can be compared
NO_SAY = ("Malformed", "UnknownKey", "AmbiguousInput", "UnknownReference", "NoSuchOutput", "NoInput")


class Found(NamedTuple):
    """A disagreement: the model as drawn, the smallest that shows it, and what differs."""

    tree: Tree
    smallest: Tree
    differences: list[str]


class Run:
    """Counts of one run."""

    def __init__(self, seed: int) -> None:
        self.models = Models(seed)
        self.compared = 0
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
            self.found.append(Found(tree, smallest(tree, []), [f"crash here: {error!r}"]))
            return
        self.ours += time.process_time() - start
        if any(type(fact).__name__ in NO_SAY for fact in case.facts):
            return
        start = time.process_time()
        keras = observe(tree)
        self.keras += time.process_time() - start
        self.compared += 1
        self.refused += not keras.accepted
        self.calls += len(keras.calls)
        self.classes.update(call.class_name for call in keras.calls if call.class_name)
        differences = list(disagreements(tree, case))
        if differences:
            self.found.append(Found(tree, smallest(tree, differences), differences))

    def report(self) -> Iterator[str]:
        yield f"models compared: {self.compared}, of which Keras refuses {self.refused}"
        yield f"calls compared: {self.calls}, of {len(self.classes)} classes"
        rate = self.compared / self.ours if self.ours else 0.0
        yield f"judged here: {rate:.0f} models a second"
        yield f"disagreements: {len(self.found)}"


def kind(differences: list[str]) -> str:
    """What differs, without its numbers: for shrinking to the same thing."""
    return differences[0].split(": ")[-2 if ": " in differences[0] else 0][:40]


def smallest(tree: Tree, differences: list[str]) -> Tree:
    def shows(candidate: Tree) -> bool:
        try:
            case = judge(candidate)
        except Exception:
            return not differences
        if not differences:
            return False
        if any(type(fact).__name__ in NO_SAY for fact in case.facts):
            return False
        return bool(list(disagreements(candidate, case)))

    return shrunk(tree, shows)


def run_for(seconds: float, seed: int, most: int | None = None) -> Run:
    """Compare random models for a time (wall clock), or until so many."""
    run = Run(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end and (most is None or run.compared < most):
        run.one()
    return run


def as_yaml(tree: Any) -> str:
    import yaml

    text: str = yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, width=100)
    return text
