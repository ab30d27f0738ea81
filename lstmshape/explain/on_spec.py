"""A topic on the layers of a spec: which have it, what each gives, and what if it were otherwise.

The `if` is run: the change is made on the spec's tree, the whole model is judged anew, and what is
different is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.explain.arithmetic import arithmetic
from lstmshape.explain.blocks import Block, Drawing, Heading, Page, Paragraph, Table
from lstmshape.explain.changing import Trial, given, told, tried
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.pictures import picture
from lstmshape.explain.shapes import shape_tables
from lstmshape.explain.special import SHOWN, loss_verdicts
from lstmshape.explain.topics import Topic
from lstmshape.flow import CallFlow, Flow, totals
from lstmshape.layers.base import Layer
from lstmshape.render.escape import escape
from lstmshape.rules.lineage import recurrent_inside

#: changes that are tried; a model with more layers is long enough
MOST_TRIALS = 8


class Place(NamedTuple):
    """A layer that has what the topic is about: the call that it is in, and itself."""

    call: CallFlow
    layer: Layer
    #: the calls that it is among, and the model inside that they are of
    flow: Flow
    within: str = ""


class View(NamedTuple):
    """How a topic is seen on a spec: its layers, what is shown of each, and what is tried."""

    has: Callable[[Any], bool]
    shows: Callable[[Any], str]
    header: str
    trials: Callable[[Any], Iterator[Trial]]


def spec_page(topic: Topic, case: Case, name: str, numbers: Numbers) -> Page:
    """The page of a topic on a judged spec."""
    view = VIEWS.get(topic.name)
    blocks = list(_on_layers(view, case, numbers)) if view else list(_overall(topic, case, numbers))
    related = [(topic.name, topic.title)]
    return Page("spec", topic.name, f"{topic.title}, in {escape(name)}", blocks, related)


def places(
    flow: Flow, within: str = "", seen: set[tuple[Any, ...]] | None = None
) -> Iterator[Place]:
    """Every layer of a model with the call that it is in, those inside wrappers and models too."""
    seen = set() if seen is None else seen
    for call in flow.calls:
        waiting = [call.node.layer] if call.node.layer is not None else []
        while waiting:
            layer = waiting.pop(0)
            if layer.path not in seen:
                seen.add(layer.path)
                yield Place(call, layer, flow, within)
            waiting = [*layer.inner(), *waiting]
        if call.inner is not None:
            yield from places(call.inner, call.node.name, seen)


def _on_layers(view: View, case: Case, numbers: Numbers) -> Iterator[Block]:
    found = [place for place in places(case.flow) if view.has(place.layer)]
    if not found:
        yield Paragraph("No layer of this model has it.")
        yield from shape_tables([("", case)], numbers)
        return
    rows = [
        (
            _named(place),
            view.shows(place.layer),
            given(place.call, numbers),
            _readers(place),
        )
        for place in found
    ]
    yield Table(("layer", view.header, "gives now", "read by"), tuple(rows))
    lines = picture(case, numbers)
    if lines:
        yield Drawing("The way through the model:", lines)
    trials = [trial for place in found for trial in view.trials(place.layer)]
    for trial in trials[:MOST_TRIALS]:
        outcome = tried(case, trial.changes)
        if outcome is not None:
            yield Heading(trial.title)
            yield from told(outcome, numbers)


def _named(place: Place) -> str:
    """A layer's name, what holds it, and the names under which it is called again."""
    call, layer, flow, within = place
    again = [n.name for n in flow.graph.nodes if n.base == call.node.index != n.index]
    name = ", ".join([call.node.name, *again])
    if layer is not call.node.layer:
        name = f"{layer.name} in {call.node.name}"
    return escape(f"{name} in {within}" if within else name)


def _readers(place: Place) -> str:
    index, graph = place.call.node.index, place.flow.graph
    names = [node.name for node in graph.nodes if index in node.needs]
    names += ["(output)"] if any(v.node == index for _, v in graph.outputs) else []
    return escape(", ".join(names)) or "nobody"


# -- how each topic is seen ---------------------------------------------------------------------


def _argument(name: str, others: Callable[[Any], list[Any]]) -> View:
    """A topic that is an argument: each layer that has it, tried with its other values."""

    def has(layer: Any) -> bool:
        return name in type(layer).arguments and layer.class_name != "Bidirectional"

    return View(has, lambda layer: _value(getattr(layer, name)), name, _setter(name, others))


def _setter(name: str, others: Callable[[Any], list[Any]]) -> Callable[[Any], Iterator[Trial]]:
    def trials(layer: Any) -> Iterator[Trial]:
        for value in others(getattr(layer, name)):
            change = Change("set_argument", layer.path, name, value, str(layer.name))
            yield Trial(f"If `{escape(str(layer.name))}` had `{name}: {_value(value)}`", (change,))

    return trials


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower().replace("none", "null")
    return escape(str(value))


def _flipped(value: Any) -> list[Any]:
    return [not value]


def _doubled(value: Any) -> list[Any]:
    return [value * 2] if isinstance(value, int) else []


def _class(*names: str) -> Callable[[Any], bool]:
    return lambda layer: layer.class_name in names


def _nothing(layer: Any) -> Iterator[Trial]:
    return iter(())


def _merges(layer: Any) -> Iterator[Trial]:
    for mode in ("concat", "sum", "mul", "ave"):
        if mode != layer.merge_mode:
            change = Change("set_argument", layer.path, "merge_mode", mode, str(layer.name))
            yield Trial(f"If `{escape(str(layer.name))}` had `merge_mode: {mode}`", (change,))
    unwrap = Change("unwrap_layer", layer.path, layer=str(layer.name))
    yield Trial(f"If `{escape(str(layer.name))}` read forwards only", (unwrap,))


