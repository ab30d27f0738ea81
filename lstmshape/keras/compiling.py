"""`compile:` of a spec as the arguments of `keras.Model.compile`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from lstmshape.keras.errors import BuildError, asking_keras
from lstmshape.keras.values import named_object, refuse_unsafe

_NAMESPACES: dict[str, list[Any]] = {
    "optimizer": [keras.optimizers, keras.optimizers.schedules],
    "loss": [keras.losses],
    "metrics": [keras.metrics],
    "weighted_metrics": [keras.metrics],
}


def compile_model(model: Any, written: Any) -> None:
    """Compiles the model with what stands under `compile:`.

    Losses, metrics and the optimizer are Keras's own names (`mse`), or `{Class: {arguments}}`
    (`{Adam: {learning_rate: 0.001}}`), for all or one an output. Raises BuildError.
    """
    if not isinstance(written, Mapping):
        raise BuildError("`compile` is a mapping of the arguments of compile", ("compile",))
    refuse_unsafe(written, ("compile",))
    with asking_keras(("compile",), "compile"):
        arguments = {
            str(key): named_object(value, _NAMESPACES.get(key, []))
            for key, value in written.items()
        }
        model.compile(**arguments)
