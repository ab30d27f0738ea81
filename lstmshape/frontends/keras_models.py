"""Saved models to the tree of a spec: Sequential and Functional, also inside each other."""

from __future__ import annotations

import re
from typing import Any

from lstmshape.frontends.keras_calls import FunctionalReader
from lstmshape.frontends.keras_document import Origins, Spot
from lstmshape.frontends.keras_inputs import Input, first_input, input_of, put_inputs
from lstmshape.frontends.keras_layers import Entry, Layers, speakable
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.source import Place

Tree = dict[str, Any]
#: names that Keras gives to the input of a Sequential; nobody refers to them
_AUTOMATIC = re.compile(r"input_layer(_\d+)?|input(_\d+)?|.*_input")


class Models:
    """Reads the models of one file; what is not known is in `layers.unread`."""

    def __init__(self, era: int) -> None:
        self.era = era
        self.origins = Origins()
        self.layers = Layers(self.origins, era, self.entry)

    def tree(self, part: Part) -> Tree:
        """The tree of a model."""
        if part.class_name == "Graph" and "node_config" in part.settings:
            from lstmshape.frontends.keras0 import graph_tree

            return graph_tree(self, part)
        if part.class_name == "AutoEncoder" and "encoder_config" in part.settings:
            from lstmshape.frontends.keras0 import auto_encoder_tree

            return auto_encoder_tree(self, part)
        if "input_layers" in part.settings:
            return FunctionalReader(self.layers, part, self.start(part)).tree()
        return self._sequential(part)

    def start(self, part: Part) -> Tree:
        """A tree with nothing but the model's name."""
        tree = self.origins.made({}, part.class_place)
        if part.name is not None:
            tree["name"] = part.name
            self.origins.put(tree, "name", part.name_place)
        if part.settings.get("trainable") is False:
            tree["trainable"] = False
            self.origins.put(tree, "trainable", part.config.child("trainable").place)
        return tree

    def entry(self, part: Part) -> Entry:
        """The entry of a model inside a model."""
        tree = self.tree(part)
        if isinstance(tree.get("name"), str):
            tree["name"] = speakable(tree["name"])
        key = "Model" if isinstance(tree.get("inputs"), dict) or "outputs" in tree else "Sequential"
        entry = self.origins.made({key: tree}, part.class_place)
        self.origins.put(entry, key, part.class_place, part.class_place)
        return entry

    # -- Sequential -----------------------------------------------------------------------------

    def _sequential(self, part: Part) -> Tree:
        tree = self.start(part)
        spots = sequential_layers(part)
        parts = [part_of(spot) for spot in spots]
        first = parts[0] if parts else None
        if first is not None and first.class_name == "Merge" and "layers" in first.settings:
            from lstmshape.frontends.keras0 import merged_branches

            return merged_branches(self, part, tree)
        given = first_input(parts, self.era) or _built_input(part)
        if given is not None:
            put_inputs(self.origins, tree, [given], short=_is_automatic(given.name))
        if first is not None and first.class_name == "InputLayer":
            spots, parts = spots[1:], parts[1:]
        self.chain(tree, spots, parts)
        return tree

    def chain(self, tree: Tree, spots: list[Spot], parts: list[Part | None]) -> list[Any]:
        """Put layers that read each other into `layers` of a tree; what is none stays as it is."""
        place = Place(tree_path(spots))
        entries: list[Any] = tree.get("layers", [])
        if "layers" not in tree:
            tree["layers"] = self.origins.made(entries, place)
            self.origins.put(tree, "layers", place)
        seen: dict[tuple[str, str | None], Part] = {}
        for number, (spot, part) in enumerate(zip(spots, parts, strict=True)):
            after = parts[number + 1] if number + 1 < len(parts) else None
            self._put(entries, self._link(spot, part, after, seen), spot)
        return entries

    def _link(
        self, spot: Spot, part: Part | None, after: Part | None, seen: dict[Any, Part]
    ) -> Any:
        if part is None:
            return spot.value
        # old Keras finds a layer by its name: one that stands there twice is the same
        twin = seen.setdefault((part.class_name, part.name), part)
        shared = twin is not part and part.name is not None and self.era < 3
        if shared and twin.config.value == part.config.value:
            entry = self.origins.made({"reuse": speakable(str(part.name))}, part.class_place)
            self.origins.put(entry, "reuse", part.name_place)
            return entry
        built = after.built_on if after is not None else None
        return self.layers.entry(part, [built] if built is not None else None)

    def _put(self, entries: list[Any], entry: Any, spot: Spot) -> None:
        entries.append(entry)
        self.origins.put(entries, len(entries) - 1, spot.place)


def tree_path(spots: list[Spot]) -> tuple[Any, ...]:
    """Where the list stands that these are the items of."""
    return spots[0].path[:-1] if spots else ()


def sequential_layers(part: Part) -> list[Spot]:
    """The layers of a Sequential: in old Keras its config is the list of them."""
    config = part.config
    return (config if isinstance(config.value, list) else config.child("layers")).children()


def _is_automatic(name: str | None) -> bool:
    return name is None or _AUTOMATIC.fullmatch(name) is not None


def _built_input(part: Part) -> Input | None:
    """The input of a model that was built by its data, which the file remembers."""
    built = part.spot.child("build_config")
    for spot in (part.config.child("build_input_shape"), built.child("input_shape")):
        found = input_of(spot, None, None)
        if found is not None:
            return found
    return None
