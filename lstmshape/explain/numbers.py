"""The reader's numbers, put in wherever a topic says `$units`, and the room to show them in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lstmshape.dims import Dim, Shape, evaluate, parse, show_shape, substitute
from lstmshape.errors import CannotRun

#: what a page takes where the reader says nothing; all different, so that each is recognised
DEFAULTS = {"units": 32, "timesteps": 10, "features": 16, "batch": 8}
#: other words for the options
ALIASES = {"batch-size": "batch", "steps": "timesteps"}
LARGEST = 1_000_000
#: columns of a drawing, a line of code or of a message on a terminal of 80
ROOM = 76
#: and on the narrowest that a page is made for
LEAST_ROOM = 40

_PLACE = re.compile(r"\$(?:\{([^}]*)\}|([a-z]\w*))")


class Numbers:
    """Sizes by name: the reader's, a topic's own, and what is usual.

    `given` are the names that the reader said; `room` is how many columns a drawing may take.
    """

    def __init__(
        self,
        given: Mapping[str, int] | None = None,
        own: Mapping[str, int] | None = None,
        room: int = ROOM,
    ) -> None:
        self.given = dict(given or {})
        self.room = min(max(room, LEAST_ROOM), ROOM)
        self.values: dict[str, int] = {**DEFAULTS, **(own or {}), **self.given}

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def with_own(self, own: Mapping[str, int]) -> Numbers:
        """These, with a topic's own: the reader's stay above them."""
        return Numbers(self.given, own, self.room)

    def fill(self, text: str) -> str:
        """`text` with `$units` and `${2 * units}` replaced. Raises ValueError for other names."""
        return _PLACE.sub(lambda match: str(self.value(match[1] or match[2])), text)

    def value(self, formula: str) -> int:
        """The number that a formula of names comes to."""
        try:
            return evaluate(parse(formula), self.values)
        except KeyError as missing:
            raise ValueError(f"no number is called {missing.args[0]}") from missing

    def shape(self, shape: Shape) -> str:
        """A shape as a page shows it: the batch as the reader's number, if they said it."""
        return show_shape(self.sized(dim) for dim in shape)

    def sized(self, dim: Dim) -> Dim:
        return substitute(dim, {"batch": self["batch"]}) if "batch" in self.given else dim


def option_name(word: str) -> str | None:
    """The number that an option such as `--units` or `--batch_size` sets, or None."""
    name = word.lstrip("-").replace("_", "-")
    name = ALIASES.get(name, name)
    return name if name in DEFAULTS else None


def read_number(option: str, text: str) -> int:
    """A size as the command line gives it. Raises `CannotRun`."""
    plain = text.replace(",", "").replace("_", "")
    number = int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 10 else 0
    if not 1 <= number <= LARGEST:
        raise CannotRun(f"--{option} wants a number from 1 to {LARGEST:,}, not `{text}`")
    return number
