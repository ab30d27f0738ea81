"""One layer's story in a spec: what it reads and from whom, and how each number comes about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import at
from lstmshape.errors import CannotRun
from lstmshape.explain.arithmetic import arithmetic
from lstmshape.explain.blocks import Block, Bullets, Code, Heading, Page, Paragraph, Table
from lstmshape.explain.findings import said
from lstmshape.explain.layers_page import lowered, paragraphs
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.provenance import Alone, Answer, Source, answers, given_tensors, origin
from lstmshape.explain.specs import written_entry
from lstmshape.flow import CallFlow
from lstmshape.graph import Node
from lstmshape.near import near_names
from lstmshape.pipeline import FileReport
from lstmshape.render.escape import escape
from lstmshape.render.rows import call_tensors, input_names
from lstmshape.rules.words import axis_name, value

#: layers on the way to it that are named
LONGEST_WAY = 8


def story_page(report: FileReport, name: str, numbers: Numbers) -> Page:
    """The page of one layer of a checked spec. Raises `CannotRun` where it has no such layer."""
    case = report.case
    if case is None:
        raise CannotRun(f"`{report.path}` cannot be read: see `lstmshape check {report.path}`")
    node = find_node(case, name)
    call = case.call(node)
    title = f"a layer of {escape(report.path)}" if node.input is None else "an input of the model"
    related = [(node.layer.class_name, "")] if node.layer is not None else []
    blocks = list(_blocks(report, case, call, numbers))
    return Page("spec", escape(node.name), title, blocks, related)


def find_node(case: Case, name: str) -> Node:
    """The node of that name. Raises `CannotRun` that names near ones."""
    index = case.graph.by_name.get(name)
    if index is not None:
        return case.graph.nodes[index]
    known = [node.name for node in case.graph.nodes]
    near = near_names(name, known) or tuple(known[:6])
    names = ", ".join(f"`{one}`" for one in near)
    raise CannotRun(f"the model has no layer `{name}`" + (f"; it has {names}" if names else ""))


def _blocks(report: FileReport, case: Case, call: CallFlow, numbers: Numbers) -> Iterator[Block]:
    node = call.node
    if node.layer is not None:
        first = paragraphs(type(node.layer).__doc__ or "")[0]
        yield Paragraph(f"`{node.layer.class_name}`: {lowered(first)}.")
    if node.path and node.input is None:
        yield Code("yaml", written_entry(at(case.tree, node.path)))
    if node.input is None:
        yield Heading("What it reads")
        yield from _reads(case, call, numbers)
    yield from _findings(report, node, numbers)
    if call.outputs:
        alone = Alone(case, call) if node.layer is not None else None
        known = answers(alone) if alone is not None else []
        names = reading_names(case, call)
        yield Heading("What it gives")
        yield from _gives(case, call, known, names, numbers)
        if node.layer is not None:
            yield Heading("Its parameters")
            yield from _parameters(case, call, known, names)
    yield Heading("Who reads it")
    yield from _readers(case, node)


# -- what it reads ------------------------------------------------------------------------------


def reading_names(case: Case, call: CallFlow) -> list[str]:
    """The names of the tensors that it is given, in the order of `given_tensors`."""
    names = list(input_names(case.flow, call.node))
    for _, more in call_tensors(case.flow, call.node):
        names += more
    return [escape(name) for name in names]


def _reads(case: Case, call: CallFlow, numbers: Numbers) -> Iterator[Block]:
    names = reading_names(case, call)
    tensors = given_tensors(case, call)
    keys = ["" for _ in call.tensors]
    for key, more in call_tensors(case.flow, call.node):
        keys += [escape(key)] * len(more)
    rows = []
    for name, key, (tensor, _, _) in zip(names, keys, tensors, strict=False):
        mask = "masked" if tensor.mask is not None else ""
        shape = escape(numbers.shape(tensor.shape))
        rows.append((name, key, shape, tensor.dtype, mask))
    if rows:
        used = [n for n in range(5) if any(row[n] for row in rows)]
        headers = ("from", "as", "shape", "dtype", "")
        yield Table(
            tuple(headers[n] for n in used), tuple(tuple(row[n] for n in used) for row in rows)
        )
    else:
        yield Paragraph("Nothing is known of what it reads: a layer before it is refused.")
    way = [call.node, *case.upstream(call.node)][::-1]
    if len(way) > 2:
        shown = way if len(way) <= LONGEST_WAY else [way[0], *way[1 - LONGEST_WAY :]]
        gap = "" if len(way) <= LONGEST_WAY else f" -> ({len(way) - LONGEST_WAY} more)"
        steps = [f"`{escape(node.name)}`{_shape_of(case, node, numbers)}" for node in shown]
        yield Paragraph(f"The way to it: {steps[0]}{gap} -> {' -> '.join(steps[1:])}.")


def _shape_of(case: Case, node: Node, numbers: Numbers) -> str:
    shape = case.shape(node)
    return f" {escape(numbers.shape(shape))}" if shape is not None else ""


# -- what it gives ------------------------------------------------------------------------------


def _gives(
    case: Case, call: CallFlow, known: Sequence[Answer], names: Sequence[str], numbers: Numbers
) -> Iterator[Block]:
    labels = call.node.layer.labels() if call.node.layer is not None else ()
    for number, tensor in enumerate(call.outputs):
        rows = []
        for axis, size in enumerate(tensor.shape):
            sources = [answer.source for answer in known if (number, axis) in answer.axes]
            if axis == 0:
                why = "the samples of the batch, one beside the other"
            else:
                why = "; ".join(
                    _because(source, size, call, names) + _said_first(case, call, source)
                    for source in sources
                )
            what = _axis(call, axis, len(tensor.shape))
            rows.append((what, escape(str(numbers.sized(size))), why or _otherwise(call)))
        label = f"`{labels[number]}` " if number < len(labels) else ""
        title = f"{label}{escape(numbers.shape(tensor.shape))}, {tensor.dtype}:"
        yield Table(("axis", "size", "comes from"), tuple(rows), (1,), title)


#: layers whose axis 1 is time, however many axes are behind it
_OVER_TIME = ("TimeDistributed", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


def _axis(call: CallFlow, axis: int, rank: int) -> str:
    """What an axis is called where this layer reads it, or gives it."""
    layer = call.node.layer
    over_time = axis == 1 and rank > 2 and layer is not None and layer.class_name in _OVER_TIME
    return "timesteps" if over_time else axis_name(axis, rank)


def _otherwise(call: CallFlow) -> str:
    if call.node.layer is None:
        return "said of the input"
    return "made by the layers inside" if call.node.layer.holds_model else "always"


def _said_first(case: Case, call: CallFlow, source: Source) -> str:
    """Where a size that is read was said, when that is farther back."""
    if source.kind != "input" or call.node.layer is None:
        return ""
    number, axis = source.what
    given = given_tensors(case, call)[number]
    found = origin(case, given.node, given.output, axis)
    if found is None:
        return ""
    if found.argument is None:
        return "" if found.node is given.node else f", as `{escape(found.node.name)}` has them"
    there = "there" if found.node is given.node else f"of `{escape(found.node.name)}`"
    return f" ({found.argument}: {escape(_value(found.value))} {there})"


def _value(given: Any) -> str:
    """A size, or sizes; one alone without brackets."""
    alone = isinstance(given, list) and len(given) == 1
    return value(given[0] if alone else given)


def _because(source: Source, size: Any, call: CallFlow, names: Sequence[str]) -> str:
    """One reason for a size."""
    if source.kind == "input":
        number, axis = source.what
        rank = 1 + max(axis, 2) if number >= len(call.tensors) else len(call.tensors[number].shape)
        where = f"the {_axis(call, axis, rank)} of {names[number]}"
        if source.formula and str(size) != str(source.value):
            return escape(f"{source.formula}, with n = {source.value}, {where}")
        return escape(where)
    if source.kind == "argument":
        return f"{source.what}: {escape(_value(source.value))}"
    said = source.value if isinstance(source.value, str) else value(source.value)
    return f"{source.what}: {escape(str(said))}"


# -- parameters ---------------------------------------------------------------------------------


def _parameters(
    case: Case, call: CallFlow, known: Sequence[Answer], names: Sequence[str]
) -> Iterator[Block]:
    assert call.node.layer is not None
    if not call.weights:
        yield Paragraph("It has none.")
        return
    if call.node.base != call.node.index:
        owner = escape(case.graph.nodes[call.node.base].name)
        yield Paragraph(f"Those of `{owner}`, which it shares: they count once.")
    yield from arithmetic(call.node.layer, call.weights)
    items = []
    for weight in call.weights:
        sources = [answer.source for answer in known if weight.name in answer.weights]
        why = ", ".join(_because(source, None, call, names) for source in sources)
        if why:
            items.append(f"`{escape(weight.name)}` follows {why}.")
    if items:
        yield Bullets(tuple(items))


# -- the rest -----------------------------------------------------------------------------------


def _findings(report: FileReport, node: Node, numbers: Numbers) -> Iterator[Block]:
    """What `check` says of it."""
    case = report.case
    assert case is not None
    own = [d for d in report.diagnostics if case.node_at(d.place.path) is node]
    if own:
        yield Code("text", said(report, own, room=numbers.room), "`lstmshape check` says:")


def _readers(case: Case, node: Node) -> Iterator[Block]:
    items = []
    for other in case.graph.nodes:
        times = other.needs.count(node.index)
        if times:
            cls = f" ({other.layer.class_name})" if other.layer is not None else ""
            more = "" if times == 1 else f", {times} of its outputs"
            items.append(f"`{escape(other.name)}`{cls}{more}")
    if any(value.node == node.index for _, value in case.graph.outputs):
        items.append("it is an output of the model")
    if items:
        yield Bullets(tuple(items))
    else:
        yield Paragraph("Nobody: no output of the model depends on it.")
