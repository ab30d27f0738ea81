"""Named dims with numbers in their place: the model that they become, built in Keras."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from agree import Tree, disagreements
from oracle import observe

from differential.second import HARMLESS, free_names, sizes
from lstmshape.case import Case, judge
from lstmshape.dims import evaluate

#: what RandomGrayscale wants of a number, and no requirement can say of a name
NO_REQUIREMENT = "3 channels, or 1"


def disagreements_with_numbers(
    tree: Tree, case: Case, rng: random.Random, asked: list[Tree] | None = None
) -> Iterator[str]:
    """What differs once sizes that meet the requirements stand for all names.

    The concrete model agrees with Keras as any does; where nothing was found in the one with names
    it is built, and its shapes are those that the symbolic ones become. Then the requirements: the
    least size of a name is taken, and of one less something is found. `asked` gets the models that
    Keras was asked about.
    """
    if any(fact.keras == "refuses" for fact in case.facts) or free_names(case) <= {"batch"}:
        return
    values = sizes(case, rng)
    if values is None:
        return
    numbers = concrete(tree, values)
    if asked is not None:
        asked.append(numbers)
    made = judge(numbers)
    yield from _compared(values, numbers, made)
    if _found(case) or any(_built_on_a_number(made, fact) for fact in made.facts):
        return
    if _found(made):
        yield f"with {values}, which meets the requirements: {_found(made)}"
        return
    yield from _other_shapes(case, made, values)
    yield from _one_less(tree, case, values, rng)


def _built_on_a_number(case: Case, fact: Any) -> bool:
    """Whether Keras refuses with numbers what it takes, and runs, with open sizes.

    A later call of a model is refused for the size that its first call had; of an open size Keras
    builds a chain that takes any.
    """
    node = None if fact.call is None else case.graph.nodes[fact.call]
    later = node is not None and node.base != node.index
    said = str(getattr(fact, "why", "")).endswith(" says so")
    again = str(getattr(fact, "class_name", "")).endswith(".compute_output_spec")
    # of a mapping Keras takes the shapes in the order of the keys, and sees that with numbers
    mapped = node is not None and node.spec is not None and isinstance(node.spec.inputs, dict)
    return again or mapped or (later and (said or type(fact).__name__ == "WrongRank"))


def _other_shapes(case: Case, made: Case, values: Mapping[str, int]) -> Iterator[str]:
    """Where the symbolic shapes become others than those of the model with numbers."""
    for call, fixed in zip(case.flow.calls, made.flow.calls, strict=True):
        became = [_evaluated(tensor.shape, values) for tensor in call.outputs]
        wanted = [_evaluated(tensor.shape, values) for tensor in fixed.outputs]
        if not _are_told(became, wanted):
            yield f"{call.node.name} with {values}: {became} became of names, {wanted} of numbers"


def _one_less(
    tree: Tree, case: Case, values: Mapping[str, int], rng: random.Random
) -> Iterator[str]:
    """The least size of a name is taken; of one less something is found."""
    names = sorted(free_names(case) - {"batch"})
    if not names:
        return
    name, requirements = rng.choice(names), case.flow.requirements
    least = dict(values)
    try:
        # an empty axis is the backend's own matter
        while least[name] > 1 and requirements.satisfied({**least, name: least[name] - 1}):
            least[name] -= 1
    except KeyError:  # it also depends on a size that a layer makes up
        return
    if least[name] != values[name]:
        numbers = concrete(tree, least)
        made = judge(numbers)
        yield from _compared(least, numbers, made)
        if _found(made):
            yield f"with {least}, the least that meets the requirements: {_found(made)}"
    less = {**least, name: least[name] - 1}
    # what a backend makes of an empty axis is its own
    if less[name] < max(1, case.spec.bounds.get(name, (0, None))[0]):
        return
    # a size of 1 is stretched where sizes must be equal; and a last axis of 1 counts for nothing
    # where a model inside checks what it is called on
    stretched = f"{name} = {least[name]}" in requirements.texts()
    if less[name] == 1 and (stretched or any(call.inner is not None for call in case.flow.calls)):
        return
    numbers = concrete(tree, less)
    made = judge(numbers)
    yield from _compared(less, numbers, made)
    broadcast = any(type(fact).__name__ == "SilentBroadcast" for fact in made.facts)
    fine = not _found(made) and not broadcast and _meets(made, less)
    if fine and not any(_other_shapes(case, made, less)):
        yield f"with {less}, which does not meet {requirements.texts()}: nothing is found"


def _meets(made: Case, values: Mapping[str, int]) -> bool:
    """Whether nothing is left to be required, as of the batch size, which no model fixes."""
    try:
        return made.flow.requirements.satisfied(values)
    except KeyError:  # of a size that a layer makes up
        return False


def _compared(values: Mapping[str, int], numbers: Tree, made: Case) -> Iterator[str]:
    for line in disagreements(numbers, made, observe(numbers)):
        yield f"with {values}: {line}"


def _found(case: Case) -> list[Any]:
    """What is found in a model that says that it is not built, or fails or misleads."""
    facts = [
        fact
        for fact in case.facts
        if type(fact).__name__ not in HARMLESS and getattr(fact, "wants", None) != NO_REQUIREMENT
    ]
    return [fact for fact in facts if fact.keras in ("builds", "refuses")]


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

    bound = {name: said for name, said in tree.get("dims", {}).items() if isinstance(said, int)}
    made = {**tree, "dims": bound}
    if "input" in tree:
        made["input"] = numbered(tree["input"])
    if "inputs" in tree:
        made["inputs"] = {name: numbered(written) for name, written in tree["inputs"].items()}
    return made


def _evaluated(shape: Any, values: Mapping[str, int]) -> Any:
    """Sizes for names; what only a run can tell stays open."""
    return [_size(dim, values) for dim in shape]


def _are_told(became: list[Any], wanted: list[Any]) -> bool:
    """Whether the sizes are the same; Keras may keep open what the names tell."""
    if [len(shape) for shape in became] != [len(shape) for shape in wanted]:
        return False
    pairs = zip(chain.from_iterable(became), chain.from_iterable(wanted), strict=True)
    return all(size in (None, told) for told, size in pairs)


def _size(dim: Any, values: Mapping[str, int]) -> Any:
    try:
        return evaluate(dim, values)
    except KeyError:
        return None
