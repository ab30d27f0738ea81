"""Numbers that no size has, wherever a number may stand: found by `python -m fuzz`."""

from __future__ import annotations

import pytest

from lstmshape.frontends import read
from lstmshape.pipeline import check_document
from lstmshape.render.base import Look, find_format
from lstmshape.render.sizes import memory

SPEC = """\
input: [4]
layers:
  - Dropout: {rate: %s}
  - Dropout: {rate: [%s]}
  - Dropout: {rate: "%s"}
  - RandomContrast: {factor: %s}
  - LeakyReLU: {negative_slope: -%s}
  - BatchNormalization: {epsilon: %s, momentum: [%s], axis: %s}
  - Attention: {dropout: %s}
  - Dense: {units: "%s"}
  - Dense: {units: ["%s"]}
    inputs: dense:%s
"""


@pytest.mark.parametrize("digits", [19, 400, 5000])
@pytest.mark.parametrize("format", ["table", "json", "concise"])
def test_numbers_of_many_digits(digits: int, format: str) -> None:
    """Python converts no text of more than 4,300 digits, and no float holds 400."""
    text = SPEC.replace("%s", "9" * digits)
    done = check_document(read("a.yaml", text.encode()))
    assert len(done.diagnostics) >= 8
    assert find_format(format).part(done, Look(columns=True))


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 B"), (1024, "1.00 KB"), (2**60, "1024.00 PB"), (10**400, "about 2**1329 B")],
)
def test_memory_that_no_machine_has(size: int, said: str) -> None:
    assert memory(size) == said
