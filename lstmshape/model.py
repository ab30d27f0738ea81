"""A spec as it was written, in types: what the graph stage makes calls of."""

from __future__ import annotations

from typing import Any, NamedTuple

from lstmshape.source import Path

#: A size as written: a number, the name of an open dim, or None for one without a name.
WrittenDim = int | str | None
WrittenShape = tuple[WrittenDim, ...]


class Ref(NamedTuple):
    """`name` or `name:k` where it stands."""

    name: str
    #: k of `name:k`; None stands for all that it gives
    output: int | None
    path: Path


#: What a layer is called on: one reference, a list of them, or call arguments by name. Anything
#: else in a mapping (`true`, `0.5`, None) is an option of the call.
Refs = Ref | list[Any] | dict[str, Any] | tuple[()]
#: what stands in place of references that cannot be read, which was said
UNREADABLE: tuple[()] = ()


class Array(NamedTuple):
    """`{value: […], dtype: float16}` in a call: an array whose dtype its numbers do not tell.

    One of no axis has a number for its value.
    """

    value: Any
    dtype: str

    @classmethod
    def read(cls, written: Any) -> Array | None:
        """The array that a mapping says; None for any other value."""
        if not isinstance(written, dict) or written.keys() != {"value", "dtype"}:
            return None
        value, dtype = written["value"], written["dtype"]
        fits = isinstance(value, (list, int, float)) and isinstance(dtype, str)
        return cls(value, dtype) if fits else None


class InputSpec(NamedTuple):
    """One model input. `shape` is without the batch axis; None when it could not be read."""

    name: str | None
    shape: WrittenShape | None
    dtype: str
    batch_size: int | None
    path: Path


class LayerSpec(NamedTuple):
    """One entry of `layers`. `class_name` or `reuse` is set, unless malformed."""

    path: Path
    class_name: str | None
    arguments: dict[str, Any]
    reuse: str | None = None
    #: of a `reuse` entry; a class's name is among its arguments
    name: str | None = None
    inputs: Refs | None = None
    call: dict[str, Any] = {}  # noqa: RUF012  # never written to
    expect: Any = None
    #: its arguments are no mapping: nothing can be made of it, which was said
    malformed: bool = False

    @property
    def class_path(self) -> Path:
        """The path of the class's arguments."""
        return (*self.path, self.class_name) if self.class_name is not None else self.path


class ModelSpec(NamedTuple):
    """A model: the whole file, or one inside another."""

    path: Path
    name: str | None
    inputs: list[InputSpec]
    layers: list[LayerSpec]
    #: one Ref, a list of them, or a mapping to them; None: the last layer
    outputs: Refs | None
    #: bound names, and (low, high) of bounded ones
    bindings: dict[str, int]
    bounds: dict[str, tuple[int, int | None]]
    #: as written: `compile`, `data`, `expect`
    compile: dict[str, Any]
    data: dict[str, Any]
    expect: dict[str, Any]
    #: of the whole file; that of a model inside another is an argument of its layer
    trainable: bool = True
