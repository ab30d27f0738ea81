"""The shapes of the same model, here and in Keras, in one process and after the imports.

    python benchmarks/against_keras.py [--runs 5] [--backend jax]

Keras builds the model layer by layer from Python; here a spec is read from its text, judged and
propagated. Beside it: what reading alone costs libyaml (`yaml.compose`), and the ratio for a spec
that is plain data already, as the model is in Python. Wall milliseconds, medians of paired runs,
each after one that warms the processor's caches. Needs Keras.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import yaml

from lstmshape.case import judge
from lstmshape.frontends import read


def rows(layers: int) -> list[tuple[str, dict[str, Any]]]:
    """Recurrent and dense layers, no two neighbours of one size."""
    made: list[tuple[str, dict[str, Any]]] = []
    for n in range(layers):
        if n % 5 == 0:
            made.append(("LSTM", {"units": 8 + n % 7, "return_sequences": True}))
        elif n % 5 == 3:
            made.append(("Dropout", {"rate": 0.25}))
        else:
            made.append(("Dense", {"units": 4 + n % 11, "activation": "relu"}))
    return made


def text_of(made: list[tuple[str, dict[str, Any]]]) -> bytes:
    entries = []
    for name, arguments in made:
        said = ", ".join(f"{key}: {str(value).lower()}" for key, value in arguments.items())
        entries.append(f"  - {name}: {{{said}}}\n")
    return ("input: [T, 16]\nlayers:\n" + "".join(entries)).encode()


def ours(text: bytes) -> list[Any]:
    """The shapes of all outputs, without the batch; None where a size is open."""
    flow = judge(read("model.yaml", text).tree).flow
    return [_erased(call.outputs[0].shape[1:]) for call in flow.calls[1:]]


def _erased(shape: Any) -> tuple[int | None, ...]:
    return tuple(dim if isinstance(dim, int) else None for dim in shape)


def keras_shapes(made: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    import keras

    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((None, 16))])
    for name, arguments in made:
        model.add(getattr(keras.layers, name)(**arguments))
    return [tuple(layer.output.shape[1:]) for layer in model.layers]


def _judged(tree: Any) -> Any:
    return judge(tree).flow


def _composed(text: bytes) -> Any:
    return yaml.compose(text, yaml.CSafeLoader)


def warm_seconds(action: Callable[[Any], Any], given: Any) -> tuple[float, Any]:
    action(given)
    return seconds(action, given)


def seconds(action: Callable[[Any], Any], given: Any) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    result = action(given)
    return time.perf_counter() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--backend", default="jax")
    given = parser.parse_args()
    os.environ["KERAS_BACKEND"] = given.backend
    keras_shapes(rows(5))
    ours(text_of(rows(5)))
    for layers in (5, 20, 50, 100, 200, 500):
        made = rows(layers)
        text = text_of(made)
        tree = read("model.yaml", text).tree
        pairs = []
        for _ in range(given.runs if layers < 200 else min(given.runs, 3)):
            here, shapes = warm_seconds(ours, text)
            judged, composed = warm_seconds(_judged, tree)[0], warm_seconds(_composed, text)[0]
            there, wanted = seconds(keras_shapes, made)
            if shapes != wanted:
                raise SystemExit(f"the shapes differ: {shapes} and {wanted}")
            pairs.append((here, composed, there, there / here, there / judged))
        here, composed, there, ratio, of_data = map(statistics.median, zip(*pairs, strict=True))
        print(
            f"{layers:4} layers: {here * 1e3:7.2f} ms (compose {composed * 1e3:.2f}) against"
            f" {there * 1e3:9.1f} ms, {ratio:5.0f} times faster; {of_data:5.0f} from plain data"
        )


if __name__ == "__main__":
    main()
