"""Masks that Keras 3 wrote down although it works them out again by itself.

A mask that a layer got from the layer before it stands in a saved Functional model as if a person
had passed it: the operations that make it (`NotEqual`, `Any`, …) among the layers, and the last of
them as `mask` in the call. A spec that says all that says nothing more, so it is left out; a mask
that is another one than Keras would find stays.

A mask is told by what it comes from: the tensors that are compared, and with what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lstmshape.frontends.keras_graph import Call, Item, Tensor, tensors_in
from lstmshape.frontends.keras_layers import class_key
from lstmshape.frontends.keras_operations import is_operation
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.layers import find

#: a layer, which of its calls and outputs, and what that tensor is compared with; None for a mask
Source = tuple[str, int, int, Any]
Sources = frozenset[Source]
NONE: Sources = frozenset()
#: operations by which Keras's layers join masks or make them fit
JOINING = frozenset({
    "All", "Any", "Concatenate", "ConvertToTensor", "ExpandDims", "LogicalAnd", "LogicalOr",
})  # fmt: skip
#: operations that give a mask that masks nothing
EMPTY = frozenset({"ZerosLike", "OnesLike"})


class Masks:
    """Goes through the calls of one model, in an order in which each comes after what it reads."""

    def __init__(
        self,
        parts: Sequence[Part],
        calls: Sequence[Sequence[Call]],
        item_of: Callable[[Tensor], Item | None],
    ) -> None:
        self._parts = parts
        self._item_of = item_of
        self.calls = [list(row) for row in calls]
        #: what an operation makes a mask of
        self._made: dict[Item, Sources] = {}
        #: what the mask of a layer's outputs is made of
        self._given: dict[Item, Sources] = {}
        #: operations that made a mask which is left out
        self._left_out: set[Item] = set()

    def leave_out(self, order: Iterable[Item], outputs: Any) -> set[Item]:
        """Take the masks out of `calls` that Keras finds itself; the operations nobody reads now.

        `outputs` are those of the model.
        """
        order = list(order)
        for item in order:
            number, index = item
            part, call = self._parts[number], self.calls[number][index]
            if is_operation(part):
                self._made[item] = self._made_of(part, call)
                continue
            left = {key for key, value in call.kwargs.items() if self._is_found(part, call, key)}
            self._note(value for key, value in call.kwargs.items() if key in left)
            kwargs = {key: value for key, value in call.kwargs.items() if key not in left}
            self._given[item] = self._passed(part, call)
            self.calls[number][index] = call._replace(kwargs=kwargs)
        return self._unread(order, outputs)

    # -- what a mask is made of -----------------------------------------------------------------

    def _made_of(self, part: Part, call: Call) -> Sources:
        """What a mask is made of that is the output of an operation."""
        tensors = list(tensors_in([call.args, call.kwargs]))
        if part.class_name == "NotEqual" and len(tensors) == 1 and len(call.args) == 2:
            return frozenset({self._source(tensors[0], call.args[1])})
        if part.class_name in EMPTY:
            return NONE
        if part.class_name in JOINING and tensors:
            return NONE.union(*map(self._sources, tensors))
        return frozenset({(str(part.name), 0, 0, None)})

    def _sources(self, mask: Tensor) -> Sources:
        """What a tensor that is used as a mask is made of; itself where nothing is known of it."""
        item = self._item_of(mask)
        if item is not None and item in self._made:
            return self._made[item]
        return frozenset({self._source(mask, None)})

    def _source(self, tensor: Tensor, compared: Any) -> Source:
        """A tensor as a source; a layer of another dtype compares what it has cast."""
        item, seen = self._item_of(tensor), set()
        while item not in seen and item is not None and self._parts[item[0]].class_name == "Cast":
            seen.add(item)
            (tensor,) = self._reads(item)[:1] or (tensor,)
            item = self._item_of(tensor)
        value = compared if isinstance(compared, (int, float)) else None
        return tensor.layer, tensor.node, tensor.output, value

    # -- what Keras finds -----------------------------------------------------------------------

    def _is_found(self, part: Part, call: Call, key: str) -> bool:
        """Whether Keras gives the call that mask by itself."""
        if key != "mask" and not key.endswith("_mask"):
            return False
        written, masked = call.kwargs[key], _masked_by(part, call, key)
        return any(tensors_in(written)) and self._same(written, masked)

    def _same(self, written: Any, masked: Any) -> bool:
        if isinstance(masked, Tensor):
            found = self._mask_of(masked)
            if not isinstance(written, Tensor):
                return written is None and not found
            return bool(found) and self._sources(written) == found
        if isinstance(masked, list) and isinstance(written, list) and len(masked) == len(written):
            return all(self._same(a, b) for a, b in zip(written, masked, strict=True))
        return False

    def _mask_of(self, tensor: Tensor) -> Sources:
        """What the mask that goes with a tensor is made of; nothing where none does."""
        item = self._item_of(tensor)
        if item is None or item not in self._given:
            return NONE
        part = self._parts[item[0]]
        both = part.class_name == "Bidirectional" and part.settings.get("merge_mode", 1) is None
        return NONE if tensor.output > both else self._given[item]

    def _passed(self, part: Part, call: Call) -> Sources:
        """What the mask behind a call is made of."""
        masked = _masked_by(part, call, "mask")
        if part.class_name in ("Embedding", "Masking") and isinstance(masked, Tensor):
            if part.class_name == "Masking":
                value = part.settings.get("mask_value", 0.0)
                return frozenset({self._source(masked, value)})
            return frozenset({self._source(masked, 0)}) if part.settings.get("mask_zero") else NONE
        if not _passes(part):
            return NONE
        if any(tensors_in(call.kwargs.get("mask"))):
            return NONE.union(*map(self._sources, tensors_in(call.kwargs["mask"])))
        found = [self._mask_of(tensor) for tensor in tensors_in(masked)]
        if "Attention" in part.class_name:
            return found[0] if found else NONE
        if part.class_name != "Concatenate" and not all(found):
            return NONE
        return NONE.union(*found)

    # -- what is left ---------------------------------------------------------------------------

    def _note(self, masks: Iterable[Any]) -> None:
        """Note the operations that made masks."""
        waiting = [tensor for mask in masks for tensor in tensors_in(mask)]
        while waiting:
            item = self._item_of(waiting.pop())
            if item is not None and item in self._made and item not in self._left_out:
                self._left_out.add(item)
                waiting += self._reads(item)

    def _reads(self, item: Item) -> list[Tensor]:
        call = self.calls[item[0]][item[1]]
        return list(tensors_in([call.args, call.kwargs]))

    def _unread(self, order: list[Item], outputs: Any) -> set[Item]:
        """Of the operations that made masks, those that nothing else reads."""
        read = {self._item_of(tensor) for tensor in tensors_in(outputs)}
        unread: set[Item] = set()
        for item in reversed(order):
            if item in self._left_out and item not in read:
                unread.add(item)
            else:
                read.update(map(self._item_of, self._reads(item)))
        return unread


def _masked_by(part: Part, call: Call, key: str) -> Any:
    """The argument of a call that a mask masks: `value` for `value_mask`, the first for `mask`."""
    cls = find(class_key(part, 3))
    if key == "mask" or cls is None:
        return call.args[0] if call.args else next(iter(call.kwargs.values()), None)
    name = key.removesuffix("_mask")
    if name in call.kwargs:
        return call.kwargs[name]
    places = dict(zip(cls.call_tensors, call.args, strict=False))
    return places.get(name, places.get("value") if name == "key" else None)


def _passes(part: Part) -> bool:
    """Whether a layer passes a mask on."""
    cls = None if part.is_model else find(class_key(part, 3))
    if cls is None or cls.masking not in ("passes", "own"):
        return False
    inner = part_of(part.config.child("layer")) if part.class_name == "Bidirectional" else part
    loops = part.class_name == "Bidirectional" or "return_sequences" in cls.arguments
    return not loops or (inner is not None and bool(inner.settings.get("return_sequences")))
