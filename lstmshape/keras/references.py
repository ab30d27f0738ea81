"""How the entries of a model read each other: nodes, references between them, calling order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import keras

from lstmshape.keras.errors import BuildError
from lstmshape.source import Path


class Node:
    """An input or an entry: the layer, what it goes by, and what its call gave.

    `outputs` is a tensor, a tuple, list or dict of them, or None before the call; `lost` says that
    the entry was refused, or that one which it needs was.
    """

    __slots__ = ("arguments", "first", "layer", "lost", "name", "named", "outputs", "path", "reads")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outputs: Any = None
        self.layer: Any = None
        #: what it is called on, with `Ref`s where tensors will be
        self.arguments: list[Any] = []
        self.named: dict[str, Any] = {}
        self.reads: list[Node] = []
        #: the entry that made the layer, where this one calls it again
        self.first: Node | None = None
        self.name: str | None = None
        self.lost = False

    @property
    def is_input(self) -> bool:
        return isinstance(self.layer, keras.layers.InputLayer)

    @property
    def blocked(self) -> bool:
        """Whether something that it needs was refused."""
        return any(n.lost for n in self.reads) or (self.first is not None and self.first.lost)


class Ref:
    """A reference in a call: all that a node gives, or one output of it."""

    __slots__ = ("index", "node", "path")

    def __init__(self, node: Node, index: str | None, path: Path) -> None:
        self.node = node
        self.index = index
        self.path = path

    def value(self) -> Any:
        """The tensor, or the whole structure of them. The node must have been called."""
        outputs = self.node.outputs
        if self.index is None:
            return outputs
        if isinstance(outputs, Mapping) and self.index in outputs:
            return outputs[self.index]
        flat = flat_tensors(outputs)
        if not self.index.isdecimal() or int(self.index) >= len(flat):
            raise BuildError(
                f"there is no output {self.index!r} of `{self.node.name}`, which has {len(flat)}",
                self.path,
            )
        return flat[int(self.index)]


class Names:
    """The names of one model, and the nodes that go by them."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._twice: set[str] = set()

    def add(self, node: Node) -> None:
        if node.name is None:
            return
        if node.name in self._nodes:
            self._twice.add(node.name)
        self._nodes.setdefault(node.name, node)

    def find(self, name: str, path: Path) -> Node:
        if name not in self._nodes:
            raise BuildError(f"nothing here is named {name!r}", path)
        if name in self._twice:
            raise BuildError(f"more than one is named {name!r}", path)
        return self._nodes[name]

    def referred(self, written: Any, path: Path) -> Any:
        """The value with every string in it turned into a `Ref`; other plain values stay."""
        if isinstance(written, str):
            return self._ref(written, path)
        if isinstance(written, (list, tuple)):
            return [self.referred(item, (*path, i)) for i, item in enumerate(written)]
        if isinstance(written, Mapping):
            return {str(k): self.referred(v, (*path, k)) for k, v in written.items()}
        return written

    def _ref(self, text: str, path: Path) -> Ref:
        name, colon, index = text.rpartition(":")
        if colon and text not in self._nodes:
            return Ref(self.find(name, path), index, path)
        return Ref(self.find(text, path), None, path)


class Spread(NamedTuple):
    """All that a reference stands for, one by one, among the items of a list."""

    ref: Any


def refs_in(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Spread):
        yield from refs_in(value.ref)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from refs_in(item)


def flat_tensors(outputs: Any) -> list[Any]:
    """All tensors of what a call gives, as written (Keras's own flattening sorts the keys)."""
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    if not isinstance(outputs, (list, tuple)):
        return [outputs]
    return [tensor for item in outputs for tensor in flat_tensors(item)]


def tensors_in(value: Any) -> Any:
    """The value with every `Ref` in it replaced by what it stands for."""
    if isinstance(value, Ref):
        return value.value()
    if isinstance(value, list):
        return [tensor for item in value for tensor in _items_of(item)]
    if isinstance(value, dict):
        return {key: tensors_in(item) for key, item in value.items()}
    return value


def _items_of(value: Any) -> list[Any]:
    spread = isinstance(value, Spread)
    return flat_tensors(tensors_in(value.ref)) if spread else [tensors_in(value)]


def calling_order(nodes: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The nodes, each after all that it reads, else as they stand; and a ring, if there is one.

    What is not among `nodes` (the inputs) is there already. What waits for a ring is in neither.
    """
    place = {id(node): i for i, node in enumerate(nodes)}
    unmet = [{place[id(read)] for read in node.reads if id(read) in place} for node in nodes]
    readers: list[list[int]] = [[] for _ in nodes]
    for i, wanted in enumerate(unmet):
        for j in wanted:
            readers[j].append(i)
    ready = [i for i, wanted in enumerate(unmet) if not wanted]
    order = []
    while ready:
        done = heapq.heappop(ready)
        order.append(nodes[done])
        for i in readers[done]:
            unmet[i].discard(done)
            if not unmet[i]:
                heapq.heappush(ready, i)
    return order, _ring(nodes, unmet)


def _ring(nodes: Sequence[Node], unmet: Sequence[set[int]]) -> list[Node]:
    """Some nodes of which each reads the one before it, and the first the last; or none."""
    start = next((i for i, wanted in enumerate(unmet) if wanted), None)
    if start is None:
        return []
    walk: list[int] = []
    while start not in walk:
        walk.append(start)
        start = min(unmet[start])
    ring = walk[walk.index(start) :]
    first = ring.index(min(ring))
    return [nodes[i] for i in reversed(ring[first + 1 :] + ring[: first + 1])]
