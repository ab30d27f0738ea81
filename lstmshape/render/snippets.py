"""A diagnostic as a block of lines: message, place, the lines of the text with marks, help.

A line is a list of pieces (text, style); the styles are names that the table gives colours to, and
joining the texts gives the plain form. Everything that comes from a file is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.frontends.document import Document
from lstmshape.render.escape import escape, width
from lstmshape.source import Source, Span

Line: TypeAlias = list[tuple[str, str]]

TAB = 4
#: a label gets a line of its own when there is less room than this beside its mark
LEAST_ROOM = 24


class Mark(NamedTuple):
    """A place to underline, and what is said there."""

    span: Span
    label: str
    primary: bool


class Model(NamedTuple):
    """What the model gives as it is, to say what a fix changes. None: it is refused."""

    output_shapes: tuple[Any, ...] | None
    params: int | None


UNKNOWN = Model(None, None)


def plain(line: Line) -> str:
    """The line without styles."""
    return "".join(text for text, _ in line).rstrip()


def block(
    diagnostic: Diagnostic,
    document: Document,
    *,
    room: int = 80,
    wrap: int | None = None,
    model: Model = UNKNOWN,
    more: bool = True,
) -> list[Line]:
    """The whole block of one diagnostic.

    Source lines are cut to `room` columns; prose is wrapped to `wrap` columns, or not at all.
    `more` adds where to read more.
    """
    marks = marks_of(diagnostic, document)
    gutter = len(str(max(mark.span.start.line for mark in marks)))
    lines = header(diagnostic, document, gutter, wrap)
    lines += snippet(document.source, marks, gutter, room, wrap)
    for fix in diagnostic.fixes:
        lines += help_lines(fix, model, room, wrap)
    if more:
        parts = wrapped(more_command(diagnostic), wrap, first=6, rest=2)
        lines.append([("more", "help"), (f": {next(parts)}", "")])
        lines += [[(f"  {part}", "")] for part in parts]
    return lines


def marks_of(diagnostic: Diagnostic, document: Document) -> list[Mark]:
    """The diagnostic's own place first, then the related ones."""
    own = Mark(diagnostic.locate(document), escape(diagnostic.label), True)
    others = [
        Mark(related.locate(document), escape(related.message), False)
        for related in diagnostic.related
    ]
    return [own, *others]


def more_command(diagnostic: Diagnostic) -> str:
    """The command that teaches what is behind it."""
    if diagnostic.topic is not None:
        return f"lstmshape explain --{diagnostic.topic}"
    return f"lstmshape explain {diagnostic.code}"


def header(diagnostic: Diagnostic, document: Document, gutter: int, wrap: int | None) -> list[Line]:
    """`error[LS301]: message` and `--> path:line:column`."""
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    parts = wrapped(escape(diagnostic.message), wrap, first=len(head) + 2, rest=2)
    lines: list[Line] = [[(head, diagnostic.severity), (": ", ""), (next(parts), "message")]]
    lines += [[("  ", ""), (part, "message")] for part in parts]
    start = diagnostic.locate(document).start
    place = f"{escape(document.source.name)}:{start.line}:{start.column}"
    lines.append([(" " * (gutter + 1) + "--> ", "gutter"), (place, "")])
    return lines


# -- the lines of the text ----------------------------------------------------------------------


def snippet(
    source: Source, marks: Sequence[Mark], gutter: int, room: int, wrap: int | None
) -> list[Line]:
    """The marked lines in the order of the text, `...` where lines are left out between them."""
    if not source.text:
        return []
    by_line: dict[int, list[Mark]] = {}
    for mark in marks:
        by_line.setdefault(mark.span.start.line, []).append(mark)
    empty: Line = [(" " * (gutter + 1) + " |", "gutter")]
    lines = [empty]
    before = None
    code_room = max(room - gutter - 4, 16)
    for number in sorted(by_line):
        if before is not None and number == before + 2:
            between = _Shown(source.line(number - 1), 0, code_room)
            lines.append(_numbered(number - 1, gutter, between.text))
        elif before is not None and number > before + 2:
            lines.append([(" ...", "gutter")])
        lines += _marked(source.line(number), number, by_line[number], gutter, code_room, wrap)
        before = number
    return [*lines, empty]


def _numbered(number: int, gutter: int, text: str) -> Line:
    return [(f" {number:>{gutter}} | ", "gutter"), (text, "")]


def _marked(
    text: str, number: int, marks: list[Mark], gutter: int, room: int, wrap: int | None
) -> Iterator[Line]:
    """One line of the text and the marks under it, the primary one first."""
    marks = sorted(marks, key=lambda mark: not mark.primary)
    shown = _Shown(text, marks[0].span.start.column - 1, room)
    yield _numbered(number, gutter, shown.text)
    blank = (" " * (gutter + 1) + " | ", "gutter")
    seen = set()
    for mark in marks:
        if (mark.span, mark.label) in seen:
            continue
        seen.add((mark.span, mark.label))
        start, length = shown.under(mark.span)
        style = "primary" if mark.primary else "related"
        line = ("^" if mark.primary else "-") * length
        for rest in _labelled(start, line, mark.label, style, None if wrap is None else room):
            yield [blank, *rest]


