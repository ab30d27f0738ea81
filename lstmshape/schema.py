"""The JSON Schema of a spec, made from the layers' own definitions, for editors.

    # yaml-language-server: $schema=lstmshape.schema.json

A YAML language server then completes classes, arguments and values, and shows their docs.
"""

from __future__ import annotations

from typing import Any

from lstmshape.layers import all_layers
from lstmshape.layers.base import Layer
from lstmshape.losses import all_names
from lstmshape.spec import COMPILE_KEYS, DATA_KEYS, EXPECT_KEYS

DIALECT = "http://json-schema.org/draft-07/schema#"

_DIM: dict[str, Any] = {
    "description": "A number, null (open), or a name (open, the same wherever it stands).",
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "null"},
        {"type": "string", "pattern": r"^[^\W\d]\w*$"},
    ],
}
_SHAPE: dict[str, Any] = {
    "description": "The sizes of one sample, without the batch axis.",
    "type": "array",
    "items": {"$ref": "#/definitions/dim"},
}
_EXPECTED: dict[str, Any] = {
    "description": "A shape, or a list of shapes, one an output.",
    "type": "array",
    "items": {
        "anyOf": [
            {"type": ["integer", "string", "null"]},
            {"type": "array", "items": {"type": ["integer", "string", "null"]}},
        ]
    },
}
_INPUT: dict[str, Any] = {
    "description": "A shape, or {shape, dtype, batch_size}.",
    "anyOf": [
        {"$ref": "#/definitions/shape"},
        {
            "type": "object",
            "properties": {
                "shape": {"$ref": "#/definitions/shape"},
                "dtype": {"type": ["string", "null"]},
                "batch_size": {"type": ["integer", "null"], "minimum": 0},
            },
            "required": ["shape"],
            "additionalProperties": False,
        },
    ],
}
_REFS: dict[str, Any] = {
    "description": "A name, `name:k`, a list of them, or a mapping of call arguments.",
    "type": ["string", "array", "object"],
}
_ARRAYS: dict[str, Any] = {
    "description": "A shape with the sample axis, a .npy or .npz file, or several of them.",
    "type": ["array", "string", "object"],
}


def spec_schema() -> dict[str, Any]:
    """The schema of a whole spec."""
    return {
        "$schema": DIALECT,
        "title": "lstmshape spec",
        "description": "A Keras model: layers, how they are joined, and what is expected of it.",
        **_model(),
        "definitions": {
            "dim": _DIM,
            "shape": _SHAPE,
            "expected": _EXPECTED,
            "input": _INPUT,
            "refs": _REFS,
            "layer": _entry(outside=False),
            "entry": _entry(outside=True),
            "nested": _nested(),
        },
    }


def _model() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"], "description": "Else the file's name."},
            **_graph(),
            "compile": _compile(),
            "data": {
                "description": "What will be fed.",
                "type": ["object", "null"],
                "properties": {
                    **dict.fromkeys(DATA_KEYS, _ARRAYS),
                    "batch_size": {"type": ["integer", "null"], "minimum": 1},
                },
                "additionalProperties": False,
            },
            "dims": _dims(),
            "expect": _expect(),
            "trainable": {"type": "boolean", "description": "Whether anything in it is trained."},
        },
        "required": ["layers"],
        "additionalProperties": False,
    }


def _graph() -> dict[str, Any]:
    """The keys that a model and a model inside it share."""
    entries = {"type": "array", "items": {"$ref": "#/definitions/entry"}, "minItems": 1}
    several = {"anyOf": [
        {"type": "object", "additionalProperties": {"$ref": "#/definitions/input"}},
        {"type": "array", "items": {"$ref": "#/definitions/input"}},
    ]}  # fmt: skip
    return {
        "input": {"$ref": "#/definitions/input"},
        "inputs": {"description": "Several inputs, by name.", **several},
        "layers": {"description": "Each reads the one before it, unless it says so.", **entries},
        "outputs": {"$ref": "#/definitions/refs"},
    }


def _nested() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            **_graph(), "name": {"type": ["string", "null"]}, "trainable": {"type": "boolean"},
        },
        "required": ["layers"],
        "additionalProperties": False,
    }  # fmt: skip


def _compile() -> dict[str, Any]:
    names = {"type": "string", "enum": list(all_names())}
    return {
        "type": ["object", "null"],
        "properties": {
            **{key: {} for key in COMPILE_KEYS},
            "loss": {
                "description": "One loss, or one an output.",
                "anyOf": [names, {"type": "array"}, {"type": "object"}, {"type": "null"}],
            },
        },
        "additionalProperties": False,
    }


def _dims() -> dict[str, Any]:
    size = {"type": ["integer", "null"], "minimum": 0}
    bounds = {
        "type": "object", "properties": {"min": size, "max": size}, "additionalProperties": False,
    }  # fmt: skip
    return {
        "description": "Bind a name, or bound it: {min: 3, max: 512}.",
        "type": ["object", "null"],
        "additionalProperties": {"anyOf": [size, bounds]},
    }


def _expect() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    shapes = {"anyOf": [
        {"$ref": "#/definitions/expected"},
        {"type": "object", "additionalProperties": {"$ref": "#/definitions/expected"}},
    ]}  # fmt: skip
    return {
        "description": "What its author believes comes out of the model.",
        "type": ["object", "null"],
        "properties": {key: shapes if "output" in key else count for key in EXPECT_KEYS},
        "additionalProperties": False,
    }


def _entry(*, outside: bool) -> dict[str, Any]:
    """A layer entry; `outside` for one in `layers`, which says what it reads."""
    classes = {name: _class(cls) for name, cls in sorted(all_layers().items())}
    del classes["CustomLayer"]
    keys: dict[str, Any] = {}
    if outside:
        keys = {
            "inputs": {"$ref": "#/definitions/refs"},
            "call": {"description": "Further call arguments.", "type": ["object", "null"]},
            "expect": {"$ref": "#/definitions/expected"},
            "reuse": {"description": "Calls an earlier layer again.", "type": "string"},
            "name": {"description": "Of a `reuse`.", "type": "string"},
        }
    bare = {"type": "string", "enum": sorted(classes)}
    mapping = {
        "type": "object", "properties": {**classes, **keys}, "minProperties": 1,
    }  # fmt: skip
    # a class of one's own is told from a slip by its package: `my>Pool`, `my.Pool`; so are
    # operations, `ops>Mean`
    mapping["patternProperties"] = {"[.>]": {}}
    mapping["additionalProperties"] = False
    return {"anyOf": [bare, {"type": "string", "pattern": "[.>]"}, mapping]}


def _class(cls: type[Layer]) -> dict[str, Any]:
    """The arguments of a class, with their docs and defaults."""
    described = (cls.__doc__ or "").strip()
    if cls.holds_model:
        return {"description": described, "$ref": "#/definitions/nested"}
    properties = {
        key: {
            "description": argument.doc,
            **({} if argument.required else {"default": argument.default}),
            **_local(argument.kind.schema),
        }
        for key, argument in cls.arguments.items()
    }
    required = [key for key, argument in cls.arguments.items() if argument.required]
    return {
        "description": described,
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _local(schema: Any) -> Any:
    """A kind's schema with its references to layer entries made to fit this document."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/definitions/")
            if key == "$ref" and isinstance(value, str)
            else _local(value)
            for key, value in schema.items()
        }
    return [_local(item) for item in schema] if isinstance(schema, list) else schema


def command() -> int:
    """Print the JSON Schema of a spec, for editors."""
    import json
    import sys

    json.dump(spec_schema(), sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0
