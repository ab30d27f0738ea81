"""Indices as a spec writes them: `[":", -1]` is `x[:, -1]`.

A slice is a text (`"1:-1"`, `"::2"`), `"..."` is all axes that are left, null is a new axis of 1.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_SLICE = re.compile(r"(-?\d{1,18})?:(-?\d{1,18})?(?::(-?\d{1,18})?)?")
#: no name, but somebody's slip in an index
_SLIP = re.compile(r"[-\d\s,.:\[\]]*:[-\d\s,.:\[\]]*")
ELLIPSIS = "..."


class Slice(NamedTuple):
    """`x[start:stop:step]`; None is what Python takes then."""

    start: int | None
    stop: int | None
    step: int | None


def parse(text: str) -> Slice | str | None:
    """What a text means among indices: a slice, `...`, or None for a reference."""
    if text == ELLIPSIS:
        return text
    found = _SLICE.fullmatch(text)
    if found is None:
        return None
    return Slice(*(None if part is None else int(part) for part in found.groups()))


def looks_like_one(text: str) -> bool:
    """Whether it was meant for a slice, or for several indices in one text."""
    return _SLIP.fullmatch(text) is not None


def text_of(start: Any, stop: Any, step: Any) -> str:
    """A slice as a spec writes it."""
    shown = ["" if part is None else str(part) for part in (start, stop, step)]
    return ":".join(shown if shown[2] else shown[:2])
