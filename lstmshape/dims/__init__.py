"""Sizes that may be open: `Dim = int | Expr`, with arithmetic, bounds and three-valued answers.

An `Expr` is a canonical sum: products of atoms with integer coefficients, plus a constant. An atom
is a name or the floor division of such a sum by a positive integer. Arithmetic whose result is
constant gives a plain `int`, so code that computes shapes is written once, for 100 and `T` alike.
`==` compares canonical forms and is there for dictionaries only; a model is judged by `equal`,
`at_least` and `divides`, which answer "always", "never" or "sometimes".
"""

from __future__ import annotations

from lstmshape.dims.bounds import (
    NO_BOUNDS,
    Answer,
    Bounds,
    at_least,
    divides,
    equal,
    least,
    most,
)
from lstmshape.dims.expr import Dim, Expr, Shape, name, product, total
from lstmshape.dims.values import (
    erase,
    erase_shape,
    evaluate,
    names,
    parse,
    show,
    show_shape,
    substitute,
    to_json,
)

__all__ = [
    "NO_BOUNDS",
    "Answer",
    "Bounds",
    "Dim",
    "Expr",
    "Shape",
    "at_least",
    "divides",
    "equal",
    "erase",
    "erase_shape",
    "evaluate",
    "least",
    "most",
    "name",
    "names",
    "parse",
    "product",
    "show",
    "show_shape",
    "substitute",
    "to_json",
    "total",
]
