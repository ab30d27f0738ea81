"""Whether a spec is judged here as real Keras judges it, down to each call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from oracle import Call, Observation, observe

from lstmshape.case import Case, judge
from lstmshape.dims import erase_shape
from lstmshape.facts import UnknownReference
from lstmshape.flow import CallFlow, totals
from lstmshape.naming import MASK_MAKERS, snake_case

Tree = Mapping[str, Any]
#: a reference by the automatic name of an operation that layers make when they are called
_DRAWN_AMONG_LAYERS = re.compile(rf"named '(?:{'|'.join(sorted(MASK_MAKERS))})(?:_\d+)?'")


def assert_agrees(tree: Tree) -> Case:
    """Fails with all that differs, and the spec; gives the case for further questions."""
    case = judge(tree)
    differences = list(disagreements(tree, case))
    assert not differences, "\n".join([f"{tree}", *differences])
    return case


def disagreements(
    tree: Tree, case: Case | None = None, seen: Observation | None = None
) -> Iterator[str]:
    """What differs, a line each: ours first, then Keras's. `case` and `seen` spare asking again."""
    ours = judge(tree) if case is None else case
    keras = observe(tree) if seen is None else seen
    if _holds_models(ours) and any(
        refusal.stage == "spec" and _DRAWN_AMONG_LAYERS.search(refusal.text)
        for refusal in keras.refusals
    ):
        return  # a reference by a name that the layers of a model inside may draw before
    refusing = [fact for fact in ours.facts if fact.keras == "refuses"]
    if bool(refusing) == keras.accepted:
        first = keras.first
        yield f"refused by {refusing} here, Keras says {first.text if first else 'ok'}"
    # what a constructor that refused drew of Keras's automatic names depends on where it stopped
    drawn = any(refusal.stage in ("construct", "spec") for refusal in keras.refusals)
    if drawn and any(isinstance(fact, UnknownReference) for fact in ours.facts):
        return  # a reference by a name that Keras drew behind such a constructor
    by_path = {call.node.path: call for call in ours.flow.calls}
    for call in keras.calls:
        mine = by_path.get(call.path)
        if mine is None:
            yield f"{call.path}: no such call here"
        else:
            spec = any(r.stage == "spec" and r.path[:2] == call.path for r in keras.refusals)
            # by an automatic name that Keras gave to another, or to none
            others = [r for r in keras.refusals if r.path[:2] != call.path]
            if spec and mine.status == "ok" and any(r.stage == "construct" for r in others):
                continue
            joined = _joins_masks_inside(ours) if call.class_name == "Concatenate" else False
            # the layers of a model inside make operations of their own before, and draw names
            joined |= snake_case(call.class_name or "") in MASK_MAKERS and _holds_models(ours)
            yield from _call(mine, call, drawn or joined, spec)
    if keras.accepted and not refusing:
        yield from _whole(ours, keras)


def _holds_models(case: Case) -> bool:
    layers = [call.node.layer for call in case.flow.calls]
    held = [inner for layer in layers if layer is not None for inner in (layer, *layer.inner())]
    return any(layer.holds_model for layer in held)


def _joins_masks_inside(case: Case) -> bool:
    """Whether masks are joined in a model inside: an operation draws a name for that."""
    waiting = [call.inner for call in case.flow.calls]
    while waiting:
        flow = waiting.pop()
        for call in flow.calls if flow is not None else ():
            layer = call.node.layer
            joins = layer is not None and layer.class_name == "Concatenate"
            if joins and any(tensor.mask is not None for tensor in call.tensors):
                return True
            waiting.append(call.inner)
    return False


def _call(mine: CallFlow, keras: Call, drawn: bool, spec: bool) -> Iterator[str]:
    at = f"{keras.path} {keras.class_name}"
    if (mine.status, keras.status) == ("refused", "blocked"):
        # an argument is judged here also where Keras would only look behind what it refused first
        return
    if (mine.status, keras.status) == ("blocked", "refused") and spec:
        # a reference to what was refused for its text: the name is known here, and not there
        return
    if mine.status != keras.status:
        yield f"{at}: status {mine.status} ({mine.fact}), {keras.status}"
        return
    if mine.status != "ok":
        return
    if mine.node.layer is not None and not keras.again:
        names = [str(mine.node.layer.name), str(keras.name)]
        if drawn:
            names = [re.sub(r"_\d+$", "", name) for name in names]
        yield from _same(f"{at}: name", *names)
    outputs = mine.outputs
    yield from _same(
        f"{at}: shapes", [erase_shape(t.shape) for t in outputs], [t.shape for t in keras.outputs]
    )
    yield from _same(f"{at}: dtypes", [t.dtype for t in outputs], [t.dtype for t in keras.outputs])
    masks = [None if t.mask is None else erase_shape(t.mask) for t in outputs]
    yield from _same(f"{at}: masks", masks, [t.mask for t in keras.outputs])
    if keras.params is not None:
        counts = (keras.params, keras.trainable, keras.non_trainable)
        yield from _same(f"{at}: params, trainable or not", tuple(mine.totals), counts)


def _whole(ours: Case, keras: Observation) -> Iterator[str]:
    made = totals(ours.flow.weights())
    yield from _same("params", made.params, keras.params)
    yield from _same("trainable", made.trainable, keras.trainable)
    yield from _same("non_trainable", made.non_trainable, keras.non_trainable)
    shapes = [t and erase_shape(t.shape) for _, t in ours.flow.outputs()]
    yield from _same("outputs", shapes, list(keras.outputs or ()))


def _same(what: str, mine: Any, keras: Any) -> Iterator[str]:
    if mine != keras:
        yield f"{what}: {mine}, Keras: {keras}"
