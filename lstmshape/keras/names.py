"""Automatic layer names that depend on the spec alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

# Keras has no public way to start its name counters anew but `clear_session`, which would throw
# away the caller's state too; `pyproject.toml` pins the versions for which this is right.
from keras.src.backend.common import global_state

from lstmshape.naming import MASK_MAKERS

_COUNTERS = "object_name_uids"


@contextmanager
def fresh_names() -> Iterator[dict[str, int]]:
    """Inside, names are counted as in a new process (`lstm`, `lstm_1`, …).

    Afterwards each of Keras's counters stands at the higher of the two, so that a layer made later
    clashes with none made inside.
    """
    outer = global_state.get_global_attribute(_COUNTERS, defaultdict(int), set_to_default=True)
    inner: dict[str, int] = defaultdict(int)
    global_state.set_global_attribute(_COUNTERS, inner)
    try:
        yield inner
    finally:
        for prefix, count in inner.items():
            outer[prefix] = max(outer[prefix], count)
        global_state.set_global_attribute(_COUNTERS, outer)


def set_aside(names: Iterable[str]) -> None:
    """Keep the operations that make masks from drawing a name that a layer was given.

    Keras refuses a model in which a `Concatenate` called `concatenate` joins masks: the operation
    that joins them draws that very name. In a saved file every layer has its name.
    """
    counters = global_state.get_global_attribute(_COUNTERS, defaultdict(int), set_to_default=True)
    for name in names:
        base, _, number = name.rpartition("_")
        if not re.fullmatch(r"0|[1-9]\d{0,8}", number):
            base, number = name, "0"
        if base in MASK_MAKERS:
            counters[base] = max(counters[base], int(number) + 1)
