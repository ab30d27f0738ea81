"""What is fed to a model, matched with what the model reads and gives."""

from __future__ import annotations

from typing import Any, NamedTuple

from lstmshape import dims
from lstmshape.arrays import Array, BadArray, Read, read_arrays
from lstmshape.case import Case
from lstmshape.dims import Dim, Shape
from lstmshape.graph import Node
from lstmshape.losses import Loss, is_config, read_loss
from lstmshape.nested import BATCH
from lstmshape.source import Path


class Fed(NamedTuple):
    """An input of the model and the array that it gets."""

    node: Node
    shape: Shape
    array: Array


class Trained(NamedTuple):
    """An output of the model, its target and its loss. A loss that is not known is None."""

    name: str
    #: the node that gives it
    node: Node
    #: with batch; open dims bound as far as the features tell
    output: Shape
    target: Array | None
    #: the target's shape, with the batch axis in place of the samples
    shape: Shape | None
    loss: Loss | None
    #: as written, and where; None when no loss is
    written: Any
    loss_path: Path | None


class Feeding:
    """The data, targets and losses of a case."""

    __slots__ = ("batch_size", "faults", "features", "inputs", "missing", "outputs", "targets")

    def __init__(self, case: Case) -> None:
        data = case.spec.data
        features = read_arrays(data.get("x"), ("data", "x"), case.where)
        targets = read_arrays(data.get("y"), ("data", "y"), case.where)
        self.faults = [read for read in (*features, *targets) if isinstance(read, BadArray)]
        self.features = _arrays(features)
        self.targets = _arrays(targets)
        size = data.get("batch_size")
        self.batch_size: int | None = size if type(size) is int and size > 0 else None
        #: (what, name, path) of arrays that nobody gives, or nobody reads
        self.missing: list[tuple[str, str, Path]] = []
        self.inputs: list[Fed] = self._inputs(case)
        self.outputs: list[Trained] = self._outputs(case)

    @property
    def samples(self) -> int | None:
        """The number of samples, when the features agree on one."""
        counts = {a.shape[0] for a in self.features if a.shape}
        return counts.pop() if len(counts) == 1 else None

    def _inputs(self, case: Case) -> list[Fed]:
        nodes = [case.graph.nodes[n] for n in case.graph.inputs]
        if not self.features:
            return []
        pairs = self._match([n.name for n in nodes], self.features, ("data", "x"), "input")
        shapes = [case.shape(node) for node in nodes]
        return [
            Fed(node, shape, array)
            for node, shape, array in zip(nodes, shapes, pairs, strict=True)
            if array is not None and shape is not None
        ]

    def _outputs(self, case: Case) -> list[Trained]:
        if not case.flow.ok:
            return []
        bound = self._bound()
        places = _output_nodes(case)
        pairs: list[Array | None] = [None] * len(places)
        if self.targets:
            names = [name for name, _, _ in places]
            pairs = self._match(names, self.targets, ("data", "y"), "output")
        found = []
        for number, ((name, node, shape), target) in enumerate(zip(places, pairs, strict=True)):
            written, path = loss_of(case, name, number, len(places))
            found.append(
                Trained(
                    name, node, tuple(dims.substitute(d, bound) for d in shape), target,
                    _target_shape(target), read_loss(written), written, path,
                )
            )  # fmt: skip
        return found

    def _bound(self) -> dict[str, Dim]:
        """Open dims of the inputs that the features give a number."""
        bound: dict[str, Dim] = {}
        for fed in self.inputs:
            for dim, size in zip(fed.shape[1:], fed.array.shape[1:], strict=False):
                names = dims.names(dim)
                if size is not None and len(names) == 1 and dim == dims.name(next(iter(names))):
                    bound.setdefault(next(iter(names)), size)
        return bound

    def _match(
        self, names: list[str], arrays: list[Array], path: Path, what: str
    ) -> list[Array | None]:
        """The array of each name: by name where arrays have names, else in order."""
        if all(array.name is None for array in arrays) or len(arrays) == len(names) == 1:
            for name in names[len(arrays) :]:
                self.missing.append((what, name, path))
            return [arrays[n] if n < len(arrays) else None for n in range(len(names))]
        by_name = {array.name: array for array in arrays}
        for name in names:
            if name not in by_name:
                self.missing.append((what, name, path))
        return [by_name.get(name) for name in names]


def _arrays(reads: list[Read]) -> list[Array]:
    return [read for read in reads if isinstance(read, Array)]


def _output_nodes(case: Case) -> list[tuple[str, Node, Shape]]:
    found = []
    for name, value in case.graph.outputs:
        node = case.graph.nodes[value.node]
        for tensor in case.flow.tensors(value):
            found.append((name or node.name, node, tensor.shape))
    return found


def _target_shape(target: Array | None) -> Shape | None:
    """With the batch axis for the samples; sizes that are not known are open."""
    if target is None or not target.shape:
        return None
    rest = (dims.name(f"_{n}") if d is None else d for n, d in enumerate(target.shape[1:]))
    return (BATCH, *rest)


def loss_of(case: Case, name: str, number: int, outputs: int) -> tuple[Any, Path | None]:
    """The loss of an output as written, and where."""
    written = case.spec.compile.get("loss")
    path: Path = ("compile", "loss")
    if written is None:
        return None, None
    if isinstance(written, list):
        return (written[number], (*path, number)) if number < len(written) else (None, None)
    if isinstance(written, dict) and not is_config(written):
        return (written[name], (*path, name)) if name in written else (None, None)
    return written, path
