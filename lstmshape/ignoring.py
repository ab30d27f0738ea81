"""Ignore comments for what is found today, so that a team can begin on an old repository.

A comment stands at the end of the line where the finding is; where that would change what the file
says (in the middle of a text over several lines), on a line of its own above; else at the top of
the file. Each new text is believed only when it was read back and means the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from lstmshape.case import Options
from lstmshape.diagnostics import Diagnostic
from lstmshape.fixing import Fixed
from lstmshape.frontends import read
from lstmshape.frontends.document import Comment, Document
from lstmshape.frontends.proof import same
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.source import Position, Span, TextEdit, apply_edits

#: what is said about ignore comments themselves; no comment silences it
ABOUT_COMMENTS = ("bad-ignore", "unused-ignore")

Judge = Callable[[Document], FileReport]
Codes = dict[int, list[str]]
#: the edit that silences codes on a line; None where this way is barred
Way = Callable[[Document, int, list[str]], TextEdit | None]


def ignore_document(
    document: Document, options: Options, policy: Policy, where: str | None
) -> Fixed:
    """The file with a comment for each finding that one can silence, and what is left."""

    def judge(changed: Document) -> FileReport:
        return check_document(changed, options, policy._replace(fixes=False), where)

    before = judge(document)
    after = before
    if _may_have_comments(document):
        after = _with_comments(before, judge)
    report = check_document(after.document, options, policy, where)
    silenced = len(before.diagnostics) - len(after.diagnostics)
    return Fixed(report, after.document.source.text, silenced)


def _may_have_comments(document: Document) -> bool:
    """Whether it is a spec in YAML; JSON is YAML too, but whoever else reads it would stumble."""
    if document.kind != "spec" or document.tree is None:
        return False
    if document.source.name.lower().endswith(".json"):
        return False
    return not (document.source.text.lstrip()[:1] in ("{", "[") and _is_json(document.source.text))


def _is_json(text: str) -> bool:
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _with_comments(before: FileReport, judge: Judge) -> FileReport:
    """All comments at once, as mostly does; else line by line, from the last, each its own way."""
    wanted = _codes(before)
    if not wanted:
        return before
    report = _tried(before, wanted, at_the_end, judge)
    if report is not None:
        return report
    report, left = before, Counter[str]()
    # an inserted line moves only those that were done already
    for line in sorted(wanted, reverse=True):
        codes = {line: wanted[line]}
        tries = (_tried(report, codes, way, judge) for way in (at_the_end, on_the_line_above))
        done = next((one for one in tries if one is not None), None)
        report = done or report
        left.update(wanted[line] if done is None else ())
    at_top = {1: sorted(left)} if left else {}
    return (_tried(report, at_top, in_the_whole_file, judge) if left else None) or report


def _codes(report: FileReport) -> Codes:
    """The codes found on each line, in the order in which they are reported."""
    found: dict[int, list[str]] = {}
    for diagnostic in report.diagnostics:
        if diagnostic.name not in ABOUT_COMMENTS:
            line = diagnostic.locate(report.document).start.line
            codes = found.setdefault(line, [])
            if diagnostic.code not in codes:
                codes.append(diagnostic.code)
    return found


def _tried(before: FileReport, wanted: Codes, way: Way, judge: Judge) -> FileReport | None:
    """The report once the codes are silenced in this way; None where that cannot be proved."""
    document = before.document
    edits = [way(document, line, codes) for line, codes in wanted.items()]
    real = [edit for edit in edits if edit is not None]
    if len(real) < len(edits):
        return None
    text = apply_edits(document.source.text, real)
    changed = read(document.source.name, text.encode("utf-8", "surrogatepass"))
    if changed.kind != document.kind or not same(changed.tree, document.tree):
        return None
    after = judge(changed)
    gone = Counter(_said(before)) - Counter(_said(after))
    new = Counter(_said(after)) - Counter(_said(before))
    expected = Counter(_targets(before, wanted, everywhere=way is in_the_whole_file))
    return after if not new and not expected - gone else None


def _targets(report: FileReport, wanted: Codes, *, everywhere: bool) -> Iterator[tuple[str, str]]:
    """What is to be silenced."""
    codes = {code for listed in wanted.values() for code in listed}
    for d in report.diagnostics:
        here = codes if everywhere else wanted.get(d.locate(report.document).start.line, ())
        if d.code in here:
            yield _words(d)


def _said(report: FileReport) -> Iterator[tuple[str, str]]:
    return map(_words, report.diagnostics)


def _words(diagnostic: Diagnostic) -> tuple[str, str]:
    """A finding, wherever it has moved to."""
    return diagnostic.code, diagnostic.message


# -- the three ways -----------------------------------------------------------------------------


def at_the_end(document: Document, line: int, codes: list[str]) -> TextEdit | None:
    """`# lstmshape: ignore[…]` behind what the line says; one that is there gets the codes."""
    there = [comment for comment in document.comments() if comment.line == line]
    if there:
        return _more(document, there[0], codes) if there[0].scope == "ignore" else None
    text = document.source.line(line)
    said = text.rstrip()
    span = Span(Position(line, len(said) + 1), Position(line, len(text) + 1))
    return TextEdit(span, f"  # lstmshape: ignore[{', '.join(codes)}]")


def on_the_line_above(document: Document, line: int, codes: list[str]) -> TextEdit | None:
    """`# lstmshape: ignore-next-line[…]`, as far in as the line."""
    for comment in document.comments():
        if comment.line == line - 1 and comment.scope == "ignore-next-line":
            return _more(document, comment, codes)
    text = document.source.line(line)
    indent = text[: len(text) - len(text.lstrip())]
    return _new_line(document, line, f"{indent}# lstmshape: ignore-next-line[{', '.join(codes)}]")


def in_the_whole_file(document: Document, line: int, codes: list[str]) -> TextEdit | None:
    """`# lstmshape: ignore-file[…]` as the first line."""
    for comment in document.comments():
        if comment.scope == "ignore-file":
            return _more(document, comment, codes)
    return _new_line(document, 1, f"# lstmshape: ignore-file[{', '.join(codes)}]")


def _new_line(document: Document, line: int, text: str) -> TextEdit:
    end = "\r\n" if "\r\n" in document.source.text else "\n"
    return TextEdit(Span(Position(line, 1), Position(line, 1)), text + end)


_BRACKET = re.compile(r"#[ \t]*lstmshape:[ \t]*[\w-]*[ \t]*\[([^\]]*)\]")


def _more(document: Document, comment: Comment, codes: list[str]) -> TextEdit | None:
    """A comment with further codes; None for one that could not be understood."""
    text = document.source.line(comment.line)
    found = _BRACKET.match(text, comment.column - 1)
    if found is None or comment.problem is not None:
        return None
    start, end = (Position(comment.line, offset + 1) for offset in found.span(1))
    return TextEdit(Span(start, end), ", ".join(dict.fromkeys([*comment.codes, *codes])))
