"""How reading, judging and rules grow with the number of layers, against libyaml alone.

    python benchmarks/scale.py [--largest 100000]

One process, CPU seconds, without start-up, and the most memory of another process that only
checks. `compose` is what PyYAML's C loader takes to compose the same text, measured just before.
The cyclic collector is paused for all of it: with it, `compose` of 10,000 layers takes about twice
as long, and the check, which pauses it for itself, does not.
"""

from __future__ import annotations

import argparse
import gc
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import yaml

from lstmshape.case import judge
from lstmshape.frontends import read
from lstmshape.graph import build_graph
from lstmshape.layers.alike import TWINS
from lstmshape.propagate import flow_of
from lstmshape.rules import diagnose
from lstmshape.spec import read_spec


def chain(layers: int) -> str:
    """A chain of recurrent and dense layers over an open time axis."""
    pair = (
        "  - LSTM: {units: 12, return_sequences: true}\n  - Dense: {units: 16, activation: relu}\n"
    )
    return "input: [T, 16]\nlayers:\n" + pair * (layers // 2)


def varied(layers: int) -> str:
    """The same chain, in which no two layers are alike: nothing can be worked out once for all."""
    rows = (
        f"  - LSTM: {{units: {n % 500 + 1}, dropout: 0.{n // 500}, return_sequences: true}}\n"
        f"  - Dense: {{units: {n + 2}, activation: relu}}\n"
        for n in range(layers // 2)
    )
    return "input: [T, 16]\nlayers:\n" + "".join(rows)


def graph(layers: int) -> str:
    """Dense layers with a skip connection around each pair."""
    lines = ["input: [T, 16]", "layers:", "  - Dense: {units: 16, name: n0}"]
    for n in range(1, layers // 2):
        lines.append(f"  - Dense: {{units: 16, name: d{n}}}")
        lines.append(f"  - Add: {{name: n{n}}}\n    inputs: [d{n}, n{n - 1}]")
    return "\n".join(lines) + "\n"


def cpu(action: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    gc.disable()
    start = time.process_time()
    result = action()
    taken = time.process_time() - start
    gc.enable()
    return taken, result


def fresh() -> None:
    """As a process that has read nothing yet."""
    TWINS.clear()


#: a small process between, since what is started takes over the peak of what starts it
_PEAK = """
import resource, subprocess, sys
command = [sys.executable, "-m", "lstmshape", "check", sys.argv[1], "--format", "concise"]
subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def megabytes(text: str) -> float:
    """The most memory that a check of the text needs, as a whole process; NaN where none tells."""
    if sys.platform == "win32":
        return math.nan
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [sys.executable, "-c", _PEAK, file.name]
        peak = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return int(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def row(name: str, text: str, layers: int) -> float:
    """Print one row; gives the seconds that the check took."""
    fresh()
    composing, _ = cpu(lambda: yaml.compose(text, yaml.CSafeLoader))
    reading, document = cpu(lambda: read("model.yaml", text.encode()))
    judging, case = cpu(lambda: judge(document.tree))
    ruling, _ = cpu(lambda: diagnose(case, document.facts))
    fresh()
    built, _ = build_graph(read_spec(document.tree)[0])
    flowing, _ = cpu(lambda: flow_of(built))
    whole = reading + judging + ruling
    print(
        f"{name:6} {layers:7} layers: check {whole:7.3f} s, {whole / composing:4.1f} times compose"
        f" ({composing:.3f} s); propagation {flowing / layers * 1e6:5.1f} us a layer;"
        f" {megabytes(text):5.0f} MB"
    )
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=10_000)
    given = parser.parse_args()
    for name, make in (("chain", chain), ("varied", varied), ("graph", graph)):
        sizes = [n for n in (100, 1_000, 10_000, 100_000) if n <= given.largest]
        taken = [row(name, make(n), n) for n in sizes]
        if len(sizes) > 2:
            exponent = math.log(taken[-1] / taken[1]) / math.log(sizes[-1] / sizes[1])
            print(f"{name:6} grows with exponent {exponent:.2f} from {sizes[1]} layers on")


if __name__ == "__main__":
    main()
