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
from lstmshape.facts import Fact, FailsWhenRun, Misreported, OddArgument, StateMismatch, WrongRank

#: findings that do not say that the model fails or gives other shapes
HARMLESS = frozenset({
    "MaskDropped", "MaskUnused", "SilentBroadcast", "OddArgument", "LegacyArgument", "InputOnLayer",
    "UnusedLayer", "OpenObject",
})  # fmt: skip

#: failures of JAX alone (what it cannot trace, a device that is not there), and for want of data
BACKEND = (
    "call `adapt(dataset)` before",
    "cuDNN is not detected", "cuDNN is not supported", "Abstract tracer value encountered",
    "Slice entries must be static integers",
)  # fmt: skip
#: what a line begins with that tells such a failure, of which nothing is claimed
OWN = "the backend's own: "
#: a batch size that few other sizes share
SAMPLES = 7


def disagreements_when_run(tree: Tree, case: Case, rng: random.Random) -> Iterator[str]:
    """What differs between what is said of running an accepted model and what happens."""
    said, values = found_of(case), sizes(case, rng)
    if values is None:
        if not said:
            yield "no sizes meet the requirements, and nothing is said"
        return
    if not said and not all(values.values()):
        return  # only an empty axis meets them
    ran = run(tree, values)
    reported = _shapes(case, values)
    if said:
        if ran.failure is None and reported == ran.outputs and not all(map(_may_run, said)):
            yield f"ran well with {values}, though {said[0]}"
    elif ran.failure is not None:
        yield from _failed(case, ran, values)
    elif reported != ran.outputs:
        yield f"silent, and with {values} it gives {ran.outputs}, not {reported}"
    else:
        yield from _one_less(tree, case, values)


def _failed(case: Case, ran: Trace, values: Mapping[str, int]) -> Iterator[str]:
    """What is to say of a failure where nothing was said to fail."""
    assert ran.failure is not None
    if any(isinstance(fact, OddArgument) for fact in case.facts):
        return  # a value that Keras takes, and that will not do, is said
    if any(text in ran.failure for text in BACKEND) or _is_operation(case, ran.layer):
        yield f"{OWN}{ran.layer}: {ran.failure[:80]!r}"
    else:
        yield f"{ran.layer}: silent, and with {values} it fails: {ran.failure[:160]!r}"


def _is_operation(case: Case, name: str | None) -> bool:
    """Whether it is an operation, of which nothing is said but what Keras works out."""
    layers = [node.layer for node in case.graph.nodes if node.name == name]
    return any(layer is not None and layer.operation for layer in layers)


def found_of(case: Case) -> list[Fact]:
    """The findings that say that the model fails, or gives other shapes, when it runs."""
    return [
        fact
        for fact in case.facts
        if fact.keras == "builds" and type(fact).__name__ not in HARMLESS and _matters(case, fact)
    ]


def is_empty(case: Case) -> bool:
    """Whether an axis of 0 is written, or comes of what is: what a backend makes of it is its own.

    A name that must be 0 counts; one that may be is given another size.
    """
    shapes = [tensor.shape for call in case.flow.calls for tensor in call.outputs]
    return any(dim == 0 for shape in shapes for dim in shape) or 0 in known(case).values()


def _may_run(fact: Fact) -> bool:
    """What runs, now and then or always, and does not do what it looks like.

    Attention without an axis of time attends among the samples of the batch; of more states than a
    layer has, the first are taken; some layers choose by chance what they do to an image.
    """
    if isinstance(fact, StateMismatch):
        return len(fact.given) > len(fact.wants)
    if isinstance(fact, WrongRank):
        return len(fact.shape) == 2 and fact.wants[-1:] == ("features",)
    grey = isinstance(fact, FailsWhenRun) and fact.wants == "3 channels, or 1"
    return isinstance(fact, Misreported) or grey


def _one_less(tree: Tree, case: Case, values: Mapping[str, int]) -> Iterator[str]:
    """The least size of each name runs, and one less does not.

    Where no output depends on some layer, Keras does not run it, and asks less.
    """
    requirements = case.flow.requirements
    if len(case.graph.reached() | set(case.graph.inputs)) < len(case.graph.nodes):
        return
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
    wanted = free_names(case) | {"batch"}
    found = None
    for _ in range(40):
        found = case.flow.requirements.values_for(wanted, rng)
        if found is None:
            ones = dict.fromkeys(wanted, 1)
            return {**known(case), **ones} if _satisfied(case, ones) else None
        full = _filled(case, found) or _filled(case, {name: rng.randint(1, 12) for name in wanted})
        if full is not None:
            return {**known(case), **full}
    return None if found is None else {**known(case), **found}


def _filled(case: Case, found: Mapping[str, int]) -> dict[str, int] | None:
    """Sizes that are none of them 0, near those found; None where these are not met."""
    raised = {name: max(size, 1) for name, size in found.items()}
    # a batch size that is no other size, so that nothing is stretched over it by chance
    for batch in (max(raised["batch"], SAMPLES), max(raised["batch"], 2), raised["batch"]):
        values = {**raised, "batch": batch}
        if _satisfied(case, values):
            return values
    return None


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
    """Whether an output depends on the entry: Keras runs no other. A model inside counts calls of
    its own."""
    paths = [case.graph.nodes[index].path for index in case.graph.reached()]
    return fact.call is None or fact.place.path[:2] in paths
