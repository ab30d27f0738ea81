"""What a layer is called on: references resolved to tensors, and their structure checked."""

from __future__ import annotations

from typing import Any

from lstmshape.facts import MissingInput, NoSuchOutput, UnknownArgument, WrongInputCount
from lstmshape.flow import CallFlow, Flow
from lstmshape.graph import Value
from lstmshape.layers.base import Layer, Tensor
from lstmshape.layers.context import Context
from lstmshape.source import Place

#: names of a first call argument, where `inputs:` is a mapping
FIRST_NAMES = ("inputs", "sequences", "sequence", "x", "input")
#: call arguments that any layer takes
COMMON_OPTIONS = ("training", "mask")


def take(flow: Flow, call: CallFlow, layer: Layer, ctx: Context) -> None:
    """Resolve what the layer is called on, and check its structure as `takes` says."""
    node = call.node
    ctx.options, ctx.tensors = {}, {}
    first = None if node.argument is None else _resolved(flow, node.argument, ctx)
    if layer.takes in ("list", "named") and _wraps_whole(flow, node.argument):
        wants = "each tensor by itself (`name:0`, `name:1`)"
        ctx.refuse(WrongInputCount(wants=wants, given=len(first), whole=True))
    for key, value in node.named.items():
        tensors = _resolved(flow, value, ctx)
        if _holds_tensors(tensors):
            ctx.tensors[key] = tensors
        else:
            ctx.options[key] = value
    if layer.takes == "named":
        call.x = _named(layer, first, not isinstance(node.argument, Value), ctx)
        return
    if first is None:
        called = next((name for name in FIRST_NAMES if name in ctx.tensors), None)
        if called is None:
            ctx.refuse(MissingInput(argument=FIRST_NAMES[0]))
        first = ctx.tensors.pop(called)
    _known_arguments(layer, ctx)
    call.x = _structured(flow, call, layer, first, ctx)


def _structured(flow: Flow, call: CallFlow, layer: Layer, first: Any, ctx: Context) -> Any:
    if isinstance(first, list):
        if any(isinstance(item, list) for item in first):
            first = _flat(first)
            if layer.takes != "any":
                wants = "one tensor" if layer.takes == "one" else "a list of tensors"
                ctx.refuse(WrongInputCount(wants=wants, given=len(first), whole=True))
            return first
        written = not isinstance(call.node.argument, Value)
        if layer.takes != "list" and len(first) == 1 and written:
            return first[0]
        whole = not written
        if layer.takes == "one":
            ctx.refuse(WrongInputCount(wants="one tensor", given=len(first), whole=whole))
        if whole and layer.wants_list:
            ctx.refuse(WrongInputCount(wants="a list of tensors", given=len(first), whole=whole))
        return first
    if layer.takes == "list":
        ctx.refuse(WrongInputCount(wants="a list of tensors", given=1))
    return first


def _wraps_whole(flow: Flow, argument: Any) -> bool:
    """Whether it is a list of one, which is all that a layer with several outputs gives."""
    if not isinstance(argument, list) or len(argument) != 1 or not isinstance(argument[0], Value):
        return False
    return argument[0].output is None and flow.calls[argument[0].node].many


def _flat(items: list[Any]) -> list[Tensor]:
    return [t for item in items for t in (_flat(item) if isinstance(item, list) else [item])]


def _known_arguments(layer: Layer, ctx: Context) -> None:
    known = (*layer.call_tensors, *layer.call_options, *COMMON_OPTIONS)
    for key in (*ctx.tensors, *ctx.options):
        if key not in known and not layer.holds_model and type(layer).__name__ != "CustomLayer":
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
        if not isinstance(tensor, Tensor):
            wants = f"one tensor for `{key}`"
            ctx.refuse(WrongInputCount(wants=wants, given=len(_flat(tensor)), whole=True))
    _known_arguments(layer, ctx)
    return {key: found[key] for key in layer.call_tensors if key in found}


def _resolved(flow: Flow, value: Any, ctx: Context) -> Any:
    """Tensors for values: a Tensor, a list where several stand, or the plain option."""
    if isinstance(value, Value):
        call = flow.calls[value.node]
        if value.output is None:
            return list(call.outputs) if call.many else call.outputs[0]
        if value.output >= len(call.outputs):
            name = call.node.name
            place = Place(value.path)
            fact = NoSuchOutput(
                name=name, index=value.output, outputs=len(call.outputs), place=place
            )
            ctx.refuse(fact)
        return call.outputs[value.output]
    if isinstance(value, list):
        items = [_resolved(flow, item, ctx) for item in value]
        # a list around the whole of a layer with several outputs is that list
        if len(items) == 1 and isinstance(value[0], Value) and isinstance(items[0], list):
            return items[0]
        return items
    return value


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds_tensors(item) for item in value)
    return isinstance(value, Tensor)
