"""A model of real Keras, and what is read from its file: do they agree, call by call?"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

from lstmshape.dims import erase_shape
from lstmshape.flow import totals
from lstmshape.frontends import read
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.render.rows import Row, rows_of

NO_FIXES = Policy(fixes=False)


def report_of(name: str, data: bytes | str) -> FileReport:
    """What is said of a file with that content."""
    data = data.encode() if isinstance(data, str) else data
    return check_document(read(name, data), policy=NO_FIXES)


def rows_by_name(report: FileReport) -> dict[str, Row]:
    """The first call of each layer."""
    return {name: rows[0] for name, rows in calls_by_name(report).items()}


def calls_by_name(report: FileReport) -> dict[str, list[Row]]:
    """All calls of each layer, in the order of the file."""
    assert report.case is not None, [d.message for d in report.diagnostics]
    found: dict[str, list[Row]] = {}
    for row in rows_of(report.case):
        spec = row.node.spec
        shared = spec.reuse if spec is not None else None
        found.setdefault(shared or row.node.name, []).append(row)
    return found


def shapes_of(row: Row) -> list[list[int | None]]:
    return [list(erase_shape(output.tensor.shape)) for output in row.outputs]


def disagreements(model: Any, report: FileReport) -> Iterator[str]:
    """Where a Keras model and the report of its file differ."""
    import keras

    calls = calls_by_name(report)
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        rows = calls.get(layer.name, [])
        nodes = [node for node in layer._inbound_nodes if _is_in(node, layer, model)]
        if len(rows) != len(nodes) or any(row.status != "ok" for row in rows):
            yield f"{layer.name}: {[row.status for row in rows]} for {len(nodes)} calls"
            continue
        if rows[0].params != layer.count_params():
            yield f"{layer.name}: {rows[0].params} parameters, not {layer.count_params()}"
        for row, node in zip(rows, nodes, strict=True):
            wanted = [list(tensor.shape) for tensor in node.output_tensors]
            if shapes_of(row) != wanted:
                yield f"{row.node.name}: gives {shapes_of(row)}, not {wanted}"
    yield from _totals(model, report)


def _is_in(node: Any, layer: Any, model: Any) -> bool:
    """Whether a call of a layer is one of the model; a Sequential keeps its graph inside."""
    graph = getattr(model, "_functional", None) or model
    return any(node is one for nodes in graph._nodes_by_depth.values() for one in nodes)


def _totals(model: Any, report: FileReport) -> Iterator[str]:
    assert report.case is not None
    counted = totals(report.case.flow.weights())
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_variables)
    if (counted.params, counted.trainable) != (model.count_params(), trainable):
        yield f"in all {counted}, not {model.count_params()} and {trainable} trainable"
    outputs = [list(tensor.shape) for tensor in model.outputs]
    found = [t and list(erase_shape(t.shape)) for _, t in report.case.flow.outputs()]
    if found != outputs:
        yield f"outputs {found}, not {outputs}"


def serialized(model: Any) -> str:
    """The model as Keras 3 writes it."""
    with warnings.catch_warnings():
        # a Lambda, or a function that is no object, is what this is about
        warnings.simplefilter("ignore")
        return str(model.to_json())
