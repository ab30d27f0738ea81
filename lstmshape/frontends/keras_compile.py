"""What a saved model was compiled with: its loss, its optimizer and its metrics, in every era.

Only what Keras itself has is kept: a loss of the model's own has no rule that it could be held to.
"""

from __future__ import annotations

from typing import Any

from lstmshape.frontends.keras_document import Origins, Spot
from lstmshape.frontends.keras_objects import plain
from lstmshape.losses import OLD, named_loss

#: optimizers of Keras; a file of a person's own optimizer says none
OPTIMIZERS = frozenset({
    "SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Adafactor", "Nadam",
    "Ftrl", "Lion", "Lamb", "Muon",
})  # fmt: skip
USUAL_RATE = 0.001


def put_compile(origins: Origins, tree: dict[str, Any], model: Spot, training: Spot | None) -> None:
    """Write `compile` into a tree, if the file says what the model was compiled with."""
    spot = next((s for s in _places(model, training) if isinstance(s.value, dict)), None)
    if spot is None:
        return
    found = {
        "optimizer": (spot.child("optimizer"), _optimizer),
        "loss": (spot.child("loss"), _losses),
        "metrics": (spot.child("metrics"), _metrics),
    }
    if spot.child("optimizer").value is None:
        found["optimizer"] = spot.child("optimizer_config"), _optimizer
    section = origins.made({}, spot.place)
    for key, (place, read) in found.items():
        value = read(place.value)
        if value:
            section[key] = value
            origins.put(section, key, place.place)
    if section:
        tree["compile"] = section
        origins.put(tree, "compile", spot.place)


def _places(model: Spot, training: Spot | None) -> list[Spot]:
    """Where it may stand; in Keras 0 and 1 beside the layers."""
    found = [model.child("compile_config")]
    if training is not None:
        found.append(training)
    if isinstance(model.value, dict) and "loss" in model.value:
        found.append(model)
    return found


def _optimizer(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower() if value.lower() in map(str.lower, OPTIMIZERS) else None
    if not isinstance(value, dict):
        return None
    name, config = _saved(value)
    known = next((cls for cls in OPTIMIZERS if cls.lower() == str(name).lower()), None)
    if known is None:
        return None
    rate = plain(config.get("learning_rate", config.get("lr")))
    if type(rate) in (int, float) and rate != USUAL_RATE:
        return {known: {"learning_rate": rate}}
    return known.lower()


def _saved(value: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    config = value.get("config", value)
    name = value.get("class_name", value.get("name"))
    return name, config if isinstance(config, dict) else {}


def _losses(value: Any) -> Any:
    """A loss, or losses by output or in order; None where one of them is not Keras's."""
    if isinstance(value, list):
        found = [_losses(item) for item in value]
        return found if all(found) else None
    if not isinstance(value, dict):
        return _loss_name(value)
    if "class_name" not in value:
        by_name = {key: _losses(item) for key, item in value.items()}
        return by_name if all(by_name.values()) else None
    name, config = value.get("class_name"), value.get("config")
    if isinstance(config, str):
        return _loss_name(config)
    found_name = _loss_name(name)
    if found_name is None or not isinstance(config, dict) or not config.get("from_logits"):
        return found_name
    return {name: {"from_logits": True}}


def _loss_name(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    name = OLD.get(value, value)
    return named_loss(name)


def _metrics(value: Any) -> Any:
    """Names of metrics; objects and those of each output are left out."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return list(value)
