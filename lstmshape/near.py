"""Names that were probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def near_names(name: str, known: Iterable[str], limit: int = 4) -> tuple[str, ...]:
    """At most `limit` of the known names that are near, the nearest first."""
    return _near_names(name, tuple(known), limit)


@lru_cache(maxsize=4096)
def _near_names(name: str, known: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """The same slip is looked at again with every change that is tried elsewhere."""
    same = [k for k in known if _folded(k) == _folded(name)]
    if same:
        return tuple(same[:limit])
    # difflib costs 3 ms to import, and is wanted for mistakes only
    from difflib import get_close_matches

    by_fold: dict[str, str] = {}
    for k in known:
        by_fold.setdefault(_folded(k), k)
    close = get_close_matches(_folded(name)[:100], by_fold, n=limit, cutoff=0.7)
    return tuple(by_fold[fold] for fold in close)
