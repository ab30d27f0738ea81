"""Shapes, dtypes, masks and weights sent down a graph: one verdict a call.

How one layer is called stands in `calling`. Nothing is raised for a bad model: a call is "ok",
"refused" (with the fact that says why) or "blocked" behind a refused one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lstmshape import dims
from lstmshape.calling import Made, call_layer
from lstmshape.connections import check_connections
from lstmshape.dims import Bounds, Dim, Shape
from lstmshape.facts import (
    Fact,
    FailsWhenRun,
    Misreported,
    Unmet,
    WrongInputCount,
    WrongRank,
    WrongSize,
)
from lstmshape.flow import CallFlow, Flow
from lstmshape.giving import keys_of
from lstmshape.graph import Graph
from lstmshape.layers.base import Layer, Tensor, Weight
from lstmshape.layers.context import Context, Refused
from lstmshape.layers.dtypes import is_float
from lstmshape.model import WrittenShape
from lstmshape.requirements import Requirements

BATCH = dims.name("batch")


class _Run(Made):
    """One propagation of a whole file: what is shared between a model and those inside it."""

    def __init__(self, bindings: Mapping[str, int], bounds: Bounds) -> None:
        super().__init__()
        self.bindings = bindings
        self.bounds = bounds
        self.requirements = Requirements(bounds)
        #: the shapes of the inputs on which a model inside a model was built, as Keras sees them
        self.built_on: dict[int, list[Any]] = {}
        #: by the id of a chain that Keras leaves unbuilt without a word: why it cannot run
        self.unbuilt: dict[int, FailsWhenRun] = {}
        #: by the id of a layer at which a chain was left: the weights that it already had
        self.stuck: dict[int, list[Weight]] = {}
        self._open = 0

    def context(self, requirements: Requirements | None = None) -> Context:
        return Context(requirements or self.requirements, self.bounds, self)

    def within(self, ctx: Context) -> Context:
        """For the calls in the model that is called now."""
        made = self.context(ctx.requirements)
        made.inside = ctx.which()
        return made

    def input_shape(self, written: WrittenShape, batch_size: int | None) -> Shape:
        """The shape with its batch axis; names bound, nulls named `d1`, `d2`, …"""
        shape: list[Dim] = [BATCH if batch_size is None else batch_size]
        for dim in written:
            if dim is None:
                self._open += 1
                shape.append(dims.name(f"d{self._open}"))
            elif isinstance(dim, str):
                bound = self.bindings.get(dim)
                shape.append(dims.name(dim) if bound is None else bound)
            else:
                shape.append(dim)
        return tuple(shape)

    # -- models inside models (layers.context.Models) -------------------------------

    def weights(self, ctx: Context, layer: Layer, x: Any) -> list[Weight]:
        """Build the inner model: on its own inputs, else on what it is called on."""
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        scratch = self.context(Requirements(self.bounds))
        given = None if _has_own_inputs(layer) else _listed(x)
        if given is not None and len(given) > len(graph.inputs):
            # Keras takes the list of shapes for one shape, and what comes out is arbitrary
            fact = WrongInputCount(wants="one tensor", given=len(given), whole=True, keras=None)
            ctx.unknown(fact)
        flow = propagate(graph, self, scratch, given)
        stuck = self._stuck_in(layer, flow)
        if stuck is None:
            self._pass_refusal(ctx, flow)
        self.flows[id(layer)] = flow
        self.built_on[id(layer)] = [
            dims.erase_shape(flow.calls[n].outputs[0].shape) for n in graph.inputs
        ]
        return flow.weights() if stuck is None else self._left_unbuilt(layer, flow, stuck)

    def _stuck_in(self, layer: Layer, flow: Flow) -> CallFlow | None:
        """The call at which Keras stops to build a chain, and goes on as if it had built it."""
        refused = next((call for call in flow.calls if call.status == "refused"), None)
        if layer.class_name != "Sequential" or refused is None:
            return None
        return refused if id(refused.node.layer) in self.stuck else None

    def _left_unbuilt(self, layer: Layer, flow: Flow, stuck: CallFlow) -> list[Weight]:
        """The weights that a chain has although Keras could not build it."""
        fact = stuck.fact
        assert isinstance(fact, Unmet)
        why = FailsWhenRun(wants=fact.wants, gets=fact.gets, place=fact.place)
        self.unbuilt[id(layer)] = why
        made = [weight for call in flow.calls for weight in call.weights]
        made += self.stuck[id(stuck.node.layer)]
        for call in flow.calls[stuck.node.index + 1 :]:
            held = self.flows.get(id(call.node.layer))  # a model that was built before
            made += held.weights() if held is not None else []
        return made

    def _output_unbuilt(self, ctx: Context, layer: Layer, given: list[Shape]) -> Any:
        """What Keras says of a chain that it could not build: one layer asked after another."""
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        if id(layer) in self.unbuilt:
            ctx.warn(self.unbuilt[id(layer)])
        if len(given) > 1:  # the list is taken for one shape
            ctx.unknown(
                WrongInputCount(wants="one tensor", given=len(given), whole=True, keras=None)
            )
        inside = self.within(ctx)
        inside.again = inside.unbuilt = True
        kinds = self._kinds(ctx, layer)
        flow = propagate(graph, self, inside, given, kinds if len(kinds) == len(given) else None)
        self._pass_refusal(ctx, flow)
        ctx.facts += _lifted(fact for fact in flow.facts if fact.keras != "refuses")
        self.flows[id(layer)] = flow
        shapes = [t.shape for _, t in flow.outputs() if t is not None]
        return shapes[0] if len(shapes) == 1 and not _many(flow) else shapes

    def output(self, ctx: Context, layer: Layer, x: Any) -> Any:
        """Run the inner model on shapes; its input layers check them first."""
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        given = _listed(x)
        if id(layer) in self.unbuilt or (ctx.unbuilt and id(layer) not in self.built_on):
            return self._output_unbuilt(ctx, layer, given)
        self._check_inputs(ctx, layer, given)
        meant = given
        if ctx.by_name and ctx.called is layer:
            given = self._by_key(graph, given)
        inside = self.within(ctx)
        inside.again = self.built_on.get(id(layer)) != [dims.erase_shape(s) for s in given]
        # only where Keras works everything out anew does it look at what really arrives
        kinds = self._kinds(ctx, layer) if inside.again else []
        flow = propagate(graph, self, inside, given, kinds if len(kinds) == len(given) else None)
        self._pass_refusal(ctx, flow)
        shapes = [t.shape for _, t in flow.outputs() if t is not None]
        if given != meant:
            self._mistaken(ctx, graph, meant, shapes)
        elif not self._reshaped(ctx, graph, given, shapes):
            ctx.facts += _lifted(fact for fact in flow.facts if fact.keras != "refuses")
        self.flows[id(layer)] = flow
        return shapes[0] if len(shapes) == 1 and not _many(flow) else shapes

    def _kinds(self, ctx: Context, layer: Layer) -> list[str]:
        """The dtypes of what arrives in a model: a chain that is called casts floats to its own."""
        kinds = [tensor.dtype for tensor in self.arriving]
        if layer.class_name != "Sequential" or ctx.again:
            return kinds
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        spec = graph.nodes[graph.inputs[0]].input
        own: Any = spec.dtype if spec is not None and spec.shape is not None else None
        if own is None:
            first = next((node.layer for node in graph.nodes if node.layer is not None), layer)
            own = first.compute_dtype
        return [own if is_float(kind) else kind for kind in kinds]

    def _by_key(self, graph: Graph, given: list[Shape]) -> list[Shape]:
        """What Keras takes for the inputs, called on a mapping: the tensors by their keys' order.

        When it runs it goes by the names.
        """
        names = [str(graph.nodes[index].name) for index in graph.inputs]
        order = sorted(range(len(names)), key=names.__getitem__)
        if len(self.arriving) == len(order):
            self.arriving = [self.arriving[number] for number in order]
        return [given[number] for number in order]

    def _mistaken(
        self, ctx: Context, graph: Graph, meant: list[Shape], reported: list[Shape]
    ) -> None:
        """Say what comes out of a model whose inputs Keras mistakes for each other."""
        flow = propagate(graph, self, self.within(ctx), meant)
        real = [t.shape for _, t in flow.outputs() if t is not None]
        if flow.ok and real != reported:
            why = "Keras takes the tensors of a mapping in the order of its keys"
            wrong = next(n for n, shape in enumerate(real) if shape != reported[n])
            ctx.warn(Misreported(reported=reported[wrong], real=real[wrong], why=why))
        ctx.facts += _lifted(fact for fact in flow.facts if fact.keras == "builds")

    def keys(self, layer: Layer) -> tuple[str, ...]:
        """The keys of the outputs of a model that was run, where they stand in a mapping."""
        return keys_of(self.flows[id(layer)])

    def _reshaped(
        self, ctx: Context, graph: Graph, given: list[Shape], reported: list[Shape]
    ) -> bool:
        """Whether an input has another rank than was said: Keras adjusts it, or fails, when run."""
        built = [graph.nodes[index].input for index in graph.inputs]
        ranks = [None if one is None or one.shape is None else len(one.shape) + 1 for one in built]
        if all(rank in (None, len(shape)) for rank, shape in zip(ranks, given, strict=True)):
            return False
        adjusted: list[Shape] = []
        for one, rank, shape in zip(built, ranks, given, strict=True):
            if rank is None or one is None or one.shape is None or rank == len(shape):
                adjusted.append(shape)
            elif rank == len(shape) - 1 and shape[-1] == 1:
                adjusted.append(shape[:-1])
            elif rank == len(shape) + 1 and one.shape[-1] == 1:
                adjusted.append((*shape, 1))
            else:
                ctx.warn(FailsWhenRun(wants=f"{rank} axes", gets=dims.show_shape(shape)))
                return True
        flow = propagate(graph, self, self.within(ctx), adjusted)
        real = [t.shape for _, t in flow.outputs() if t is not None]
        if flow.ok and real != reported:
            why = "Keras fits what it is called on to the rank of its input"
            ctx.warn(Misreported(reported=reported[0], real=real[0], why=why))
        ctx.facts += _lifted(fact for fact in flow.facts if fact.keras == "builds")
        return True

    def _pass_refusal(self, ctx: Context, flow: Flow) -> None:
        refusals = [fact for fact in flow.facts if fact.keras == "refuses"]
        if refusals:
            first, *further = _lifted(refusals)
            ctx.facts += further
            raise Refused(first)
        stuck = next((call.fact for call in flow.calls if call.fact is not None), None)
        if stuck is not None:  # nobody can say what comes out, nor whether Keras refuses
            raise Refused(*_lifted([stuck]))

    def _check_inputs(self, ctx: Context, layer: Layer, given: list[Shape]) -> None:
        """Keras's check of what a functional model is called on."""
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        if len(given) != len(graph.inputs):
            wants = f"{len(graph.inputs)} tensors" if len(graph.inputs) != 1 else "one tensor"
            ctx.refuse(WrongInputCount(wants=wants, given=len(given)))
        built = self.built_on.get(id(layer), [])
        for index, wanted, shape in zip(graph.inputs, built, given, strict=False):
            axes = tuple(BATCH if not n else _opened(dim) for n, dim in enumerate(wanted))
            _fits_input(ctx, str(graph.nodes[index].name), axes, shape)


