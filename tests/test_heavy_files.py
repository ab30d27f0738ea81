"""Files that are small beside the work that they could make: found by `python -m fuzz`."""

from __future__ import annotations

import time

import pytest

from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, check_document

#: of the processor; each took many times that, and takes a tenth of it now
SECONDS = 5.0


def report(text: str) -> FileReport:
    start = time.process_time()
    done = check_document(read("a.yaml", text.encode()))
    for diagnostic in done.diagnostics:
        diagnostic.locate(done.document)
    assert time.process_time() - start < SECONDS
    return done


@pytest.mark.parametrize("depth", [20, 50, 95])
def test_keys_in_keys(depth: int) -> None:
    """Each asked twice where the one within it ends."""
    text = f"input: [3, 4]\nlayers:\n  - {'? ' * depth}Dense\n"
    assert [d.code for d in report(text).diagnostics] == ["LS007", "LS007"]


def test_one_fix_of_hundreds_of_layers() -> None:
    """The text was read again after each of its changes."""
    count = 400
    text = "input: [T, 6]\nlayers:\n" + "  - LSTM: {units: 4}\n" * count
    (found,) = report(text).diagnostics
    (fix,) = found.fixes[:1]
    assert len(fix.changes) == count - 1
    assert [edit.span.start.line for edit in fix.edits] == list(range(3, count + 2))


@pytest.mark.parametrize(
    ("entry", "count", "code"),
    [("Embedding: {}", 600, "LS103"), ("Nope: {}", 600, "LS101")],
)
def test_hundreds_of_findings(entry: str, count: int, code: str) -> None:
    """Every layer was looked through for each of them, whenever a change was tried."""
    found = report("input: [T, 6]\nlayers:\n" + f"  - {entry}\n" * count).diagnostics
    assert len(found) >= count
    assert {d.code for d in found} == {code}


def test_hundreds_of_unknown_arguments() -> None:
    """Near names of each were looked for anew, whenever a change was tried."""
    keys = ", ".join(f"k{n}: 1" for n in range(600))
    found = report(f"input: [T, 6]\nlayers:\n  - Dense: {{{keys}}}\n").diagnostics
    assert {d.code for d in found} == {"LS102", "LS103"}
