"""Named dims with numbers in their place: the model that they become, built in Keras."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from agree import Tree, disagreements
from oracle import observe

from differential.second import HARMLESS, free_names, sizes
from lstmshape.case import Case, judge
from lstmshape.dims import evaluate


def disagreements_with_numbers(tree: Tree, case: Case, rng: random.Random) -> Iterator[str]:
    """What differs once sizes that meet the requirements stand for all names.

    The concrete model agrees with Keras as any does; where nothing was found in the one with names
    it is built, and its shapes are those that the symbolic ones become.
    """
    if any(fact.keras == "refuses" for fact in case.facts) or free_names(case) <= {"batch"}:
        return
    values = sizes(case, rng)
    if values is None:
        return
    numbers = concrete(tree, values)
    made = judge(numbers)
    for line in disagreements(numbers, made):
        yield f"with {values}: {line}"
    said = any(f.keras == "builds" and type(f).__name__ not in HARMLESS for f in case.facts)
    if said or observe(numbers).first is not None:
        if not said:
            yield f"with {values}, which meets the requirements, Keras refuses"
        return
    for call, fixed in zip(case.flow.calls, made.flow.calls, strict=True):
        became = [_evaluated(tensor.shape, values) for tensor in call.outputs]
        wanted = [_evaluated(tensor.shape, values) for tensor in fixed.outputs]
        if became != wanted:
            yield f"{call.node.name} with {values}: {became} became of names, {wanted} of numbers"


def concrete(tree: Tree, values: Mapping[str, int]) -> dict[str, Any]:
    """The tree with numbers in the shapes of its outermost inputs."""
    nulls = 0

    def numbered(written: Any) -> Any:
        nonlocal nulls
        if isinstance(written, dict):
            return {**written, "shape": numbered(written["shape"])}
        shape = []
        for dim in written:
            nulls += dim is None
            name = f"d{nulls}" if dim is None else dim
            shape.append(values.get(name, dim) if isinstance(name, str) else dim)
        return shape

    made = {**tree, "dims": {}}
    if "input" in tree:
        made["input"] = numbered(tree["input"])
    if "inputs" in tree:
        made["inputs"] = {name: numbered(written) for name, written in tree["inputs"].items()}
    return made


def _evaluated(shape: Any, values: Mapping[str, int]) -> Any:
    """Sizes for names; what only a run can tell stays open."""
    return [_size(dim, values) for dim in shape]


def _size(dim: Any, values: Mapping[str, int]) -> Any:
    try:
        return evaluate(dim, values)
    except KeyError:
        return None
