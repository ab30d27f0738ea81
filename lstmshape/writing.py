"""Replacing a file whole or not at all: it holds the old bytes or the new ones, never a part."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress

from lstmshape.errors import CannotRun


class CannotWrite(CannotRun):
    """The file was left as it is; the message says why."""


def replace_file(path: str, data: bytes, expected: bytes | None = None) -> None:
    """Put `data` in place of what `path` holds. Raises `CannotWrite`; then nothing has changed.

    A symbolic link stays, and its target is replaced; mode, owner and attributes stay as far as the
    system lets them. Of a file with several names (hard links) the others keep the old bytes.
    `expected` is what was read before: a file that holds anything else by now is left alone. What
    is no regular file (a pipe, a terminal) is written to as it is.
    """
    try:
        mode = _mode(path)
        if mode is not None and not stat.S_ISREG(mode):
            with open(path, "wb") as file:
                file.write(data)
            return
        target = os.path.realpath(path)
        if expected is not None:
            _unchanged(target, path, mode, expected)
        _replace(target, data, mode, expected, path)
    except OSError as error:
        raise CannotWrite(f"cannot write `{path}`: {_reason(error)}") from error


def _mode(target: str) -> int | None:
    try:
        return os.stat(target).st_mode
    except FileNotFoundError:
        return None


def _unchanged(target: str, path: str, mode: int | None, expected: bytes) -> None:
    if mode is None:
        raise CannotWrite(f"`{path}` has gone meanwhile")
    if not mode & 0o222:
        raise CannotWrite(f"`{path}` is read-only")
    with open(target, "rb") as file:
        if file.read() != expected:
            raise CannotWrite(f"`{path}` has changed meanwhile")


def _replace(target: str, data: bytes, mode: int | None, expected: bytes | None, path: str) -> None:
    """Write beside the target, and rename: the one step that cannot be half done."""
    folder = os.path.dirname(target)
    handle, beside = tempfile.mkstemp(prefix=".lstmshape-", suffix=".tmp", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            _hand_over(target, beside)
        # after a change of the owner, which takes bits away
        os.chmod(beside, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        if expected is not None:
            _unchanged(target, path, mode, expected)
        os.replace(beside, target)
    except BaseException:
        # also after Ctrl-C: nothing may be left lying about
        os.unlink(beside)
        raise


def _hand_over(target: str, beside: str) -> None:
    """The owner, the group and the attributes (access lists, labels) of a file to another one.

    Root keeps them all, as in a container that works on somebody's folder; others what they may.
    """
    found = os.stat(target)
    mine = os.stat(beside)
    if hasattr(os, "chown") and (found.st_uid, found.st_gid) != (mine.st_uid, mine.st_gid):
        with suppress(OSError):
            os.chown(beside, found.st_uid, found.st_gid)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(target):
                os.setxattr(beside, name, os.getxattr(target, name))


def _umask() -> int:
    """The mask of new files; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
