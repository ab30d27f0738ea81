"""What is known so far of the names of a model, narrowed by one requirement after another.

Conditions on one name are solved exactly, and each name holds the set of its values. An equality
that gives a name (T = S + 2) replaces it everywhere. What ties several names together and is not
solved so is kept as it is, and held against the bounds of its names.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeAlias

from lstmshape.dims import (
    Answer,
    Bounds,
    Dim,
    Expr,
    at_least,
    divides,
    equal,
    most,
    name,
    names,
    substitute,
)
from lstmshape.dims.expr import Product, negative
from lstmshape.requirements.conditions import Condition, Requirement, Source, condition, conditions
from lstmshape.requirements.solving import effort, solve
from lstmshape.requirements.wholes import Range, Wholes, meet, wholes

Reason: TypeAlias = tuple[Condition, Wholes]  # one that narrows a set, and all its own values
_Key: TypeAlias = tuple[str, int, frozenset[tuple[Product, int]]]
_EFFORT = 20_000  # terms looked at in reasoning over several names, in all
_EFFORT_AT_ONCE = 500
_SOLVING = 100_000  # values tried in solving what is not simply solved, in all


class State:
    """Tables that `take` fills; `put` and `drop` note every change, so that it can be undone."""

    def __init__(self, bounds: Bounds) -> None:
        stated = {
            text: (low, high)
            for text, (low, high) in bounds.items()
            if high is None or low <= high  # else no value is right, and none is wrong
        }
        self._universe: Bounds = stated
        self.kept: dict[int, Requirement] = {}  # by id
        self.sets: dict[str, Wholes] = {}
        self.spans: dict[str, Range] = dict(stated)  # smallest and largest of each set
        self.limits: dict[str, Range] = dict(stated)  # the same, as several names together prove
        self.reasons: dict[str, tuple[Reason, ...]] = {}
        self.solved: dict[str, Dim] = {}
        self.shared: dict[_Key, Condition] = {}
        self._where: dict[str, dict[_Key, None]] = {}  # where in `shared` a name may stand
        self._waiting: dict[_Key, Condition] = {}  # lower bounds that cannot clash, not yet entered
        self._journal: list[tuple[MutableMapping[Any, Any], Any, Any]] = []
        self._effort = _EFFORT
        self._solving = _SOLVING

    def take(self, requirement: Requirement) -> bool:
        """Adds `requirement` and says True; False, and nothing has changed, when it clashes."""
        found = conditions(requirement)
        if found is not None and len(found) == 1 and self._waits(found[0]):
            return True
        self.settle()
        if found is not None and self._enter(found):
            self._journal.clear()
            return True
        while self._journal:
            table, key, value = self._journal.pop()
            if value is None:
                del table[key]
            else:
                table[key] = value
        return False

    def settle(self) -> None:
        """Enters what waits; to be called before the tables are read."""
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            self._enter(list(waiting.values()))
            self._journal.clear()

    def _waits(self, part: Condition) -> bool:
        """Puts off a lower bound of what has no upper bound, since a stronger may follow soon.

        A chain of ten thousand convolutions says T >= 3, T >= 5, ...; only the last is worked on.
        """
        if part.kind != ">=" or self.shared:
            return False
        for atoms, c in part.expr.terms.items():
            text = atoms[0]
            if c < 0 or len(atoms) > 1 or not isinstance(text, str) or text[0] == "?":
                return False
            if text in self.solved or self.spans.get(text, (0, None))[1] is not None:
                return False
        key = _key(part)
        earlier = self._waiting.get(key)
        if earlier is None or part.expr.const < earlier.expr.const:
            self._waiting[key] = part
        return True

    def universe(self, text: str) -> Range | None:
        """The values that the author leaves to a name; None for one that stands for anything."""
        return self._universe.get(text) or (None if text[0] == "?" else (0, None))

    def values(self, text: str) -> Wholes | None:
        """The values that are left to a name, as far as it alone tells."""
        universe = self.universe(text)
        return self.sets.get(text) or (None if universe is None else wholes([universe]))

    def value(self, text: str) -> Dim:
        """What a solved name stands for, in names that are not solved."""
        value = self.solved[text]
        while isinstance(value, Expr) and (known := names(value) & self.solved.keys()):
            value = substitute(value, {other: self.solved[other] for other in known})
            self._put(self.solved, text, value)
        return value

    # -- one condition after another ----------------------------------------------------------

    def _enter(self, waiting: list[Condition]) -> bool:
        waiting = waiting[::-1]
        while waiting:
            parts = self._resolved(waiting.pop())
            for part in parts or ():
                found = sorted(names(part.expr))
                more = self._narrow(found[0], part) if len(found) == 1 else self._share(part)
                if more is None:
                    return False
                waiting += more
            if parts is None:
                return False
        return True

    def _resolved(self, part: Condition) -> list[Condition] | None:
        known = names(part.expr) & self.solved.keys() if self.solved else None
        if not known:
            return [part]
        dim = substitute(part.expr, {text: self.value(text) for text in known})
        return condition(part.kind, dim, part.k, part.source)

    def _narrow(self, text: str, part: Condition) -> list[Condition] | None:
        """Cuts the set of a name down; what follows from that, or None when nothing is left."""
        universe, old = self.universe(text), self.values(text)
        if universe is None or old is None:
            return self._share(part)
        self._solving -= effort(part, text)
        solution = solve(part, text, universe) if self._solving > 0 else None
        new = None if solution is None else meet(old, solution)
        if solution is None or new is None:
            return self._share(part)
        if not new.ranges:
            return None
        if new == old:
            return []
        self._put(self.sets, text, new)
        self._put(self.spans, text, new.span())
        self._give_reason(text, part, solution)
        if not self._limit(text, self.limits.get(text, universe)):
            return None
        single = new.single()
        if single is not None:
            return self._replace(text, single, part)
        return [] if self._agree(list(self._where.get(text, ()))) else None

    def _give_reason(self, text: str, part: Condition, solution: Wholes) -> None:
        """Notes `part` as a reason for the set of a name, in place of those that it implies."""
        left: list[Reason] = []
        for reason, weaker in self.reasons.get(text, ()):
            if meet(weaker, solution) == solution:
                self._forget(reason)
            else:
                left.append((reason, weaker))
        self._put(self.reasons, text, (*left, (part, solution)))
        self._keep(part)

    def _keep(self, part: Condition) -> None:
        requirement = part.source.requirement
        if id(requirement) not in self.kept:
            self._put(self.kept, id(requirement), requirement)

    def _forget(self, part: Condition) -> None:
        """Lets go of a requirement that a stronger one implies."""
        if part.source.whole and id(part.source.requirement) in self.kept:
            self._drop(self.kept, id(part.source.requirement))

    def _replace(self, text: str, value: Dim, part: Condition) -> list[Condition] | None:
        """Notes what a name stands for; the conditions that must be said anew without it."""
        self._put(self.solved, text, value)
        keys = [key for key in self._where.get(text, ()) if key in self.shared]
        anew = [self._drop(self.shared, key) for key in keys]
        if isinstance(value, int):
            return anew
        anew += [reason for reason, _ in self.reasons.get(text, ())]
        for table in (self.reasons, self.sets, self.spans, self.limits):
            if text in table:
                self._drop(table, text)
        implied = self._within_universe(text, value, part)
        return None if implied is None else [*anew, *implied]

    def _within_universe(self, text: str, value: Dim, part: Condition) -> list[Condition] | None:
        """What the bounds of a name say of that which it stands for."""
        universe = self.universe(text)
        if universe is None:
            return []
        low, high = universe
        source = Source(part.source.requirement, whole=False, implicit=True)
        above = condition(">=", value - low, 1, source)
        below = [] if high is None else condition(">=", high - value, 1, source)
        return None if above is None or below is None else [*above, *below]

    # -- conditions on several names ----------------------------------------------------------

    def _share(self, part: Condition) -> list[Condition] | None:
        """Keeps a condition that the set of one name cannot hold; what follows, or None."""
        key = _key(part)
        told = self._compare(part)
        if told == "sometimes" and key not in self.shared:
            told = self.judged(part)
        if told != "sometimes":
            return [] if told == "always" else None
        self._keep(part)
        follows = self._follows(part)
        if part.kind == "=" and (given := _given(part.expr)):
            more = self._replace(*given, part)
            return None if more is None else [*follows, *more]
        if key in self.shared:
            self._forget(self.shared[key])
        else:
            for text in names(part.expr):
                self._where.setdefault(text, {})[key] = None
        self._put(self.shared, key, part)
        return follows if self._agree([key]) else None

    def judged(self, part: Condition) -> Answer:
        """What the values that are left to each name say of a condition."""
        return judge(part, self.spans)

    def _compare(self, part: Condition) -> Answer:
        """What the conditions on the very same terms say of a condition."""
        const, terms = part.expr.const, part.expr.terms
        same = self.shared.get(_key(part))
        if part.kind != ">=":
            return "sometimes" if same is None else _if((same.expr.const - const) % part.k == 0)
        for sign, signed in ((1, terms), (-1, negative(terms))):
            equality = self.shared.get(("=", 1, frozenset(signed.items())))
            if equality is not None:
                return _if(const >= sign * equality.expr.const)
        if same is not None and same.expr.const <= const:
            return "always"
        opposite = self.shared.get(_opposite(part))
        return "never" if opposite and opposite.expr.const + const < 0 else "sometimes"

    def _follows(self, part: Condition) -> list[Condition]:
        """Two inequalities that meet make an equality; an equality settles inequalities."""
        if part.kind == "=":
            keys = (_key(part._replace(kind=">=")), _opposite(part))
            return [self._drop(self.shared, key) for key in keys if key in self.shared]
        opposite = self.shared.get(_opposite(part)) if part.kind == ">=" else None
        if opposite is None or opposite.expr.const + part.expr.const:
            return []
        return condition("=", part.expr, 1, part.source._replace(whole=False)) or []

    def _agree(self, waiting: list[_Key]) -> bool:
        """Narrows the limits of names by each other; False when one is left with nothing."""
        effort = min(self._effort, _EFFORT_AT_ONCE)
        self._effort -= effort
        while waiting and effort > 0:
            part = self.shared.get(waiting.pop())
            if part is None:
                continue
            effort -= len(part.expr.terms)
            if judge(part, self.limits) == "never":
                return False
            for text, limit in _narrower(part, self.limits):
                if not self._limit(text, limit):
                    return False
                waiting += self._where[text]
        self._effort += max(effort, 0)
        return True

    def _limit(self, text: str, limit: Range) -> bool:
        """Notes tighter limits of a name; whether they leave it any value."""
        values = self.values(text)
        left = None if values is None else meet(values, wholes([limit]))
        if left is not None and not left.ranges:
            return False
        self._put(self.limits, text, limit if left is None else left.span())
        return True

    # -- tables ---------------------------------------------------------------------------------

    def _put(self, table: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((table, key, table.get(key)))
        table[key] = value

    def _drop(self, table: MutableMapping[Any, Any], key: Any) -> Any:
        self._journal.append((table, key, table[key]))
        return table.pop(key)


def judge(part: Condition, bounds: Bounds) -> Answer:
    """What bounds alone say of a condition."""
    if part.kind == ">=":
        return at_least(part.expr, 0, bounds)
    return divides(part.k, part.expr, bounds) if part.kind == "|" else equal(part.expr, 0, bounds)


def _if(holds: bool) -> Answer:
    return "always" if holds else "never"


def _key(part: Condition) -> _Key:
    """The same for conditions on the same terms, whatever their constants."""
    return part.kind, part.k, frozenset(part.expr.terms.items())


def _opposite(part: Condition) -> _Key:
    """The key of an inequality that bounds the same terms from the other side."""
    return ">=", 1, frozenset(negative(part.expr.terms).items())


def _given(expr: Expr) -> tuple[str, Dim] | None:
    """A name that `expr` = 0 gives, with its value: one that nobody chose, else the last."""
    best: tuple[bool, str] | None = None
    for atoms, c in expr.terms.items():
        text = atoms[0]
        if len(atoms) == 1 and abs(c) == 1 and isinstance(text, str) and text[0] != "?":
            best = max(best or (False, ""), (_is_unnamed(text), text))
    if best is None:
        return None
    text = best[1]
    rest = expr - expr.terms[(text,)] * name(text)
    if text in names(rest):
        return None
    return text, rest * -expr.terms[(text,)]


def _is_unnamed(text: str) -> bool:
    """Whether nobody chose the name (`d1`): it gives way to one that somebody did."""
    return text[0] == "d" and text[1:].isdecimal()


def _narrower(part: Condition, limits: Bounds) -> list[tuple[str, Range]]:
    """The limits of single names that follow from a condition and the limits of the others."""
    found = _narrower_by(part.expr, limits) if part.kind != "|" else []
    return found + (_narrower_by(-part.expr, limits) if part.kind == "=" else [])


def _narrower_by(expr: Expr, limits: Bounds) -> list[tuple[str, Range]]:
    """The same from `expr` >= 0: a name stands against the most that all else can be."""
    tops = {atoms: most(Expr({atoms: c}, 0), limits) for atoms, c in expr.terms.items()}
    endless = [atoms for atoms, top in tops.items() if top is None]
    if len(endless) > 1:
        return []
    most_of_all = expr.const + sum(top for top in tops.values() if top is not None)
    found: list[tuple[str, Range]] = []
    for atoms in endless or tops:
        text, c = atoms[0], expr.terms[atoms]
        if len(atoms) > 1 or not isinstance(text, str) or text[0] == "?":
            continue
        rest = most_of_all - (tops[atoms] or 0)  # c * name + rest >= 0
        low, high = limits.get(text, (0, None))
        if c > 0 and -(rest // c) > low:
            found.append((text, (-(rest // c), high)))
        elif c < 0 and (high is None or rest // -c < high):
            found.append((text, (low, rest // -c)))
    return found
