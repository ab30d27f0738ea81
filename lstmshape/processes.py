"""Work on many items in several processes; what comes of them comes in the order of the items.

The process that asks is one of those that work: two need one fork. The numbers of the items lie in
a pipe, from which each process takes the next as soon as it is free; the others send what came of
theirs through a pipe each. Where no fork is to be had, Python's own pool does the work.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeAlias, TypeVar

from lstmshape.errors import CannotRun

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Work: TypeAlias = Callable[[_Item], _Result]

#: bytes of an item's number, and of the length of what is sent
_NUMBER, _LENGTH = 4, 8
#: all numbers are put into a pipe at once, and any pipe holds a page
MOST_ITEMS = 4096 // _NUMBER
#: bytes by which a process may be ahead of the one that asks
_AHEAD = 1 << 20
#: Windows waits for no more at once
_MOST_SPAWNED = 60


class ProcessEnded(CannotRun):
    """A process ended before its work was done."""

    def __init__(self) -> None:
        super().__init__(
            "a process that checked some of the files was killed, as happens when memory runs out;"
            " --jobs 1 does without it"
        )


def in_processes(
    work: _Work[_Item, _Result], items: Sequence[_Item], jobs: int
) -> Generator[_Result, None, None]:
    """What `work` makes of each item, in order, from so many processes; at most `MOST_ITEMS`.

    `work` must not raise. Raises `ProcessEnded` when a process was killed. No process outlives the
    iterator.
    """
    assert len(items) <= MOST_ITEMS
    return (_forked if may_fork() else _spawned)(work, items, min(jobs, len(items)))


def may_fork() -> bool:
    """Whether this process has one thread: a copy has no other, and may wait for what they held."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:  # macOS, whose own libraries have threads; Windows, which cannot fork
        return False


# -- forks --------------------------------------------------------------------------------------


def _forked(
    work: _Work[_Item, _Result], items: Sequence[_Item], jobs: int
) -> Generator[_Result, None, None]:
    numbers = _numbers(len(items))
    children: dict[int, _Child] = {}
    done: dict[int, _Result] = {}
    try:
        with suppress(OSError):  # the system may let us have fewer
            while len(children) < jobs - 1:
                child = _Child(work, items, numbers)
                children[child.pipe] = child
        for wanted in range(len(items)):
            while wanted not in done:
                mine = _taken(numbers)
                if mine is not None:
                    done[mine] = work(items[mine])
                _receive(children, done, wait=mine is None)
            yield done.pop(wanted)
        while children:  # there is nothing left to take, so that they end
            _receive(children, done, wait=True)
    finally:
        os.close(numbers)
        for child in children.values():
            child.end()


def _numbers(count: int) -> int:
    """A pipe that holds the numbers below `count`, and then ends: the side to read from."""
    readable, writable = os.pipe()
    os.write(writable, b"".join(n.to_bytes(_NUMBER, "little") for n in range(count)))
    os.close(writable)
    return readable


def _taken(numbers: int) -> int | None:
    """The next number, which no other process gets; None when there is none left."""
    data = os.read(numbers, _NUMBER)
    return int.from_bytes(data, "little") if data else None


def _receive(children: dict[int, _Child], done: dict[int, Any], *, wait: bool) -> None:
    """Take in what has come from the processes; `wait` until something has."""
    import select

    if wait and not children:
        raise ProcessEnded
    coming = select.poll()
    for pipe in children:
        coming.register(pipe, select.POLLIN)
    for pipe, _ in coming.poll(None if wait else 0):
        data = os.read(pipe, _AHEAD)
        if data:
            done.update(children[pipe].received(data))
        elif children.pop(pipe).end():
            raise ProcessEnded


class _Child:
    """A process that works, as the one that asks sees it."""

    def __init__(self, work: _Work[Any, Any], items: Sequence[Any], numbers: int) -> None:
        import fcntl

        self.pipe, writable = os.pipe()
        self._data = b""
        with suppress(OSError):  # only so many pipes of a person's may hold so much
            fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, _AHEAD)
        try:
            self._id = os.fork()
            if not self._id:
                os.close(self.pipe)
                _be_child(work, items, numbers, writable)
        except OSError:
            os.close(self.pipe)
            raise
        finally:
            os.close(writable)

    def received(self, data: bytes) -> Iterator[tuple[int, Any]]:
        """Numbers of items with what came of them, as far as they are there whole."""
        self._data += data
        while len(self._data) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._data[:_LENGTH], "little")
            if len(self._data) < end:
                return
            yield pickle.loads(self._data[_LENGTH:end])
            self._data = self._data[end:]

    def end(self) -> int:
        """Stop it, unless it has ended; its exit status comes back."""
        os.close(self.pipe)
        try:
            os.kill(self._id, signal.SIGTERM)
            return os.waitpid(self._id, 0)[1]
        except (ProcessLookupError, ChildProcessError):
            return 0  # whoever started this program had it wait for nobody (SIGCHLD)


def _be_child(work: _Work[Any, Any], items: Sequence[Any], numbers: int, writable: int) -> NoReturn:
    """Work until all is done, or nobody asks any more. What is half written is taken away first."""
    status = 1
    try:
        _ignore_interrupts()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        with suppress(BrokenPipeError):
            while (number := _taken(numbers)) is not None:
                _send(writable, pickle.dumps((number, work(items[number])), -1))
        status = 0
    finally:
        os._exit(status)


def _send(pipe: int, data: bytes) -> None:
    left = memoryview(len(data).to_bytes(_LENGTH, "little") + data)
    while left:
        left = left[os.write(pipe, left) :]


# -- where there is no fork ---------------------------------------------------------------------


def _spawned(
    work: _Work[_Item, _Result], items: Sequence[_Item], jobs: int
) -> Generator[_Result, None, None]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(
        min(jobs, _MOST_SPAWNED), multiprocessing.get_context("spawn"), _ignore_interrupts
    )
    try:
        yield from pool.map(work, items)
    except BrokenProcessPool as error:
        raise ProcessEnded from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C is for the process that asks, which then ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
