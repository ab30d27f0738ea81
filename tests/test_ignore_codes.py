"""Ignore comments with codes that are none: told, with near ones; what they silence stays so."""

from __future__ import annotations

import pytest
from reports import report

SPEC = "input: [4]\nlayers:\n  - Denze: {units: 3}  # lstmshape: ignore%s\n"


@pytest.mark.parametrize(
    ("codes", "found", "said"),
    [
        ("[LS101]", [], ""),
        ("[ls1]", [], ""),
        ("[unknown-class]", [], ""),
        ("", [], ""),
        ("[LS301]", ["LS011", "LS101"], "silences nothing: `LS301` is not found here"),
        ("[LS301, LS5]", ["LS011", "LS101"], "nothing: `LS301` and `LS5` are not found here"),
        ("[LS301, LS101]", ["LS011"], "silences too much: `LS301` is not found here"),
        ("[LS1, unknown-class]", [], ""),
        ("[LS999]", ["LS010", "LS101"], "`LS999` is no code"),
        ("[LS101, LS999]", ["LS010"], "`LS999` is no code"),
        (
            "[unknwon-class]",
            ["LS010", "LS101"],
            "`unknwon-class` is no code; near: `unknown-class`",
        ),
    ],
)
def test_codes_in_comments(codes: str, found: list[str], said: str) -> None:
    done = report(SPEC % codes, fixes=False)
    assert sorted(d.code for d in done.diagnostics) == found
    about = [d.message for d in done.diagnostics if d.code in ("LS010", "LS011")]
    assert all(said in message for message in about)
    assert bool(about) is bool(said)


def test_a_comment_without_codes_over_nothing() -> None:
    (found,) = report(SPEC.replace("Denze", "Dense") % "", fixes=False).diagnostics
    assert found.message == "this comment silences nothing: nothing is found here"
