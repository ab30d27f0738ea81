"""Repair: proposals and a search, judged on the whole model, written, read back; only then listed.

What counts as a fix of a diagnostic:

1. It is gone, and no error is there that was not there before. Errors are the same before and after
   when they are of one kind (one refusal a call, one judgement a target) and about the same entry,
   array or expectation, whose place is followed through the layers that come and go.
2. Errors elsewhere, which have nothing to do with it, may stay: each has fixes of its own.
3. Behind a refused layer nothing is judged. What a change uncovers there counts as new, so that the
   search goes on from it: a fix that needs two or three changes is found as one. Only when none is
   found is a change listed that ends the diagnostic and leaves what it uncovers, fewest first; the
   next run then tells of that. Otherwise a model with four mistakes in a row had no way out.
4. The edits of the text, made and read again, give exactly the tree that was judged.

Fixes stand in the order in which a person should try them: cheapest first (`move.py` says what
costs what), and of equal ones the safe before the others, and those that change fewest parameters.
Where the best fix of an error changes what another one says, the second fix listed goes on until
both are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.frontends.document import Document
from lstmshape.repair.search import Goal, Search
from lstmshape.repair.state import Bench, Target
from lstmshape.repair.verify import as_fix, text_fix

#: more than this nobody reads
MOST_FIXES = 5
#: diagnostics that get fixes; a file with more is broken otherwise
MOST_DIAGNOSTICS = 25
#: candidates judged for one diagnostic
MOST_JUDGED = 120
#: calls judged for one file, with a share for what does not depend on their number
MOST_CALLS, SHARE = 15_000, 60


def repair(document: Document, case: Case, diagnostics: Sequence[Diagnostic]) -> None:
    """Give every diagnostic the fixes that were proved to mend it, the best first."""
    wanting = [d for d in diagnostics if d.severity == "error" or d.proposals]
    of_text = {id(fact) for fact in document.facts}
    bench = Bench(case)
    # of hundreds of findings, each is made anew whenever the model is judged: dearer than a call
    found = 3 * max(len(diagnostics) - MOST_DIAGNOSTICS, 0)
    most = max(MOST_CALLS // (len(case.graph.nodes) + found + SHARE), 2)
    for number, diagnostic in enumerate(wanting[:MOST_DIAGNOSTICS]):
        if id(diagnostic.fact) in of_text:
            fixes = _of_text(document, case, diagnostics, diagnostic)
        else:
            # twice an even share of what is left: most need far less than theirs
            share = 2 * (most - bench.count) // (min(len(wanting), MOST_DIAGNOSTICS) - number)
            fixes = _searched(document, bench, diagnostic, min(share, MOST_JUDGED))
        diagnostic.fixes = tuple(_first(fixes))


def _of_text(
    document: Document, case: Case, diagnostics: Sequence[Diagnostic], diagnostic: Diagnostic
) -> Iterator[Fix | None]:
    """What the text says wrongly has the fixes that its rule proposes."""
    for proposal in diagnostic.proposals:
        yield text_fix(document, case, diagnostics, diagnostic, proposal)


def _searched(
    document: Document, bench: Bench, diagnostic: Diagnostic, budget: int
) -> Iterator[Fix | None]:
    target = Target(bench.base, bench.counterpart(diagnostic))
    for goal in _worth_listing(Search(bench, target, budget).run()):
        yield as_fix(document, bench, goal.state)


def _worth_listing(goals: Sequence[Goal]) -> Iterator[Goal]:
    """Without fixes that only add to a better one."""
    listed: list[Goal] = []
    for goal in goals:
        changes = set(map(repr, goal.state.changes))
        adds = any(set(map(repr, better.state.changes)) < changes for better in listed)
        if goal.joined or not adds:
            listed.append(goal)
            yield goal


def _first(fixes: Iterator[Fix | None]) -> Iterator[Fix]:
    count = 0
    for fix in fixes:
        if fix is not None and count < MOST_FIXES:
            count += 1
            yield fix
        if count == MOST_FIXES:
            return
