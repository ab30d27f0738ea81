"""The long run: python -m differential [--seconds 600] [--models N] [--seed 1], from tests/.

A model is drawn of the seed and its number: processes with other seeds share a run, and one that
was stopped goes on with the `--first` that it printed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--models", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first model")
    parser.add_argument(
        "--numbers", type=float, default=1.0, help="the share compared with numbers for names too"
    )
    parser.add_argument(
        "--second", action="store_true", help="run what Keras accepts, and hold the findings to it"
    )
    given = parser.parse_args()
    run: Any
    if given.second:
        from differential import running

        run = running.run_for(given.seconds, given.seed, given.models, say)
    else:
        from differential.compare import Run, run_for

        run = run_for(Run(given.seed, given.first, given.numbers), given.seconds, given.models, say)
    print("\n".join(run.report()))
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main())
