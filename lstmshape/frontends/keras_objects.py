"""Objects as Keras saves them, to what a spec says: `glorot_uniform`, `{L2: {l2: 0.01}}`.

Every era has its own form: `{"name": "WeightRegularizer", "l2": 0.01}` in Keras 1, `{"class_name":
"L1L2", "config": …}` in Keras 2, the same with `module` and `registered_name` in Keras 3.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from lstmshape.layers.arguments import ACTIVATIONS
from lstmshape.layers.objects import CONSTRAINTS, INITIALIZERS, REGULARIZERS, Family
from lstmshape.naming import snake_case

#: what an argument's name ends with, and the family of what stands there
FAMILIES: dict[str, Family] = {
    "initializer": INITIALIZERS, "regularizer": REGULARIZERS, "constraint": CONSTRAINTS,
}  # fmt: skip

#: names of Keras 0 to 2, and of TensorFlow's versions 1 and 2 of a class, to those of Keras 3
OLD_OBJECTS = {
    "WeightRegularizer": "L1L2", "ActivityRegularizer": "L1L2", "L1L2Regularizer": "L1L2",
    "maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm",
    "max_norm": "MaxNorm", "non_neg": "NonNeg", "unit_norm": "UnitNorm",
    "Zero": "Zeros", "One": "Ones",
}  # fmt: skip
#: arguments of theirs that were called otherwise
OLD_SETTINGS = {"m": "max_value", "low": "min_value", "high": "max_value"}
#: what a setting is when it is not said; one that says it is left out
DEFAULTS: Mapping[str, Any] = {
    "seed": None, "gain": 1.0, "mean": 0.0, "stddev": 0.05, "minval": -0.05, "maxval": 0.05,
    "scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", "input_axes": None,
    "output_axes": None, "min_value": 0.0, "max_value": 2, "rate": 1.0, "axis": 0,
}  # fmt: skip
#: what it meant in TensorFlow's Keras that a setting is None, where Keras 3 wants a number
OF_NONE = {("RandomUniform", "maxval"): 1.0}
#: a default that one class has for itself
OWN_DEFAULTS = {("MinMaxNorm", "max_value"): 1.0}
#: what the settings of VarianceScaling amount to: scale, mode and distribution
SCALINGS = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "normal"): "glorot_normal",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "normal"): "he_normal",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "normal"): "lecun_normal",
}
#: activations that went by other names
OLD_ACTIVATIONS = {
    "softmax_v2": "softmax", "leaky_relu_v2": "leaky_relu", "relu_v2": "relu", "gelu_v2": "gelu",
    "swish_v2": "swish", "silu_v2": "silu", "tf_nn_relu": "relu", "elu_v2": "elu",
}  # fmt: skip


class Foreign(Exception):
    """An object of a class that Keras does not have: `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def plain(value: Any) -> Any:
    """A value as a spec writes it: saved tuples are lists, and single floats are as short as said.

    `{"class_name": "__tuple__", "items": [1, 2]}` gives [1, 2]; 0.0010000000474974513 gives 0.001.
    """
    if isinstance(value, float):
        return short_float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(
        value.get("items"), list
    ):
        return [plain(item) for item in value["items"]]
    if value.get("type") == "ndarray" and "value" in value:
        return plain(value["value"])
    if value.get("class_name") in ("__numpy__", "__tensor__") and isinstance(
        value.get("config"), dict
    ):
        return plain(value["config"].get("value"))
    return {key: plain(item) for key, item in value.items()}


def short_float(value: float) -> float:
    """The shortest number that is the same in 32 bits, where it was held in 32 bits."""
    try:
        (held,) = struct.unpack("f", struct.pack("f", value))
    except (OverflowError, struct.error):
        return value
    if held != value or value == round(value, 3):
        return value
    for digits in range(1, 9):
        short = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == held:
            return short
    return value


def object_of(family: Family, value: Any) -> Any:
    """An initializer, regularizer or constraint: a name, or `{Class: {settings}}`; None for none.

    Raises `Foreign` for what is none of Keras's.
    """
    if value is None or value is False:
        return None
    name, settings = _saved(value)
    if name is None:
        return plain(value)
    found = family.read(OLD_OBJECTS.get(name, name)) or family.read(_unversioned(name))
    if found is None:
        raise Foreign(name)
    class_name = found.class_name
    known = family.classes[class_name]
    said = {OLD_SETTINGS.get(old, old): plain(setting) for old, setting in settings.items()}
    if isinstance(value, dict) and "module" not in value:
        said = {k: OF_NONE.get((class_name, k)) if v is None else v for k, v in said.items()}
    kept = {
        key: item
        for key, item in said.items()
        if key in known
        and item != OWN_DEFAULTS.get((class_name, key), DEFAULTS.get(key, ...))
        and not isinstance(item, dict)
    }
    return _penalty(class_name, kept) if {"l1", "l2"} & set(known) else _short(class_name, kept)


def _short(class_name: str, settings: dict[str, Any]) -> Any:
    if class_name == "VarianceScaling" and "seed" not in settings:
        key = (
            settings.get("scale", 1.0), settings.get("mode", "fan_in"),
            settings.get("distribution", "truncated_normal"),
        )  # fmt: skip
        known = [name for scaling, name in SCALINGS.items() if scaling == key]
        if known:
            return known[0]
    return {class_name: settings} if settings else snake_case(class_name)


def _penalty(class_name: str, settings: dict[str, Any]) -> Any:
    """A penalty of nothing is none; one without settings is what Keras takes for granted."""
    kept = {key: item for key, item in settings.items() if item}
    if not kept:
        return None if settings or class_name == "L1L2" else class_name.lower()
    return {"".join(key.upper() for key in sorted(kept)): kept}


def _saved(value: Any) -> tuple[str | None, dict[str, Any]]:
    """The class and the settings of a saved object, of any era."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, dict):
        return None, {}
    name = value.get("class_name")
    if isinstance(name, str):
        settings = value.get("config")
        # a function is saved with its name for a config
        if isinstance(settings, str):
            return settings, {}
        return name, settings if isinstance(settings, dict) else {}
    name = value.get("name")
    if isinstance(name, str):
        return name, {key: item for key, item in value.items() if key != "name"}
    return None, {}


def _unversioned(name: str) -> str:
    """`GlorotUniformV2` is `GlorotUniform`."""
    return name[:-2] if name[-2:] in ("V1", "V2") else name


def activation_of(value: Any) -> Any:
    """An activation's name; None for `linear`. Raises `Foreign` for what is none of Keras's."""
    if value is None:
        return None
    name, settings = _saved(value)
    if name is None:
        raise Foreign("an activation")
    if name == "Activation" and isinstance(settings.get("activation"), str):
        name = str(settings["activation"])
    found = next((n for n in _spellings(name) if n in ACTIVATIONS), None)
    if found is None:
        raise Foreign(name)
    return None if found == "linear" else found


def _spellings(name: str) -> tuple[str, ...]:
    return name, OLD_ACTIVATIONS.get(name, name), snake_case(name)


def dtype_of(value: Any) -> str | None:
    """The name of a dtype policy; None for float32, which is Keras's default."""
    if isinstance(value, dict):
        config = value.get("config")
        if not isinstance(config, dict):
            return None
        if value.get("class_name") == "QuantizedDTypePolicy":
            value = f"{config.get('mode')}_from_{config.get('source_name')}"
        else:
            value = config.get("name")
    return value if isinstance(value, str) and value != "float32" else None
