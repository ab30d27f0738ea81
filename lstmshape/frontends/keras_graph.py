"""What layers are called on, in both dialects of `inbound_nodes`; and an order to write calls in.

Keras 1 and 2 write lists: a call is `[["lstm", 0, 1, {kwargs}], …]`, or one such list alone. Keras
3 writes `{"args": …, "kwargs": …}` with tensors that say the layer, the call and the output, and
their shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from lstmshape import slices
from lstmshape.frontends.keras_document import Spot
from lstmshape.frontends.keras_parts import shape_of
from lstmshape.layers.constants import dtype_of_constant

CONSTANT = "_CONSTANT_VALUE"
#: which Keras takes for the other, where 64 bits are not asked for
_WIDE = {"float32": "float64", "int32": "int64"}


class Tensor(NamedTuple):
    """Output `output` of call `node` of a layer; `shape` is None where the file does not say it."""

    layer: str
    node: int
    output: int
    spot: Spot
    shape: list[Any] | None = None


class Constant(NamedTuple):
    """A value among tensors: an array as lists, a slice or an ellipsis as a spec writes them."""

    value: Any


class Call(NamedTuple):
    """One call of a layer: tensors, lists and mappings of them, and plain values."""

    args: list[Any]
    kwargs: dict[str, Any]
    spot: Spot
    #: written as Keras 3 does
    new: bool = False


def calls_of(inbound: Spot, names: Collection[str]) -> list[Call]:
    """The calls of a layer, from its `inbound_nodes`; `names` are those of all layers."""
    found = []
    for spot in inbound.children():
        value = spot.value
        if isinstance(value, dict) and isinstance(value.get("args"), list):
            found.append(_new_call(spot))
        elif value:
            found.append(_old_call(spot, names))
    return found


def _new_call(spot: Spot) -> Call:
    kwargs = spot.child("kwargs")
    named = kwargs.value if isinstance(kwargs.value, dict) else {}
    args = [_new_tensors(item) for item in spot.child("args").children()]
    return Call(args, {key: _new_tensors(kwargs.child(key)) for key in named}, spot, new=True)


def _new_tensors(spot: Spot) -> Any:
    """Tensors, and lists and mappings of them, as Keras 3 writes them."""
    value = spot.value
    if isinstance(value, list):
        return [_new_tensors(item) for item in spot.children()]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "__keras_tensor__":
        config = spot.child("config")
        tensor = _reference(config.child("keras_history"))
        return tensor and tensor._replace(shape=shape_of(config.child("shape").value))
    if value.get("class_name") == "__tuple__":
        return [_new_tensors(item) for item in spot.child("items").children()]
    if "class_name" in value:
        return _constant(value)
    return {key: _new_tensors(spot.child(key)) for key in value}


def _constant(value: dict[str, Any]) -> Constant | None:
    """A slice, an ellipsis or an array, as Keras 3 writes them; None for what is none."""
    kind, config = value["class_name"], value.get("config")
    if kind == "__ellipsis__":
        return Constant(slices.ELLIPSIS)
    if kind == "__slice__" and isinstance(config, dict):
        ends = [config.get(key) for key in ("start", "stop", "step")]
        if all(end is None or type(end) is int for end in ends):
            return Constant(slices.text_of(*ends))
    if kind in ("__tensor__", "__numpy__") and isinstance(config, dict):
        return Constant(_array(config.get("value"), str(config.get("dtype"))))
    return None


def _array(numbers: Any, dtype: str) -> Any:
    """An array as a spec says it: its dtype where the numbers do not tell it.

    One of no axis is not the number, which gives way to other dtypes.
    """
    own = dtype_of_constant(numbers)
    told = isinstance(numbers, list) and dtype in (own, _WIDE.get(own))
    return numbers if told or dtype == "None" else {"value": numbers, "dtype": dtype}


def _reference(spot: Spot) -> Tensor | None:
    """`["lstm", 0, 1]`, with or without arguments behind it."""
    value = spot.value
    if not isinstance(value, list) or not 3 <= len(value) <= 4:
        return None
    layer, node, output = value[:3]
    if isinstance(layer, str) and type(node) is int and type(output) is int:
        return Tensor(layer, node, output, spot)
    return None


def _old_call(spot: Spot, names: Collection[str]) -> Call:
    kwargs: dict[str, Any] = {}
    read = _old_tensors(spot, names, kwargs)
    if isinstance(read, list) and len(read) == 1:
        read = read[0]
    return Call([read], kwargs, spot)


def _old_tensors(spot: Spot, names: Collection[str], kwargs: dict[str, Any]) -> Any:
    """Tensors, and lists and mappings of them; the arguments behind them go to `kwargs`."""
    value = spot.value
    if isinstance(value, dict):
        return {key: _old_tensors(spot.child(key), names, kwargs) for key in value}
    tensor = _reference(spot)
    if tensor is None and not isinstance(value, list):
        return None
    if tensor is None and not (value and value[0] == CONSTANT):
        return [_old_tensors(item, names, kwargs) for item in spot.children()]
    behind = spot.child(3)
    for key in behind.value if isinstance(behind.value, dict) else ():
        kwargs[key] = _old_argument(behind.child(key), names)
    return tensor if value[0] != CONSTANT else Constant(value[2] if len(value) > 2 else None)


def _old_argument(spot: Spot, names: Collection[str]) -> Any:
    """An argument of a call: a tensor is a list of a layer's name and two numbers."""
    value = spot.value
    tensor = _reference(spot)
    if tensor is not None and tensor.layer in names:
        return tensor
    if isinstance(value, list) and len(value) > 2 and value[0] == CONSTANT:
        return value[2]
    if isinstance(value, list):
        return [_old_argument(item, names) for item in spot.children()]
    if isinstance(value, dict):
        return {key: _old_argument(spot.child(key), names) for key in value}
    return value


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in a structure, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from tensors_in(item)


