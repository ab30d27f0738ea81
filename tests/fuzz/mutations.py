"""How good inputs are spoiled: in their bytes, and in the values that they hold."""

from __future__ import annotations

import copy
import random
from typing import Any

SCRAPS = [
    b"None", b"null", b"-1", b"1e3", b"[", b"]", b"{", b"}", b": ", b"- ", b"\n", b'"', b"'",
    b"&a ", b"*a", b"<<: ", b"#", b"true", b"T", b"0", b"99999999999999999999", b"name: ",
    b"reuse: ", b"inputs: ", b"layer: ", b"LSTM", b"Dense", b"(None, 10)", b"\t", b"|", b">",
    b"!!python/tuple ", b"? ", b"call: {initial_state: [a:1]}", b".nan", b"expect: [1]",
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\x1b[31m", b"\xe2\x80\xae", b"::error::",
    b"# lstmshape: ignore[", b"---\n", b"\xed\xa0\x80", b"'class_name': ", b"%0A",
]  # fmt: skip

ODD = [
    None, True, False, 0, 1, -1, 2, 3, 7, 2**31, 2**63 - 1, 2**63, 10**400, 0.5, 1e308, -0.0,
    float("nan"), float("inf"), "", "T", "None", "a" * 300, "\x1b[31mred", "\u202eabc", "a\nb",
    "::error file=x::y", "relu", "softmax", "same", "causal", "channels_first", "int32", "lstm",
    "lstm:1", "input", [], [[]], [None], ["T", 3], [0], [1, 2, 3, 4, 5, 6, 7], {}, {"a": 1},
    {"LSTM": {"units": 3}}, {"Dense": None}, {"class_name": "Dense", "config": {}}, [[1, 2], [3]],
]  # fmt: skip


def spoil(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """A few mutations of bytes: scraps put in, parts cut, doubled, swapped, taken from others."""
    text = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6, 12))):
        at = rng.randrange(len(text) + 1)
        kind = rng.random()
        if kind < 0.3:
            text[at:at] = rng.choice(SCRAPS)
        elif kind < 0.5:
            del text[at : at + rng.randrange(1, 12)]
        elif kind < 0.65:
            start = rng.randrange(len(text) + 1)
            text[at:at] = text[start : start + rng.randrange(1, 60)]
        elif kind < 0.75:
            _swap_lines(rng, text)
        elif kind < 0.9:
            other = rng.choice(others) or b"\n"
            start = rng.randrange(len(other))
            text[at : at + 8] = other[start : start + rng.randrange(1, 30)]
        else:
            text[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(text)


def _swap_lines(rng: random.Random, text: bytearray) -> None:
    lines = bytes(text).split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    text[:] = b"\n".join(lines)


def twist(rng: random.Random, tree: Any, others: list[Any]) -> Any:
    """A few mutations of values: replaced, dropped, doubled, renamed, taken from elsewhere."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        holders = list(_holders(tree))
        if not holders:
            break
        holder = rng.choice(holders)
        key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        _twist_one(rng, holder, key, others)
    return tree


def _twist_one(rng: random.Random, holder: Any, key: Any, others: list[Any]) -> None:
    kind = rng.random()
    if kind < 0.5:
        holder[key] = copy.deepcopy(rng.choice(ODD))
    elif kind < 0.62:
        del holder[key]
    elif kind < 0.75 and isinstance(holder, list):
        holder.insert(rng.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    elif kind < 0.75:
        holder[rng.choice(("units", "name", "inputs", "LSTM", "layer", "x"))] = holder.pop(key)
    elif kind < 0.85:
        holder[key] = [holder[key]]
    else:
        values = [v for one in _holders(rng.choice(others)) for v in _values(one)]
        holder[key] = copy.deepcopy(rng.choice(values or ODD))


def _values(holder: Any) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _holders(tree: Any) -> Any:
    """All mappings and lists in a tree that hold something."""
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, (dict, list)) and here:
            yield here
            waiting.extend(_values(here))
