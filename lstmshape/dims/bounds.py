"""What is known of an open size without its value: bounds, and answers in three values."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from typing import Final, Literal, TypeAlias

from lstmshape.dims.expr import Atom, Dim, Expr, Floor, Product, Terms, add, negative

Answer = Literal["always", "never", "sometimes"]
Bounds: TypeAlias = Mapping[str, tuple[int, int | None]]
NO_BOUNDS: Final[Bounds] = {}

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
    if len(expr.terms) > 1 and any(isinstance(atoms[0], Floor) for atoms in expr.terms):
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
    while True:
        floors, rest = _apart(terms)
        if not floors:
            break
        by = lcm(*(floor.divisor for floor, _ in floors))
        scale, const = scale * by, const * by
        terms = {atoms: c * by for atoms, c in rest.items()}
        for floor, c in floors:
            c *= by // floor.divisor
            const += c * (floor.const - floor.divisor + 1 if c > 0 else floor.const)
            add(terms, floor.terms, c)
    low = _interval(terms, const, bounds, {})[0]
    return None if low is None else -(-low // scale)


def _apart(terms: Terms) -> tuple[list[tuple[Floor, int]], Terms]:
    """The floors that stand alone in their term, with coefficients, and the other terms."""
    floors: list[tuple[Floor, int]] = []
    rest: Terms = {}
    for atoms, c in terms.items():
        if len(atoms) == 1 and isinstance(atoms[0], Floor):
            floors.append((atoms[0], c))
        else:
            rest[atoms] = c
    return floors, rest


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
