"""specs/good and specs/broken keep their own rules, and real Keras agrees with what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from accepted import accepted_fixes, data_faults, same
from expectations import BROKEN, GOOD, comment, expected
from oracle import Observation, observe, trace


def stem(path: Path) -> str:
    return path.stem


def tree_of(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def fits(wanted: Any, given: Sequence[Sequence[int | None]]) -> bool:
    """Whether an `expect` says these shapes, batch and all; a name stands for an open dim."""
    several = bool(wanted) and all(isinstance(shape, list) for shape in wanted)
    shapes = [
        [None if isinstance(size, str) else size for size in shape]
        for shape in (wanted if several else [wanted])
    ]
    return len(shapes) == len(given) and all(
        same(shape, real[1:]) for shape, real in zip(shapes, given, strict=True)
    )


def sizes(tree: Mapping[str, Any]) -> dict[str, int]:
    """A number for each named dim of a spec: what it is bound to, its bound, or what is fed."""
    bound = tree.get("dims") or {}
    known = {n: b.get("min") or b["max"] if isinstance(b, dict) else b for n, b in bound.items()}
    inputs = tree.get("inputs") or {"input": tree["input"]}
    arrays = (tree.get("data") or {}).get("x") or {}
    named = arrays if isinstance(arrays, dict) else {"input": arrays}
    for name, written in inputs.items():
        shape = written["shape"] if isinstance(written, dict) else written
        for dim, size in zip(shape, (named.get(name) or [None] * 9)[1:], strict=False):
            if isinstance(dim, str) and size is not None:
                known.setdefault(dim, size)
    return known


@pytest.mark.parametrize("path", GOOD, ids=stem)
def test_good_is_what_keras_says(path: Path) -> None:
    tree = tree_of(path)
    seen: Observation = observe(tree)
    assert seen.accepted, seen.refusals
    assert seen.warnings == ()
    assert seen.params == tree["expect"]["params"]
    assert fits(tree["expect"]["output"], seen.outputs or ())
    for index, entry in enumerate(tree["layers"]):
        if isinstance(entry, dict) and "expect" in entry:
            given = [output.shape for output in seen.calls[index].outputs]
            assert fits(entry["expect"], given), (entry, given)
    assert data_faults(tree, seen) == []


@pytest.mark.parametrize("path", GOOD, ids=stem)
def test_good_runs_as_reported(path: Path) -> None:
    tree = tree_of(path)
    ran = trace(tree, sizes(tree), default=60)
    assert ran.failure is None
    for real, reported in zip(ran.outputs or (), observe(tree).outputs or (), strict=True):
        assert same(real, reported)


@pytest.mark.parametrize("path", GOOD, ids=stem)
def test_good_says_what_it_shows(path: Path) -> None:
    head = comment(path)
    assert len(" ".join(head)) > 20
    assert not head[0].startswith("http")
    assert expected(path) == (frozenset(), frozenset())


@pytest.mark.parametrize("path", BROKEN, ids=stem)
def test_broken_says_what_is_expected(path: Path) -> None:
    marks = expected(path)
    assert marks.must
    assert not marks.must & marks.may
    assert comment(path)


def test_accepted_fixes_are_those_of_the_mistakes() -> None:
    sources = {}
    for path in BROKEN:
        head = comment(path)
        found = [line.removeprefix("source: ") for line in head if line.startswith("source: ")]
        if found:
            (sources[path.stem],) = found
            assert any(line.startswith("accepted fix: ") for line in head), path
    assert sources == {case: fix["source"] for case, fix in accepted_fixes().items()}
    assert len(sources) >= 35
