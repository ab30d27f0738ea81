"""LS210: what the author expects, held against what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import Dim, Shape, equal, names, parse
from lstmshape.facts import UnmetExpect
from lstmshape.flow import CallFlow, Flow, totals
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.source import Path, Place


class UnmetExpectRule(Rule):
    """`expect` says one thing and the model gives another.

    An expectation is a shape without the batch, of a layer or of an output, or a count of
    parameters. `null` in it goes with any size.
    """

    code = "LS210"
    name = "unmet-expect"
    facts = (UnmetExpect,)
    bad = "input: [480, 16]\nlayers:\n  - LSTM: {units: 1}\nexpect: {output: [480, 1]}\n"
    good = (
        "input: [480, 16]\nlayers:\n  - LSTM: {units: 1, return_sequences: true}\n"
        "expect: {output: [480, 1]}\n"
    )

    def explain(self, fact: UnmetExpect, case: Case) -> Diagnostic:
        wants, gets = _shown(fact.wants), _shown(fact.gets)
        return self.found(
            fact.place,
            f"{fact.what} should be {wants}, but is {gets}",
            case=case,
            fact=fact,
            label=f"gets {gets}",
            expected=wants,
            actual=gets,
        )

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        for fact in unmet(case):
            yield self.explain(fact, case)


def _shown(value: Any) -> str:
    return f"{value:,}" if type(value) is int else words.value(_sizes(value))


def _sizes(value: Any) -> Any:
    """A shape as an author wrote it, its names as sizes and not as texts."""
    if isinstance(value, list):
        return [_sizes(part) for part in value]
    try:
        return parse(value) if isinstance(value, str) else value
    except ValueError:
        return value


def unmet(case: Case) -> Iterator[UnmetExpect]:
    """The expectations of a case that do not hold; those behind a refused call are not asked."""
    yield from _layers(case.flow)
    expect = case.spec.expect
    if not expect or not case.flow.ok:
        return
    for key in ("output", "outputs"):
        if expect.get(key) is not None:
            yield from _model_outputs(case, expect[key], ("expect", key))
    yield from _counts(case, expect)


def _layers(flow: Flow) -> Iterator[UnmetExpect]:
    """Of the calls of a flow, and of the models inside it."""
    for call in flow.calls:
        if call.node.spec is not None and call.node.spec.expect is not None and call.outputs:
            yield from _layer(call)
        if call.inner is not None:
            yield from _layers(call.inner)


def _layer(call: CallFlow) -> Iterator[UnmetExpect]:
    node = call.node
    assert node.spec is not None
    path = (*node.path, "expect")
    given = [t.shape[1:] for t in call.outputs]
    yield from _against(f"the output of {words.name(node.name)}", node.spec.expect, given, path)


def _against(what: str, wanted: Any, given: list[Shape], path: Path) -> Iterator[UnmetExpect]:
    """A shape, or a list of shapes, against outputs."""
    several = isinstance(wanted, list) and bool(wanted) and all(
        isinstance(w, list) for w in wanted
    )  # fmt: skip
    shapes = wanted if several else [wanted]
    gets: Any = [list(s) for s in given] if several else list(given[0])
    fits = len(shapes) == len(given) or not several
    if not fits or any(not _fits(w, g) for w, g in zip(shapes, given, strict=False)):
        yield UnmetExpect(what=what, wants=wanted, gets=gets, place=Place(path))


def _fits(wanted: Any, given: Shape) -> bool:
    if not isinstance(wanted, list) or len(wanted) != len(given):
        return False
    return all(_dim_fits(w, g) for w, g in zip(wanted, given, strict=True))


def _dim_fits(wanted: Any, given: Dim) -> bool:
    """`null` goes with any size; a name or formula is held to the size as far as names tell."""
    if wanted is None:
        return True
    if isinstance(wanted, str):
        try:
            wanted = parse(wanted)
        except ValueError:
            return False
        # a name that stands nowhere else is a name for whatever comes
        answer = equal(wanted, given)
        return answer == "always" or (answer == "sometimes" and not names(wanted) & names(given))
    if type(wanted) is not int:
        return False
    return equal(wanted, given) != "never"


def _model_outputs(case: Case, wanted: Any, path: Path) -> Iterator[UnmetExpect]:
    outputs = case.flow.outputs()
    given = [(name, tensor.shape[1:]) for name, tensor in outputs if tensor is not None]
    if isinstance(wanted, dict):
        found = dict(given)
        for name, shape in wanted.items():
            what = f"the output {words.name(name)}"
            if name in found:
                yield from _against(what, shape, [found[name]], (*path, name))
            else:
                yield UnmetExpect(
                    what=what, wants=shape, gets="no such output", place=Place((*path, name))
                )
    elif given:
        yield from _against("the output", wanted, [shape for _, shape in given], path)


def _counts(case: Case, expect: dict[str, Any]) -> Iterator[UnmetExpect]:
    counted = totals(case.flow.weights())
    rows = (
        ("params", "the number of parameters", counted.params),
        ("trainable_params", "the number of trainable parameters", counted.trainable),
        ("non_trainable_params", "the number of non-trainable parameters", counted.non_trainable),
    )
    for key, what, gets in rows:
        if expect.get(key) is not None and expect[key] != gets:
            yield UnmetExpect(what=what, wants=expect[key], gets=gets, place=Place(("expect", key)))
