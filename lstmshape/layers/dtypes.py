"""Dtypes and dtype policies: what a layer computes in, and what its weights are stored in."""

from __future__ import annotations

import re
from typing import Any

from lstmshape.layers.arguments import Invalid, Kind
from lstmshape.near import near_names

FLOATS = ("float32", "float16", "bfloat16", "float64")
POLICIES = (
    *FLOATS, "mixed_float16", "mixed_bfloat16", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64", "bool", "string", "complex64", "complex128",
)  # fmt: skip
#: what a tensor may be; `int8` is no policy, since Keras reads it as a mode of quantization
DTYPES = (
    *FLOATS, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
    "string", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2",
)  # fmt: skip

_QUANTIZED = (
    r"(int8|int4|float8|int4/(?:-1|[1-9]\d*)|gptq/[2348]/(?:-1|[1-9]\d*)|awq/4/(?:-1|[1-9]\d*))"
    r"_from_(\w+)"
)
_WANTS = "the name of a dtype policy, or null"


def is_float(dtype: str) -> bool:
    """Whether Keras casts a tensor of this dtype to a layer's compute dtype."""
    return dtype.startswith(("float", "bfloat"))


def _policy(value: Any) -> Any:
    if value is None or value in POLICIES:
        return value
    if value == "int":
        return "int32"
    quantized = re.fullmatch(_QUANTIZED, value)
    if quantized is not None:
        mode, source = quantized.groups()
        clash = mode == "int8" and source in ("float16", "mixed_float16")
        if not clash and source in (*POLICIES, "int8"):
            return value
    near = near_names(value, POLICIES)
    raise Invalid(_WANTS, near=near[0] if near else None)


def _written(value: Any) -> Any:
    """A policy by name, or as Keras saves it."""
    if isinstance(value, dict) and value.get("class_name") in ("DTypePolicy", "FloatDTypePolicy"):
        config = value.get("config") or {}
        value = config.get("name") if isinstance(config, dict) else value
    elif isinstance(value, dict) and value.get("class_name") == "QuantizedDTypePolicy":
        config = value.get("config") or {}
        if isinstance(config, dict):
            value = f"{config.get('mode')}_from_{config.get('source_name')}"
    if value is None or isinstance(value, str):
        return _policy(value)
    raise Invalid(_WANTS)


DTYPE = Kind(_WANTS, _written, {"type": ["string", "null"], "examples": list(POLICIES[:6])})


def _tensor(value: Any) -> Any:
    if value is None or value in DTYPES:
        return value
    if value == "int":
        return "int32"
    near = near_names(value, DTYPES) if isinstance(value, str) else ()
    raise Invalid("the name of a dtype, or null", near=near[0] if near else None)


#: the dtype of an input
TENSOR_DTYPE = Kind("the name of a dtype, or null", _tensor, {"enum": [None, *DTYPES]})


def unless_float(dtype: str) -> str | None:
    """What arithmetic on floats wants instead of a dtype; None where that will do."""
    return None if is_float(dtype) or dtype.startswith("complex") else "floats"


def unless_number(dtype: str) -> str | None:
    """What arithmetic on numbers wants instead of a dtype; None where that will do."""
    return "numbers" if dtype in ("bool", "string") else None


def quantization(policy: str | None) -> str | None:
    """The mode of a quantized policy: `int8` of `int8_from_float32`."""
    return policy.split("_from_")[0] if policy is not None and "_from_" in policy else None


def compute_dtype(policy: str | None) -> str:
    """What a layer of that policy computes in; None is Keras's default policy."""
    if policy is None:
        return "float32"
    return policy.rpartition("_from_")[2].removeprefix("mixed_")


def variable_dtype(policy: str | None) -> str:
    """What its weights are stored in."""
    source = "float32" if policy is None else policy.rpartition("_from_")[2]
    return "float32" if source.startswith("mixed_") else source
