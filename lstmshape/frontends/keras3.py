"""Keras 3: whose class a saved object is, told by its `module` and its registered name."""

from __future__ import annotations

#: packages whose layers are Keras's own
OWN = frozenset({"keras", "keras_core", "tf_keras", "tensorflow", "builtins"})
OPERATIONS = ("keras.src.ops", "keras.ops", "keras_core.src.ops", "keras_core.ops")
#: classes that Keras has outside `keras.layers`, or under another name there
INSIDE = {
    "CustomScaleLayer": "keras>CustomScaleLayer",
    "LayerScale": "keras>LayerScale",
    "StochasticDepth": "Identity",
    # how Keras saves it has changed: once as its class is called, now as `keras.layers` calls it
    "GroupedQueryAttention": "GroupQueryAttention",
}


def is_own(module: str | None) -> bool:
    """Whether a module is Keras's; a file of Keras 1 or 2 names none."""
    return module is None or module.partition(".")[0] in OWN


def is_operation(module: str | None) -> bool:
    """Whether it is a tensor function, which stands among the layers of a model."""
    return module is not None and module.startswith(OPERATIONS)
