"""The dtype of what tensors of several dtypes make together: Keras's `result_type`.

Keras takes the least dtype that can hold all of them, as JAX does: a number written in Python
(`"int"`, `"float"`) gives way to any tensor of its sort. Without 64 bits, as Keras on JAX starts.
"""

from __future__ import annotations

from functools import cache

#: the dtypes just above each
_ABOVE = {
    "bool": ("int",), "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"), "uint16": ("int32", "uint32"), "uint32": ("int64", "uint64"),
    "uint64": ("float",), "int8": ("int16",), "int16": ("int32",), "int32": ("int64",),
    "int64": ("float",), "float": ("bfloat16", "float16"), "bfloat16": ("float32",),
    "float16": ("float32",), "float32": ("float64", "complex64"), "float64": ("complex128",),
    "complex64": ("complex128",), "complex128": (),
}  # fmt: skip
#: what comes of a number alone, and of what needs 64 bits
_RESOLVED = {
    "int": "int32", "float": "float32", "int64": "int32", "uint64": "uint32", "float64": "float32",
    "complex128": "complex64",
}  # fmt: skip
#: all that a tensor can be cast to, and what Keras calls some of them too
DTYPES = (
    *(dtype for dtype in _ABOVE if dtype not in ("int", "float")),
    "float8_e4m3fn", "float8_e5m2", "string",
)  # fmt: skip
ALIASES = {"int": "int32"}


@cache
def _from(dtype: str) -> frozenset[str]:
    """A dtype and all above it."""
    return frozenset({dtype}).union(*map(_from, _ABOVE[dtype]))


def promoted(*dtypes: str) -> str:
    """The dtype of arithmetic on tensors of these; that of the first where Keras has none."""
    if not all(dtype in _ABOVE for dtype in dtypes):
        return dtypes[0]
    common = frozenset.intersection(*map(_from, dtypes))
    least = next(dtype for dtype in common if _from(dtype) == common)
    return _RESOLVED.get(least, least)


def floating(dtype: str) -> str:
    """The dtype of a function that only gives floats."""
    return promoted(dtype, "float")
