"""One input after another through `lstmshape.cli.call`, in this process, within bounds."""

from __future__ import annotations

import io
import os
import random
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

from fuzz.holds import BYTES_A_SECOND, SLOW, Done, Failure, hold, seconds_for
from fuzz.inputs import ROUND, Input, random_input
from fuzz.surroundings import same_everywhere
from lstmshape.cli import call

#: a run is broken off after so many times what it may take
HOPELESS = 20
#: megabytes by which one input may make the process larger than it ever was
MEMORY = 300
#: one input in so many is tried twice; so many inputs go together into processes of their own
TWICE, TOGETHER = 8, 1500
#: those that go there are the last so many
LAST = 120


Tell = Callable[[int, str, Input], None]


class TimeIsUp(BaseException):
    """Raised in the midst of a run that does not end."""


class Run:
    """What came of many inputs."""

    def __init__(self, folder: Path, slow: float = SLOW, tell: Tell | None = None) -> None:
        #: alone in its folder, since an input may say `..`
        self.folder = folder / "alone" / "here"
        self.elsewhere_folder = folder / "together"
        self.slow = slow
        #: called with each kind of failure when it is first met
        self.tell: Tell = tell or (lambda number, said, given: None)
        self.counts: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.twice = self.together = 0
        self.slowest = 0.0
        #: what went wrong, each kind once: a line about it, and the input
        self.failures: dict[str, tuple[str, Input]] = {}
        self.start = _megabytes()
        self.began = time.monotonic()
        self.last: list[Input] = []

    def take(self, kind: str, given: Input, *, twice: bool = False) -> None:
        self.counts[kind] += 1
        try:
            done = self._carried_out(given)
            if twice and done.code != 2 and "--fix" not in given.words:
                self.twice += 1
                again = self._carried_out(given)
                if (done.out, done.err) != (again.out, again.err):
                    raise Failure(f"other bytes at the second time: {done.out!r} {again.out!r}")
        except Failure as failure:
            self._failed(failure, given)
            return
        self.codes[done.code] += 1
        self.slowest = max(self.slowest, done.seconds)
        self.last = [*self.last[-LAST + 1 :], given]

    def elsewhere(self, rng: random.Random) -> None:
        """The last inputs once more, in processes of their own."""
        self.together += len(self.last)
        folder = self.elsewhere_folder
        shutil.rmtree(folder, ignore_errors=True)
        try:
            same_everywhere(rng, self.last, folder)
        except Failure as failure:
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            self._failed(failure, Input(files, ["check", "."]))

    def _failed(self, failure: Failure, given: Input) -> None:
        lines = str(failure).strip().splitlines() or ["?"]
        kind = _where(lines) or lines[-1][:60]
        if kind not in self.failures:
            self.failures[kind] = str(failure), given
            self.tell(len(self.failures), str(failure), given)

    def _carried_out(self, given: Input, tries: int = 3) -> Done:
        """Raises `Failure` when it does not end, or something does not hold.

        What was slow is tried again: of a machine that others use, CPU time says only how little
        it can be.
        """
        allowed = seconds_for(given, self.slow)
        with _files(self.folder, given.files), _streams(given.piped) as caught:
            before, start = _megabytes(), time.process_time()
            try:
                with _alarm(allowed * HOPELESS):
                    code: Any = call(given.words)
            except TimeIsUp:
                raise Failure(f"did not end within {allowed * HOPELESS:.0f} s") from None
            seconds, grown = time.process_time() - start, _megabytes() - before
            done = Done(code, *caught(), seconds, grown)
        hold(given, done, self.folder)
        allowed += len(done.out) / BYTES_A_SECOND
        if seconds > allowed and tries > 1:
            return self._carried_out(given, tries - 1)
        if seconds > allowed:
            raise Failure(f"took {seconds:.1f} s, not {allowed:.1f}")
        if grown > MEMORY:
            raise Failure(f"took {grown} MB")
        return done

    @property
    def grown(self) -> int:
        """By how many megabytes the process has been larger than at the start."""
        return _megabytes() - self.start

    def report(self) -> list[str]:
        rows = [f"{kind}: {count:,}" for kind, count in sorted(self.counts.items())]
        codes = ", ".join(f"{code}: {count:,}" for code, count in sorted(self.codes.items()))
        total, seconds = sum(self.counts.values()), time.monotonic() - self.began
        return [
            *rows, f"inputs: {total:,} in {seconds:.0f} s, {total / seconds:.0f} a second",
            f"tried twice: {self.twice:,}; in two other processes: {self.together:,}",
            f"exit codes {codes}", f"slowest input: {self.slowest:.2f} s of CPU",
            f"largest growth of the process: {self.grown} MB", f"failures: {len(self.failures)}",
        ]  # fmt: skip


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
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _streams(piped: bytes) -> Iterator[Callable[[], list[bytes]]]:
    """Standard input given and both outputs caught; gives what reads them so far."""
    buffers = io.BytesIO(), io.BytesIO()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(piped), "utf-8")
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(buffer, "utf-8", errors="surrogateescape") for buffer in buffers
    )

    def caught() -> list[bytes]:
        sys.stdout.flush()
        sys.stderr.flush()
        return [buffer.getvalue() for buffer in buffers]

    try:
        yield caught
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


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
    folder: Path,
    seconds: float,
    seed: int,
    slow: float = SLOW,
    limit: int | None = None,
    together: int = TOGETHER,
    tell: Tell | None = None,
) -> Run:
    """Try inputs of all kinds in turn until the time is up, or `limit` of them are tried."""
    os.environ["LSTMSHAPE_TRACEBACK"] = "1"  # tells defects apart
    run, end, number = Run(folder, slow, tell), time.monotonic() + seconds, 0
    # what was done so far is worth telling when it is ended from outside
    stopped: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    while not stopped and time.monotonic() < end and (limit is None or number < limit):
        kind = ROUND[number % len(ROUND)]
        rng = random.Random(f"{seed} {number}")
        run.take(kind, random_input(rng, kind), twice=rng.randrange(TWICE) == 0)
        number += 1
        if number % together == 0:
            run.elsewhere(rng)
    signal.signal(signal.SIGTERM, before)
    return run
