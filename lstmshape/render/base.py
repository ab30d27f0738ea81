"""What every output format is given: the look that was asked for, and the counts of a whole run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from lstmshape.diagnostics import Diagnostic, Fix, Severity
from lstmshape.formats import FORMATS
from lstmshape.pipeline import FileReport


class Look(NamedTuple):
    """How a report is to look. Formats for machines heed none of it."""

    #: columns of the terminal
    width: int = 80
    #: the column at which prose is wrapped; None leaves that to the reader (a pipe, a file)
    wrap: int | None = None
    color: bool = False
    #: MACs, activations, weights, masks and dtypes in the table
    columns: bool = False
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    fail_level: Severity = "error"


class CodeCount(NamedTuple):
    """How often a code was found, and how many of these `--fix` would mend."""

    name: str
    times: int
    fixable: int


class Tally:
    """Counts of one file or of many; those of a file are sent between processes."""

    __slots__ = ("codes", "errors", "files", "fixable", "notes", "unsafe", "warnings")

    def __init__(self) -> None:
        self.files = self.errors = self.warnings = self.notes = 0
        #: diagnostics with a fix that is safe, and those with another only
        self.fixable = self.unsafe = 0
        self.codes: dict[str, CodeCount] = {}

    def count(self, report: FileReport) -> None:
        """Add one file."""
        self.files += 1
        self.errors += report.count("error")
        self.warnings += report.count("warning")
        self.notes += report.count("note")
        for diagnostic in report.diagnostics:
            fix = applicable(diagnostic, unsafe=True)
            safe = fix is not None and fix.safe
            self.fixable += safe
            self.unsafe += fix is not None and not safe
            one = CodeCount(diagnostic.name, 1, int(safe))
            self.codes[diagnostic.code] = _sum(self.codes.get(diagnostic.code), one)

    def add(self, other: Tally) -> None:
        """Add the counts of other files."""
        for key in ("files", "errors", "warnings", "notes", "fixable", "unsafe"):
            setattr(self, key, getattr(self, key) + getattr(other, key))
        for code, counted in other.codes.items():
            self.codes[code] = _sum(self.codes.get(code), counted)

    @property
    def found(self) -> int:
        return self.errors + self.warnings + self.notes


def _sum(a: CodeCount | None, b: CodeCount) -> CodeCount:
    return b if a is None else CodeCount(b.name, a.times + b.times, a.fixable + b.fixable)


def applicable(diagnostic: Diagnostic, *, unsafe: bool = False) -> Fix | None:
    """The fix that `--fix` applies: the first safe one that edits the file; else an unsafe one."""
    editing = [fix for fix in diagnostic.fixes if fix.kind == "spec" and fix.edits]
    safe = next((fix for fix in editing if fix.safe), None)
    if safe is None and unsafe and editing:
        return editing[0]
    return safe


class Summary:
    """What a whole run comes to; complete once its last file was rendered."""

    __slots__ = ("dry", "fixed", "ignoring", "left_out", "passed_over", "tally")

    def __init__(self, *, dry: bool = False, ignoring: bool = False) -> None:
        self.tally = Tally()
        #: fixes are only shown
        self.dry = dry
        #: findings are not fixed but ignored
        self.ignoring = ignoring
        #: findings fixed or ignored (or that would be, with `--diff`)
        self.fixed = 0
        #: files in folders that are no specs
        self.passed_over = 0
        #: files and folders that were not looked into, by reason
        self.left_out: Mapping[str, int] = {}


class Format(Protocol):
    """An output format: one module with these."""

    #: where the line that sums up the run goes; None: nowhere
    SUMMARY: str | None

    @staticmethod
    def part(report: FileReport, look: Look) -> Any:
        """What is said of one file: plain data, which may be sent between processes."""

    @staticmethod
    def whole(parts: Iterable[Any], summary: Summary, look: Look) -> Iterator[str]:
        """The report, piece by piece; `summary` is complete when `parts` has run out."""


def find_format(name: str) -> Format:
    """The module of a format. KeyError when there is none of that name."""
    module: Any = import_module(f"lstmshape.render.{FORMATS[name]}")
    return module  # type: ignore[no-any-return]  # a module stands for the protocol


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


_DONE = (("fixed", "would fix"), ("ignored", "would ignore"))


def summary_line(summary: Summary, look: Look) -> str:
    """`checked 3 files: 2 errors, 1 warning; 2 fixable with --fix`."""
    tally = summary.tally
    found = [
        counted(number, noun)
        for number, noun in (
            (tally.errors, "error"), (tally.warnings, "warning"), (tally.notes, "note")
        )
        if number
    ]  # fmt: skip
    line = f"checked {counted(tally.files, 'file')}: {', '.join(found) or 'nothing to report'}"
    if summary.fixed:
        line += f"; {_DONE[summary.ignoring][summary.dry]} {summary.fixed:,}"
    if tally.fixable:
        line += f"; {tally.fixable:,} fixable with --fix"
    if tally.unsafe:
        line += f"; {tally.unsafe:,} with --unsafe-fixes"
    return line + _passed_over(summary) if look.verbose else line


def _passed_over(summary: Summary) -> str:
    """`; passed over 3 files without a model; left out 2 ignored by git`."""
    line = ""
    if summary.passed_over:
        line += f"; passed over {counted(summary.passed_over, 'file')} without a model"
    reasons = [f"{number:,} {why}" for why, number in sorted(summary.left_out.items()) if number]
    return line + (f"; left out {', '.join(reasons)}" if reasons else "")


def statistics_lines(tally: Tally) -> Iterator[str]:
    """Counts by code, the most frequent first: `12  LS301 collapsed-sequence  10 fixable`."""
    rows = sorted(tally.codes.items(), key=lambda item: (-item[1].times, item[0]))
    room = max((len(f"{row.times:,}") for _, row in rows), default=0)
    names = max((len(row.name) for _, row in rows), default=0)
    for code, row in rows:
        fixable = f"{row.fixable:,} fixable" if row.fixable else ""
        yield f"{row.times:>{room},}  {code} {row.name:<{names}}  {fixable}".rstrip()
