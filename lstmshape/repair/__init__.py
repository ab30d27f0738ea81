"""Proposals in, verified fixes out."""

from __future__ import annotations

from collections.abc import Sequence

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.frontends.document import Document
from lstmshape.repair.verify import Verifier

#: more than this nobody reads
MOST_FIXES = 6
#: diagnostics that get fixes; a file with more is broken otherwise
MOST_DIAGNOSTICS = 25


def repair(document: Document, case: Case, diagnostics: Sequence[Diagnostic]) -> None:
    """Give every diagnostic the fixes that were proved to mend it, the best first."""
    verifier = Verifier(document, case, diagnostics)
    for diagnostic in [d for d in diagnostics if d.proposals][:MOST_DIAGNOSTICS]:
        proved = (verifier.fix(diagnostic, proposal) for proposal in diagnostic.proposals)
        diagnostic.fixes = tuple(fix for fix in proved if fix is not None)[:MOST_FIXES]
