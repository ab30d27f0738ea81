"""What the search tries: a change, or a few that belong together, with what it costs.

The price says in which order a person should try things. A change that the data, the target or
the rule says outright costs about 1; what is likelier to be meant costs less, and to lose a layer
that the author wrote costs more. Two moves always cost more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from lstmshape.changes import Change
from lstmshape.diagnostics import FixKind, Proposal


class Move(NamedTuple):
    """A step of the search. `safe`: it keeps what the author meant."""

    title: str
    changes: tuple[Change, ...]
    cost: float
    safe: bool = False
    kind: FixKind = "spec"


def of_proposals(proposals: Iterable[Proposal]) -> list[Move]:
    """A rule's own proposals: in its order, and those that are not safe behind those that are."""
    moves = []
    for number, proposal in enumerate(proposals):
        cost = (1.0 if proposal.safe else 1.2) + 0.05 * number
        moves.append(Move(proposal.title, proposal.changes, cost, proposal.safe, proposal.kind))
    return moves


def data_move(title: str, changes: tuple[Change, ...], cost: float) -> Move:
    """A move that changes the data; what only the data know is never safe."""
    return Move(title, changes, cost, safe=False, kind="data")


def listed(shape: Sequence[Any]) -> str:
    """A shape as a spec writes it: `[T, 16]`, `[null, 9]`."""
    return "[" + ", ".join("null" if dim is None else str(dim) for dim in shape) + "]"
