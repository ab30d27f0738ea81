"""A layer wrapped in another, or taken out of it, with its lines and comments kept."""

from __future__ import annotations

from typing import Any

from lstmshape.changes import Change, class_key
from lstmshape.frontends.yaml_edit import Unsafe
from lstmshape.frontends.yaml_lines import Edit, edited, shifted
from lstmshape.frontends.yaml_nodes import MappingNode, Node, is_empty
from lstmshape.frontends.yaml_place import Range, Step
from lstmshape.frontends.yaml_text import key_words, pair
from lstmshape.frontends.yaml_writer import Writer
from lstmshape.source import Path


def wrap(writer: Writer, change: Change) -> None:
    """`Dense: {units: 1}` becomes `TimeDistributed: {layer: {Dense: {units: 1}}}`."""
    entry, name = change.path, writer.class_of(change.path)
    if writer.is_bare(entry):
        writer.put_entry(entry, {change.value: {"layer": {name: None}}})
        return
    arguments = writer.value((*entry, name)) or {}
    if not isinstance(arguments, dict):
        raise TypeError("no arguments")
    step = writer.step((*entry, name))
    outer = {key: value for key, value in arguments.items() if key == "name"}
    if not set(arguments) - set(outer):
        writer.may_replace(step)
        words = writer.words(step.parent, {"layer": {name: None}, **outer})
        writer.put(step.parent, step.number, words)
    elif not writer.is_alias(step) and writer.is_below_key(step.parent, step.number):
        writer.node((*entry, name))
        _wrap_lines(writer, (*entry, name), step, outer)
    else:
        _wrap_words(writer, (*entry, name), step, outer)
    writer.rename_at((*entry, name), change.value)


def _without_name(writer: Writer, path: Path, outer: dict[str, Any]) -> None:
    """Drop the name, which moves outside, from the arguments at a path."""
    if outer:
        writer.take((*path, "name"))


def _wrap_words(writer: Writer, path: Path, step: Step, outer: dict[str, Any]) -> None:
    """Wrap arguments in brackets where they are."""
    _without_name(writer, path, outer)
    start, end = writer.nodes.child(step.parent, step.number)
    quoted = writer.quoted(step.parent)
    words = [key_words(word, quoted) for word in ("layer", str(path[-1]))]
    writer.replace(start, start, f"{{{words[0]}: {{{words[1]}: ")
    name = "".join(", " + pair(key, value, quoted) for key, value in outer.items())
    writer.replace(end, end, f"}}{name}}}")


def _wrap_lines(writer: Writer, path: Path, step: Step, outer: dict[str, Any]) -> None:
    """Wrap arguments in lines: they move to the right, below two new keys."""
    lines, node = writer.lines, step.node
    before = len(writer.edits)
    _without_name(writer, path, outer)
    inner = writer.edits[before:]
    del writer.edits[before:]
    start = lines.start(writer.nodes.start(node))
    end = writer.end_of_lines(node)
    column = writer.column(node)
    width = max(column - writer.column(step.parent), 1)
    text = shifted(edited(writer.text, start, end, inner), 2 * width)
    head = [" " * column + "layer:", " " * (column + width) + f"{key_words(path[-1])}:"]
    tail = [" " * column + pair(key, value) for key, value in outer.items()]
    newline = lines.newline
    if tail and not text.endswith(("\n", "\r", "\x85", "\u2028", "\u2029")):
        text += newline
    words = newline.join([*head, ""]) + text + newline.join(tail)
    writer.replace(start, end, words + (newline if tail and end < len(writer.text) else ""))


def unwrap(writer: Writer, change: Change) -> None:
    """`TimeDistributed: {layer: {Dense: {units: 1}}}` becomes `Dense: {units: 1}`."""
    path = (*change.path, writer.class_of(change.path))
    writer.node(path)
    step = writer.step(path)
    wrapper = writer.value(path)
    entry = wrapper["layer"]
    name = class_key(entry)
    if name is None:
        raise KeyError("no class")
    inner = None if isinstance(entry, str) else entry[name]
    added = {k: v for k, v in wrapper.items() if k == "name" and k not in (inner or {})}
    if inner and not isinstance(inner, dict):
        raise TypeError("no arguments")
    if isinstance(entry, str) or not inner:
        _unwrap_to_words(writer, step, inner, added)
    else:
        writer.node((*path, "layer"))
        _unwrap_to_node(writer, step, (*path, "layer", name), added)
    writer.rename_at(path, name)


def _unwrap_to_words(writer: Writer, step: Step, inner: Any, added: dict[str, Any]) -> None:
    """The inner layer has no arguments of its own."""
    writer.may_take_away(step.node)
    if added:
        words = writer.words(step.parent, added)
    else:
        words = "" if inner is None else writer.words(step.parent, inner)
    writer.put(step.parent, step.number, words)


def _unwrap_to_node(writer: Writer, step: Step, path: Path, added: dict[str, Any]) -> None:
    """The inner layer's arguments take the place of the wrapper's."""
    node, inner = writer.node(path), writer.step(path)
    writer.may_take_away(step.node, kept=node)
    if not isinstance(node, MappingNode) or is_empty(node):
        raise Unsafe("no arguments")
    before = len(writer.edits)
    for key, value in added.items():
        writer.add_pair(node, key, value)
    edits = writer.edits[before:]
    del writer.edits[before:]
    if writer.is_below_key(inner.parent, inner.number) and writer.is_below_key(
        step.parent, step.number
    ):
        _unwrap_lines(writer, step.node, node, edits)
        return
    span = writer.nodes.child(inner.parent, inner.number)
    if writer.is_block(node):
        raise Unsafe("lines in a line")
    words = edited(writer.text, *span, edits)
    writer.put(step.parent, step.number, words, kept=span)


def _unwrap_lines(writer: Writer, outer: Node, node: Node, edits: list[Edit]) -> None:
    """Lines move to the left, in place of the wrapper's; comments between stay as lines."""
    lines, column = writer.lines, writer.column(outer)
    start, end = lines.start(writer.nodes.start(outer)), writer.end_of_lines(outer)
    span = lines.start(writer.nodes.start(node)), writer.end_of_lines(node)
    text = shifted(edited(writer.text, *span, edits), column - writer.column(node))
    if not text.endswith(("\n", "\r", "\x85", "\u2028", "\u2029")):
        text += lines.newline
    before = _comment_lines(writer, outer, (start, span[0]), column)
    after = _comment_lines(writer, outer, (span[1], end), column)
    writer.replace(start, end, before + text + after)


def _comment_lines(writer: Writer, node: Node, span: Range, column: int) -> str:
    comments = writer.comments(node, *span)
    return "".join(" " * column + comment + writer.lines.newline for comment in comments)
