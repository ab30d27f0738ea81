"""`lstmshape explain`: words in, a page out."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from lstmshape.commandline import Argument, Option
from lstmshape.errors import CannotRun
from lstmshape.explain.finder import Found, find
from lstmshape.explain.numbers import ROOM, Numbers, option_name, read_number
from lstmshape.explain.render import FORMATS, MARGIN, Look, rendered
from lstmshape.near import near_names
from lstmshape.streams import flush_output, read_input, write

STDIN = "-"
#: what a word ends in that is a file's name
SUFFIXES = (".yaml", ".yml", ".json", ".keras", ".h5", ".hdf5")

#: of this command, for a word that is nearly one
OPTIONS = (
    "--format", "--layer", "--output-file", "--color", "--ascii", "--units", "--timesteps",
    "--features", "--batch",
)  # fmt: skip


class Wanted(NamedTuple):
    """What the words say: what to explain, on which spec, with which numbers."""

    topic: str = ""
    spec: str = ""
    given: dict[str, int] = {}  # noqa: RUF012  # never written to


def explain(
    words: Annotated[
        list[str] | None,
        Argument("A topic, a code or a layer class; a spec to explain it on.", "[WORD]..."),
    ] = None,
    layer: Annotated[
        str | None, Option("Tell the story of one layer of the spec.", "--layer", metavar="NAME")
    ] = None,
    format: Annotated[str | None, Option("How to show it.", "--format", choices=FORMATS)] = None,
    output_file: Annotated[
        str | None, Option("Write the page there.", "--output-file", "-o", metavar="FILE")
    ] = None,
    color: Annotated[
        str | None,
        Option(
            "Colours, else as NO_COLOR and FORCE_COLOR say.",
            "--color",
            choices=("auto", "always", "never"),
        ),
    ] = None,
    ascii: Annotated[bool, Option("Draw with ASCII characters only.", "--ascii")] = False,
) -> int:
    """Teach one thing: `explain --return-sequences`, `explain LSTM`, `explain LS301`.

    With your own sizes: --units 32 --timesteps 480 --features 16 --batch 90. With a spec on its
    own layers: `explain model.yaml --return-sequences`, `explain model.yaml --layer decoder`.
    Without anything it lists all that there is.
    """
    wanted = read_words(words or ())
    look = _look(color, output_file, ascii)
    page = page_of(wanted, layer, look.width - MARGIN if format in (None, "text") else ROOM)
    text = rendered(page, format or "text", look)
    if output_file is not None:
        from lstmshape.writing import replace_file

        replace_file(output_file, text.encode("utf-8", "surrogateescape"))
    else:
        write(text)
        flush_output()
    return 0


#: topics stand where options do: what is no option here is a word
explain.settings = {  # type: ignore[attr-defined]  # read by the command line
    "context_settings": {"ignore_unknown_options": True, "allow_extra_args": True}
}


def read_words(words: Sequence[str]) -> Wanted:
    """Sort the words: numbers with their options, a spec, and what is left is the topic."""
    rest = list(words)
    topics: list[str] = []
    given: dict[str, int] = {}
    spec = ""
    while rest:
        word, _, value = rest.pop(0).partition("=")
        name = option_name(word) if word.startswith("-") else None
        if name is not None and (value or (rest and _number(rest))):
            given[name] = read_number(word.lstrip("-"), value or rest.pop(0))
        elif _is_file(word) and not value:
            if spec:
                raise CannotRun(f"explain takes one spec, not `{spec}` and `{word}`")
            spec = word
        else:
            topics.append(f"{word}={value}" if value else word)
    if not topics and not spec and given:
        topics = [next(iter(given))]
    return Wanted(_one(topics), spec, given)


def _number(rest: Sequence[str]) -> bool:
    """Whether the word behind an option is its number, not an option, nor a spec to explain it on.

    A negative number is one, to be refused as such.
    """
    word = rest[0]
    return word[1:].isdecimal() if word.startswith("-") else not _is_file(word)


def _is_file(word: str) -> bool:
    return word == STDIN or word.lower().endswith(SUFFIXES) or (os.sep in word and " " not in word)


def _one(topics: Sequence[str]) -> str:
    """The topic; several words may be one (`return sequences`)."""
    if len(topics) < 2:
        return "".join(topics)
    joined = " ".join(topic.lstrip("-") for topic in topics)
    whole = find(joined)
    if not _nothing(whole):
        return joined
    for word in topics:
        found = find(word)
        if _nothing(found):
            of_all = whole.near and not found.near
            raise CannotRun(unknown(joined, whole.near) if of_all else unknown(word, found.near))
    raise CannotRun(f"explain teaches one thing at a time, not {', '.join(topics)}")


def _nothing(found: Found) -> bool:
    return not (found.topic or found.layer or found.rule or found.topics or found.about)


def page_of(wanted: Wanted, layer: str | None = None, room: int = ROOM) -> Any:
    """The page that is wanted, its drawings in `room` columns. Raises `CannotRun` for no page."""
    numbers = Numbers(wanted.given, room=room)
    if layer is not None and not wanted.spec:
        raise CannotRun("--layer wants a spec: lstmshape explain model.yaml --layer NAME")
    if wanted.spec:
        return _spec_page(wanted, layer, numbers)
    if not wanted.topic:
        from lstmshape.explain.listing import list_page

        return list_page()
    return _found_page(wanted.topic, find(wanted.topic), numbers)


def _found_page(word: str, found: Found, numbers: Numbers) -> Any:
    if found.topic is not None:
        from lstmshape.explain.lesson import topic_page

        return topic_page(found.topic, numbers)
    if found.layer is not None:
        from lstmshape.explain.layers_page import layer_page

        return layer_page(found.layer, numbers)
    if found.rule is not None:
        from lstmshape.explain.codes_page import code_page

        return code_page(found.rule, numbers)
    if found.topics:
        from lstmshape.explain.listing import error_page

        return error_page(found.topics)
    if found.about:
        from lstmshape.explain.listing import question_page

        return question_page(found.about)
    raise CannotRun(unknown(word, found.near))


def unknown(word: str, near: Sequence[str]) -> str:
    """What is said of a word that means nothing here."""
    if word.startswith("-"):
        near = (*near_names(word, OPTIONS), *near)
    names = " or ".join(f"`{name}`" for name in near)
    hint = f"; near: {names}" if names else "; `lstmshape explain` lists all topics"
    return f"there is nothing about `{word}`{hint}"


def _spec_page(wanted: Wanted, layer: str | None, numbers: Numbers) -> Any:
    report = _report(wanted.spec)
    if layer is not None:
        from lstmshape.explain.story import story_page

        return story_page(report, layer, numbers)
    if report.case is None:
        raise CannotRun(f"`{wanted.spec}` is no spec: see `lstmshape check {wanted.spec}`")
    if not wanted.topic:
        from lstmshape.explain.overview import overview_page

        return overview_page(report, numbers)
    found = find(wanted.topic)
    if found.topic is None:
        if _nothing(found):
            raise CannotRun(unknown(wanted.topic, found.near))
        return _found_page(wanted.topic, found, numbers)
    from lstmshape.explain.on_spec import spec_page

    return spec_page(found.topic, report.case, wanted.spec, numbers)


def _report(path: str) -> Any:
    """What `check` says of the spec, from a file or standard input."""
    from lstmshape.frontends import read
    from lstmshape.frontends.text import MAX_BYTES, bytes_of
    from lstmshape.pipeline import check_document

    if path == STDIN:
        return check_document(read("<stdin>", read_input(MAX_BYTES + 1)))
    try:
        data = bytes_of(path)
    except OSError as problem:
        raise CannotRun(f"cannot read `{path}`: {problem.strerror or problem}") from problem
    return check_document(read(path, data, path), where=os.path.dirname(os.path.abspath(path)))


def _look(color: str | None, output_file: str | None, ascii: bool) -> Look:
    """Width and colours of the terminal; ASCII where it says that it has nothing else."""
    from lstmshape.config import Config
    from lstmshape.settings import Request, look_of

    look = look_of(Request(color=color, output_file=output_file), Config({}, "."), os.environ)
    terminal = output_file is None and sys.stdout.isatty()
    plain = terminal and "utf" not in (sys.stdout.encoding or "").lower()
    return Look(look.width, look.color, ascii or plain)
