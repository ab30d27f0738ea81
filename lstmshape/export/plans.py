"""A judged model as the steps by which Keras makes it: what both Keras targets write down.

Only what an output depends on is in a plan, and of the arguments only those that say something.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from lstmshape.calls import assigned
from lstmshape.case import Case
from lstmshape.export.errors import CannotExport
from lstmshape.flow import CallFlow, Flow
from lstmshape.graph import Graph, Node, Value, values_in
from lstmshape.layers.arguments import Argument, Invalid
from lstmshape.layers.base import Layer
from lstmshape.layers.constants import dtype_of_constant
from lstmshape.layers.objects import CONSTRAINTS, INITIALIZERS, REGULARIZERS
from lstmshape.layers.operation import Operation
from lstmshape.model import Array
from lstmshape.propagate import flow_of
from lstmshape.slices import ELLIPSIS
from lstmshape.source import Path

#: where an argument's value is looked up, by the last word of its name
_FAMILIES = {
    "initializer": INITIALIZERS, "regularizer": REGULARIZERS, "constraint": CONSTRAINTS,
}  # fmt: skip


class Made(NamedTuple):
    """An object of Keras that is no layer: an initializer, a loss, an optimizer."""

    module: str
    class_name: str
    arguments: dict[str, Any]


#: the class of layers whose class is not Keras's
CUSTOM = "CustomLayer"


class LayerPlan:
    """A layer and its arguments: plain values, `Made`, `LayerPlan` and lists of them."""

    __slots__ = ("arguments", "class_name", "layer", "model", "name", "named")

    def __init__(self, layer: Layer, arguments: dict[str, Any], *, named: bool) -> None:
        self.layer = layer
        self.class_name = layer.class_name
        self.name = str(layer.name)
        #: whether a person gave it its name
        self.named = named
        #: without `name`
        self.arguments = arguments
        #: what is in it, if it is a model
        self.model: ModelPlan | None = None

    def inner(self) -> Iterator[LayerPlan]:
        """The layers in its arguments."""
        for value in self.arguments.values():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, LayerPlan):
                    yield item


class InputPlan(NamedTuple):
    """An input of a model; `shape` is without the batch axis, open sizes are None."""

    node: int
    name: str
    shape: tuple[int | None, ...]
    dtype: str
    batch_size: int | None
    #: whether a person gave it its name
    named: bool


class CallPlan(NamedTuple):
    """One call: structures of `Value` and plain options."""

    node: Node
    layer: LayerPlan
    args: list[Any]
    kwargs: dict[str, Any]


class ModelPlan:
    """A model as inputs, calls in an order to make them in, and outputs."""

    __slots__ = ("calls", "chain", "flow", "graph", "inputs", "name", "outputs", "trainable")

    def __init__(self, graph: Graph, flow: Flow | None, name: str) -> None:
        self.graph = graph
        #: None for a chain that takes its input from where it is called
        self.flow = flow
        self.name = name
        self.trainable = True
        self.inputs: list[InputPlan] = []
        self.calls: list[CallPlan] = []
        #: a Value, or a list or mapping of them
        self.outputs: Any = None
        #: whether each layer reads the one tensor of the one before it
        self.chain = False

    def layers(self) -> list[LayerPlan]:
        """The layers that are called, each once, in the order of their first calls."""
        found = {id(call.layer): call.layer for call in self.calls}
        return list(found.values())

    def call_of(self, value: Value) -> CallFlow:
        assert self.flow is not None, "a chain is written without looking at its tensors"
        return self.flow.calls[value.node]

    def is_many(self, value: Value) -> bool:
        """Whether a value stands for a tuple, list or mapping of tensors."""
        call = self.call_of(value)
        return value.output is None and (call.many or len(call.outputs) > 1)

    def each(self, value: Value) -> list[Value]:
        """The single tensors of a value."""
        count = len(self.call_of(value).outputs)
        return [value._replace(output=n) for n in range(count)] if self.is_many(value) else [value]

    def keys(self, value: Value) -> tuple[str, ...]:
        """The names of all that its node gives, where that is a mapping."""
        return tuple(self.call_of(value).keys)


def plan_of(case: Case, name: str, *, custom: bool = False) -> ModelPlan:
    """The plan of a whole model that `check` finds no error in. Raises `CannotExport`.

    `custom`: classes that are not Keras's are in it, for a target that can name them.
    """
    plan = _Planner(case, custom=custom).model(case.graph, case.flow, name)
    plan.trainable = case.spec.trainable
    return plan


class _Planner:
    def __init__(self, case: Case, *, custom: bool) -> None:
        self.case = case
        self.custom = custom
        self.bindings = case.spec.bindings
        self._layers: dict[int, LayerPlan] = {}

    # -- models ---------------------------------------------------------------------------------

    def model(self, graph: Graph, flow: Flow | None, name: str) -> ModelPlan:
        plan = ModelPlan(graph, flow, name)
        reached = _needed(graph)
        plan.inputs = [self._input(graph.nodes[n]) for n in graph.inputs if _said(graph.nodes[n])]
        for index in graph.order:
            node = graph.nodes[index]
            if node.input is None and index in reached:
                assert node.layer is not None, "no error was found"
                if flow is not None and flow.calls[index].status != "ok":
                    raise CannotExport(
                        f"nobody knows what comes out of `{node.name}`: `output_shape` may say it"
                    )
                plan.calls.append(self._call(node))
        plan.outputs = _outputs(plan)
        plan.chain = _is_chain(plan)
        return plan

    def _input(self, node: Node) -> InputPlan:
        spec = node.input
        assert spec is not None
        assert spec.shape is not None
        sizes = [self.bindings.get(d) if isinstance(d, str) else d for d in spec.shape]
        # a name of Keras's own is not in the tree
        named = isinstance(spec.name, str) and not spec.name.startswith("input_layer")
        return InputPlan(
            node.index, str(spec.name), tuple(sizes), spec.dtype, spec.batch_size, named
        )

    def _call(self, node: Node) -> CallPlan:
        assert node.layer is not None
        plan = self._layers.get(id(node.layer)) or self._layer(node.layer)
        self._layers[id(node.layer)] = plan
        args, kwargs = _called_on(node, node.layer)
        return CallPlan(node, plan, args, kwargs)

    # -- layers ---------------------------------------------------------------------------------

    def _layer(self, layer: Layer) -> LayerPlan:
        if layer.class_name == CUSTOM and self.custom and not _named_only(layer):
            return self._custom(layer)
        # `package>Class` is no layer of Keras 3, or one that Keras keeps to itself
        sayable = is_keras_operation(layer) or kept_in(layer) is not None
        if not sayable and (layer.opaque or ">" in str(layer.written)):
            raise CannotExport(f"`{layer.name}` is a `{layer.written}`, {_why_not(layer)}")
        written = self._written(layer)
        named = isinstance(written.get("name"), str)
        if layer.holds_model:
            return self._nested(layer, named=named)
        arguments: dict[str, Any] = {}
        for key, value in written.items():
            known = layer.arguments.get(key)
            # what Keras takes and ignores (`input_shape` of a later layer) is not written anew
            if known is not None and key not in ("name", *only_for_check(layer)):
                self._argument(layer, key, known, value, arguments)
        return LayerPlan(layer, arguments, named=named)

    def _custom(self, layer: Layer) -> LayerPlan:
        """A layer of a class that is not Keras's: its arguments as they stand."""
        written = self._written(layer)
        said = {k: v for k, v in written.items() if k not in ("name", "output_shape")}
        return LayerPlan(layer, said, named=isinstance(written.get("name"), str))

    def _written(self, layer: Layer) -> dict[str, Any]:
        """The arguments of a layer as its entry in the tree has them."""
        entry = _at(self.case.tree, layer.path)
        found = entry.get(layer.written) if isinstance(entry, dict) else None
        return found if isinstance(found, dict) else {}

    def _nested(self, layer: Layer, *, named: bool) -> LayerPlan:
        plan = LayerPlan(layer, {}, named=named)
        graph: Graph = copy.copy(layer.graph)  # type: ignore[attr-defined]  # it holds a model
        graph.spec = graph.spec._replace(bindings=self.bindings, bounds=self.case.spec.bounds)
        own = all(_said(graph.nodes[n]) for n in graph.inputs)
        plan.model = self.model(graph, flow_of(graph) if own else None, plan.name)
        plan.model.trainable = layer.trainable
        return plan

    def _argument(
        self, layer: Layer, key: str, known: Argument, value: Any, arguments: dict[str, Any]
    ) -> None:
        if known.kind.holds:
            bound = layer.__dict__[key]
            if isinstance(bound, tuple):
                arguments[key] = [self._layer(item) for item in bound]
            elif bound is not None:
                arguments[key] = self._layer(bound)
            return
        used = _used(known, value)
        if known.required or not _same(used, known.default):
            arguments[key] = _object(key, value, used)


