"""Random values for layer arguments, out of the schemas that the layers themselves declare."""

from __future__ import annotations

import random
from typing import Any

from lstmshape.layers.arguments import Argument

#: what people write by mistake; Keras takes some of it for some arguments
ODD: tuple[Any, ...] = (None, 0, -1, 1, 2, 2.5, 3.0, "3", "foo", True, False, [2], [2, 2], [], {})
#: arguments whose values would change what is compared into something else
LEFT_ALONE = frozenset(
    {"name", "dtype", "trainable", "input_tensor", "seed", "kernel_regularizer", "autocast"}
)


def argument_value(rng: random.Random, argument: Argument, odd: float) -> Any:
    """A value for an argument; with probability `odd` one that nobody should write."""
    if rng.random() < odd:
        return rng.choice(ODD)
    return from_schema(rng, argument.kind.schema)


def from_schema(rng: random.Random, schema: Any, depth: int = 0) -> Any:
    """A small value that goes with a JSON Schema."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return from_schema(rng, rng.choice(schema[key]), depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    return _of_type(rng, kind, schema, depth)


def _of_type(rng: random.Random, kind: Any, schema: Any, depth: int) -> Any:
    if kind == "integer":
        low = schema.get("minimum", -2)
        high = min(schema.get("maximum", low + 6), low + 6)
        return rng.randint(int(low), int(high))
    if kind == "number":
        low, high = schema.get("minimum", 0), schema.get("maximum", 1)
        return rng.choice([low, high, round(rng.uniform(float(low), float(high)), 2)])
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "array" and depth < 3:
        low = schema.get("minItems", 0)
        count = rng.randint(low, min(schema.get("maxItems", low + 3), low + 3))
        return [from_schema(rng, schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind == "string":
        return schema.get("default", "foo")
    return None
