"""One model from its inputs, entries and outputs: all layers are made first, then called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from lstmshape.keras.errors import BuildError, asking_keras
from lstmshape.keras.layers import LayerMaker, read_entry
from lstmshape.keras.names import set_aside
from lstmshape.keras.operations import call_of, constants
from lstmshape.keras.references import (
    Names,
    Node,
    Ref,
    calling_order,
    flat_tensors,
    refs_in,
    tensors_in,
)
from lstmshape.layers.operation import PREFIX
from lstmshape.source import Path

#: The arguments of a `Model:` entry that are its graph; the others are those of `keras.Model`.
_GRAPH_KEYS = frozenset({"input", "inputs", "layers", "outputs"})


class Builder(LayerMaker):
    """Builds the model of a tree, and the models inside it."""

    def call(self, node: Node, arguments: list[Any], named: dict[str, Any]) -> Any:
        """One call of a layer; gives its outputs."""
        with asking_keras(node.path, "call", node.layer.name):
            return node.layer(*arguments, **named)

    def refused(self, error: BuildError, node: Node) -> None:
        """An input or entry of the outermost model was refused. A subclass may note it and go on,
        and give a layer that was not made its name."""
        raise error

    def model(self, tree: Mapping[str, Any]) -> Any:
        """The `keras.Model` of a whole tree; None when `refused` went on."""
        extra = {key: tree[key] for key in ("name", "trainable") if key in tree}
        return Graph(self, tree, (), self.refused).model({"name": None, **extra})

    def functional(self, arguments: Mapping[str, Any], path: Path) -> Any:
        def refused(error: BuildError, node: Node) -> None:
            raise error

        extra = {key: value for key, value in arguments.items() if key not in _GRAPH_KEYS}
        return Graph(self, arguments, path, refused).model(extra)


class Graph:
    """One model being built: `tree` has `input` or `inputs`, `layers`, and maybe `outputs`."""

    def __init__(
        self,
        maker: Builder,
        tree: Mapping[str, Any],
        path: Path,
        refused: Callable[[BuildError, Node], None],
    ) -> None:
        self.maker = maker
        self.tree = tree
        self.path = path
        self.refused = refused
        self.inputs: list[Node] = []
        self.entries: list[Node] = []
        self.names = Names()

    def model(self, extra: Mapping[str, Any]) -> Any:
        """The model; `extra` are further arguments of `keras.Model`."""
        self._make_inputs()
        written = self._written_layers()
        self._make_layers(written)
        self._bind(written)
        set_aside(str(node.layer.name) for node in self.entries if node.layer is not None)
        self._call_all()
        refs = self._output_refs()
        if any(node.lost for node in (*self.inputs, *self.entries)):
            return None
        inputs = [node.outputs for node in self.inputs]
        outputs = tensors_in(refs)
        if isinstance(outputs, list):
            outputs = flat_tensors(outputs)
        with asking_keras(self.path, "model"):
            return keras.Model(inputs if len(inputs) != 1 else inputs[0], outputs, **extra)

    def _attempt(self, node: Node, step: Callable[..., None], *arguments: Any) -> None:
        try:
            step(node, *arguments)
        except BuildError as error:
            node.lost = True
            self.refused(error, node)

    # -- making ------------------------------------------------------------------------------

    def _make_inputs(self) -> None:
        if "input" in self.tree and "inputs" in self.tree:
            raise BuildError("a model has `input` or `inputs`, not both", self.path)
        for name, written, path in self._written_inputs():
            node = Node(path)
            node.name = name
            self._attempt(node, self._make_input, written)
            self.names.add(node)
            self.inputs.append(node)

    def _written_inputs(self) -> Iterator[tuple[str | None, Any, Path]]:
        if "input" in self.tree:
            yield "input", self.tree["input"], (*self.path, "input")
        several = self.tree.get("inputs", [])
        here = (*self.path, "inputs")
        if isinstance(several, Mapping):
            yield from ((str(name), written, (*here, name)) for name, written in several.items())
        elif isinstance(several, list):
            yield from ((None, written, (*here, i)) for i, written in enumerate(several))
        else:
            raise BuildError("`inputs` is a mapping by name or a list of shapes", here)

    def _make_input(self, node: Node, written: Any) -> None:
        node.outputs = self.maker.input(written, node.name, node.path)
        node.layer = node.outputs._keras_history.operation
        node.name = node.layer.name

    def _written_layers(self) -> list[Any]:
        written = self.tree.get("layers")
        if not isinstance(written, list) or not written:
            raise BuildError("a model has `layers`, a list of at least one entry", self.path)
        return written

    def _make_layers(self, written: list[Any]) -> None:
        for i, entry in enumerate(written):
            node = Node((*self.path, "layers", i))
            self._attempt(node, self._make_layer, entry)
            self.names.add(node)
            self.entries.append(node)
            if node.is_input:
                self.inputs.append(node)
        if not self.inputs:
            self._input_of_first_layer()

    def _make_layer(self, node: Node, entry: Any) -> None:
        written = read_entry(entry, node.path)
        if "reuse" in written.keys:
            self._again(node, written.keys)
            return
        node.layer = self.maker.layer(written)
        node.name = node.layer.name
        if node.is_input:
            node.outputs = node.layer.output

    def _again(self, node: Node, keys: Mapping[str, Any]) -> None:
        """The layer of an earlier entry; without a `name` only the next entry can read the call."""
        path = (*node.path, "reuse")
        first = self.names.find(str(keys["reuse"]), path)
        if first in self.inputs:
            raise BuildError(f"{keys['reuse']!r} is an input, not a layer", path)
        node.first = first.first or first
        node.layer = first.layer
        node.lost = first.lost
        name = keys.get("name")
        if not (name is None or isinstance(name, str)):
            raise BuildError(f"a name is a text, not {name!r}", (*node.path, "name"))
        node.name = name

    def _input_of_first_layer(self) -> None:
        """As `keras.Sequential` does: an old `input_shape`, or the input of a model in front."""
        first = self.entries[0]
        if first.lost:
            return
        arguments = _own_input(first.layer)
        if arguments is None:
            raise BuildError("the model has no `input`", self.path)
        node = Node(first.path)
        with asking_keras(first.path, "construct", first.name):
            node.layer = keras.layers.InputLayer(**arguments)
        node.outputs = node.layer.output
        self.inputs.append(node)

    # -- calling -----------------------------------------------------------------------------

    def _bind(self, written: list[Any]) -> None:
        for i, (node, entry) in enumerate(zip(self.entries, written, strict=True)):
            if not node.lost:
                self._attempt(node, self._bind_one, i, entry if isinstance(entry, Mapping) else {})

    def _bind_one(self, node: Node, i: int, keys: Mapping[str, Any]) -> None:
        """Works out what the entry is called with; the tensors come later."""
        if node.is_input:
            if "inputs" in keys or "call" in keys:
                raise BuildError("an input reads nothing", node.path)
            return
        path = (*node.path, "call")
        written = keys.get("call") or {}
        if not isinstance(written, Mapping):
            raise BuildError("`call` is a mapping of call arguments", path)
        if not isinstance(node.layer, keras.layers.Layer):
            self._bind_operation(node, i, keys.get("inputs"), written)
            return
        named = self.names.referred(written, path)
        node.arguments, node.named = self._inputs_of(node, i, keys.get("inputs"))
        twice = sorted(named.keys() & node.named.keys())
        if twice:
            raise BuildError(f"{twice[0]!r} stands both in `inputs` and in `call`", path)
        node.named.update(named)
        node.reads = [ref.node for ref in refs_in([node.arguments, node.named])]

    def _bind_operation(self, node: Node, i: int, inputs: Any, written: Mapping[str, Any]) -> None:
        """The same for an operation, in whose `call` numbers and indices stand."""
        class_name = f"{PREFIX}{type(node.layer).__name__}"
        path = (*node.path, "inputs")
        named = constants(class_name, written, self.names.referred, (*node.path, "call"))
        if isinstance(inputs, Mapping):
            named = {**self.names.referred(inputs, path), **named}
            value = None
        elif inputs is None:
            value = Ref(self._before(i, path), None, path)
        else:
            value = self.names.referred(inputs, path)
        node.arguments, node.named = call_of(class_name, value, named, path)
        node.reads = [ref.node for ref in refs_in([node.arguments, node.named])]

    def _inputs_of(self, node: Node, i: int, written: Any) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the named arguments that `inputs` of an entry stands for."""
        path = (*node.path, "inputs")
        if written is None:
            return [Ref(self._before(i, path), None, path)], {}
        value = self.names.referred(written, path)
        if isinstance(value, dict):
            return ([value], {}) if _names_its_inputs(node.layer, value) else ([], value)
        if isinstance(value, list) and _takes_several(node.layer):
            return value, {}
        if isinstance(value, list) and len(value) == 1 and not _takes_a_list(node.layer):
            return value, {}
        if not isinstance(value, (Ref, list)):
            raise BuildError(f"`inputs` is a name, a list or a mapping, not {written!r}", path)
        return [value], {}

    def _before(self, i: int, path: Path) -> Node:
        if i > 0:
            return self.entries[i - 1]
        if len(self.inputs) != 1 or self.inputs[0] in self.entries:
            raise BuildError("there is not one input before it: say what it reads", path)
        return self.inputs[0]

    def _call_all(self) -> None:
        order, ring = calling_order([node for node in self.entries if not node.is_input])
        if ring:
            names = " -> ".join(str(node.name) for node in ring)
            for node in ring:
                node.lost = True
            self.refused(BuildError(f"these wait for each other: {names}", ring[0].path), ring[0])
        for node in order:
            if node.blocked:
                node.lost = True
            elif not node.lost:
                self._attempt(node, self._call)

    def _call(self, node: Node) -> None:
        arguments, named = tensors_in(node.arguments), tensors_in(node.named)
        node.outputs = self.maker.call(node, arguments, named)

    # -- outputs -----------------------------------------------------------------------------

    def _output_refs(self) -> Any:
        """`outputs` with a `Ref` for each name; without it, all that the last entry gives.

        A list of one is that one: `outputs: [a]` and `outputs: a` are the same model.
        """
        path = (*self.path, "outputs")
        written = self.tree.get("outputs")
        if written is None:
            return Ref(self.entries[-1], None, path)
        found = self.names.referred(written, path)
        if not isinstance(found, (Ref, list, dict)):
            raise BuildError(f"`outputs` is a name, a list or a mapping, not {written!r}", path)
        return found[0] if isinstance(found, list) and len(found) == 1 else found


