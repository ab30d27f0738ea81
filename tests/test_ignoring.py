"""`--add-ignores`: comments that silence what is found today, and change nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from expectations import BROKEN
from reports import STACKED

from lstmshape.case import NO_OPTIONS
from lstmshape.cli import call
from lstmshape.fixing import Fixed
from lstmshape.frontends import read
from lstmshape.frontends.proof import same
from lstmshape.ignoring import ABOUT_COMMENTS, ignore_document
from lstmshape.pipeline import EVERYTHING, Policy, check_document

NO_FIXES = Policy(fixes=False)
TWO = "input: [4]\nlayers:\n  - Dense: {units: 3, unts: 2, activation: relux}%s\n"


def ignored(text: str, name: str = "a.yaml") -> Fixed:
    return ignore_document(read(name, text.encode()), NO_OPTIONS, NO_FIXES, None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TWO % "", TWO % "  # lstmshape: ignore[LS102, LS104]"),
        (TWO % "  # the last", TWO % "  # the last  # lstmshape: ignore[LS102, LS104]"),
        (TWO % "   ", TWO % "  # lstmshape: ignore[LS102, LS104]"),
        (
            TWO % " # lstmshape: ignore[LS102] why",
            TWO % " # lstmshape: ignore[LS102, LS104] why",
        ),
        (
            (TWO % "").replace("\n", "\r\n"),
            (TWO % "  # lstmshape: ignore[LS102, LS104]").replace("\n", "\r\n"),
        ),
        ((TWO % "")[:-1], (TWO % "  # lstmshape: ignore[LS102, LS104]")[:-1]),
        (  # the end of the line is inside a text
            'input: [4]\nlayers:\n  - "Den\n    sez"\n',
            'input: [4]\nlayers:\n  # lstmshape: ignore-next-line[LS101]\n  - "Den\n    sez"\n',
        ),
        (  # a comment there of another scope
            "input: [4]\nlayers:\n  - Dens: {} # lstmshape: ignore-next-line[LS101]\n  - Dan\n",
            """\
input: [4]
layers:
  # lstmshape: ignore-next-line[LS101]
  - Dens: {} # lstmshape: ignore-next-line[LS101]
  - Dan
""",
        ),
        (  # neither the end of the line nor the line above will do
            'input: [4]\nlayers: ["Flatten", "Fla\n  tten", "Den\n  se"]\n',
            """\
# lstmshape: ignore-file[LS101]
input: [4]
# lstmshape: ignore-next-line[LS101]
layers: ["Flatten", "Fla
  tten", "Den
  se"]
""",
        ),
    ],
    ids=[
        "end of a line", "behind a comment", "trailing blanks", "into an ignore", "CRLF",
        "no end of line", "inside a text", "another scope", "whole file",
    ],
)  # fmt: skip
def test_where_the_comments_stand(before: str, after: str) -> None:
    found = ignored(before)
    assert found.text.splitlines() == after.splitlines()
    assert [d for d in found.report.diagnostics if d.name not in ABOUT_COMMENTS] == []
    again = ignored(found.text)
    assert (again.text, again.applied) == (found.text, 0)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_second_run_is_silent(path: Path) -> None:
    data = path.read_bytes()
    document = read(path.name, data)
    if document.tree is None or document.kind != "spec":
        return
    found = ignore_document(document, NO_OPTIONS, NO_FIXES, str(path.parent))
    left = [d.code for d in found.report.diagnostics if d.name not in ABOUT_COMMENTS]
    assert left == []
    changed = read(path.name, found.text.encode())
    assert same(changed.tree, document.tree)
    # every line that was there is still there, with at most a comment behind it
    lines = iter(found.text.splitlines())
    for line in document.source.text.splitlines():
        start = line.rstrip().partition("# lstmshape")[0]
        assert any(new.startswith(start) for new in lines), line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"input": [4], "layers": [{"Dens": {}}]}\n'),
        ("a.yaml", '{"input": [4], "layers": [{"Dens": {}}]}\n'),
        ("a.yaml", "input: [4\nlayers:\n"),
        ("a.yaml", "openapi: 3\n"),
        ("a.yaml", "class_name: Sequential\nconfig: {layers: [{class_name: Dens, config: {}}]}\n"),
    ],
)
def test_what_cannot_have_comments_is_left(name: str, text: str) -> None:
    found = ignored(text, name)
    assert (found.text, found.applied) == (text, 0)
    assert found.report.diagnostics


def test_only_what_is_selected() -> None:
    document = read("a.yaml", (TWO % "").encode())
    found = ignore_document(document, NO_OPTIONS, Policy(select=("LS104",), fixes=False), None)
    assert found.text == TWO % "  # lstmshape: ignore[LS104]"
    left = check_document(read("a.yaml", found.text.encode()), policy=EVERYTHING).diagnostics
    assert [d.code for d in left] == ["LS102"]


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + STACKED.encode())
    path.chmod(0o640)
    words = ["check", "a.yaml", "--format", "concise"]
    assert call([*words, "--add-ignores", "--diff"]) == 1
    out, err = capfd.readouterr()
    assert "+  - LSTM: {units: 64}  # lstmshape: ignore[LS301]\n" in out
    assert err == "checked 1 file: nothing to report; would ignore 1\n"
    assert path.read_bytes() == b"\xef\xbb\xbf" + STACKED.encode()
    assert call([*words, "--add-ignores"]) == 0
    assert capfd.readouterr() == ("", "checked 1 file: nothing to report; ignored 1\n")
    comment = b"{units: 64}  # lstmshape: ignore[LS301]"
    assert path.read_bytes() == b"\xef\xbb\xbf" + STACKED.encode().replace(b"{units: 64}", comment)
    assert path.stat().st_mode & 0o777 == 0o640
    assert call(words) == 0
    assert os.listdir(tmp_path) == ["a.yaml"]
    capfd.readouterr()
    assert call([*words, "--add-ignores", "--fix"]) == 2
    assert capfd.readouterr().err.startswith("lstmshape: --fix first, then --add-ignores")
