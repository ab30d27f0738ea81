"""What a layer is called on: references resolved to tensors, and their structure checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from lstmshape.facts import (
    FailsWhenRun,
    MissingInput,
    NoSuchOutput,
    UnknownArgument,
    Unmet,
    WrongInputCount,
)
from lstmshape.flow import CallFlow, Flow
from lstmshape.graph import Graph, Node, Value, values_in
from lstmshape.layers.base import Layer, Tensor
from lstmshape.layers.context import Context
from lstmshape.layers.together import first_of, flat, numbered
from lstmshape.source import Place

#: a call argument that any layer takes, also where its `call` does not
COMMON_OPTIONS = ("training",)


def take(flow: Flow, call: CallFlow, layer: Layer, ctx: Context) -> None:
    """Resolve what the layer is called on, and check its structure as `takes` says."""
    node = call.node
    if ctx.options or ctx.tensors:
        ctx.options, ctx.tensors = {}, {}
    ctx.by_name = False
    if not node.named and _take_lone(flow, call, layer):
        return
    if layer.takes == "operands":
        call.x = _operands(flow, call, layer, ctx)
        return
    first: Any = None if node.argument is None else _resolved(flow, node.argument, ctx)
    if layer.takes in ("list", "named") and _wraps_whole(flow, node.argument):
        wants = "each tensor by itself (`name:0`, `name:1`)"
        ctx.refuse(WrongInputCount(wants=wants, given=len(first), whole=True))
    first = _keys(flow, call, layer, first, ctx)
    for key, value in node.named.items():
        tensors = _resolved(flow, value, ctx, flattened=True)
        if _holds_tensors(tensors):
            if not _only_tensors(tensors):
                ctx.refuse(Unmet(wants=f"tensors alone in `{key}`", gets="other values too"))
            ctx.tensors[key] = tensors
        else:
            ctx.options[key] = value
    if layer.takes == "named":
        call.x = _named(layer, first, not isinstance(node.argument, Value), ctx)
        return
    if first is None:
        first = _first_by_name(layer, ctx)
    _known_arguments(layer, ctx)
    call.x = _structured(flow, call, layer, first, ctx)


def _take_lone(flow: Flow, call: CallFlow, layer: Layer) -> bool:
    """The short way for what most layers are called on: the one tensor that another gives."""
    value = call.node.argument
    if type(value) is not Value or layer.takes not in ("one", "any"):
        return False
    source = flow.calls[value.node]
    if source.many or source.keys or value.output is not None:
        return False
    call.x = source.outputs[0]
    return True


def _structured(flow: Flow, call: CallFlow, layer: Layer, first: Any, ctx: Context) -> Any:
    if isinstance(first, list):
        call.given = numbered(first)
        if not first and (layer.holds_model or layer.operation):
            ctx.refuse(WrongInputCount(wants="a tensor", given=0))
        if len(first) < layer.least_of_list:
            ctx.refuse(WrongInputCount(wants="one tensor", given=len(first), whole=True))
        if any(isinstance(item, list) for item in first):
            first = flat(first)
            if layer.takes == "one":
                _several_for_one(layer, len(first), True, ctx)
            if layer.takes != "any":
                wants = "a list of tensors"
                ctx.refuse(WrongInputCount(wants=wants, given=len(first), whole=True))
            _runs_on(layer, first, False, ctx)
            return first
        first = list(first)
        written = not isinstance(call.node.argument, Value)
        if layer.takes != "list" and len(first) == 1 and written:
            return first[0]
        whole = not written
        if layer.loose_later and call.node.base != call.node.index:
            ctx.warn(FailsWhenRun(wants="one tensor", gets=f"{len(first)} tensors"))
            return first
        if layer.takes == "one":
            _several_for_one(layer, len(first), whole, ctx)
        if whole and layer.wants_list and not call.given.listed:
            ctx.refuse(WrongInputCount(wants="a list of tensors", given=len(first), whole=whole))
        _runs_on(layer, first, whole, ctx)
        return first
    if layer.takes == "list":
        if layer.operation:
            return [first]
        ctx.refuse(WrongInputCount(wants="a list of tensors", given=1))
    return first


def _several_for_one(layer: Layer, given: int, whole: bool, ctx: Context) -> NoReturn:
    """Several tensors for a layer that takes one: Keras refuses, if it looks.

    A TimeDistributed takes the list for a shape, of which no weights can be made; what a layer
    without weights makes of it is an accident.
    """
    fact = WrongInputCount(wants="one tensor", given=given, whole=whole, keras=None)
    weightless = all(type(held).weights is Layer.weights for held in layer.inner())
    if (layer.least_of_list and weightless) or not layer.looks_at_structure():
        ctx.unknown(fact)
    ctx.refuse(fact)


def _runs_on(layer: Layer, tensors: list[Tensor], whole: bool, ctx: Context) -> None:
    """Arithmetic on one tensor, which Keras also builds on the output and states of an LSTM."""
    if layer.takes == "any" and not layer.runs_on_several():
        given = len(tensors)
        ctx.warn(WrongInputCount(wants="one tensor", given=given, whole=whole, keras="builds"))


def _first_by_name(layer: Layer, ctx: Context) -> Any:
    """What a mapping calls it on: by the name in its `call`, or by a model's own names."""
    if layer.holds_model:
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        own = [graph.nodes[index].name for index in graph.inputs]
        if own and all(name in ctx.tensors for name in own):
            found = [ctx.tensors.pop(name) for name in own]
            ctx.by_name = True
            return found if len(found) > 1 else found[0]
    if layer.first_argument not in ctx.tensors:
        ctx.refuse(MissingInput(argument=layer.first_argument))
    return ctx.tensors.pop(layer.first_argument)


