"""What Keras builds and what then fails or misleads: said here, and true when it is run.

The second kind of truth. `when_run.yaml` has one spec for each cause that is known; random models
follow. Longer runs: `python -m differential --second --seconds 600 --seed 2`, from `tests/`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from differential.compare import as_yaml
from differential.running import run_for
from differential.second import run

from lstmshape.api import check
from lstmshape.case import Case, judge
from lstmshape.dims import evaluate

TABLE = yaml.safe_load((Path(__file__).parent / "when_run.yaml").read_text(encoding="utf-8"))
SECONDS = float(os.environ.get("LSTMSHAPE_SECOND_SECONDS", "30"))
MODELS = 40
TOLD = ("fails", "misreports", "stretches", "runs")


def shapes(case: Case, sizes: dict[str, int]) -> Any:
    """The outputs' shapes as they are reported."""
    tensors = [tensor for _, tensor in case.flow.outputs() if tensor is not None]
    return tuple(tuple(evaluate(dim, sizes) for dim in tensor.shape) for tensor in tensors)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["what"])
def test_it_is_said_and_it_is_true(row: dict[str, Any], tmp_path: Path) -> None:
    sizes = {"batch": 7, **row.get("sizes", {})}
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(row["spec"], sort_keys=False), encoding="utf-8")
    found = check(path, fixes=False).diagnostics
    assert [d.keras for d in found] == ["builds"] * len(found)
    assert found, "silent"
    if "code" in row:
        assert row["code"] in [d.code for d in found]
    ran = run(row["spec"], sizes)
    if row["real"] == "fails":
        assert ran.failure is not None, ran.outputs
    elif row["real"] == "misreports":
        assert ran.failure is None
        assert ran.outputs != shapes(judge(row["spec"]), sizes)
    else:
        assert ran.failure is None
        assert ran.outputs == shapes(judge(row["spec"]), sizes)


def test_the_table_is_whole() -> None:
    assert {row["real"] for row in TABLE} == set(TOLD)
    names = [row["what"] for row in TABLE]
    assert len(set(names)) == len(names)


def test_random_models_run_as_is_said() -> None:
    runs = run_for(SECONDS, 20261121, MODELS)
    assert [as_yaml(found.smallest) + found.differences[0] for found in runs.found] == []
    assert runs.run >= 15, "a run of next to nothing shows nothing"
    assert 0 < runs.warned < runs.run
