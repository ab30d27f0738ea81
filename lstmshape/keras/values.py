"""Plain values of a spec as Keras takes them: shapes, arguments, and what a spec may not name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from lstmshape.keras.errors import BuildError
from lstmshape.source import Path

#: Classes that load foreign code. A spec is data: they are never made from one.
UNSAFE = frozenset({"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"})
#: the same among the values of arguments
_UNSAFE_VALUES = UNSAFE | {"Lambda", "__lambda__"}

_NAME = re.compile(r"[A-Za-z_]\w*")

#: Arguments that are shapes, in which a dim may be a name.
_SHAPES = frozenset({"shape", "batch_shape", "input_shape"})

#: Arguments that Keras takes as a tuple but not as a list (found by trying all of them).
_TUPLES = frozenset({"ngrams", "output_shape"})

#: Where `{Class: {arguments}}` as an argument's value is looked up.
_NAMESPACES = {
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


def shape_of(written: Any, dims: Mapping[str, Any], path: Path) -> Any:
    """A shape for Keras: a name is None, or the number that it is bound to in `dims`.

    What is no shape at all is left as it stands, for Keras to refuse.
    """
    if not isinstance(written, (list, tuple)):
        return written
    return tuple(_size(dim, dims, (*path, i)) for i, dim in enumerate(written))


def _size(dim: Any, dims: Mapping[str, Any], path: Path) -> Any:
    if not isinstance(dim, str):
        return dim
    if not _NAME.fullmatch(dim):
        raise BuildError(f"a dim is an integer, null or a name, not {dim!r}", path)
    bound = dims.get(dim)
    return bound if isinstance(bound, int) else None


def plain_argument(key: str, value: Any, dims: Mapping[str, Any], path: Path) -> Any:
    """The value of a constructor argument that holds no layer.

    `kernel_initializer: {RandomNormal: {stddev: 0.1}}` becomes the object; Keras's own
    `{class_name:, config:}` and plain strings are left to Keras.
    """
    if key in _SHAPES:
        return shape_of(value, dims, path)
    if key in _TUPLES and isinstance(value, list):
        return tuple(value)
    refuse_unsafe(value, path)
    namespace = _NAMESPACES.get(key.rpartition("_")[2])
    return named_object(value, [namespace]) if namespace is not None else value


def named_object(value: Any, namespaces: list[Any]) -> Any:
    """`{Class: {arguments}}` as the object that it names, anywhere in lists and mappings.

    A mapping whose only key is no class of the namespaces is walked instead, so that
    `{output: {Class: {...}}}` (a loss an output) reads as one would expect.
    """
    if isinstance(value, list):
        return [named_object(item, namespaces) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(name, arguments)] = value.items()
        cls = _class_in(name, namespaces)
        if cls is not None and (arguments is None or isinstance(arguments, Mapping)):
            return cls(**(named_object(arguments, namespaces) or {}))
    return {key: named_object(item, namespaces) for key, item in value.items()}


def _class_in(name: Any, namespaces: list[Any]) -> Any:
    if not isinstance(name, str):
        return None
    found = (getattr(namespace, name, None) for namespace in namespaces)
    return next((cls for cls in found if isinstance(cls, type)), None)


def refuse_unsafe(value: Any, path: Path) -> None:
    """Raises BuildError where a serialized object deep in a value would run or load code."""
    if isinstance(value, Mapping):
        if isinstance(value.get("class_name"), str) and value["class_name"] in _UNSAFE_VALUES:
            raise unsafe(value["class_name"], path)
        for key, item in value.items():
            refuse_unsafe(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            refuse_unsafe(item, (*path, i))


def unsafe(name: str, path: Path) -> BuildError:
    return BuildError(
        f"{name} runs or loads code; a spec is data, so it is not built from one: "
        "add that layer in Python",
        path,
    )
