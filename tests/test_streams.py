"""What is written where: streams of a caller's own, terminals, and defects that nobody foresaw."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from lstmshape.cli import call

ROOT = Path(__file__).parent.parent
GOOD = "input: [T, 16]\nlayers:\n  - LSTM: {units: 8}\n"
#: of what a terminal obeys, YAML lets bidi marks stand as they are
HOSTILE = "input: [4]\nlayers:\n  - Dense: {unit: 3}\t# \u202e\u2066 \\\n"


@pytest.mark.parametrize("format", ["table", "json", "concise", "github"])
def test_a_caller_with_text_streams(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD))
    assert call(["check", "a.yaml", "-", "--format", format]) == 0
    assert "checked 2 files" in out.getvalue() + err.getvalue() or format == "json"
    assert call(["export", "a.yaml", "--to", "yaml"]) == 0
    assert "LSTM" in out.getvalue()


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the check of files with a name meet a defect."""
    from lstmshape import jobs

    real = jobs.check_document

    def check(document: object, *rest: object) -> object:
        if name in document.source.name:  # type: ignore[attr-defined]  # it is a Document
            raise KeyError("some\x1b\nthing")
        return real(document, *rest)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(jobs, "check_document", check)


#: a program with a defect; a process of its own, since this one may have threads and must not fork
BROKEN = """
import sys
from lstmshape import jobs
from lstmshape.cli import call

real = jobs.check_document

def check(document, *rest):
    if "bad" in document.source.name:
        raise KeyError("some\\x1b\\nthing")
    return real(document, *rest)

jobs.check_document = check
sys.exit(call(sys.argv[1:]))
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_defect_is_said_in_one_line_and_the_other_files_are_checked(
    jobs: str, tmp_path: Path
) -> None:
    for name in ("a", "bad", "c"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.replace("units", "unit"))
    (tmp_path / "broken.py").write_text(BROKEN)
    environment = {k: v for k, v in os.environ.items() if k != "LSTMSHAPE_TRACEBACK"}
    done = subprocess.run(
        [sys.executable, "broken.py", "check", ".", "--format", "concise", "--jobs", jobs],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, text=True,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
    found = {line.partition(":")[0] for line in done.stdout.splitlines()}
    assert sorted(found) == ["a.yaml", "c.yaml"]
    (said,) = [line for line in done.stderr.splitlines() if "internal error" in line]
    assert said.startswith("lstmshape: bad.yaml: internal error (KeyError, broken.py:")
    assert "'some\\x1b\\nthing'" in said
    assert "Traceback" not in done.stderr
    assert "checked 2 files" in done.stderr


def test_how_a_defect_came_about_is_shown_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LSTMSHAPE_TRACEBACK", "1")
    failing(monkeypatch, "bad")
    assert call(["check", "bad.yaml"]) == 2
    assert "Traceback (most recent call last)" in capfd.readouterr().err


def test_a_defect_outside_of_any_file(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.delenv("LSTMSHAPE_TRACEBACK", raising=False)
    monkeypatch.setattr("lstmshape.schema.spec_schema", fail)
    assert call(["schema"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("lstmshape: internal error (AssertionError, test_streams.py:")
    assert err.count("\n") == 1


def on_a_terminal(folder: Path, *words: str) -> str:
    """All that the program sends to a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "lstmshape", *words], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=follower, stderr=follower,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "NO_COLOR": "1"},
    ):  # fmt: skip
        os.close(follower)
        data = b""
        try:
            while piece := os.read(leader, 65536):
                data += piece
        except OSError:  # Linux says so when the other side is closed
            pass
    os.close(leader)
    return data.decode().replace("\r\n", "\n")


def test_a_diff_is_as_it_is_in_a_pipe_and_harmless_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HOSTILE)
    shown = on_a_terminal(tmp_path, "check", "a.yaml", "--fix", "--diff", "--format", "concise")
    assert "+  - Dense: {units: 3}\t# \\u202e\\u2066 \\\n" in shown
    piped = subprocess.run(
        [sys.executable, "-m", "lstmshape", "check", "a.yaml", "--diff"], cwd=tmp_path, check=False,
        capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "# \u202e\u2066 \\\n" in piped.stdout.decode()
