"""`Expr`: an open size in canonical form, its arithmetic and its text."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd
from typing import TypeAlias

# What is larger than this is no size of any model: it becomes one opaque name (`?` and a digest),
# so that no file can make an expression grow without end.
MAX_DEGREE = 24
_MAX_PRODUCT = 1100  # pairs of terms multiplied out: ten factors such as T + 1
MAX_DEPTH = 32  # floors within floors that do not merge
_MAX_WEIGHT = 20_000  # names and floors under one floor
_MAX_DIVISOR = 1 << 128
_MAX_DECIMAL = 10**1000  # longer integers are written in base 16: Python limits decimal digits


class Floor:
    """The atom floor((`terms` + `const`) / `divisor`); only `Expr // int` builds it."""

    __slots__ = ("_hash", "_text", "const", "depth", "divisor", "terms", "weight")

    def __init__(self, terms: Terms, const: int, divisor: int, depth: int, weight: int) -> None:
        self.terms, self.const, self.divisor = terms, const, divisor
        self.depth, self.weight = depth, weight
        self._hash = hash((frozenset(terms.items()), const, divisor))
        self._text: str | None = None

    def __reduce__(self) -> tuple[type[Floor], tuple[Terms, int, int, int, int]]:
        # another process hashes strings otherwise
        return Floor, (self.terms, self.const, self.divisor, self.depth, self.weight)

    def __str__(self) -> str:
        if self._text is None:  # kept: sorting and writing nested floors would double at each level
            inside = _text(self.terms, self.const)
            is_name = (inside,) in self.terms
            self._text = f"{inside if is_name else f'({inside})'}//{digits(self.divisor)}"
        return self._text

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


Atom: TypeAlias = str | Floor
Product: TypeAlias = tuple[Atom, ...]  # sorted by `_atom_key`; an atom stands as often as its power
Terms: TypeAlias = dict[Product, int]  # no zero coefficients; never changed once in an Expr


class Expr:
    """An open size in canonical form: `terms` (never empty) plus `const`. Immutable."""

    __slots__ = ("_hash", "const", "terms")

    def __init__(self, terms: Terms, const: int) -> None:
        self.terms, self.const = terms, const
        self._hash: int | None = None

    def __reduce__(self) -> tuple[type[Expr], tuple[Terms, int]]:
        # another process hashes strings otherwise
        return Expr, (self.terms, self.const)

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Expr(self.terms, self.const + other)
        return total((self, other)) if isinstance(other, Expr) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return Expr(self.terms, self.const - other)
        return total((self, -other)) if isinstance(other, Expr) else NotImplemented

    def __rsub__(self, other: int) -> Dim:
        return -self + other

    def __neg__(self) -> Expr:
        return Expr(negative(self.terms), -self.const)

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _scaled(self.terms, self.const, other)
        return _multiply(self, other) if isinstance(other, Expr) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Dim:
        if divisor == 1:
            return self
        if divisor < 1:
            raise ValueError(f"a size is divided by a positive integer, not by {divisor}")
        return _floor(self.terms, self.const, divisor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expr) and self.const == other.const and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((frozenset(self.terms.items()), self.const))
        return self._hash

    def __str__(self) -> str:
        return _text(self.terms, self.const)

    def __repr__(self) -> str:
        return f"<Expr {self}>"


Dim: TypeAlias = int | Expr
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
        if terms:
            add(terms, dim.terms)
        else:
            terms = dict(dim.terms)
    return Expr(terms, const) if terms else const


def product(dims: Iterable[Dim]) -> Dim:
    """The product of `dims`; 1 for none."""
    constant = 1
    result: Dim = 1
    for dim in dims:
        if isinstance(dim, int):
            constant *= dim
        else:
            result = dim * result
    return result * constant


def add(terms: Terms, more: Terms, factor: int = 1) -> None:
    """Adds `factor` times `more` to `terms`, which nobody else holds yet."""
    for atoms, c in more.items():
        c = terms.get(atoms, 0) + c * factor
        if c:
            terms[atoms] = c
        else:
            del terms[atoms]


def in_order(atoms: Product) -> Product:
    """The canonical order of the atoms of a product: names, then floors, each by text."""
    return tuple(sorted(atoms, key=_atom_key))


def negative(terms: Terms) -> Terms:
    return {atoms: -c for atoms, c in terms.items()}


def _scaled(terms: Terms, const: int, factor: int) -> Dim:
    if factor == 1 or not factor:
        return Expr(terms, const) if factor else 0
    return Expr({atoms: c * factor for atoms, c in terms.items()}, const * factor)


def _multiply(a: Expr, b: Expr) -> Dim:
    pairs = (len(a.terms) + 1) * (len(b.terms) + 1)
    if pairs > _MAX_PRODUCT or _degree(a) + _degree(b) > MAX_DEGREE:
        return _opaque(f"({a})*({b})")
    terms: Terms = {}
    for p, c in a.terms.items():
        for q, d in b.terms.items():
            add(terms, {in_order(p + q): c * d})
    if b.const:
        add(terms, a.terms, b.const)
    if a.const:
        add(terms, b.terms, a.const)
    const = a.const * b.const
    return Expr(terms, const) if terms else const


def _degree(expr: Expr) -> int:
    return max(map(len, expr.terms))


def _opaque(text: str) -> Expr:
    """A name for what is too large to follow: the same for the same text, on every machine."""
    from hashlib import blake2b  # rare, and not free to import

    return name("?" + blake2b(text.encode(), digest_size=6).hexdigest())


# Floor division


def _floor(terms: Terms, const: int, k: int) -> Dim:
    """floor((terms + const) / k) in normal form, for k >= 1."""
    if 1 < k <= _MAX_DIVISOR and len(terms) == 1:  # the usual case: one name
        ((atoms, c),) = terms.items()
        if c == 1 and len(atoms) == 1 and isinstance(atoms[0], str):
            return Expr({(Floor(terms, const % k, k, 1, 2),): 1}, const // k)
    whole: list[Dim] = []
    sign = 1
    while True:
        outside, terms, const = _pull_out(terms, const, k)
        whole.append(outside * sign)
        if not terms:
            return total(whole)
        k, terms, const = _without_common_factor(k, terms, const)
        if _leading_is_negative(terms):  # floor(-X / k) = -floor((X + k - 1) / k)
            terms, const, sign = negative(terms), k - 1 - const, -sign
        inner = _lone_floor(terms)
        if inner is None:
            return total((*whole, sign * _floor_atom(terms, const, k)))
        # floor((floor(X / a) + b) / k) = floor((X + a*b) / (a*k))
        terms, const, k = inner.terms, inner.const + inner.divisor * const, k * inner.divisor


def _pull_out(terms: Terms, const: int, k: int) -> tuple[Dim, Terms, int]:
    """What comes out of the floor whole; the terms and the constant that stay under it."""
    if k == 1:
        return Expr(terms, const), {}, 0
    whole = {atoms: c // k for atoms, c in terms.items() if not c % k}
    if not whole:
        return const // k, terms, const % k
    rest = {atoms: c for atoms, c in terms.items() if atoms not in whole}
    return Expr(whole, const // k), rest, const % k


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
    if depth > MAX_DEPTH or weight > _MAX_WEIGHT or k > _MAX_DIVISOR:
        return _opaque(f"({_text(terms, const)})//{digits(k)}")
    return Expr({(Floor(terms, const, k, depth, weight),): 1}, 0)


# Text


def digits(number: int) -> str:
    return str(number) if -_MAX_DECIMAL < number < _MAX_DECIMAL else hex(number)


def _atom_key(atom: Atom) -> tuple[bool, str]:
    """Names before floors, each by text."""
    return (False, atom) if isinstance(atom, str) else (True, str(atom))


def _product_key(atoms: Product) -> tuple[int, list[tuple[bool, str]]]:
    """Higher degree first."""
    return -len(atoms), [_atom_key(atom) for atom in atoms]


def _text(terms: Terms, const: int) -> str:
    lone = _lone_floor(terms)
    if lone is not None and const:  # T//2 - 1 reads better as (T - 2)//2
        return f"({_text(lone.terms, lone.const + const * lone.divisor)})//{digits(lone.divisor)}"
    ordered = sorted(terms.items(), key=lambda item: (item[1] < 0, _product_key(item[0])))
    parts: list[str] = []
    for atoms, c in ordered:
        sign = "-" if c < 0 else "+"
        text = _product_text(atoms, abs(c), bare=bool(parts) or c > 0)
        parts.append(f" {sign} {text}" if parts else text if c > 0 else f"-{text}")
    if const:
        parts.append(f" {'-' if const < 0 else '+'} {digits(abs(const))}")
    return "".join(parts)


def _product_text(atoms: Product, coefficient: int, *, bare: bool) -> str:
    """`bare` when a lone floor needs no parentheses here (`-T//2` would be read as `(-T)//2`)."""
    if bare and coefficient == 1 and len(atoms) == 1:
        return str(atoms[0])
    factors = [] if coefficient == 1 else [digits(coefficient)]
    for atom in dict.fromkeys(atoms):
        text = atom if isinstance(atom, str) else f"({atom})"
        power = atoms.count(atom)
        factors.append(text if power == 1 else f"{text}**{power}")
    return "*".join(factors)
