"""Operations (`ops>Mean`) as Keras's own objects, and what they are called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import keras

from lstmshape import slices
from lstmshape.calls import assigned
from lstmshape.keras.errors import BuildError, asking_keras
from lstmshape.keras.references import Spread, refs_in
from lstmshape.layers.operation import PREFIX
from lstmshape.layers.operations import Signature, signatures
from lstmshape.model import Array
from lstmshape.source import Path

#: says what comes out, for `check`: it is no argument of Keras's
STATED = "output_shape"


def operation_class(name: str, path: Path) -> Any:
    """The class of `ops>Name`."""
    signature = signatures().get(name.removeprefix(PREFIX))
    if signature is None:
        raise BuildError(f"Keras 3 has no operation {name.removeprefix(PREFIX)!r}", path)
    return getattr(import_module(f"keras.src.ops.{signature.module}"), signature.name)


def call_of(
    class_name: str, argument: Any, named: Mapping[str, Any], path: Path
) -> tuple[list[Any], dict[str, Any]]:
    """The positional and named arguments: as many by position as Keras itself would write.

    `argument` is what `inputs` says (or the entry before it), `named` the rest by name.
    """
    signature = signatures()[class_name.removeprefix(PREFIX)]
    if signature.variadic:
        rest = dict(named)
        if argument is None and signature.call:
            argument = rest.pop(signature.call[0].name, None)
        operands = argument if isinstance(argument, list) else [Spread(argument)]
        return ([operands] if signature.call else list(operands)), rest
    names = [parameter.name for parameter in signature.call]
    found = assigned(names, argument, named)
    stray = [key for key in found if key not in names]
    if stray:
        raise BuildError(f"{signature.name} takes {', '.join(names)}, and no more", path)
    return by_position(signature, found)


def by_position(signature: Signature, found: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What stands in the order of the parameters without a gap, and the rest by name."""
    args: list[Any] = []
    for parameter in signature.call:
        if parameter.name not in found:
            break
        args.append(found[parameter.name])
    rest = {p.name: found[p.name] for p in signature.call[len(args) :] if p.name in found}
    return args, rest


def constants(
    class_name: str, written: Mapping[str, Any], referred: Callable[[Any, Path], Any], path: Path
) -> dict[str, Any]:
    """The `call` of an operation: `referred` makes references of the names in it."""
    getting = class_name == f"{PREFIX}GetItem"
    return {
        key: _index(value, referred, (*path, key))
        if getting and key == "key"
        else _constant(Array.read(value) or referred(value, (*path, key)), (*path, key))
        for key, value in written.items()
    }


def _constant(value: Any, path: Path) -> Any:
    """A list of numbers is a tensor; one of references is what it stands for."""
    if isinstance(value, Array):
        with asking_keras(path, "call"):
            return keras.ops.convert_to_tensor(value.value, dtype=value.dtype)
    if not isinstance(value, list) or any(True for _ in refs_in(value)):
        return value
    with asking_keras(path, "call"):
        return keras.ops.convert_to_tensor(value)


def _index(value: Any, referred: Callable[[Any, Path], Any], path: Path) -> Any:
    """An index as Python writes it between brackets."""
    if isinstance(value, list):
        return tuple(_index(item, referred, (*path, n)) for n, item in enumerate(value))
    index = slices.parse(value) if isinstance(value, str) else None
    if index is None:
        return referred(value, path)
    return slice(*index) if isinstance(index, slices.Slice) else ...
