"""Round trips of random models: python -m roundtrips [--models 1000] [--seed 1], from tests/.

Every model that `check` accepts is exported as keras-json and as keras-python, built by real Keras
from both, held to what `check` said, saved by Keras, read back, and held to the first graph; and
exported as keras-json and yaml and read back as it is. Exits with 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first model")
    given = parser.parse_args()
    from differential.models import Models
    from oracle import import_keras
    from quick_keras import lazy_weights, remembered_signatures

    from roundtrips.trip import travelled

    import_keras()
    counts: Counter[str] = Counter()
    stream = Models(given.seed, given.first)
    with lazy_weights(), remembered_signatures():
        for number in range(given.first, given.first + given.models):
            tree = stream.model()
            for line in travelled(tree, counts):
                counts["lost"] += 1
                print(f"model {number}: {line}\n    {json.dumps(tree)}", flush=True)
            if (number + 1) % 500 == 0:
                print(f"... {number + 1} drawn, {counts['lost']} lost", flush=True)
    print("\n".join(f"{what}: {count}" for what, count in counts.items()))
    return 1 if counts["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
