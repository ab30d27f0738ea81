"""One model: as Keras has it, as it is read here, with open sizes, and as it is exported.

It is built in real Keras twice, without weights: as it stands, and without its top on images of
open height and width. `to_json()` of each is judged here and compared operation by operation. With
`H` and `W` for the open sizes, each symbolic shape becomes for a usual size what Keras says for
that size. Exported as a spec it reads back the same; of the JSON and the Python written for Keras,
Keras makes the same model.
"""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from keras_agree import calls_by_name, disagreements, report_of, serialized
from oracle import import_keras
from quick_keras import lazy_weights, remembered_signatures

from lstmshape.case import Case, judge
from lstmshape.dims import erase_shape, evaluate
from lstmshape.export.errors import CannotExport
from lstmshape.export.keras_json import model_json
from lstmshape.export.keras_python import module_source
from lstmshape.export.plans import plan_of
from lstmshape.export.yaml_spec import spec_yaml
from lstmshape.pipeline import FileReport
from lstmshape.render.rows import Row

#: heights and widths for the open sizes: what most are made for, and odd ones
SIZES = ((224, 224), (171, 300))
#: classes of Keras's own that are read as others, which do the same when the model is used
READ_AS = {"StochasticDepth": "Identity"}


class Held:
    """What one model showed. `counts` are what was compared, `notes` what cannot be exported."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.differences: list[str] = []
        self.notes: list[str] = []

    def exports(self) -> Iterator[str]:
        yield from (what for what in self.counts if what.startswith("exported"))


def names() -> list[str]:
    """The functions of `keras.applications`; each makes a model."""
    import_keras()
    import keras

    return [name for name, made in vars(keras.applications).items() if inspect.isfunction(made)]


def held(name: str) -> Held:
    """Everything that is asked of one model."""
    import_keras()
    import keras

    found = Held()
    make = partial(_made, getattr(keras.applications, name))
    with lazy_weights(), remembered_signatures():
        model = make()
        report = report_of(f"{name}.json", serialized(model))
        found.counts["models"] += 1
        _compare(found, "as it stands", model, report)
        _open_sizes(found, partial(make, include_top=False))
        if report.case is not None:
            _exports(found, model, report)
    return found


def _made(make: Callable[..., Any], **arguments: Any) -> Any:
    """A model that does not depend on what was made before it."""
    from lstmshape.keras.names import fresh_names

    with fresh_names():
        return make(weights=None, **arguments)


def _compare(found: Held, what: str, model: Any, report: FileReport) -> None:
    """Count and compare each operation of a Keras model with what is read of it."""
    found.counts["operations"] += len(operations(model))
    found.counts["parameters"] += model.count_params()
    lines = [*disagreements(model, report), *differences(model, report)]
    lines += [f"{d.code} {d.message}" for d in report.diagnostics if d.keras != "builds"]
    found.differences += [f"{what}: {line}" for line in lines]


# -- operation by operation -----------------------------------------------------------------------


def operations(model: Any) -> list[Any]:
    """All layers of a Keras model and the functions among them, but its inputs."""
    return [made for made in model.operations if type(made).__name__ != "InputLayer"]


def differences(model: Any, report: FileReport) -> Iterator[str]:
    """Where an operation's class, sources, outputs or weights are not those of its row."""
    calls = calls_by_name(report)
    if sorted(calls) != sorted(made.name for made in operations(model)):
        yield f"operations {sorted(calls)}"
        return
    assert report.case is not None
    inputs = {report.case.graph.nodes[index].name for index in report.case.graph.inputs}
    for made in operations(model):
        (row,) = calls[made.name]
        mine, keras = _of_row(row, inputs), _of_keras(made)
        if mine != keras:
            yield f"{made.name}: {mine}, Keras: {keras}"


def _of_row(row: Row, inputs: set[str]) -> tuple[Any, ...]:
    assert row.node.layer is not None
    return (
        str(row.node.layer.written).rpartition(">")[2],
        ["input" if name in inputs else name for name in row.reads],
        [(erase_shape(out.tensor.shape), out.tensor.dtype) for out in row.outputs],
        sorted((w.shape, w.trainable) for w in row.weights),
    )


