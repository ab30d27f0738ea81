"""The command line: options in, exit code out. What is done with them is in `run` and its like.

Exit codes, and no others: 0, nothing at or above the fail level; 1, something was found; 2, it
could not run.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn

from lstmshape.commandline import (
    Argument,
    Command,
    Option,
    plain_arguments,
    typer_command,
    valued,
)
from lstmshape.errors import CannotRun, defect
from lstmshape.formats import FORMATS

FOUND_NOTHING, FOUND, COULD_NOT_RUN = 0, 1, 2

#: commands by name: where the function is, imported when the command is called
COMMANDS = {
    "check": "lstmshape.cli:check",
    "export": "lstmshape.export.command:command",
    "diff": "lstmshape.diff.command:command",
    "schema": "lstmshape.schema:command",
    "explain": "lstmshape.explain.command:explain",
}

Flag = bool
Text = str | None
Texts = list[str] | None
Number = int | None


def check(
    paths: Annotated[Texts, Argument("Files, folders, or - for standard input.", "PATH")] = None,
    stdin_filename: Annotated[
        Text, Option("What standard input is called.", "--stdin-filename", metavar="FILE")
    ] = None,
    changed: Annotated[
        Text,
        Option(
            "Only files that git says changed since REF (HEAD), and new ones.",
            "--changed",
            metavar="[REF]",
            alone="HEAD",
        ),
    ] = None,
    specs_only: Annotated[
        Flag, Option("Pass over named files that are no models.", "--specs-only")
    ] = False,
    format: Annotated[
        Text,
        Option(
            "How to report; auto: github in its Actions.", "--format", choices=(*FORMATS, "auto")
        ),
    ] = None,
    output_file: Annotated[
        Text, Option("Write the report there.", "--output-file", "-o", metavar="FILE")
    ] = None,
    fix: Annotated[Flag, Option("Apply the first safe fix of each finding.", "--fix")] = False,
    unsafe_fixes: Annotated[
        Flag, Option("Apply fixes too that may not be what was meant.", "--unsafe-fixes")
    ] = False,
    diff: Annotated[
        Flag, Option("Show what --fix would change, without writing.", "--diff")
    ] = False,
    add_ignores: Annotated[
        Flag, Option("Write an ignore comment for each finding of today.", "--add-ignores")
    ] = False,
    select: Annotated[
        Texts,
        Option("Codes to look for: LS3, LS301, collapsed-sequence.", "--select", metavar="CODES"),
    ] = None,
    ignore: Annotated[Texts, Option("Codes to leave out.", "--ignore", metavar="CODES")] = None,
    dim: Annotated[Texts, Option("Bind an open size.", "--dim", metavar="T=480")] = None,
    batch_size: Annotated[
        Number, Option("How many samples at once.", "--batch-size", metavar="N", least=1)
    ] = None,
    x: Annotated[
        Texts,
        Option("What will be fed: a shape, or a .npy/.npz file.", "--x", metavar="[NAME=]DATA"),
    ] = None,
    y: Annotated[Texts, Option("The targets, likewise.", "--y", metavar="[NAME=]DATA")] = None,
    columns: Annotated[
        Flag, Option("Add MACs, activations, weights, dtypes and masks.", "--columns")
    ] = False,
    fail_level: Annotated[
        Text,
        Option("What makes it fail.", "--fail-level", choices=("error", "warning", "note")),
    ] = None,
    strict: Annotated[Flag, Option("Short for --fail-level warning.", "--strict")] = False,
    exit_zero: Annotated[Flag, Option("End with 0 whatever is found.", "--exit-zero")] = False,
    quiet: Annotated[Flag, Option("Findings only.", "--quiet", "-q")] = False,
    verbose: Annotated[
        Flag, Option("Models inside models; files passed over.", "--verbose", "-v")
    ] = False,
    statistics: Annotated[Flag, Option("Counts by code.", "--statistics")] = False,
    jobs: Annotated[Number, Option("Processes at once.", "--jobs", metavar="N", least=1)] = None,
    color: Annotated[
        Text,
        Option(
            "Colours, else as NO_COLOR and FORCE_COLOR say.",
            "--color",
            choices=("auto", "always", "never"),
        ),
    ] = None,
) -> int:
    """Check specs: every shape, what does not fit, and how to mend it."""
    given = locals()
    from lstmshape.run import run
    from lstmshape.settings import Request

    return run(Request(**given))


def main() -> NoReturn:
    """The program `lstmshape`.

    It ends without tidying up what ends with it anyway, which would take a tenth of the time.
    """
    gc.set_threshold(100_000, 20, 50)
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # the caller has closed it
            setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115  # for as long as it runs
    os._exit(call(sys.argv[1:]))


def call(words: Sequence[str]) -> int:
    """Carry out a command line; the exit code comes back, whatever happens."""
    return _guarded(lambda: _flushed(_dispatch(list(words))))


def _flushed(code: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _guarded(action: Callable[[], int]) -> int:
    """The exit code of an action; one that cannot go on says so in one line, or not at all."""
    try:
        return action()
    except KeyboardInterrupt:
        return COULD_NOT_RUN
    except BrokenPipeError:
        _close_output()
        return COULD_NOT_RUN
    except CannotRun as problem:
        _say_problem(str(problem))
        return COULD_NOT_RUN
    except OSError as error:  # the disk is full, the terminal has gone
        _say_problem(f"{error.filename or 'output'}: {error.strerror or error}".lower())
        return COULD_NOT_RUN
    except SystemExit as end:  # Typer's way to end
        return end.code if end.code in (FOUND_NOTHING, FOUND) else COULD_NOT_RUN
    except Exception as error:
        # Python itself would end with 1, and a defect must not read as a finding
        _say_problem(defect(error))
        return COULD_NOT_RUN


def _dispatch(words: list[str]) -> int:
    if words == ["--version"]:
        _say_version()
        return FOUND_NOTHING
    name = words[0] if words else ""
    if name in COMMANDS and "_LSTMSHAPE_COMPLETE" not in os.environ:
        command = _find(name)
        words = [name, *valued(command, words[1:])]
        values = plain_arguments(command, words[1:])
        if values is not None:
            return command(**values)
    return _by_typer(_typer(name), words)


def _by_typer(app: Any, words: Sequence[str]) -> int:
    """What Typer makes of the words; of a mistake in them, its message without what is obeyed."""
    try:
        code = app(words, prog_name="lstmshape", standalone_mode=False)
    except Exception as problem:
        # the classes are Click's, which some versions of Typer bring along under another name
        if not hasattr(problem, "format_message"):
            raise
        _say_mistake(problem)
        return COULD_NOT_RUN
    return code if code in (FOUND_NOTHING, FOUND) else COULD_NOT_RUN


def _carry_out(command: Command, values: dict[str, Any]) -> int:
    """A command that Typer calls: what it raises is not Typer's to handle."""
    return _guarded(lambda: command(**values))


