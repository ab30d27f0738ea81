"""A comparison as a table for people, or as JSON."""

from __future__ import annotations

import json
from typing import Any

from lstmshape.diff.compare import Comparison, Pair
from lstmshape.diff.loading import Loading, Problem
from lstmshape.diff.rows import Row
from lstmshape.dims import Shape
from lstmshape.pipeline import FileReport
from lstmshape.render.escape import escape, width
from lstmshape.render.sizes import json_dim, shape_text

VERSION = 1
_MARKS = {"same": " ", "changed": "~", "renamed": "~", "added": "+", "removed": "-"}
_HEAD = ("layer", "class", "shape", "params")


_VERDICTS = {
    True: "Weights saved from the first load into the second.",
    False: "Weights saved from the first do not load into the second:",
    None: "Whether weights saved from the first load into the second cannot be told:",
}


def table(a: FileReport, b: FileReport, found: Comparison) -> str:
    """The layers with what changed in each, then the weights that would not load."""
    cells = [_cells(pair) for pair in found.pairs]
    widths = [max(width(row[n + 1]) for row in [("", *_HEAD), *cells]) for n in range(len(_HEAD))]
    lines = [f"{escape(a.path)} -> {escape(b.path)}", "", _line(("", *_HEAD), widths)]
    for pair, row in zip(found.pairs, cells, strict=True):
        lines.append(_line(row, widths))
        indent = " " * (6 + 2 * pair.depth)
        lines += [f"{indent}{text}" for text in _changed_arguments(pair)]
    lines += ["", *_total(found), ""]
    lines.append(_VERDICTS[found.loading.loads])
    lines += [line for problem in found.loading.problems for line in _problem_lines(problem)]
    lines += _silent(found.loading)
    for how, loading in (("in order", found.h5_in_order), ("by name", found.h5_by_name)):
        lines.append(_old_line(how, loading))
    return "\n".join(lines) + "\n"


def _silent(loading: Loading) -> list[str]:
    """What Keras does without a word."""
    lines = []
    if loading.moved:
        lines.append(f"By class and order: {', '.join(_moved(loading))}.")
    if loading.unused:
        lines.append(f"Left unused: {', '.join(map(escape, loading.unused))}.")
    return lines


def _moved(loading: Loading) -> list[str]:
    return [f"{escape(layer)} gets those of {escape(source)}" for layer, source in loading.moved]


def _old_line(how: str, loading: Loading) -> str:
    """The same in one line, for an old `.h5` file."""
    start = f"An .h5 file, loaded {how},"
    if loading.problems:
        first, *more = loading.problems
        rest = f" (and {len(more)} more)" if more else ""
        if loading.loads is None:
            return f"{start} may load: {escape(first.layer)}: {escape(first.reason)}{rest}."
        return f"{start} does not: {escape(first.layer)}: {escape(first.reason)}{rest}."
    said = _moved(loading)
    if loading.unset:
        said.append(f"nothing is loaded for {', '.join(map(escape, loading.unset))}")
    if loading.unused:
        said.append(f"left unused: {', '.join(map(escape, loading.unused))}")
    return f"{start} does{', but ' if said else ''}{'; '.join(said)}."


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    mark, *rest = cells
    padded = [text + " " * (room - width(text)) for text, room in zip(rest, widths, strict=True)]
    return f"{mark or ' '} {'  '.join(padded)}".rstrip()


def _cells(pair: Pair) -> tuple[str, ...]:
    a, b = pair.a, pair.b
    columns = [
        _both(*(None if row is None else say(row) for row in (a, b)))
        for say in (_name, _class, _shapes, _params)
    ]
    columns[0] = "  " * pair.depth + columns[0]
    return (_MARKS[pair.kind], *columns)


def _both(a: str | None, b: str | None) -> str:
    if a is None or b is None or a == b:
        return str(b if a is None else a)
    return f"{a} -> {b}"


def _name(row: Row) -> str:
    return escape(row.name)


def _class(row: Row) -> str:
    return escape(row.class_name)


def _shapes(row: Row) -> str:
    shown = list(dict.fromkeys("?" if s is None else shape_text(s) for s in row.shapes))
    return ", ".join(shown)


def _params(row: Row) -> str:
    return f"{row.params:,}" if row.known else "?"


def _changed_arguments(pair: Pair) -> list[str]:
    return [
        f"{key}: {_value(old)} -> {_value(new)}" for key, (old, new) in _arguments(pair).items()
    ]


def _arguments(pair: Pair) -> dict[str, tuple[Any, Any]]:
    """The arguments that differ: what they are on each side, None where it is not written."""
    if pair.a is None or pair.b is None or pair.a.class_name != pair.b.class_name:
        return {}
    old, new = pair.a.arguments, pair.b.arguments
    return {
        key: (old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key)
    }


def _value(value: Any) -> str:
    return "default" if value is None else escape(str(value))


def _total(found: Comparison) -> list[str]:
    outer = [pair for pair in found.pairs if not pair.depth]
    a = sum(pair.a.params for pair in outer if pair.a is not None)
    b = sum(pair.b.params for pair in outer if pair.b is not None)
    return [f"params: {a:,} -> {b:,}" if a != b else f"params: {a:,}"]


def _problem_lines(problem: Problem) -> list[str]:
    source = f" (from {escape(problem.source)})" if problem.source else ""
    lines = [f"  {escape(problem.layer)}{source}: {escape(problem.reason)}"]
    for name, a, b in problem.weights:
        lines.append(f"    {escape(name)}: {_weight(a)} -> {_weight(b)}")
    return lines


def _weight(shape: tuple[int, ...] | None) -> str:
    return "none" if shape is None else shape_text(shape)


# -- JSON ---------------------------------------------------------------------------------------


def as_json(a: FileReport, b: FileReport, found: Comparison) -> str:
    """The same as one JSON object; sizes are numbers, or the text of open ones."""
    layers = [
        {
            "change": pair.kind,
            "depth": pair.depth,
            "a": _row(pair.a),
            "b": _row(pair.b),
            "arguments": {key: list(values) for key, values in _arguments(pair).items()},
        }
        for pair in found.pairs
    ]
    whole = {
        "version": VERSION,
        "a": {"path": a.path, "name": a.name},
        "b": {"path": b.path, "name": b.name},
        "layers": layers,
        "weights": {
            **_loading(found.loading),
            "h5": {"in_order": _loading(found.h5_in_order), "by_name": _loading(found.h5_by_name)},
        },
    }
    return json.dumps(whole, indent=1) + "\n"


def _loading(loading: Loading) -> dict[str, Any]:
    problems = [
        {
            "layer": problem.layer, "from": problem.source, "reason": problem.reason,
            "weights": [{"name": name, "a": a_, "b": b_} for name, a_, b_ in problem.weights],
        }
        for problem in loading.problems
    ]  # fmt: skip
    moved = [{"layer": layer, "from": source} for layer, source in loading.moved]
    return {
        "load": loading.loads, "problems": problems, "unused": loading.unused,
        "unset": loading.unset, "moved": moved,
    }  # fmt: skip


def _row(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "name": row.name,
        "class": row.class_name,
        "shapes": [_shape(shape) for shape in row.shapes],
        "params": row.params if row.known else None,
        "weights": [{"name": weight.name, "shape": weight.shape} for weight in row.weights],
    }


def _shape(shape: Shape | None) -> list[Any] | None:
    return None if shape is None else [json_dim(dim) for dim in shape]
