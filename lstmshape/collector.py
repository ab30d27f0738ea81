"""Pauses of the cyclic collector, which else goes over all of a large file again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

_Item = TypeVar("_Item")

#: the collector looks for cycles after so many files
FILES_A_COLLECTION = 256


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the cyclic collector, for work that makes much, in which there are no cycles.

    The collector takes two thirds of the time of reading a large text.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():
                # what was made counts as old at once: else the collector would go over all of it
                # as soon as it runs again, to find nothing
                gc.freeze()
                gc.unfreeze()
            gc.enable()


#: items that were gone over in this process
_gone_over = count(1)


def collected_between(items: Iterable[_Item]) -> Iterator[_Item]:
    """The items, each to be worked on without the collector; it works now and then between them.

    What there was before is not looked at meanwhile.
    """
    # a process may hold frozen objects of its own, and counting many takes long
    own = gc.isenabled() and gc.get_freeze_count() == 0
    if own:
        gc.freeze()
    try:
        with collector_paused():
            for item in items:
                yield item
                if next(_gone_over) % FILES_A_COLLECTION == 0:
                    gc.collect()
    finally:
        if own:
            gc.unfreeze()
