"""One input after another through `lstmshape.cli.call`, in this process, within bounds."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fuzz.inputs import KINDS, Input, random_input
from lstmshape.cli import call

#: CPU seconds that a file may take; the time is up for good after so many times that
SLOW = 1.0
HOPELESS = 15
#: megabytes that all inputs together may add to the process at its largest
MEMORY = 600


class TimeIsUp(BaseException):
    """Raised in the midst of a run that does not end."""


class Failure(Exception):
    """An input that the program did not take as it should; the message says how."""


class Run:
    """What came of many inputs."""

    def __init__(self, folder: Path, slow: float = SLOW) -> None:
        self.folder = folder
        self.slow = slow
        self.counts: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.slowest = 0.0
        #: what went wrong, each kind once: a line about it, and the input
        self.failures: dict[str, tuple[str, Input]] = {}
        self.start = _megabytes()

    def take(self, kind: str, given: Input) -> None:
        self.counts[kind] += 1
        try:
            code, seconds = self._carried_out(given)
        except Failure as failure:
            lines = str(failure).strip().splitlines()
            self.failures.setdefault(_where(lines) or lines[0], (str(failure), given))
            return
        self.codes[code] += 1
        self.slowest = max(self.slowest, seconds)

    def _carried_out(self, given: Input) -> tuple[int, float]:
        """The exit code and the CPU seconds. Raises `Failure`."""
        with _files(self.folder, given.files), _streams() as caught:
            start = time.process_time()
            try:
                with _alarm(self.slow * HOPELESS):
                    code: Any = call(given.words)
            except TimeIsUp:
                raise Failure(f"did not end within {self.slow * HOPELESS:.0f} s") from None
            seconds = time.process_time() - start
            printed, said = (text.decode("utf-8", "surrogateescape") for text in caught())
        if "Traceback" in said or code not in (0, 1, 2):
            raise Failure(said if "Traceback" in said else f"exit code {code}")
        obeyed = _OBEYED.search(said if _shows_files(given.words) else printed + said)
        if obeyed is not None:
            raise Failure(f"printed {obeyed.group()!r} as it stands")
        if seconds > self.slow:
            digest = hashlib.sha256(repr(given).encode()).hexdigest()[:8]
            raise Failure(f"took {seconds:.1f} s ({digest})")
        return code, seconds

    @property
    def grown(self) -> int:
        """By how many megabytes the process has been larger than at the start."""
        return _megabytes() - self.start

    def report(self) -> list[str]:
        rows = [f"{kind}: {count}" for kind, count in sorted(self.counts.items())]
        codes = ", ".join(f"{code}: {count}" for code, count in sorted(self.codes.items()))
        return [
            *rows, f"exit codes {codes}", f"slowest input: {self.slowest:.2f} s of CPU",
            f"largest growth of the process: {self.grown} MB", f"failures: {len(self.failures)}",
        ]  # fmt: skip


#: what a terminal obeys, or what turns the text around it
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _shows_files(words: list[str]) -> bool:
    """Whether standard output is a text of the user's, or has colours that were asked for."""
    return words[0] == "export" or "--diff" in words or "always" in words


def _where(lines: list[str]) -> str:
    """The last line of code in a traceback with its error, which tells defects apart."""
    places = [line.strip() for line in lines if line.lstrip().startswith('File "')]
    return f"{places[-1]} {lines[-1].split(':')[0]}" if places else ""


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def _files(folder: Path, files: dict[str, bytes]) -> Iterator[None]:
    """The files in a folder of their own, in which the program runs."""
    before = os.getcwd()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _streams() -> Iterator[Callable[[], list[bytes]]]:
    """Both streams caught; gives what reads them so far."""
    buffers = io.BytesIO(), io.BytesIO()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(buffer, "utf-8") for buffer in buffers)

    def caught() -> list[bytes]:
        sys.stdout.flush()
        sys.stderr.flush()
        return [buffer.getvalue() for buffer in buffers]

    try:
        yield caught
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_for(
    folder: Path, seconds: float, seed: int, slow: float = SLOW, limit: int | None = None
) -> Run:
    """Try inputs of all kinds in turn until the time is up, or `limit` of them are tried."""
    run, end, number = Run(folder, slow), time.monotonic() + seconds, 0
    kinds = list(KINDS)
    while time.monotonic() < end and (limit is None or number < limit):
        kind = kinds[number % len(kinds)]
        run.take(kind, random_input(random.Random(f"{seed} {number}"), kind))
        number += 1
    return run
