"""A spec's tree as YAML, as a person would write it: a line a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.changes import ENTRY_KEYS, class_key

#: a layer that is longer goes over several lines
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


def _entry(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield f"- {entry}"
        return
    name = class_key(entry)
    parts = {} if name is None else {name: entry[name]}
    parts |= {key: value for key, value in entry.items() if key in ENTRY_KEYS}
    mark = "- "
    for key, value in parts.items():
        line = f"{mark}{key}: {flow(value)}".rstrip()
        if key == name and not value:
            line = f"{mark}{key}" if len(parts) == 1 else f"{mark}{key}: {{}}"
        if len(line) > LONGEST and isinstance(value, dict):
            yield f"{mark}{key}:"
            yield from (f"    {k}: {flow(v)}" for k, v in value.items())
        else:
            yield line
        mark = "  "


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
