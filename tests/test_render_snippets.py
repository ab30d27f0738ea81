"""A diagnostic as a block: marks in the text, labels, cut lines, wide characters, help."""

from __future__ import annotations

import pytest
from reports import STACKED, report

from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Fix, Proposal, Related
from lstmshape.frontends.text import Unread
from lstmshape.render.escape import escape, width
from lstmshape.render.snippets import (
    UNKNOWN,
    Model,
    block,
    effect,
    help_lines,
    plain,
    wrapped,
)
from lstmshape.source import Place, Position, Source, Span, TextEdit


def span(line: int, start: int, end: int, end_line: int | None = None) -> Span:
    return Span(Position(line, start), Position(end_line or line, end))


def diagnostic(at: Span, label: str = "here", *related: Related) -> Diagnostic:
    found = Diagnostic(
        code="LS999", name="a-test", severity="warning", message="something", place=Place(()),
        label=label, related=related,
    )  # fmt: skip
    found.span = at
    return found


def lines(text: str, found: Diagnostic, **more: object) -> list[str]:
    """The block without its header and its last line."""
    document = Unread(Source("a.yaml", text))
    return [plain(line) for line in block(found, document, **more)][2:-1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "at", "marked"),
    [
        ("abcdef", span(1, 3, 5), [" 1 | abcdef", "   |   ^^ here"]),
        ("a\tb", span(1, 3, 4), [" 1 | a   b", "   |     ^ here"]),
        ("\tb", span(1, 1, 2), [" 1 |     b", "   | ^^^^ here"]),
        ("日本 x", span(1, 4, 5), [" 1 | 日本 x", "   |      ^ here"]),
        ("日本", span(1, 1, 2), [" 1 | 日本", "   | ^^ here"]),
        ("a\x1b[1mb", span(1, 6, 7), [" 1 | a\\x1b[1mb", "   |         ^ here"]),
        ("a\u202eb", span(1, 2, 3), [" 1 | a\\u202eb", "   |  ^^^^^^ here"]),
        ("abc", span(1, 4, 4), [" 1 | abc", "   |    ^ here"]),
        ("a\n", span(2, 1, 1), [" 2 |", "   | ^ here"]),
        ("one\ntwo", span(1, 2, 3, 2), [" 1 | one", "   |  ^^ here"]),
        ("a\r\nb", span(1, 1, 9), [" 1 | a", "   | ^ here"]),
    ],
)
def test_a_mark_stands_under_its_text(text: str, at: Span, marked: list[str]) -> None:
    assert lines(text, diagnostic(at)) == ["   |", *marked, "   |"]


@pytest.mark.parametrize("start", [1, 40, 95, 190, 199])
def test_a_long_line_is_cut_around_its_mark(start: int) -> None:
    text = "".join(chr(97 + n % 26) for n in range(200))
    at = span(1, start, start + 2)
    _, code, mark, _ = lines(text, diagnostic(at), room=60)
    assert len(code) <= 60
    column = mark.index("^")
    assert code[column : column + 2] == text[start - 1 : start + 1]
    assert ("…" in code[:6]) == (start > 20)
    assert code.endswith("…") == (start < 180)


def test_places_stand_in_the_order_of_the_text() -> None:
    text = "\n".join(f"line {n}" for n in range(1, 12))
    found = diagnostic(
        span(5, 1, 5),
        "main",
        *(Related(f"r{n}", Place(()), span=span(n, 6, 7)) for n in (11, 7, 1)),
    )
    assert lines(text, found) == [
        "    |",
        "  1 | line 1",
        "    |      - r1",
        " ...",
        "  5 | line 5",
        "    | ^^^^ main",
        "  6 | line 6",
        "  7 | line 7",
        "    |      - r7",
        " ...",
        " 11 | line 11",
        "    |      - r11",
        "    |",
    ]


def test_two_marks_on_a_line_the_own_one_first_and_none_twice() -> None:
    same = Related("here", Place(()), span=span(1, 3, 4))
    first = Related("first", Place(()), span=span(1, 1, 2))
    assert lines("a b", diagnostic(span(1, 3, 4), "here", first, same)) == [
        "   |", " 1 | a b", "   |   ^ here", "   | - first", "   |",
    ]  # fmt: skip


def test_a_label_goes_below_where_there_is_no_room() -> None:
    text = "x" * 30
    label = "wants (batch, timesteps, features), gets (batch, 128)"
    shown = lines(text, diagnostic(span(1, 1, 31), label), room=40, wrap=40)
    assert shown[2:5] == [
        "   | " + "^" * 30,
        "   |   wants (batch, timesteps,",
        "   |   features), gets (batch, 128)",
    ]


