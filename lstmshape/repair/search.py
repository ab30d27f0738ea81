"""The search: which moves, one to three, mend a diagnostic with the whole model judged.

Best first: a candidate is judged when it is the cheapest that is left. One after which the
diagnostic is gone, and no error is there that was not there before, is a goal. One that uncovers an
error that had been hidden behind the diagnostic is gone on with, from that error.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from lstmshape.diagnostics import Diagnostic
from lstmshape.flow import totals
from lstmshape.repair.move import Move
from lstmshape.repair.moves import moves_for
from lstmshape.repair.moves.outputs import has_head
from lstmshape.repair.state import Bench, State, Target

#: moves in one fix
DEPTH = 3
#: goals after which the search for more of them ends
ENOUGH = 5
#: candidates dearer than the best goal by more are not judged
SLACK = 1.3
#: other errors whose moves are tried as well
MOST_OTHERS = 3
#: what a goal is worth that ends other errors too, for each
TOO = 0.2
#: candidates judged to make the best fix one of everything that it touches
JOINT_BUDGET = 40
#: what a goal is marked down by: a warning that is new, an output that no layer is there for
WARNING, NO_HEAD = 0.4, 0.6


class Goal(NamedTuple):
    """A state that is a fix, and how it ranks: the least first."""

    state: State
    rank: tuple[float, bool, float, int]
    #: errors that the fix uncovers, which were hidden before
    uncovered: int = 0
    #: it goes on from the best fix, to end what that touches
    joined: bool = False


class Search:
    """Looks for fixes of one diagnostic."""

    def __init__(self, bench: Bench, target: Target, budget: int) -> None:
        self.bench = bench
        self.target = target
        self.budget = budget
        self.goals: list[Goal] = []
        self._behind: list[Goal] = []
        self._heap: list[tuple[float, int, State, Move]] = []
        self._order = count()
        self._seen: set[int] = set()

    def run(self) -> list[Goal]:
        """The fixes that were found, the best first; those that uncover more only without others.

        The second may be the first gone on with, to end what that touches.
        """
        start = self.bench.start()
        self._push(start, self.target.diagnostic, 1.0)
        for other in self.target.others[:MOST_OTHERS] if self.target.is_error else ():
            # one cause may show in two places: what mends the other may mend this
            self._push(start, other, 1.0, more=0.1)
        self._search()
        goals = sorted(self.goals or self._behind, key=lambda goal: (goal.uncovered, goal.rank))
        if self.goals:
            goals[1:1] = self._joined(goals[0])
        return goals

    def _joined(self, goal: Goal) -> list[Goal]:
        """The best fix, gone on with until the errors that it touches are gone too."""
        touched = self.target.touched(goal.state)
        if not touched or len(goal.state.moves) >= DEPTH:
            return []
        whole = Target(self.target.base, self.target.diagnostic, touched)
        search = Search(self.bench, whole, JOINT_BUDGET)
        search._look(goal.state, 0)
        search._search()
        found = sorted(search.goals, key=lambda goal: goal.rank)[:1]
        return [goal._replace(joined=True) for goal in found]

    def _search(self) -> None:
        """Judge candidates, the cheapest first, as long as it is worth it.

        Counts end it, and no clock: what is found must not depend on how busy a machine is.
        """
        last = self.bench.count + self.budget
        while self._heap and self.bench.count < last:
            cost, number, parent, move = heappop(self._heap)
            if self._is_enough(cost):
                break
            state = self.bench.after(parent, move)
            if state is not None and id(state.judged) not in self._seen:
                self._seen.add(id(state.judged))
                self._look(state, number)

    def _push(self, state: State, diagnostic: Diagnostic, weight: float, more: float = 0.0) -> None:
        """Try what may mend a diagnostic of a state."""
        if len(state.moves) < DEPTH:
            for move in moves_for(state.judged.case, diagnostic):
                priced = move._replace(cost=move.cost * weight + more)
                row = (state.cost + priced.cost, next(self._order), state, priced)
                heappush(self._heap, row)

    def _is_enough(self, cost: float) -> bool:
        if not self.goals:
            return False
        ranks = sorted(goal.rank[0] for goal in self.goals)
        return cost > ranks[0] + SLACK or (len(ranks) >= ENOUGH and cost >= ranks[ENOUGH - 1])

    def _look(self, state: State, number: int) -> None:
        left = self.target.left(state)
        if not left:
            self._goal(state, number)
        elif self._gets_on(state, left):
            hidden = all(self.target.was_hidden(state, error) for error in left)
            if hidden and self.target.is_gone(state, left) and len(state.moves) == 1:
                rank = self._rank(state, number, 0.0)
                self._behind.append(Goal(state, rank, len(left)))
            self._push(state, left[0], 1.0)

    def _gets_on(self, state: State, left: Sequence[Diagnostic]) -> bool:
        """Whether the diagnostic is gone, or at least another thing is wrong with its place."""
        if self.target.is_gone(state, left):
            return True
        parent = state.moves[:-1]
        before = {self.target.diagnostic.message} if not parent else set()
        return all(each.message not in before for each in left)

    def _goal(self, state: State, number: int) -> None:
        warned = self.target.new_warnings(state) if self.bench.base.case.flow.ok else []
        if self.target.kind[0] == "target":
            old = [d for d in state.judged.diagnostics if d.code == "LS408" and d not in warned]
            warned = warned + old
        more = WARNING * len(warned)
        if not has_head(state.judged.case):
            more += NO_HEAD
        more -= TOO * self.target.ended_too(state)
        self.goals.append(Goal(state, self._rank(state, number, more)))
        for each in warned[:2]:
            # to please a loss as well is worth less than a move of its own
            self._push(state, each, 0.25)

    def _rank(self, state: State, number: int, more: float) -> tuple[float, bool, float, int]:
        safe = all(move.safe for move in state.moves)
        before = totals(self.bench.base.case.flow.weights()).params
        after = totals(state.judged.case.flow.weights()).params
        change = abs(after - before) / max(before, 1)
        return round(state.cost + more, 3), not safe, round(change, 3), number
