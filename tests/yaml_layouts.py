"""Specs in random YAML layouts, to try the reader and the writer on.

`Layout(rng, tree).text` is a text that says the tree. Its comments are `# c0`, `# c1` and so on, so
that a lost one is seen; `owners` tells whose they are. `aliases`, `homes`, `merged`, `overriding`
are the paths of aliases, of the anchors that they name, of what merge keys bring, and of what is
said in its place: where a writer may refuse.
"""

from __future__ import annotations

import json
import random
from typing import Any

from lstmshape.changes import ENTRY_KEYS
from lstmshape.frontends.yaml_text import is_word

Path = tuple[Any, ...]


class Layout:
    """One way to write a tree; `wild` is how often what is rare is done."""

    def __init__(self, rng: random.Random, tree: Any) -> None:
        self.rng = rng
        self.owners: dict[str, Path] = {}
        self.aliases: set[Path] = set()
        self.homes: set[Path] = set()
        self.merged: set[Path] = set()
        self.overriding: set[Path] = set()
        self._anchored: list[tuple[str, Any, Path]] = []
        self._anchors = rng.random() < 0.35
        self._comments = rng.choice((0.0, 0.15, 0.4))
        self._flow = rng.choice((0.1, 0.4, 0.8))
        self._tags = rng.choice((0.0, 0.0, 0.0, 0.1))
        self._json = rng.random() < 0.1
        self.text = self._document(tree)

    def _document(self, tree: Any) -> str:
        rng = self.rng
        if self._json:
            text = json.dumps(tree, indent=rng.choice((None, 2, 4)), ensure_ascii=False)
            text = text.replace("Infinity", ".inf").replace("\u2028", "\\u2028")
            return text.replace("\x85", "\\x85") + rng.choice(("", "\n"))
        if rng.random() < 0.15:
            body = self._flow_value(tree, (), 0)
        else:
            body = self._block_value(tree, (), 0)[1:]
        if rng.random() < 0.1:
            body = rng.choice(("---\n", "--- # start\n", "%YAML 1.1\n---\n", "# top\n\n")) + body
        if rng.random() < 0.15:
            ends = ("\n...", "\n\n# end", "\n" if "|" in body else "\n  # end\n\n")
            # blank lines would be part of a `|+`
            body += "\n..." if "|+" in body else rng.choice(ends)
        if rng.random() < 0.7 or body.endswith(("+\n", "\n\n")) or self._literal_last:
            body += "\n"
        if rng.random() < 0.15:
            body = body.replace("\n", "\r\n")
        return ("\ufeff" if rng.random() < 0.05 else "") + body

    _literal_last = False

    # -- comments and blank space

    def _comment(self, owner: Path) -> str:
        """` # c7`, or nothing."""
        if self.rng.random() >= self._comments:
            return self.rng.choice(("", "", " ")) if self._comments else ""
        words = f"# c{len(self.owners)}"
        self.owners[words] = owner
        return self.rng.choice((" ", "  ")) + words

    def _lines_before(self, owner: Path, column: int, after: str = "") -> str:
        """Blank lines and comment lines before a row, and after what was written before it."""
        out = ""
        if "|+" in after:
            return out  # blank lines would be part of the value
        offsets = (0, 0, 0, -1) if "|" in after else (0, 0, 0, -1, 2)
        while self.rng.random() < self._comments / 2:
            indent = " " * max(column + self.rng.choice(offsets), 0)
            comment = self._comment(owner).strip() if self.rng.random() < 0.7 else ""
            out += "\n" + (indent + comment if comment else "")
        return out

    # -- values in lines: the text begins right behind the colon or the dash

    def _block_value(self, value: Any, path: Path, column: int, compact: bool = False) -> str:
        """A value in block context, in lines from `column` on; `compact` is behind a dash."""
        alias = self._alias(value, path)
        if alias:
            return " " + alias + self._comment(path)
        anchor = self._anchor(value, path)
        if isinstance(value, (dict, list)) and value and self.rng.random() > self._flow:
            inline = compact and not anchor and self.rng.random() < 0.9
            lines = self._block_rows(value, path, column, inline)
            if inline:
                return " " + lines
            return (" " + anchor if anchor else "") + self._comment(path) + lines
        words = self._flow_or_scalar(value, path, column, block=True)
        anchor = anchor + " " if anchor and words else anchor
        if words.startswith(("|", ">")):
            head, rest = words.split("\n", 1)
            return f" {anchor}{head}{self._comment(path)}\n{rest}"
        if words and isinstance(value, (dict, list)) and self.rng.random() < 0.1:
            return (
                f"{self._comment(path)}\n{' ' * (column + 1)}{anchor}{words}{self._comment(path)}"
            )
        tab = " " if compact or not path else " \t"
        space = self.rng.choice((" ", " ", " ", "  ", tab)) if words or anchor else ""
        return f"{space}{anchor}{words}{self._comment(path)}"

    def _block_rows(self, value: Any, path: Path, column: int, inline: bool) -> str:
        rows = []
        merge = self._merge(value, path) if isinstance(value, dict) else None
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        if merge:
            name, taken = merge
            rows.append(f"<<: {name}{self._comment(path)}")
            items = [(k, v) for k, v in items if k not in taken]
        width = self.rng.choice((2, 2, 2, 3, 4))
        for key, item in items:
            rows.append(self._block_row(key, item, path, column, width))
        indent = " " * column
        out = rows[0] if inline else self._lines_before(path, column) + "\n" + indent + rows[0]
        for row in rows[1:]:
            out += self._lines_before(path, column, out) + "\n" + indent + row
        return out

    def _block_row(self, key: Any, item: Any, path: Path, column: int, width: int) -> str:
        below = (*path, key)
        if isinstance(key, int):
            return "-" + " " * (width - 2) + self._block_value(item, below, column + width, True)
        deeper = column + self.rng.choice((1, 2, 2, 4))
        if isinstance(item, list) and self.rng.random() < 0.4:
            deeper = column
        words = self._key(key)
        if self.rng.random() < 0.02:
            value = self._block_value(item, below, max(deeper, column + 2))
            return f"? {words}\n{' ' * column}:{value.replace(chr(9), '', 1)}"
        if self.rng.random() < 0.02:
            words = f"&k{column}{len(self.owners)}{self.rng.random()} ".replace(".", "") + words
        return f"{words}:{self._block_value(item, below, deeper)}"

    # -- values in brackets, and scalars

    def _flow_value(self, value: Any, path: Path, column: int) -> str:
        alias = self._alias(value, path)
        if alias:
            return alias
        anchor = self._anchor(value, path)
        words = self._flow_or_scalar(value, path, column, block=False)
        return f"{anchor} {words}" if anchor else words

    def _flow_or_scalar(self, value: Any, path: Path, column: int, block: bool) -> str:
        if isinstance(value, (dict, list)):
            python = self._python_tuple(value, path)
            return python if python else self._brackets(value, path, column)
        return self._scalar(value, path, column, block)

    def _brackets(self, value: Any, path: Path, column: int) -> str:
        left, right = "{}" if isinstance(value, dict) else "[]"
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        rows = []
        merge = self._merge(value, path) if isinstance(value, dict) else None
        if merge:
            rows.append(f"<<: {merge[0]}")
            items = [(k, v) for k, v in items if k not in merge[1]]
        for key, item in items:
            rows.append(self._flow_row(key, item, (*path, key), column))
        if not rows:
            return left + self.rng.choice(("", "", " ")) + right
        if self.rng.random() < 0.25:
            return self._on_lines(left, rows, right, path, column)
        space = self.rng.choice(("", "", " "))
        comma = self.rng.choice(("", "", "", ",", " ,"))
        between = self.rng.choice((", ", ", ", " ,  "))
        rows[-1] += " " if rows[-1].endswith(":") else ""
        return left + space + between.join(rows) + comma + space + right

    def _flow_row(self, key: Any, item: Any, path: Path, column: int) -> str:
        if isinstance(key, int):
            if isinstance(item, dict) and len(item) == 1 and self.rng.random() < 0.1:
                inner, value = next(iter(item.items()))
                return f"{self._key(inner)}: {self._flow_value(value, (*path, inner), column)}"
            return self._flow_value(item, path, column) or "null"
        words = self._flow_value(item, path, column)
        if item is None and not words and self.rng.random() < 0.5:
            return self._key(key)
        return f"{self._key(key)}: {words}"

    def _on_lines(self, left: str, rows: list[str], right: str, path: Path, column: int) -> str:
        """Brackets over several lines."""
        indent = "\n" + " " * (column + self.rng.choice((1, 2, 4)))
        out = left + self._comment(path)
        for number, row in enumerate(rows):
            last = number == len(rows) - 1
            comma = "" if last and self.rng.random() < 0.7 else ","
            if self.rng.random() < 0.15 and not last:
                out += (indent if "\n" in out or "#" in out else " ") + row + comma
                continue
            before = self._lines_before(path, column + 1)
            out += before + indent + row + (" " if row.endswith(":") else "")
            out += comma + self._comment(path)
        return out + indent + right

    def _python_tuple(self, value: Any, path: Path) -> str:
        """`(None, 3)` for a list of sizes."""
        sizes = isinstance(value, list) and all(v is None or type(v) is int for v in value)
        if (
            self._tags
            or not sizes
            or not value
            or self.rng.random() > 0.08
            or max(map(_size, value)) > 10**9
        ):
            return ""
        return "(" + ", ".join(map(str, value)) + ("," if len(value) == 1 else "") + ")"

    def _key(self, key: str) -> str:
        roll = self.rng.random()
        if (is_word(key) and roll < 0.85) or key in ("on", "y", "n"):
            return key
        return json.dumps(key) if roll < 0.93 else f"'{key}'"

    def _scalar(self, value: Any, path: Path, column: int, block: bool) -> str:
        rng = self.rng
        if value is None:
            return rng.choice(("null", "~", "Null", "None") + (("", "", "") if path else ()))
        if isinstance(value, bool):
            return rng.choice(("true", "True") if value else ("false", "FALSE"))
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return _float_words(rng, value)
        return self._string(value, column, block)

    def _string(self, text: str, column: int, block: bool) -> str:
        rng = self.rng
        styles = ["double"]
        if is_word(text):
            styles += ["plain"] * 4
        if text.isprintable():
            styles.append("single")
        if text.isascii() and text.isprintable() and " " in text.strip() and text == text.strip():
            styles.append("folded quote")
        literal = (
            text.replace("\n", "").isprintable() and text.strip(" \n") and text[:1] not in " \n"
        )
        if block and literal:
            styles.append("literal")
        style = rng.choice(styles)
        if style == "plain":
            return text
        if style == "single":
            return "'" + text.replace("'", "''") + "'"
        if style == "folded quote":
            words = json.dumps(text)
            at = words.index(" ")
            return words[:at] + "\n" + " " * (column + 1) + words[at + 1 :]
        if style == "literal":
            return self._literal(text, column + 1)
        # JSON writes what is beyond U+FFFF as two escapes, which YAML does not know
        return json.dumps(text, ensure_ascii=max(text, default="") < "\U00010000")

    def _literal(self, text: str, column: int) -> str:
        body, ends = text.rstrip("\n"), len(text) - len(text.rstrip("\n"))
        head = {0: "|-", 1: "|"}.get(ends, "|+")
        if head == "|" and self.rng.random() < 0.2:
            head = "|+"
        self._literal_last = True
        lines = [(" " * column + line if line else "") for line in body.split("\n")]
        return head + "\n" + "\n".join(lines) + "\n" * max(ends - 1, 0)

    # -- anchors, aliases and merge keys

    def _anchor(self, value: Any, path: Path) -> str:
        tag = self._tag(value)
        if not self._anchors or value is None or self.rng.random() > 0.3:
            return tag
        name = f"a{len(self._anchored)}"
        self._anchored.append((name, value, path))
        return f"&{name} {tag}".rstrip()

    def _tag(self, value: Any) -> str:
        """`!!map` and the like, which say what is so without them."""
        if self.rng.random() >= self._tags:
            return ""
        names = {dict: "!!map", list: "!!seq", str: "!!str", int: "!!int", bool: "!!bool"}
        return names.get(type(value), "")

    def _open(self, path: Path) -> list[tuple[str, Any, Path]]:
        """The anchors that may be named at a path: not those around it."""
        return [row for row in self._anchored if path[: len(row[2])] != row[2]]

    def _alias(self, value: Any, path: Path) -> str:
        for name, other, home in self._open(path):
            if repr(other) == repr(value) and self.rng.random() < 0.7:
                self.aliases.add(path)
                self.homes.add(home)
                return "*" + name
        return ""

    def _merge(self, value: dict[str, Any], path: Path) -> tuple[str, set[str]] | None:
        """What `<<` takes in where a mapping says another one again, and the keys it brings."""
        if len(path) > 1 and isinstance(path[-2], int) and path[-1] not in ENTRY_KEYS:
            for name, other, home in self._open(path):
                if isinstance(other, dict) and len(other) > 0 and self.rng.random() < 0.8:
                    taken = {k for k in other if repr(value.get(k, value)) == repr(other[k])}
                    if set(other) <= set(value) and taken:
                        self.homes.add(home)
                        self.merged |= {(*path, key) for key in taken}
                        self.overriding |= {(*path, key) for key in set(other) - taken}
                        words = self.rng.choice((f"*{name}", f"[*{name}]", f"[ *{name} , {{}}]"))
                        return words, taken
        return None


def _size(value: int | None) -> int:
    return abs(value or 0)


def _float_words(rng: random.Random, value: float) -> str:
    if value == float("inf"):
        return rng.choice((".inf", "+.Inf"))
    words = [repr(value), f"{value:.6e}"]
    return rng.choice([w for w in words if float(w) == value and ("." in w or "e" in w)])
