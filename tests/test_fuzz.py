"""The bounded part of the fuzzing; `python -m fuzz`, from `tests/`, is the long run."""

from __future__ import annotations

from pathlib import Path

from fuzz.inputs import KINDS, ROUND
from fuzz.trials import run_for

INPUTS = 4 * len(ROUND)
#: CPU seconds a file: a loaded machine is several times slower
SLOW = 5.0


def test_inputs_that_nobody_would_write(tmp_path: Path) -> None:
    run = run_for(
        tmp_path / "here", seconds=60, seed=2024, slow=SLOW, limit=INPUTS, together=INPUTS
    )
    assert not run.failures, next(iter(run.failures.values()))
    assert set(run.codes) == {0, 1, 2}
    assert len(run.counts) == len(KINDS)
    assert run.twice
    assert run.together
