"""Which names must be said, and which Keras gives anyway when the layers are made in this order."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from lstmshape.export.plans import LayerPlan, ModelPlan
from lstmshape.layers.base import Layer
from lstmshape.naming import MASK_MAKERS, Namer

_WHEN_CALLED = {
    "MultiHeadAttention": ("softmax", "dropout"),
    "GroupQueryAttention": ("softmax", "dropout"),
}


class GivenNames:
    """Counts as Keras does while layers are made one after the other."""

    def __init__(self, plan: ModelPlan) -> None:
        self._namer = Namer()
        layers = list(_all_layers(plan))
        self._all = _could_clash(layers)
        self._drawn = _drawn_by_functions(plan, layers)
        self._joins = _joins_masks(plan)
        #: names that are taken while a layer is called, not made
        self._doubtful = {
            base for layer in layers for base in _WHEN_CALLED.get(layer.class_name, ())
        }

    def must_say(self, name: str, base: str, *, named: bool) -> bool:
        """Whether the next layer of a base name must be told its name; called once for each."""
        if self._joins and re.fullmatch(r"concatenate(_[0-9]+)?", name):
            return False  # the operation that joins the masks may draw it, and Keras refuses two
        if named or self._all or base in self._doubtful:
            return True
        ahead = copy.deepcopy(self._namer)
        if ahead.take(base) != name:
            return True
        self._namer = ahead
        return False

    def draws(self, operation: LayerPlan) -> bool:
        """Whether a function of `keras.ops` gives an operation the very name that it has."""
        return id(operation) in self._drawn

    def settle(self, layer: Layer) -> None:
        """A layer was made: those that Keras makes inside it take names too."""
        copy.copy(layer).settle(self._namer.take)


def _joins_masks(plan: ModelPlan) -> bool:
    """Whether a Concatenate joins masks."""
    calls = plan.flow.calls if plan.flow is not None else []
    return any(
        call.node.layer is not None
        and call.node.layer.class_name == "Concatenate"
        and any(tensor.mask is not None for tensor in call.tensors)
        for call in calls
    )


def _drawn_by_functions(plan: ModelPlan, layers: list[LayerPlan]) -> set[int]:
    """The operations that functions name as they are named, where nothing else draws such names."""
    calls = [call.layer for call in plan.calls if call.layer.layer.operation]
    masked = plan.flow is not None and any(
        tensor.mask is not None for call in plan.flow.calls for tensor in call.outputs
    )
    found: set[int] = set()
    # layers that cast what they read draw `cast`
    for base in {operation.layer.base_name() for operation in calls} - {"cast"}:
        mine = [operation for operation in calls if operation.layer.base_name() == base]
        automatic = re.compile(f"{re.escape(base)}(_[0-9]+)?")
        others = [layer for layer in layers if not any(layer is one for one in mine)]
        taken = any(
            layer.layer.base_name() == base or automatic.fullmatch(layer.name) for layer in others
        )
        namer = Namer()
        names = [operation.name for operation in mine] == [namer.take(base) for _ in mine]
        if names and not taken and not (masked and base in MASK_MAKERS):
            found |= set(map(id, mine))
    return found


def _could_clash(layers: list[LayerPlan]) -> bool:
    """Whether a name that a person gave is one that Keras could give.

    Keras goes on counting for the second model of a program, and could come to it then.
    """
    bases = "|".join({re.escape(layer.layer.base_name()) for layer in layers} | {"input_layer"})
    automatic = re.compile(f"(?:{bases})(?:_[0-9]+)?")
    return any(
        layer.named and automatic.fullmatch(layer.name)
        for layer in layers
        if not layer.layer.operation
    )


def _all_layers(plan: ModelPlan) -> Iterator[LayerPlan]:
    waiting = plan.layers()
    while waiting:
        layer = waiting.pop()
        yield layer
        waiting += layer.inner()
        if layer.model is not None:
            waiting += layer.model.layers()
