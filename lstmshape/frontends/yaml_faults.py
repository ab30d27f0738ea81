"""From PyYAML's errors to facts: where it went wrong, and the trap that was stepped into.

The parser often stops far behind the mistake: at the end of the text for a quote that was never
closed. The span of the fact is where the mistake is, when it can be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import Reader

from lstmshape.facts import SyntaxFault
from lstmshape.source import Source

#: What may be wrong with a text, in words.
HINTS = {
    "tab": "a tab indents the line; YAML takes only spaces there",
    "space": "a colon needs a space behind it: `key: value`",
    "equals": "YAML writes `key: value`, not `key = value`",
    "bracket": "this bracket is not closed",
    "closing": "this bracket was never opened",
    "comma": "a comma is missing between two items",
    "commas": "there is nothing between two commas",
    "quote": "this quote is not closed",
    "quotes": "text follows the closing quote; write '' for a quote inside '...'",
    "colon": "a value with `: ` in it needs quotes",
    "indentation": "the indentation does not match the lines above",
    "dash": "a list begins on a line of its own",
    "reserved": "a value that begins with this character needs quotes",
    "escape": "in \"...\" a backslash begins an escape; write '...' or two backslashes",
    "unicode": "YAML has no pairs of \\u escapes; write the character itself",
    "alias": "`*` begins an alias, and no anchor `&` of this name comes before it",
    "anchor": "an anchor of this name was there before",
    "control": "a control character, which no YAML text may hold",
    "surrogate": "half of a character, which no text may hold",
}


class _Stop(NamedTuple):
    """Where the parser stopped: the text, the offset, what it says, and where it had begun."""

    text: str
    at: int
    problem: str
    context: str
    begun: int

    @property
    def line_start(self) -> int:
        return self.text.rfind("\n", 0, self.at) + 1

    @property
    def before(self) -> str:
        """The line up to where the parser stopped."""
        return self.text[self.line_start : self.at]

    def is_at(self, characters: str) -> bool:
        return self.at < len(self.text) and self.text[self.at] in characters


#: A trap and where it is, as offsets.
_Trap = tuple[str, int, int]


def syntax_fault(error: YAMLError | UnicodeEncodeError, source: Source, shift: int) -> SyntaxFault:
    """The fact of an error that reading raised; `shift` is added to offsets in the nodes' text."""
    text = source.text[shift:]
    if not isinstance(error, MarkedYAMLError):
        return _bad_character(text, error, source, shift)
    stop = _stop(text, error)
    trap = next((found for look in _TRAPS if (found := look(stop)) is not None), None)
    hint, start, end = trap or ("", stop.at, stop.at + 1)
    words = " ".join(filter(None, (stop.problem, stop.context)))
    span = source.span(start + shift, max(end, start + 1) + shift)
    return SyntaxFault(problem=words, hint=HINTS.get(hint), span=span)


def _stop(text: str, error: MarkedYAMLError) -> _Stop:
    mark = error.problem_mark or error.context_mark
    at = len(text) if mark is None else min(int(mark.index), len(text))
    begun = at if error.context_mark is None else int(error.context_mark.index)
    return _Stop(text, at, error.problem or "", error.context or "", begun)


def _bad_character(text: str, error: Any, source: Source, shift: int) -> SyntaxFault:
    if isinstance(error, UnicodeEncodeError):
        hint, at = "surrogate", error.start
    else:
        found = Reader.NON_PRINTABLE.search(text)
        hint, at = "control", found.start() if found else 0
    problem = f"the character U+{ord(text[at]):04X} is not allowed"
    span = source.span(at + shift, at + shift + 1)
    return SyntaxFault(problem=problem, hint=HINTS[hint], span=span)


# -- the traps, the surest first -----------------------------------------------------------------


def _told(stop: _Stop) -> _Trap | None:
    """What the parser's own words tell."""
    hint = next((hint for words, hint in _WORDS if words in stop.problem), None)
    at = stop.text.rfind("\\", 0, stop.at) if hint == "unicode" else stop.at
    return (hint, at, at + 1) if hint else None


