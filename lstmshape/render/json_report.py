"""The JSON report, version 1: see `docs/report.schema.json`. Keys stand in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change, class_key
from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.dims import Shape, erase_shape
from lstmshape.frontends.document import Document
from lstmshape.graph import Node
from lstmshape.layers.base import Tensor
from lstmshape.pipeline import FileReport
from lstmshape.render.base import Look, Summary
from lstmshape.render.escape import json_escape
from lstmshape.render.rows import Row, rows_of, totals_of
from lstmshape.render.sizes import json_dim
from lstmshape.rules.base import report_path
from lstmshape.source import Span, TextEdit

VERSION = 1
SUMMARY = None


def part(report: FileReport, look: Look) -> str:
    """One file of the report, as JSON text."""
    return json_escape(json.dumps(file_data(report), ensure_ascii=True, separators=(",", ":")))


def whole(parts: Iterable[str], summary: Summary, look: Look) -> Iterator[str]:
    """The document, a file a line."""
    yield f'{{"version":{VERSION},"files":['
    before = "\n"
    for text in parts:
        yield before + text
        before = ",\n"
    tally = summary.tally
    counts = {
        "files": tally.files, "errors": tally.errors, "warnings": tally.warnings,
        "fixable": tally.fixable,
    }  # fmt: skip
    yield f'],\n"summary":{json.dumps(counts, separators=(",", ":"))}}}\n'


def file_data(report: FileReport) -> dict[str, Any]:
    """All that is known of one file."""
    case, document = report.case, report.document
    rows = rows_of(case) if case is not None else []
    totals = totals_of(rows) if rows and all(row.status == "ok" for row in rows) else None
    return {
        "path": report.path,
        "kind": document.kind,
        "ok": report.ok,
        "name": report.name,
        "layers": [_layer(row, document) for row in rows],
        "outputs": _outputs(case) if case is not None else [],
        "params": totals.params if totals is not None else None,
        "trainable_params": totals.trainable if totals is not None else None,
        "non_trainable_params": totals.non_trainable if totals is not None else None,
        "requirements": case.flow.requirements.texts() if case is not None else [],
        "diagnostics": [_diagnostic(d, report) for d in report.diagnostics],
    }


def _layer(row: Row, document: Document) -> dict[str, Any]:
    start = document.locate(row.node.place).start
    ok = row.status == "ok"
    outputs = [output.tensor for output in row.outputs]
    frozen = row.node.layer is not None and not row.node.layer.trainable
    # as Keras counts: nothing of a frozen layer, though the model trains what a wrapper holds
    trainable = 0 if frozen else sum(w.size for w in row.weights if w.trainable)
    known = row.params is not None
    return {
        "name": row.node.name,
        "class": row.class_name,
        "line": start.line,
        "column": start.column,
        "inputs": list(row.reads),
        "input_shapes": _shapes(row.inputs) if row.inputs else None,
        "output_shapes": _shapes(outputs) if ok else None,
        "keras_output_shapes": [list(erase_shape(t.shape)) for t in outputs] if ok else None,
        "dtypes": [t.dtype for t in outputs] if ok else None,
        "masked": [t.mask is not None for t in outputs] if ok else None,
        "params": row.params,
        "trainable_params": trainable if known else None,
        "non_trainable_params": (row.params or 0) - trainable if known else None,
        "status": row.status,
    }


def _shapes(tensors: Iterable[Tensor]) -> list[Any]:
    return [_shape(tensor.shape) for tensor in tensors]


def _shape(shape: Shape) -> list[int | str]:
    return [json_dim(dim) for dim in shape]


def _outputs(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "shape": _shape(tensor.shape) if tensor is not None else None,
            "keras_shape": list(erase_shape(tensor.shape)) if tensor is not None else None,
        }
        for name, tensor in case.flow.outputs()
    ]


# -- diagnostics --------------------------------------------------------------------------------


def _diagnostic(diagnostic: Diagnostic, report: FileReport) -> dict[str, Any]:
    document = report.document
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "keras": diagnostic.keras,
        "layer": diagnostic.layer,
        "path": report_path(diagnostic.place),
        "expected": diagnostic.expected,
        "actual": diagnostic.actual,
        "location": _location(diagnostic.locate(document)),
        "related": [
            {
                "message": related.message,
                "layer": related.layer,
                "location": _location(related.locate(document)),
            }
            for related in diagnostic.related
        ],
        "fixes": [_fix(fix, report.case) for fix in diagnostic.fixes],
    }


def _location(span: Span) -> dict[str, int]:
    return {
        "line": span.start.line,
        "column": span.start.column,
        "end_line": span.end.line,
        "end_column": span.end.column,
    }


def _fix(fix: Fix, case: Case | None) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "verified": True,
        "kind": fix.kind,
        "changes": [change_data(change, case) for change in fix.changes],
        "edits": [_edit(edit) for edit in fix.edits],
        "output_shapes": [_plain_shape(shape) for shape in fix.output_shapes],
        "params": fix.params,
    }


def _plain_shape(shape: Any) -> list[Any] | None:
    """A shape of dims, or one that is plain already."""
    if shape is None:
        return None
    return [dim if dim is None or isinstance(dim, int) else str(dim) for dim in shape]


def _edit(edit: TextEdit) -> dict[str, Any]:
    return {**_location(edit.span), "text": edit.text}


def change_data(change: Change, case: Case | None) -> dict[str, Any]:
    """A change in the report's words: names of layers where the tree has paths."""
    data: dict[str, Any] = {"op": change.op}
    if change.op == "insert_layer":
        return {**data, **_neighbour(change, case), **_new_entry(change.value)}
    layer = change.layer if change.layer is not None else _layer_name(change, case)
    if layer is not None:
        data["layer"] = layer
    if change.array is not None:
        data["array"] = change.array
    if change.argument is not None:
        data["argument"] = change.argument
    if change.op == "wrap_layer":
        data["with"] = change.value
    elif change.op not in ("remove_argument", "remove_layer", "unwrap_layer"):
        data["value"] = _plain(change.value)
    if change.code is not None:
        data["code"] = change.code
    return data


def _plain(value: Any) -> Any:
    """A value of a spec's tree in JSON's own terms: it has no infinities, and keys are texts."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _new_entry(value: Any) -> dict[str, Any]:
    """The class and arguments of an entry (or the layer that it calls again), and what it reads."""
    name = class_key(value)
    entry = value if isinstance(value, dict) else {}
    made = {} if name is None else {"class": name, "arguments": _plain(entry.get(name) or {})}
    return {**made, **{key: _plain(v) for key, v in entry.items() if key != name}}


def _neighbour(change: Change, case: Case | None) -> dict[str, str]:
    """`after` the entry before the place of an inserted one; `before` the first, at the start."""
    if change.layer is not None:
        return {change.argument or "after": change.layer}
    *to, index = change.path
    nodes = {node.path: node.name for node in _nodes(case)}
    if isinstance(index, int):
        if (*to, index - 1) in nodes:
            return {"after": nodes[(*to, index - 1)]}
        if (*to, index) in nodes:
            return {"before": nodes[(*to, index)]}
    return {}


def _layer_name(change: Change, case: Case | None) -> str | None:
    return next((node.name for node in _nodes(case) if node.path == change.path), None)


def _nodes(case: Case | None) -> list[Node]:
    return case.graph.nodes if case is not None else []
