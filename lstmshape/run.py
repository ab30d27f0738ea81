"""A run of `check`: files are found, each is judged and rendered, and the exit code follows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from lstmshape.config import Configs, common_folder
from lstmshape.discovery import STDIN, Found, discover
from lstmshape.errors import CannotRun
from lstmshape.formats import MACHINE_FORMATS
from lstmshape.jobs import Outcome, Plan, outcomes
from lstmshape.progress import Progress, progress_of
from lstmshape.render.base import Summary, counted, find_format, summary_line
from lstmshape.render.escape import escape
from lstmshape.settings import (
    Request,
    Settings,
    check_config,
    check_request,
    options_of,
    settings_of,
)
from lstmshape.streams import flush_output, write, write_lines_of_files


def run(request: Request) -> int:
    """Carry out a request; the exit code comes back. Raises `CannotRun`."""
    configs = Configs(check_config)
    named = [path for path in request.paths or () if path != STDIN]
    config = configs.at(common_folder(named or [request.stdin_filename or "."]))
    plan = Plan(request, settings_of(request, config, os.environ), configs)
    # a mistake in an option is said before any file is read
    check_request(request)
    options_of(request, config)
    left_out = Counter[str]()
    files = _files(plan.settings, left_out)
    run = _Run(plan, progress_of(len(files), plan.settings.format, os.environ))
    run.summary.left_out = left_out
    with closing(outcomes(plan, files)) as done:
        run.report(done)
    return run.exit_code()


def _files(settings: Settings, left_out: Counter[str]) -> list[Found]:
    files = list(discover(settings.paths, settings.limits, left_out))
    if settings.changed is None:
        return files
    from lstmshape.changed import only_changed

    changed = only_changed(files, settings.paths, settings.changed)
    left_out["not changed"] = len(files) - len(changed)
    return changed


class _Run:
    """What is gathered while the files go by, and where it goes."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self.settings = plan.settings
        self.progress = progress
        self.output_file = plan.request.output_file
        self.summary = Summary(dry=plan.settings.diff, ignoring=plan.settings.add_ignores)
        self.diffs: list[str] = []
        self.problems: list[str] = []
        self.fixed_input = ""
        self.for_machines = plan.settings.format in MACHINE_FORMATS

    def report(self, done: Iterable[Outcome]) -> None:
        """Render the files as they come, to standard output or into the file asked for."""
        settings = self.settings
        format = find_format(settings.format)
        pieces = format.whole(self._parts(done), self.summary, settings.look)
        if settings.diff:
            self._report_diff("".join(pieces))
        elif (settings.fix or settings.add_ignores) and STDIN in settings.paths:
            # standard input is changed into standard output, and the report goes aside
            report = "".join(pieces)
            self._put(report, aside=True)
            write_lines_of_files(self.fixed_input)
        elif self.output_file is not None:
            self._put("".join(pieces))
        else:
            for piece in pieces:
                self.progress.clear()
                write(piece)
        flush_output()
        if format.SUMMARY == "stderr" or (settings.diff and not self.for_machines):
            self._sum_up()
        for problem in self.problems:
            write(f"lstmshape: {escape(problem)}\n", aside=True)

    def _parts(self, done: Iterable[Outcome]) -> Iterator[Any]:
        """The parts to render; what else the outcomes say is gathered."""
        for outcome in self.progress.over(done):
            if outcome.problem is not None:
                self.problems.append(outcome.problem)
            if outcome.part is None:
                self.summary.passed_over += outcome.problem is None
                continue
            self.summary.tally.add(outcome.tally)
            self.summary.fixed += outcome.fixed
            self.fixed_input = outcome.text or self.fixed_input
            if outcome.diff:
                self.diffs.append(outcome.diff)
            yield outcome.part

    def _report_diff(self, report: str) -> None:
        """The diff takes the place of a report for people; one for machines keeps its place."""
        diff = "".join(self.diffs)
        if self.for_machines:
            self._put(report)
            write_lines_of_files(diff, aside=True)
        elif self.output_file is None:
            write_lines_of_files(diff)
        else:
            self._put(diff)

    def _put(self, text: str, *, aside: bool = False) -> None:
        if self.output_file is None:
            write(text, aside=aside)
            return
        from lstmshape.writing import replace_file

        replace_file(self.output_file, text.encode("utf-8", "surrogateescape"))

    def _sum_up(self) -> None:
        if not self.settings.look.quiet:
            write(f"{summary_line(self.summary, self.settings.look)}\n", aside=True)

    def _may_be_nothing(self) -> bool:
        """Whether no spec at all is fine: nothing changed, or a hook named other files only."""
        settings = self.settings
        if settings.changed is not None:
            return True
        return settings.specs_only and not any(map(os.path.isdir, settings.paths))

    def exit_code(self) -> int:
        """0: nothing at or above the fail level; 1: something; 2: a fix or a file went wrong.

        Raises `CannotRun` when there was no spec at all, unless only some files were to be checked.
        """
        tally = self.summary.tally
        if self.problems:
            return 2
        if not tally.files and not self._may_be_nothing():
            over = self.summary.passed_over
            where = ", ".join(f"`{path}`" for path in self.settings.paths)
            models = f"{counted(over, 'file')} {'is no model' if over == 1 else 'are no models'}"
            raise CannotRun(f"no spec found in {where}" + (f" ({models})" if over else ""))
        counts = (tally.errors, tally.warnings, tally.notes)
        levels = ("error", "warning", "note").index(self.settings.fail_level) + 1
        found = any(counts[:levels]) or bool(self.diffs)
        return int(found and not self.settings.exit_zero)
