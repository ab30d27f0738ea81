"""Sizes as text and as numbers: show, parse, erase, substitute, evaluate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lstmshape.dims.expr import (
    MAX_DEGREE,
    MAX_DEPTH,
    Atom,
    Dim,
    Expr,
    Floor,
    Terms,
    digits,
    name,
    product,
    total,
)


def show(dim: Dim) -> str:
    """`dim` as people read it: `16`, `T - 2`, `(T - 2)//2`."""
    return digits(dim) if isinstance(dim, int) else str(dim)


def show_shape(shape: Iterable[Dim]) -> str:
    """A shape as Python writes a tuple: `(batch, T, 16)`, `(batch,)`, `()`."""
    parts = [show(dim) for dim in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def to_json(dim: Dim) -> int | str:
    """`dim` for a JSON report: an integer, or the text of an open size."""
    return dim if isinstance(dim, int) else str(dim)


_TOKEN = r"\s*(?:(0x[0-9a-f]+|\d+)|([^\W\d]\w*|\?[0-9a-f]+)|(\*\*|//|[-+*()]))"


def parse(text: str) -> Dim:
    """Reads what `str` writes (sums, products, `//` and `**` by integers); else ValueError."""
    tokens: list[Dim | str] = []
    position, end = 0, len(text.rstrip())
    pattern = re.compile(_TOKEN)  # here, because few runs read sizes
    while position < end:
        match = pattern.match(text, position)
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
        if not isinstance(exponent, int) or not 0 <= exponent <= MAX_DEGREE:
            raise ValueError(f"a power that is not a small integer: {self.text!r}")
        return product([base] * exponent)

    def atom(self, depth: int) -> Dim:
        if depth > 2 * MAX_DEPTH:
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
    found: set[Atom] = set()
    if isinstance(dim, Expr):
        _collect(dim.terms, found)
    return frozenset(atom for atom in found if isinstance(atom, str))


def _collect(terms: Terms, found: set[Atom]) -> None:
    for atoms in terms:
        for atom in atoms:
            if isinstance(atom, Floor) and atom not in found:
                _collect(atom.terms, found)
            found.add(atom)


def substitute(dim: Dim, values: Mapping[str, Dim]) -> Dim:
    """`dim` with the names in `values` replaced; the others stay."""
    return dim if isinstance(dim, int) else _substitute(dim.terms, dim.const, values, {})


def _substitute(terms: Terms, const: int, values: Mapping[str, Dim], done: dict[Atom, Dim]) -> Dim:
    """`done` holds the atoms already replaced: a floor may stand in many places."""
    parts: list[Dim] = [const]
    for atoms, c in terms.items():
        for atom in atoms:
            if atom in done:
                continue
            if isinstance(atom, Floor):
                inside = _substitute(atom.terms, atom.const, values, done)
                done[atom] = inside // atom.divisor
            else:
                done[atom] = values[atom] if atom in values else name(atom)
        parts.append(product([c, *(done[atom] for atom in atoms)]))
    return total(parts)


def evaluate(dim: Dim, values: Mapping[str, int]) -> int:
    """The number that `dim` is under `values`; KeyError names what is missing."""
    return dim if isinstance(dim, int) else _evaluate(dim.terms, dim.const, values, {})


def _evaluate(terms: Terms, const: int, values: Mapping[str, int], done: dict[Floor, int]) -> int:
    for atoms, c in terms.items():
        for atom in atoms:
            if isinstance(atom, str):
                c *= values[atom]
                continue
            if atom not in done:
                inside = _evaluate(atom.terms, atom.const, values, done)
                done[atom] = inside // atom.divisor
            c *= done[atom]
        const += c
    return const
