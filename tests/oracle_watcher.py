"""The builder of `lstmshape.keras`, made to go on after a refusal and to keep what it saw.

Imported by `oracle` when Keras is first asked; importing it imports Keras.
"""

from __future__ import annotations

import math
import traceback
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import keras
from keras.src.backend.common.masking import get_keras_mask
from keras.src.utils.naming import auto_name
from oracle import Call, Observation, Output, Path, Refusal

from lstmshape.keras.errors import BuildError
from lstmshape.keras.graph import Builder, Graph
from lstmshape.keras.layers import Written
from lstmshape.keras.references import Node, flat_tensors

_DESTROYS = "therefore destroy the mask"


class Watcher(Builder):
    """Builds one model. `graph` is what there is of it, `refusals` what was said on the way.

    `names` are Keras's name counters, `caught` the list to which warnings are recorded.
    """

    def __init__(self, names: dict[str, int], caught: list[warnings.WarningMessage]) -> None:
        super().__init__({})
        self.names = names
        self.caught = caught
        self.refusals: list[Refusal] = []
        self.graph: Graph | None = None
        self.called: list[Node] = []
        #: by id, the nodes of which something was refused; a node is held by its graph
        self._refused: set[int] = set()
        #: layers and the paths of their entries; the layer is held so that its id stays its own
        self._paths: dict[int, tuple[Path, Any]] = {}
        #: by id of the node, the texts of the warnings of its call
        self._warned: dict[int, list[str]] = {}
        self._classes: dict[Path, str] = {}
        self._unmade: str | None = None

    # -- the builder's turns -----------------------------------------------------------------

    def model(self, tree: Mapping[str, Any]) -> Any:
        self.graph = Graph(self, tree, (), self.refused)
        return self.graph.model({"name": tree.get("name")})

    def make(self, cls: Any, arguments: dict[str, Any], path: Path) -> Any:
        before = dict(self.names)
        try:
            made = super().make(cls, arguments, path)
        except BuildError:
            # a refused constructor may have drawn its name or not: `layer` draws it either way
            self.names.clear()
            self.names.update(before)
            raise
        layer = made if isinstance(made, keras.Operation) else made._keras_history.operation
        self._paths[id(layer)] = (path, layer)
        return made

    def layer(self, written: Written) -> Any:
        self._classes[written.path] = written.class_name
        try:
            return super().layer(written)
        except BuildError:
            self._unmade = _name_of(written)
            raise

    def call(self, node: Node, arguments: list[Any], named: dict[str, Any]) -> Any:
        before = len(self.caught)
        self.called.append(node)
        try:
            return super().call(node, arguments, named)
        finally:
            self._warned[id(node)] = [str(w.message) for w in self.caught[before:]]

    def refused(self, error: BuildError, node: Node) -> None:
        if node.layer is None and node.name is None:
            node.name, self._unmade = self._unmade, None
        self._refused.add(id(node))
        self.note(error)

    def note(self, error: BuildError) -> None:
        cause = error.__cause__
        path, layer = error.path, error.layer
        if cause is not None:
            inner = self.innermost(cause)
            if inner is not None and len(inner[0]) > len(path):
                path, layer = inner[0], inner[1].name
        kind = type(cause or error).__name__
        self.refusals.append(Refusal(path, error.stage, layer, kind, error.text))

    def innermost(self, error: BaseException) -> tuple[Path, Any] | None:
        """The entry whose layer was deepest at work when this was raised."""
        found = None
        for frame, _ in traceback.walk_tb(error.__traceback__):
            found = self._paths.get(id(frame.f_locals.get("self")), found)
        return found

    # -- what was seen -----------------------------------------------------------------------

    def observation(self, model: Any) -> Observation:
        calls = tuple(map(self._seen, self.graph.entries)) if self.graph is not None else ()
        texts = tuple(str(w.message) for w in self.caught)
        if model is None:
            return Observation(calls, tuple(self.refusals), warnings=texts)
        weights = _counts(model)
        outputs = model.output
        return Observation(
            calls,
            (),
            *weights,
            inputs=tuple(
                (tensor._keras_history.operation.name, tuple(tensor.shape))
                for tensor in model.inputs
            ),
            outputs=tuple(tuple(tensor.shape) for tensor in flat_tensors(outputs)),
            output_keys=tuple(outputs) if isinstance(outputs, dict) else (),
            warnings=texts,
        )

    def _seen(self, node: Node) -> Call:
        layer = node.layer
        refused = id(node) in self._refused
        status = "refused" if refused else "blocked" if node.outputs is None else "ok"
        is_layer = isinstance(layer, keras.layers.Layer)
        built = layer is not None and not refused and (layer.built if is_layer else status == "ok")
        return Call(
            node.path,
            layer.name if layer is not None else node.name,
            type(layer).__name__ if layer is not None else self._classes.get(node.path),
            status,
            tuple(map(_output, flat_tensors(node.outputs))) if status == "ok" else (),
            *(_counts(layer) if built else (None, None, None)),
            again=node.first is not None,
            destroys=tuple(
                text.split("'")[1] for text in self._warned.get(id(node), ()) if _DESTROYS in text
            ),
        )


def _name_of(written: Written) -> str:
    """The name that the layer of an entry would bear; an automatic one is drawn."""
    name = written.arguments.get("name")
    if isinstance(name, str):
        return name
    cls = getattr(keras.layers, written.class_name, None)
    known = {"Sequential": "sequential", "Model": "functional", "Input": "input_layer"}
    class_name = written.class_name.removeprefix("ops>")
    automatic = known.get(class_name, getattr(cls, "__name__", class_name))
    return str(auto_name(automatic))


def _output(tensor: Any) -> Output:
    mask = get_keras_mask(tensor)
    return Output(tuple(tensor.shape), tensor.dtype, None if mask is None else tuple(mask.shape))


def _counts(layer: Any) -> tuple[int, int, int]:
    """Parameters, those that are trained, and the others; an operation has none."""
    if not isinstance(layer, keras.layers.Layer):
        return 0, 0, 0
    return (
        _count(layer.weights),
        _count(layer.trainable_weights),
        _count(layer.non_trainable_weights),
    )


def _count(weights: Iterable[Any]) -> int:
    return sum(math.prod(w.shape) for w in {id(w): w for w in weights}.values())
