"""A spec's tree as YAML, as a person would write it: a line a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.changes import ENTRY_KEYS, class_key

#: what is longer goes over several lines
LONGEST = 76


def written(tree: Any) -> str:
    """The text of a tree that came from nowhere: of an example, or of a changed model."""
    lines = []
    for key, value in tree.items():
        if key != "layers":
            lines.append(f"{key}: {flow(value)}")
        else:
            lines.append("layers:")
            lines += [f"  {line}" for entry in value for line in _entry(entry)]
    return "\n".join(lines) + "\n"


def written_entry(entry: Any) -> str:
    """The text of one layer entry."""
    return "\n".join(_entry(entry)) + "\n"


def _entry(entry: Any, room: int = LONGEST) -> Iterator[str]:
    """A layer entry, or another item of a list."""
    name = class_key(entry) if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not entry or entry.keys() - {name} - ENTRY_KEYS:
        yield f"- {flow(entry)}"
        return
    parts = {} if name is None else {name: entry[name]}
    parts |= {key: value for key, value in entry.items() if key in ENTRY_KEYS}
    parts = {key: {} if value is None else value for key, value in parts.items()}
    if name is not None and not entry[name] and len(parts) == 1:
        yield f"- {name}"
        return
    lines = [line for key, value in parts.items() for line in _said(key, value, room - 2)]
    yield from (f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))


def _said(key: str, value: Any, room: int) -> Iterator[str]:
    """`key: value` in a line, or over several where that is too long."""
    line = f"{key}: {flow(value)}"
    if len(line) <= room or not isinstance(value, (dict, list)):
        yield line
        return
    yield f"{key}:"
    if isinstance(value, dict):
        inner = [part for k, v in value.items() for part in _said(k, v, room - 2)]
    else:
        inner = [part for item in value for part in _entry(item, room - 2)]
    yield from (f"  {part}" for part in inner)


def flow(value: Any) -> str:
    """A value in one line of YAML."""
    if value is None:
        return "null"
    if value is True or value is False:
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and not _plain(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _plain(text: str) -> bool:
    """Whether a text needs no quotes."""
    odd = ": " in text or text.endswith(":") or any(c in text for c in ",{}[]#&*!|>'\"%@`\n")
    return bool(text) and not odd and text.lower() not in ("true", "false", "null", "yes", "no")
