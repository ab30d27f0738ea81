"""Conditions on one name, solved exactly: the set of the values for which they hold."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, lcm

from lstmshape.dims import Dim, Expr, at_least, evaluate, name, substitute
from lstmshape.dims.expr import Terms
from lstmshape.requirements.conditions import AtLeast, Condition, Kind, Source, condition
from lstmshape.requirements.wholes import Range, Wholes, meet, wholes

_MAX_PERIOD = 4096  # values tried one by one
_MAX_CLASSES = 256  # remainders of a name looked at one by one
_MAX_PARTS = 2000  # ranges looked at in one search
_MAX_DOUBLINGS = 40  # how far out the search looks for where the answer settles


def effort(part: Condition, text: str) -> int:
    """About how many values `solve` has to try; 0 for the common conditions."""
    terms = part.expr.terms
    if len(terms) == 1 and (text,) in terms:
        return 0
    if part.kind == "|":
        return _period_of_remainder(terms, part.k) or 0
    steps = _steps_without_floors(terms)
    return 10 * steps if 1 < steps <= _MAX_CLASSES else 1000


def solve(part: Condition, text: str, universe: Range) -> Wholes | None:
    """The values of the name `text` in `universe` that meet a condition on it alone.

    None when that is too much work to say; the common conditions never are.
    """
    expr = part.expr
    if len(expr.terms) > 1 or (text,) not in expr.terms:
        return _solve(part.kind, expr, part.k, text, universe)
    # coefficient and modulus have no common factor, and without a modulus it is 1 or -1
    return (
        _remainder(part, text, universe) if part.kind == "|" else _threshold(part, text, universe)
    )


def _remainder(part: Condition, text: str, universe: Range) -> Wholes:
    root = -part.expr.const * pow(part.expr.terms[(text,)], -1, part.k) % part.k
    return wholes([universe], part.k, [root])


def _threshold(part: Condition, text: str, universe: Range) -> Wholes:
    low, high = universe
    sign = part.expr.terms[(text,)]
    root = -part.expr.const * sign
    if sign > 0 or part.kind == "=":
        low = max(low, root)
    if sign < 0 or part.kind == "=":
        high = root if high is None else min(high, root)
    return wholes([(low, high)] if high is None or low <= high else [])


@lru_cache(maxsize=1024)  # a search for what clashes asks the same again
def _solve(kind: Kind, expr: Expr, k: int, text: str, universe: Range) -> Wholes | None:
    if kind == "|":
        return _multiples(expr, k, text, universe)
    steps = _steps_without_floors(expr.terms)
    if 1 < steps <= _MAX_CLASSES:
        return _by_remainder(kind, expr, text, universe, steps)
    above = _not_negative(expr, text, universe)
    if kind == ">=" or above is None:
        return above
    below = _not_negative(-expr, text, universe)
    return None if below is None else meet(above, below)


def _multiples(expr: Expr, k: int, text: str, universe: Range) -> Wholes | None:
    period = _period_of_remainder(expr.terms, k)
    if period is None:
        return None
    right = [value for value in range(period) if evaluate(expr, {text: value}) % k == 0]
    return wholes([universe], period, right)


def _period_of_remainder(terms: Terms, k: int) -> int | None:
    """After how many steps of its name the remainder by `k` repeats."""
    period = 1
    for atoms, c in terms.items():
        modulus = k // gcd(c, k)
        for atom in atoms if modulus > 1 else ():
            one: int | None = modulus
            if not isinstance(atom, str):  # floor(N / d) mod m is known from N mod d*m
                one = _period_of_remainder(atom.terms, atom.divisor * modulus)
            if one is None or (period := lcm(period, one)) > _MAX_PERIOD:
                return None
    return period


def _steps_without_floors(terms: Terms, limit: int = _MAX_CLASSES) -> int:
    """Some L such that every floor comes out whole when the name is L*m + a constant.

    More than `limit` when it would be.
    """
    steps = 1
    for atoms in terms:
        for atom in atoms:
            if isinstance(atom, str):
                continue
            within = limit // atom.divisor
            inner = _steps_without_floors(atom.terms, within) if within else 1
            steps = lcm(steps, atom.divisor * inner)
            if steps > limit:
                return steps
    return steps


def _by_remainder(kind: Kind, expr: Expr, text: str, universe: Range, steps: int) -> Wholes | None:
    """Solves for m in text = steps*m + r, where no floor is left, for each remainder r."""
    low, high = universe
    source = Source(AtLeast(expr, 0))  # of no account here
    changes: dict[int, list[tuple[int, bool]]] = {}  # where a remainder comes in or goes out
    for r in range(steps):
        span = -((r - low) // steps), None if high is None else (high - r) // steps
        dim = substitute(expr, {text: steps * name(text) + r})
        parts = condition(kind, dim, 1, source)
        if parts is None or (span[1] is not None and span[1] < span[0]):
            continue
        values = solve(parts[0], text, span) if parts else wholes([span])
        if values is None:
            return None
        for first, last in values.ranges:
            changes.setdefault(steps * first + r, []).append((r, True))
            if last is not None:
                changes.setdefault(steps * last + r + 1, []).append((r, False))
    return _described(_stretches(changes), steps)


def _stretches(changes: dict[int, list[tuple[int, bool]]]) -> list[tuple[Range, tuple[int, ...]]]:
    """Ranges in which the same remainders are in, with these; those with none are left out."""
    inside: set[int] = set()
    places = sorted(changes)
    found: list[tuple[Range, tuple[int, ...]]] = []
    for i, place in enumerate(places):
        for r, enters in changes[place]:
            (inside.add if enters else inside.discard)(r)
        if inside:
            end = places[i + 1] - 1 if i + 1 < len(places) else None
            found.append(((place, end), tuple(sorted(inside))))
    return found


def _described(stretches: list[tuple[Range, tuple[int, ...]]], steps: int) -> Wholes | None:
    """The set that is made of `stretches`; None if ranges and one set of remainders cannot say it.

    Short stretches are told number by number.
    """
    every = tuple(range(steps))
    patterns = {
        inside
        for (low, high), inside in stretches
        if inside != every and (high is None or high - low > 4 * steps)
    } or {every}
    (pattern, *others) = patterns
    ranges: list[Range] = []
    for (low, high), inside in stretches:
        if inside == pattern:
            ranges.append((low, high))
        elif high is None or high - low > 4 * steps:
            return None
        else:
            numbers = [n for n in range(low, high + 1) if n % steps in inside]
            if any(n % steps not in pattern for n in numbers):
                return None
            ranges += [(n, n) for n in numbers]
    return None if others else wholes(ranges, steps, pattern)


def _not_negative(expr: Expr, text: str, universe: Range) -> Wholes | None:
    """Where `expr` >= 0: settled far out by its bounds, halved and tried nearer by."""
    low, high = universe
    tail: list[Range] = []
    if high is None:
        settled = _settled(expr, text, low)
        if settled is None:
            return None
        start, holds = settled
        tail = [(start, None)] if holds else []
        high = start - 1
    found: list[Range] = []
    waiting = [(low, high)] if low <= high else []
    for _ in range(_MAX_PARTS):
        if not waiting:
            return wholes([*found, *tail])
        first, last = waiting.pop()
        answer = at_least(_moved(expr, text, first), 0, {text: (0, last - first)})
        if answer == "always":
            found.append((first, last))
        elif answer == "sometimes":
            middle = (first + last) // 2
            waiting += [(middle + 1, last), (first, middle)]
    return None


def _settled(expr: Expr, text: str, low: int) -> tuple[int, bool] | None:
    """From where on `expr` >= 0 for every value of the name, or for none."""
    for doubling in range(-1, _MAX_DOUBLINGS):
        start = low + (0 if doubling < 0 else 1 << doubling)
        answer = at_least(_moved(expr, text, start), 0, {text: (0, None)})
        if answer != "sometimes":
            return start, answer == "always"
    return None


def _moved(expr: Expr, text: str, by: int) -> Dim:
    """`expr` as a function of how far its name lies above `by`, whose signs tell more."""
    return substitute(expr, {text: name(text) + by})
