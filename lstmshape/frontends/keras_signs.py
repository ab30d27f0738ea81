"""Signs by which a file of Keras's own is suspected: cheap, and never sure."""

from __future__ import annotations

from typing import Any

_ARCHIVE = (b"PK\x03\x04", b"PK\x05\x06")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_WORDS = (b"class_name", b'"Sequential"', b'"Graph"', b"modelTopology")
_MODELS = ("Sequential", "Graph", "AutoEncoder")


def like_archive(data: bytes) -> bool:
    """Whether bytes begin as a `.keras` archive does."""
    return data[:4] in _ARCHIVE


def like_h5(data: bytes) -> bool:
    """Whether bytes begin as an HDF5 file does."""
    return data[:8] == _HDF5


def like_keras_json(data: bytes) -> bool:
    """Whether bytes may be a file of Keras's in JSON."""
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start in (b"{", b"[", b'"') and any(word in data for word in _WORDS)


def like_python_literal(data: bytes) -> bool:
    """Whether bytes may be a file of Keras's that was written as Python shows a string."""
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:2]
    return (start[:1] == b"'" or start in (b"b'", b'b"')) and any(word in data for word in _WORDS)


def like_keras_data(data: Any) -> bool:
    """Whether data that was read as YAML may be Keras's, and not a spec."""
    if isinstance(data, str):
        return "class_name" in data
    if isinstance(data, list):
        return bool(data) and isinstance(data[0], dict) and "class_name" in data[0]
    if not isinstance(data, dict):
        return False
    if "class_name" in data or "model_config" in data:
        return True
    layers = data.get("layers")
    first = layers[0] if isinstance(layers, list) and layers else None
    inner = first if isinstance(first, dict) else {}
    if "class_name" in inner:
        return True
    old = "node_config" in data or "encoder_config" in data or "name" in inner
    return old and data.get("name") in _MODELS
