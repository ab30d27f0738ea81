"""The layers of Keras, one module a family, found by class name.

Families are imported only when a spec names something that the families before did not have: the
order is that of how often a spec of sequences needs them.
"""

from __future__ import annotations

from importlib import import_module

from lstmshape.layers.base import Layer

#: module names, the most wanted first
FAMILIES = (
    "core",
    "recurrent",
    "wrappers",
    "bidirectional",
    "regularization",
    "convolutional",
    "pooling",
    "reshaping",
    "margins",
    "merging",
    "normalization",
    "activations",
    "attention",
    "heads",
    "dot",
    "transposed",
    "cells",
    "conv_recurrent",
    "models",
    "einsum",
    "spectral",
    "adaptive",
    "preprocessing",
    "images",
    "pixels",
    "mixtures",
    "stated",
    "lookup",
    "spectrograms",
    "foreign",
    "pipeline",
)

_found: dict[str, type[Layer]] = {}
_waiting = list(FAMILIES)


def _load(family: str) -> None:
    module = import_module(f"lstmshape.layers.{family}")
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Layer)
            and value.__module__ == module.__name__
            and not value.__name__.startswith("_")
        ):
            for name in (value.__name__, *value.aliases):
                if _found.setdefault(name, value) is not value:
                    raise ValueError(f"two layers are called {name}")


def find(name: str) -> type[Layer] | None:
    """The layer class of that name or alias, or None; `package>Class` is not Keras's own."""
    if name.startswith(("ops>", "tf>")):
        from lstmshape.layers.operations import find_operation

        return find_operation(name)
    if ">" in name:
        from lstmshape.layers.retired import find_retired

        return find_retired(name)
    while name not in _found and _waiting:
        _load(_waiting.pop(0))
    return _found.get(name)


def all_layers() -> dict[str, type[Layer]]:
    """Every class by every name it has."""
    while _waiting:
        _load(_waiting.pop(0))
    return dict(_found)
