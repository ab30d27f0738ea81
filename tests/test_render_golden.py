"""One broken spec in every format, byte for byte; and that all formats tell the same of any spec.

`LSTMSHAPE_UPDATE_GOLDEN=1 pytest tests/test_render_golden.py` writes `tests/golden` anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from expectations import BROKEN

from lstmshape import __version__
from lstmshape.formats import FORMATS
from lstmshape.frontends import read
from lstmshape.pipeline import EVERYTHING, FileReport, Policy, check_document
from lstmshape.render.base import Look, Summary, Tally, find_format
from lstmshape.render.github import markdown

GOLDEN = Path(__file__).parent / "golden"
UPDATE = bool(os.environ.get("LSTMSHAPE_UPDATE_GOLDEN"))
#: a code and where it was found
Said = tuple[str, int, int]


def rendered(name: str, report: FileReport) -> str:
    format, look, summary = find_format(name), Look(statistics=True), Summary()
    tally = Tally()
    tally.count(report)
    summary.tally.add(tally)
    return "".join(format.whole([format.part(report, look)], summary, look))


@lru_cache(maxsize=1)
def golden_report() -> FileReport:
    data = (GOLDEN / "model.yaml").read_bytes()
    return check_document(read("models/model.yaml", data), policy=EVERYTHING)


def held(name: str, text: str) -> None:
    """Hold a text to the file that is kept of it."""
    path = GOLDEN / f"{name}.txt"
    text = text.replace(f'"version": "{__version__}"', '"version": "OURS"')
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_one_broken_spec_in_every_format(name: str) -> None:
    held(name, rendered(name, golden_report()))


def test_the_summary_of_the_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    rendered("github", golden_report())
    held("summary", path.read_text(encoding="utf-8"))


def test_the_golden_spec_has_findings_of_every_level() -> None:
    report = golden_report()
    assert {d.severity for d in report.diagnostics} == {"error", "warning", "note"}
    assert any(d.related for d in report.diagnostics)
    assert any(d.fixes for d in report.diagnostics)


# -- what holds without a golden file -----------------------------------------------------------


def in_concise(text: str) -> Iterator[Said]:
    for line, column, code in re.findall(r"(?m)^[^:\n]+:(\d+):(\d+): (LS\d+) ", text):
        yield code, int(line), int(column)


def in_table(text: str) -> Iterator[Said]:
    found = re.findall(r"(?m)^\w+\[(LS\d+)\].*\n(?:(?! *-->).*\n)* *--> .*:(\d+):(\d+)$", text)
    for code, line, column in found:
        yield code, int(line), int(column)


def in_json(text: str) -> Iterator[Said]:
    for diagnostic in json.loads(text)["files"][0]["diagnostics"]:
        place = diagnostic["location"]
        yield diagnostic["code"], place["line"], place["column"]


def in_github(text: str) -> Iterator[Said]:
    for line, column, code in re.findall(
        r"(?m)^::\w+ .*?,line=(\d+),col=(\d+),.*?title=(\w+)", text
    ):
        yield code, int(line), int(column)


def in_sarif(text: str) -> Iterator[Said]:
    for result in json.loads(text)["runs"][0]["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        yield result["ruleId"], region["startLine"], region["startColumn"]


def in_junit(text: str) -> Iterator[Said]:
    for case in ElementTree.fromstring(text).iter("testcase"):
        found = re.fullmatch(r"(LS\d+) [\w-]+ at (\d+):(\d+)", case.get("name") or "")
        assert found is not None
        yield found[1], int(found[2]), int(found[3])


READERS = {
    "concise": in_concise, "table": in_table, "json": in_json, "github": in_github,
    "sarif": in_sarif, "junit": in_junit,
}  # fmt: skip


@pytest.mark.parametrize("path", [GOLDEN / "model.yaml", *BROKEN], ids=lambda path: path.stem)
def test_all_formats_tell_the_same(path: Path) -> None:
    data = path.read_bytes()
    report = check_document(read(path.name, data), policy=Policy(fixes=False))
    expected = [(d.code, *d.locate(report.document).start) for d in report.diagnostics]
    lines = data.decode("utf-8", "replace").split("\n")
    assert all(0 < line <= len(lines) for _, line, _ in expected)
    assert all(0 < column <= len(lines[line - 1]) + 1 for _, line, column in expected)
    for name, reader in READERS.items():
        assert list(reader(rendered(name, report))) == expected, name
    gitlab = json.loads(rendered("gitlab", report))
    assert [one["location"]["lines"]["begin"] for one in gitlab] == [
        line for _, line, _ in expected
    ]
    assert [one["description"][:5] for one in gitlab] == [code for code, _, _ in expected]
    rows = [row for part in [find_format("github").part(report, Look())] for row in part.rows]
    assert markdown(rows, "x").count("\n| <code>") == len(expected)


@pytest.mark.parametrize("path", [GOLDEN / "model.yaml", *BROKEN[:20]], ids=lambda path: path.stem)
def test_counts_agree(path: Path) -> None:
    report = check_document(read(path.name, path.read_bytes()), policy=Policy(fixes=False))
    summary = json.loads(rendered("json", report))["summary"]
    levels = [d.severity for d in report.diagnostics]
    assert (summary["errors"], summary["warnings"]) == (
        levels.count("error"),
        levels.count("warning"),
    )
    annotations = re.findall(r"(?m)^::(\w+) ", rendered("github", report))
    assert [a.replace("notice", "note") for a in annotations] == levels
    sarif = json.loads(rendered("sarif", report))["runs"][0]
    assert [result["level"] for result in sarif["results"]] == levels
    said = {"major": "error", "minor": "warning", "info": "note"}
    assert [said[one["severity"]] for one in json.loads(rendered("gitlab", report))] == levels
    statistics = re.findall(r"(?m)^ *(\d+)  LS", rendered("concise", report))
    assert sum(map(int, statistics)) == len(levels)
