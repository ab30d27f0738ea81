"""Which files to check: those that were named, and those in folders that may be a model.

A folder is walked once, in the order of names. What `.gitignore` files ignore is left out, and so
are the folders of tools; whether a file is a model at all is decided by its content, later.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lstmshape.errors import CannotRun
from lstmshape.frontends import SUFFIXES
from lstmshape.patterns import Patterns

STDIN = "-"
#: folders that hold no specs of a project's own
TOOL_FOLDERS = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".eggs", "site-packages",
})  # fmt: skip
NONE = Patterns(())
#: why a file, or a folder with all that is in it, is left out
IGNORED, EXCLUDED = "ignored by git", "excluded by the configuration"


class Found(NamedTuple):
    """A file to check. Not `named`: it came from a folder."""

    path: str
    named: bool


class Limits(NamedTuple):
    """Patterns of the configuration, for files in folders, relative to the folder `root`."""

    root: str = "."
    include: Patterns = NONE
    exclude: Patterns = NONE
    #: hold for files that were named too, which are then like others
    named_too: bool = False


EVERYWHERE = Limits()


def discover(
    paths: Iterable[str], limits: Limits = EVERYWHERE, left_out: Counter[str] | None = None
) -> Iterator[Found]:
    """The files of the paths, each once. Raises `CannotRun` for a path that does not exist.

    A path that was named is yielded whatever it is called; `-` is standard input. What folders
    hold and is not yielded is counted in `left_out`, by reason.
    """
    left_out = Counter() if left_out is None else left_out
    seen: set[str] = set()
    for path in paths:
        if path == STDIN:
            found: Iterable[tuple[str, Found]] = [(STDIN, Found(STDIN, True))]
        elif os.path.isdir(path):
            found = _walk(path, limits, left_out)
        elif os.path.exists(path):
            found = _named(path, limits, left_out)
        else:
            raise CannotRun(f"there is no `{path}`")
        for real, file in found:
            if real not in seen:
                seen.add(real)
                yield file


def _named(path: str, limits: Limits, left_out: Counter[str]) -> list[tuple[str, Found]]:
    """A file that was named: always itself, unless it is to be treated as one in a folder."""
    real = os.path.realpath(path)
    if not limits.named_too:
        return [(real, Found(plain(path), True))]
    relative = _relative(path, limits.root)
    if limits.exclude.takes(relative) or not _included(path, limits):
        left_out[EXCLUDED] += 1
        return []
    return [(real, Found(plain(path), False))]


def plain(path: str) -> str:
    """A path without `./`, with `/`."""
    return os.path.normpath(path).replace(os.sep, "/")


def shown(path: str) -> str:
    """A path as reports show it: its bytes as UTF-8, whatever the locale takes them for."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def _walk(root: str, limits: Limits, left_out: Counter[str]) -> Iterator[tuple[str, Found]]:
    """The files below a folder that are called like a model's and not ignored, by real path."""
    ignores = _Ignores(root)

    def stays_out(path: str, *, folder: bool) -> bool:
        ignored = ignores.takes(path, folder=folder)
        if not ignored and not _excluded(path, limits, folder=folder):
            return False
        left_out[IGNORED if ignored else EXCLUDED] += 1
        return True

    waiting = [os.path.normpath(root)]
    while waiting:
        folder = waiting.pop()
        ignores.enter(folder)
        # once a folder: to resolve every path takes longer than all the rest
        real = os.path.realpath(folder)
        folders = []
        for entry in _entries(folder):
            path = os.path.normpath(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in TOOL_FOLDERS and not stays_out(path, folder=True):
                    folders.append(path)
            elif (
                entry.name.lower().endswith(SUFFIXES)
                and entry.is_file()
                and not stays_out(path, folder=False)
            ):
                if not _included(path, limits):
                    left_out[EXCLUDED] += 1
                    continue
                linked = entry.is_symlink()
                own = os.path.realpath(path) if linked else os.path.join(real, entry.name)
                yield own, Found(plain(path), False)
        waiting += reversed(folders)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder by name; a folder that may not be read is empty."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return []


def _relative(path: str, root: str) -> str:
    return os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")


def _excluded(path: str, limits: Limits, *, folder: bool) -> bool:
    if not limits.exclude:
        return False
    return bool(limits.exclude.decides(_relative(path, limits.root), folder=folder))


def _included(path: str, limits: Limits) -> bool:
    return not limits.include or limits.include.takes(_relative(path, limits.root))


class _Ignores:
    """The `.gitignore` files that hold in a walk: below its root, and above it up to git's root."""

    def __init__(self, root: str) -> None:
        #: the patterns of the folders that have some
        self._patterns: dict[str, Patterns] = {}
        for folder in _up_to_git(os.path.abspath(root)):
            self.enter(folder)

    def enter(self, folder: str) -> None:
        """Take in the patterns of a folder that the walk comes to."""
        folder = os.path.abspath(folder)
        lines = _lines(folder, ".gitignore")
        if os.path.isdir(os.path.join(folder, ".git")):
            lines = [*_lines(folder, ".git", "info", "exclude"), *lines]
        patterns = Patterns(lines)
        if patterns:
            self._patterns[folder] = patterns

    def takes(self, path: str, *, folder: bool) -> bool:
        """Whether the path is ignored: the nearest folder that says something decides."""
        if not self._patterns:
            return False
        path = os.path.abspath(path)
        here, above = os.path.dirname(path), path
        while here != above:
            patterns = self._patterns.get(here)
            if patterns is not None:
                relative = os.path.relpath(path, here).replace(os.sep, "/")
                said = patterns.decides(relative, folder=folder)
                if said is not None:
                    return said
            here, above = os.path.dirname(here), here
        return False


def _up_to_git(folder: str) -> list[str]:
    """The folder and those above it up to the root of its git repository; alone without one."""
    found = [folder]
    while not os.path.exists(os.path.join(found[-1], ".git")):
        above = os.path.dirname(found[-1])
        if above == found[-1]:
            return [folder]
        found.append(above)
    return found


def _lines(*parts: str) -> list[str]:
    try:
        with open(os.path.join(*parts), encoding="utf-8", errors="surrogateescape") as file:
            return file.read().split("\n")
    except OSError:
        return []
