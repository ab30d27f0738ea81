"""What a run of `check` is to do: the options given, else what the configuration says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lstmshape.case import NO_OPTIONS, Options
from lstmshape.config import Config
from lstmshape.diagnostics import Severity
from lstmshape.discovery import STDIN, Limits
from lstmshape.errors import CannotRun
from lstmshape.patterns import Patterns
from lstmshape.pipeline import Policy
from lstmshape.render.base import Look

NARROWEST, WIDEST = 20, 1000


class Request(NamedTuple):
    """The options of `lstmshape check` as they were given; None or False: not given."""

    paths: Sequence[str] | None = None
    stdin_filename: str | None = None
    changed: str | None = None
    specs_only: bool = False
    format: str | None = None
    output_file: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    add_ignores: bool = False
    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    dim: Sequence[str] | None = None
    batch_size: int | None = None
    x: Sequence[str] | None = None
    y: Sequence[str] | None = None
    columns: bool = False
    fail_level: Severity | None = None
    strict: bool = False
    exit_zero: bool = False
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    jobs: int | None = None
    color: str | None = None


class Settings(NamedTuple):
    """What holds for the whole run."""

    paths: tuple[str, ...]
    format: str
    #: the least severity at which the run fails
    fail_level: Severity
    exit_zero: bool
    #: fixes are applied (or, with `diff`, shown)
    fix: bool
    unsafe: bool
    diff: bool
    #: ignore comments are written for what is found
    add_ignores: bool
    #: only files that git says changed since this revision
    changed: str | None
    #: files that were named are judged as if they had been found in a folder
    specs_only: bool
    #: None: as many processes as pay
    jobs: int | None
    look: Look
    limits: Limits


def settings_of(request: Request, config: Config, environment: Mapping[str, str]) -> Settings:
    """The options, then the configuration, then what is usual."""
    paths = tuple(request.paths or (".",))
    format = request.format or config.get("format", "table")
    if format == "auto":
        format = "github" if environment.get("GITHUB_ACTIONS") == "true" else "table"
    fixes = request.fix or request.unsafe_fixes
    if fixes and request.add_ignores:
        raise CannotRun("--fix first, then --add-ignores for what is left: not both at once")
    if request.changed is not None and STDIN in paths:
        raise CannotRun("--changed is about files, not standard input")
    return Settings(
        paths=paths,
        format=format,
        fail_level=_fail_level(request, config),
        exit_zero=request.exit_zero or config.get("exit-zero", False),
        fix=fixes or (request.diff and not request.add_ignores),
        unsafe=request.unsafe_fixes,
        diff=request.diff,
        add_ignores=request.add_ignores,
        changed=request.changed,
        specs_only=request.specs_only,
        jobs=request.jobs or config.get("jobs"),
        look=look_of(request, config, environment),
        limits=Limits(
            config.folder,
            Patterns(config.get("include", ())),
            Patterns(config.get("exclude", ())),
            request.specs_only,
        ),
    )


def _fail_level(request: Request, config: Config) -> Severity:
    if request.fail_level is not None and request.strict:
        raise CannotRun("--strict is --fail-level warning: give one of the two")
    if request.strict or (request.fail_level is None and config.get("strict")):
        return "warning"
    level: Severity = request.fail_level or config.get("fail-level", "error")
    return level


# -- looks --------------------------------------------------------------------------------------


def look_of(request: Request, config: Config, environment: Mapping[str, str]) -> Look:
    """Width and colours of the terminal, where the report goes to one."""
    terminal = request.output_file is None and sys.stdout.isatty()
    width = _width(terminal, environment)
    return Look(
        width=width or 80,
        wrap=width,
        color=_colored(request.color or config.get("color", "auto"), terminal, environment),
        columns=request.columns or config.get("columns", False),
        quiet=request.quiet or config.get("quiet", False),
        verbose=request.verbose or config.get("verbose", False),
        statistics=request.statistics or config.get("statistics", False),
        fail_level=_fail_level(request, config),
    )


def _width(terminal: bool, environment: Mapping[str, str]) -> int | None:
    """COLUMNS, else that of the terminal; None where there is neither."""
    said = environment.get("COLUMNS", "")
    width = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
    if not width and terminal:
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            width = 0
    return min(max(width, NARROWEST), WIDEST) if width else None


def _colored(choice: str, terminal: bool, environment: Mapping[str, str]) -> bool:
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR")
    if forced:
        return forced not in ("0", "false")
    return terminal and environment.get("TERM") != "dumb"


# -- what is judged -----------------------------------------------------------------------------


def policy_of(request: Request, config: Config, path: str) -> Policy:
    """Which codes count in a file, and how much."""
    ignore = list(_codes(request.ignore) or config.get("ignore", ()))
    for pattern, codes in config.get("per-file-ignores", {}).items():
        relative = os.path.relpath(os.path.abspath(path), config.folder).replace(os.sep, "/")
        if path != STDIN and Patterns([pattern]).takes(relative):
            ignore += codes
    return Policy(
        select=tuple(_codes(request.select) or config.get("select", ())),
        ignore=tuple(ignore),
        severities=config.get("severity", {}),
    )


def _codes(given: Iterable[str] | None) -> list[str]:
    """Codes as options give them: several times, or with commas."""
    return [code.strip() for text in given or () for code in text.split(",") if code.strip()]


def check_request(request: Request) -> None:
    """Raise `CannotRun` for a code that is none: it would silently select nothing."""
    _known([*_codes(request.select), *_codes(request.ignore)])


def check_config(config: Config) -> None:
    """As `check_request`, for what a configuration says."""
    ignored = (code for codes in config.get("per-file-ignores", {}).values() for code in codes)
    said = (config.get(key, ()) for key in ("select", "ignore", "severity"))
    _known([*(code for codes in said for code in codes), *ignored], f"`{config.path}`: ")


def _known(codes: list[str], said_by: str = "") -> None:
    if not codes:
        return
    from lstmshape.rules import no_code

    for code in codes:
        problem = no_code(code)
        if problem is not None:
            raise CannotRun(said_by + problem)


_BINDING = r"\s*([^\W\d]\w*)\s*=\s*(\d{1,18})\s*"


def options_of(request: Request, config: Config) -> Options:
    """Sizes and data given beside the specs."""
    dims = {**config.get("dims", {})}
    for text in request.dim or ():
        found = re.fullmatch(_BINDING, text)
        if found is None:
            raise CannotRun(f"--dim wants a name and a size such as T=480, not `{text}`")
        dims[found[1]] = int(found[2])
    x, y = _arrays(request.x, "--x"), _arrays(request.y, "--y")
    batch_size = request.batch_size or config.get("batch-size")
    if not dims and x is None and y is None and batch_size is None:
        return NO_OPTIONS
    return Options(dims, batch_size, x, y)


_NAMED = r"(?s:([^\W\d][\w.-]*)=(.*))"
_SHAPE = r"[(\[]?\s*([\w?]+(?:\s*[,x]\s*[\w?]+)*)?\s*,?\s*[)\]]?"


def _arrays(given: Sequence[str] | None, flag: str) -> Any:
    """`--x` and `--y` in the form of a spec's `data`: one array, a list, or a mapping by name."""
    if not given:
        return None
    named: dict[str, Any] = {}
    unnamed: list[Any] = []
    for text in given:
        found = re.fullmatch(_NAMED, text)
        if found is None:
            unnamed.append(_array(text, flag))
        else:
            named[found[1]] = _array(found[2], flag)
    if named and unnamed:
        raise CannotRun(f"{flag}: name all of the arrays or none")
    return named or (unnamed if len(unnamed) > 1 else unnamed[0])


def _array(text: str, flag: str) -> Any:
    """A file's absolute path, or a shape as a list."""
    if text.lower().endswith((".npy", ".npz")):
        if not os.path.isfile(text):
            raise CannotRun(f"{flag}: there is no file `{text}`")
        return os.path.abspath(text)
    found = re.fullmatch(_SHAPE, text.strip())
    if found is None or not text.strip():
        raise CannotRun(
            f"{flag} wants a shape such as 1000,30,16, or a .npy or .npz file, not `{text}`"
        )
    return [_size(part.strip()) for part in re.split(r"[,x]", found[1])] if found[1] else []


def _size(text: str) -> int | str | None:
    if text in ("null", "None", "none", "?"):
        return None
    return int(text) if text.isdecimal() else text
