"""Which files git says changed: those that differ from a revision, and those it does not know."""

from __future__ import annotations

import os
import subprocess

from lstmshape.config import common_folder
from lstmshape.discovery import Found
from lstmshape.errors import CannotRun

#: seconds for one question to git; even large repositories answer in a few
PATIENCE = 120
#: git says them to its hooks relative to the root, and they would mislead it in another folder
OF_A_HOOK = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


def only_changed(files: list[Found], paths: tuple[str, ...], revision: str) -> list[Found]:
    """The files among those found below `paths` that changed since the revision.

    A branch is compared from where it and HEAD parted, so that what others did there meanwhile
    does not count. Raises `CannotRun` where git cannot tell.
    """
    changed = changed_files(common_folder(list(paths)), revision)
    return [file for file in files if os.path.realpath(file.path) in changed]


def changed_files(folder: str, revision: str) -> set[str]:
    """The real paths of what changed in the repository around a folder, new files with them."""
    if not revision or revision.startswith("-"):
        raise CannotRun(f"--changed: `{revision}` is no revision")
    root = os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n"))
    names = _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    if revision == "HEAD" and not _knows(root, "HEAD"):  # before the first commit all is new
        names += _git(root, "ls-files", "-z", "--cached")
    else:
        names += _git(
            root, "diff", "-z", "--name-only", "--no-renames", "--diff-filter=d",
            "--ignore-submodules", "--no-ext-diff", _start(root, revision), "--",
        )  # fmt: skip
    return {os.path.realpath(os.path.join(root, name)) for name in os.fsdecode(names).split("\0")}


def _start(root: str, revision: str) -> str:
    """The commit to compare with: where the revision and HEAD parted."""
    if not _knows(root, revision):
        raise CannotRun(f"--changed: {_unknown(revision)}")
    if revision == "HEAD":
        return revision
    base = _run(root, "merge-base", revision, "HEAD")
    if base.returncode:
        raise CannotRun(
            f"--changed: git finds no common history of `{revision}` and HEAD"
            " (a shallow clone must fetch more of it)"
        )
    return base.stdout.decode("ascii").strip()


def _unknown(revision: str) -> str:
    """Why a name is no revision, and what to do."""
    if os.path.exists(revision):  # behind `=` everything is read as a revision
        return f"`{revision}` is a path, not a revision: write `--changed {revision}`, with a space"
    return (
        f"`{revision}` is neither a path nor a revision that git knows here; in a shallow clone,"
        " fetch it first (git fetch)"
    )


def _knows(root: str, revision: str) -> bool:
    return _run(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").returncode == 0


def _git(folder: str, *words: str) -> bytes:
    """What git prints. Raises `CannotRun` with git's own reason."""
    done = _run(folder, *words)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise CannotRun(f"--changed: git says: {reason.removeprefix('fatal: ')}")
    return done.stdout


def _run(folder: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    # its words in English, and nobody else's lock on the index is waited for
    kept = {key: value for key, value in os.environ.items() if key not in OF_A_HOOK}
    environment = {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise CannotRun("--changed needs git, which is not installed here") from error
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"--changed: git did not answer in {PATIENCE} seconds") from error
