"""Values in YAML's words: plain where every reader agrees on what is read, quoted elsewhere."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from lstmshape.frontends.yaml_nodes import MAX_DEPTH
from lstmshape.frontends.yaml_scalars import SWITCHES, read_plain


class CannotSay(ValueError):
    """A value that no YAML text of ours says."""


#: Words such as `lstm_1`, `encoder:1`, `data/x.npy`.
_PLAIN = re.compile(r"[^\W\d][\w./-]*(?::[\w./-]+)*")
#: What libyaml, or a reader of YAML 1.2, takes for a line break, or does not take at all.
_UNPRINTABLE = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Beyond this length a scalar is no key without a `?` before it.
_LONGEST_KEY = 1000


def flow(value: Any, quoted: bool = False, depth: int = 0) -> str:
    """A value on one line; `quoted` puts every string between double quotes, as JSON does.

    Raises `CannotSay` for what is no plain data, and for what nests too deep.
    """
    if depth > MAX_DEPTH:
        raise CannotSay("nested too deep")
    if isinstance(value, dict):
        return "{" + ", ".join(_pairs(value, quoted, depth)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item, quoted, depth + 1) for item in value) + "]"
    return scalar(value, quoted)


def _pairs(value: dict[Any, Any], quoted: bool, depth: int) -> list[str]:
    return [pair(key, item, quoted, depth + 1) for key, item in value.items()]


def pair(key: Any, value: Any, quoted: bool = False, depth: int = 0) -> str:
    """`key: value` on one line."""
    return f"{key_words(key, quoted)}: {flow(value, quoted, depth)}"


def key_words(key: Any, quoted: bool = False) -> str:
    """A key of a mapping."""
    if not isinstance(key, str) or len(key) > _LONGEST_KEY:
        raise CannotSay("no key")
    if key in ("y", "n", "Y", "N") and not quoted:
        # a key is no boolean, and `data` has the key `y`
        return key
    return _string(key, quoted or ":" in key)


def scalar(value: Any, quoted: bool = False) -> str:
    """A string, a number, a boolean or null."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _string(value, quoted)
    raise CannotSay(f"a {type(value).__name__}")


def _float(value: float) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf"
    # PyYAML wants a point in the number, and wants a sign in the exponent, which repr gives
    mantissa, exponent, power = repr(float(value)).partition("e")
    return (mantissa if "." in mantissa else mantissa + ".0") + exponent + power


def _string(text: str, quoted: bool) -> str:
    if _SURROGATE.search(text):
        raise CannotSay("half of a character")
    if _UNPRINTABLE.search(text) or quoted:
        escaped = json.dumps(text, ensure_ascii=False)
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    if is_word(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def is_word(text: str) -> bool:
    """Whether a string may stand without quotes, anywhere, for any reader."""
    if not _PLAIN.fullmatch(text) or text in SWITCHES:
        return False
    reading = read_plain(text)
    return isinstance(reading.meant, str) and not reading.odd
