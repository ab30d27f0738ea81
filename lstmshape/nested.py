"""Models inside models: built, called as a layer is, and what Keras mistakes in them.

How the calls in one follow each other stands in `propagate`, which is given to the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lstmshape import dims
from lstmshape.calling import Made
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
from lstmshape.layers.base import Layer, Weight
from lstmshape.layers.context import Context, Refused
from lstmshape.layers.dtypes import is_float
from lstmshape.model import WrittenShape
from lstmshape.requirements import Requirements

BATCH = dims.name("batch")


class Run(Made):
    """One propagation of a whole file: what is shared between a model and those inside it.

    `propagate` sends shapes down the graph of a model inside.
    """

    def __init__(
        self, bindings: Mapping[str, int], bounds: Bounds, propagate: Callable[..., Flow]
    ) -> None:
        super().__init__()
        self.propagate = propagate
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
        given = None if has_own_inputs(layer) else _listed(x)
        if given is not None and len(given) > len(graph.inputs):
            # Keras takes the list of shapes for one shape, and what comes out is arbitrary
            fact = WrongInputCount(wants="one tensor", given=len(given), whole=True, keras=None)
            ctx.unknown(fact)
        flow = self.propagate(graph, self, scratch, given)
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
        kinds = self._kinds(ctx, layer, len(given))
        flow = self.propagate(graph, self, inside, given, kinds)
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
        kinds = self._kinds(ctx, layer, len(given)) if inside.again else None
        flow = self.propagate(graph, self, inside, given, kinds)
        self._pass_refusal(ctx, flow)
        shapes = [t.shape for _, t in flow.outputs() if t is not None]
        if given != meant:
            self._mistaken(ctx, graph, meant, shapes)
        elif not self._reshaped(ctx, graph, given, shapes):
            ctx.facts += _lifted(fact for fact in flow.facts if fact.keras != "refuses")
        self.flows[id(layer)] = flow
        return shapes[0] if len(shapes) == 1 and not _many(flow) else shapes

    def _kinds(self, ctx: Context, layer: Layer, count: int) -> list[str] | None:
        """The dtypes of what arrives in a model, if it is so many tensors: a chain that is called
        casts floats to its own."""
        kinds = [tensor.dtype for tensor in self.arriving]
        if len(kinds) != count:
            return None
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
        flow = self.propagate(graph, self, self.within(ctx), meant)
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
        flow = self.propagate(graph, self, self.within(ctx), adjusted)
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


def has_own_inputs(layer: Layer) -> bool:
    graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
    inputs = [graph.nodes[n].input for n in graph.inputs]
    return all(each is not None and each.shape is not None for each in inputs)
