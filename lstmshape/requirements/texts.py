"""Sets of values in words: `T >= 17`, `T a multiple of 4`."""

from __future__ import annotations

from collections.abc import Sequence

from lstmshape.dims import show
from lstmshape.requirements.conditions import Condition
from lstmshape.requirements.wholes import Range, Wholes, meet, wholes

_MAX_RANGES = 4


def name_texts(
    text: str, values: Wholes, reasons: Sequence[tuple[Condition, Wholes]], universe: Range
) -> list[str]:
    """What is needed of the name `text`, strongest first; what `universe` implies is left out.

    `values` is what is left to the name, and `reasons` what makes it so.
    """
    single = values.single()
    if single is not None:
        return [f"{text} = {show(single)}"]
    shown = [(reason, own) for reason, own in reasons if not reason.source.implicit]
    together = wholes([universe])
    for _, own in shown:
        together = meet(together, own) or together
    ranges = _range_texts(text, together, universe)
    if ranges is None:
        ranges = [reason.text() for reason, own in shown if own.modulus == 1]
    remainder = _remainder_text(text, together)
    if remainder is None:
        remainder = [reason.text() for reason, own in shown if own.modulus > 1]
    return ranges + remainder


def _range_texts(text: str, values: Wholes, universe: Range) -> list[str] | None:
    """The ranges in words, as far as the remainders do not imply them; None for too many."""
    free = wholes([universe], values.modulus, values.residues)
    if values.ranges == free.ranges:
        return []
    if len(values.ranges) > _MAX_RANGES:
        return None
    bottom, top = free.span()
    parts = [
        _range_text(text, None if low == bottom else low, None if high == top else high)
        for low, high in values.ranges
    ]
    return [" or ".join(parts)]


def _range_text(text: str, low: int | None, high: int | None) -> str:
    """An end that is None is that of all values in question, and goes without saying."""
    if high is None:
        return f"{text} >= {show(low or 0)}"
    if low is None:
        return f"{text} <= {show(high)}"
    if low == high:
        return f"{text} = {show(low)}"
    return f"{show(low)} <= {text} <= {show(high)}"


def _remainder_text(text: str, values: Wholes) -> list[str] | None:
    """The remainder in words; None when there are several."""
    modulus = values.modulus
    if modulus == 1:
        return []
    if len(values.residues) > 1:
        return None
    (rest,) = values.residues
    if rest == 0:
        return [f"{text} a multiple of {show(modulus)}"]
    if 2 * rest <= modulus:
        return [f"{text} - {show(rest)} a multiple of {show(modulus)}"]
    return [f"{text} + {show(modulus - rest)} a multiple of {show(modulus)}"]
