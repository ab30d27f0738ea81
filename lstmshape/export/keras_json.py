"""The model as `keras.models.model_from_json` reads it (Keras 3).

An argument that is not written is left out: Keras takes its default.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lstmshape.dims import erase_shape
from lstmshape.export.compiling import compile_arguments
from lstmshape.export.plans import (
    CUSTOM,
    InputPlan,
    LayerPlan,
    Made,
    ModelPlan,
    kept_in,
    plan_of,
)
from lstmshape.graph import Value
from lstmshape.layers.operation import PREFIX
from lstmshape.model import Array
from lstmshape.naming import Namer
from lstmshape.slices import Slice

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

Json = dict[str, Any]

#: arguments without which Keras cannot read a layer of a class, although they have defaults
_INSISTS = {
    "Rescaling": ("offset",), "TextVectorization": ("standardize", "split", "ngrams"),
}  # fmt: skip


def export(report: FileReport) -> str:
    """The JSON of a model without errors. Raises `CannotExport`."""
    assert report.case is not None, "what could not be read is not exported"
    plan = plan_of(report.case, report.name, custom=True)
    return json.dumps(model_json(plan), indent=1, ensure_ascii=False) + "\n"


def model_json(plan: ModelPlan) -> Json:
    """The whole file: the model, and what it is compiled with."""
    found = _sequential(plan) if plan.chain else _functional(plan)
    compiled = compile_arguments(plan)
    if compiled:
        found["compile_config"] = _plain(compiled)
    return found


def _saved(
    module: str | None, class_name: str, config: Json, registered: str | None = None
) -> Json:
    return {
        "module": module, "class_name": class_name, "config": config,
        "registered_name": registered,
    }  # fmt: skip


# -- models -------------------------------------------------------------------------------------


def _sequential(plan: ModelPlan) -> Json:
    layers = [_input(given) for given in plan.inputs]
    layers += [_layer(call.layer) for call in plan.calls]
    config = {"name": plan.name, "trainable": plan.trainable, "layers": layers}
    return _saved("keras", "Sequential", config)


def _functional(plan: ModelPlan) -> Json:
    return _Functional(plan).json()


class _Functional:
    """A graph of layers, each with all its calls, which tensors name by layer and number."""

    def __init__(self, plan: ModelPlan) -> None:
        self.plan = plan
        #: by node: the layer's name and the number of the call
        self.calls: dict[int, tuple[str, int]] = {}
        for given in plan.inputs:
            self.calls[given.node] = given.name, 0
        seen: dict[int, int] = {}
        for call in plan.calls:
            number = seen.get(id(call.layer), 0)
            seen[id(call.layer)] = number + 1
            self.calls[call.node.index] = call.layer.name, number
        self.drawn = self._drawn()
        #: nodes that call a functional model
        self.models = {c.node.index for c in plan.calls if c.layer.class_name == "Functional"}

    def json(self) -> Json:
        plan = self.plan
        inputs = [[given.name, 0, 0] for given in plan.inputs]
        config = {
            "name": plan.name,
            "trainable": plan.trainable,
            "layers": [*map(self._input, plan.inputs), *map(self._layer, plan.layers())],
            "input_layers": inputs if len(inputs) != 1 else inputs[0],
            "output_layers": self._structure(plan.outputs, self._output),
        }
        return _saved("keras.src.models.functional", "Functional", config, "Functional")

    def _input(self, given: InputPlan) -> Json:
        return {**_input(given), "name": given.name, "inbound_nodes": []}

    def _layer(self, layer: LayerPlan) -> Json:
        nodes = [
            {
                "args": [self._structure(item, self._tensor) for item in call.args],
                "kwargs": self._structure(call.kwargs, self._tensor),
            }
            for call in self.plan.calls
            if call.layer is layer
        ]
        saved = _layer(layer)
        if layer.name in self.drawn:
            del saved["config"]["name"]
        return {**saved, "name": layer.name, "inbound_nodes": nodes}

    def _drawn(self) -> set[str]:
        """The layers that Keras is to name as it reads them.

        Where masks are joined, Keras makes an operation `concatenate` of its own; if that name is
        not drawn but said, Keras does not know that it is taken, and refuses the second one.
        """
        calls = [self.plan.call_of(Value(call.node.index, None, ())) for call in self.plan.calls]
        if not any(tensor.mask is not None for call in calls for tensor in call.outputs):
            return set()
        joining = [layer for layer in self.plan.layers() if layer.class_name == "Concatenate"]
        names = [layer.name for layer in joining]
        namer = Namer()
        drawn = [namer.take("concatenate") for _ in names]
        return set(names) if names == drawn else set()

    def _structure(self, value: Any, leaf: Callable[[Value], Any]) -> Any:
        """A structure with what `leaf` says in place of each tensor."""
        if isinstance(value, Value):
            if not self.plan.is_many(value):
                return leaf(value)
            singles = [leaf(single) for single in self.plan.each(value)]
            keys = self.plan.keys(value)
            return dict(zip(keys, singles, strict=True)) if keys else singles
        if isinstance(value, dict):
            return {key: self._structure(item, leaf) for key, item in value.items()}
        if isinstance(value, (Array, Slice)) or value is ...:
            return _constant(value)
        return [self._structure(i, leaf) for i in value] if isinstance(value, list) else value

    def _history(self, value: Value) -> list[Any]:
        """The tensor's layer, the call that gave it, and which of that call's it is."""
        output, keys = value.output or 0, self.plan.keys(value)
        if keys:  # Keras counts the tensors of a mapping in the order of its sorted keys
            output = sorted(keys).index(keys[output])
        return [*self.calls[value.node], output]

    def _output(self, value: Value) -> list[Any]:
        """In outputs, and only there, Keras counts the making of a functional model as a call."""
        name, number, output = self._history(value)
        return [name, number + (value.node in self.models), output]

    def _tensor(self, value: Value) -> Json:
        tensor = self.plan.call_of(value).outputs[value.output or 0]
        config = {
            "shape": list(erase_shape(tensor.shape)),
            "dtype": tensor.dtype,
            "keras_history": self._history(value),
        }
        return {"class_name": "__keras_tensor__", "config": config}


def _constant(value: Any) -> Json:
    """What is no tensor of the model, as Keras saves it."""
    if isinstance(value, Array):
        config = {"value": value.value, "dtype": value.dtype}
        return {"class_name": "__tensor__", "config": config}
    if isinstance(value, Slice):
        return {"class_name": "__slice__", "config": value._asdict()}
    return {"class_name": "__ellipsis__", "config": {}}


# -- layers -------------------------------------------------------------------------------------


def _input(given: InputPlan) -> Json:
    config = {
        "batch_shape": [given.batch_size, *given.shape], "dtype": given.dtype, "sparse": False,
        "ragged": False, "name": given.name,
    }  # fmt: skip
    return _saved("keras.layers", "InputLayer", config)


def _layer(layer: LayerPlan) -> Json:
    if layer.model is not None:
        sequential = layer.class_name == "Sequential"
        return _sequential(layer.model) if sequential else _functional(layer.model)
    if layer.layer.operation:
        return _operation(layer)
    if layer.class_name == CUSTOM:
        return _custom(layer)
    usual = {key: layer.layer.defaults[key] for key in _INSISTS.get(layer.class_name, ())}
    config = {"name": layer.name, **usual, **_plain(layer.arguments)}
    kept = kept_in(layer.layer)
    if kept is not None:
        return _saved(kept, layer.class_name, config, layer.class_name)
    return _saved("keras.layers", layer.class_name, config)


def _operation(layer: LayerPlan) -> Json:
    operation: Any = layer.layer
    name = layer.class_name.removeprefix(PREFIX)
    config = {"name": layer.name, **_plain(layer.arguments)}
    return _saved(f"keras.src.ops.{operation.module}", name, config, name)


def _custom(layer: LayerPlan) -> Json:
    """As Keras saves what is registered as `package>Class`, or only goes by its class."""
    registered = str(layer.layer.written).removeprefix("Custom>")
    config = {"name": layer.name, **_plain(layer.arguments)}
    return _saved(None, registered.rpartition(">")[2], config, registered)


def _plain(value: Any) -> Any:
    """A value as JSON has it, with layers and objects as Keras saves them."""
    if isinstance(value, LayerPlan):
        return _layer(value)
    if isinstance(value, Made):
        return _saved(value.module, value.class_name, _plain(value.arguments))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