def _lifted(facts: Iterable[Fact]) -> list[Fact]:
    """What was found in a model inside belongs to the call of that model."""
    found = list(facts)
    for fact in found:
        fact.call = None
    return found


def _opened(dim: int | None) -> Dim:
    return dims.name("open") if dim is None else dim


def _fits_input(ctx: Context, name: str, wanted: Shape, shape: Shape) -> None:
    """Keras's check of an input: a last 1 counts for nothing on either side, and neither do axes
    that only one side has; sizes are compared as far as both go."""
    kept, given = _without_last_one(wanted), _without_last_one(shape)
    for axis, (size, gets) in enumerate(zip(kept, given, strict=False)):
        if isinstance(size, int) and isinstance(gets, int) and size != gets:
            if len(kept) != len(given):
                axes = ("batch", *(dims.show(dim) for dim in wanted[1:]))
                ctx.refuse(WrongRank(wants=axes, shape=shape))
            why = f"its input {name} says so"
            ctx.refuse(WrongSize(axis=axis, wants=size, shape=shape, why=why))
        elif isinstance(size, int) and not isinstance(gets, int):
            why = f"its input {name} says so"
            fact = WrongSize(axis=axis, wants=size, shape=shape, why=why)
            ctx.same_when_run(gets, size, fact)