def _unwrapped(layer: Any) -> Iterator[Trial]:
    change = Change("unwrap_layer", layer.path, layer=str(layer.name))
    yield Trial(f"Without `TimeDistributed` at `{escape(str(layer.name))}`", (change,))


def _removed(layer: Any) -> Iterator[Trial]:
    change = Change("remove_layer", layer.path, layer=str(layer.name))
    yield Trial(f"Without `{escape(str(layer.name))}`", (change,))


def _repeats(layer: Any) -> Iterator[Trial]:
    yield from _setter("n", _doubled)(layer)
    yield from _removed(layer)


def _pooled(layer: Any) -> Iterator[Trial]:
    yield from _removed(layer)
    change = Change("set_class", layer.path, value="GlobalAveragePooling1D", layer=str(layer.name))
    name = escape(str(layer.name))
    yield Trial(f"If `{name}` were a `GlobalAveragePooling1D`", (change,))


def _masks(layer: Any) -> Iterator[Trial]:
    if layer.class_name == "Embedding":
        yield from _setter("mask_zero", _flipped)(layer)
    else:
        yield from _removed(layer)


def _faults(layer: Any) -> str:
    faults = ", ".join(layer.cudnn_faults())
    return f"no: {faults}" if faults else "possible"


def _recurrent(layer: Any) -> bool:
    return recurrent_inside(layer) is layer


_BOTH = ("LSTM", "GRU")
VIEWS: dict[str, View] = {
    "return-sequences": _argument("return_sequences", _flipped),
    "return-state": _argument("return_state", _flipped),
    "stateful": _argument("stateful", _flipped),
    "go-backwards": _argument("go_backwards", _flipped),
    "units": _argument("units", _doubled),
    "embedding": View(
        _class("Embedding"), lambda layer: f"{layer.input_dim} x {layer.output_dim}", "table",
        _setter("output_dim", _doubled),
    ),
    "mask-zero": View(
        _class("Embedding", "Masking"),
        lambda layer: "yes" if layer.class_name == "Masking" else _value(layer.mask_zero),
        "masks", _masks,
    ),
    "time-distributed": View(
        _class("TimeDistributed"), lambda layer: layer.layer.class_name, "around", _unwrapped
    ),
    "repeat-vector": View(_class("RepeatVector"), lambda layer: str(layer.n), "n", _repeats),
    "bidirectional": View(
        _class("Bidirectional"), lambda layer: _value(layer.merge_mode), "merge_mode", _merges
    ),
    "flatten": View(_class("Flatten"), lambda layer: "all but the batch", "flattens", _pooled),
    "conv-lstm": View(
        _class("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), lambda layer: str(layer.kernel_size),
        "kernel_size", _setter("return_sequences", _flipped),
    ),
    "stacked": View(
        _recurrent, lambda layer: _value(layer.return_sequences), "return_sequences", _removed
    ),
    "cudnn": View(_class(*_BOTH), _faults, "fast kernel", _nothing),
}  # fmt: skip


# -- topics that are about the whole model ------------------------------------------------------


def _overall(topic: Topic, case: Case, numbers: Numbers) -> Iterator[Block]:
    """What a topic without layers of its own says of a model: its shapes, and its part in them."""
    yield from shape_tables([("", case)], numbers)
    lines = picture(case, numbers, targets=topic.name in ("targets", "loss"))
    if lines:
        yield Drawing("The way through the model:", lines)
    yield from _OVERALL.get(topic.name, _inputs)(case, numbers)


def _inputs(case: Case, numbers: Numbers) -> Iterator[Block]:
    """The inputs, axis by axis."""
    rows = []
    for index in case.graph.inputs:
        call = case.flow.calls[index]
        for tensor in call.outputs:
            axes = ("samples", "timesteps", "features") if len(tensor.shape) == 3 else ("samples",)
            said = [
                f"{numbers.sized(size)} {axis}"
                for axis, size in zip(axes, tensor.shape, strict=False)
            ]
            rows.append((
                escape(call.node.name), escape(numbers.shape(tensor.shape)),
                escape(", ".join(said)),
            ))  # fmt: skip
    yield Table(("input", "shape", ""), tuple(rows))
    needs = case.flow.requirements.texts()
    if needs:
        yield Paragraph(f"For the model to run: {escape(', '.join(needs))}.")


def _params(case: Case, numbers: Numbers) -> Iterator[Block]:
    """Every layer's parameters spelled out."""
    for call in case.flow.calls:
        if call.weights and call.node.layer is not None and call.node.base == call.node.index:
            yield Heading(escape(call.node.name), 3)
            yield from arithmetic(call.node.layer, call.weights)
    found = totals(case.flow.weights())
    yield Paragraph(
        f"The model has {found.params:,} parameters, {found.trainable:,} of them trained."
    )


def _targets(case: Case, numbers: Numbers) -> Iterator[Block]:
    """For each output, which targets which loss takes."""
    for name, tensor in case.flow.outputs():
        if tensor is None:
            continue
        output = tensor.shape
        targets = [output, output[:-1], (*output[:-1], 1)]
        rows = []
        for target in dict.fromkeys(targets):
            if len(target) > 0:
                rows.append((escape(numbers.shape(target)), *loss_verdicts(target, output)))
        title = f"`{escape(name)}` gives {escape(numbers.shape(output))}; targets by loss:"
        yield Table(("target", *SHOWN), tuple(rows), title=title)


_OVERALL: dict[str, Callable[[Case, Numbers], Iterator[Block]]] = {
    "params": _params,
    "torch": _params,
    "targets": _targets,
    "loss": _targets,
}
