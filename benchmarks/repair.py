"""What looking for fixes costs, over the check alone, in models of 10, 50 and 200 layers.

    python benchmarks/repair.py [--runs 3]

One process, CPU milliseconds, the best of the runs. In each model one thing is wrong.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import yaml

from lstmshape.frontends import read
from lstmshape.pipeline import Policy, check_document

NO_FIXES = Policy(fixes=False)
BLOCK: list[dict[str, Any]] = [
    {"LSTM": {"units": 32, "return_sequences": True}},
    {"Dropout": {"rate": 0.2}},
    {"Dense": {"units": 64, "activation": "relu"}},
    {"Conv1D": {"filters": 64, "kernel_size": 3, "padding": "same"}},
    {"BatchNormalization": None},
]


def good(layers: int) -> dict[str, Any]:
    body = [copy.deepcopy(BLOCK[n % len(BLOCK)]) for n in range(layers - 2)]
    last = [{"LSTM": {"units": 8}}, {"Dense": {"units": 3, "activation": "softmax"}}]
    return {
        "input": [100, 16], "layers": [*body, *last],
        "compile": {"loss": "categorical_crossentropy"},
        "data": {"x": [100, 100, 16], "y": [100, 3]},
    }  # fmt: skip


def _missing_steps(tree: dict[str, Any]) -> None:
    middle = len(tree["layers"]) // 2 // 5 * 5
    tree["layers"][middle]["LSTM"]["return_sequences"] = False


def _steps_left(tree: dict[str, Any]) -> None:
    tree["layers"][-2]["LSTM"]["return_sequences"] = True


def _other_classes(tree: dict[str, Any]) -> None:
    tree["data"]["y"] = [100, 5]


def _flat_data(tree: dict[str, Any]) -> None:
    tree["data"]["x"] = [100, 16]


def _long_kernel(tree: dict[str, Any]) -> None:
    tree["layers"][3]["Conv1D"].update(kernel_size=200, padding="valid")


def _batch_in_input(tree: dict[str, Any]) -> None:
    tree["input"] = [100, 100, 16]


MISTAKES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no steps for the next LSTM": _missing_steps,
    "steps left for the loss": _steps_left,
    "another number of classes": _other_classes,
    "data without features": _flat_data,
    "a kernel longer than the series": _long_kernel,
    "the batch in the input": _batch_in_input,
}


def broken(layers: int) -> Iterator[tuple[str, bytes]]:
    for name, spoil in MISTAKES.items():
        tree = good(layers)
        spoil(tree)
        yield name, yaml.safe_dump(tree, sort_keys=False).encode()


def best(action: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Milliseconds, and what came of it."""
    taken, result = [], None
    for _ in range(runs):
        start = time.process_time()
        result = action()
        taken.append(time.process_time() - start)
    return min(taken) * 1e3, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    for layers in (10, 50, 200):
        taken = []
        for name, text in broken(layers):
            document = read("model.yaml", text)
            alone, _ = best(partial(check_document, document, policy=NO_FIXES), given.runs)
            whole, report = best(partial(check_document, document), given.runs)
            fixes = sum(len(diagnostic.fixes) for diagnostic in report.diagnostics)
            taken.append(whole - alone)
            print(
                f"{layers:4} layers, {name:32}: check {alone:6.1f} ms, repair"
                f" {whole - alone:7.1f} ms, {fixes} fixes"
            )
        print(f"{layers:4} layers: median {statistics.median(taken):.1f}, most {max(taken):.1f} ms")


if __name__ == "__main__":
    main()
