"""A judged model as a drawing through time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lstmshape import dims
from lstmshape.case import Case
from lstmshape.dims import Dim
from lstmshape.explain.drawing import Against, Row, Segment, cut, draw, made_steps
from lstmshape.explain.numbers import Numbers
from lstmshape.flow import CallFlow
from lstmshape.graph import Node, Value, values_in
from lstmshape.layers.base import Layer
from lstmshape.render.escape import escape
from lstmshape.rules.lineage import recurrent_inside

#: what stands in the cells of classes with long names
_CELLS = {
    "ConvLSTM1D": "ConvLSTM",
    "ConvLSTM2D": "ConvLSTM",
    "ConvLSTM3D": "ConvLSTM",
    "Embedding": "lookup",
    "BatchNormalization": "normalize",
    "LayerNormalization": "normalize",
}
#: more rows than this nobody follows
MOST_ROWS = 12


def picture(
    case: Case,
    numbers: Numbers,
    *,
    skipped: int = 0,
    states: bool = False,
    targets: bool = False,
) -> tuple[str, ...]:
    """The way to the model's first output: through the first input of each layer.

    Where a layer starts from states that another left, both stand side by side. Empty when the
    model could not be called to its end. `states` shows those that every loop begins with;
    `targets` the target that the data says.
    """
    ends = [value.node for _, value in case.graph.outputs]
    if not ends:
        return ()
    segments = _segments(case, case.graph.nodes[ends[0]], numbers, skipped, states)
    segments = _told_apart(segments) if len(segments) > 1 else segments
    if targets and segments:
        segments[-1] = segments[-1]._replace(against=_target(case, segments[-1], numbers))
    return draw(segments, numbers.room) if segments else ()


def _segments(case: Case, end: Node, numbers: Numbers, skipped: int, states: bool) -> list[Segment]:
    chain = [end, *case.upstream(end)][::-1]
    if any(not case.call(node).outputs for node in chain) or not _source(chain):
        return []
    giver = next(filter(None, (_state_giver(case, node) for node in chain)), None)
    before: list[Segment] = []
    if giver is not None:
        before = _segments(case, giver, numbers, skipped, states)
        before = [_silent(segment) for segment in before]
    segment = _segment(case, chain, numbers, skipped, states, given=giver is not None)
    return [*before, segment]


def _told_apart(segments: Sequence[Segment]) -> list[Segment]:
    """Segments whose steps bear the first letters of what they read: `s1`, `t1`."""
    letters = [segment.name[:1] for segment in segments]
    clear = len(set(letters)) == len(letters) and all(
        letter.isascii() and letter.islower() and letter not in "hcy" for letter in letters
    )
    return [
        segment._replace(reads=letter if clear else "x")
        for segment, letter in zip(segments, letters, strict=True)
    ]


def _target(case: Case, segment: Segment, numbers: Numbers) -> Against | None:
    """The target that the data says, one a step where its second axis is the output's."""
    said = case.spec.data.get("y")
    if not isinstance(said, list):
        return None
    steps = made_steps(segment.rows[-1])
    each = steps is not None and len(said) > 1 and said[1] == steps
    shape = (dims.name("batch"), *said[1:])
    return Against(steps if each else None, numbers.shape(shape))


def _source(chain: Sequence[Node]) -> bool:
    return bool(chain) and chain[0].input is not None and len(chain) <= MOST_ROWS


def _silent(segment: Segment) -> Segment:
    """A segment of which only the states are read."""
    *rows, last = segment.rows
    return segment._replace(rows=(*rows, last._replace(read=False, goes_on=True)))


def _state_giver(case: Case, node: Node) -> Node | None:
    given = node.named.get("initial_state")
    values = given if isinstance(given, list) else [given]
    found = next((value for value in values if isinstance(value, Value)), None)
    source = case.graph.nodes[found.node] if found is not None else None
    return source if source is not None and recurrent_inside(source.layer) else None


