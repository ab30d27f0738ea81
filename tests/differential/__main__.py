"""The long run: python -m differential [--seconds 600] [--models N] [--seed 1], from tests/."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--models", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    from differential.compare import run_for

    run = run_for(given.seconds, given.seed, given.models, lambda text: print(text, flush=True))
    print("\n".join(run.report()))
    return 1 if run.found else 0


if __name__ == "__main__":
    sys.exit(main())
