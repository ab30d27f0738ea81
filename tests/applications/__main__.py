"""All of keras.applications: python -m applications [NAME ...], from tests/.

Prints a line for each model, what disagrees, and the counts; exits with 1 when anything did.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them unless said")
    given = parser.parse_args()
    from applications.compare import held, names

    counts: Counter[str] = Counter()
    for name in given.names or names():
        start, found = time.monotonic(), held(name)
        counts.update(found.counts)
        counts["disagreements"] += len(found.differences)
        said = ", ".join([f"{found.counts['operations']} operations", *found.exports()])
        print(f"{name}: {said}; {time.monotonic() - start:.1f} s", flush=True)
        for line in [*found.differences, *found.notes]:
            print(f"    {line}", flush=True)
    print("\n".join(f"{what}: {count}" for what, count in counts.items()))
    return 1 if counts["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main())