def _find(name: str) -> Command:
    from importlib import import_module

    module, _, function = COMMANDS[name].partition(":")
    found: Command = getattr(import_module(module), function)
    return found


def _typer(name: str) -> Any:
    """The Typer application: with the command called, or with all where none is."""
    import typer

    app = typer.Typer(
        name="lstmshape", rich_markup_mode=None, pretty_exceptions_enable=False,
        no_args_is_help=True, help="Shapes of Keras models from YAML, without Keras.",
    )  # fmt: skip

    @app.callback()
    def top(
        version: Annotated[
            bool, typer.Option("--version", help="Say which version this is.")
        ] = False,
    ) -> None:
        if version:
            _say_version()
            raise typer.Exit

    for known in [name] if name in COMMANDS else COMMANDS:
        command = _find(known)
        settings = getattr(command, "settings", {})
        app.command(known, **settings)(typer_command(command, _carry_out))
    return app


def _say_version() -> None:
    from lstmshape import __version__

    print(f"lstmshape {__version__}")


def _say_problem(problem: str) -> None:
    from lstmshape.render.escape import escape

    print(f"lstmshape: {escape(problem)}", file=sys.stderr)


def _say_mistake(problem: Any) -> None:
    """A mistake in a command line, as Click tells it."""
    if type(problem).__name__ == "NoArgsIsHelpError":
        problem.show()
        return
    from lstmshape.render.escape import escape

    context = problem.ctx
    if context is not None:
        said = f"Try '{context.command_path} --help' for help."
        print(f"{context.get_usage()}\n{said}\n", file=sys.stderr)
    print(f"Error: {escape(problem.format_message())}", file=sys.stderr)


def _close_output() -> None:
    """Nobody reads any more: what is still buffered must not be written when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
