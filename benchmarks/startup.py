"""What a check of a small spec costs, as a whole process, against what it must import anyway.

    python benchmarks/startup.py [--runs 15] [--keras]

Two commands are run in turn, A B A B …, so that the ratio holds when the machine's speed drifts.
CPU is user and system time of the process as the operating system counts it. The interpreter that
runs this must have lstmshape installed (and Keras, for `--keras`).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import measured

SPEC = """\
input: [T, 16]
layers:
  - LSTM: {units: 64}
  - RepeatVector: {n: 10}
  - LSTM: {units: 64, return_sequences: true}
  - Dropout: {rate: 0.2}
  - TimeDistributed: {layer: {Dense: {units: 1}}}
"""
IMPORTS = "import typer, yaml; from rich.console import Console; from rich.table import Table"
KERAS = """\
import os
os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
layers = keras.layers
keras.Sequential([
    keras.Input((None, 16)), layers.LSTM(64), layers.RepeatVector(10),
    layers.LSTM(64, return_sequences=True), layers.Dropout(0.2),
    layers.TimeDistributed(layers.Dense(1)),
]).summary()
"""


def paired(a: list[str], b: list[str], runs: int) -> str:
    """The medians of both, and of the ratio pair by pair."""
    measured(a), measured(b)
    rows = [(measured(a), measured(b)) for _ in range(runs)]
    out = []
    for name, k in (("CPU", 0), ("wall", 1)):
        ours = statistics.median(row[0][k] for row in rows)
        theirs = statistics.median(row[1][k] for row in rows)
        ratio = statistics.median(row[0][k] / row[1][k] for row in rows)
        out.append(f"{name} {ours:.3f} s against {theirs:.3f} s, ratio {ratio:.2f}")
    return "; ".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--keras", action="store_true", help="also against Keras building it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "model.yaml")
        spec.write_text(SPEC, encoding="utf-8")
        python = [sys.executable, "-c"]
        check = [sys.executable, "-m", "lstmshape", "check", str(spec)]
        print("table   :", paired(check, [*python, IMPORTS], given.runs))
        concise = [*check, "--format", "concise"]
        print("concise :", paired(concise, [*python, "import typer, yaml"], given.runs))
        if given.keras:
            print("Keras   :", paired(check, [*python, KERAS], max(3, given.runs // 5)))


if __name__ == "__main__":
    main()
