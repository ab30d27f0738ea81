"""Sets of whole numbers: some ranges, cut down to some residues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from math import gcd
from typing import NamedTuple

_MAX_RESIDUES = 20_000
_SMALL_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)

Range = tuple[int, "int | None"]  # first and last; None: no end
Ranges = tuple[Range, ...]


class Wholes(NamedTuple):
    """The numbers of `ranges` that leave one of `residues` on division by `modulus`.

    Ranges are sorted, disjoint, and begin and end with members, so that equal sets with the same
    modulus are equal objects; the empty set has no ranges. `wholes` and `meet` build them so.
    """

    ranges: Ranges
    modulus: int = 1
    residues: tuple[int, ...] = (0,)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and (
            number % self.modulus in self.residues
            and any(low <= number and (high is None or number <= high) for low, high in self.ranges)
        )

    def members(self) -> Iterator[int]:
        """All members, ascending; without end when the last range has none."""
        for low, high in self.ranges:
            number = low
            while high is None or number <= high:
                yield number
                number = _next(number + 1, self.modulus, self.residues)

    def at_or_after(self, number: int) -> int | None:
        """The smallest member that is not below `number`."""
        for low, high in self.ranges:
            found = _next(max(low, number), self.modulus, self.residues)
            if high is None or found <= high:
                return found
        return None

    def single(self) -> int | None:
        """The only member, if there is exactly one."""
        if len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return self.ranges[0][0]
        return None

    def span(self) -> Range:
        """The smallest and the largest member of a set that is not empty."""
        return self.ranges[0][0], self.ranges[-1][1]


def wholes(ranges: Iterable[Range], modulus: int = 1, residues: Iterable[int] = (0,)) -> Wholes:
    """The set in its normal form; `ranges` sorted and disjoint, `residues` within the modulus."""
    modulus, kept = _reduced(modulus, tuple(sorted(residues)))
    if not kept:
        return Wholes(())
    tight: list[Range] = []
    for low, high in ranges:
        low = _next(low, modulus, kept)
        if high is not None:
            high = _previous(high, modulus, kept)
            if high < low:
                continue
        last = tight[-1] if tight else None
        if last and last[1] is not None and _next(last[1] + 1, modulus, kept) == low:
            tight[-1] = last[0], high
        else:
            tight.append((low, high))
    found = Wholes(tuple(tight), modulus, kept)
    if modulus > 1:
        few = tuple(islice(found.members(), 3))
        if len(few) < 3:
            return wholes([(number, number) for number in few])
    return found


def meet(a: Wholes, b: Wholes) -> Wholes | None:
    """What is in both; None when it takes too many residues to say."""
    ranges = a.ranges if a.ranges == b.ranges else _common_ranges(a.ranges, b.ranges)
    if a.modulus == 1 or b.modulus == 1:
        other = b if a.modulus == 1 else a
        return wholes(ranges, other.modulus, other.residues)
    common = gcd(a.modulus, b.modulus)
    alike: dict[int, list[int]] = {}
    for residue in b.residues:
        alike.setdefault(residue % common, []).append(residue)
    pairs = [(p, q) for p in a.residues for q in alike.get(p % common, ())]
    if len(pairs) > _MAX_RESIDUES:
        return None
    step = b.modulus // common
    inverse = pow(a.modulus // common, -1, step)
    modulus = a.modulus * step
    return wholes(
        ranges, modulus, [p + a.modulus * ((q - p) // common * inverse % step) for p, q in pairs]
    )


def _common_ranges(a: Ranges, b: Ranges) -> list[Range]:
    common: list[Range] = []
    i = j = 0
    while i < len(a) and j < len(b):
        (low, high), (bottom, top) = a[i], b[j]
        end = top if high is None else high if top is None else min(high, top)
        start = max(low, bottom)
        if end is None or start <= end:
            common.append((start, end))
        if high is not None and (top is None or high < top):
            i += 1
        else:
            j += 1
    return common


def _next(number: int, modulus: int, residues: tuple[int, ...]) -> int:
    """The smallest number >= `number` with one of the residues."""
    if modulus == 1:
        return number
    rest = number % modulus
    at = bisect_left(residues, rest)
    ahead = residues[at] if at < len(residues) else residues[0] + modulus
    return number - rest + ahead


def _previous(number: int, modulus: int, residues: tuple[int, ...]) -> int:
    """The largest number <= `number` with one of the residues."""
    mirrored = tuple(sorted((-residue) % modulus for residue in residues))
    return -_next(-number, modulus, mirrored)


def _reduced(modulus: int, residues: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """The same residues to the smallest modulus that says it (as far as small primes go)."""
    for prime in _SMALL_PRIMES if len(residues) > 1 else ():
        while modulus % prime == 0 and len(residues) % prime == 0:
            smaller = modulus // prime
            fewer = tuple(sorted({residue % smaller for residue in residues}))
            if len(fewer) * prime != len(residues):
                break
            modulus, residues = smaller, fewer
    return modulus, residues