def _labelled(start: int, line: str, label: str, style: str, room: int | None) -> Iterator[Line]:
    """A mark with its label behind it, or below it where there is no room."""
    indent = start + len(line) + 1
    if room is not None and room - indent < LEAST_ROOM and len(label) > room - indent:
        yield [(" " * start + line, style)]
        indent = 2
        parts = wrapped(label, room, first=indent, rest=indent)
    else:
        parts = wrapped(label, room, first=indent, rest=indent)
        yield [(" " * start + f"{line} {next(parts)}".rstrip(), style)]
    for part in parts:
        yield [(" " * indent + part, style)]


class _Shown:
    """A line as it is shown: tabs expanded, unsafe characters spelled out, cut around `focus`."""

    def __init__(self, text: str, focus: int, room: int) -> None:
        parts, at, taken = [], [0], 0
        command = text.find("##[")
        for number, character in enumerate(text):
            part = " " * (TAB - taken % TAB) if character == "\t" else escape(character)
            if command >= 0 and text.startswith("#[", number):
                part = "\\x23"  # as `escape` writes a command of GitHub's
            parts.append(part)
            taken += width(part)
            at.append(taken)
        self._at = at
        self._first, self._last = self._window(focus, room)
        cut = "".join(parts[self._first : self._last])
        left = "…" if self._first else ""
        self.text = left + cut + ("…" if self._last < len(parts) else "")
        self._shift = self._at[self._first] - len(left)

    def _window(self, focus: int, room: int) -> tuple[int, int]:
        """The characters to show: all of them, or `room` columns with `focus` a third in."""
        at = self._at
        count = len(at) - 1
        if at[-1] <= room:
            return 0, count
        focus = min(focus, count)
        first = focus
        while first > 0 and at[focus] - at[first - 1] < room // 3:
            first -= 1
        last = first
        while last < count and at[last + 1] - at[first] <= room - 2:
            last += 1
        while last == count and first > 0 and at[last] - at[first - 1] <= room - 2:
            first -= 1
        return first, last

    def under(self, span: Span) -> tuple[int, int]:
        """(column from 0, length) of the mark under a span that starts on this line."""
        end = span.end.column - 1 if span.end.line == span.start.line else len(self._at) - 1
        first = min(max(span.start.column - 1, self._first), self._last)
        last = min(max(end, first), self._last)
        return self._at[first] - self._shift, max(self._at[last] - self._at[first], 1)


# -- help ---------------------------------------------------------------------------------------


def help_lines(fix: Fix, model: Model, room: int, wrap: int | None) -> Iterator[Line]:
    """`help: what to do`, with what it was proved to lead to beside it or below."""
    head, title = f"help{kind_of(fix)}", escape(fix.title)
    proof = f"verified: {effect(fix, model)}"
    if len(head) + 2 + width(title) + 4 + width(proof) <= room:
        gap = max(69 - len(head) - 2 - width(title), 4) if room > 100 else 4
        yield [(head, "help"), (f": {title}" + " " * gap, ""), (proof, "proof")]
    else:
        parts = wrapped(title, wrap, first=len(head) + 2, rest=6)
        yield [(head, "help"), (f": {next(parts)}", "")]
        yield from ([(" " * 6 + part, "")] for part in parts)
        for number, part in enumerate(wrapped(proof, wrap, 6, 8)):
            yield [(" " * (8 if number else 6) + part, "proof")]
    for change in fix.changes:
        if change.code and change.code not in fix.title:
            yield [(" " * 6 + escape(change.code), "code")]


def kind_of(fix: Fix) -> str:
    """What is to be told of a fix that `--fix` does not make."""
    return " (data)" if fix.kind == "data" else "" if fix.safe else " (unsafe)"


def effect(fix: Fix, model: Model) -> str:
    """Where a fix leads: `output becomes (batch, 64), params 20,736 -> 41,216`."""
    if not fix.output_shapes:
        return "this finding is gone"
    several = len(fix.output_shapes) > 1
    shapes = ", ".join(shape_text(shape) for shape in fix.output_shapes)
    noun = "outputs" if several else "output"
    if model.output_shapes is not None and _plain(model.output_shapes) == _plain(fix.output_shapes):
        said = f"{noun} {'stay' if several else 'stays'} {shapes}"
    else:
        said = f"{noun} {'become' if several else 'becomes'} {shapes}"
    if model.params is None:
        return f"{said}, {fix.params:,} params"
    if model.params != fix.params:
        return f"{said}, params {model.params:,} -> {fix.params:,}"
    return said


def shape_text(shape: Any) -> str:
    """A shape, of dims or as in a JSON report, as Python writes a tuple."""
    if shape is None:
        return "unknown"
    parts = [str(dim) for dim in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _plain(shapes: Iterable[Any]) -> list[str]:
    return [shape_text(shape) for shape in shapes]


# -- prose --------------------------------------------------------------------------------------


def wrapped(text: str, room: int | None, first: int, rest: int) -> Iterator[str]:
    """`text` broken at spaces into lines of `room` columns; the first begins at column `first`.

    A word that is longer than a line is left whole. There is always at least one line.
    """
    if room is None:
        yield text
        return
    line, indent = "", first
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if line and indent + width(joined) > room:
            yield line
            line, indent = word, rest
        else:
            line = joined
    yield line
