"""What is known of an open size without its value: bounds, and answers in three values."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from typing import Final, Literal, TypeAlias

from lstmshape.dims.expr import Atom, Dim, Expr, Floor, Product, Terms, add, in_order, negative

Answer = Literal["always", "never", "sometimes"]
Bounds: TypeAlias = Mapping[str, tuple[int, int | None]]
NO_BOUNDS: Final[Bounds] = {}

_MAX_RELAXED = 5000  # terms, in the proof with fractions

_Interval: TypeAlias = tuple[int | None, int | None]  # None: no bound on that side
_Known: TypeAlias = dict[Floor, _Interval]  # a floor that stands in many places is bounded once


def least(dim: Dim, bounds: Bounds = NO_BOUNDS) -> int | None:
    """A proved lower bound of `dim`, None when there is none; a name without bounds is >= 0."""
    return dim if isinstance(dim, int) else _range(dim, bounds)[0]


def most(dim: Dim, bounds: Bounds = NO_BOUNDS) -> int | None:
    """A proved upper bound of `dim`, None when there is none."""
    return dim if isinstance(dim, int) else _range(dim, bounds)[1]


def _range(expr: Expr, bounds: Bounds) -> _Interval:
    """The tighter of two proofs: term by term, and with the floors taken as fractions."""
    low, high = _interval(expr.terms, expr.const, bounds, {})
    if len(expr.terms) > 1 and any(isinstance(atoms[-1], Floor) for atoms in expr.terms):
        below = _low_with_fractions(expr.terms, expr.const, bounds)
        above = _low_with_fractions(negative(expr.terms), -expr.const, bounds)
        if below is not None and (low is None or below > low):
            low = below
        if above is not None and (high is None or -above < high):
            high = -above
    return low, high


def _low_with_fractions(terms: Terms, const: int, bounds: Bounds) -> int | None:
    """A lower bound from (X - k + 1)/k <= floor(X/k) <= X/k, which sees that T - T//2 >= 0."""
    scale = 1
    while len(terms) <= _MAX_RELAXED:
        floors, rest = _apart(terms, bounds)
        if not floors:
            low = _interval(terms, const, bounds, {})[0]
            return None if low is None else -(-low // scale)
        by = lcm(*(floor.divisor for floor, _, _ in floors))
        scale, const = scale * by, const * by
        terms = {atoms: c * by for atoms, c in rest.items()}
        for floor, others, c in floors:
            c *= by // floor.divisor
            lost = floor.const - floor.divisor + 1 if c > 0 else floor.const
            if not others:
                const += c * lost
                add(terms, floor.terms, c)
                continue
            add(terms, {others: c * lost} if lost else {})
            add(terms, {in_order(others + atoms): d for atoms, d in floor.terms.items()}, c)
    return None


def _apart(terms: Terms, bounds: Bounds) -> tuple[list[tuple[Floor, Product, int]], Terms]:
    """Floors with what they are multiplied by, where that is not negative; the other terms.

    The last atom of a product is a floor if any is.
    """
    floors: list[tuple[Floor, Product, int]] = []
    rest: Terms = {}
    for atoms, c in terms.items():
        *others, last = atoms
        if isinstance(last, Floor) and (not others or _not_negative(tuple(others), bounds)):
            floors.append((last, tuple(others), c))
        else:
            rest[atoms] = c
    return floors, rest


def _not_negative(atoms: Product, bounds: Bounds) -> bool:
    low, _ = _product_interval(atoms, bounds, {})
    return low is not None and low >= 0


def _interval(terms: Terms, const: int, bounds: Bounds, known: _Known) -> _Interval:
    low: int | None = const
    high: int | None = const
    for atoms, c in terms.items():
        below, above = _scale(_product_interval(atoms, bounds, known), c)
        low = None if low is None or below is None else low + below
        high = None if high is None or above is None else high + above
    return low, high


def _scale(interval: _Interval, c: int) -> _Interval:
    low, high = interval if c > 0 else interval[::-1]
    return None if low is None else c * low, None if high is None else c * high


def _product_interval(atoms: Product, bounds: Bounds, known: _Known) -> _Interval:
    result = _atom_interval(atoms[0], bounds, known)
    for atom in atoms[1:]:
        result = _times(result, _atom_interval(atom, bounds, known))
    return result


def _atom_interval(atom: Atom, bounds: Bounds, known: _Known) -> _Interval:
    if isinstance(atom, str):
        return bounds.get(atom) or ((None, None) if atom[0] == "?" else (0, None))
    if atom not in known:
        low, high = _interval(atom.terms, atom.const, bounds, known)
        k = atom.divisor
        known[atom] = None if low is None else low // k, None if high is None else high // k
    return known[atom]


def _times(a: _Interval, b: _Interval) -> _Interval:
    if None not in a and None not in b:
        ends = [x * y for x in a for y in b if x is not None and y is not None]
        return min(ends), max(ends)
    if a[0] is not None and b[0] is not None and a[0] >= 0 and b[0] >= 0:
        high = None if a[1] is None or b[1] is None else a[1] * b[1]
        return a[0] * b[0], high
    return None, None


# Three answers


def equal(a: Dim, b: Dim, bounds: Bounds = NO_BOUNDS) -> Answer:
    """Whether `a` and `b` are the same size for all values of their names within `bounds`."""
    gap = a - b
    if isinstance(gap, int):
        return "never" if gap else "always"
    if gap.const % gcd(*gap.terms.values()):
        return "never"
    low, high = _range(gap, bounds)
    if low == high == 0:
        return "always"
    if (low is not None and low > 0) or (high is not None and high < 0):
        return "never"
    return "sometimes"


def at_least(dim: Dim, n: int, bounds: Bounds = NO_BOUNDS) -> Answer:
    """Whether `dim >= n`."""
    if isinstance(dim, int):
        return "always" if dim >= n else "never"
    low, high = _range(dim, bounds)
    if low is not None and low >= n:
        return "always"
    return "never" if high is not None and high < n else "sometimes"


def divides(k: int, dim: Dim, bounds: Bounds = NO_BOUNDS) -> Answer:
    """Whether `dim` is a multiple of `k` (k >= 1)."""
    if isinstance(dim, int):
        return "never" if dim % k else "always"
    g = gcd(k, *dim.terms.values())
    if dim.const % g:
        return "never"
    if g == k:
        return "always"
    low, high = _range(dim, bounds)
    if low is not None and high is not None and (low + k - 1) // k > high // k:
        return "never"  # no multiple lies between them
    return "sometimes"
