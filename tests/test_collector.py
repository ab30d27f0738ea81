"""The cyclic collector is left as it was found, also when work is broken off."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from lstmshape.collector import collected_between, collector_paused


@pytest.fixture(params=[True, False], ids=["on", "off"])
def enabled(request: pytest.FixtureRequest) -> Iterator[bool]:
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if was else gc.disable)()


def test_a_pause(enabled: bool) -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled() is enabled
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_between_files(taken: int, enabled: bool) -> None:
    """Objects that stay frozen would be counted at every pause that follows."""
    files = collected_between(["a", "b", "c"])
    for _ in range(taken):
        next(files)
        assert not gc.isenabled()
    files.close()  # type: ignore[attr-defined]  # a generator
    assert gc.isenabled() is enabled
    assert gc.get_freeze_count() == 0
