"""Random operations: `ops>Mean` and its kin, called on what the model gives so far."""

from __future__ import annotations

import random
from typing import Any

from lstmshape.layers.operations import _FORMULAS, Signature, signatures

Entry = dict[str, Any]

#: those of sequence models, which should stand in most
OFTEN = (
    "GetItem", "GetItem", "Mean", "Sum", "Max", "Add", "Multiply", "Subtract", "Divide",
    "Concatenate", "Stack", "Reshape", "ExpandDims", "Squeeze", "Transpose", "Matmul", "Softmax",
    "Where", "Relu", "Cast", "Einsum", "Split",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (2, 0.5, -1, True, [1.0, 2.0], [[1.0], [2.0]], 1.0)
#: without "-2:", which of an open size is open: it gives what there is, or 2
INDICES: tuple[Any, ...] = (0, -1, 1, 5, None, ":", ":", ":", "1:", ":-1", "::2", "...")
LETTERS = ("bij->bj", "bij,bjk->bik", "bij,bij->bi", "bi,bj->bij", "bij->bij")


def operation(rng: random.Random, sources: list[str]) -> Entry:
    """An entry of an operation of which we know the formula, with what it is called on."""
    name = rng.choice(OFTEN if rng.random() < 0.7 else sorted(_FORMULAS))
    signature = signatures()[name]
    arguments = {}
    for parameter in signature.constructor:
        value = _argument(rng, name, parameter.name)
        known = value is not None or parameter.name in ("axis", "axes")
        # without axes Squeeze takes away what only shows as 1 when it runs
        if parameter.required or (known and (rng.random() < 0.7 or name == "Squeeze")):
            arguments[parameter.name] = value
    entry: Entry = {f"ops>{name}": arguments or None}
    _called(rng, entry, signature, sources)
    return entry


def _argument(rng: random.Random, operation: str, name: str) -> Any:
    axis = rng.choice((-1, -1, 1, 1, 1, 2, 0, -2, 3))
    several = ([0], [1], [1, 2], []) if operation == "Squeeze" else (None, [1], [1, 2], [])
    drawn: dict[str, Any] = {
        "axis": axis if rng.random() < 0.85 else rng.choice(several),
        "axis1": axis, "axis2": rng.choice((1, 2, -1)),
        "axes": rng.choice((None, [0, 2, 1], [0, 1], [1, 0], [0, 3, 1, 2])),
        "keepdims": rng.random() < 0.5,
        "dtype": rng.choice(("float32", "float16", "int32", "bool")),
        "newshape": rng.choice(([-1, 4], [-1, 2, 2], [-1, 1], [2, -1], [-1], [-1, 3, 4])),
        "indices_or_sections": rng.choice((2, 2, 3, [1], [1, 2])),
        "subscripts": rng.choice(LETTERS), "num_classes": rng.randint(1, 4),
        "repeats": rng.choice((2, [1, 2], [2, 1, 1], [1])),
        "pad_width": rng.choice((1, [0, 1], [[0, 0], [1, 2]], [[0, 0], [1, 1], [0, 1]])),
        "x_min": 0.0, "x_max": 1.0, "threshold": 0.5, "default_value": 0.0,
        "negative_slope": 0.1, "approximate": True, "initial": None,
    }  # fmt: skip
    return drawn.get(name)


def _called(rng: random.Random, entry: Entry, signature: Signature, sources: list[str]) -> None:
    if signature.variadic:
        entry["inputs"] = [rng.choice(sources) for _ in range(rng.choice((1, 2, 2, 3)))]
        return
    first, *rest = [p for p in signature.call if p.required or rng.random() < 0.5]
    if signature.name == "GetItem":
        entry["call"] = {"key": _key(rng)}
        if rng.random() < 0.5:
            entry["inputs"] = rng.choice(sources)
        return
    named: dict[str, Any] = {}
    for parameter in rest:
        constant = rng.random() < 0.5
        named[parameter.name] = rng.choice(NUMBERS) if constant else rng.choice(sources)
    if rest and rng.random() < 0.1:
        entry["inputs"] = {rest[0].name: rng.choice(sources)}
        named[first.name] = rng.choice(NUMBERS)
        named.pop(rest[0].name)
    elif rng.random() < 0.5:
        entry["inputs"] = rng.choice(sources)
    if named:
        entry["call"] = named


def _key(rng: random.Random) -> Any:
    parts = [rng.choice(INDICES) for _ in range(rng.randint(1, 3))]
    whole = [":", *parts] if rng.random() < 0.7 else parts
    return whole if rng.random() < 0.9 else rng.choice((0, -1))
