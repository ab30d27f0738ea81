"""SARIF 2.1.0: findings with their rules, regions, related places and fixes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from lstmshape import __version__
from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary
from lstmshape.render.escape import escape, json_escape
from lstmshape.render.plain import fingerprints, relative
from lstmshape.render.snippets import kind_of
from lstmshape.rules import find
from lstmshape.source import Span

SUMMARY = None
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def part(report: FileReport, look: Look) -> list[dict[str, Any]]:
    """The results of one file, their rules by code only."""
    return [
        _result(diagnostic, report, fingerprint)
        for diagnostic, fingerprint in zip(report.diagnostics, fingerprints(report), strict=True)
    ]


def whole(parts: Iterable[list[dict[str, Any]]], summary: Summary, look: Look) -> Iterator[str]:
    """The log of one run."""
    results = [result for part in parts for result in part]
    codes = sorted({result["ruleId"] for result in results})
    for result in results:
        result["ruleIndex"] = codes.index(result["ruleId"])
    driver = {"name": "lstmshape", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json_escape(json.dumps(log, indent=1)) + "\n"


def _message(text: str) -> dict[str, str]:
    """A text in which nothing is a placeholder (`{0}`) or a link (`[here](…)`): 3.11.5, 3.11.6."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _rule(code: str) -> dict[str, Any]:
    """The page of a code."""
    rule = find(code)
    assert rule is not None, f"{code} was found, so that it has a rule"
    page = inspect.cleandoc(rule.__doc__ or "")
    first = page.partition("\n\n")[0].replace("\n", " ")
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": _message(first),
        "fullDescription": _message(page),
        "help": _message(f"{page}\n\nlstmshape explain {code}"),
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, report: FileReport, fingerprint: str) -> dict[str, Any]:
    document = report.document
    uri = quote(relative(report.path), errors="surrogateescape")
    related = [
        {
            "id": number,
            "message": _message(escape(other.message)),
            **_location(uri, other.locate(document)),
        }
        for number, other in enumerate(diagnostic.related, 1)
    ]
    fixes = [_fix(fix, uri) for fix in diagnostic.fixes if fix.edits]
    return {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": _message(escape(diagnostic.message)),
        "locations": [_location(uri, diagnostic.locate(document))],
        "partialFingerprints": {"lstmshape/v1": fingerprint},
        **({"relatedLocations": related} if related else {}),
        **({"fixes": fixes} if fixes else {}),
    }


def _location(uri: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    """Columns count from 1 and the end lies behind the last character: as here."""
    return {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }


def _fix(fix: Fix, uri: str) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": {"uri": uri}, "replacements": replacements}
    description = _message(escape(fix.title + kind_of(fix)))
    return {"description": description, "artifactChanges": [change]}
