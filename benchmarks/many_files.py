"""Many small specs in one run of the program: with one process, and with two.

    python benchmarks/many_files.py [--files 1000] [--runs 9] [--format concise]

Each spec has 20 layers, and no two are the same; the layers are of 70 kinds, as in the files of
one team. Start-up is left out: what the program takes for one of the files. Beside one process
stands what `yaml.compose` of the C loader takes for the same texts. Beside two stands what the
machine has to give: two programs at the same time that share nothing, each for half of the files
(their start-up is that of two programs at the same time). Two processors that share a core, or
have other work, give less than twice one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from measuring import measured


def spec(number: int) -> str:
    rows = "".join(
        f"  - LSTM: {{units: {8 + (number + k) % 40}, return_sequences: true}}\n"
        f"  - Dense: {{units: {4 + (number * k) % 30}, activation: relu}}\n"
        for k in range(10)
    )
    return f"name: model_{number}\ninput: [T, 16]\nlayers:\n{rows}"


def composed(texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        yaml.compose(text, yaml.CSafeLoader)
    return time.process_time() - start


def written(folder: Path, texts: list[str]) -> Path:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number:05}.yaml").write_text(text, encoding="utf-8")
    return folder


def command(path: Path, format: str, jobs: int = 1) -> list[str]:
    words = [sys.executable, "-m", "lstmshape", "check", str(path), "--format", format]
    return [*words, "--jobs", str(jobs)]


class Cost(NamedTuple):
    """CPU and wall seconds beyond start-up."""

    cpu: float
    wall: float


def beyond(start: tuple[float, float], whole: tuple[float, float]) -> Cost:
    return Cost(whole[0] - start[0], whole[1] - start[1])


class Round(NamedTuple):
    """What was measured in one round; `apart`: by two programs that share nothing."""

    compose: float
    start: float
    one: Cost
    two: Cost
    apart: Cost


def rounds(texts: list[str], runs: int, format: str) -> Iterator[Round]:
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        whole = written(top / "whole", texts)
        halves = [command(written(top / f"half{k}", texts[k::2]), format) for k in range(2)]
        file = command(whole / "00000.yaml", format)
        measured(file)
        for _ in range(runs):
            start = measured(file)
            yield Round(
                composed(texts),
                start[0],
                beyond(start, measured(command(whole, format))),
                beyond(start, measured(command(whole, format, 2))),
                beyond(measured(file, file), measured(*halves)),
            )


def typical(done: list[Round], value: Callable[[Round], float]) -> float:
    return statistics.median(map(value, done))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--format", default="concise")
    given = parser.parse_args()
    texts = [spec(number) for number in range(given.files)]
    done = list(rounds(texts, given.runs, given.format))
    compose, start = typical(done, lambda r: r.compose), typical(done, lambda r: r.start)
    ratio = typical(done, lambda r: r.one.cpu / r.compose)
    faster = typical(done, lambda r: r.one.wall / r.two.wall)
    possible = typical(done, lambda r: r.one.wall / r.apart.wall)
    print(f"{given.files} specs of 20 layers; compose alone {compose:.2f} s")
    print(f"start-up     : CPU {start:.2f} s, left out of what follows")
    print(f"one process  : {shown([r.one for r in done])}, {ratio:.1f} times compose (CPU)")
    print(f"two processes: {shown([r.two for r in done])}, {faster:.2f} times as fast (wall)")
    print(f"two programs : {shown([r.apart for r in done])}, {possible:.2f} times as fast (wall)")


def shown(costs: list[Cost]) -> str:
    cpu, wall = map(statistics.median, zip(*costs, strict=True))
    return f"CPU {cpu:.2f} s, wall {wall:.2f} s"


if __name__ == "__main__":
    main()
