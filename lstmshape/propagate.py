"""Shapes, dtypes, masks and weights sent down a graph: one verdict a call.

How one layer is called stands in `calling`, a model inside a model in `nested`. Nothing is raised
for a bad model: a call is "ok", "refused" (with the fact that says why) or "blocked" behind a
refused one.
"""

from __future__ import annotations

from collections.abc import Callable

from lstmshape.calling import call_layer
from lstmshape.connections import check_connections
from lstmshape.dims import Shape
from lstmshape.flow import CallFlow, Flow
from lstmshape.graph import Graph
from lstmshape.layers.base import Layer, Tensor
from lstmshape.layers.context import Context, Refused
from lstmshape.nested import Run, has_own_inputs


def propagate(
    graph: Graph,
    run: Run,
    ctx: Context,
    given: list[Shape] | None = None,
    kinds: list[str] | None = None,
) -> Flow:
    """Send shapes down the graph: its own inputs' or, for a model inside a model, those `given`.

    `kinds` are their dtypes where they are not those that the model's inputs say.
    """
    flow = Flow(graph, ctx.requirements)
    for number, index in enumerate(graph.inputs):
        call = flow.calls[index]
        _enter(call, run, given[number] if given and number < len(given) else None)
        if kinds is not None and call.outputs:
            call.outputs = [call.outputs[0]._replace(dtype=kinds[number])]
    unused = set(graph.order) - graph.reached() if ctx.again else ()
    for index in graph.order:
        call = flow.calls[index]
        if call.node.input is None:
            before = len(flow.facts)
            _step(flow, call, run, ctx)
            if index in unused and call.status != "ok":
                # Keras repeats only the calls on which an output depends
                call.status, call.fact = "blocked", None
                del flow.facts[before:]
    if ctx.facts:
        flow.facts += ctx.facts
        ctx.facts = []
    check_connections(flow)
    return flow


def flow_of(graph: Graph) -> Flow:
    """The flow of a file's model."""
    run = Run(graph.spec.bindings, graph.spec.bounds, propagate)
    return propagate(graph, run, run.context())


def _enter(call: CallFlow, run: Run, given: Shape | None) -> None:
    spec = call.node.input
    assert spec is not None
    call.status = "ok"
    if given is not None:
        call.outputs = [Tensor(given, spec.dtype)]
    elif call.node.broken or spec.shape is None:
        call.status = "refused"
    else:
        call.outputs = [Tensor(run.input_shape(spec.shape, spec.batch_size), spec.dtype)]


def _step(flow: Flow, call: CallFlow, run: Run, ctx: Context) -> None:
    """Call one layer, and write down what became of it."""
    node = call.node
    if node.broken or node.layer is None:
        # a `reuse` of what Keras would not make waits for it; of a name that is not there, it fails
        call.status = "refused" if node.base == node.index else "blocked"
        return
    if node.base != node.index and flow.calls[node.base].status != "ok" and not ctx.again:
        call.status = "blocked"  # Keras never made the call that is to be repeated
        return
    for need in node.needs:
        if flow.calls[need].status != "ok":
            call.status = "blocked"
            if node.layer.holds_model or node.layer.inner():
                _judged(flow, call, node.layer, run, ctx, _build_alone)
            return
    _judged(flow, call, node.layer, run, ctx, call_layer)


def _build_alone(flow: Flow, call: CallFlow, layer: Layer, run: Run, ctx: Context) -> None:
    """A model inside that has its own inputs is made before it is called on anything."""
    for held in layer.inner():
        _build_alone(flow, call, held, run, ctx)
    if not layer.holds_model:
        return
    if has_own_inputs(layer):
        if id(layer) not in run.built:
            run.weights(ctx, layer, None)
        return
    graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
    for node in graph.nodes:
        if node.layer is not None:
            _build_alone(flow, call, node.layer, run, ctx)


def _judged(
    flow: Flow, call: CallFlow, layer: Layer, run: Run, ctx: Context, step: Callable[..., None]
) -> None:
    """Take a step, and write down what became of it."""
    node = call.node
    ctx.layer = ctx.called = node.layer
    ctx.site = node
    before = len(ctx.facts)
    try:
        step(flow, call, layer, run, ctx)
    except Refused as refused:
        if refused.unimplemented:
            run.stuck[id(layer)] = ctx.filled
        ctx.filled = []
        # what nobody can know is not what Keras refuses
        call.status = "refused" if refused.fact.keras == "refuses" else "blocked"
        call.fact = refused.fact
        call.outputs = []
        ctx.facts.append(refused.fact)
    if ctx.facts:
        for fact in ctx.facts[before:]:
            if fact.call is None:
                fact.call = node.index
        flow.facts += ctx.facts
        ctx.facts = []
