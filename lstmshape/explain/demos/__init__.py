"""Demonstrations in numbers: a function each, found by name and run when its page is shown.

They run real NumPy cells over the reader's sizes, bounded so that a page never takes long, and
print a few of the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from lstmshape.explain.blocks import Block
from lstmshape.explain.numbers import Numbers

#: by name: the module that has it (its function bears the name, with underscores)
DEMOS = {
    "last-row": "outputs",
    "states": "outputs",
    "backwards": "outputs",
    "width": "outputs",
    "both-ways": "outputs",
    "longer": "outputs",
    "prefix": "outputs",
    "one-number": "outputs",
    "kept-state": "states",
    "continued": "states",
    "handed-over": "states",
    "step-by-step": "states",
    "alone": "states",
    "first-step": "states",
    "windows": "data",
    "lookup": "data",
    "masked": "data",
    "flat": "data",
    "broadcast": "data",
    "crossentropy": "data",
    "per-step": "layers",
    "repeated": "layers",
    "stack": "layers",
    "pixels": "layers",
    "gates": "layers",
    "fused": "layers",
    "two-biases": "layers",
}


def find_demo(name: str) -> Callable[[Numbers], Iterator[Block]]:
    """The demonstration of that name. KeyError when there is none."""
    module = import_module(f"lstmshape.explain.demos.{DEMOS[name]}")
    found: Callable[[Numbers], Iterator[Block]] = getattr(module, name.replace("-", "_"))
    return found
