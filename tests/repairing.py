"""What the tests of repair share: specs as text, checked, and fixes applied to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.rules import all_rules
from lstmshape.source import apply_edits

SPECS = Path(__file__).parent.parent / "specs"
#: each rule's own example of what it finds
EXAMPLES = {rule.code: rule.bad for rule in all_rules() if rule.bad}
NO_FIXES = Policy(fixes=False)


def checked(text: str, *, fixes: bool = True) -> FileReport:
    document = read("spec.yaml", text.encode())
    return check_document(document) if fixes else check_document(document, policy=NO_FIXES)


def errors(report: FileReport) -> list[Diagnostic]:
    return [d for d in report.diagnostics if d.severity == "error"]


def applied(text: str, fix: Fix) -> str:
    return apply_edits(text, fix.edits)


def broken_texts() -> dict[str, str]:
    """The specs of specs/broken that are text a person could read."""
    texts = {}
    for path in sorted((SPECS / "broken").glob("*.yaml")):
        data = path.read_bytes()
        try:
            texts[path.stem] = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def mended(text: str, most: int = 8) -> tuple[str, list[str]]:
    """The text after the first written fix of what is found, and of what is found then; the titles.

    It ends when nothing is found that a fix could be written for, or a text comes back.
    """
    titles: list[str] = []
    seen = {text}
    for _ in range(most):
        found = checked(text).diagnostics
        fix = next((f for d in found for f in d.fixes if f.edits), None)
        if fix is None:
            return text, titles
        titles.append(fix.title)
        text = applied(text, fix)
        assert text not in seen, f"{titles} lead back to a text that was there"
        seen.add(text)
    raise AssertionError(f"no end: {titles}")


def tree_of(text: str) -> Any:
    return read("spec.yaml", text.encode()).tree
