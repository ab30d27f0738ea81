"""Runs of the second kind: draw, judge, run what is accepted without values, shrink, count."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from differential.compare import Found, as_yaml, not_said
from differential.models import Models, Tree
from differential.second import OWN, disagreements_when_run, found_of, is_empty
from differential.shrink import shrunk
from lstmshape.case import Case, judge


class Runs:
    """Counts of the models that Keras accepts, and of what differs when they run."""

    def __init__(self, seed: int) -> None:
        self.models = Models(seed)
        self.seed = seed
        self.drawn = 0
        #: accepted, and passed over because of an axis of 0
        self.empty = 0
        #: accepted by Keras, as by us, and run
        self.run = 0
        #: of these, those of which something was found
        self.warned = 0
        #: failures of which nothing is claimed, by what they are
        self.own: Counter[str] = Counter()
        self.found: list[Found] = []
        #: disagreements by what they are
        self.kinds: Counter[str] = Counter()

    def one(self) -> None:
        tree = self.models.model()
        self.drawn += 1
        case = accepted(tree)
        if case is None:
            return
        if is_empty(case):
            self.empty += 1
            return
        self.run += 1
        self.warned += bool(found_of(case))
        differences = differing(tree, case)
        if differences and differences[0].startswith(OWN):
            self.own[kind(differences)] += 1
        elif differences:
            small = smallest(tree, differences)
            self.found.append(Found(tree, small, differing(small) or differences))
            self.kinds[kind(self.found[-1].differences)] += 1

    def report(self) -> Iterator[str]:
        yield f"models drawn: {self.drawn}; accepted and run: {self.run}"
        yield f"passed over, with an axis of 0: {self.empty}"
        yield f"something is found in {self.warned} of them"
        yield f"of which nothing is claimed: {self.own.total()}"
        yield from (f"  {count} x {what}" for what, count in self.own.most_common())
        yield f"disagreements: {len(self.found)}"
        yield from (f"  {count} x {what}" for what, count in self.kinds.most_common())


def accepted(tree: Tree) -> Case | None:
    """The case of a model that we say Keras accepts; that it does is the first kind of truth."""
    case = judge(tree)
    refused = not case.flow.ok or any(fact.keras == "refuses" for fact in case.facts)
    return None if refused or not_said(case) else case


def differing(tree: Tree, case: Case | None = None) -> list[str]:
    case = case or accepted(tree)
    # the same sizes are tried of the same model, so that shrinking does not depend on chance
    return (
        []
        if case is None or is_empty(case)
        else list(disagreements_when_run(tree, case, random.Random(1)))
    )


def kind(differences: list[str]) -> str:
    """What differs, without names and numbers."""
    plain = re.sub(r"[\d_]+|\(.*?\)|`.*?`|\{.*?\}", "", differences[0])
    return " ".join(re.sub(r"[\[\]'\"]", "", plain).split())[:110]


def smallest(tree: Tree, differences: list[str]) -> Tree:
    """The smallest tree that differs in the same way."""

    def shows(candidate: Tree) -> bool:
        try:
            found = differing(candidate)
        except Exception:
            return False
        return bool(found) and kind(found) == kind(differences)

    return shrunk(tree, shows, 200)


def run_for(
    seconds: float, seed: int, most: int | None = None, say: Callable[[str], None] | None = None
) -> Runs:
    """Run random models for a time (wall clock), or until so many have run."""
    runs, end, told = Runs(seed), time.monotonic() + seconds, 0
    while time.monotonic() < end and (most is None or runs.run < most):
        known = len(runs.found)
        runs.one()
        for found in runs.found[known:] if say is not None else ():
            say("\n".join(["---", as_yaml(found.smallest), *(f"# {d}" for d in found.differences)]))
        if say is not None and runs.run >= told + 500:
            told += 500
            say(", ".join(list(runs.report())[:3]))
    return runs


__all__: list[Any] = ["Runs", "run_for"]
