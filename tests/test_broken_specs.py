"""The tool finds in specs/broken what they expect, on the line that they say, and nothing else;
in specs/good it finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from expectations import BROKEN, GOOD, expected

from lstmshape.frontends import read
from lstmshape.pipeline import Policy, check_document

#: what is found does not depend on what is proposed, and looking for fixes takes long
NO_FIXES = Policy(fixes=False)


def found(path: Path) -> set[tuple[int, str]]:
    report = check_document(read(str(path), path.read_bytes()), policy=NO_FIXES)
    return {(d.locate(report.document).start.line, d.code) for d in report.diagnostics}


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_gives_what_it_expects(path: Path) -> None:
    marks, codes = expected(path), found(path)
    assert (marks.missed(codes), marks.surplus(codes)) == (set(), set())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_is_silent(path: Path) -> None:
    assert found(path) == set()
