"""`lstmshape export`: a model written for another tool."""

import os
from typing import Annotated

from lstmshape.commandline import Argument, Option
from lstmshape.discovery import STDIN
from lstmshape.errors import CannotRun
from lstmshape.export import FOR_KERAS, TARGETS, export
from lstmshape.export.errors import CannotExport
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.render.escape import escape
from lstmshape.streams import read_input, write, write_lines_of_files

# no `from __future__ import annotations`: the command line reads the annotations themselves
Text = str | None
Texts = list[str] | None


def command(
    specs: Annotated[
        Texts, Argument("The model, in any format that is read; - for stdin.", "SPEC")
    ] = None,
    to: Annotated[Text, Option("For what.", "--to", choices=tuple(TARGETS))] = None,
    output_file: Annotated[
        Text, Option("Write it there.", "--output-file", "-o", metavar="FILE")
    ] = None,
) -> int:
    """Write a model for another tool: Keras, a drawing, or a clean spec."""
    if to is None:
        raise CannotRun(f"say what to export to: --to {'|'.join(TARGETS)}")
    if len(specs or ()) != 1:
        raise CannotRun("`export` takes one spec")
    assert specs is not None
    report = judged(specs[0])
    if report.case is None:
        say_findings(report)
        return 2
    if to in FOR_KERAS and not report.ok:
        say_findings(report)
        return 1
    try:
        text = export(report, to)
    except CannotExport as problem:
        write(f"lstmshape: cannot export to {to}: {escape(str(problem))}\n", aside=True)
        return 1
    put(text, output_file)
    return 0


def judged(path: str) -> FileReport:
    """The report of a file, or of standard input. Raises `CannotRun` for a missing file."""
    from lstmshape.frontends import read
    from lstmshape.frontends.text import MAX_BYTES, bytes_of

    if path == STDIN:
        data, name = read_input(MAX_BYTES + 1), "<stdin>"
    else:
        name = path
        try:
            data = bytes_of(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CannotRun(f"cannot read `{path}`: {reason}") from error
    document = read(name, data, None if path == STDIN else path)
    where = os.path.dirname(path) or "."
    return check_document(document, policy=Policy(fixes=False), where=where)


def say_findings(report: FileReport) -> None:
    """The errors of a report on standard error, one a line."""
    from lstmshape.render.base import Look
    from lstmshape.render.concise import part

    errors = [d for d in report.diagnostics if d.severity == "error"] or report.diagnostics
    text = part(FileReport(report.document, report.case, errors), Look())
    write(text, aside=True)


def put(text: str, output_file: str | None) -> None:
    """The text into a file, or to standard output."""
    if output_file is None:
        write_lines_of_files(text)
        return
    from lstmshape.writing import replace_file

    replace_file(output_file, text.encode("utf-8", "surrogateescape"))
