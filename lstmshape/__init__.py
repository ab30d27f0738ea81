"""lstmshape: the shapes of Keras models from YAML, without Keras.

`check` and `load` are the Python API (`docs/api.md`); importing the package alone imports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmshape import keras
    from lstmshape.api import check, load

__all__ = ["__version__", "check", "keras", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The functions of the API, and the package `keras`, when they are first named."""
    if name == "keras":
        from importlib import import_module

        return import_module("lstmshape.keras")
    if name not in ("check", "load"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lstmshape import api

    globals().update(check=api.check, load=api.load)
    return globals()[name]
