"""Which files are checked: named ones, folders, `.gitignore`, include and exclude."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from lstmshape.discovery import EVERYWHERE, NONE, Found, Limits, discover
from lstmshape.errors import CannotRun
from lstmshape.frontends import is_surely_model, may_be_model, read
from lstmshape.patterns import Patterns


def tree(root: Path, *files: str) -> None:
    """Make empty files."""
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def ignoring(folder: Path, *lines: str) -> None:
    (folder / ".gitignore").write_text("\n".join(lines))


def names(root: Path, *paths: str, limits: Limits = EVERYWHERE) -> list[str]:
    os.chdir(root)
    return [found.path for found in discover(paths or ["."], limits)]


@pytest.fixture(autouse=True)
def _stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_folder_in_the_order_of_names(tmp_path: Path) -> None:
    tree(
        tmp_path, "b.yml", "a.yaml", "c.JSON", "d.txt", "sub/z.yaml", "sub/deep/y.yaml", "e/x.yaml"
    )
    assert names(tmp_path) == [
        "a.yaml", "b.yml", "c.JSON", "e/x.yaml", "sub/z.yaml", "sub/deep/y.yaml",
    ]  # fmt: skip


def test_named_files_come_in_the_order_given_and_once(tmp_path: Path) -> None:
    tree(tmp_path, "b.txt", "a.yaml", "sub/c.yaml")
    found = list(discover(["b.txt", "./sub/../a.yaml", ".", "sub"]))
    assert found == [
        Found("b.txt", True), Found("a.yaml", True), Found("sub/c.yaml", False),
    ]  # fmt: skip
    assert [f.path for f in discover(["-", "-"])] == ["-"]
    assert [f.path for f in discover([str(tmp_path / "a.yaml")])] == [str(tmp_path / "a.yaml")]


def test_a_missing_path_cannot_be_checked(tmp_path: Path) -> None:
    tree(tmp_path, "a.yaml")
    with pytest.raises(CannotRun, match=r"there is no `nowhere\.yaml`"):
        list(discover(["a.yaml", "nowhere.yaml"]))


def test_folders_of_tools_and_links_to_folders_are_left_out(tmp_path: Path) -> None:
    tree(
        tmp_path, "a.yaml", ".git/x.yaml", "node_modules/x.yaml", ".venv/x.yaml",
        "__pycache__/x.yaml", ".github/b.yaml",
    )  # fmt: skip
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nothing")
    (tmp_path / "again.yaml").symlink_to(tmp_path / "a.yaml")
    assert names(tmp_path) == ["a.yaml", ".github/b.yaml"]


def test_a_folder_that_is_ignored_is_walked_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tree(tmp_path, "build/a.yaml", "build/b.log.yaml")
    ignoring(tmp_path, "build/", "*.log.yaml")
    assert names(tmp_path) == []
    assert names(tmp_path, "build") == ["build/a.yaml"]
    assert names(tmp_path, "build/b.log.yaml") == ["build/b.log.yaml"]


def test_ignores_above_hold_only_up_to_the_root_of_git(tmp_path: Path) -> None:
    tree(tmp_path, "repo/sub/a.yaml", "repo/sub/b.yaml")
    ignoring(tmp_path, "a.yaml")
    ignoring(tmp_path / "repo", "b.yaml")
    assert names(tmp_path, "repo/sub") == ["repo/sub/a.yaml", "repo/sub/b.yaml"]
    (tmp_path / "repo" / ".git").mkdir()
    assert names(tmp_path, "repo/sub") == ["repo/sub/a.yaml"]
    (tmp_path / ".git").mkdir()
    assert names(tmp_path, "repo/sub") == ["repo/sub/a.yaml"]


def test_what_git_itself_excludes(tmp_path: Path) -> None:
    tree(tmp_path, ".git/info/exclude", "a.yaml", "b.yaml", "c.yaml")
    ignoring(tmp_path, "!b.yaml")
    (tmp_path / ".git" / "info" / "exclude").write_text("a.yaml\nb.yaml\n")
    assert names(tmp_path) == ["b.yaml", "c.yaml"]


def test_include_and_exclude(tmp_path: Path) -> None:
    tree(tmp_path, "a.yaml", "specs/b.yaml", "specs/old/c.yaml", "other/specs/d.yaml")
    root = str(tmp_path)
    only = Limits(root, include=Patterns(["specs/"]))
    assert names(tmp_path, limits=only) == [
        "other/specs/d.yaml",
        "specs/b.yaml",
        "specs/old/c.yaml",
    ]
    tied = Limits(root, include=Patterns(["/specs/"]), exclude=Patterns(["old"]))
    assert names(tmp_path, limits=tied) == ["specs/b.yaml"]
    assert names(tmp_path, "specs/old/c.yaml", limits=tied) == ["specs/old/c.yaml"]


# -- patterns, held against git -----------------------------------------------------------------

LINES = [
    "*.yaml", "/a.yaml", "sub/", "sub", "sub/*.yaml", "**/deep", "deep/**", "a/**/z.yaml",
    "**/z.yaml", "?.yaml", "[ab].yaml", "[!a].yaml", "[a-c]*", "*.y*ml", "!b.yaml", "# comment",
    "\\#x.yaml", "\\!y.yaml", "x y.yaml", "trailing.yaml   ", "kept\\ ", "a/b", "/a/b", "b/", "**",
    "a**b.yaml", "*/z.yaml", "[[:digit:]].yaml", "[", "[]a].yaml", "a\\", "/", "", " ", "**/sub/**",
    "sub/**/", "[a/b].yaml", "[^b].yaml", "deep/*", "/*", "!/sub", "!sub/", "*/", "[\\]].yaml",
]  # fmt: skip
FILES = [
    "a.yaml", "b.yaml", "c.yml", "1.yaml", "#x.yaml", "!y.yaml", "x y.yaml", "trailing.yaml",
    "kept ", "sub/a.yaml", "sub/z.yaml", "sub/deep/z.yaml", "deep/a.yaml", "deep/sub/b.yaml",
    "a/z.yaml", "a/b/z.yaml", "a/b/c/z.yaml", "b/a.yaml", "axxb.yaml", "x/sub/q/r.yaml", "].yaml",
    "[",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge of its own patterns")
def test_patterns_mean_what_git_means(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    sets = [[line] for line in LINES]
    sets += [[a, b] for a in ("*.yaml", "sub/", "/*", "**") for b in LINES if b.startswith("!")]
    for lines in sets:
        (tmp_path / ".gitignore").write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "-z", "--stdin"], cwd=tmp_path,
            input="\0".join(FILES), capture_output=True, text=True, check=False,
        )  # fmt: skip
        expected = set(filter(None, done.stdout.split("\0")))
        assert ignored(lines) == expected, lines


def ignored(lines: list[str]) -> set[str]:
    """The files that are ignored, folder by folder as a walk comes to them."""
    patterns = Patterns(lines)

    def taken(path: str) -> bool:
        parts = path.split("/")
        for end in range(1, len(parts)):
            if patterns.decides("/".join(parts[:end]), folder=True):
                return True
        return bool(patterns.decides(path, folder=False))

    return {path for path in FILES if taken(path)}


# -- models by content --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "surely"),
    [
        ("input: [3]\nlayers:\n  - Dense: {units: 1}\n", True),
        ("layers: [Flatten]\n", True),
        ("layers:\n  - Flatten:\n", True),
        ("inputs: {a: [1]}\nlayers: []\n", True),
        ('{"input": [3], "layers": [{"Dense": {"units": 1}}]}', True),
        ("layers:\n  - Dense: {units: 1\n", True),
        ('{"version": 8, "sources": {}, "layers": [{"id": "x", "type": "fill"}]}', False),
        ("layers: 3\n", False),
        ("layers: []\n", False),
        ("layers: [base, app]\n", False),
        ("openapi: 3.0.0\n", False),
        ("- layers\n", False),
        ("a: {layers: [Dense]}\n", False),
        ("a: [\nlayers of paint\n", False),
        ("", False),
    ],
)
def test_a_file_in_a_folder_is_a_model_by_its_content(text: str, surely: bool) -> None:
    data = text.encode()
    assert (may_be_model(data) and is_surely_model(read("x.yaml", data))) == surely


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"[1, 2]", "a list, not a mapping with `layers`"),
        (b"hello", "one value (str), not a mapping with `layers`"),
        (b"{}", "an empty mapping"),
        (b"a: 1\nb: 2", "a mapping of `a`, `b`, without `layers`"),
        (b"a: 1\nb: 2\nc: 3\nd: 4\ne: 5", "a mapping of `a`, `b`, `c`, `d`, …, without `layers`"),
    ],
)
def test_a_named_file_that_is_no_model_says_what_it_is(data: bytes, fact: str) -> None:
    document = read("x.yaml", data)
    assert document.tree is None
    assert [getattr(found, "found", None) for found in document.facts] == [fact]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("layers: []".encode("utf-16"), "it is UTF-16, and must be UTF-8"),
        (b"a: 1\nb: \xe9\n", "it is not UTF-8 (byte 0xe9 on line 2)"),
    ],
)
def test_a_file_that_is_no_text_says_why(data: bytes, problem: str) -> None:
    (fact,) = read("x.yaml", data).facts
    assert getattr(fact, "problem", None) == problem


def test_a_byte_order_mark_is_no_text() -> None:
    document = read("x.yaml", b"\xef\xbb\xbfinput: [3]\nlayers: [Flatten]\n")
    assert document.source.text.startswith("input")
    assert document.tree == {"input": [3], "layers": ["Flatten"]}


def test_too_large_a_file_is_not_read() -> None:
    (fact,) = read("x.yaml", b"layers: []\n" + b" " * 10_000_000).facts
    assert (getattr(fact, "limit", 0), getattr(fact, "unit", "")) == (10_000_000, "bytes")


def test_a_slip_in_the_one_key_is_still_a_model() -> None:
    assert read("x.yaml", b"layer: [Flatten]\n").tree == {"layer": ["Flatten"]}


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    tree(
        tmp_path, "a.yaml", "b.txt", "old/x.yaml", "old/y.yaml", "tmp.yaml", "c.yaml", "d.yaml",
        "node_modules/x.yaml",
    )  # fmt: skip
    ignoring(tmp_path, "old/", "tmp.yaml", "*.txt")
    limits = Limits(str(tmp_path), Patterns(["*.yaml"]), Patterns(["c.yaml"]))
    left_out = Counter[str]()
    assert [f.path for f in discover(["."], limits, left_out)] == ["a.yaml", "d.yaml"]
    assert left_out == {"ignored by git": 2, "excluded by the configuration": 1}
    narrow = limits._replace(include=Patterns(["a.*"]))
    left_out.clear()
    assert [f.path for f in discover(["."], narrow, left_out)] == ["a.yaml"]
    assert left_out == {"ignored by git": 2, "excluded by the configuration": 2}


def test_named_files_are_like_others_where_limits_say_so(tmp_path: Path) -> None:
    tree(tmp_path, "a.yaml", "b.yaml", "c.txt")
    limits = Limits(str(tmp_path), NONE, Patterns(["b.yaml"]), named_too=True)
    left_out = Counter[str]()
    found = list(discover(["a.yaml", "b.yaml", "c.txt"], limits, left_out))
    assert found == [Found("a.yaml", False), Found("c.txt", False)]
    assert left_out == {"excluded by the configuration": 1}
