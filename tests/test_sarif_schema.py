"""SARIF held to the schema that OASIS publishes, and to what the schema cannot say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from expectations import BROKEN
from jsonschema import Draft4Validator

from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, check_document
from lstmshape.render.base import Look, Summary, find_format
from lstmshape.rules import all_rules

SCHEMA = Path(__file__).parent / "data" / "sarif" / "sarif-schema-2.1.0.json"
VALIDATOR = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
NAME = "{0}[click](https://example.org)\\n<b>"
HOSTILE = f'''input: [4]
layers:
  - Dense: {{units: 3, name: "{NAME}"}}
  - LSTM: {{units: 3}}
  - "{NAME}": {{}}
'''


def logged(*reports: FileReport) -> dict[str, Any]:
    format = find_format("sarif")
    parts = [format.part(report, Look()) for report in reports]
    found: dict[str, Any] = json.loads("".join(format.whole(parts, Summary(), Look())))
    return found


def report(path: str, data: bytes) -> FileReport:
    return check_document(read(path, data))


def texts(log: Any) -> Iterator[str]:
    """The texts of all messages."""
    if isinstance(log, dict):
        if set(log) == {"text"}:
            yield log["text"]
        for key, value in log.items():
            if key != "insertedContent":
                yield from texts(value)
    elif isinstance(log, list):
        for item in log:
            yield from texts(item)


def faults(log: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message[:200]}" for error in VALIDATOR.iter_errors(log)]


def test_the_schema_refuses_what_is_wrong() -> None:
    log = logged(report("a.yaml", HOSTILE.encode()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(faults(log)) == 2


def test_broken_specs_in_one_log() -> None:
    some = BROKEN[::4]  # the rules below are all there are
    log = logged(*(report(f"models/a b/{path.name}", path.read_bytes()) for path in some))
    assert len(log["runs"][0]["results"]) >= len(some)
    assert not faults(log)


def test_every_rule_in_one_log() -> None:
    bad = [report(f"{rule.code}.yaml", rule.bad.encode()) for rule in all_rules()]
    log = logged(*bad)
    assert not faults(log)
    ids = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", ["a.yaml", "../x:y z.yaml", "/abs/[é].yaml", "a\udcff\n.yaml"])
def test_nothing_in_a_message_is_a_link_or_a_placeholder(path: str) -> None:
    """3.11.5 and 3.11.6 of the specification; braces are written twice."""
    log = logged(report(path, HOSTILE.encode()))
    assert not faults(log)
    found = list(texts(log))
    assert any("{{0}}" in text for text in found)
    for text in found:
        assert not re.search(r"\]\(", text)
        assert not re.search(r"[{}]", text.replace("{{", "").replace("}}", ""))
    for result in log["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w.~/%-]+", uri, re.ASCII)
