"""A page as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lstmshape.explain.blocks import (
    Block,
    Bullets,
    Code,
    Drawing,
    Heading,
    Page,
    Paragraph,
    Quote,
    Table,
    Terms,
)
from lstmshape.explain.drawing import ascii_only
from lstmshape.explain.folding import folded_code, folded_numbers
from lstmshape.render.escape import width
from lstmshape.render.snippets import wrapped

FORMATS = ("text", "markdown", "json")
#: prose is not set wider than this, however wide the terminal is
WIDEST_PROSE = 88
INDENT = 2
#: left of drawings and code
MARGIN = INDENT + 2
#: a column of prose that would be narrower goes below
LEAST_COLUMN = 24
#: a line of code as long as that is cut: its end says nothing that its beginning does not
ENDLESS = 160
#: languages whose lines may end within brackets; a command to copy stays in one
FOLDED = ("yaml", "json", "python")


class Look(NamedTuple):
    """How a page is to look as text."""

    width: int = 80
    color: bool = False
    ascii: bool = False


_COLORS = {"title": "1", "heading": "1;36", "code": "32", "head": "2", "name": "1", "said": "31"}
_SPAN = re.compile(r"`[^`]+`")
#: how a finding begins, or a fix
_FOUND = re.compile(r"^(?:((?:error|warning|note)\[LS\d+\]:)|help(?: \([a-z]+\))?:)")


def rendered(page: Page, format: str, look: Look) -> str:
    """The page in one of `FORMATS`, with a newline at its end."""
    if format == "json":
        return json.dumps(to_json(page), indent=2, ensure_ascii=False) + "\n"
    text = markdown(page) if format == "markdown" else _Text(look).page(page)
    return ascii_only(text) if look.ascii else text


def titled(page: Page) -> str:
    """The first line of a page."""
    return page.title if page.kind == "list" else f"{page.name}: {page.title}"


# -- text ---------------------------------------------------------------------------------------


class _Text:
    """Lines for a terminal: headings at the left edge, all else two columns in."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.room = max(min(look.width, WIDEST_PROSE), 30)

    def page(self, page: Page) -> str:
        lines = [self.styled(part, "title") for part in self._wrap(titled(page), 0)]
        for block in page.blocks:
            lines += ["", *self.block(block)]
        if page.related:
            lines += ["", *self.heading("Related: lstmshape explain ..."), *self.related(page)]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def styled(self, text: str, style: str) -> str:
        if not self.look.color or not text:
            return text
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m"

    def _wrap(self, text: str, indent: int) -> Iterator[str]:
        return wrapped(text, self.room, indent, indent)

    def heading(self, text: str) -> Iterator[str]:
        yield self.styled(text, "heading")
        if not self.look.color:
            yield "-" * width(text)

    def block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield from self.heading(block.text)
        elif isinstance(block, Paragraph):
            yield from self.prose(block.text, INDENT)
        elif isinstance(block, Bullets):
            yield from self.bullets(block)
        elif isinstance(block, Table):
            yield from self.table(block)
        elif isinstance(block, Terms):
            yield from self.terms(block)
        elif isinstance(block, Quote):
            yield from self.prose(block.title, INDENT)
            for line in self._wrap(block.text, INDENT + 2):
                yield " " * (INDENT + 2) + self.styled(line, "said")
        else:
            yield from self.shown(block)

    def prose(self, text: str, indent: int, first: str = "") -> Iterator[str]:
        space = " " * indent
        for number, line in enumerate(self._wrap(text, indent)):
            yield (first if number == 0 and first else space) + self.coded(line)

    def coded(self, line: str) -> str:
        """A line with its code in colour; a span that runs over its end stays as it is."""
        if not self.look.color:
            return line
        return _SPAN.sub(lambda span: self.styled(span[0], "name"), line)

    def bullets(self, block: Bullets) -> Iterator[str]:
        for item in block.items:
            yield from self.prose(item, INDENT + 2, " " * INDENT + "- ")

    def terms(self, block: Terms) -> Iterator[str]:
        if block.title:
            yield from self.prose(block.title, INDENT)
        for term in block.terms:
            name = " " * (INDENT + 2) + self.styled(term.name, "name")
            room = INDENT + 4 + width(term.name)
            lines = wrapped(f"({term.takes})", self.room, room, INDENT + 6) if term.takes else [""]
            for number, line in enumerate(lines):
                yield f"{name} {line}" if number == 0 else " " * (INDENT + 6) + line
            yield from self.prose(term.text, INDENT + 6)

    def shown(self, block: Code | Drawing) -> Iterator[str]:
        if block.title:
            yield from self.prose(block.title, INDENT)
        code = isinstance(block, Code) and block.language != "text"
        for line in self.folded(block):
            told = line if width(line) < ENDLESS else f"{line[: self.room - MARGIN - 1]}…"
            yield " " * MARGIN + (self.styled(told, "code") if code else self.found(told))

    def folded(self, block: Code | Drawing) -> Iterator[str]:
        """The lines of a block, those of code and of numbers in the columns that there are."""
        room = self.look.width - MARGIN
        lines = block.text.splitlines() if isinstance(block, Code) else block.lines
        if isinstance(block, Drawing) or block.language not in (*FOLDED, "text"):
            yield from lines
        elif block.language == "text":
            yield from folded_numbers(lines, room)
        else:
            for line in lines:
                yield from folded_code(line, room) if width(line) < ENDLESS else [line]

    def found(self, line: str) -> str:
        """A line of what `check` says, its first words in colour."""
        if not self.look.color:
            return line
        return _FOUND.sub(lambda m: self.styled(m[0], "said" if m[1] else "name"), line)

    def table(self, table: Table) -> Iterator[str]:
        if table.title:
            yield from self.prose(table.title, INDENT)
        indent = INDENT + 2
        if table.spare and not self.fits(table, indent):
            table = _without(table, table.spare)
        if not self.fits(table, indent):
            narrow = self.narrowed(table, indent)
            if narrow is None:
                yield from self.stacked(table, indent)
                return
            table = narrow
        widths = _widths(table)
        rows = (table.headers, *table.rows) if any(table.headers) else table.rows
        for number, row in enumerate(rows):
            cells = [
                " " * (wide - width(cell)) + cell if column in table.numbers
                else cell + " " * (wide - width(cell))
                for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
            ]  # fmt: skip
            line = "  ".join(cells).rstrip()
            head = number == 0 and any(table.headers)
            yield " " * indent + (self.styled(line, "head") if head else line)

    def narrowed(self, table: Table, indent: int) -> Table | None:
        """The table with its last column wrapped; None where that is no help."""
        *others, last = _widths(table)
        room = self.look.width - indent - sum(others) - 2 * len(others)
        if len(table.headers) - 1 in table.numbers or room < LEAST_COLUMN or last <= room:
            return None
        rows: list[tuple[str, ...]] = []
        for row in table.rows:
            first, *more = wrapped(row[-1], room, 0, 0)
            rows.append((*row[:-1], first))
            rows += [(*[""] * len(others), part) for part in more]
        return table._replace(rows=tuple(rows))

    def fits(self, table: Table, indent: int) -> bool:
        widths = _widths(table)
        return sum(widths) + 2 * (len(widths) - 1) + indent <= self.look.width

    def stacked(self, table: Table, indent: int) -> Iterator[str]:
        """A table that is too wide: each row below the other, a line a cell."""
        for number, group in enumerate(_grouped(table.rows)):
            yield from [""] if number else []
            yield from self.prose(group[0][0], indent)
            for column, header in enumerate(table.headers[1:], 1):
                label = f"{header}: " if header else ""
                for row in group:
                    yield from self.prose(label + row[column], indent + 2) if row[column] else []

    def related(self, page: Page) -> Iterator[str]:
        room = INDENT + max(width(word) for word, _ in page.related) + 2
        for word, title in page.related:
            first = (" " * INDENT + word).ljust(room)
            yield from self.prose(title, room, first) if title else [first]