def _of_keras(made: Any) -> tuple[Any, ...]:
    node = made._inbound_nodes[-1]  # a chain calls its layers twice, first to build itself
    sources = [tensor._keras_history.operation for tensor in node.input_tensors]
    own = type(made).__name__
    weights = getattr(made, "weights", ())
    return (
        READ_AS.get(own, own),
        ["input" if type(s).__name__ == "InputLayer" else s.name for s in sources],
        [(tuple(tensor.shape), tensor.dtype) for tensor in node.output_tensors],
        sorted((tuple(weight.shape), weight.trainable) for weight in weights),
    )


# -- open sizes -----------------------------------------------------------------------------------


def _open_sizes(found: Held, make: Callable[..., Any]) -> None:
    """The model on images of any size; then what its symbolic shapes become for some sizes."""
    model = make(input_shape=(None, None, 3))
    report = report_of("open.json", serialized(model))
    _compare(found, "on images of any size", model, report)
    case = judge(_named(report.document.tree))
    for height, width in SIZES:
        fixed = _with_numbers(model, height, width)
        for line in _became(case, fixed, {"H": height, "W": width, "batch": 2}):
            found.differences.append(f"on images of {height}, {width}: {line}")
        found.counts["symbolic shapes given numbers"] += len(case.flow.calls) - 1


def _named(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree with `H` and `W` for the open sizes of its one input."""
    if "input" in tree:
        return {**tree, "input": ["H", "W", 3]}
    return {**tree, "inputs": {name: ["H", "W", 3] for name in tree["inputs"]}}


def _with_numbers(model: Any, height: int, width: int) -> Any:
    """What Keras makes of the model on images of one size; None where it refuses to."""
    import keras

    saved = json.loads(serialized(model))
    first = next(one for one in saved["config"]["layers"] if one["class_name"] == "InputLayer")
    first["config"]["batch_shape"] = [None, height, width, 3]
    try:
        return keras.models.model_from_json(json.dumps(saved))
    except ValueError:
        return None


def _became(case: Case, fixed: Any, sizes: dict[str, int]) -> Iterator[str]:
    """Where what is found, or a symbolic shape, is other than what Keras makes of numbers."""
    hopeless = [fact for fact in case.facts if fact.keras == "builds"]
    fits = case.flow.requirements.satisfied(sizes) and not hopeless
    if fits != (fixed is not None):
        found = hopeless or case.flow.requirements.texts()
        yield f"{found}, and Keras {'refuses' if fixed is None else 'builds'}"
    if fixed is None:
        return
    made = {one.name: one for one in operations(fixed)}
    for call in case.flow.calls:
        if call.node.input is None:
            node = made[call.node.name]._inbound_nodes[-1]
            mine = [tuple(evaluate(dim, sizes) for dim in t.shape[1:]) for t in call.outputs]
            keras = [tuple(tensor.shape[1:]) for tensor in node.output_tensors]
            if mine != keras:
                yield f"{call.node.name}: {mine} became of {call.outputs}, Keras: {keras}"


# -- exports --------------------------------------------------------------------------------------


def _exports(found: Held, model: Any, report: FileReport) -> None:
    again = report_of("again.yaml", spec_yaml(report.document.tree, report.name))
    lines = [*disagreements(model, again), *differences(model, again)]
    found.differences += [f"as YAML: {line}" for line in lines]
    found.counts["exported as YAML"] += 1
    for target, make in (("JSON", _of_json), ("Python", _of_python)):
        try:
            made = make(report)
        except CannotExport as reason:
            found.notes.append(f"no {target} for Keras: {reason}")
            continue
        found.counts[f"exported as {target}"] += 1
        if _summary(made) != _summary(model):
            found.differences.append(f"as {target}, Keras makes another model of it")


def _of_json(report: FileReport) -> Any:
    import keras

    from lstmshape.keras.names import fresh_names

    assert report.case is not None
    text = json.dumps(model_json(plan_of(report.case, report.name)))
    with fresh_names():
        return keras.models.model_from_json(text)


def _of_python(report: FileReport) -> Any:
    from lstmshape.keras.names import fresh_names

    assert report.case is not None
    namespace: dict[str, Any] = {}
    exec(module_source(plan_of(report.case, report.name), "m.json"), namespace)
    with fresh_names():
        return namespace["build_model"]()


def _summary(model: Any) -> list[Any]:
    """Each operation by name, with all that is compared of it; the order need not be Keras's."""
    graph = getattr(model, "_functional", None) or model
    return sorted((made.name, *map(str, _of_keras(made))) for made in operations(graph))
