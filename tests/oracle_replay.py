"""A model that was built, called again layer by layer on tensors that have sizes but no values.

Imported by `oracle` when it is first asked to trace; importing it imports Keras and JAX.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
from oracle import Path, Shape, Trace
from oracle_watcher import Watcher

from lstmshape.changes import at, class_key
from lstmshape.keras.errors import said
from lstmshape.keras.references import Node, flat_tensors, refs_in, tensors_in


class _Failed(Exception):
    """The call of a node raised; `__cause__` is what."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.path)
        self.node = node


def replay(
    watcher: Watcher, tree: Mapping[str, Any], sizes: dict[str, int], default: int, training: Any
) -> Trace:
    """Run what the outputs depend on with every open dim given a size."""
    graph = watcher.graph
    assert graph is not None
    shapes = _Sizes(sizes, default)
    try:
        given = [shapes.concrete(node, tree) for node in graph.inputs]
    except TypeError as error:  # JAX has no tensors of texts
        return Trace(said(error), kind=type(error).__name__)
    refs = graph._output_refs()
    wanted = _reached([ref.node for ref in refs_in([refs])])
    order = [node for node in watcher.called if id(node) in wanted]
    real: dict[Path, tuple[Shape, ...]] = {}

    def forward(*tensors: Any) -> Any:
        with keras.StatelessScope(_zeros(order)):
            for node, tensor in zip(graph.inputs, tensors, strict=True):
                node.outputs = tensor
            for node in order:
                node.outputs = _call(node, training)
                real[node.path] = tuple(map(_shape, flat_tensors(node.outputs)))
            return flat_tensors(tensors_in(refs))

    try:
        outputs = jax.eval_shape(forward, *given)
    except _Failed as failed:
        node, cause = failed.node, failed.__cause__
        assert isinstance(cause, Exception)
        path, layer = watcher.innermost(cause) or (node.path, node.layer)
        return Trace(said(cause), path, layer.name, type(cause).__name__, real)
    return Trace(shapes=real, outputs=tuple(map(_shape, outputs)))


def _call(node: Node, training: bool | None) -> Any:
    arguments, named = tensors_in(node.arguments), tensors_in(node.named)
    takes = getattr(node.layer, "_call_has_training_arg", False)  # no operation does
    if training is not None and takes:
        named = {"training": training, **named}
    try:
        return node.layer(*arguments, **named)
    except Exception as error:  # JAX and Keras raise all sorts for shapes that do not go together
        raise _Failed(node) from error


def _reached(outputs: list[Node]) -> set[int]:
    """The ids of the nodes on which the outputs depend."""
    seen: set[int] = set()
    waiting = list(outputs)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node.reads)
    return seen


def _zeros(order: list[Node]) -> list[tuple[Any, Any]]:
    """Values for the variables that have none, so that no initializer is traced."""
    variables = {id(v): v for node in order for v in getattr(node.layer, "variables", ())}
    return [(v, jnp.zeros(v.shape, v.dtype)) for v in variables.values() if v._value is None]


def _shape(tensor: Any) -> Shape:
    return tuple(tensor.shape)


class _Sizes:
    """Numbers for open dims: by name, by `d1`, `d2`, … for those without, by `batch`."""

    def __init__(self, sizes: dict[str, int], default: int) -> None:
        self.sizes = {"batch": 2, **sizes}
        self.default = default
        self._nulls = 0

    def concrete(self, node: Node, tree: Mapping[str, Any]) -> jax.ShapeDtypeStruct:
        """The tensor of an input with a number for each dim."""
        tensor = node.layer.output
        names = ["batch", *_written_shape(at(tree, node.path))]
        shape = [
            self._size(names[i] if i < len(names) else None) if dim is None else dim
            for i, dim in enumerate(tensor.shape)
        ]
        return jax.ShapeDtypeStruct(tuple(shape), tensor.dtype)

    def _size(self, name: Any) -> int:
        if not isinstance(name, str):
            self._nulls += 1
            name = f"d{self._nulls}"
        return self.sizes.get(name, self.default)


def _written_shape(written: Any) -> list[Any]:
    """The shape, without batch, that an input or the entry behind it was given; else nothing."""
    name = class_key(written) if isinstance(written, (str, dict)) else None
    if name is not None and name not in ("shape", "dtype", "batch_size"):
        written = written[name] if isinstance(written, dict) else None
    if isinstance(written, dict):
        batch = written.get("batch_shape") or [None]
        written = written.get("shape") or written.get("input_shape") or batch[1:]
    return written if isinstance(written, list) else []
