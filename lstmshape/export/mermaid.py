"""A Mermaid flowchart: GitHub, GitLab and many editors draw it from a ```mermaid block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmshape.export.drawn import Box, drawn

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

_SHAPES = {
    "input": ("([", "])"), "layer": ("[", "]"), "refused": ("[", "]"), "output": ("([", "])"),
}  # fmt: skip
#: what Mermaid would read as its own, or as HTML
_SPECIAL = frozenset('"#;&<>`\\|[]{}()$*_~')


def export(report: FileReport) -> str:
    """The flowchart of a model, also of one with errors."""
    assert report.case is not None, "what could not be read is not exported"
    boxes, edges = drawn(report.case)
    lines = ["flowchart TD"]
    lines += [f"    {_box(box)}" for box in boxes]
    lines += [f'    {edge.source} -->|"{escaped(edge.label)}"| {edge.target}' for edge in edges]
    refused = [box.key for box in boxes if box.kind == "refused"]
    if refused:
        lines.append("    classDef refused stroke:#c00,stroke-width:3px")
        lines.append(f"    class {','.join(refused)} refused")
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    before, after = _SHAPES[box.kind]
    return f'{box.key}{before}"{"<br/>".join(map(escaped, box.lines))}"{after}'


def escaped(text: str) -> str:
    """A text in which Mermaid sees nothing but characters: its own are written by number."""
    return "".join(c if c.isprintable() and not _is_special(c) else f"#{ord(c)};" for c in text)


def _is_special(character: str) -> bool:
    # in quotes, brackets, commas and underscores of a name are plain text
    return character in _SPECIAL - frozenset("()_[]")
