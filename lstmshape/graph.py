"""From a spec to a graph of calls: names resolved, layers made, the order in which to call them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lstmshape.binding import INPUT_ARGUMENTS, Binder, meant_input
from lstmshape.facts import (
    AmbiguousInput,
    Cycle,
    DuplicateName,
    Fact,
    NoInput,
    UnknownReference,
)
from lstmshape.layers import find
from lstmshape.layers.base import Layer
from lstmshape.model import UNREADABLE, InputSpec, LayerSpec, ModelSpec, Ref
from lstmshape.naming import Namer
from lstmshape.source import Path, Place
from lstmshape.spec import each_ref


class Value(NamedTuple):
    """Output number `output` of a node; None stands for all that the node gives."""

    node: int
    output: int | None
    path: Path


def values_in(structure: Any) -> Iterator[Value]:
    """The values in what a node is called on, in order."""
    if isinstance(structure, Value):
        yield structure
    elif isinstance(structure, (list, dict)):
        for item in structure.values() if isinstance(structure, dict) else structure:
            yield from values_in(item)


class Node:
    """An input of the model, or one call of a layer."""

    __slots__ = (
        "argument", "base", "broken", "index", "input", "layer", "name", "named", "needs", "path",
        "spec",
    )  # fmt: skip

    def __init__(self, index: int, name: str, path: Path) -> None:
        self.index = index
        self.name = name
        self.path = path
        #: set for an input of the model
        self.input: InputSpec | None = None
        #: set for a call; None when Keras would not make the layer
        self.layer: Layer | None = None
        self.spec: LayerSpec | None = None
        #: the node that owns the layer, for a `reuse`; else its own index
        self.base = index
        #: what it is called on first: a Value, a list of Values, or None
        self.argument: Any = None
        #: further call arguments: Values, lists of Values, or plain options
        self.named: dict[str, Any] = {}
        #: the nodes that it reads
        self.needs: list[int] = []
        #: it cannot be called at all, and the graph's facts say why
        self.broken = False

    @property
    def place(self) -> Place:
        """Where its class, or its input, is written."""
        if self.spec is not None and self.spec.class_name is not None:
            return Place(self.spec.class_path, "key")
        if self.spec is not None and self.spec.reuse is not None:
            return Place((*self.path, "reuse"))
        return Place(self.path)


class Graph:
    """The calls of a model, in the order written (`nodes`) and in an order to run (`order`)."""

    __slots__ = ("by_name", "circular", "inputs", "nodes", "order", "outputs", "spec")

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.nodes: list[Node] = []
        self.inputs: list[int] = []
        self.order: list[int] = []
        #: (name or None, what) of each output
        self.outputs: list[tuple[str | None, Value]] = []
        self.by_name: dict[str, int] = {}
        #: calls that give Keras the very tensors that they read
        self.circular: list[int] = []

    def reached(self) -> set[int]:
        """The nodes on which the outputs depend."""
        waiting = [value.node for _, value in self.outputs]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(self.nodes[node].needs)
        return seen


class _Builder:
    def __init__(self, spec: ModelSpec, binder: Binder, *, deferred: bool) -> None:
        self.graph = Graph(spec)
        self.spec = spec
        self.binder = binder
        self.facts = binder.facts
        #: a Sequential inside a model: it may take its input from where it is called
        self.deferred = deferred

    def build(self) -> Graph:
        for input_spec in self.spec.inputs:
            self._input(input_spec, input_spec.path)
        if not self.spec.inputs and self.spec.layers:
            self._implied_input(self.spec.layers[0])
        for entry in self.spec.layers:
            if _is_input(entry):
                self._input(self._input_of(entry), entry.path, entry)
            elif entry.reuse is None:
                self._layer(entry)
            else:
                self._node(entry.name or entry.reuse, entry, fresh=entry.name is not None)
        self._connect()
        self._outputs()
        self._sort()
        return self.graph

    # -- nodes ------------------------------------------------------------------------------------

    def _add(self, name: str, path: Path, *, fresh: bool = True) -> Node:
        node = Node(len(self.graph.nodes), name, path)
        self.graph.nodes.append(node)
        if fresh:
            first = self.graph.by_name.setdefault(name, node.index)
            if first != node.index:
                place = self.graph.nodes[first].place
                self.facts.append(DuplicateName(name=name, first=place, place=Place(path)))
        return node

    def _input(self, spec: InputSpec, path: Path, entry: LayerSpec | None = None) -> None:
        name = spec.name if spec.name is not None else self.binder.namer.take("input_layer")
        node = self._add(name, path)
        node.input = spec._replace(name=name)
        node.spec = entry
        node.broken = spec.shape is None and not (self.deferred and spec.path == self.spec.path)
        self.graph.inputs.append(node.index)

    def _input_of(self, entry: LayerSpec) -> InputSpec:
        """The input that an InputLayer entry says."""
        layer = self.binder.layer(entry)
        if layer is None:
            return InputSpec(None, None, "float32", None, entry.path)
        said: InputSpec = layer.input_spec()  # type: ignore[attr-defined]  # only InputLayer
        return said._replace(path=entry.path)

    def _implied_input(self, first: LayerSpec) -> None:
        """No input is written: a first layer may say it in the old way, or the caller does."""
        if _is_input(first):
            return
        cls = find(first.class_name) if first.class_name else None
        path = self.spec.path
        if cls is not None and any(
            key in first.arguments and key not in cls.arguments for key in INPUT_ARGUMENTS
        ):
            shape = meant_input(cls, first.arguments)
            if shape is not None:
                self._input(InputSpec(None, shape, "float32", None, first.path), first.path)
                return
        if self.deferred:
            # no reference can say this name
            self._input(InputSpec("(input)", None, "float32", None, path), path)

    def _layer(self, entry: LayerSpec) -> None:
        first = not self.spec.inputs and entry is self.spec.layers[0]
        layer = self.binder.layer(entry, first=first)
        own = entry.arguments.get("name")
        if layer is not None:
            name = str(layer.name)
        elif isinstance(own, str):
            name = own
        else:
            name = self.binder.namer.take(_base_name(entry))
        node = self._node(name, entry)
        node.layer = layer
        node.broken = layer is None
        if layer is not None and layer.gives_what_it_reads:
            self.graph.circular.append(node.index)

    def _node(self, name: str, entry: LayerSpec, *, fresh: bool = True) -> Node:
        node = self._add(name, entry.path, fresh=fresh)
        node.spec = entry
        return node

    # -- edges ------------------------------------------------------------------------------------

    def _connect(self) -> None:
        before: int | None = None
        for node in self.graph.nodes:
            entry = node.spec
            if node.input is not None:
                before = node.index
                continue
            assert entry is not None
            if entry.reuse is not None:
                self._share(node, entry)
            if isinstance(entry.inputs, dict):
                node.named = {key: self._resolve(refs, node) for key, refs in entry.inputs.items()}
            elif entry.inputs is not None:
                node.argument = self._resolve(entry.inputs, node)
            else:
                node.argument = self._before(node, before)
            for key, refs in entry.call.items():
                node.named[key] = self._call_argument(key, refs, node)
            before = node.index

    def _share(self, node: Node, entry: LayerSpec) -> None:
        owner = self.graph.by_name.get(str(entry.reuse))
        early = owner is not None and owner < node.index
        if owner is None or not early or self.graph.nodes[owner].input is not None:
            self._unknown(str(entry.reuse), (*entry.path, "reuse"), node)
            return
        node.base = self.graph.nodes[owner].base
        node.layer = self.graph.nodes[owner].layer
        node.broken = node.layer is None
        if node.layer is not None and node.layer.gives_what_it_reads:
            self.graph.circular.append(node.index)

    def _before(self, node: Node, before: int | None) -> Value | None:
        """The whole of what stands before: the layer, or the only input."""
        inputs = self.graph.inputs
        if before is None or (before in inputs and not self._only(before)):
            node.broken = True
            place = node.place
            if inputs:
                names = tuple(self.graph.nodes[i].name for i in inputs)
                self.facts.append(AmbiguousInput(inputs=names, place=place))
            else:
                self.facts.append(NoInput(place=place))
            return None
        return self._read(node, Value(before, None, node.path))

    def _only(self, before: int) -> bool:
        """Whether an input that stands before is the only one, or written among the layers."""
        return len(self.graph.inputs) == 1 or self.graph.nodes[before].spec is not None

    def _read(self, node: Node, value: Value) -> Value:
        node.needs.append(value.node)
        return value

    def _resolve(self, refs: Any, node: Node) -> Any:
        if isinstance(refs, Ref):
            found = self._find(refs)
            if found is None:
                self._unknown(refs.name, refs.path, node)
                return None
            return self._read(node, Value(found, refs.output, refs.path))
        if isinstance(refs, list):
            return [self._resolve(ref, node) for ref in refs]
        if refs is UNREADABLE:
            node.broken = True
            return None
        return refs

    def _find(self, ref: Ref) -> int | None:
        return self.graph.by_name.get(ref.name)

    def _call_argument(self, key: str, refs: Any, node: Node) -> Any:
        """A text in an option (`data_format`) is no reference; in a tensor argument it is."""
        return self._resolve(refs, node)

    def _unknown(self, name: str, path: Path, node: Node) -> None:
        node.broken = True
        known = tuple(self.graph.by_name)
        self.facts.append(UnknownReference(name=name, known=known, place=Place(path)))

    # -- outputs and order -------------------------------------------------------------------------

    def _outputs(self) -> None:
        written = self.spec.outputs
        nodes = self.graph.nodes
        if written is None:
            if nodes and self.spec.layers:
                self.graph.outputs = [(None, Value(len(nodes) - 1, None, nodes[-1].path))]
            return
        named = list(written) if isinstance(written, dict) else []
        for number, ref in enumerate(each_ref(written)):
            found = self._find(ref)
            if found is None:
                known = tuple(self.graph.by_name)
                fact = UnknownReference(name=ref.name, known=known, place=Place(ref.path))
                self.facts.append(fact)
            else:
                name = named[number] if number < len(named) else None
                self.graph.outputs.append((name, Value(found, ref.output, ref.path)))

    def _sort(self) -> None:
        """Kahn's order, the order as written where it can be kept; what is left is in a cycle."""
        nodes = self.graph.nodes
        if all(need < node.index for node in nodes for need in node.needs):
            self.graph.order = list(range(len(nodes)))
            return
        missing = [len(set(node.needs)) for node in nodes]
        readers: list[list[int]] = [[] for _ in nodes]
        for node in nodes:
            for need in set(node.needs):
                readers[need].append(node.index)
        ready = [n for n in range(len(nodes) - 1, -1, -1) if not missing[n]]
        while ready:
            here = ready.pop()
            self.graph.order.append(here)
            for reader in reversed(readers[here]):
                missing[reader] -= 1
                if not missing[reader]:
                    ready.append(reader)
        done = set(self.graph.order)
        left = [n for n in range(len(nodes)) if n not in done]
        for cycle in self._cycles(left):
            names = tuple(nodes[n].name for n in cycle)
            self.facts.append(Cycle(names=names, place=nodes[cycle[0]].place))
            for n in cycle:
                nodes[n].broken = True
        self.graph.order += left

    def _cycles(self, left: list[int]) -> list[list[int]]:
        """One way round for each cycle among the nodes that could not be ordered."""
        inside, found, seen = set(left), [], set()
        for start in left:
            trail: list[int] = []
            here: int | None = start
            while here is not None and here not in seen:
                seen.add(here)
                trail.append(here)
                here = next((n for n in self.graph.nodes[here].needs if n in inside), None)
            if here in trail:
                ring = trail[trail.index(here) :][::-1]
                first = ring.index(min(ring))
                found.append(ring[first:] + ring[:first])
        return found


def _is_input(entry: LayerSpec) -> bool:
    return entry.class_name in ("InputLayer", "Input")


def _base_name(entry: LayerSpec) -> str:
    """What an automatic name begins with for a layer that could not be made."""
    from lstmshape.naming import snake_case

    cls = find(entry.class_name) if entry.class_name else None
    return (
        cls.base_name() if cls is not None else snake_case(entry.class_name or "layer") or "layer"
    )


def build_graph(spec: ModelSpec) -> tuple[Graph, list[Fact]]:
    """The graph of a model and what is wrong with its names, layers and arguments."""
    facts: list[Fact] = []

    def nested(sub: ModelSpec, binder: Binder, deferred: bool) -> Graph:
        return _Builder(sub, binder, deferred=deferred).build()

    binder = Binder(Namer(), facts, nested)
    return _Builder(spec, binder, deferred=False).build(), facts
