"""The objects of a Keras file, whatever its era: a class, its arguments, its name, its module."""

from __future__ import annotations

from typing import Any, NamedTuple

from lstmshape.frontends.keras_document import Spot
from lstmshape.source import Place

MODEL_CLASSES = frozenset({"Sequential", "Model", "Functional", "Graph", "AutoEncoder"})


class Part(NamedTuple):
    """A saved layer or model. In Keras 0 the object is its own config, and `name` its class."""

    spot: Spot
    class_name: str
    config: Spot
    name: str | None
    flat: bool = False

    @property
    def module(self) -> str | None:
        return self.spot.text("module")

    @property
    def registered(self) -> str | None:
        return self.spot.text("registered_name")

    @property
    def class_place(self) -> Place:
        """Where the class is named."""
        return self.spot.child("name" if self.flat else "class_name").place

    @property
    def name_place(self) -> Place:
        """Where its name is said."""
        if self.flat:
            return self.spot.child("custom_name").place
        named = isinstance(self.config.value, dict) and "name" in self.config.value
        return (self.config if named else self.spot).child("name").place

    @property
    def settings(self) -> dict[str, Any]:
        """Its config as a mapping; empty where it is none."""
        return self.config.value if isinstance(self.config.value, dict) else {}

    @property
    def is_model(self) -> bool:
        """Whether it is a model, whose layers are in the file."""
        settings = self.config.value
        if self.class_name in MODEL_CLASSES:
            return True
        # a subclass of Functional that says its layers as Functional does
        return isinstance(settings, dict) and all(
            key in settings for key in ("layers", "input_layers", "output_layers")
        )

    @property
    def built_on(self) -> list[Any] | None:
        """The shape, with its batch axis, that Keras 3 built it on."""
        config = self.spot.child("build_config")
        return shape_of(config.child("input_shape").value)


def part_of(spot: Spot) -> Part | None:
    """The layer or model that is saved there; None where it is none."""
    value = spot.value
    if not isinstance(value, dict):
        return None
    class_name = value.get("class_name")
    if isinstance(class_name, str):
        config = spot.child("config")
        name = spot.text("name")
        return Part(spot, class_name, config, name if name is not None else config.text("name"))
    name = value.get("name")
    if isinstance(name, str) and name[:1].isupper() and "config" not in value:
        own = spot.text("custom_name")
        # unless a person chose it, every layer was called after its class
        return Part(spot, name, spot, own if own != name.lower() else None, flat=True)
    return None


def shape_of(value: Any) -> list[Any] | None:
    """A saved shape, with its batch axis; None for what is none, or several."""
    if isinstance(value, dict):
        value = value.get("items")
    if isinstance(value, list) and value and all(d is None or type(d) is int for d in value):
        return value
    return None
