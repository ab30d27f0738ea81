"""The long run: python -m fuzz [--seconds 600] [--seed 1] [--keep FOLDER], from tests/.

Every input that the program does not take as it should is kept, with what was said of it.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import shlex
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
    from fuzz.inputs import Input
    from fuzz.trials import run_for

    def tell(number: int, said: str, failed: Input) -> None:
        print(f"--- {number}: lstmshape {shlex.join(failed.words)!a}\n{said.strip()!a}", flush=True)
        for name, data in failed.files.items() if given.keep is not None else ():
            kept = given.keep / str(number) / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)

    faulthandler.enable()
    os.environ.pop("GITHUB_STEP_SUMMARY", None)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder, "here")
        run = run_for(here, given.seconds, given.seed, limit=given.inputs, tell=tell)
    print("\n".join(run.report()))
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
