"""The names that Keras gives: snake case of the class, then `_1`, `_2`, one counter a base name."""

from __future__ import annotations

import re
from functools import lru_cache

#: operations by which Keras's layers make masks, which draw names as the layers are called
MASK_MAKERS = frozenset({
    "all", "any", "cast", "concatenate", "convert_to_tensor", "expand_dims", "logical_and",
    "logical_or", "not_equal", "ones_like", "zeros_like",
})  # fmt: skip


@lru_cache(maxsize=512)
def snake_case(class_name: str) -> str:
    """`TimeDistributed` -> `time_distributed`, `Conv1D` -> `conv1d`, `PReLU` -> `p_re_lu`."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Namer:
    """Keras's counters, fresh for each file."""

    __slots__ = ("_used",)

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def take(self, base: str) -> str:
        """The next name of a base name: `lstm`, then `lstm_1`. Explicit names reserve nothing."""
        count = self._used.get(base, 0)
        self._used[base] = count + 1
        return f"{base}_{count}" if count else base
