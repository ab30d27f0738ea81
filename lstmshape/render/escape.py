"""One way to show text that comes from a file: whatever could move a cursor or hide is spelled out.

Every string that a file, a file name or the command line supplies goes through `escape` before it
is printed: control characters and terminal escapes, bidirectional overrides, characters of no
width, line separators, lone surrogates (of file names that are not UTF-8), and commands to GitHub's
Actions, which read the log of every step.
"""

from __future__ import annotations

import re

_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1 controls, among them ESC and CSI
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # shown as nothing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"  # no width, separators, bidi
    "\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"  # marks, annotations, surrogates
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # formats, tags
)
#: what GitHub's Actions obey at the start of a line of any log, and anywhere in one
_COMMAND = r"::(?=[A-Za-z])|##\["
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    """`text` with what is not plainly visible written as in Python: `\\x1b`, `\\u202e`."""
    if text.isascii() and text.isprintable():
        return _harmless(text) if "::" in text or "##[" in text else text
    return _harmless(re.sub(_UNSAFE, _spelled, text))


def json_escape(text: str) -> str:
    """JSON with the same meaning and without commands to a log that it may stand in.

    In JSON no line begins with `::`, and `##[` stands in strings alone.
    """
    return text.replace("##[", "#\\u0023[") if "##[" in text else text


def _harmless(text: str) -> str:
    """`text` without commands to the log that it may stand in: `:\\x3aerror`, `#\\x23[error]`."""
    return re.sub(_COMMAND, lambda m: f"{m[0][0]}\\x{ord(m[0][1]):02x}{m[0][2:]}", text)


def _spelled(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name, smuggled in by `surrogateescape`
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """How many columns of a terminal the text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