def _own_input(layer: Any) -> dict[str, Any] | None:
    """The arguments of the InputLayer that `keras.Sequential` puts before such a first layer."""
    shape = getattr(layer, "_input_shape_arg", None)
    if shape is not None:
        return {"shape": shape}
    shape = getattr(layer, "input_shape", None) if isinstance(layer, keras.Model) else None
    return {"batch_shape": shape, "dtype": layer.compute_dtype} if shape is not None else None


def _takes_several(layer: Any) -> bool:
    """Whether a list of inputs are its first arguments (query, value, key), not one list."""
    several = (keras.layers.MultiHeadAttention, keras.layers.GroupQueryAttention)
    return isinstance(layer, several)


def _takes_a_list(layer: Any) -> bool:
    """Whether it is called on a list also where that has one tensor: the merging layers."""
    merging = keras.layers.Add.__base__
    assert merging is not None
    return isinstance(layer, (merging, keras.layers.Attention))


def _names_its_inputs(layer: Any, value: Mapping[str, Any]) -> bool:
    """Whether the keys are the inputs of a model inside, which takes such a mapping as one."""
    inputs = getattr(layer, "inputs", None) if isinstance(layer, keras.Model) else None
    return inputs is not None and value.keys() == {tensor.name for tensor in inputs}
