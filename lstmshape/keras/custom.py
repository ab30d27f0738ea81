"""Classes and functions that are not Keras's: the caller's, never a file's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from lstmshape.keras.errors import BuildError
from lstmshape.source import Path

CustomObjects = Mapping[str, Any]


def custom_class(name: str, given: CustomObjects) -> Any:
    """The class that a spec calls `package>Class`: of the caller, or registered with Keras.

    A class goes by its whole name or by what stands behind the package. None where there is none.
    """
    bare = name.rpartition(">")[2].rpartition(".")[2]
    for known in (name, bare):
        if known in given:
            return given[known]
    return keras.saving.get_registered_object(name)


def function_of(arguments: Mapping[str, Any], given: CustomObjects, path: Path) -> Any:
    """The function of a Lambda: the caller's, by its own name or by the layer's."""
    for known in (arguments.get("name"), arguments.get("function")):
        if isinstance(known, str) and callable(given.get(known)):
            return given[known]
    name = arguments.get("name") or arguments.get("function") or "Lambda"
    raise BuildError(
        "a spec is data, and a Lambda is code: give its function as "
        f"`custom_objects={{{str(name)!r}: function}}`",
        path,
    )
