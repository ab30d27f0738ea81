"""`Requirements`: gathers what a model needs of its open sizes, and finds what clashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lstmshape.dims import NO_BOUNDS, Bounds, evaluate
from lstmshape.dims import names as names_in
from lstmshape.requirements.conditions import (
    Requirement,
    equality_text,
    holds,
    names_of,
)
from lstmshape.requirements.state import State
from lstmshape.requirements.texts import name_texts

if TYPE_CHECKING:
    import random  # for tests alone, and slow to import

_CLASH_EFFORT = 50_000  # requirements looked at to find out which clash, in all
_TRIES = 400  # of random values


class Requirements:
    """The requirements of one model, given the bounds that its author states for the names."""

    def __init__(self, bounds: Bounds = NO_BOUNDS) -> None:
        self._bounds = bounds
        self._state = State(bounds)
        self._effort = _CLASH_EFFORT
        #: what its user has added and need not add again
        self.met: set[tuple[object, ...]] = set()

    def add(self, requirement: Requirement) -> list[Requirement]:
        """Adds `requirement`; the earlier ones that it clashes with, [] when there are none.

        What clashes is not added. A requirement that nothing within the bounds meets, whatever
        the others are, clashes with itself: [requirement].
        """
        return [] if self._state.take(requirement) else self._clashing(requirement)

    def texts(self) -> list[str]:
        """What is needed, in as few words as possible: by name, then what ties names together."""
        state, found = self._settled(), list[str]()
        for text in sorted(state.solved.keys() | state.reasons.keys()):
            universe = state.universe(text)
            if text in state.reasons and universe is not None:
                found += name_texts(text, state.sets[text], state.reasons[text], universe)
            else:
                found.append(equality_text(text, state.value(text)))
        tied = [part for part in state.shared.values() if not part.source.implicit]
        found += sorted(part.text() for part in tied if state.judged(part) != "always")
        return [text for text in found if "?" not in text]  # what is too large to follow

    def satisfied(self, values: Mapping[str, int]) -> bool:
        """Whether `values` meet every requirement and bound; KeyError names a value not given."""
        return all(
            low <= value and (high is None or value <= high)
            for text, value in values.items()
            for low, high in [self._bounds.get(text, (value if text[0] == "?" else 0, None))]
        ) and all(holds(requirement, values) for requirement in self._settled().kept.values())

    def values_for(self, names: Iterable[str], rng: random.Random) -> dict[str, int] | None:
        """Random values for `names` under which all can be met; None when none were found."""
        wanted = list(names)
        for attempt in range(_TRIES):
            values = self._guess(wanted, rng, spread=4 << attempt // 40)
            if self.satisfied(values):
                return {text: values[text] for text in wanted}
        return None

    def _settled(self) -> State:
        self._state.settle()
        return self._state

    def _guess(self, wanted: list[str], rng: random.Random, spread: int) -> dict[str, int]:
        """Values that meet at least the conditions on single names and the solved equalities."""
        state = self._settled()
        speaking = frozenset[str]().union(*map(names_of, state.kept.values()), wanted)
        given = {text: state.value(text) for text in sorted(speaking & state.solved.keys())}
        free = (speaking - given.keys()).union(*map(names_in, given.values()))
        values: dict[str, int] = {}
        for text in sorted(free):
            low = state.limits.get(text, (0, None))[0]
            number = low + rng.choice((0, rng.randint(0, spread)))
            left = state.values(text)
            values[text] = number if left is None else left.at_or_after(number) or low
        return values | {text: evaluate(value, values) for text, value in given.items()}

    def _clashing(self, requirement: Requirement) -> list[Requirement]:
        """Few earlier requirements that clash with `requirement` when taken together."""
        core: list[Requirement] = []
        pool = self._connected(requirement)
        while self._effort > 0:
            state = State(self._bounds)
            if not all(state.take(one) for one in [*core, requirement]):
                return core or [requirement]
            for i, one in enumerate(pool):
                self._effort -= 1
                if not state.take(one):
                    core, pool = [one, *core], pool[:i]
                    break
            else:  # the proof took another order of reasoning: all that is left took part
                break
        return [*pool, *core] or [requirement]

    def _connected(self, requirement: Requirement) -> list[Requirement]:
        """The requirements that have to do with `requirement`, through any chain of names."""
        left = [(names_of(one), one) for one in self._settled().kept.values()]
        reached = names_of(requirement)
        grown = True
        while grown:
            wider = reached.union(*(own for own, _ in left if own & reached))
            grown, reached = wider != reached, wider
        return [one for own, one in left if own & reached]


def text_of(requirement: Requirement, bounds: Bounds = NO_BOUNDS) -> str:
    """One requirement in words, solved: `T >= 17`; "" when it always holds.

    What can never hold is written as it stands.
    """
    alone = Requirements(bounds)
    if alone.add(requirement):
        return str(requirement)
    return " and ".join(alone.texts())
