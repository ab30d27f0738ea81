"""Text in, a spec's tree out: one module a format. `read` decides by content which it is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from lstmshape.facts import NotASpec, SyntaxFault, Unreadable
from lstmshape.frontends.document import Document
from lstmshape.frontends.keras_signs import (
    like_archive,
    like_h5,
    like_keras_data,
    like_keras_json,
    like_python_literal,
)
from lstmshape.frontends.recognise import described, like_model, perhaps_model, surely_model
from lstmshape.frontends.text import Unread, decode, roughly


class Format(NamedTuple):
    """One kind of file: how it is told by its first bytes, and what reads it."""

    recognises: Callable[[bytes], bool]
    #: `module:function`, imported when a file needs it; called with (name, bytes), and for a
    #: binary format with the path of the file. None comes back for a file of another kind.
    reader: str
    #: a file that may be large, of which only a part is read
    binary: bool = False


#: Asked in order; what none of them knows is read as YAML. A new format is one entry here.
FORMATS: tuple[Format, ...] = (
    Format(like_archive, "lstmshape.frontends.keras_archive:read_archive", binary=True),
    Format(like_h5, "lstmshape.frontends.keras_h5:read_h5", binary=True),
    Format(like_keras_json, "lstmshape.frontends.keras_config:read_json"),
    Format(like_python_literal, "lstmshape.frontends.python_literal:read_literal"),
)
#: What a text must have to be a model, also in UTF-16, which is told to its author.
_WORDS = (b"layers", b"class_name", "layers".encode("utf-16-le"), "layers".encode("utf-16-be"))
#: What a file in a folder is called that may be a model, also as the table above grows.
SUFFIXES = (".yaml", ".yml", ".json", ".keras", ".h5", ".hdf5")


def read(source_name: str, data: bytes, path: str | None = None) -> Document:
    """The document of a file. Never raises for what stands in it: its facts say what is wrong.

    `path` is where a binary file can be read from, if `data` is only its beginning.
    """
    for known in FORMATS:
        if known.recognises(data):
            module, _, function = known.reader.partition(":")
            further = (path,) if known.binary else ()
            found: Document | None = getattr(import_module(module), function)(
                source_name, data, *further
            )
            if found is not None:
                return found
    return read_spec_text(source_name, data)


def is_binary(start: bytes) -> bool:
    """Whether a file that begins so is of a kind that is read in parts, by its path."""
    return any(known.binary and known.recognises(start) for known in FORMATS)


def read_spec_text(source_name: str, data: bytes) -> Document:
    """A spec in YAML, or what is wrong with the text."""
    source = decode(source_name, data)
    if isinstance(source, Unread):
        return source
    from lstmshape.frontends.yaml_spec import read_yaml

    document = read_yaml(source)
    if document.tree is None and document.facts:
        return document
    if document.nodes is not None and like_keras_data(document.tree):
        from lstmshape.frontends.keras_yaml import read_keras_yaml

        return read_keras_yaml(source, document.tree, document.nodes)
    if not perhaps_model(document.tree):
        return Unread(source, NotASpec(found=described(document.tree)))
    return document


def is_surely_model(document: Document, data: bytes = b"") -> bool:
    """Whether a file that was found in a folder, and not named, is a model and to be checked.

    `data` is what stands in it, for a text that cannot be decoded.
    """
    if any(isinstance(fact, Unreadable) for fact in document.facts):
        return like_model(roughly(data))
    if document.kind != "spec":
        return document.tree is not None
    if document.tree is not None:
        return surely_model(document.tree)
    broken = any(isinstance(fact, SyntaxFault) for fact in document.facts)
    return broken and like_model(document.source.text)


def may_be_model(data: bytes) -> bool:
    """A cheap look before a file in a folder is parsed: whether it can be a model at all."""
    if any(word in data for word in _WORDS):
        return True
    return any(known.recognises(data) for known in FORMATS)


__all__ = ["FORMATS", "SUFFIXES", "Format", "is_binary", "is_surely_model", "may_be_model", "read"]