def _wraps_whole(flow: Flow, argument: Any) -> bool:
    """Whether it is a list of one, which is all that a layer with several outputs gives."""
    if not isinstance(argument, list) or len(argument) != 1 or not isinstance(argument[0], Value):
        return False
    return argument[0].output is None and flow.calls[argument[0].node].many


def _keys(flow: Flow, call: CallFlow, layer: Layer, first: Any, ctx: Context) -> Any:
    """What it is called on, where that is all that a model with named outputs gives."""
    argument = call.node.argument
    if isinstance(argument, list) and len(argument) == 1 and layer.takes != "list":
        argument = argument[0]
    parts = argument if isinstance(argument, list) else [argument]
    whole = [part for part in parts if isinstance(part, Value) and part.output is None]
    keys = next((flow.calls[part.node].keys for part in whole if flow.calls[part.node].keys), ())
    if not keys or (layer.takes == "any" and not layer.holds_model):
        call.keys = keys
        return first
    own: list[str] = []
    if layer.holds_model and argument is parts[0]:
        graph: Graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        own = [graph.nodes[index].name for index in graph.inputs]
    if not own or set(own) != set(keys):
        wants = "tensors, not a mapping of them (take each: `name:0`)"
        fact = WrongInputCount(wants=wants, given=len(keys), whole=True, keras=None)
        later = layer.loose_later and call.node.base != call.node.index
        if later or (layer.holds_model and len(parts) > 1):
            ctx.unknown(fact)  # Keras does not look, and what comes out is an accident
        ctx.refuse(fact)
    ctx.by_name = True
    tensors = flow.calls[parts[0].node].by_key()
    found = [tensors[name] for name in own]
    return found if len(found) > 1 else found[0]


def _known_arguments(layer: Layer, ctx: Context) -> None:
    common = () if layer.operation else COMMON_OPTIONS
    tensors = () if layer.operation and layer.takes != "operands" else layer.call_tensors
    known = (*tensors, *layer.call_options, *common)
    for key in (*ctx.tensors, *ctx.options):
        if key not in known and not layer.opaque and type(layer).__name__ != "CustomLayer":
            name = f"{layer.class_name}.call"
            ctx.refuse(UnknownArgument(class_name=name, argument=key, known=known))


def _named(layer: Layer, first: Any, written: bool, ctx: Context) -> dict[str, Tensor]:
    """Tensors by call argument: those of a list that is written take the names in order."""
    given = first if isinstance(first, list) and written else [] if first is None else [first]
    if len(given) > len(layer.call_tensors):
        wants = f"at most {len(layer.call_tensors)} tensors"
        ctx.refuse(WrongInputCount(wants=wants, given=len(given)))
    found = dict(zip(layer.call_tensors, given, strict=False))
    for key in layer.call_tensors:
        if key in ctx.tensors:
            found[key] = ctx.tensors.pop(key)
    for key in layer.call_tensors[: layer.required_tensors]:
        if key not in found:
            ctx.refuse(MissingInput(argument=key))
    for key, tensor in found.items():
        if key.endswith("_mask") and isinstance(tensor, list):
            # Keras looks at masks when it runs
            ctx.warn(FailsWhenRun(wants=f"one tensor for `{key}`", gets=f"{len(tensor)} tensors"))
            found[key] = first_of(tensor)
        elif not isinstance(tensor, Tensor):
            wants = f"one tensor for `{key}`"
            ctx.refuse(WrongInputCount(wants=wants, given=len(flat(tensor)), whole=True))
    _known_arguments(layer, ctx)
    return {key: found[key] for key in layer.call_tensors if key in found}