def tensors_of(call: Call) -> Iterator[Tensor]:
    """All tensors that a call reads."""
    yield from tensors_in(call.args)
    yield from tensors_in(call.kwargs)


def structure(value: Any, leaf: Callable[[Tensor], Any]) -> Any:
    """A structure with something in the place of each tensor."""
    if isinstance(value, Tensor):
        return leaf(value)
    if isinstance(value, dict):
        return {key: structure(item, leaf) for key, item in value.items()}
    return [structure(item, leaf) for item in value] if isinstance(value, list) else value


#: a call: the number of its layer, and which of the layer's calls it is
Item = tuple[int, int]


def in_order(items: Mapping[Item, set[Item]]) -> list[Item]:
    """The calls such that each comes after what it needs; else as in the file.

    What is in a circle comes last, as it stands.
    """
    missing = {item: len(needs & items.keys()) for item, needs in items.items()}
    readers: dict[Item, list[Item]] = {}
    for item, needs in items.items():
        for need in needs & items.keys():
            readers.setdefault(need, []).append(item)
    ready = [item for item, count in missing.items() if not count]
    heapify(ready)
    found: list[Item] = []
    while ready:
        here = heappop(ready)
        found.append(here)
        for reader in readers.get(here, ()):
            missing[reader] -= 1
            if not missing[reader]:
                heappush(ready, reader)
    done = set(found)
    return found + sorted(item for item in items if item not in done)


def outputs_of(spot: Spot) -> Any:
    """`output_layers` or `input_layers`: one tensor, or a list or mapping of them."""
    tensor = _reference(spot)
    if tensor is not None:
        return tensor
    if isinstance(spot.value, dict):
        return {key: outputs_of(spot.child(key)) for key in spot.value}
    if isinstance(spot.value, list):
        return [outputs_of(item) for item in spot.children()]
    return None
