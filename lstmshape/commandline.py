"""From the arguments of a command to its function: a short way for plain ones, Typer for the rest.

A command is a function whose parameters are annotated with `Option` or `Argument`; it returns the
exit code. Typer takes a tenth of a second to read a single argument (it imports pydantic for that),
which is more than a whole check takes. So arguments in which nothing can be in doubt are read here
by the same annotations, and everything else goes to Typer: help, completion, mistakes and their
messages. A test holds that both read the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

#: A command; the exit code comes back.
Command: TypeAlias = Callable[..., int]


class Option:
    """An option: `Annotated[str | None, Option("What it does.", "--output-file", "-o")]`.

    Its type is bool, or one of str, int and list[str] with None.
    """

    def __init__(
        self,
        help: str,
        *flags: str,
        metavar: str | None = None,
        choices: tuple[str, ...] = (),
        least: int | None = None,
        alone: str | None = None,
    ) -> None:
        self.help = help
        self.flags = flags
        self.metavar = metavar
        self.choices = choices
        #: the least number that it takes
        self.least = least
        #: its value when it stands without one
        self.alone = alone


class Argument:
    """The positional arguments of a command, all of them: `Annotated[list[str] | None, …]`."""

    def __init__(self, help: str, metavar: str) -> None:
        self.help = help
        self.metavar = metavar


def valued(command: Command, words: Sequence[str]) -> list[str]:
    """The words with a value for each option that may stand without one.

    `--changed main` becomes `--changed=main`; but what is there on the disk is a path, so that
    `--changed models` becomes `--changed=HEAD models`.
    """
    alone = {
        flag: meta.alone
        for annotation in command.__annotations__.values()
        for meta in getattr(annotation, "__metadata__", ())
        if isinstance(meta, Option) and meta.alone is not None
        for flag in meta.flags
    }
    found: list[str] = []
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word == "--":
            return [*found, word, *reversed(rest)]
        if word in alone:
            value = rest.pop() if rest and _is_value(rest[-1]) else alone[word]
            word = f"{word}={value}"
        found.append(word)
    return found


def _is_value(word: str) -> bool:
    return not word.startswith("-") and not os.path.exists(word)


def plain_arguments(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """The values of the command's parameters; None where there is any doubt."""
    reader = _Reader(command)
    return reader.values if reader.known and reader.read(list(words)) else None


class _Reader:
    """Reads words as Typer would; `read` says False at the first that is not plain."""

    def __init__(self, command: Command) -> None:
        self.values: dict[str, Any] = {}
        self.flags: dict[str, tuple[str, Any, Option]] = {}
        self.positional = ""
        annotations = command.__annotations__
        defaults = command.__defaults__ or ()
        settings = getattr(command, "settings", {}).get("context_settings", {})
        #: whether what is no option of the command is a word for it
        self.passes: bool = settings.get("ignore_unknown_options", False)
        #: whether every parameter has a default and is declared with the classes above
        self.known = command.__code__.co_argcount == len(defaults)
        for name, default in zip(annotations, defaults, strict=False):
            meta = getattr(annotations[name], "__metadata__", (None,))[0]
            self.values[name] = default
            if isinstance(meta, Option):
                kind = annotations[name].__origin__
                self.flags.update(dict.fromkeys(meta.flags, (name, kind, meta)))
            elif isinstance(meta, Argument):
                self.positional = name
            else:
                self.known = False

    def read(self, words: list[str]) -> bool:
        given: list[str] = []
        words.reverse()
        while words:
            word = words.pop()
            if word == "--":
                given += reversed(words)
                break
            if (
                word == "-"
                or not word.startswith("-")
                or (self.passes and word.partition("=")[0] not in self.flags and word != "--help")
            ):
                given.append(word)
            elif not self._option(word, words):
                return False
        if given:
            self.values[self.positional] = given
        return bool(self.positional) or not given

    def _option(self, word: str, words: list[str]) -> bool:
        flag, equals, value = word.partition("=")
        if flag not in self.flags or (equals and not flag.startswith("--")):
            return False
        name, kind, meta = self.flags[flag]
        if kind is bool:
            self.values[name] = True
            return not equals
        if not equals:
            if not words or words[-1].startswith("-"):
                return False
            value = words.pop()
        return self._value(name, kind, meta, value)

    def _value(self, name: str, kind: Any, meta: Option, value: str) -> bool:
        if meta.choices and value not in meta.choices:
            return False
        if kind == int | None:
            if not (value.isascii() and value.isdecimal() and len(value) < 10):
                return False
            self.values[name] = int(value)
            return int(value) >= (meta.least or 0)
        if kind == list[str] | None:
            self.values[name] = [*(self.values[name] or ()), value]
        else:
            self.values[name] = value
        return True


# -- Typer --------------------------------------------------------------------------------------


def typer_command(
    command: Command, carry_out: Callable[[Command, dict[str, Any]], int]
) -> Callable[..., None]:
    """The command as a function that Typer reads; it ends with `typer.Exit`."""
    import inspect

    import typer

    signature = inspect.signature(command)
    parameters = [
        parameter.replace(annotation=_typer_annotation(parameter.annotation))
        for parameter in signature.parameters.values()
    ]

    def run(**values: Any) -> None:
        raise typer.Exit(carry_out(command, {key: _unlisted(v) for key, v in values.items()}))

    run.__name__ = command.__name__
    run.__doc__ = command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by Typer
    return run


def _unlisted(value: Any) -> Any:
    """Typer gives an empty list where nothing was given."""
    return None if isinstance(value, (list, tuple)) and not value else value


def _typer_annotation(annotation: Any) -> Any:
    """`Annotated[…]` with Typer's own objects in place of those above; others as they are."""
    from typing import Annotated

    import typer

    meta = getattr(annotation, "__metadata__", (None,))[0]
    if isinstance(meta, Argument):
        made: Any = typer.Argument(help=meta.help, metavar=meta.metavar, show_default=False)
    elif isinstance(meta, Option):
        metavar = "|".join(meta.choices) if meta.choices else meta.metavar
        callback = _one_of(meta.choices) if meta.choices else None
        made = typer.Option(
            *meta.flags, help=meta.help, metavar=metavar, min=meta.least, callback=callback,
            show_default=False, autocompletion=_completing(meta.choices),
        )  # fmt: skip
    else:
        return annotation
    return Annotated[annotation.__origin__, made]


def _completing(choices: tuple[str, ...]) -> Callable[[str], list[str]] | None:
    """What a shell offers for a value; file names where there are no choices."""
    if not choices:
        return None
    return lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def _one_of(choices: tuple[str, ...]) -> Callable[[str | None], str | None]:
    def check(value: str | None) -> str | None:
        import typer

        if value is not None and value not in choices:
            raise typer.BadParameter(f"`{value}` is none of {', '.join(choices)}")
        return value

    return check
