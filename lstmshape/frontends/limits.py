"""How large a text may be, whatever its format; a bound that is met is a fact, not a crash."""

from __future__ import annotations

#: A text has at most so many characters.
MAX_CHARACTERS = 10_000_000
#: No value lies deeper than this, with aliases followed.
MAX_DEPTH = 100
#: A text has at most so many keys and values, with aliases followed.
MAX_NODES = 2_000_000


class TooMuch(Exception):
    """A bound was met: `limit` `unit` of `what`, near the character at `offset`."""

    def __init__(self, what: str, limit: int, unit: str, offset: int) -> None:
        super().__init__(f"more than {limit} {unit}")
        self.what, self.limit, self.unit, self.offset = what, limit, unit, offset
