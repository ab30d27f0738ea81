"""`--changed`: the files that git says changed, and what is said when git cannot tell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from reports import STACKED

from lstmshape.changed import changed_files
from lstmshape.cli import call, check
from lstmshape.commandline import plain_arguments, valued

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
GOOD = "input: [T, 16]\nlayers:\n  - LSTM: {units: 8}\n"


def git(*words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit on `main`: two specs, and something else in YAML."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("init", "-q", "-b", "main")
    Path("models").mkdir()
    for name, text in (
        ("models/a.yaml", GOOD), ("models/ü b.yaml", GOOD), ("other.yaml", "openapi: 3\n"),
        (".gitignore", "ignored.yaml\n"),
    ):  # fmt: skip
        Path(name).write_text(text)
    git("add", "-A")
    git("commit", "-qm", "first")
    return tmp_path


def names(paths: set[str], root: Path) -> set[str]:
    return {str(Path(path).relative_to(root.resolve())) for path in paths} - {"."}


@needs_git
def test_what_differs_and_what_is_new(repository: Path) -> None:
    assert names(changed_files(".", "HEAD"), repository) == set()
    Path("models/ü b.yaml").write_text(STACKED)
    Path("models/a.yaml").unlink()
    Path("new.yaml").write_text(GOOD)
    Path("ignored.yaml").write_text(GOOD)
    assert names(changed_files("models", "HEAD"), repository) == {"models/ü b.yaml", "new.yaml"}
    git("add", "-A")
    assert names(changed_files(".", "HEAD"), repository) == {"models/ü b.yaml", "new.yaml"}


@needs_git
def test_a_branch_is_compared_from_where_it_parted(repository: Path) -> None:
    git("checkout", "-qb", "mine")
    Path("mine.yaml").write_text(GOOD)
    git("add", "-A")
    git("commit", "-qm", "mine")
    git("checkout", "-q", "main")
    Path("theirs.yaml").write_text(GOOD)
    git("add", "-A")
    git("commit", "-qm", "theirs")
    git("checkout", "-q", "mine")
    assert names(changed_files(".", "main"), repository) == {"mine.yaml"}


@needs_git
def test_before_the_first_commit_all_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text(GOOD)
    git("add", "a.yaml")
    assert names(changed_files(".", "HEAD"), tmp_path) == {"a.yaml", "b.yaml"}


@needs_git
def test_the_command(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def says(*words: str, code: int) -> tuple[str, str]:
        assert call(["check", "--format", "concise", *words]) == code
        out, err = capfd.readouterr()
        return out, err

    nothing = ("", "checked 0 files: nothing to report\n")
    assert says("--changed", code=0) == nothing
    Path("other.yaml").write_text("openapi: 4\n")
    assert says("--changed", code=0) == nothing
    Path("models/a.yaml").write_text(STACKED)
    out, err = says("--changed", code=1)
    assert out.startswith("models/a.yaml:7:5: LS301 ")
    assert err.startswith("checked 1 file: ")
    assert says("--changed", "main", "models", code=1)[0] == out
    assert says("--changed", "other.yaml", code=1)[0].startswith("other.yaml:1:1: LS004")
    assert "`nowhere` is neither a path nor a revision" in says("--changed", "nowhere", code=2)[1]
    assert "write `--changed models`, with a space" in says("--changed=models", code=2)[1]
    assert "`-x` is no revision" in says("--changed=-x", code=2)[1]
    assert "not standard input" in says("--changed", "-", code=2)[1]


@needs_git
def test_a_repository_around_a_hook_does_not_mislead(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    Path("models/a.yaml").write_text(STACKED)
    assert names(changed_files("models", "HEAD"), repository) == {"models/a.yaml"}


def test_without_git_a_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(GOOD)
    if shutil.which("git") is not None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        assert call(["check", "--changed"]) == 2
        assert "not a git repository" in capfd.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert call(["check", "--changed"]) == 2
    assert capfd.readouterr() == (
        "", "lstmshape: --changed needs git, which is not installed here\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "read"),
    [
        (["--changed"], ["--changed=HEAD"]),
        (["--changed", "main"], ["--changed=main"]),
        (["--changed", "here.yaml"], ["--changed=HEAD", "here.yaml"]),
        (["--changed", "--fix"], ["--changed=HEAD", "--fix"]),
        (["--changed=here.yaml", "x"], ["--changed=here.yaml", "x"]),
        (["--", "--changed"], ["--", "--changed"]),
        (["--changed", "--", "main"], ["--changed=HEAD", "--", "main"]),
    ],
)
def test_a_value_that_may_be_left_out(
    words: list[str], read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.yaml").write_text("")
    assert valued(check, words) == read
    assert plain_arguments(check, read) is not None
