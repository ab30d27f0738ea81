"""`.keras` archives: only `config.json` and `metadata.json` are read; the weights are left alone.

An archive is made by others: what it says of its own sizes is not believed, what is unpacked is
bounded, and the names in it are compared and never used as paths.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from typing import Any, BinaryIO

from lstmshape.facts import NotASpec, OverLimit, Unreadable
from lstmshape.frontends.document import Document
from lstmshape.frontends.json_places import BadJson, JsonText, parse
from lstmshape.frontends.keras_config import document_of, fault
from lstmshape.frontends.limits import TooMuch
from lstmshape.frontends.text import MAX_BYTES, Unread
from lstmshape.source import Source

KIND = "keras-archive"
#: the list of an archive's members has at most so many bytes: about ten thousand members
MAX_LIST = 1_000_000
MAX_METADATA = 100_000
_END = b"PK\x05\x06"
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_archive(name: str, data: bytes, path: str | None = None) -> Document:
    """The document of an archive: in `data`, or in the file `path` where that is given."""
    source = Source(name, "")
    try:
        with open(path, "rb") if path is not None else io.BytesIO(data) as stream:
            if _list_size(stream) > MAX_LIST:
                fact = OverLimit(what="the archive's list of members", limit=MAX_LIST, unit="bytes")
                return Unread(source, fact, kind=KIND)
            with zipfile.ZipFile(stream) as archive:
                return _read(name, archive)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
    # zipfile raises all of these for archives that are broken in one way or another
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, KeyError,
            struct.error, NotImplementedError, OverflowError) as error:  # fmt: skip
        problem = f"the archive is broken: {str(error)[:80] or type(error).__name__}"
    return Unread(source, Unreadable(problem=problem), kind=KIND)


def _list_size(stream: BinaryIO) -> int:
    """How many bytes the archive says that its list of members has."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END, 0, max(0, len(tail) - 18))
    stream.seek(0)
    if at < 0:
        return 0
    (listed,) = struct.unpack_from("<L", tail, at + 12)
    # a larger one is said elsewhere: no archive of a model needs it
    return int(listed)


def _read(name: str, archive: zipfile.ZipFile) -> Document:
    source = Source(f"{name}:config.json", "")
    found = {info.filename: info for info in archive.infolist()}
    config = found.get("config.json")
    if config is None:
        return Unread(Source(name, ""), NotASpec(found="an archive without config.json"), kind=KIND)
    data = _member(archive, config, MAX_BYTES)
    if data is None:
        fact = OverLimit(what="config.json", limit=MAX_BYTES, unit="bytes")
        return Unread(source, fact, kind=KIND)
    try:
        source = Source(source.name, data.decode("utf-8"))
        read = parse(source.text)
    except UnicodeDecodeError:
        return Unread(source, Unreadable(problem="config.json is not UTF-8"), kind=KIND)
    except (BadJson, TooMuch) as error:
        return Unread(source, fault(error, source), kind=KIND)
    version = _version(archive, found.get("metadata.json"))
    return document_of(source, read, JsonText(source.text), KIND, version)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    """What a member holds; None for more than `limit` bytes, whatever the archive says."""
    if info.compress_type not in _PLAIN:
        raise zipfile.BadZipFile("a member is packed in a way that Keras does not use")
    if info.file_size > limit:
        return None
    with archive.open(info) as member:
        data = member.read(limit + 1)
    return data if len(data) <= limit else None


def _version(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> str | None:
    """The version of Keras that wrote the archive; None where that cannot be told."""
    data = _member(archive, info, MAX_METADATA) if info is not None else None
    if data is None:
        return "3"
    try:
        metadata: Any = parse(data.decode("utf-8", "replace"))
    except (BadJson, TooMuch):
        return "3"
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return version if isinstance(version, str) else "3"
