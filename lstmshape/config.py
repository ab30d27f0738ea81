"""Settings of a project: `lstmshape.toml`, or `[tool.lstmshape]` in `pyproject.toml`.

The nearest one at or above a folder holds; nothing is merged. What it says are defaults of the
options of the same names, and a few things that options cannot say.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lstmshape.diagnostics import SEVERITIES
from lstmshape.errors import CannotRun
from lstmshape.formats import FORMATS
from lstmshape.near import near_names

_TABLE = rb"(?m)^[ \t]*(\[.*lstmshape|[\"']?lstmshape[\"']?[ \t]*[.=]|[\"']?tool[\"']?[ \t]*[.=])"


class Key(NamedTuple):
    """One setting: what its value should be, in words and as a check."""

    wants: str
    good: Callable[[Any], bool]


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _one_of(*choices: str) -> Key:
    return Key(f"one of {', '.join(choices)}", lambda value: value in choices)


def _table_of(wants: str, good: Callable[[Any], bool]) -> Key:
    def check(value: Any) -> bool:
        return isinstance(value, dict) and all(good(item) for item in value.values())

    return Key(f"a table of {wants}", check)


FLAG = Key("true or false", lambda value: isinstance(value, bool))
TEXTS = Key("a list of texts", _is_texts)
KEYS: dict[str, Key] = {
    "include": TEXTS,
    "exclude": TEXTS,
    "select": TEXTS,
    "ignore": TEXTS,
    "per-file-ignores": _table_of("patterns, each with a list of codes", _is_texts),
    "severity": _table_of("codes, each with error, warning or note", SEVERITIES.__contains__),
    "dims": _table_of("names, each with a size", _is_count),
    "batch-size": Key("a positive integer", lambda value: _is_count(value) and value > 0),
    "fail-level": _one_of(*SEVERITIES),
    "strict": FLAG,
    "format": _one_of(*FORMATS, "auto"),
    "columns": FLAG,
    "quiet": FLAG,
    "verbose": FLAG,
    "statistics": FLAG,
    "exit-zero": FLAG,
    "jobs": Key("a positive integer", lambda value: _is_count(value) and value > 0),
    "color": _one_of("auto", "always", "never"),
}


class Config(NamedTuple):
    """What one configuration says; `folder` is what its patterns are relative to."""

    values: Mapping[str, Any]
    folder: str
    path: str | None = None

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)


class Configs:
    """The configurations of a run, each file read once."""

    def __init__(self, verify: Callable[[Config], None] | None = None) -> None:
        self._by_folder: dict[str, Config] = {}
        #: a further look at each configuration that is found
        self._verify = verify

    def at(self, folder: str) -> Config:
        """The nearest configuration at or above a folder; an empty one where there is none.

        Raises `CannotRun` when it cannot be read or says what no setting is.
        """
        here = os.path.abspath(folder)
        passed = []
        while here not in self._by_folder:
            passed.append(here)
            above = os.path.dirname(here)
            found = _read_folder(here)
            if found is not None or above == here:
                self._by_folder[here] = found or Config({}, here)
                if found is not None and self._verify is not None:
                    self._verify(found)
                break
            here = above
        config = self._by_folder[here]
        self._by_folder.update(dict.fromkeys(passed, config))
        return config


def _read_folder(folder: str) -> Config | None:
    """The configuration in one folder; `lstmshape.toml` before `pyproject.toml`."""
    own = os.path.join(folder, "lstmshape.toml")
    data = _bytes(own)
    if data is not None:
        return Config(checked(_parsed(data, own), own), folder, own)
    shared = os.path.join(folder, "pyproject.toml")
    data = _bytes(shared)
    # most projects have the file, and few of them the table: parsing is spared where it can be
    if data is None or re.search(_TABLE, data) is None:
        return None
    tool = _parsed(data, shared).get("tool", {})
    if not isinstance(tool, dict) or "lstmshape" not in tool:
        return None
    return Config(checked(tool["lstmshape"], shared), folder, shared)


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CannotRun(f"cannot read `{path}`: {(error.strerror or '').lower()}") from error


def _parsed(data: bytes, path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotRun(f"cannot read `{path}`: {error}") from error


def checked(values: Any, path: str) -> dict[str, Any]:
    """The settings, when every one is known and of the right form; else `CannotRun`."""
    if not isinstance(values, dict):
        raise CannotRun(f"`{path}`: tool.lstmshape should be a table")
    for key, value in values.items():
        if key not in KEYS:
            near = " or ".join(f"`{name}`" for name in near_names(key, KEYS))
            known = f"near: {near}" if near else f"known: {', '.join(KEYS)}"
            raise CannotRun(f"`{path}`: `{key}` is no setting; {known}")
        if not KEYS[key].good(value):
            raise CannotRun(f"`{path}`: `{key}` should be {KEYS[key].wants}, not {_shown(value)}")
    if values.get("strict") and "fail-level" in values:
        raise CannotRun(f'`{path}`: `strict` is `fail-level = "warning"`; give one of the two')
    return values


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def common_folder(paths: list[str]) -> str:
    """The folder that holds all paths; the current one where there is none."""
    folders = [path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths]
    try:
        return os.path.commonpath([os.path.abspath(folder) for folder in folders])
    except ValueError:  # no paths, or on several drives
        return os.getcwd()
