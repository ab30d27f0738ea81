"""Proposals in, verified fixes out."""

from __future__ import annotations

from collections.abc import Sequence

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.frontends.document import Document


def repair(document: Document, case: Case, diagnostics: Sequence[Diagnostic]) -> None:
    """Give every diagnostic the fixes that were proved to mend it."""
