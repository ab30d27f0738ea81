"""What a model may need of its open sizes, and its normal form."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Literal, NamedTuple, TypeAlias

from lstmshape.dims import Dim, Expr, evaluate, names, show
from lstmshape.dims.expr import Floor, Product, Terms, negative


class Equal(NamedTuple):
    """`a = b`. The `origin` of a requirement is its maker's own: it is handed back in clashes.

    `str` writes a requirement as it was made; `text_of` solves it first.
    """

    a: Dim
    b: Dim
    origin: object = None

    def __str__(self) -> str:
        return f"{show(self.a)} = {show(self.b)}"


class AtLeast(NamedTuple):
    """`dim >= n`."""

    dim: Dim
    n: int
    origin: object = None

    def __str__(self) -> str:
        return f"{show(self.dim)} >= {show(self.n)}"


class AtMost(NamedTuple):
    """`dim <= n`."""

    dim: Dim
    n: int
    origin: object = None

    def __str__(self) -> str:
        return f"{show(self.dim)} <= {show(self.n)}"


class Multiple(NamedTuple):
    """`dim` is a multiple of `k`, which is positive."""

    dim: Dim
    k: int
    origin: object = None

    def __str__(self) -> str:
        return f"{show(self.dim)} a multiple of {show(self.k)}"


Requirement: TypeAlias = Equal | AtLeast | AtMost | Multiple


def holds(requirement: Requirement, values: Mapping[str, int]) -> bool:
    """Whether `values` meet `requirement`; KeyError names a value not given."""
    match requirement:
        case Equal(a, b):
            return evaluate(a, values) == evaluate(b, values)
        case AtLeast(dim, n):
            return evaluate(dim, values) >= n
        case AtMost(dim, n):
            return evaluate(dim, values) <= n
        case Multiple(dim, k):
            return evaluate(dim, values) % k == 0


def names_of(requirement: Requirement) -> frozenset[str]:
    """The names that `requirement` speaks of."""
    if isinstance(requirement, Equal):
        return names(requirement.a) | names(requirement.b)
    return names(requirement.dim)


Kind = Literal["=", ">=", "|"]


class Source(NamedTuple):
    """Where a condition comes from.

    It is `whole` when it says all that its requirement says, and `implicit` when it follows from
    an equality and the bounds of a name: heeded, but not shown.
    """

    requirement: Requirement
    whole: bool = True
    implicit: bool = False


class Condition(NamedTuple):
    """`expr = 0`, `expr >= 0`, or `k | expr`, with nothing common left to divide out."""

    kind: Kind
    expr: Expr
    k: int
    source: Source

    def text(self) -> str:
        if self.kind == "|":
            return f"{self.expr} a multiple of {show(self.k)}"
        return _balanced(self.expr, self.kind)


def conditions(requirement: Requirement) -> list[Condition] | None:
    """The normal form of `requirement`: [] when it always holds, None when it never does."""
    source = Source(requirement)
    match requirement:
        case Equal(a, b):
            return _zero(a - b, source)
        case AtLeast(dim, n):
            return _not_negative(dim - n, source)
        case AtMost(dim, n):
            return _not_negative(n - dim, source)
        case Multiple(dim, k):
            return _multiple(dim, k, source)


def condition(kind: Kind, dim: Dim, k: int, source: Source) -> list[Condition] | None:
    """The normal form of `dim = 0`, `dim >= 0` or `k | dim`, as `conditions` gives it."""
    if kind == "|":
        return _multiple(dim, k, source)
    return _zero(dim, source) if kind == "=" else _not_negative(dim, source)


def _not_negative(dim: Dim, source: Source) -> list[Condition] | None:
    while True:
        if isinstance(dim, int):
            return [] if dim >= 0 else None
        g = gcd(*dim.terms.values())
        if g > 1:
            dim = Expr({atoms: c // g for atoms, c in dim.terms.items()}, dim.const // g)
        found = _lone_floor(dim.terms)
        if found is None:
            return [Condition(">=", dim, 1, source)]
        floor, sign = found
        if sign > 0:  # floor(N/k) >= m  is  N >= m*k
            dim = _inside(floor) + dim.const * floor.divisor
        else:  # floor(N/k) <= m  is  N <= m*k + k - 1
            dim = dim.const * floor.divisor + floor.divisor - 1 - _inside(floor)


def _zero(dim: Dim, source: Source) -> list[Condition] | None:
    if isinstance(dim, int):
        return None if dim else []
    g = gcd(*dim.terms.values())
    if dim.const % g:
        return None
    if dim.terms[min(dim.terms, key=_order)] < 0:
        g = -g
    dim = Expr({atoms: c // g for atoms, c in dim.terms.items()}, dim.const // g)
    found = _lone_floor(dim.terms)
    if found is None:
        return [Condition("=", dim, 1, source)]
    floor = found[0]  # floor(N/k) = m  is  m*k <= N <= m*k + k - 1
    above = _inside(floor) + dim.const * floor.divisor
    half = source._replace(whole=False)
    both = [_not_negative(above, half), _not_negative(floor.divisor - 1 - above, half)]
    return None if None in both else [part for parts in both for part in parts or ()]


def _multiple(dim: Dim, k: int, source: Source) -> list[Condition] | None:
    if isinstance(dim, int):
        return None if dim % k else []
    terms = {atoms: _near_zero(c, k) for atoms, c in dim.terms.items() if c % k}
    g = gcd(k, *terms.values())
    if dim.const % g:
        return None
    if g == k:
        return []
    if terms[min(terms, key=_order)] < 0:
        g = -g
    k //= abs(g)
    const = dim.const // g
    if abs(const) >= k:
        const = _near_zero(const, k)
    expr = Expr({atoms: c // g for atoms, c in terms.items()}, const)
    return [Condition("|", expr, k, source)]


def _near_zero(number: int, k: int) -> int:
    """What leaves the same remainder by `k`, closest to zero."""
    rest = number % k
    return rest if 2 * rest < k else rest - k


def _inside(floor: Floor) -> Expr:
    return Expr(floor.terms, floor.const)


def _lone_floor(terms: Terms) -> tuple[Floor, int] | None:
    """The floor and its sign when `terms` are one floor, taken once or minus once."""
    if len(terms) != 1:
        return None
    ((atoms, c),) = terms.items()
    floor = atoms[0]
    return (floor, c) if len(atoms) == 1 and abs(c) == 1 and isinstance(floor, Floor) else None


def _order(atoms: Product) -> tuple[str, ...]:
    return tuple(map(str, atoms))


def equality_text(name: str, value: Dim) -> str:
    """`name = value` as people write it: `T = S - 2`, but `S + T = 10`."""
    if isinstance(value, int) or min(value.terms.values()) > 0:
        return f"{name} = {show(value)}"
    gap = Expr({(name,): 1}, 0) - value
    return _balanced(gap, "=") if isinstance(gap, Expr) else f"{name} = {show(value)}"


def _balanced(expr: Expr, relation: str) -> str:
    """`expr` in relation to zero, written without a minus where that can be: `T >= S + 3`."""
    left = {atoms: c for atoms, c in expr.terms.items() if c > 0}
    right = negative({atoms: c for atoms, c in expr.terms.items() if c < 0})
    if not left:
        flipped = {">=": "<=", "=": "="}[relation]
        return f"{show(_sum(right, max(-expr.const, 0)))} {flipped} {show(max(expr.const, 0))}"
    more, less = max(expr.const, 0), max(-expr.const, 0)
    return f"{show(_sum(left, more))} {relation} {show(_sum(right, less))}"


def _sum(terms: Terms, const: int) -> Dim:
    return Expr(terms, const) if terms else const
