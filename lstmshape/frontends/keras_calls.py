"""A saved Functional model to the tree of a spec: every call of every layer, in a good order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lstmshape.frontends.keras_document import Origins
from lstmshape.frontends.keras_graph import (
    Call,
    Item,
    Tensor,
    calls_of,
    in_order,
    outputs_of,
    structure,
    tensors_in,
    tensors_of,
)
from lstmshape.frontends.keras_inputs import Input, input_layer, put_inputs
from lstmshape.frontends.keras_layers import (
    Entry,
    Layers,
    class_key,
    foreign_cell,
    speakable,
)
from lstmshape.frontends.keras_masks import Masks
from lstmshape.frontends.keras_operations import asked, gives_several
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.layers import find
from lstmshape.layers.base import Layer
from lstmshape.layers.operation import PREFIX
from lstmshape.source import Place

#: call arguments that say nothing of shapes, or that Keras 3 has no more
UNSAID = frozenset({"training", "constants"})


class FunctionalReader:
    """Reads one model into a tree that has its name already."""

    def __init__(self, layers: Layers, part: Part, tree: dict[str, Any]) -> None:
        self.layers = layers
        self.origins: Origins = layers.origins
        self.part = part
        self._tree = tree
        spots = part.config.child("layers").children()
        found = [(spot, part_of(spot)) for spot in spots]
        self.parts = [p for _, p in found if p is not None and p.name is not None]
        self._broken = [spot for spot, p in found if p is None or p.name is None]
        self.numbers = {str(p.name): number for number, p in enumerate(self.parts)}
        self.names = _unique_names(self.parts)
        inbound = [p.spot.child("inbound_nodes") for p in self.parts]
        self.calls = [calls_of(spot, self.numbers) for spot in inbound]
        outputs = outputs_of(part.config.child("output_layers"))
        self.outputs = structure(outputs, self._output_from_0)
        self._first = self._first_calls()
        self.call_names: dict[Item, str] = {}
        self._several = self._with_several_outputs()
        self._shapes = self._known_shapes()

    def tree(self) -> dict[str, Any]:
        inputs = self._inputs()
        put_inputs(self.origins, self._tree, inputs)
        place = self.part.config.child("layers").place
        entries = self._tree["layers"] = self.origins.made([], place)
        self.origins.put(self._tree, "layers", place)
        before = speakable(inputs[0].name or "") if len(inputs) == 1 else None
        order = self._order()
        self._name_calls(order)
        for item in order:
            entries.append(self._entry(item, before))
            self.origins.put(entries, len(entries) - 1, self.parts[item[0]].class_place)
            before = self.call_names[item]
        for spot in self._broken:
            entries.append(spot.value if not isinstance(spot.value, dict) else None)
            self.origins.put(entries, len(entries) - 1, spot.place)
        self._put_outputs(before)
        return self._tree

    # -- inputs and outputs ---------------------------------------------------------------------

    def _inputs(self) -> list[Input]:
        """The inputs in the order in which the model takes them."""
        said = outputs_of(self.part.config.child("input_layers"))
        if isinstance(said, dict):
            # Keras flattens a mapping by its keys
            said = [said[key] for key in sorted(said)]
        order = [tensor.layer for tensor in tensors_in(said)]
        known = [str(p.name) for p in self.parts if p.class_name == "InputLayer"]
        wanted = [name for name in order if name in known]
        wanted += [name for name in known if name not in wanted]
        return [
            input_layer(self.parts[self.numbers[name]])._replace(name=self.names[name])
            for name in wanted
        ]

    def _put_outputs(self, last: str | None) -> None:
        """The outputs, unless they are the last layer."""
        written = structure(self.outputs, self.reference)
        if isinstance(written, list) and len(written) == 1:
            written = written[0]
        if written == last or written is None:
            return
        if isinstance(written, dict):
            # as Keras, which counts the outputs in the order of their keys
            ordered = {key: written[key] for key in sorted(written)}
            single = all(isinstance(text, str) for text in ordered.values())
            written = ordered if single else list(ordered.values())
        if isinstance(written, list):
            written = [text for text in _flat(written) if isinstance(text, str)]
        spot = self.part.config.child("output_layers")
        self._tree["outputs"] = self._placed(written, list(tensors_in(self.outputs)), spot.place)
        self.origins.put(self._tree, "outputs", spot.place)

    def _output_from_0(self, tensor: Tensor) -> Tensor:
        """Among outputs a Functional model counts the call that made it, also in Keras 3."""
        number = self.numbers.get(tensor.layer)
        if number is None or not self._is_new(number) or not tensor.node:
            return tensor
        functional = self.parts[number].is_model and self.parts[number].class_name != "Sequential"
        return tensor._replace(node=tensor.node - 1) if functional else tensor

    def _is_new(self, number: int) -> bool:
        """Whether the layer's calls are written in the dialect of Keras 3."""
        return any(call.new for call in self.calls[number])

    # -- calls ----------------------------------------------------------------------------------

    def _first_calls(self) -> dict[str, int]:
        """The number of the first call of each model inside, which old Keras counts from 1."""
        least: dict[str, int] = {}
        for tensor in self._all_tensors():
            number = self.numbers.get(tensor.layer)
            if number is not None and self.parts[number].is_model and not self._is_new(number):
                least[tensor.layer] = min(tensor.node, least.get(tensor.layer, tensor.node))
        return least

    def _all_tensors(self) -> Iterable[Tensor]:
        for calls in self.calls:
            for call in calls:
                yield from tensors_of(call)
        yield from tensors_in(self.outputs)

    def item(self, tensor: Tensor) -> Item | None:
        """The call that gives a tensor; None for an input, or what is not there."""
        number = self.numbers.get(tensor.layer)
        if number is None or self.parts[number].class_name == "InputLayer":
            return None
        call = tensor.node - self._first.get(tensor.layer, 0)
        return (number, call) if 0 <= call < len(self.calls[number]) else None

    def _order(self) -> list[Item]:
        """The calls to write, each after what it reads."""
        needs = self._needs()
        order = in_order(needs)
        if not any("mask" in key for calls in self.calls for call in calls for key in call.kwargs):
            return order
        masks = Masks(self.parts, self.calls, self.item)
        unread = masks.leave_out(order, self.outputs)
        self.calls = masks.calls
        kept = self._needs()
        return in_order({item: kept[item] - unread for item in kept if item not in unread})

    def _needs(self) -> dict[Item, set[Item]]:
        """Each call, and those that must stand before it."""
        needs: dict[Item, set[Item]] = {}
        for number, calls in enumerate(self.calls):
            for index, call in enumerate(calls):
                if self.parts[number].class_name == "InputLayer":
                    continue
                found = {self.item(tensor) for tensor in tensors_of(call)}
                before = {(number, index - 1)} if index else set()
                needs[number, index] = {item for item in found if item is not None} | before
        return needs

    def _name_calls(self, order: list[Item]) -> None:
        """A layer's first call bears its name; a further one its name and its number."""
        taken = set(self.names.values())
        for number, index in order:
            name = self.names[str(self.parts[number].name)]
            if index:
                name = next(
                    new for n in range(index + 1, index + 2 + len(taken))
                    if (new := f"{name}_{n}") not in taken
                )  # fmt: skip
                taken.add(name)
            self.call_names[number, index] = name

    def _with_several_outputs(self) -> set[str]:
        """The layers that may give more than one tensor: their outputs are always numbered."""
        found = {tensor.layer for tensor in self._all_tensors() if tensor.output}
        for part, calls in zip(self.parts, self.calls, strict=True):
            settings = [part.settings, _inner_settings(part)]
            several = any(s.get("return_state") or s.get("merge_mode", 1) is None for s in settings)
            scores = any(call.kwargs.get("return_attention_scores") for call in calls)
            passed = _passes_on(part) and any(_many(call) for call in calls)
            inside = part.is_model and _gives_several(part)
            if several or scores or passed or inside or gives_several(part):
                found.add(str(part.name))
        return found

    def _known_shapes(self) -> dict[str, list[list[Any]]]:
        """The outputs' shapes that Keras 3 wrote down with the tensors, where every call agrees."""
        seen: dict[tuple[str, int], dict[int, list[Any]]] = {}
        for tensor in self._all_tensors():
            if tensor.shape is not None:
                seen.setdefault((tensor.layer, tensor.node), {})[tensor.output] = tensor.shape
        found: dict[str, list[list[Any]]] = {}
        clashing = set()
        for (layer, _), outputs in seen.items():
            shapes = [outputs[n] for n in sorted(outputs)]
            if len(shapes) != max(outputs) + 1 or found.setdefault(layer, shapes) != shapes:
                clashing.add(layer)
        return {layer: shapes for layer, shapes in found.items() if layer not in clashing}

    # -- entries --------------------------------------------------------------------------------

    def reference(self, tensor: Tensor) -> str:
        """`name`, or `name:k` of a layer with several outputs."""
        item = self.item(tensor)
        if item is not None:
            name = self.call_names[item]
        else:
            name = self.names.get(tensor.layer, tensor.layer)
            number = self.numbers.get(tensor.layer)
            if number is not None and self.parts[number].class_name != "InputLayer":
                name = f"{name} call {tensor.node}"  # of which the layer has not so many
        # a name that ends in `:0` would be taken for a reference itself
        numbered = tensor.layer in self._several or re.search(r":\d+$", name)
        return f"{name}:{tensor.output}" if numbered else name

    def _entry(self, item: Item, before: str | None) -> Entry:
        number, index = item
        part, call = self.parts[number], self.calls[number][index]
        name = self.names[str(part.name)]
        if index:
            entry: Entry = self.origins.made({"reuse": name}, part.class_place)
            self.origins.put(entry, "reuse", part.class_place)
            entry["name"] = self.call_names[item]
            self.origins.put(entry, "name", part.name_place)
        else:
            known = self._shapes.get(str(part.name))
            entry = self._made(part._replace(name=name), call, known)
        inputs, named = self._arguments(part, call)
        tensors = list(tensors_of(call))
        written = structure(inputs, self.reference)
        if written != before or not isinstance(written, str):
            self._put(entry, "inputs", written, tensors, call)
        if named:
            self._put(entry, "call", structure(named, self.reference), tensors, call)
        return entry

    def _made(self, part: Part, call: Call, shapes: Any) -> Entry:
        """The entry of a layer, made of its config; of an operation, made of its call too."""
        key = None if part.is_model else class_key(part, self.layers.era)
        if key is None or not key.startswith(PREFIX):
            return self.layers.entry(part, shapes)
        return self.layers.operation(part, asked(part, call, key), shapes)

    def _put(self, entry: Entry, key: str, value: Any, tensors: list[Tensor], call: Call) -> None:
        entry[key] = self._placed(value, tensors, call.spot.place)
        self.origins.put(entry, key, tensors[0].spot.place if tensors else call.spot.place)

    def _placed(self, value: Any, tensors: list[Tensor], place: Place) -> Any:
        """A structure of references, each noted with the place of its tensor."""
        places: dict[str, Place] = {}
        for tensor in tensors:
            places.setdefault(self.reference(tensor), tensor.spot.place)
        return self._noted(value, places, place)

    def _noted(self, value: Any, places: dict[str, Place], place: Place) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        noted = {key: self._noted(item, places, place) for key, item in pairs}
        made: Any = noted if isinstance(value, dict) else list(noted.values())
        self.origins.made(made, place)
        for key, item in pairs:
            at = places.get(item, place) if isinstance(item, str) else place
            self.origins.put(made, key, at, at)
        return made

    def _arguments(self, part: Part, call: Call) -> tuple[Any, dict[str, Any]]:
        """What a layer is called on first, and its further arguments by name."""
        if part.is_model:
            mask = call.kwargs.get("mask")
            return _of_model(part, call), {"mask": mask} if any(tensors_in(mask)) else {}
        key = class_key(part, self.layers.era)
        if key.startswith(PREFIX):
            operation = asked(part, call, key)
            return operation.inputs, operation.named
        cls = find(key)
        if cls is None or _is_open_loop(part, self.layers.era):
            tensors = list(tensors_of(call))
            return (tensors[0] if len(tensors) == 1 else tensors), {}
        named = {k: v for k, v in call.kwargs.items() if _says(cls, k, v)}
        if cls.takes == "named":
            return self._of_named(cls, call, named)
        first = call.args[0] if call.args else None
        further = [value for value in call.args[1:] if any(tensors_in(value))]
        if "initial_state" in cls.call_options:
            first, states = _with_states(first, further)
            if states:
                named["initial_state"] = states
        elif further:
            named["mask"] = further[0]
        if isinstance(first, dict):
            first = list(first.values())
        return first, named

    def _of_named(
        self, cls: type[Layer], call: Call, named: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """A layer that takes tensors by name: those in order, and those that are named."""
        args = [value for value in call.args if isinstance(value, (Tensor, list))]
        if len(args) == 1 and isinstance(args[0], list):
            args = args[0]
        by_name = {key: named.pop(key) for key in cls.call_tensors if key in named}
        if not by_name:
            return args, named
        return {**dict(zip(cls.call_tensors, args, strict=False)), **by_name}, named


def _is_open_loop(part: Part, era: int) -> bool:
    return part.class_name == "RNN" and foreign_cell(part.config.child("cell"), era) is not None


def _with_states(first: Any, further: list[Any]) -> tuple[Any, list[Any]]:
    """Old Keras writes the states behind the input; Keras 3 as a second argument."""
    if isinstance(first, list):
        return (first[0] if first else None), [*first[1:]]
    states = further[0] if further else []
    return first, states if isinstance(states, list) else [states]


def _says(cls: type[Layer], key: str, value: Any) -> bool:
    """Whether a call argument is to be written: tensors are, and options that the layer has."""
    if key in UNSAID or value is None:
        return False
    if any(tensors_in(value)):
        return True
    return key in cls.call_options and isinstance(value, (bool, int, float))


def _of_model(part: Part, call: Call) -> Any:
    """What a model inside a model is called on, in the order of its inputs."""
    first = call.args[0] if call.args else list(call.kwargs.values())
    if isinstance(first, dict):
        said = outputs_of(part.config.child("input_layers"))
        if isinstance(said, dict):
            order = sorted(first)
        else:
            names = [tensor.layer for tensor in tensors_in(said)]
            order = names if set(names) == set(first) else sorted(first)
        first = [first[key] for key in order]
    tensors = list(tensors_in(first))
    return tensors[0] if len(tensors) == 1 else tensors


def _inner_settings(part: Part) -> dict[str, Any]:
    inner = part_of(part.config.child("layer"))
    return inner.settings if inner is not None else {}


def _passes_on(part: Part) -> bool:
    """Whether several tensors come out of it as they went in: a Dropout, an Activation."""
    cls = find(part.class_name)
    return cls is not None and cls.takes == "any" and not cls.holds_model


def _many(call: Call) -> bool:
    return sum(1 for _ in tensors_in(call.args[:1])) > 1


def _gives_several(part: Part) -> bool:
    outputs = outputs_of(part.config.child("output_layers"))
    return isinstance(outputs, dict) or len(list(tensors_in(outputs))) > 1


def _unique_names(parts: list[Part]) -> dict[str, str]:
    """The names as a spec takes them: without slashes, and still each its own."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for part in parts:
        name = new = speakable(str(part.name))
        while new in taken and str(part.name) != new:
            name = new = f"{name}_"
        found[str(part.name)] = new
        taken.add(new)
    return found


def _flat(value: Any) -> Iterable[Any]:
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _flat(item)
    else:
        yield value
