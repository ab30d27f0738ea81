"""Sizes, shapes and memory as text. The same few open sizes stand all over a model: kept once."""

from __future__ import annotations

from functools import lru_cache

from lstmshape.dims import Dim, Expr, Shape
from lstmshape.render.escape import escape


@lru_cache(maxsize=2048)
def _open(dim: Expr) -> str:
    return str(dim)


def json_dim(dim: Dim) -> int | str:
    """A size for JSON: a number, or the text of an open one."""
    return dim if isinstance(dim, int) else _open(dim)


def shape_text(shape: Shape) -> str:
    """A shape as Python writes a tuple: `(batch, T, 16)`, `(batch,)`, `()`."""
    parts = [str(dim) if isinstance(dim, int) else escape(_open(dim)) for dim in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def count_text(size: Dim) -> str:
    """A count: `1,024`, or the formula of an open one."""
    return f"{size:,}" if isinstance(size, int) else escape(_open(size))


def memory(size: Dim) -> str:
    """Bytes as Keras's summary shows them: `210.25 KB`; an open number as it is."""
    if not isinstance(size, int):
        return f"{count_text(size)} bytes"
    if size < 1024:
        return f"{size} B"
    if size.bit_length() > 1000:
        return f"about 2**{size.bit_length()} B"  # no float holds it
    shown = float(size)
    for unit in ("KB", "MB", "GB", "TB", "PB"):
        shown /= 1024
        if shown < 1024 or unit == "PB":
            break
    return f"{shown:.2f} {unit}"
