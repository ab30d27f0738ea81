"""The bar of a long run: on a terminal only, gone before anything else is written."""

from __future__ import annotations

import io
import os
import pty
import re

import pytest

from lstmshape import progress
from lstmshape.progress import bar, progress_of


@pytest.mark.parametrize(
    ("done", "total", "columns", "expected"),
    [
        (500, 1000, 80, f"checking [{'#' * 15}{'-' * 15}] 500/1,000 files"),
        (1000, 1000, 80, f"checking [{'#' * 30}] 1,000/1,000 files"),
        (1, 40, 30, f"checking [{'-' * 7}] 1/40 files"),
        (1, 40, 20, "1/40 files"),
        (1, 40, 5, "1/40"),
    ],
)
def test_the_bar(done: int, total: int, columns: int, expected: str) -> None:
    assert bar(done, total, columns) == expected
    assert len(expected) < columns


class Clock:
    """Seconds that pass by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_shown_after_a_second_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        monkeypatch.setattr(progress.sys, "stdout", io.TextIOWrapper(io.BytesIO()))
        shown = progress.Progress(stream, 40)
        for number in shown.over(range(40)):
            clock.now += 0.0625
            if number == 30:
                shown.clear()
                stream.write("a report\n")
        out = os.read(controller, 100_000).decode()
    os.close(controller)
    states = re.findall(r"(\d+)/40", out)
    assert states[0] == "17"  # a second is over
    assert 5 < len(states) < 15  # ten a second at most
    assert re.search(r"\r\x1b\[Ka report", out)
    assert out.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("format", "total", "term", "terminal", "wanted"),
    [
        ("table", 9, "xterm", True, True),
        ("table", 9, "xterm", False, False),
        ("table", 9, "dumb", True, False),
        ("table", 1, "xterm", True, False),
        ("concise", 9, "xterm", True, False),
        ("json", 9, "xterm", True, False),
    ],
)
def test_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, format: str, total: int, term: str, terminal: bool,
    wanted: bool,
) -> None:  # fmt: skip
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr(progress.sys, "stdout", Stream())
    monkeypatch.setattr(progress.sys, "stderr", Stream())
    assert (progress_of(total, format, {"TERM": term})._stream is not None) is wanted
