"""Sizes that may be open: `Dim = int | Expr`, with arithmetic, bounds and three-valued answers.

An `Expr` is a canonical sum: products of atoms with integer coefficients, plus a constant. An atom
is a name or the floor division of such a sum by a positive integer. Arithmetic whose result is
constant gives a plain `int`, so code that computes shapes is written once, for 100 and `T` alike.
`==` compares canonical forms and is there for dictionaries only; a model is judged by `equal`,
`at_least` and `divides`, which answer "always", "never" or "sometimes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import gcd
from typing import Final, Literal, TypeAlias

Answer = Literal["always", "never", "sometimes"]
Bounds: TypeAlias = Mapping[str, tuple[int, "int | None"]]
NO_BOUNDS: Final[Bounds] = {}

# What is larger than this is no size of any model: it becomes one opaque name (`?` and a digest),
# so that no file can make an expression grow without end.
_MAX_DEGREE = 64
_MAX_PRODUCT = 4096  # pairs of terms multiplied out
_MAX_DEPTH = 32  # floors within floors that do not merge
_MAX_WEIGHT = 4096  # names and floors under one floor
_MAX_DIVISOR = 1 << 128
_MAX_DECIMAL = 10**1000  # longer integers are written in base 16: Python limits decimal digits


class Floor:
    """The atom floor(`terms` + `const` / `divisor`); build it with `Expr // int` alone."""

    __slots__ = ("_hash", "const", "depth", "divisor", "terms", "weight")

    def __init__(self, terms: Terms, const: int, divisor: int, depth: int, weight: int) -> None:
        self.terms, self.const, self.divisor = terms, const, divisor
        self.depth, self.weight = depth, weight
        self._hash = hash((frozenset(terms.items()), const, divisor))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Floor)
            and self._hash == other._hash
            and self.divisor == other.divisor
            and self.const == other.const
            and self.terms == other.terms
        )


Atom: TypeAlias = "str | Floor"
Product: TypeAlias = tuple[Atom, ...]  # sorted by `_atom_key`; an atom stands as often as its power
Terms: TypeAlias = dict[Product, int]  # no zero coefficients; never changed once in an Expr


class Expr:
    """An open size in canonical form: `terms` (never empty) plus `const`. Immutable."""

    __slots__ = ("const", "terms")

    def __init__(self, terms: Terms, const: int) -> None:
        self.terms, self.const = terms, const

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Expr(self.terms, self.const + other)
        return total((self, other))

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Expr(self.terms, self.const - other)
        return total((self, -other))

    def __rsub__(self, other: int) -> Dim:
        return Expr({product: -c for product, c in self.terms.items()}, other - self.const)

    def __neg__(self) -> Expr:
        return Expr({product: -c for product, c in self.terms.items()}, -self.const)

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            if other == 0:
                return 0
            return Expr({p: c * other for p, c in self.terms.items()}, self.const * other)
        return _multiply(self, other)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Dim:
        if divisor < 1:
            raise ValueError(f"a size is divided by a positive integer, not by {divisor}")
        return _floor(self.terms, self.const, divisor)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Expr) and self.const == other.const and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return hash((frozenset(self.terms.items()), self.const))

    def __str__(self) -> str:
        return _text(self.terms, self.const)

    def __repr__(self) -> str:
        return f"<Expr {self}>"


Dim: TypeAlias = "int | Expr"
Shape: TypeAlias = tuple[Dim, ...]


def name(text: str) -> Expr:
    """The open size called `text` (an identifier: the caller has checked that)."""
    return Expr({(text,): 1}, 0)


def total(dims: Iterable[Dim]) -> Dim:
    """The sum of `dims`, in time linear in all their terms (`sum` would copy at each step)."""
    terms: Terms = {}
    const = 0
    for dim in dims:
        if isinstance(dim, int):
            const += dim
            continue
        const += dim.const
        for product, c in dim.terms.items():
            terms[product] = terms.get(product, 0) + c
    return _sum(terms, const)


def product(dims: Iterable[Dim]) -> Dim:
    """The product of `dims`; 1 for none."""
    constant, result = 1, 1
    open_dims: list[Expr] = []
    for dim in dims:
        if isinstance(dim, int):
            constant *= dim
        else:
            open_dims.append(dim)
    value: Dim = result
    for expr in open_dims:
        value = value * expr
    return value * constant


def _sum(terms: Terms, const: int) -> Dim:
    if 0 in terms.values():
        terms = {product: c for product, c in terms.items() if c}
    return Expr(terms, const) if terms else const


def _multiply(a: Expr, b: Expr) -> Dim:
    pairs = (len(a.terms) + 1) * (len(b.terms) + 1)
    if pairs > _MAX_PRODUCT or _degree(a) + _degree(b) > _MAX_DEGREE:
        return _opaque(f"({a})*({b})")
    terms: Terms = {}
    for p, c in a.terms.items():
        for q, d in b.terms.items():
            both = tuple(sorted(p + q, key=_atom_key))
            terms[both] = terms.get(both, 0) + c * d
    for scaled, factor in ((a.terms, b.const), (b.terms, a.const)):
        for p, c in scaled.items() if factor else ():
            terms[p] = terms.get(p, 0) + c * factor
    return _sum(terms, a.const * b.const)


def _degree(expr: Expr) -> int:
    return max(map(len, expr.terms))


def _opaque(text: str) -> Expr:
    """A name for what is too large to follow: the same for the same text, on every machine."""
    from hashlib import blake2b  # rare, and not free to import

    return name("?" + blake2b(text.encode(), digest_size=6).hexdigest())


# Floor division


def _floor(terms: Terms, const: int, k: int) -> Dim:
    """floor((terms + const) / k) in normal form, for k >= 1."""
    whole: list[Dim] = []
    sign = 1
    while True:
        terms, const, outside = _pull_out(terms, const, k)
        whole.append(sign * outside)
        if not terms:
            return total(whole)
        k, terms, const = _without_common_factor(k, terms, const)
        if _leading_is_negative(terms):  # floor(-X / k) = -floor((X + k - 1) / k)
            terms, const, sign = {p: -c for p, c in terms.items()}, k - 1 - const, -sign
        inner = _lone_floor(terms)
        if inner is None:
            break
        # floor((floor(X / a) + b) / k) = floor((X + a*b) / (a*k))
        terms, const, k = inner.terms, inner.const + inner.divisor * const, k * inner.divisor
    return total([*whole, sign * _floor_atom(terms, const, k)])


def _pull_out(terms: Terms, const: int, k: int) -> tuple[Terms, int, Dim]:
    """Terms and constant that stay under the floor by `k`, and what comes out whole."""
    if k == 1:
        return {}, 0, Expr(terms, const)
    whole = {p: c // k for p, c in terms.items() if c % k == 0}
    if not whole:
        return terms, const % k, const // k
    rest = {p: c for p, c in terms.items() if p not in whole}
    return rest, const % k, Expr(whole, const // k)


def _without_common_factor(k: int, terms: Terms, const: int) -> tuple[int, Terms, int]:
    """floor((g*X + r) / (g*m)) = floor((X + floor(r/g)) / m)."""
    g = gcd(k, *terms.values())
    if g == 1:
        return k, terms, const
    return k // g, {p: c // g for p, c in terms.items()}, const // g


def _leading_is_negative(terms: Terms) -> bool:
    if min(terms.values()) > 0:
        return False
    return terms[min(terms, key=_product_key)] < 0


def _lone_floor(terms: Terms) -> Floor | None:
    """The floor that `terms` consist of, when they are one floor with coefficient 1."""
    if len(terms) != 1:
        return None
    ((atoms, c),) = terms.items()
    atom = atoms[0]
    return atom if c == 1 and len(atoms) == 1 and isinstance(atom, Floor) else None


def _floor_atom(terms: Terms, const: int, k: int) -> Expr:
    depth = weight = 1
    for atoms in terms:
        weight += len(atoms)
        for atom in atoms:
            if isinstance(atom, Floor):
                weight += atom.weight
                depth = max(depth, atom.depth + 1)
    if depth > _MAX_DEPTH or weight > _MAX_WEIGHT or k > _MAX_DIVISOR:
        return _opaque(f"({_text(terms, const)})//{_digits(k)}")
    return Expr({(Floor(terms, const, k, depth, weight),): 1}, 0)


# Text


def show(dim: Dim) -> str:
    """`dim` as people read it: `16`, `T - 2`, `(T - 2)//2`."""
    return _digits(dim) if isinstance(dim, int) else str(dim)


def show_shape(shape: Iterable[Dim]) -> str:
    """A shape as Python writes a tuple: `(batch, T, 16)`, `(batch,)`, `()`."""
    parts = [show(dim) for dim in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def to_json(dim: Dim) -> int | str:
    """`dim` for a JSON report: an integer, or the text of an open size."""
    return dim if isinstance(dim, int) else str(dim)


def _digits(number: int) -> str:
    return str(number) if -_MAX_DECIMAL < number < _MAX_DECIMAL else hex(number)


def _atom_key(atom: Atom) -> tuple[bool, str]:
    """Names before floors, each by text."""
    return (False, atom) if isinstance(atom, str) else (True, _atom_text(atom))


def _product_key(atoms: Product) -> tuple[int, list[tuple[bool, str]]]:
    """Higher degree first."""
    return -len(atoms), [_atom_key(atom) for atom in atoms]


def _text(terms: Terms, const: int) -> str:
    lone = _lone_floor(terms)
    if lone is not None and const:  # T//2 - 1 reads better as (T - 2)//2
        return f"({_text(lone.terms, lone.const + const * lone.divisor)})//{_digits(lone.divisor)}"
    ordered = sorted(terms.items(), key=lambda item: (item[1] < 0, _product_key(item[0])))
    parts: list[str] = []
    for atoms, c in ordered:
        sign = "-" if c < 0 else "+"
        text = _product_text(atoms, abs(c), bare=bool(parts) or c > 0)
        parts.append(f" {sign} {text}" if parts else text if c > 0 else f"-{text}")
    if const:
        parts.append(f" {'-' if const < 0 else '+'} {_digits(abs(const))}")
    return "".join(parts)


def _product_text(atoms: Product, coefficient: int, *, bare: bool) -> str:
    """`bare` when a lone floor needs no parentheses here (`-T//2` would be read as `(-T)//2`)."""
    if bare and coefficient == 1 and len(atoms) == 1:
        return _atom_text(atoms[0])
    factors = [] if coefficient == 1 else [_digits(coefficient)]
    for atom in dict.fromkeys(atoms):
        text = atom if isinstance(atom, str) else f"({_atom_text(atom)})"
        power = atoms.count(atom)
        factors.append(text if power == 1 else f"{text}**{power}")
    return "*".join(factors)


def _atom_text(atom: Atom) -> str:
    if isinstance(atom, str):
        return atom
    inside = _text(atom.terms, atom.const)
    only_name = len(atom.terms) == 1 and inside in next(iter(atom.terms))
    return f"{inside if only_name else f'({inside})'}//{_digits(atom.divisor)}"


_TOKEN = re.compile(r"\s*(?:(0x[0-9a-f]+|\d+)|([^\W\d]\w*|\?[0-9a-f]+)|(\*\*|//|[-+*()]))")


def parse(text: str) -> Dim:
    """Reads what `str` writes (sums, products, `//` and `**` by integers); else ValueError."""
    tokens: list[Dim | str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not a size: {text!r}")
        number, word, sign = match.groups()
        tokens.append(int(number, 0) if number else name(word) if word else sign)
        position = match.end()
    reader = _Reader(tokens, text)
    dim = reader.sum(0)
    if reader.peek() is not None:
        raise ValueError(f"not a size: {text!r}")
    return dim


class _Reader:
    """Recursive descent over tokens: signs as text, numbers and names as sizes."""

    def __init__(self, tokens: list[Dim | str], text: str) -> None:
        self.tokens, self.text, self.at = tokens, text, 0

    def peek(self) -> Dim | str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *signs: str) -> str | None:
        token = self.peek()
        if isinstance(token, str) and token in signs:
            self.at += 1
            return token
        return None

    def sum(self, depth: int) -> Dim:
        parts = [self.term(depth)]
        while sign := self.take("+", "-"):
            part = self.term(depth)
            parts.append(part if sign == "+" else -part)
        return total(parts)

    def term(self, depth: int) -> Dim:
        minus = self.take("-")
        value = self.power(depth)
        if minus:
            value = -value
        while sign := self.take("*", "//"):
            factor = self.power(depth)
            if sign == "*":
                value = value * factor
            elif isinstance(factor, int) and factor > 0:
                value = value // factor
            else:
                raise ValueError(f"divides by what is not a positive integer: {self.text!r}")
        return value

    def power(self, depth: int) -> Dim:
        base = self.atom(depth)
        if not self.take("**"):
            return base
        exponent = self.atom(depth)
        if not isinstance(exponent, int) or not 0 <= exponent <= _MAX_DEGREE:
            raise ValueError(f"a power that is not a small integer: {self.text!r}")
        return product([base] * exponent)

    def atom(self, depth: int) -> Dim:
        if depth > 2 * _MAX_DEPTH:
            raise ValueError("a size with too many nested parentheses")
        if self.take("("):
            value = self.sum(depth + 1)
            if self.take(")"):
                return value
        else:
            token = self.peek()
            if isinstance(token, int | Expr):
                self.at += 1
                return token
        raise ValueError(f"not a size: {self.text!r}")


# Names and values


def erase(dim: Dim) -> int | None:
    """What Keras shows: an open size is None."""
    return dim if isinstance(dim, int) else None


def erase_shape(shape: Iterable[Dim]) -> tuple[int | None, ...]:
    return tuple(dim if isinstance(dim, int) else None for dim in shape)


def names(dim: Dim) -> frozenset[str]:
    """The names that `dim` depends on."""
    return frozenset() if isinstance(dim, int) else frozenset(_names(dim.terms))


def _names(terms: Terms) -> Iterator[str]:
    for atoms in terms:
        for atom in atoms:
            if isinstance(atom, str):
                yield atom
            else:
                yield from _names(atom.terms)


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """`dim` with the names in `values` replaced; the others stay."""
    return dim if isinstance(dim, int) else _substitute(dim.terms, dim.const, values)


def _substitute(terms: Terms, const: int, values: Mapping[str, Dim]) -> Dim:
    parts: list[Dim] = [const]
    for atoms, c in terms.items():
        parts.append(product([c, *(_substitute_atom(atom, values) for atom in atoms)]))
    return total(parts)


def _substitute_atom(atom: Atom, values: Mapping[str, Dim]) -> Dim:
    if isinstance(atom, str):
        value = values.get(atom)
        return name(atom) if value is None else value
    return _substitute(atom.terms, atom.const, values) // atom.divisor


def evaluate(dim: Dim, values: Mapping[str, int]) -> int:
    """The number that `dim` is under `values`; KeyError names what is missing."""
    return dim if isinstance(dim, int) else _evaluate(dim.terms, dim.const, values)


def _evaluate(terms: Terms, const: int, values: Mapping[str, int]) -> int:
    for atoms, c in terms.items():
        for atom in atoms:
            if isinstance(atom, str):
                c *= values[atom]
            else:
                c *= _evaluate(atom.terms, atom.const, values) // atom.divisor
        const += c
    return const


# Bounds


_Interval: TypeAlias = "tuple[int | None, int | None]"  # None: no bound on that side


def least(dim: Dim, bounds: Bounds = NO_BOUNDS) -> int | None:
    """A proved lower bound of `dim`, None when there is none; a name without bounds is >= 0."""
    return dim if isinstance(dim, int) else _interval(dim.terms, dim.const, bounds)[0]


def most(dim: Dim, bounds: Bounds = NO_BOUNDS) -> int | None:
    """A proved upper bound of `dim`, None when there is none."""
    return dim if isinstance(dim, int) else _interval(dim.terms, dim.const, bounds)[1]


def _interval(terms: Terms, const: int, bounds: Bounds) -> _Interval:
    low: int | None = const
    high: int | None = const
    for atoms, c in terms.items():
        below, above = _scale(_product_interval(atoms, bounds), c)
        low = None if low is None or below is None else low + below
        high = None if high is None or above is None else high + above
    return low, high


def _scale(interval: _Interval, c: int) -> _Interval:
    low, high = interval if c > 0 else interval[::-1]
    return None if low is None else c * low, None if high is None else c * high


def _product_interval(atoms: Product, bounds: Bounds) -> _Interval:
    result = _atom_interval(atoms[0], bounds)
    for atom in atoms[1:]:
        result = _times(result, _atom_interval(atom, bounds))
    return result


def _atom_interval(atom: Atom, bounds: Bounds) -> _Interval:
    if isinstance(atom, str):
        return bounds.get(atom) or ((None, None) if atom[0] == "?" else (0, None))
    low, high = _interval(atom.terms, atom.const, bounds)
    k = atom.divisor
    return None if low is None else low // k, None if high is None else high // k


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
    low, high = _interval(gap.terms, gap.const, bounds)
    if low == high == 0:
        return "always"
    if (low is not None and low > 0) or (high is not None and high < 0):
        return "never"
    return "sometimes"


def at_least(dim: Dim, n: int, bounds: Bounds = NO_BOUNDS) -> Answer:
    """Whether `dim >= n`."""
    if isinstance(dim, int):
        return "always" if dim >= n else "never"
    low, high = _interval(dim.terms, dim.const, bounds)
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
    low, high = _interval(dim.terms, dim.const, bounds)
    if low is not None and high is not None and (low + k - 1) // k > high // k:
        return "never"  # no multiple lies between them
    return "sometimes"
