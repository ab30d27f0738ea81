"""One model through every road: exported, built by Keras, saved by Keras, read back, exported."""

from __future__ import annotations

import json
import math
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, judge
from lstmshape.dims import erase_shape
from lstmshape.export.errors import CannotExport
from lstmshape.export.keras_json import model_json
from lstmshape.export.keras_python import module_source
from lstmshape.export.plans import ModelPlan, plan_of
from lstmshape.export.yaml_spec import spec_yaml
from lstmshape.flow import totals
from lstmshape.frontends import read
from lstmshape.graph import Node


def accepted(tree: Any) -> Case | None:
    """The case of a model in which Keras finds no fault; None for another."""
    case = judge(tree)
    refused = not case.flow.ok or any(fact.keras == "refuses" for fact in case.facts)
    return None if refused else case


# -- there -----------------------------------------------------------------------------------------


def keras_of_json(plan: ModelPlan) -> Any:
    import keras

    from lstmshape.keras.names import fresh_names

    with fresh_names():
        return keras.models.model_from_json(json.dumps(model_json(plan)))


def keras_of_python(plan: ModelPlan) -> Any:
    from lstmshape.keras.names import fresh_names

    namespace: dict[str, Any] = {}
    exec(compile(module_source(plan, "m.yaml"), "m.py", "exec"), namespace)
    with fresh_names():
        return namespace["build_model"]()


MAKERS = {"keras-json": keras_of_json, "keras-python": keras_of_python}


def said(case: Case) -> tuple[Any, ...]:
    """What `check` says of a model, in Keras's words: outputs, weights, names, and trained ones."""
    outputs = [erase_shape(t.shape) for _, t in case.flow.outputs() if t is not None]
    weights = case.flow.weights()
    reached = case.graph.reached() | set(case.graph.inputs)
    names = {
        str(node.layer.name) if node.layer is not None else node.name
        for node in case.graph.nodes
        if node.index in reached
    }
    counted = totals(weights)
    return (
        sorted(map(str, outputs)), sorted(str(weight.shape) for weight in weights), names,
        counted.params, counted.trainable,
    )  # fmt: skip


def of_keras(model: Any, case: Case) -> tuple[Any, ...]:
    """The same of a real model; of operations, which make masks too, those of the case."""
    import keras

    outputs = [tuple(tensor.shape) for tensor in keras.tree.flatten(model.outputs)]
    weights = [tuple(v.shape) for v in model.weights if "seed_generator" not in v.path]
    names = {layer.name for layer in model.layers}
    operations = {str(node.layer.name) for node in case.graph.nodes if _is_operation(node)}
    names |= operations & {each.name for each in getattr(model, "operations", ())}
    names |= {tensor._keras_history.operation.name for tensor in model.inputs}
    trained = sum(math.prod(v.shape) for v in model.trainable_weights)
    return (
        sorted(map(str, outputs)), sorted(map(str, weights)), names, model.count_params(), trained,
    )  # fmt: skip


def _is_operation(node: Node) -> bool:
    return node.layer is not None and node.layer.operation


def made(target: str, plan: ModelPlan) -> Any:
    """The model that Keras makes of an export."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return MAKERS[target](plan)


# -- and back --------------------------------------------------------------------------------------


def graph_of(case: Case) -> dict[str, Any]:
    """Layers that count, with class, shapes, masks and what they read, by the layers' names."""
    found: dict[str, Any] = {}
    reached = case.graph.reached()
    for node in case.graph.nodes:
        if node.index not in reached:
            continue
        owner = case.graph.nodes[node.base]
        name = str(owner.layer.name) if owner.layer is not None else owner.name
        tensors = case.call(node).outputs
        shapes = [
            f"{erase_shape(t.shape)}{' masked' if t.mask is not None else ''}" for t in tensors
        ]
        # what gives several tensors may be read as a whole, or each of them
        owners = {case.graph.nodes[need].base for need in node.needs}
        reads = sorted(str(case.graph.nodes[owner].name) for owner in owners)
        kind = owner.layer.class_name if owner.layer is not None else "input"
        found.setdefault(name, []).append((kind, shapes, reads))
    return {name: sorted(calls) for name, calls in found.items()}


