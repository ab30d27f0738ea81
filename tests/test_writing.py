"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lstmshape import writing
from lstmshape.writing import CannotWrite, replace_file


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".lstmshape-")]


def test_a_new_file_has_the_mode_of_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(str(tmp_path / "new"), b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o666])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(mode)
    replace_file(str(file), b"new", expected=b"old")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert not left_over(tmp_path)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    target = tmp_path / "deep" / "target"
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("second")
    (tmp_path / "second").symlink_to("deep/target")
    replace_file(str(link), b"new", expected=b"old")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert not target.is_symlink()


@pytest.mark.parametrize("change", ["other", None])
def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path, change: str | None) -> None:
    file = tmp_path / "a"
    if change is not None:
        file.write_text(change)
    with pytest.raises(CannotWrite, match="meanwhile"):
        replace_file(str(file), b"new", expected=b"old")
    assert (file.read_text() if file.exists() else None) == change
    assert not left_over(tmp_path)


def test_a_change_during_the_writing_is_seen_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    monkeypatch.setattr(writing.os, "fsync", lambda _: file.write_bytes(b"theirs"))
    with pytest.raises(CannotWrite, match=r"`.*a` has changed meanwhile"):
        replace_file(str(file), b"new", expected=b"old")
    assert file.read_bytes() == b"theirs"
    assert not left_over(tmp_path)


def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(CannotWrite, match="is read-only"):
        replace_file(str(file), b"new", expected=b"old")
    assert file.read_bytes() == b"old"


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_fails_the_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(writing.os, step, fails)
    wanted: type[BaseException] = CannotWrite if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(wanted):
        replace_file(str(file), b"new", expected=b"old")
    monkeypatch.undo()
    assert file.read_bytes() == b"old"
    assert not left_over(tmp_path)


def test_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"cannot write `.*x`: no such file or directory"):
        replace_file(str(tmp_path / "nowhere" / "x"), b"")
    with pytest.raises(CannotWrite, match=r"cannot write .*: is a directory"):
        replace_file(str(tmp_path), b"")


def test_what_is_no_file_is_written_to_as_it_is() -> None:
    reader, writer = os.pipe()
    try:
        replace_file(f"/dev/fd/{writer}", b"hello")
        assert os.read(reader, 10) == b"hello"
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_the_owner_stays(tmp_path: Path) -> None:
    """As in a container that runs as root on the files of whoever started it."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    os.chown(path, 12345, 23456)
    replace_file(str(path), b"new", b"old")
    found = path.stat()
    assert (path.read_bytes(), found.st_uid, found.st_gid) == (b"new", 12345, 23456)
    assert stat.S_IMODE(found.st_mode) == 0o640


def test_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.said", b"by me")
    except (AttributeError, OSError):
        pytest.skip("there are no attributes here")
    replace_file(str(path), b"new", b"old")
    assert os.getxattr(path, "user.said") == b"by me"


def test_of_two_names_the_other_keeps_the_old_bytes(tmp_path: Path) -> None:
    path, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_bytes(b"old")
    os.link(path, other)
    replace_file(str(path), b"new", b"old")
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")
    assert sorted(os.listdir(tmp_path)) == ["a.yaml", "b.yaml"]