def kept_in(layer: Layer) -> str | None:
    """The module of a class that Keras has outside `keras.layers`; None for any other."""
    if not str(layer.written).startswith("keras>"):
        return None
    from lstmshape.layers.retired import KEPT

    return KEPT.get(str(layer.written))


def _named_only(layer: Layer) -> bool:
    """Whether it is Keras's own, and more than its name is not in the spec."""
    return str(layer.written).startswith("keras>")


def _why_not(layer: Layer) -> str:
    if _named_only(layer):
        return "which is called on more than a spec can say"
    if layer.class_name in (CUSTOM, "Lambda"):
        what = "code" if layer.class_name == "Lambda" else "a class that is not Keras's"
        return f"{what}: `lstmshape.keras.build` takes it from its caller"
    return "which Keras 3 does not have"


def is_keras_operation(layer: Layer) -> bool:
    """Whether it is an operation that Keras 3 has."""
    return isinstance(layer, Operation) and bool(layer.module)


def only_for_check(layer: Layer) -> tuple[str, ...]:
    """Arguments that are for `check` alone."""
    return ("output_shape",) if layer.operation else ()


def _needed(graph: Graph) -> set[int]:
    """The nodes on which the outputs depend, and those on which their layers were built."""
    found: set[int] = set()
    waiting = list(graph.reached())
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            node = graph.nodes[index]
            waiting += [node.base, *node.needs]
    return found


