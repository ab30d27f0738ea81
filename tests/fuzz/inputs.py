"""Inputs of every kind: files, what comes on standard input, and a command."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from fuzz import odd_files, specs
from fuzz.commands import any_words, command


class Input(NamedTuple):
    """Files by name, the words of a command that is run where they are, and standard input."""

    files: dict[str, bytes]
    words: list[str]
    piped: bytes = b""


def command_lines(rng: random.Random) -> dict[str, bytes]:
    return specs.spoiled_spec(rng)


KINDS: dict[str, Callable[[random.Random], dict[str, bytes]]] = {
    "random bytes": specs.random_bytes,
    "spoiled specs": specs.spoiled_spec,
    "twisted specs": specs.twisted_spec,
    "random specs": specs.random_spec,
    "long specs": specs.long_spec,
    "Keras files": specs.keras_file,
    "configurations": specs.configuration,
    "command lines": command_lines,
    **odd_files.kinds(),
}

#: how often each kind comes in a round; those that take long come seldom
OFTEN = {"heavy texts": 1, "long specs": 2, "folders": 3}
ROUND = [kind for kind in KINDS for _ in range(OFTEN.get(kind, 6))]

_BESIDE = ("lstmshape.toml", "pyproject.toml", ".gitignore")


def random_input(rng: random.Random, kind: str) -> Input:
    files = KINDS[kind](rng)
    if kind == "command lines":
        return Input(files, any_words(rng), files["a.yaml"])
    names = [name for name in files if not name.endswith(_BESIDE)]
    words = command(rng, names)
    if len(names) == 1 and words[0] == "check" and rng.random() < 0.05:
        data = files.pop(names[0])
        words = ["-" if word == names[0] else word for word in words]
        return Input(files, [*words, "--stdin-filename", names[0]], data)
    return Input(files, words)
