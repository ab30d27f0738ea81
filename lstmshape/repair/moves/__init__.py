"""What may mend a diagnostic, by its code. Each module knows one subject, and is loaded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.repair.move import Move, of_proposals
from lstmshape.repair.moves.nested import alone, first_error, lifted, model_around

Mover = Callable[[Case, Diagnostic], Iterable[Move]]

#: code -> `module:function`, asked in order
MOVERS: dict[str, tuple[str, ...]] = {
    "LS005": ("references:unknown_key",),
    "LS007": ("inputs:malformed",),
    "LS103": ("values:missing",),
    "LS104": ("values:bad",),
    "LS106": ("inputs:too_many_axes",),
    "LS108": ("references:no_such_output",),
    "LS109": ("references:ring",),
    "LS112": ("references:no_input",),
    "LS201": ("ranks:wrong_rank",),
    "LS202": ("ranks:open_size",),
    "LS203": ("shared:wrong_size",),
    "LS204": ("windows:too_short",),
    "LS205": ("merges:mismatch",),
    "LS206": ("values:reshape",),
    "LS207": ("merges:count", "states:in_the_list"),
    "LS208": ("merges:mismatch",),
    "LS209": ("merges:mismatch",),
    "LS210": ("outputs:expectation",),
    "LS212": ("merges:cannot_run", "values:cannot_train"),
    "LS213": ("values:refused",),
    "LS301": ("ranks:collapsed",),
    "LS302": ("states:mismatch",),
    "LS303": ("states:open_batch",),
    "LS401": ("arrays:wrong_rank",),
    "LS402": ("arrays:wrong_size",),
    "LS403": ("arrays:dtype",),
    "LS404": ("outputs:target",),
    "LS405": ("outputs:target",),
    "LS406": ("arrays:counts",),
    "LS407": ("outputs:target",),
    "LS409": ("outputs:target",),
    "LS410": ("outputs:target",),
    "LS412": ("states:left_over",),
    "LS413": ("arrays:missing", "references:missing_array"),
}
#: moves of one diagnostic that are looked at
MOST_MOVES = 32


def moves_for(case: Case, diagnostic: Diagnostic) -> list[Move]:
    """The moves that may mend a diagnostic of a case, the cheapest first."""
    found = of_proposals(diagnostic.proposals)
    inner = model_around(diagnostic.place.path)
    if inner is None:
        found += _of_movers(case, diagnostic)
    elif (model := alone(case, inner)) is not None and (error := first_error(model)) is not None:
        found += lifted(moves_for(model, error), inner)
    return sorted((m for m in found if m.changes), key=lambda move: move.cost)[:MOST_MOVES]


def _of_movers(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    for mover in MOVERS.get(diagnostic.code, ()):
        module, _, function = mover.partition(":")
        yield from _function(module, function)(case, diagnostic)


def _function(module: str, function: str) -> Mover:
    loaded = import_module(f"lstmshape.repair.moves.{module}")
    mover: Mover = getattr(loaded, function)
    return mover
