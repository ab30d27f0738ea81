"""What must hold of every run, whatever its input was."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from fuzz.inputs import Input

#: what a terminal obeys, or what turns the text around it
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COLOUR = re.compile("\x1b\\[[0-9;]*m")
COMMAND = re.compile(r"::(error|warning|notice) file=[^:,]*(,\w+=[^:,]*)*::")
LEVELS = ("error", "warning", "note")
#: a second a file, and as much for each so many bytes of it
SLOW, BYTES_A_SECOND = 1.0, 100_000
#: options that read and judge a file again and again, and how often that may be
FIXES = {"--fix", "--unsafe-fixes", "--add-ignores", "--diff"}
FIXING = 10


class Failure(Exception):
    """An input that the program did not take as it should; the message says how."""


class Done(NamedTuple):
    """What came of a run."""

    code: Any
    out: bytes
    err: bytes
    #: of CPU
    seconds: float
    #: by how much the process outgrew what it had ever been
    megabytes: int


def seconds_for(given: Input, slow: float = SLOW) -> float:
    """What an input may take: `slow` for each of its files, and more for large ones."""
    size = len(given.piped) + sum(map(len, given.files.values()))
    times = FIXING if FIXES & set(given.words) else 1
    return slow * times * (max(len(given.files), 1) + size / BYTES_A_SECOND)


def hold(given: Input, done: Done, folder: Path) -> None:
    """Raise `Failure` for the first thing that should not be so."""
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.out, done.err))
    if "Traceback" in err or "internal error" in err:
        raise Failure(err)
    if done.code not in (0, 1, 2):
        raise Failure(f"exit code {done.code}")
    shown = "" if "--diff" in given.words else err if _shows_files(given.words) else out + err
    if "always" in given.words:
        shown = COLOUR.sub("", shown)
    obeyed = OBEYED.search(shown)
    if obeyed is not None:
        raise Failure(f"printed {obeyed.group()!r} as it stands")
    if done.code == 2 and not err:
        raise Failure("exit code 2, and no word why")
    _files_are_whole(given, folder)
    name = _format(given.words)
    if name is not None and done.code != 2:
        report = out
        if "--output-file" in given.words:
            report = (folder / "report.out").read_text("utf-8", "surrogateescape")
        _report_is_well_formed(name, report, done.code, given)


def _shows_files(words: list[str]) -> bool:
    """Whether standard output is a text of the user's."""
    return words[0] == "export" or "-" in words


def _format(words: list[str]) -> str | None:
    """The format of a report that `check` was to print, where it is sure which."""
    if words[0] != "check" or "--format" not in words or "--help" in words:
        return None
    at = words.index("--format") + 1
    own = words.count("--format") == 1 and at < len(words) and "-" not in words
    return words[at] if own and "--diff" not in words else None


def _files_are_whole(given: Input, folder: Path) -> None:
    """Nothing is left behind, and nothing changed that was not to be changed."""
    after = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    new = after - {str(Path(name)) for name in given.files} - {"report.out"}
    if new and "-o" not in given.words and not any(map(_is_output, given.words)):
        raise Failure(f"left {sorted(new)[0]!r} behind")
    if not FIXES & set(given.words) or "--diff" in given.words:
        for name, data in given.files.items():
            if (folder / name).read_bytes() != data and "-o" not in given.words:
                raise Failure(f"{name!r} was changed")


def _is_output(word: str) -> bool:
    return word.startswith("--output-file")


# -- reports -------------------------------------------------------------------------------------


def _report_is_well_formed(name: str, text: str, code: int, given: Input) -> None:
    check = _CHECKS.get(name)
    if check is None:
        return
    try:
        check(text, code, given)
    except (ValueError, KeyError, ElementTree.ParseError, AssertionError) as error:
        raise Failure(f"{name}: {type(error).__name__} {error}") from error


def _json(text: str, code: int, given: Input) -> None:
    """One document, its counts those of what it lists, and the exit code that follows."""
    report = json.loads(text)
    found = [d for file in report["files"] for d in file["diagnostics"]]
    counts = [sum(d["severity"] == level for d in found) for level in LEVELS]
    summary = report["summary"]
    said = [summary["files"], summary["errors"], summary["warnings"]]
    assert said == [len(report["files"]), *counts[:2]], "counts"
    for file in report["files"]:
        errors = any(d["severity"] == "error" for d in file["diagnostics"])
        assert file["ok"] is not errors, "ok"
        statuses = {layer["status"] for layer in file["layers"]}
        assert statuses <= {"ok", "refused", "blocked"}, statuses
    for each in found:
        for place in (each["location"], *(r["location"] for r in each["related"])):
            start = place["line"], place["column"]
            assert (1, 1) <= start <= (place["end_line"], place["end_column"]), place
        assert all(fix["verified"] and fix["changes"] for fix in each["fixes"]), "fixes"
    if not any(name.endswith(".toml") for name in given.files):  # which may say what fails
        _code_follows(code, counts, given.words)


def _code_follows(code: int, counts: list[int], words: list[str]) -> None:
    levels = 3 if "note" in words else 2 if "--strict" in words else 1
    expected = int(any(counts[:levels]) and "--exit-zero" not in words)
    assert code == expected, f"exit code {code}, not {expected}"


def _sarif(text: str, code: int, given: Input) -> None:
    (run,) = json.loads(text)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[\w.~/%-]+", uri, re.A), uri


def _gitlab(text: str, code: int, given: Input) -> None:
    found = json.loads(text)
    prints = [each["fingerprint"] for each in found]
    assert len(prints) == len(set(prints)), "fingerprints"


def _junit(text: str, code: int, given: Input) -> None:
    root = ElementTree.fromstring(text)
    cases = list(root.iter("testcase"))
    assert root.get("tests") == str(len(cases)), "counts"
    assert root.get("failures") == str(len(list(root.iter("failure")))), "failures"
    assert {e.tag for e in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "system-out",
    }  # fmt: skip


def _github(text: str, code: int, given: Input) -> None:
    for line in re.split(r"[\r\n]+", text):
        assert not line or COMMAND.match(line), line


_CHECKS = {"json": _json, "sarif": _sarif, "gitlab": _gitlab, "junit": _junit, "github": _github}