def with_written_input(graph: dict[str, Any]) -> dict[str, Any]:
    """An input that Keras has named is read as `input:`, which is called `input`."""
    kept = json.dumps(graph)
    if kept.count('[["input", ') == 1:
        kept = kept.replace('"input_layer"', '"input"')
    return {
        name: sorted((kind, shapes, reads) for kind, shapes, reads in calls)
        for name, calls in json.loads(kept).items()
    }


def saved(model: Any) -> str:
    """The model as Keras itself saves it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        # of Keras itself, where it saves a learning rate under NumPy 2
        warnings.simplefilter("ignore", DeprecationWarning)
        return str(model.to_json())


def lost(text: str, case: Case, *, by_keras: bool = True) -> str | None:
    """What differs in the model that is read from a text; None where nothing does."""
    document = read("again", text.encode())
    if document.tree is None:
        return f"is not read: {list(document.facts)}"
    again = judge(document.tree)
    expected, found = graph_of(case), graph_of(again)
    if by_keras:
        expected, found = with_written_input(expected), with_written_input(found)
    if found != expected:
        names = [n for n in {**found, **expected} if found.get(n) != expected.get(n)]
        parts = [f"{n}: {found.get(n)}, not {expected.get(n)}" for n in names[:3]]
        return "; ".join(parts)
    if totals(again.flow.weights()) != totals(case.flow.weights()):
        return f"{totals(again.flow.weights())}, not {totals(case.flow.weights())}"
    return None


# -- the whole road --------------------------------------------------------------------------------


def travelled(tree: Any, counts: Counter[str]) -> Iterator[str]:
    """What is lost on the way of one model; `counts` says how many went it."""
    case = accepted(tree)
    if case is None:
        counts["refused by check"] += 1
        return
    try:
        plan = plan_of(case, "model")
    except CannotExport:
        counts["not Keras's own"] += 1
        return
    if any(node.layer is not None and node.layer.gives_what_it_reads for node in case.graph.nodes):
        # Keras takes that for a cycle, and makes another model than it was told to
        counts["a layer hands back what it reads"] += 1
        return
    counts["models"] += 1
    yield from _to_keras(case, plan, counts)
    for target, text, by_keras in (
        ("keras-json", json.dumps(model_json(plan)), True),
        ("yaml", spec_yaml(case.tree, "model"), False),
    ):
        counts[f"{target} read back"] += 1
        wrong = lost(text, case, by_keras=by_keras)
        if wrong is not None:
            yield f"{target}, read back: {wrong}"


def _to_keras(case: Case, plan: ModelPlan, counts: Counter[str]) -> Iterator[str]:
    for target in MAKERS:
        counts[f"{target} built by Keras"] += 1
        try:
            model = made(target, plan)
        except Exception as error:  # Keras raises whatever it likes
            yield f"{target}: Keras raises {type(error).__name__}: {str(error)[:300]}"
            continue
        if of_keras(model, case) != said(case):
            yield f"{target}: {of_keras(model, case)}, not {said(case)}"
            continue
        text = saved(model)
        if _is_lost_by_keras(case, text):
            counts[f"{target} not saved whole by Keras"] += 1
            continue
        counts[f"{target} built, saved by Keras and read back"] += 1
        wrong = lost(text, case)
        if wrong is not None:
            yield f"{target}, saved by Keras and read back: {wrong}"


def _is_lost_by_keras(case: Case, text: str) -> bool:
    """Whether Keras cannot make the model again of what it saved.

    It does not save a call on which nothing depends, also where a layer was built by it; and some
    layers of images refuse what they wrote.
    """
    import keras

    from lstmshape.keras.names import fresh_names

    reached = case.graph.reached()
    if any(case.graph.nodes[index].base not in reached for index in reached):
        return True
    try:
        with fresh_names(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            again = keras.models.model_from_json(text)
    except Exception:  # Keras raises whatever it likes
        return True
    return bool(of_keras(again, case) != said(case))
