"""The short way of reading arguments says what Typer says, or nothing."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstmshape import cli
from lstmshape.commandline import plain_arguments, typer_command

FLAGS = {
    flag: meta
    for annotation in cli.check.__annotations__.values()
    for meta in getattr(annotation, "__metadata__", ())
    for flag in getattr(meta, "flags", ())
}


def by_typer(words: list[str]) -> dict[str, Any] | None:
    """What Typer reads; None where it says that something is wrong, or shows help."""
    seen: list[dict[str, Any]] = []

    def carry_out(_: object, values: dict[str, Any]) -> int:
        seen.append(values)
        return 0

    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.callback()(lambda: None)
    app.command("check")(typer_command(cli.check, carry_out))
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        pytest.raises(SystemExit),
    ):
        app(["check", *words], prog_name="lstmshape")
    return seen[0] if seen else None


def word_lists() -> st.SearchStrategy[list[str]]:
    value = st.sampled_from(
        [
            "a.yaml",
            "-",
            "json",
            "table",
            "error",
            "3",
            "0",
            "-3",
            "03",
            "x=1",
            "",
            "a b",
            "--",
            "always",
            "٣",
            "1_0",
        ]
    )
    flag = st.sampled_from([*FLAGS, "--help", "--nope", "-qv", "-ofile", "-z"])
    pair = st.builds(lambda f, v: f"{f}={v}", flag, value)
    return st.lists(st.one_of(value, flag, pair), max_size=6)


@settings(max_examples=300, deadline=None)
@example(["--format", "json", "a", "--", "--fix", "b"])
@example(["--select", "LS3", "--select=LS4", "-o", "x", "-q", "-"])
@example(["--batch-size", "0"])
@given(word_lists())
def test_what_is_read_the_short_way_is_what_typer_reads(words: list[str]) -> None:
    short = plain_arguments(cli.check, words)
    if short is not None:
        assert by_typer(words) == short


@pytest.mark.parametrize(
    "words",
    [
        [], ["a.yaml"], ["a", "b", "-"], ["--format", "json", "a"], ["--format=concise"],
        ["a", "--fix", "--dim", "T=480", "--dim=S=3"], ["-o", "out.json", "-v", "-q"],
        ["--jobs", "4", "--batch-size=32"], ["--", "--fix"],
    ],
)  # fmt: skip
def test_what_people_write_is_read_the_short_way(words: list[str]) -> None:
    assert plain_arguments(cli.check, words) is not None


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["--formt", "json"], ["--format", "xml"], ["--format"], ["--jobs", "0"],
        ["--jobs", "x"], ["--fix=1"], ["-qv"], ["-oout"], ["--select", "--fix"], ["-o=x"],
    ],
)  # fmt: skip
def test_what_is_in_doubt_is_left_to_typer(words: list[str]) -> None:
    assert plain_arguments(cli.check, words) is None


def test_every_option_of_the_contract_is_there() -> None:
    wanted = (
        "--stdin-filename --format --output-file -o --fix --unsafe-fixes --diff --select --ignore "
        "--dim --batch-size --x --y --columns --fail-level --strict --exit-zero --quiet -v "
        "--statistics --jobs --color"
    )
    assert set(wanted.split()) <= set(FLAGS)


def commands_without_defaults() -> Iterator[Any]:
    def needs(path: str) -> int:
        return 0

    def own(path: str = "") -> int:
        return 0

    yield from (needs, own)


def test_a_command_declared_otherwise_is_left_to_typer() -> None:
    for command in commands_without_defaults():
        assert plain_arguments(command, []) is None


def test_a_mistake_is_told_without_what_a_terminal_obeys(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Typer would print the words as they stand."""
    from lstmshape.cli import call

    for words in (["check", "--format", "\x1b[31m\u202e"], ["check", "--\x1b[31m"], ["\x1b[31m"]):
        assert call(words) == 2
        err = capfd.readouterr().err
        assert err.startswith("Usage: lstmshape")
        assert "\\x1b[31m" in err
        assert "\x1b" not in err