def _grouped(rows: Sequence[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Rows with those that go on where another began: their first cell is empty."""
    groups: list[list[tuple[str, ...]]] = []
    for row in rows:
        if row[0] or not groups:
            groups.append([row])
        else:
            groups[-1].append(row)
    return groups


def _without(table: Table, columns: tuple[int, ...]) -> Table:
    """The table without some columns."""
    kept = [n for n in range(len(table.headers)) if n not in columns]
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    numbers = tuple(kept.index(n) for n in table.numbers if n in kept)
    return Table(tuple(table.headers[n] for n in kept), rows, numbers, table.title)


def _widths(table: Table) -> list[int]:
    rows = (table.headers, *table.rows)
    return [max(width(row[column]) for row in rows) for column in range(len(table.headers))]


# -- Markdown -----------------------------------------------------------------------------------


def markdown(page: Page, links: dict[str, str] | None = None) -> str:
    """The page in Markdown; `links` says where the related ones are."""
    parts = [f"# {titled(page)}"]
    parts += [_markdown_block(block) for block in page.blocks]
    if page.related:
        parts += ["## Related", "\n".join(_related(page, links or {}))]
    return "\n\n".join(parts) + "\n"


def _related(page: Page, links: dict[str, str]) -> Iterator[str]:
    for word, title in page.related:
        name = f"[{word}]({links[word]})" if word in links else f"`lstmshape explain {word}`"
        yield f"- {name}: {title}" if title else f"- {name}"


def _markdown_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Bullets):
        return "\n".join(f"- {item}" for item in block.items)
    if isinstance(block, Table):
        return _markdown_table(block)
    if isinstance(block, Terms):
        terms = [f"- `{t.name}`{f' ({t.takes})' if t.takes else ''}: {t.text}" for t in block.terms]
        return (f"{block.title}\n\n" if block.title else "") + "\n".join(terms)
    if isinstance(block, Quote):
        text = "\n".join(wrapped(block.text, WIDEST_PROSE, 0, 0))
    else:
        text = block.text.rstrip("\n") if isinstance(block, Code) else "\n".join(block.lines)
    language = block.language if isinstance(block, Code) else "text"
    fence = "````" if "```" in text else "```"
    title = f"{block.title}\n\n" if block.title else ""
    return f"{title}{fence}{language}\n{text}\n{fence}"


def _markdown_table(table: Table) -> str:
    rules = ["---:" if n in table.numbers else "---" for n in range(len(table.headers))]
    rows = [table.headers, tuple(rules), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return (f"{table.title}\n\n" if table.title else "") + "\n".join(lines)


# -- JSON ---------------------------------------------------------------------------------------


def to_json(page: Page) -> dict[str, Any]:
    """The page as plain data, version 1: a block is an object with its `type`."""
    return {
        "version": 1,
        "kind": page.kind,
        "name": page.name,
        "title": page.title,
        "blocks": [
            {"type": type(block).__name__.lower(), **_plain(block)} for block in page.blocks
        ],
        "related": [{"name": word, "title": title} for word, title in page.related],
    }


def _plain(block: Block) -> dict[str, Any]:
    fields = block._asdict()
    if isinstance(block, Terms):
        fields["terms"] = [term._asdict() for term in block.terms]
    return fields
