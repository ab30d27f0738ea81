"""The formats that other programs read: one broken spec in each, and what holds of all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from expectations import BROKEN
from reports import GRAPH, STACKED, report

from lstmshape.config import KEYS
from lstmshape.formats import FORMATS, MACHINE_FORMATS
from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.render.base import Format, Look, Summary, Tally, find_format
from lstmshape.render.github import markdown
from lstmshape.render.plain import fingerprints, relative
from lstmshape.source import Position, Span, TextEdit, apply_edits

PARAGRAPH = (
    "`lstm_1` needs a sequence, but `lstm` passes on only its last step%0A"
    "wants (batch, timesteps, features), gets (batch, 128)%0A"
    "lstm: drops the timesteps axis: `return_sequences` is false%0A"
    "help: keep every step of `lstm`: set `return_sequences: true` "
    "(verified: output becomes (batch, 10), 124,298 params)%0A"
    "more: lstmshape explain --return-sequences"
)


def rendered(name: str, *reports: FileReport, look: Look | None = None) -> str:
    format: Format = find_format(name)
    look = look or Look()
    summary = Summary()
    for done in reports:
        tally = Tally()
        tally.count(done)
        summary.tally.add(tally)
    return "".join(format.whole([format.part(done, look) for done in reports], summary, look))


def sarif(*reports: FileReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rendered("sarif", *reports))
    return found


# -- one broken spec in every format ------------------------------------------------------------


def test_github() -> None:
    assert rendered("github", report(STACKED), report(GRAPH)) == (
        "::error file=model.yaml,line=7,col=5,endLine=7,endColumn=9,"
        f"title=LS301 collapsed-sequence::{PARAGRAPH}\n"
    )


def test_github_job_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    rendered("github", report(STACKED))
    assert path.read_text() == (
        "before\n### lstmshape\n\nchecked 1 file: 1 error; 1 fixable with --fix\n\n"
        "| where | code | what | fix |\n| --- | --- | --- | --- |\n"
        "| <code>model.yaml:7</code> | LS301 error | <code>lstm&#95;1</code> needs a sequence, "
        "but <code>lstm</code> passes on only its last step | keep every step of "
        "<code>lstm</code>: set <code>return&#95;sequences: true</code> |\n\n"
    )
    assert markdown([], "x") == "### lstmshape\n\nx\n\n"
    assert markdown(["| |"] * 502, "x").endswith("| |\n\nand 2 more\n\n")


def test_gitlab() -> None:
    (found,) = json.loads(rendered("gitlab", report(STACKED), report(GRAPH)))
    assert re.fullmatch(r"[0-9a-f]{64}", found.pop("fingerprint"))
    assert found == {
        "description": "LS301: `lstm_1` needs a sequence, but `lstm` passes on only its last step",
        "check_name": "collapsed-sequence",
        "severity": "major",
        "location": {"path": "model.yaml", "lines": {"begin": 7, "end": 7}},
    }
    assert json.loads(rendered("gitlab", report(GRAPH))) == []
    assert json.loads(rendered("gitlab")) == []


def test_sarif() -> None:
    log = sarif(report(STACKED), report(GRAPH))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("LS301", "CollapsedSequence")
    assert rule["help"]["text"].endswith("lstmshape explain LS301")
    (result,) = log["runs"][0]["results"]
    place = {"artifactLocation": {"uri": "model.yaml"}}
    region = {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 9}
    assert result["ruleId"] == "LS301"
    assert result["ruleIndex"] == 0
    assert result["relatedLocations"] == [
        {
            "id": 1,
            "message": {"text": "drops the timesteps axis: `return_sequences` is false"},
            "physicalLocation": {**place, "region": region},
        }
    ]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    edits = [
        TextEdit(
            Span(
                Position(r["deletedRegion"]["startLine"], r["deletedRegion"]["startColumn"]),
                Position(r["deletedRegion"]["endLine"], r["deletedRegion"]["endColumn"]),
            ),
            r["insertedContent"]["text"],
        )
        for r in change["replacements"]
    ]
    assert not report(apply_edits(STACKED, edits)).diagnostics


def test_junit() -> None:
    root = ElementTree.fromstring(rendered("junit", report(STACKED), report(GRAPH, "g.yaml")))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    bad, good = root
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [
        ("model.yaml", "1"), ("g.yaml", "0"),
    ]  # fmt: skip
    assert bad[0].get("name") == "LS301 collapsed-sequence at 7:5"
    assert bad[0][0].tag == "failure"
    assert "\n 7 |   - LSTM: {units: 64}\n" in str(bad[0][0].text)
    assert len(good[0]) == 0


NOTE = "input: [4]\nlayers:\n  - Dense: {units: 3} # lstmshape: ignore\n"


def test_junit_lets_pass_what_is_below_the_fail_level() -> None:
    done = report(NOTE)
    assert [d.severity for d in done.diagnostics] == ["note"]
    root = ElementTree.fromstring(rendered("junit", done))
    assert (root.get("tests"), root.get("failures"), root[0][0][0].tag) == ("1", "0", "system-out")
    root = ElementTree.fromstring(rendered("junit", done, look=Look(fail_level="note")))
    assert (root.get("failures"), root[0][0][0].tag) == ("1", "failure")


def test_concise() -> None:
    assert rendered("concise", report(STACKED), report(GRAPH)) == (
        "model.yaml:7:5: LS301 `lstm_1` needs a sequence, but `lstm` passes on only its last step\n"
    )


# -- what holds of all --------------------------------------------------------------------------


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_counts_agree_and_regions_lie_in_the_file(path: Path) -> None:
    data = path.read_bytes()
    done = check_document(read(path.name, data), policy=Policy(fixes=False))
    count = len(done.diagnostics)
    assert count
    annotations = rendered("github", done).splitlines()
    assert len(annotations) == count
    assert all(re.match(r"::(error|warning|notice) file=[^:]+::", line) for line in annotations)
    assert len(rendered("concise", done).splitlines()) == count
    assert len(json.loads(rendered("gitlab", done))) == count
    assert ElementTree.fromstring(rendered("junit", done)).get("tests") == str(count)
    (run,) = sarif(done)["runs"]
    assert len(run["results"]) == count
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    lines = data.decode("utf-8", "replace").split("\n")
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        for place in [*result["locations"], *result.get("relatedLocations", ())]:
            region = place["physicalLocation"]["region"]
            start = (region["startLine"], region["startColumn"])
            end = (region["endLine"], region["endColumn"])
            assert (1, 1) <= start <= end
            assert end[0] <= len(lines)
            assert end[1] <= len(lines[end[0] - 1]) + 1


HOSTILE = (
    "input: [4]\nlayers:\n  - Dense: {units: 3, name: "
    '"a\\n::error::x\\r%0A,b:c<b>|`*_[x](y)]]>&\\e[31m\\u202e"}\n'
    '  - LSTM: {units: 3, name: "\\"\\u0000"}\n'
)


@pytest.mark.parametrize("name", sorted(MACHINE_FORMATS | {"concise"}))
def test_names_in_a_file_cannot_break_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = report(HOSTILE, path="a\n::warning::b,c:d<x>\x1b.yaml")
    assert [d.code for d in done.diagnostics] == ["LS201"]
    text = rendered(name, done)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    if name == "github":
        (line,) = text.splitlines()
        assert line.count("::") >= 2
        properties = line.split("::")[1]
        assert properties.count(",") == 5
        assert "%250A" in text
        (row,) = [one for one in summary.read_text().splitlines() if "LS201" in one]
        assert row.count("|") == 5
        assert not re.search(r"<(?!/?code>)", row)
    elif name == "junit":
        (suite,) = ElementTree.fromstring(text)
        assert str(suite.get("name")) == "a\\n:\\x3awarning:\\x3ab,c:d<x>\\x1b.yaml"
    elif name != "concise":
        json.loads(text)


def test_fingerprints_outlive_moved_lines_and_tell_twins_apart() -> None:
    first = list(fingerprints(report(STACKED, fixes=False)))
    moved = list(fingerprints(report("# one more line\n\n" + STACKED, fixes=False)))
    assert first == moved
    twins = "input: [4]\nlayers:\n  - Nope: {}\n  - Nope: {}\n"
    prints = list(fingerprints(report(twins, fixes=False)))
    assert len(prints) == len(set(prints)) == 2
    assert list(fingerprints(report(STACKED, "b.yaml", fixes=False))) != first


def test_paths_below_the_current_folder_are_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(f"{tmp_path}/a/b.yaml") == "a/b.yaml"
    assert relative("/elsewhere/b.yaml") == "/elsewhere/b.yaml"
    assert relative("a/b.yaml") == "a/b.yaml"


@pytest.mark.parametrize("format", ["table", "github", "sarif", "junit"])
def test_a_fix_that_is_not_safe_says_so(format: str) -> None:
    spare = "input: [4]\nlayers:\n  - Dense: {units: 3}\n  - Dense: {units: 2}\noutputs: dense\n"
    part = find_format(format).part(report(spare), Look())
    assert "unsafe" in json.dumps(part), part
    if format == "github":
        assert all("unsafe" in row for row in part.rows)


def test_every_format_has_its_module() -> None:
    for name in FORMATS:
        found = find_format(name)
        assert found.SUMMARY in (None, "stdout", "stderr")
        assert callable(found.part)
        assert callable(found.whole)
    assert set(FORMATS) - MACHINE_FORMATS == {"table", "concise"}
    assert all(KEYS["format"].good(name) for name in (*FORMATS, "auto"))