def assigned(names: Sequence[str], argument: Any, named: Mapping[str, Any]) -> dict[str, Any]:
    """What an operation is called on by the names of its parameters, in their order.

    What is not named takes the names that are left; what is too much has a number for its name.
    """
    free = [name for name in names if name not in named]
    given = argument if isinstance(argument, list) else [] if argument is None else [argument]
    places = [*free, *map(str, range(len(free), len(given)))]
    found = {**dict(zip(places, given, strict=False)), **named}
    known = {name: found.pop(name) for name in names if name in found}
    return {**known, **found}


def values_read(node: Node) -> Iterator[Value]:
    """All that a call reads, in the order of its tensors: what it is called on, then options."""
    layer = node.layer
    if layer is not None and layer.takes == "operands":
        operands = assigned(layer.call_tensors, node.argument, node.named)
        yield from values_in(list(operands.values()))
    else:
        yield from values_in([node.argument, *node.named.values()])


def _operands(flow: Flow, call: CallFlow, layer: Layer, ctx: Context) -> dict[str, Tensor]:
    """The tensors of an operation by name; what is no tensor is an option of the call."""
    from lstmshape.layers.operation import Operands

    names, node = layer.call_tensors, call.node
    found: dict[str, Tensor] = {}
    for key, value in assigned(names, node.argument, node.named).items():
        if key.isdecimal():
            wants = f"at most {len(names)} tensors"
            ctx.refuse(WrongInputCount(wants=wants, given=int(key) + 1))
        tensors = _resolved(flow, value, ctx, flattened=True)
        if not _holds_tensors(tensors):
            ctx.options[key] = value
        elif isinstance(tensors, Tensor):
            found[key] = tensors
        else:
            _several_for_operand(layer, key, len(flat(tensors)), ctx)
    ctx.tensors = {**found}
    _known_arguments(layer, ctx)
    ctx.tensors = {}
    for key in names[: layer.required_tensors]:
        if key not in found and key not in ctx.options:
            ctx.refuse(MissingInput(argument=key))
    if not found:
        ctx.refuse(WrongInputCount(wants="a tensor", given=0))
    if not layer.opaque:
        _constants_fit(layer, ctx)
    return Operands(found, {key: ctx.options[key] for key in names if key in ctx.options})


def _several_for_operand(layer: Layer, key: str, given: int, ctx: Context) -> NoReturn:
    """Several tensors for one operand: refused, but where Keras asks neither shape nor dtype.

    A comparison takes a list for a number, and gives what it would with one.
    """
    wants = f"one tensor for `{key}`"
    fact = WrongInputCount(wants=wants, given=given, whole=True, keras=None)
    if not layer.looks_at_structure():
        ctx.unknown(fact)
    ctx.refuse(fact)


def _constants_fit(layer: Layer, ctx: Context) -> None:
    """What is no tensor is a number, or an array of them; in a key, an index."""
    from lstmshape.layers.constants import fault_of_constant

    needed = layer.call_tensors[: layer.required_tensors]
    for key, value in ctx.options.items():
        if key == "key" or (value is None and key not in needed):
            continue
        fault = fault_of_constant(value)
        if fault is not None:
            wants = f"a number or an array of numbers for `{key}`"
            ctx.refuse(Unmet(wants=wants, gets=fault))


def _resolved(flow: Flow, value: Any, ctx: Context, *, flattened: bool = False) -> Any:
    """Tensors for values: a Tensor, a list where several stand, or the plain option."""
    if isinstance(value, Value):
        call = flow.calls[value.node]
        if value.output is None:
            return call.together(flattened=flattened)
        if value.output >= len(call.outputs):
            name = call.node.name
            place = Place(value.path)
            fact = NoSuchOutput(
                name=name, index=value.output, outputs=len(call.outputs), place=place
            )
            ctx.refuse(fact)
        return call.outputs[value.output]
    if isinstance(value, list):
        items = [_resolved(flow, item, ctx, flattened=flattened) for item in value]
        # a list around the whole of a layer with several outputs is that list
        if len(items) == 1 and isinstance(value[0], Value) and isinstance(items[0], list):
            return items[0]
        return items
    return value


def _only_tensors(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_only_tensors, value))
    return isinstance(value, Tensor)


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_tensors(item) for item in value)
    return isinstance(value, Tensor)
