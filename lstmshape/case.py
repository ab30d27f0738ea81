"""A model judged: everything that the stages found, for rules to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstmshape.changes import ENTRY_KEYS
from lstmshape.dims import Shape
from lstmshape.facts import Clash, Fact
from lstmshape.flow import CallFlow, Flow
from lstmshape.graph import Graph, Node, Value, build_graph, values_in
from lstmshape.layers.base import Layer
from lstmshape.model import ModelSpec
from lstmshape.propagate import flow_of
from lstmshape.source import Path
from lstmshape.spec import read_spec


class Options:
    """What the command line or the configuration adds to a spec."""

    __slots__ = ("batch_size", "dims", "x", "y")

    def __init__(
        self,
        dims: Mapping[str, int] | None = None,
        batch_size: int | None = None,
        x: Any = None,
        y: Any = None,
    ) -> None:
        self.dims = dict(dims or {})
        self.batch_size = batch_size
        #: as `data.x` and `data.y` of a spec
        self.x = x
        self.y = y


NO_OPTIONS = Options()


class Case:
    """One model and what became of it."""

    __slots__ = ("_by_path", "facts", "flow", "graph", "options", "spec", "tree", "where")

    def __init__(self, tree: Any, options: Options, where: str | None) -> None:
        self.tree = tree
        self.options = options
        #: the folder that files named in the spec (`data`) are relative to
        self.where = where
        spec, reading = read_spec(tree)
        self.spec: ModelSpec = _with_options(spec, options)
        self.graph: Graph
        self.graph, binding = build_graph(self.spec)
        self.flow: Flow = flow_of(self.graph)
        if not self.spec.trainable:
            self.flow.freeze()
        #: all facts but those of the text
        self.facts: list[Fact] = [*reading, *binding, *_once(self.flow.facts)]
        #: made when a place is first looked up: most models have nothing wrong with them
        self._by_path: dict[Path, Node] = {}

    # -- looking things up ----------------------------------------------------------------------

    def node_at(self, path: Path) -> Node | None:
        """The call in whose entry a path lies; an input that its entry implies stands before it."""
        if not self._by_path:
            self._by_path = {node.path: node for node in self.graph.nodes if node.path}
        around = (self._by_path.get(path[:end]) for end in range(1, len(path) + 1))
        return max(filter(None, around), key=lambda node: node.index, default=None)

    def call(self, node: Node) -> CallFlow:
        return self.flow.calls[node.index]

    def sources(self, node: Node) -> Iterator[tuple[Node, Value]]:
        """The nodes that it is called on first, in order."""
        for value in values_in(node.argument if node.argument is not None else node.named):
            yield self.graph.nodes[value.node], value

    def source(self, node: Node) -> Node | None:
        """The node that it reads first."""
        return next((source for source, _ in self.sources(node)), None)

    def upstream(self, node: Node) -> Iterator[Node]:
        """The nodes before it, along the first input of each."""
        seen = {node.index}
        here = self.source(node)
        while here is not None and here.index not in seen:
            seen.add(here.index)
            yield here
            here = self.source(here)

    def readers(self, node: Node) -> list[Node]:
        """The nodes that read it."""
        return [other for other in self.graph.nodes if node.index in other.needs]

    def downstream(self, node: Node, *, forking: bool = False) -> Iterator[Node]:
        """The node and those behind it, as long as each has one reader; `forking`: the first."""
        seen: set[int] = set()
        here: Node | None = node
        while here is not None and here.index not in seen:
            seen.add(here.index)
            yield here
            readers = self.readers(here)
            here = readers[0] if len(readers) == 1 or (forking and readers) else None

    def shape(self, node: Node) -> Shape | None:
        """The first output's shape of a node."""
        outputs = self.call(node).outputs
        return outputs[0].shape if outputs else None

    def shapes_by_node(self) -> Sequence[Shape | None]:
        return [call.outputs[0].shape if call.outputs else None for call in self.flow.calls]

    def layer_at(self, path: Path) -> Layer | None:
        """The layer whose entry is at a path, also one inside another."""
        for node in self.graph.nodes:
            waiting = [node.layer] if node.layer is not None else []
            while waiting:
                layer = waiting.pop()
                if layer.path == path:
                    return layer
                waiting.extend(layer.inner())
        return None


def entry_path(path: Path) -> Path:
    """The path of the innermost layer entry around a path (itself, when it is one)."""
    for end in range(len(path), 0, -1):
        head = path[:end]
        if isinstance(head[-1], int) and len(head) > 1 and head[-2] in ("layers", "cells", "cell"):
            return head
        if head[-1] in ("layer", "backward_layer", "cell", "merge_layer") and len(head) > 2:
            return head
    return path


def _with_options(spec: ModelSpec, options: Options) -> ModelSpec:
    if options is NO_OPTIONS:
        return spec
    data = dict(spec.data)
    for key in ("x", "y", "batch_size"):
        value = getattr(options, key)
        if value is not None:
            data[key] = value
    return spec._replace(bindings={**spec.bindings, **options.dims}, data=data)


def _once(facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts; of clashes that come from one cause the first, which says how many more."""
    told: dict[tuple[Any, ...], list[Clash]] = {}
    for fact in facts:
        if isinstance(fact, Clash):
            told.setdefault((fact.text, fact.other, fact.origin), []).append(fact)
    for first, *more in told.values():
        first.more = len(more)
    again = {id(fact) for _, *more in told.values() for fact in more}
    yield from (fact for fact in facts if id(fact) not in again)


def judge(tree: Any, options: Options = NO_OPTIONS, where: str | None = None) -> Case:
    """Read, bind and propagate a tree. Never raises for what is wrong in it."""
    return Case(tree, options, where)


__all__ = ["ENTRY_KEYS", "Case", "Options", "entry_path", "judge"]
