"""`.h5` files: the configuration that Keras keeps in them beside the weights.

They need h5py, which is an extra of the package; without it one line says so.
"""

from __future__ import annotations

import io
from typing import Any

from lstmshape.facts import NotASpec, OverLimit, Unreadable
from lstmshape.frontends.document import Document
from lstmshape.frontends.json_places import BadJson, JsonText, parse
from lstmshape.frontends.keras_config import document_of, fault
from lstmshape.frontends.keras_document import Spot
from lstmshape.frontends.limits import TooMuch
from lstmshape.frontends.text import MAX_BYTES, Unread
from lstmshape.source import Source

KIND = "hdf5"
MISSING = "reading .h5 files needs h5py: pip install 'lstmshape[h5]'"


def read_h5(name: str, data: bytes, path: str | None = None) -> Document:
    """The document of an HDF5 file: in `data`, or in the file `path` where that is given."""
    try:
        import h5py
    except ImportError:
        return Unread(Source(name, ""), Unreadable(problem=MISSING), kind=KIND)
    try:
        with h5py.File(path if path is not None else io.BytesIO(data), "r") as file:
            said = {key: _text(file.attrs.get(key)) for key in _KEYS}
    # h5py turns every complaint of the HDF5 library into one of these
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeDecodeError) as error:
        problem = f"the HDF5 file is broken: {str(error)[:80]}"
        return Unread(Source(name, ""), Unreadable(problem=problem), kind=KIND)
    return _document(name, said)


_KEYS = ("model_config", "training_config", "keras_version")


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _document(name: str, said: dict[str, str | None]) -> Document:
    text = said["model_config"]
    if text is None:
        found = "an HDF5 file without `model_config`: weights, or no model of Keras"
        return Unread(Source(name, ""), NotASpec(found=found), kind=KIND)
    source = Source(f"{name}:model_config", text)
    if len(text) > MAX_BYTES:
        fact = OverLimit(what="model_config", limit=MAX_BYTES, unit="characters")
        return Unread(Source(source.name, ""), fact, kind=KIND)
    try:
        read = parse(text)
    except (BadJson, TooMuch) as error:
        return Unread(source, fault(error, source), kind=KIND)
    training = Spot(_parsed(said["training_config"]), ())
    return document_of(source, read, JsonText(text), KIND, said["keras_version"], training)


def _parsed(text: str | None) -> Any:
    """What the model was compiled with; it stands apart, and no place can be told in it."""
    try:
        return parse(text) if text is not None else None
    except (BadJson, TooMuch):
        return None
