"""Conditions on one name, solved exactly: the set of the values for which they hold."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, lcm

from lstmshape.dims import Dim, Expr, at_least, evaluate, name, substitute
from lstmshape.dims.expr import Terms
from lstmshape.requirements.conditions import Condition
from lstmshape.requirements.wholes import Range, Wholes, meet, wholes

_MAX_PERIOD = 4096  # values tried one by one
_MAX_PARTS = 2000  # ranges looked at in one search
_MAX_DOUBLINGS = 64  # how far out the search looks for where the answer settles


def solve(condition: Condition, text: str, universe: Range) -> Wholes | None:
    """The values of the name `text` in `universe` that meet `condition`.

    None when that is too much work to say; the common conditions never are.
    """
    expr = condition.expr
    plain = len(expr.terms) == 1 and (text,) in expr.terms
    if condition.kind == "|":
        return _multiples(expr, condition.k, text, universe, plain)
    if plain:  # its coefficient is 1 or -1, because common factors are divided out
        return _threshold(expr, text, universe, condition.kind)
    repeated = _repeats(expr, condition.kind, text, universe)
    if repeated is not None:
        return repeated
    above = _not_negative(expr, text, universe)
    if condition.kind == ">=" or above is None:
        return above
    below = _not_negative(-expr, text, universe)
    return None if below is None else meet(above, below)


def _threshold(expr: Expr, text: str, universe: Range, kind: str) -> Wholes:
    low, high = universe
    sign = expr.terms[(text,)]
    root = -expr.const * sign
    if sign > 0 or kind == "=":
        low = max(low, root)
    if sign < 0 or kind == "=":
        high = root if high is None else min(high, root)
    return wholes([(low, high)] if high is None or low <= high else [])


def _multiples(expr: Expr, k: int, text: str, universe: Range, plain: bool) -> Wholes | None:
    if plain:  # coefficient and k have no common factor
        root = -expr.const * pow(expr.terms[(text,)], -1, k) % k
        return wholes([universe], k, [root])
    period = _period_of_remainder(expr.terms, k)
    return _tried(expr, text, universe, period, lambda value: value % k == 0)


def _repeats(expr: Expr, kind: str, text: str, universe: Range) -> Wholes | None:
    """The values, when `expr` only swings about a constant, as T - 2*(T//2) does."""
    growth = _growth(expr.terms, text)
    if growth is None or growth[1] != 0:
        return None
    if kind == "=":
        return _tried(expr, text, universe, growth[0], lambda value: value == 0)
    return _tried(expr, text, universe, growth[0], lambda value: value >= 0)


def _tried(
    expr: Expr, text: str, universe: Range, period: int | None, holds: Callable[[int], bool]
) -> Wholes | None:
    if period is None:
        return None
    values = range(period)
    return wholes(
        [universe], period, [value for value in values if holds(evaluate(expr, {text: value}))]
    )


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


def _growth(terms: Terms, text: str) -> tuple[int, int] | None:
    """(p, d) with f(t + p) = f(t) + d for every t, when no product stands in `terms`."""
    period = 1
    for atoms in terms:
        if len(atoms) > 1:
            return None
        atom = atoms[0]
        if not isinstance(atom, str):
            inner = _growth(atom.terms, text)
            if inner is None:
                return None
            own, rise = inner
            period = lcm(period, own * (atom.divisor // gcd(atom.divisor, rise)))
        if period > _MAX_PERIOD:
            return None
    expr = Expr(terms, 0)
    return period, evaluate(expr, {text: period}) - evaluate(expr, {text: 0})


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
