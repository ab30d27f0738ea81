"""How messages say things: names in backticks, shapes with dims, values as YAML has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lstmshape.dims import Dim, Expr, show, show_shape

if TYPE_CHECKING:
    from lstmshape.graph import Node

#: axis names by rank, as the field uses them
AXES = {
    1: ("batch",),
    2: ("batch", "features"),
    3: ("batch", "timesteps", "features"),
    4: ("batch", "height", "width", "channels"),
    5: ("batch", "depth", "height", "width", "channels"),
}


def name(text: object) -> str:
    """A name of the spec or of Keras."""
    return f"`{text}`"


def layer(node: Node | None) -> str:
    """The layer of a call; a fact about a layer that no call is of has none."""
    return name(node.name if node else "the layer")


def value(given: Any, limit: int = 60) -> str:
    """A value as YAML would write it in one line, cut where it is long."""
    text = _flow(given)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _flow(given: Any, depth: int = 0) -> str:
    if given is None:
        return "null"
    if given is True or given is False:
        return str(given).lower()
    if isinstance(given, str):
        return f'"{given[:200]}"'
    if isinstance(given, Expr):
        return show(given)
    if depth > 3:
        return "…"
    if isinstance(given, dict):
        items = [f"{k}: {_flow(v, depth + 1)}" for k, v in list(given.items())[:8]]
        return "{" + ", ".join(items) + "}"
    if isinstance(given, (list, tuple)):
        return "[" + ", ".join(_flow(item, depth + 1) for item in given[:12]) + "]"
    if isinstance(given, int) and abs(given) > 10**30:
        return "an integer of that length"
    return str(given)[:200]


def shape(given: Iterable[Dim]) -> str:
    return show_shape(given)


def axes(wants: Sequence[str], *, at_least: bool = False) -> str:
    """Wanted axes in the form of a shape: `(batch, timesteps, features)`."""
    names = list(wants)
    if at_least and len(names) > 1:
        names.insert(len(names) - 1, "…")
    return "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"


def axis_name(axis: int, rank: int) -> str:
    """What an axis is called in a tensor of that rank."""
    known = AXES.get(rank, ())
    return known[axis] if -len(known) <= axis < len(known) else f"axis {axis}"


def either(names: Sequence[object], last: str = "or") -> str:
    """`a`, `b` or `c`."""
    quoted = [name(item) for item in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def count(number: int, noun: str) -> str:
    """1 tensor, 2 tensors."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
