"""One file from its bytes to its part of the report; and many files, in processes where it pays."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lstmshape.case import Options
from lstmshape.collector import collected_between
from lstmshape.config import Configs
from lstmshape.discovery import STDIN, Found, shown
from lstmshape.errors import CannotRun, defect
from lstmshape.facts import Unreadable
from lstmshape.frontends import is_surely_model, may_be_model, read
from lstmshape.frontends.document import Document
from lstmshape.frontends.text import MAX_BYTES, Unread, bytes_of
from lstmshape.pipeline import Policy, check_document
from lstmshape.render.base import Tally, find_format
from lstmshape.settings import Request, Settings, options_of, policy_of
from lstmshape.source import Source
from lstmshape.streams import read_input

if TYPE_CHECKING:
    from lstmshape.fixing import Fixed

#: files for which one more process pays: a copy of this one, and one that must begin anew
FILES_A_COPY, FILES_A_PROCESS = 25, 250
#: files that a process takes at once
FILES_A_CHUNK = 8
#: what a document is judged by: what is given beside it, which codes count, and its folder
Judging: TypeAlias = tuple[Options, Policy, str]


class Plan(NamedTuple):
    """All that is needed to check one file; it is sent to every process."""

    request: Request
    settings: Settings
    configs: Configs


class Outcome(NamedTuple):
    """What came of one file. `part` is None for one that was passed over."""

    part: Any
    tally: Tally
    fixed: int = 0
    diff: str = ""
    #: standard input after its fixes
    text: str | None = None
    #: why a fix could not be written
    problem: str | None = None


def check_file(plan: Plan, file: Found) -> Outcome:
    """Read, judge, perhaps fix, and render one file."""
    try:
        return _checked(plan, file)
    except (CannotRun, OSError):
        raise
    except Exception as error:  # a defect of ours: the other files are checked all the same
        return Outcome(None, Tally(), problem=f"{shown(file.path)}: {defect(error)}")


def _checked(plan: Plan, file: Found) -> Outcome:
    settings = plan.settings
    own = (plan.request.stdin_filename or "<stdin>") if file.path == STDIN else file.path
    path = shown(own)
    opened = _opened(file, path)
    tally = Tally()
    if opened is None:
        return Outcome(None, tally)
    data, document = opened
    where = os.path.dirname(own) or "."
    config = plan.configs.at(where)
    judging = options_of(plan.request, config), policy_of(plan.request, config, own), where
    outcome = Outcome(None, tally)
    report = None
    if settings.fix or settings.add_ignores:
        fixed = _rewritten(settings, document, judging)
        outcome = outcome._replace(**_fixed(settings, file, path, data, document, fixed.text))
        if outcome.problem is None:
            report, outcome = fixed.report, outcome._replace(fixed=fixed.applied)
    report = report or check_document(document, *judging)
    tally.count(report)
    return outcome._replace(part=find_format(settings.format).part(report, settings.look))


def _rewritten(settings: Settings, document: Document, judging: Judging) -> Fixed:
    """The document with its fixes, or with comments that ignore what is found."""
    if not settings.add_ignores:
        from lstmshape.fixing import fix_document

        return fix_document(document, *judging, unsafe=settings.unsafe)
    from lstmshape.ignoring import ignore_document

    return ignore_document(document, *judging)


def _opened(file: Found, path: str) -> tuple[bytes, Document] | None:
    """The bytes of a file and its document; None for one from a folder that is no model."""
    try:
        data = _bytes(file)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        return b"", Unread(Source(path, ""), Unreadable(problem=problem))
    where = None if file.path == STDIN else file.path
    if file.named:
        return data, read(path, data, where)
    if not may_be_model(data):
        return None
    document = read(path, data, where)
    return (data, document) if is_surely_model(document, data) else None


def _bytes(file: Found) -> bytes:
    """What is in a file, one byte beyond the bound at most."""
    if file.path == STDIN:
        return read_input(MAX_BYTES + 1)
    return bytes_of(file.path)


def _fixed(
    settings: Settings, file: Found, path: str, data: bytes, document: Document, text: str
) -> dict[str, Any]:
    """The fixed text shown, handed on, or written: what the outcome is to say of it."""
    from lstmshape.fixing import encoded, unified_diff

    before = document.source.text
    if settings.diff:
        return {"diff": unified_diff(path, before, text)}
    if file.path == STDIN:
        return {"text": text}
    if text == before:
        return {}
    from lstmshape.writing import CannotWrite, replace_file

    try:
        replace_file(file.path, encoded(text, data), expected=data)
    except CannotWrite as problem:
        return {"problem": str(problem)}
    return {}


# -- many files ---------------------------------------------------------------------------------


def outcomes(plan: Plan, files: list[Found]) -> Generator[Outcome, None, None]:
    """What comes of the files, in their order, from as many processes as pay."""
    jobs = min(plan.settings.jobs or _worth(len(files)), len(files))
    if jobs < 2 or any(file.path == STDIN for file in files):
        for file in collected_between(files) if len(files) > 1 else files:
            yield check_file(plan, file)
        return
    from lstmshape.processes import in_processes

    # what the first file needs is imported once
    yield check_file(plan, files[0])
    work = partial(_check_all, plan)
    with closing(in_processes(work, _chunks(files[1:], jobs), jobs)) as chunks:
        # the first step makes the processes, so that they too have the collector aside
        for done, error in collected_between(chunks):
            yield from done
            if error is not None:
                raise error


def _chunks(files: list[Found], jobs: int) -> list[list[Found]]:
    """What is taken at once: little enough that all processes end at about the same time."""
    from lstmshape.processes import MOST_ITEMS

    size = max(1, min(FILES_A_CHUNK, len(files) // (jobs * 4)), -(-len(files) // MOST_ITEMS))
    return [files[start : start + size] for start in range(0, len(files), size)]


def _check_all(plan: Plan, files: list[Found]) -> tuple[list[Outcome], CannotRun | OSError | None]:
    """What comes of some files, up to one with which the run cannot go on."""
    done: list[Outcome] = []
    try:
        for file in collected_between(files):
            done.append(check_file(plan, file))
    except (CannotRun, OSError) as error:
        return done, error
    return done, None


def _worth(files: int) -> int:
    """How many processes pay for so many files."""
    if files < 2 * FILES_A_COPY:
        return 1
    from lstmshape.processes import may_fork

    if hasattr(os, "sched_getaffinity"):
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    return min(processors, files // (FILES_A_COPY if may_fork() else FILES_A_PROCESS))
