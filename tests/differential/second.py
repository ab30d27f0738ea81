"""The second kind of truth: what is said of running a model, held to a run without values.

A model that Keras builds is run abstractly with sizes that meet our requirements. It must run when
nothing was found, give the shapes that were said, and fail where we say that it fails.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from agree import Tree
from oracle import Trace, trace
from runs import known

from lstmshape.case import Case
from lstmshape.dims import evaluate, names

#: findings that do not say that the model fails or gives other shapes
HARMLESS = frozenset({
    "MaskDropped", "MaskUnused", "SilentBroadcast", "OddArgument", "LegacyArgument", "InputOnLayer",
    "UnusedLayer", "OpenObject",
})  # fmt: skip


def disagreements_when_run(tree: Tree, case: Case, rng: random.Random) -> Iterator[str]:
    """What differs between what is said of running an accepted model and what happens."""
    said = [
        fact
        for fact in case.facts
        if fact.keras == "builds" and type(fact).__name__ not in HARMLESS and _matters(case, fact)
    ]
    values = sizes(case, rng)
    if values is None:
        if not said:
            yield "no sizes meet the requirements, and nothing is said"
        return
    ran = run(tree, values)
    if said:
        misreports = {type(fact).__name__ for fact in said} == {"Misreported"}
        if ran.failure is None and not (misreports or _shapes(case, values) != ran.outputs):
            yield f"ran well with {values}, though {said[0]}"
        return
    if ran.failure is not None:
        yield f"{ran.layer}: silent, and with {values} it fails: {ran.failure[:160]!r}"
    elif _shapes(case, values) != ran.outputs:
        yield f"silent, and with {values} it gives {ran.outputs}, not {_shapes(case, values)}"
    else:
        yield from _one_less(tree, case, values)


def _one_less(tree: Tree, case: Case, values: Mapping[str, int]) -> Iterator[str]:
    """The least size of each name runs, and one less does not."""
    requirements = case.flow.requirements
    try:
        requirements.satisfied(values)
    except KeyError:  # it also depends on a size that a layer makes up
        return
    for name in sorted(free_names(case) - {"batch"}):
        least = dict(values)
        while least[name] > 0 and requirements.satisfied({**least, name: least[name] - 1}):
            least[name] -= 1
        less = {**least, name: least[name] - 1}
        if less[name] < 1 or less[name] < case.spec.bounds.get(name, (0, None))[0]:
            continue
        if run(tree, least).failure is not None:
            yield f"does not run with {least}, which meets {requirements.texts()}"
        if run(tree, less).failure is None:
            yield f"runs with {less}, which does not meet {requirements.texts()}"


def run(tree: Tree, sizes: Mapping[str, int]) -> Trace:
    """A run without values, to use the model and to train it; an empty tensor is no good run."""
    ran = trace(tree, sizes, default=3)
    if ran.failure is None:
        trained = trace(tree, sizes, default=3, training=True)
        ran = trained if trained.failure is not None else ran
    shapes = [shape for shapes in (ran.shapes or {}).values() for shape in shapes]
    if ran.failure is None and any(0 in shape for shape in shapes):
        return replace(ran, failure="an empty tensor comes out")
    return ran


def free_names(case: Case) -> set[str]:
    """The open dims of the model's inputs."""
    shapes = [case.flow.calls[index].outputs[0].shape for index in case.graph.inputs]
    return {name for shape in shapes for dim in shape for name in names(dim)}


def sizes(case: Case, rng: random.Random) -> dict[str, int] | None:
    """Random sizes of all names under which the requirements are met.

    None of them 0 where that can be, and two samples or more: what a layer makes of no sample at
    all, or of an empty axis of which nothing was asked, is left to its backend.
    """
    found = None
    for _ in range(40):
        found = case.flow.requirements.values_for(free_names(case) | {"batch"}, rng)
        if found is None:
            return None
        if found["batch"] > 1 and all(found.values()):
            break
        raised = {name: max(size, 1) for name, size in found.items()}
        raised["batch"] = max(raised["batch"], 2)
        if _satisfied(case, raised):
            found = raised
            break
    return None if found is None else {**known(case), **found}


def _satisfied(case: Case, values: Mapping[str, int]) -> bool:
    """Whether the requirements are met, as far as the sizes of the inputs tell."""
    try:
        return case.flow.requirements.satisfied(values)
    except KeyError:  # it also depends on a size that a layer makes up
        return True


def _shapes(case: Case, values: Mapping[str, int]) -> Any:
    """The outputs' shapes for these sizes; sizes that only a run can tell are left out."""
    tensors = [tensor for _, tensor in case.flow.outputs() if tensor is not None]
    try:
        return tuple(tuple(evaluate(dim, values) for dim in t.shape) for t in tensors)
    except KeyError:
        return None


def _matters(case: Case, fact: Any) -> bool:
    """Whether an output depends on the call: Keras runs no other."""
    return fact.call is None or fact.call in case.graph.reached()
