"""The long run: python -m fuzz [--seconds 600] [--seed 1] [--keep FOLDER], from tests/.

Every input that the program does not take as it should is kept, with what was said of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--inputs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that failed")
    given = parser.parse_args()
    from fuzz.trials import MEMORY, run_for

    with tempfile.TemporaryDirectory() as folder:
        run = run_for(Path(folder, "here"), given.seconds, given.seed, limit=given.inputs)
    for number, (said, found) in enumerate(run.failures.values(), 1):
        print(f"--- {number}: lstmshape {' '.join(found.words)}\n{said.strip()}")
        if given.keep is not None:
            for name, data in found.files.items():
                kept = given.keep / str(number) / name
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(data)
    print("\n".join(run.report()))
    return 1 if run.failures or run.grown > MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
