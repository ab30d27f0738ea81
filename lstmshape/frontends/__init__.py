"""Text in, a spec's tree out: one module a format. `read` decides by content which it is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from lstmshape.facts import NotASpec, SyntaxFault
from lstmshape.frontends.document import Document
from lstmshape.frontends.recognise import described, like_model, perhaps_model, surely_model
from lstmshape.frontends.text import Unread, decode


class Format(NamedTuple):
    """One kind of file: how it is told by its bytes, and what reads it."""

    recognises: Callable[[bytes], bool]
    #: `module:function`, imported when a file needs it; called with (name, bytes)
    reader: str


#: Asked in order; what none of them knows is read as YAML. A new format is one entry here.
FORMATS: tuple[Format, ...] = ()
#: What a file in a folder is called that may be a model, also as the table above grows.
SUFFIXES = (".yaml", ".yml", ".json")


def read(source_name: str, data: bytes) -> Document:
    """The document of a file. Never raises for what stands in it: its facts say what is wrong."""
    for known in FORMATS:
        if known.recognises(data):
            module, _, function = known.reader.partition(":")
            document: Document = getattr(import_module(module), function)(source_name, data)
            return document
    return read_spec_text(source_name, data)


def read_spec_text(source_name: str, data: bytes) -> Document:
    """A spec in YAML, or what is wrong with the text."""
    source = decode(source_name, data)
    if isinstance(source, Unread):
        return source
    from lstmshape.frontends.yaml_spec import read_yaml

    document = read_yaml(source)
    if document.tree is None and document.facts:
        return document
    if not perhaps_model(document.tree):
        return Unread(source, NotASpec(found=described(document.tree)))
    return document


def is_surely_model(document: Document) -> bool:
    """Whether a file that was found in a folder, and not named, is a model and to be checked."""
    if document.kind != "spec":
        return document.tree is not None
    if document.tree is not None:
        return surely_model(document.tree)
    broken = any(isinstance(fact, SyntaxFault) for fact in document.facts)
    return broken and like_model(document.source.text)


def may_be_model(data: bytes) -> bool:
    """A cheap look before a file in a folder is parsed: whether it can be a model at all."""
    return b"layers" in data or any(known.recognises(data) for known in FORMATS)


__all__ = ["FORMATS", "SUFFIXES", "Format", "is_surely_model", "may_be_model", "read"]
