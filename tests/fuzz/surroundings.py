"""The same files in real processes of other surroundings: the same bytes must come out."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from fuzz.holds import Failure
from fuzz.inputs import Input

ROOT = Path(__file__).parent.parent.parent
SURROUNDINGS = (
    {"LC_ALL": "C", "TERM": "dumb"},
    {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "TZ": "Asia/Tokyo"},
    {"LANG": "de_DE.UTF-8", "PYTHONUTF8": "0", "TERM": ""},
    {"LC_ALL": "POSIX", "PYTHONIOENCODING": "latin-1"},
)
FORMATS = ("json", "table", "concise", "sarif", "gitlab", "junit", "github")


def same_everywhere(rng: random.Random, inputs: list[Input], folder: Path) -> None:
    """Check the files of many inputs in two processes, each with one more job than the other."""
    folder.mkdir(parents=True)
    for number, given in enumerate(inputs):
        for name, data in given.files.items():
            suffix = Path(name).suffix
            if suffix in (".yaml", ".yml", ".json", ".keras"):
                (folder / f"{number}{suffix}").write_bytes(data)
    words = ["check", ".", "--format", rng.choice(FORMATS)]
    jobs = rng.choice(((1, 2), (2, 1), (1, 1), (2, 3)))
    seeds = rng.sample(range(10_000), 2)
    surroundings = rng.sample(SURROUNDINGS, 2)
    runs = [
        _run(folder, [*words, "--jobs", str(n)], {**given, "PYTHONHASHSEED": str(seed)})
        for n, given, seed in zip(jobs, surroundings, seeds, strict=True)
    ]
    if runs[0] != runs[1]:
        raise Failure(f"other bytes: {words} {jobs} {seeds} {surroundings} {_first(*runs)}")


def _run(folder: Path, words: list[str], more: dict[str, str]) -> tuple[int, bytes, bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "GITHUB_"))}
    done = subprocess.run(
        [sys.executable, "-m", "lstmshape", *words], cwd=folder, capture_output=True, timeout=600,
        env={**kept, "PYTHONPATH": str(ROOT), **more}, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def _first(one: tuple[int, bytes, bytes], other: tuple[int, bytes, bytes]) -> str:
    """Where they begin to differ."""
    if one[0] != other[0]:
        return f"exit codes {one[0]}, {other[0]}: {other[2][-500:]!r}"
    pairs = zip(one[1].split(b"\n"), other[1].split(b"\n"), strict=False)
    return next((f"{a[:2000]!r} {b[:2000]!r}" for a, b in pairs if a != b), "length or stderr")