_WORDS = (
    ("unknown escape", "escape"),
    ("invalid Unicode character escape", "unicode"),
    ("undefined alias", "alias"),
    ("second occurrence", "anchor"),
    ("block sequence entries are not allowed", "dash"),
    ("unexpected ':'", "space"),
    ("a tab character", "tab"),
)


def _character(stop: _Stop) -> _Trap | None:
    """A character that nothing begins with."""
    if "cannot start any token" not in stop.problem:
        return None
    return ("tab" if stop.is_at("\t") else "reserved"), stop.at, stop.at + 1


def _quote(stop: _Stop) -> _Trap | None:
    if "quoted scalar" in stop.context and "unexpected" in stop.problem:
        return "quote", stop.begun, stop.begun + 1
    if "expected key" in stop.problem and re.search(r"['\"][ ]*$", stop.before):
        return "quotes", stop.at, stop.at + 1
    return None


def _bracket(stop: _Stop) -> _Trap | None:
    """Within brackets: one that is missing, or a comma."""
    if "parsing a flow" not in stop.context:
        return ("closing", stop.at, stop.at + 1) if stop.is_at("]}") else None
    if "node content" in stop.problem and stop.is_at(","):
        return "commas", stop.at, stop.at + 1
    begun = stop.begun if stop.begun < stop.at else _innermost_open(stop.text, stop.at)
    if stop.is_at("]}") or not _is_closed(stop.text, begun):
        return "bracket", begun, begun + 1
    two_words = re.search(r"\S\s+\S+$", stop.text[begun : stop.at].rsplit(": ", 1)[-1])
    return ("colon" if stop.is_at(":") and not two_words else "comma"), stop.at, stop.at + 1


_BRACKETS = re.compile(r"""[\[\]{}]|'[^']*'|"(?:[^"\\]|\\.)*"|(?<!\S)#[^\n]*""")


def _innermost_open(text: str, at: int) -> int:
    """The last bracket before `at` that is not closed there."""
    opened = [at]
    for found in _BRACKETS.finditer(text, 0, at):
        if found[0] in "[{":
            opened.append(found.start())
        elif found[0] in "]}" and len(opened) > 1:
            opened.pop()
    return opened[-1]


def _is_closed(text: str, start: int) -> bool:
    """Whether the bracket at `start` has one that closes it."""
    level = 0
    for found in _BRACKETS.finditer(text, start):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if level == 0:
            return True
    return False


def _no_mapping_here(stop: _Stop) -> _Trap | None:
    """A colon where no key can end."""
    if "mapping values are not allowed" not in stop.problem:
        return None
    value = re.match(r"\s*(?:- )*[^\s:#][^:#]*:\s+(?=\S)", stop.before)
    if value:
        end = stop.text.find("\n", stop.at)
        return "colon", stop.line_start + value.end(), end if end >= 0 else len(stop.text)
    above = stop.text[: stop.line_start].rstrip()
    found = _no_key(stop.text, above.rfind("\n") + 1)
    if found is None and _indent(above.rsplit("\n", 1)[-1]) < _indent(stop.before):
        return "indentation", stop.line_start, stop.line_start + _indent(stop.before)
    return found


def _simple_key(stop: _Stop) -> _Trap | None:
    """A line in a mapping that is no `key: value`."""
    if "could not find expected ':'" not in stop.problem:
        return None
    found = _no_key(stop.text, stop.text.rfind("\n", 0, stop.begun) + 1)
    return found or ("space", stop.begun, stop.begun + 1)


def _no_key(text: str, start: int) -> _Trap | None:
    """Whether the line that begins there is `key=value` or `key:value`."""
    found = re.compile(r"[ ]*(?:- )*[\w.]+([ ]*=|:(?=[^\s:]))").match(text, start)
    if found is None:
        return None
    return ("space" if found[1] == ":" else "equals"), found.start(1), found.end(1)


def _indentation(stop: _Stop) -> _Trap | None:
    if "expected key" in stop.problem or "expected '-'" in stop.problem:
        return "indentation", stop.line_start, max(stop.at, stop.line_start + 1)
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_TRAPS: tuple[Callable[[_Stop], _Trap | None], ...] = (
    _told, _character, _quote, _bracket, _no_mapping_here, _simple_key, _indentation,
)  # fmt: skip