def _segment(
    case: Case, chain: Sequence[Node], numbers: Numbers, skipped: int, states: bool, *, given: bool
) -> Segment:
    first = case.call(chain[0]).outputs[0].shape
    ids = len(chain) > 1 and _class(chain[1]) == "Embedding"
    steps: Dim | None = first[1] if len(first) > (1 if ids else 2) else None
    rows: list[Row] = []
    here = steps
    for node in chain[1:]:
        made = list(_rows(case, case.call(node), here, numbers, skipped, states, given=given))
        rows += made
        here = made_steps(made[-1])
    name = cut(escape(chain[0].name), 16)
    return Segment(tuple(rows), steps, numbers.shape(first), name=name)


def _class(node: Node) -> str:
    return node.layer.class_name if node.layer is not None else ""


def _rows(
    case: Case, call: CallFlow, steps: Dim | None, numbers: Numbers, skipped: int, states: bool,
    *, given: bool,
) -> Iterator[Row]:  # fmt: skip
    layer: Any = call.node.layer
    shape = numbers.shape(call.outputs[0].shape)
    loop: Any = recurrent_inside(layer) if steps is not None else None
    if loop is None:
        yield _plain(call, layer, steps, shape)
    elif layer.class_name == "Bidirectional":
        yield from _both_ways(call, loop, steps, shape)
    else:
        masked = call.tensors[0].mask is not None
        names = ", ".join(loop.state_names())
        yield Row(
            "loop", call.node.name, _cell(loop), steps, _gives(loop), None, shape,
            bool(loop.go_backwards), start="0" if states and not given else "",
            final=names if _left(case, call) else "",
            skipped=skipped if masked else 0,
        )  # fmt: skip


def _both_ways(call: CallFlow, loop: Any, steps: Dim | None, shape: str) -> Iterator[Row]:
    """The forward row, the backward row above it, and the merge of both."""
    cell, every = _cell(loop), bool(loop.return_sequences)
    yield Row("loop", "forward", cell, steps, "every" if every else "last")
    yield Row("loop", "backward", cell, steps, "every" if every else "first", backwards=True,
              beside=True)  # fmt: skip
    mode: Any = getattr(call.node.layer, "merge_mode", None)
    label = f"{mode} of both" if every else f"{mode} of both last steps"
    if every:
        yield Row("each", call.node.name, str(mode), steps, "every", shape=shape)
    else:
        yield Row("whole", call.node.name, label, steps, "last", shape=shape)


def _left(case: Case, call: CallFlow) -> bool:
    """Whether anything reads the states that a call leaves."""
    read = [value for _, value in case.graph.outputs]
    for node in case.graph.nodes:
        read += values_in([node.argument, *node.named.values()])
    return len(call.outputs) > 1 and any(
        value.node == call.node.index and value.output != 0 for value in read
    )


def _gives(loop: Any) -> Any:
    if loop.return_sequences:
        return "every"
    return "first" if loop.go_backwards else "last"


def _plain(call: CallFlow, layer: Any, steps: Dim | None, shape: str) -> Row:
    out = call.outputs[0].shape
    name, cell = call.node.name, _cell(layer)
    if steps is None:
        if len(out) > 2:
            label = "copy" if layer.class_name == "RepeatVector" else cell
            return Row("spread", name, label, None, "every", out[1], shape)
        return Row("one", name, cell, None, "last", None, shape)
    if len(out) > 2:
        each = out[1] == steps and (layer.sequence_axis is None or cell == "lookup")
        return Row("each" if each else "whole", name, cell, steps, "every", out[1], shape)
    return Row("whole", name, _told(call, layer), steps, "last", None, shape)


def _told(call: CallFlow, layer: Any) -> str:
    before = call.tensors[0].shape[1:]
    shape = " x ".join(map(str, before))
    return f"{layer.class_name}: all {shape}" if layer.class_name == "Flatten" else layer.class_name


def _cell(layer: Layer) -> str:
    """What stands in a cell: the class, of a wrapper the one inside."""
    while layer.class_name == "TimeDistributed" and layer.inner():
        layer = layer.inner()[0]
    return _CELLS.get(layer.class_name, layer.class_name)
