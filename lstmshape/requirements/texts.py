"""Sets of values and conditions in words: `T >= 17`, `T a multiple of 4`."""

from __future__ import annotations

from collections.abc import Sequence

from lstmshape.requirements.conditions import Condition
from lstmshape.requirements.wholes import Range, Wholes, meet, wholes

_MAX_RANGES = 4


def name_texts(
    text: str, reasons: Sequence[tuple[Condition, Wholes]], universe: Range
) -> list[str]:
    """What is needed of the name `text`, strongest first; what `universe` implies is left out."""
    shown = [(reason, values) for reason, values in reasons if not reason.source.implicit]
    together = wholes([universe])
    for _, values in shown:
        together = meet(together, values) or together
    single = together.single()
    if single is not None:
        return [f"{text} = {single}"]
    free = wholes([universe], together.modulus, together.residues)
    found = _range_texts(text, together, free)
    if found is None:
        found = [reason.text() for reason, values in shown if values.modulus == 1]
    rest = _remainder_text(text, together)
    if rest is None:
        return [*found, *(reason.text() for reason, values in shown if values.modulus > 1)]
    return [*found, *rest]


def _range_texts(text: str, values: Wholes, free: Wholes) -> list[str] | None:
    """The ranges in words, where they are not those of `free`; None for too many."""
    if values.ranges == free.ranges:
        return []
    if len(values.ranges) > _MAX_RANGES:
        return None
    if len(values.ranges) > 1:
        return [" or ".join(_range_text(text, low, high) for low, high in values.ranges)]
    ((low, high),) = values.ranges
    if low == free.ranges[0][0] and high is not None:
        return [f"{text} <= {high}"]
    return [_range_text(text, low, None if high == free.ranges[-1][1] else high)]


def _range_text(text: str, low: int, high: int | None) -> str:
    if high is None:
        return f"{text} >= {low}"
    return f"{text} = {low}" if low == high else f"{low} <= {text} <= {high}"


def _remainder_text(text: str, values: Wholes) -> list[str] | None:
    """The remainder in words; None when there are several."""
    if values.modulus == 1:
        return []
    if len(values.residues) > 1:
        return None
    (rest,) = values.residues
    if rest == 0:
        return [f"{text} a multiple of {values.modulus}"]
    if 2 * rest <= values.modulus:
        return [f"{text} - {rest} a multiple of {values.modulus}"]
    return [f"{text} + {values.modulus - rest} a multiple of {values.modulus}"]