def _without_last_one(shape: Shape) -> Shape:
    return shape[:-1] if shape and shape[-1] == 1 else shape


def _listed(x: Any) -> list[Shape]:
    if isinstance(x, list):
        return x
    return list(x.values()) if isinstance(x, dict) else [x]


def _many(flow: Flow) -> bool:
    values = flow.graph.outputs
    return len(values) != 1 or (flow.calls[values[0][1].node].many and values[0][1].output is None)


def propagate(
    graph: Graph,
    run: _Run,
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
    run = _Run(graph.spec.bindings, graph.spec.bounds)
    return propagate(graph, run, run.context())


def _enter(call: CallFlow, run: _Run, given: Shape | None) -> None:
    spec = call.node.input
    assert spec is not None
    call.status = "ok"
    if given is not None:
        call.outputs = [Tensor(given, spec.dtype)]
    elif call.node.broken or spec.shape is None:
        call.status = "refused"
    else:
        call.outputs = [Tensor(run.input_shape(spec.shape, spec.batch_size), spec.dtype)]


def _step(flow: Flow, call: CallFlow, run: _Run, ctx: Context) -> None:
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


def _has_own_inputs(layer: Layer) -> bool:
    graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
    inputs = [graph.nodes[n].input for n in graph.inputs]
    return all(each is not None and each.shape is not None for each in inputs)


def _build_alone(flow: Flow, call: CallFlow, layer: Layer, run: _Run, ctx: Context) -> None:
    """A model inside that has its own inputs is made before it is called on anything."""
    for held in layer.inner():
        _build_alone(flow, call, held, run, ctx)
    if not layer.holds_model:
        return
    if _has_own_inputs(layer):
        if id(layer) not in run.built:
            run.weights(ctx, layer, None)
        return
    graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
    for node in graph.nodes:
        if node.layer is not None:
            _build_alone(flow, call, node.layer, run, ctx)


def _judged(
    flow: Flow, call: CallFlow, layer: Layer, run: _Run, ctx: Context, step: Callable[..., None]
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
