"""How far a long run has come: one line on a terminal, gone before anything else is written."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO, TypeVar

from lstmshape.streams import flush_output

#: seconds before the bar is shown, and between two states of it
PATIENCE, PAUSE = 1.0, 0.1
WIDEST_BAR = 30
_CLEAR = "\r\x1b[K"

T = TypeVar("T")


class Progress:
    """A bar on a stream; without a stream it shows nothing."""

    def __init__(self, stream: TextIO | None, total: int) -> None:
        self._stream = stream
        self._total = total
        self._done = 0
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def over(self, items: Iterable[T]) -> Iterator[T]:
        """The items as they come, counted."""
        try:
            for item in items:
                self._done += 1
                if self._stream is not None and time.monotonic() >= self._next:
                    self._show(self._stream)
                yield item
        finally:
            self.clear()

    def clear(self) -> None:
        """Take the bar away: something else is to be written."""
        if self._shown and self._stream is not None:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False

    def _show(self, stream: TextIO) -> None:
        # what is still buffered belongs above the bar
        flush_output()
        # some terminals do not know their size, and say 0
        columns = os.get_terminal_size(stream.fileno()).columns or 80
        stream.write(_CLEAR + bar(self._done, self._total, columns))
        stream.flush()
        self._shown = True
        self._next = time.monotonic() + PAUSE


def bar(done: int, total: int, columns: int) -> str:
    """`checking [#####-----] 500/1,000 files`, without the bar where there is no room for it."""
    counts = f"{done:,}/{total:,} files"
    room = min(WIDEST_BAR, columns - len(f"checking [] {counts}") - 1)
    if room < 5:
        return f"{counts}"[: max(columns - 1, 0)]
    full = room * done // max(total, 1)
    return f"checking [{'#' * full}{'-' * (room - full)}] {counts}"


def progress_of(total: int, format: str, environment: Mapping[str, str]) -> Progress:
    """A bar for tables on a terminal; in pipes, for machines and on dumb terminals none."""
    wanted = (
        format == "table"
        and total > 1
        and environment.get("TERM") != "dumb"
        and sys.stdout.isatty()
        and sys.stderr.isatty()
    )
    return Progress(sys.stderr if wanted else None, total)
