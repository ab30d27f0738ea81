"""One call of one layer, in the order of checks of `keras.layers.Layer.__call__`.

What it is called on, the rank, the weights (once a layer), the rank and sizes that the built layer
insists on, the output. What came of a call is remembered for layers that are alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmshape.calls import take
from lstmshape.dims import Shape
from lstmshape.facts import UnknownArgument, WrongRank, WrongSize
from lstmshape.flow import CallFlow, Flow, shapes_of
from lstmshape.giving import give, stand
from lstmshape.layers.alike import MOST_INPUTS, remember
from lstmshape.layers.base import NO_WEIGHTS, Layer, Rank, Tensor, Weights
from lstmshape.layers.context import Context, Refused, key_of
from lstmshape.requirements import Requirement


class Built(NamedTuple):
    weights: Weights
    rank: Rank | None
    axes: Mapping[int, int | None]
    axes_when_run: Mapping[int, Any]
    #: the shape, list or dict of shapes that it was built on
    on: Any


NOT_BUILT = Built(NO_WEIGHTS, None, {}, {}, None)


class Outcome(NamedTuple):
    """What came of the first call of a layer, without a finding."""

    built: Built
    outputs: list[Tensor]
    many: bool
    #: what it required, each with its key
    asked: tuple[tuple[Any, Requirement], ...]


class Made:
    """What the calls of a file have made so far, by the ids of their layers."""

    def __init__(self) -> None:
        self.built: dict[int, Built] = {}
        #: the flows of models inside models
        self.flows: dict[int, Flow] = {}
        #: what the model inside a model is called on now
        self.arriving: list[Tensor] = []


def call_layer(flow: Flow, call: CallFlow, layer: Layer, made: Made, ctx: Context) -> None:
    """Take what the layer is called on, and call it. Raises `Refused`."""
    take(flow, call, layer, ctx)
    try:
        _call(call, layer, made, ctx)
    except (IndexError, ZeroDivisionError):
        numbers = [tensor.shape for tensor in call.tensors if not tensor.shape]
        if not numbers:
            raise
        # an operation gave a number without axes, for which layers are not made
        ctx.unknown(WrongRank(wants=("batch",), shape=numbers[0], at_least=True, keras=None))


def _call(call: CallFlow, layer: Layer, made: Made, ctx: Context) -> None:
    outcomes = _known(call, layer, made, ctx)
    if outcomes is None:
        _call_anew(call, layer, made, ctx)
        return
    x = tuple(call.x) if type(call.x) is list else call.x
    outcome = outcomes.get(x)
    if outcome is None:
        _call_to_remember(call, layer, made, ctx, outcomes, x)
        return
    call.status = "ok"
    made.built[id(layer)] = outcome.built
    call.weights = outcome.built.weights
    call.outputs, call.many = outcome.outputs, outcome.many
    if outcome.many:
        stand(call, layer)
    for key, requirement in outcome.asked:
        if key not in ctx.requirements.met:
            ctx.require(requirement)


def _call_to_remember(
    call: CallFlow, layer: Layer, made: Made, ctx: Context, outcomes: dict[Any, Any], x: Any
) -> None:
    """Call a layer, and keep what came of it if that may come of all that are alike."""
    ctx.named = False
    ctx.asked = []
    _call_anew(call, layer, made, ctx)
    if not ctx.facts and not ctx.named:
        asked = tuple((key_of(requirement), requirement) for requirement in ctx.asked)
        outcome = Outcome(made.built[id(layer)], call.outputs, call.many, asked)
        remember(outcomes, x, outcome, MOST_INPUTS)


def _known(call: CallFlow, layer: Layer, made: Made, ctx: Context) -> dict[Any, Any] | None:
    """What came of the first calls of layers like this one; None where it says nothing here.

    It was worked out without bounds on names; with them it holds in this file alone.
    """
    alike = layer.alike
    if alike is None or ctx.tensors or ctx.options or ctx.again or id(layer) in made.built:
        return None
    if isinstance(call.x, dict):
        return None
    return ctx.known.setdefault(id(alike), {}) if ctx.bounds else alike.calls


def _call_anew(call: CallFlow, layer: Layer, made: Made, ctx: Context) -> None:
    x = shapes_of(call.x)
    built = made.built.get(id(layer))
    if ctx.again and (built is not None or ctx.unbuilt):
        made.arriving = call.tensors if layer.holds_model else []
        _call_again(call, layer, ctx, x, built or NOT_BUILT, made)
        return
    demand = None
    if built is not None:
        layer.called_again(ctx, x, built.on)
    if isinstance(x, tuple):
        demand = layer.demand()
        if demand is not None:
            ctx.ranked(x, demand)
    if built is None:
        weights = ctx.weights(layer, x)
        insists = (layer.demand_built(x), layer.fixed_axes(x), layer.fixed_axes_when_run(x))
        built = Built(weights, *insists, x)
        made.built[id(layer)] = built
    if isinstance(x, tuple):
        _insist(ctx, x, built, demand)
    call.weights = built.weights
    made.arriving = call.tensors if layer.holds_model else []
    out = layer.output(ctx, x)
    if layer.holds_model or layer.inner():
        held = (layer, *layer.inner())
        call.inner = next((made.flows[id(one)] for one in held if id(one) in made.flows), None)
    give(call, layer, ctx, out)


#: classes of which Keras works out the shapes without the options of the call
_SHAPES_ALONE = frozenset({
    "Add", "Average", "CategoryEncoding", "Concatenate", "Discretization", "Dot", "Embedding",
    "Flatten", "Identity", "Maximum", "Minimum", "Multiply", "Permute", "Reshape",
    "ReversibleEmbedding", "Subtract",
})  # fmt: skip


def _call_again(
    call: CallFlow, layer: Layer, ctx: Context, x: Any, built: Built, made: Made
) -> None:
    """A call inside a model that is called on other shapes than it was built on.

    Keras then only works out the shapes, without a check; the checks come when it runs.
    """
    if ("training" in ctx.options or ctx.unbuilt) and layer.class_name in _SHAPES_ALONE:
        name = f"{layer.class_name}.compute_output_spec"
        ctx.refuse(UnknownArgument(class_name=name, argument="training", known=()))
    if isinstance(x, tuple):
        try:
            ctx.demanded(layer, x)
            _insist(ctx, x, built)
        except Refused as later:
            later.fact.keras = "builds"
            ctx.warn(later.fact)
    layer.called_again(ctx, x, built.on)
    call.weights = built.weights
    try:
        out = layer.output(ctx, x)
    except IndexError:  # the arithmetic wants an axis that is not there, in Keras too
        rank = layer.demand()
        axes = rank.axes if rank is not None else ("batch", "features")
        ctx.refuse(WrongRank(wants=axes, shape=x, at_least=True))
    call.inner = made.flows.get(id(layer))
    give(call, layer, ctx, out)


def _insist(ctx: Context, x: Shape, built: Built, met: Rank | None = None) -> None:
    """What a layer that is built insists on at every call, the first included.

    `met` is a demand that was checked just now.
    """
    if built.rank is not None and built.rank is not met:
        ctx.ranked(x, built.rank)
    for axis, size in built.axes.items():
        if size is None or not -len(x) <= axis < len(x) or x[axis] == size:
            continue
        why = "the layer was built on that size"
        ctx.same(x[axis], size, WrongSize(axis=axis % len(x), wants=size, shape=x, why=why))
    for axis, size in built.axes_when_run.items():
        if -len(x) <= axis < len(x) and x[axis] != size:
            why = "its weights were made for that size"
            fact = WrongSize(axis=axis % len(x), wants=size, shape=x, why=why)
            ctx.same_when_run(x[axis], size, fact)
