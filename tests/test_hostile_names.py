"""Names in a spec that try to speak to a terminal, to GitHub or to a reader of SARIF."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from lstmshape.formats import FORMATS

ROOT = Path(__file__).parent.parent
HOSTILE = (
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "a\x08\x08b", "\u202egnp.exe", "\u2066x",
    "a\r::error file=x,line=1::injected", "a\n::error file=x::injected", "%0A::error::injected",
    "a::b,c=d", "::error file=x::injected", "##[error]injected", "###[", "x\u2028y",
    "</failure><failure>", "]]>", "`code`", "\x00", "\ufeff",
)  # fmt: skip
#: what a terminal obeys, or what turns the text around it
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def spec(name: str) -> str:
    """A spec in which the name stands wherever one may, and most of it is wrong."""
    quoted = json.dumps(name)
    return f"""\
name: {quoted}
inputs: {{{quoted}: [T, 16], b: [{quoted}]}}
layers:
  - Dense: {{units: {quoted}, name: {quoted}, {quoted}: 1}}
    inputs: {quoted}
  - LSTM: {{units: 4, name: {quoted}, activation: {quoted}}}
    inputs: [{quoted}, x]
  - {quoted}: {{units: 3}}
  - Dense: {{units: 3}}
    {quoted}: 1
outputs: {{{quoted}: {quoted}}}
compile: {{loss: {quoted}}}
data: {{x: {quoted}}}
"""


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "lstmshape", *words], cwd=folder, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, timeout=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec for each name, in a file that is called so where a file system allows it."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, name in enumerate(HOSTILE):
        (folder / f"{number:02}.yaml").write_text(spec(name), encoding="utf-8")
        if "/" not in name and "\0" not in name:
            (folder / f"n{name}.yaml").write_text(spec(name), encoding="utf-8")
    return folder


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_obeyed(folder: Path, format: str) -> None:
    done = run(folder, "check", ".", "--format", format)
    assert done.returncode == 1, done.stderr
    for stream in (done.stdout, done.stderr):
        assert not OBEYED.search(stream.decode("utf-8")), OBEYED.search(stream.decode("utf-8"))


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"github"}))
def test_no_log_of_github_is_given_a_command(folder: Path, format: str) -> None:
    """`::command::` at the start of a line, or `##[command]` anywhere in it."""
    done = run(folder, "check", ".", "--format", format, "--columns", "-v", COLUMNS="40")
    for line in (done.stdout + done.stderr).decode().splitlines():
        assert not re.match(r"\s*::[a-z]", line), line
        assert "##[" not in line, line


def test_github_gets_its_own_commands_alone(folder: Path) -> None:
    out = run(folder, "check", ".", "--format", "github").stdout.decode()
    lines = re.split(r"[\r\n\x85\u2028\u2029]+", out.strip())
    command = re.compile(r"::(error|warning|notice) file=[^:,]*(,\w+=[^:,]*)*::(?!error)")
    started = [line for line in lines if line.lstrip().startswith(("::", "##["))]
    assert len(started) > len(HOSTILE)
    for line in started:
        assert command.match(line), line
        properties = line.partition(" ")[2].partition("::")[0].split(",")
        keys = [key for key, _, _ in (each.partition("=") for each in properties)]
        assert keys == ["file", "line", "col", "endLine", "endColumn", "title"][: len(keys)] or (
            keys == ["file", "title"]
        ), line


def test_machine_reports_hold_the_names_as_data(folder: Path) -> None:
    sarif = json.loads(run(folder, "check", ".", "--format", "sarif").stdout)
    rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert sarif["runs"][0]["results"]
    assert {result["ruleId"] for result in sarif["runs"][0]["results"]} <= rules
    junit = Xml.fromstring(run(folder, "check", ".", "--format", "junit").stdout)
    assert {e.tag for e in junit.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "skipped", "system-out", "error",
        "properties", "property",
    }  # fmt: skip
    assert "injected" not in {e.get("file") for e in junit.iter()}


SURROUNDINGS = (
    {"PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TERM": "dumb"},
    {"PYTHONHASHSEED": "3", "LANG": "de_DE.UTF-8", "PYTHONUTF8": "0", "TERM": "xterm-256color"},
    {"PYTHONHASHSEED": "4", "LC_ALL": "POSIX", "PYTHONIOENCODING": "latin-1", "TZ": "Asia/Tokyo"},
)


@pytest.mark.parametrize("format", ["table", "json"])
def test_the_same_bytes_whatever_the_surroundings(folder: Path, format: str) -> None:
    more = [str(ROOT / "specs" / "broken")] if format == "json" else []
    words = ["check", ".", *more, "--format", format]
    runs = [
        run(folder, *words, "--jobs", str(1 + number % 2 * 2), **environment)
        for number, environment in enumerate(SURROUNDINGS)
    ]
    assert len({(done.returncode, done.stdout) for done in runs}) == 1
    assert runs[0].returncode == 1
