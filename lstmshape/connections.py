"""What Keras refuses only when the calls are joined to a model: outputs that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.facts import Fact, NoSuchOutput, Unmet
from lstmshape.flow import Flow
from lstmshape.graph import Node, values_in
from lstmshape.source import Place


def check_connections(flow: Flow) -> None:
    """Add what is wrong with how the outputs hang on the calls. Calls stay "ok", as in Keras."""
    for _, value in flow.graph.outputs:
        call = flow.calls[value.node]
        if call.status == "ok" and value.output is not None and value.output >= len(call.outputs):
            count = len(call.outputs)
            fact = NoSuchOutput(name=call.node.name, index=value.output, outputs=count)
            fact.place = Place(value.path)
            flow.facts.append(fact)
    if flow.graph.circular:
        flow.facts += _circles(flow)
    if any(call.node.base != call.node.index for call in flow.calls):
        flow.facts += _beyond_first(flow)


def _circles(flow: Flow) -> Iterator[Fact]:
    """What gives the very tensor that it reads is, for Keras, a cycle behind that tensor.

    Only an input of the model, read by others, can bear it: Keras stops there.
    """
    graph = flow.graph
    same = _tensors(flow)
    ringed = {
        tensor: index
        for index in graph.circular
        if flow.calls[index].status == "ok"
        for number, tensor in enumerate(same[index])
        if tensor != (index, number)
    }
    found = {ringed[tensor] for tensor in _outputs_of(flow, same) if tensor in ringed}
    for index in graph.reached():
        node = graph.nodes[index]
        if index in graph.circular and node.layer is not None:
            continue
        for tensor in _reads(same, node):
            if tensor in ringed and graph.nodes[tensor[0]].input is None:
                found.add(ringed[tensor])
    for index in sorted(found):
        node = graph.nodes[index]
        name = node.layer.class_name if node.layer is not None else node.name
        gets = f"{name}, which gives Keras the very tensor that it reads: a cycle"
        yield _refusal(node, "a tensor of its own", gets)


def _tensors(flow: Flow) -> list[list[tuple[int, int]]]:
    """The tensors that each node gives: its own, or those that it reads."""
    same = [[(n, k) for k in range(len(call.outputs))] for n, call in enumerate(flow.calls)]
    circular = set(flow.graph.circular)
    for index in flow.graph.order:
        if index in circular and flow.calls[index].status == "ok":
            reads = list(_reads(same, flow.graph.nodes[index]))
            same[index] = [
                same[index][n] if cast else tensor
                for n, (tensor, cast) in enumerate(zip(reads, _casts(flow, index), strict=False))
            ]
    return same


def _casts(flow: Flow, index: int) -> list[bool]:
    """Of which tensors a call makes its own, since they come in another dtype."""
    call = flow.calls[index]
    pairs = zip(call.tensors, call.outputs, strict=True)
    return [given.dtype != out.dtype for given, out in pairs]


def _reads(same: list[list[tuple[int, int]]], node: Node) -> Iterator[tuple[int, int]]:
    for value in (*values_in(node.argument), *values_in(node.named)):
        given = same[value.node]
        yield from given if value.output is None else given[value.output : value.output + 1]


def _outputs_of(flow: Flow, same: list[list[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    for _, value in flow.graph.outputs:
        given = same[value.node]
        yield from given if value.output is None else given[value.output : value.output + 1]


def _beyond_first(flow: Flow) -> Iterator[Fact]:
    """A shared layer gives, for Keras, as many outputs as its first call; no more."""
    reached = flow.graph.reached()
    readers = [value for _, value in flow.graph.outputs]
    for index in reached:
        node = flow.graph.nodes[index]
        readers += values_in(node.argument)
        readers += values_in(node.named)
    found: set[int] = set()
    for value in readers:
        call = flow.calls[value.node]
        first = len(flow.calls[call.node.base].outputs)
        last = len(call.outputs) - 1 if value.output is None else value.output
        if call.status == "ok" and first <= last < len(call.outputs) and value.node not in found:
            found.add(value.node)
            wants = f"no more outputs than in the first call of the layer: {first}"
            yield _refusal(call.node, wants, f"{len(call.outputs)} in this one")


def _refusal(node: Node, wants: str, gets: str) -> Unmet:
    fact = Unmet(wants=wants, gets=gets, place=node.place)
    fact.keras, fact.call = "refuses", node.index
    return fact
