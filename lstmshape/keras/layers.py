"""Layers from layer entries: classes looked up, arguments made, layers in layers, models in models.

`LayerMaker` knows entries one by one; how the entries of a model read each other is `graph`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import keras

from lstmshape.changes import ENTRY_KEYS
from lstmshape.keras.custom import CustomObjects, custom_class, function_of
from lstmshape.keras.errors import BuildError, asking_keras
from lstmshape.keras.operations import STATED, operation_class
from lstmshape.keras.values import UNSAFE, plain_argument, shape_of, unsafe
from lstmshape.layers.operation import PREFIX
from lstmshape.layers.retired import KEPT
from lstmshape.source import Path

#: Arguments whose value is a layer entry or a list of them.
_LAYER_ARGUMENTS = frozenset({"layer", "backward_layer", "cell", "cells", "layers"})
_INPUT_KEYS = frozenset({"shape", "dtype", "batch_size"})


class Written(NamedTuple):
    """A layer entry taken apart: `class_name` is "" for an entry that has `reuse`."""

    class_name: str
    arguments: Mapping[str, Any]
    keys: Mapping[str, Any]
    #: where the entry, and where the arguments of its class, stand
    path: Path
    arguments_path: Path


def read_entry(entry: Any, path: Path, keys: frozenset[str] = ENTRY_KEYS) -> Written:
    """Takes an entry apart. `keys` are those that may stand beside the class."""
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping):
        raise BuildError(f"a layer is written `Class: {{arguments}}`, not {entry!r}", path)
    classes = [key for key in entry if key not in ENTRY_KEYS]
    reuse = "reuse" in entry and "reuse" in keys
    if len(classes) != (0 if reuse else 1):
        raise BuildError(
            f"an entry has exactly one class or `reuse`, not {classes or 'none'}", path
        )
    stray = [key for key in entry if key in ENTRY_KEYS and key not in keys]
    if stray or ("name" in entry and not reuse):
        raise BuildError(f"{(stray or ['name'])[0]!r} cannot stand here", path)
    name = "" if reuse else classes[0]
    arguments = (entry[name] if name else None) or {}
    if not isinstance(name, str) or not _is_arguments(arguments):
        raise BuildError(f"the arguments of {name} are a mapping, not {arguments!r}", path)
    return Written(name, arguments, entry, path, (*path, name) if name in entry else path)


def _is_arguments(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


class LayerMaker:
    """Makes real Keras layers from entries; `dims` binds the names of dims to numbers.

    `custom` are classes and functions of the caller by their names.
    """

    def __init__(self, dims: Mapping[str, Any], custom: CustomObjects | None = None) -> None:
        self.dims = dims
        self.custom = custom or {}

    # -- what a subclass may add to ----------------------------------------------------------

    def make(self, cls: Any, arguments: dict[str, Any], path: Path) -> Any:
        """One layer from its finished arguments."""
        with asking_keras(path, "construct", _explicit_name(arguments)):
            return cls(**arguments)

    def functional(self, arguments: Mapping[str, Any], path: Path) -> Any:
        """The model of a `Model:` entry."""
        raise NotImplementedError

    # -- entries -----------------------------------------------------------------------------

    def layer(self, written: Written) -> Any:
        """The layer of an entry; its inner layers are made first, in the order written."""
        path = written.arguments_path
        if written.class_name == "Model":
            return self.functional(written.arguments, path)
        if written.class_name == "Sequential":
            return self._sequential(written)
        cls = layer_class(written.class_name, self.custom, written.path)
        # what comes out is said for `check`, where nobody else can know it
        unsaid = STATED if not hasattr(keras.layers, written.class_name) else None
        with asking_keras(written.path, "construct", _explicit_name(written.arguments)):
            arguments = {
                key: self._argument(key, value, (*path, key))
                for key, value in written.arguments.items()
                if key != unsaid
            }
        if written.class_name == "Lambda":
            arguments["function"] = function_of(arguments, self.custom, written.path)
        made = self.make(cls, arguments, written.path)
        return made if isinstance(made, keras.Operation) else made._keras_history.operation

    def _argument(self, key: str, value: Any, path: Path) -> Any:
        if key not in _LAYER_ARGUMENTS or not isinstance(value, (str, Mapping, list)):
            return plain_argument(key, value, self.dims, path)
        if isinstance(value, list):
            return [self._inner(item, (*path, i)) for i, item in enumerate(value)]
        return self._inner(value, path)

    def _inner(self, entry: Any, path: Path) -> Any:
        return self.layer(read_entry(entry, path, frozenset({"expect"})))

    def _sequential(self, written: Written) -> Any:
        arguments, path = written.arguments, written.arguments_path
        entries = arguments.get("layers")
        if not isinstance(entries, list):
            raise BuildError("Sequential needs `layers`, a list of layer entries", path)
        made = [
            self.input(value, "input", (*path, key))
            for key, value in arguments.items()
            if key == "input"
        ]
        made += [self._inner(entry, (*path, "layers", i)) for i, entry in enumerate(entries)]
        rest = {k: v for k, v in arguments.items() if k not in ("input", "layers")}
        return self.make(keras.Sequential, {**rest, "layers": made}, written.path)

    def input(self, written: Any, name: str | None, path: Path) -> Any:
        """A model input from `shape` or `{shape:, dtype:, batch_size:}`, as a Keras tensor."""
        if not isinstance(written, Mapping):
            written = {"shape": written}
        stray = [key for key in written if key not in _INPUT_KEYS]
        if stray:
            raise BuildError(f"an input has {', '.join(sorted(_INPUT_KEYS))}, not {stray}", path)
        if not isinstance(written.get("shape"), (list, tuple)):
            raise BuildError(f"the shape of an input is a list, not {written.get('shape')!r}", path)
        arguments = {**written, "shape": shape_of(written["shape"], self.dims, path)}
        if name is not None:
            arguments["name"] = name
        return self.make(keras.Input, arguments, path)


def _explicit_name(arguments: Mapping[str, Any]) -> str | None:
    name = arguments.get("name")
    return name if isinstance(name, str) else None


def layer_class(name: str, custom: CustomObjects, path: Path) -> Any:
    """What makes a layer of this class name; for `Input` that is a function."""
    if name in UNSAFE:
        raise unsafe(name, path)
    if name == "Input":
        return keras.Input
    if name.startswith(PREFIX):
        return operation_class(name, path)
    if name in KEPT:
        return getattr(import_module(KEPT[name]), name.removeprefix("keras>"))
    cls = getattr(keras.layers, name, None) or custom_class(name, custom)
    if not isinstance(cls, type) or not issubclass(cls, keras.layers.Layer):
        raise BuildError(f"Keras has no layer {name!r}: give its class in `custom_objects`", path)
    return cls
