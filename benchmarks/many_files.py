"""Many small specs in one run of the program: with one process, and with two.

    python benchmarks/many_files.py [--files 1000] [--runs 5]

Each spec has 20 layers, and no two are the same; the layers are of 70 kinds, as in the files of
one team. CPU seconds of the program and of the processes that it starts, and wall seconds; start-up
is left out: what the program takes for one of the files. Beside them what `yaml.compose` of the C
loader takes for the same texts in one process.
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
from typing import NamedTuple

import yaml


def spec(number: int) -> str:
    rows = "".join(
        f"  - LSTM: {{units: {8 + (number + k) % 40}, return_sequences: true}}\n"
        f"  - Dense: {{units: {4 + (number * k) % 30}, activation: relu}}\n"
        for k in range(10)
    )
    return f"name: model_{number}\ninput: [T, 16]\nlayers:\n{rows}"


def checked(path: str, jobs: int) -> tuple[float, float]:
    """CPU and wall seconds of one run."""
    words = [sys.executable, "-m", "lstmshape", "check", path, "--format", "concise"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*words, "--jobs", str(jobs)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the check ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, wall


def composed(texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        yaml.compose(text, yaml.CSafeLoader)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    texts = [spec(number) for number in range(given.files)]
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"{number:05}.yaml").write_text(text, encoding="utf-8")
        one = str(Path(folder, "00000.yaml"))
        checked(folder, 1)
        rows = [
            (composed(texts), checked(one, 1), checked(folder, 1), checked(folder, 2))
            for _ in range(given.runs)
        ]
    shown(given.files, [Row(compose, *start, *alone, *two) for compose, start, alone, two in rows])


class Row(NamedTuple):
    """Seconds of one round."""

    compose: float
    start_cpu: float
    start_wall: float
    cpu: float
    wall: float
    cpu_two: float
    wall_two: float


def shown(files: int, rows: list[Row]) -> None:
    typical = Row(*map(statistics.median, zip(*rows, strict=True)))
    cpu, wall = typical.cpu - typical.start_cpu, typical.wall - typical.start_wall
    cpu_two, wall_two = typical.cpu_two - typical.start_cpu, typical.wall_two - typical.start_wall
    ratio = statistics.median((row.cpu - row.start_cpu) / row.compose for row in rows)
    faster = statistics.median(
        (row.wall - row.start_wall) / (row.wall_two - row.start_wall) for row in rows
    )
    print(f"{files} specs of 20 layers; compose alone {typical.compose:.2f} s")
    print(f"start-up     : CPU {typical.start_cpu:.2f} s, left out of what follows")
    print(f"one process  : CPU {cpu:.2f} s ({ratio:.1f} times compose), wall {wall:.2f} s")
    print(f"two processes: CPU {cpu_two:.2f} s, wall {wall_two:.2f} s, {faster:.2f} times faster")


if __name__ == "__main__":
    main()
