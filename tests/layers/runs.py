"""Whether what is said of running a model (requirements, findings) is what happens when it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agree import Tree
from oracle import trace

from lstmshape.case import Case, judge
from lstmshape.dims import evaluate


def assert_runs_as_said(tree: Tree, name: str, sizes: Iterable[int]) -> None:
    """For each size of the open dim `name`: it runs exactly when the requirements are met.

    Where it runs, the real shapes are those that the symbolic ones become. A finding that it cannot
    run at all must be right for every size.
    """
    case = judge(tree)
    hopeless = fails_when_run(case)
    for size in sizes:
        values = {**known(case), name: size, "batch": 2}
        ran = trace(tree, {name: size, "batch": 2})
        said = not hopeless and case.flow.requirements.satisfied(values)
        assert said == (ran.failure is None), f"{tree} with {name} = {size}: {ran.failure}"
        if said:
            shapes = [
                tuple(evaluate(dim, values) for dim in tensor.shape)
                for _, tensor in case.flow.outputs()
                if tensor is not None
            ]
            assert shapes == list(ran.outputs or ()), f"{tree} with {name} = {size}"


def fails_when_run(case: Case) -> bool:
    """Whether something was found that Keras builds and that cannot run, or misreports."""
    return any(fact.keras == "builds" and fact.call is not None for fact in case.facts)


def known(case: Case) -> Mapping[str, int]:
    """The sizes that Keras does not show although they are known."""
    found: dict[str, Any] = case.spec.bounds
    return {text: low for text, (low, high) in found.items() if low == high}