def test_a_file_without_text_has_no_snippet() -> None:
    assert lines("", diagnostic(span(1, 1, 1))) == []


def test_header_and_more() -> None:
    document = Unread(Source("a\x07.yaml", "x"))
    found = diagnostic(span(1, 1, 2))
    shown = [plain(line) for line in block(found, document)]
    assert shown[:2] == ["warning[LS999]: something", "  --> a\\x07.yaml:1:1"]
    assert shown[-1] == "more: lstmshape explain LS999"
    found.topic = "masking"
    assert plain(block(found, document)[-1]) == "more: lstmshape explain --masking"
    assert plain(block(found, document, more=False)[-1]) == "   |"


def fix(*shapes: object, params: int = 10, **more: object) -> Fix:
    values = {
        "title": "do it", "changes": (), "safe": True, "kind": "spec",
        "edits": (TextEdit(span(1, 1, 1), "x"),), "output_shapes": shapes, "params": params,
    }  # fmt: skip
    return Fix(**{**values, **more})  # type: ignore[arg-type]  # the fields above


@pytest.mark.parametrize(
    ("made", "model", "said"),
    [
        (fix(["batch", 4]), UNKNOWN, "output becomes (batch, 4), 10 params"),
        (fix(["batch", 4]), Model((("batch", 4),), 10), "output stays (batch, 4)"),
        (fix(["batch", 4]), Model((("batch", 5),), 10), "output becomes (batch, 4)"),
        (
            fix(["batch"], params=12345),
            Model((("batch", 5),), 10),
            "output becomes (batch,), params 10 -> 12,345",
        ),
        (
            fix(["batch", 1], ["batch", "T"]),
            Model(None, None),
            "outputs become (batch, 1), (batch, T), 10 params",
        ),
        (fix(["batch", 1], None), Model(None, 10), "outputs become (batch, 1), unknown"),
        (fix(params=0), UNKNOWN, "this finding is gone"),
    ],
)
def test_where_a_fix_leads(made: Fix, model: Model, said: str) -> None:
    assert effect(made, model) == said


def test_help_says_what_kind_of_fix_it_is() -> None:
    code = Change("set_data", ("data", "x"), code="x = x[..., None]")
    shown = [
        plain(line)
        for made in (
            fix(["b"]),
            fix(["b"], safe=False),
            fix(["b"], kind="data", changes=(code,), edits=()),
        )
        for line in help_lines(made, Model(None, 10), 80, None)
    ]
    assert shown == [
        "help: do it    verified: output becomes (b,)",
        "help (unsafe): do it    verified: output becomes (b,)",
        "help (data): do it    verified: output becomes (b,)",
        "      x = x[..., None]",
    ]


def test_wrapping_breaks_at_spaces_only() -> None:
    text = "a bb ccc dddd eeeee abcdefghijkl f"
    assert list(wrapped(text, 10, 0, 2)) == ["a bb ccc", "dddd", "eeeee", "abcdefghijkl", "f"]
    assert list(wrapped("", 10, 0, 2)) == [""]
    assert list(wrapped(text, None, 0, 2)) == [text]


def test_a_real_one_uses_the_positions_of_the_file() -> None:
    done = report(STACKED)
    (found,) = done.diagnostics
    assert found.fixes
    assert not any(isinstance(proposal, Fix) for proposal in found.proposals)
    assert all(isinstance(proposal, Proposal) for proposal in found.proposals)
    shown = [plain(line) for line in block(found, done.document)]
    assert " 7 |   - LSTM: {units: 64}" in shown
    assert shown[shown.index(" 7 |   - LSTM: {units: 64}") + 1].startswith("   |     ^^^^ wants")


# -- escaping -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain `text`, née 日本 🙂", "plain `text`, née 日本 🙂"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m\x9b0m\x7f\x00", "\\x1b[31m\\x9b0m\\x7f\\x00"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\udc80\ud800", "\\x80\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("[red]x[/red] %0A x[:, ::-1]", "[red]x[/red] %0A x[:, ::-1]"),
        # commands to GitHub's Actions
        ("::error::##[error]", ":\\x3aerror::#\\x23[error]"),
        ("é::error ###[a", "é:\\x3aerror ##\\x23[a"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_nothing_escaped_can_steer_a_terminal() -> None:
    everything = "".join(map(chr, range(0x110000)))
    shown = escape(everything)
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in shown)
    assert shown.encode("utf-8")
    assert not set(shown) & set(
        "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def test_width() -> None:
    assert [width(text) for text in ("abc", "日本", "e\u0301", "🙂")] == [3, 4, 1, 2]
