"""What a check of a small spec costs, as a whole process, against what it must import anyway.

    python benchmarks/startup.py [--runs 15] [--keras]

Two commands are run in turn, A B A B …, so that the ratio holds when the machine's speed drifts.
CPU is user and system time of the process as the operating system counts it. The interpreter that
runs this must have lstmshape installed (and Keras, for `--keras`).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def measured(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall


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