def _said(node: Node) -> bool:
    """Whether an input says its shape."""
    return node.input is not None and node.input.shape is not None


def _used(known: Argument, value: Any) -> Any:
    """What Keras makes of a value."""
    try:
        return known.kind.check(value)
    except Invalid as odd:  # Keras takes it, and a warning has said what it means
        return odd.value


def _same(used: Any, default: Any) -> bool:
    if isinstance(used, bool) or isinstance(default, bool):
        return used is default
    if isinstance(used, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(used) == list(default)
    return bool(used == default)


def _object(key: str, value: Any, used: Any) -> Any:
    """A value as it is best written: objects made out, what a file saved said shortly."""
    if not isinstance(value, dict):
        return value if isinstance(value, (list, str)) else used
    family = _FAMILIES.get(key.rpartition("_")[2])
    made = family.read(value) if family is not None else None
    if made is None or family is None:
        return used
    return Made(family.module, made.class_name, made.config)


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


# -- how layers are called ----------------------------------------------------------------------


def _called_on(node: Node, layer: Layer) -> tuple[list[Any], dict[str, Any]]:
    """The positional and the named arguments of a call."""
    named = dict(node.named)
    argument = node.argument
    if layer.operation:
        return _operands(argument, named, layer)
    if argument is None:
        own = _own_inputs(layer)
        if own and all(name in named for name in own):
            return [{name: named.pop(name) for name in own}], named
        return [], named
    if isinstance(argument, list):
        if layer.takes == "named":
            return argument, named
        if len(argument) == 1 and layer.takes != "list":
            return argument, named
    return [argument], named


def _operands(
    argument: Any, named: dict[str, Any], layer: Layer
) -> tuple[list[Any], dict[str, Any]]:
    """As many operands by position as Keras itself would write."""
    if layer.takes in ("list", "any") and argument is not None:
        several = argument if isinstance(argument, list) else [argument]
        return ([several] if layer.call_tensors else several), named
    names = layer.call_tensors
    found = {
        key: _indices(value) if key == "key" else _arrays(value)
        for key, value in assigned(names, argument, named).items()
    }
    return [found.pop(name) for name in _leading(names, found)], found


def _indices(value: Any) -> Any:
    """An index, or a list of them, as Python has it."""
    if type(value) is list:
        return [_indices(item) for item in value]
    return ... if value == ELLIPSIS else value


def _arrays(value: Any) -> Any:
    """A list of numbers as the array that it is."""
    if isinstance(value, list) and not any(values_in(value)):
        return Array(value, dtype_of_constant(value))
    return value


def _leading(names: Sequence[str], found: Mapping[str, Any]) -> list[str]:
    """The names before the first one that is not found."""
    return list(takewhile(lambda name: name in found, names))


def _own_inputs(layer: Layer) -> list[str]:
    """The names of the inputs of a model inside, which takes a mapping by them."""
    if not layer.holds_model:
        return []
    graph: Graph = layer.graph  # type: ignore[attr-defined]  # it holds a model
    return [graph.nodes[index].name for index in graph.inputs]


def _outputs(plan: ModelPlan) -> Any:
    """What the model gives: one value, or a list or mapping as its spec says."""
    found = plan.graph.outputs
    if isinstance(plan.graph.spec.outputs, Mapping):
        return {str(name): value for name, value in found}
    if len(found) == 1:
        return found[0][1]
    return [single for _, value in found for single in plan.each(value)]


def _is_chain(plan: ModelPlan) -> bool:
    """Whether `keras.Sequential` says it: one input, each call on the one tensor before it."""
    if len(plan.graph.inputs) != 1 or not isinstance(plan.outputs, Value) or not plan.calls:
        return False
    before = plan.graph.inputs[0]
    for call in plan.calls:
        (value,) = call.args if len(call.args) == 1 else (None,)
        if not isinstance(value, Value) or value.node != before or call.kwargs:
            return False
        if call.layer.layer.operation:
            return False
        if plan.flow is not None:
            flow = plan.flow.calls[call.node.index]
            if flow.many or len(flow.outputs) != 1:
                return False
        before = call.node.index
    once = len(plan.layers()) == len(plan.calls)
    return once and plan.outputs.node == before
