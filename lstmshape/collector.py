"""Pauses of the cyclic collector, which else goes over all of a large file again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
