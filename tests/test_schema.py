"""The schema for editors: good specs are valid, slips are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lstmshape.frontends import read
from lstmshape.schema import spec_schema

GOOD = sorted((Path(__file__).parent.parent / "specs" / "good").glob("*.yaml"))
VALIDATOR = jsonschema.Draft7Validator(spec_schema())

WRONG: list[tuple[str, Any]] = [
    ("no layers", {"input": [3]}),
    ("layers is a mapping", {"input": [3], "layers": {"Dense": {"units": 3}}}),
    ("a key that is none", {"input": [3], "layer": [], "layers": ["Flatten"]}),
    ("an argument that is none", {"input": [3], "layers": [{"Dense": {"unit": 3}}]}),
    ("a required argument is missing", {"input": [3], "layers": [{"Dense": {}}]}),
    ("a negative number", {"input": [3], "layers": [{"Dense": {"units": -3}}]}),
    ("a text for a number", {"input": [3], "layers": [{"LSTM": {"units": "3"}}]}),
    ("a text for a boolean",
     {"input": [3, 2], "layers": [{"LSTM": {"units": 3, "return_sequences": "no"}}]}),
    ("an activation that is none",
     {"input": [3], "layers": [{"Dense": {"units": 3, "activation": "rel"}}]}),
    ("a shape that is a number", {"input": 3, "layers": [{"Dense": {"units": 3}}]}),
    ("a negative size", {"input": [-1, 3], "layers": [{"Dense": {"units": 3}}]}),
    ("a name that is none", {"input": ["T-1"], "layers": [{"Dense": {"units": 3}}]}),
    ("a class that is none", {"input": [3], "layers": [{"Denze": {"units": 3}}]}),
    ("a bare class that is none", {"input": [3], "layers": ["flatten"]}),
    ("an entry key that is none",
     {"input": [3], "layers": [{"Dense": {"units": 3}, "input": "a"}]}),
    ("a wrapper's inner slip",
     {"input": [3, 2], "layers": [{"TimeDistributed": {"layer": {"Dense": {"unit": 3}}}}]}),
    ("an input key that is none",
     {"input": {"shape": [3], "type": "int32"}, "layers": ["Flatten"]}),
    ("a loss that is none", {"input": [3], "layers": ["Flatten"], "compile": {"loss": "mme"}}),
    ("a bound that is none", {"input": ["T"], "layers": ["Flatten"], "dims": {"T": {"low": 1}}}),
]  # fmt: skip


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(spec_schema())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_specs_are_valid(path: Path) -> None:
    tree = read(path.name, path.read_bytes()).tree
    assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


@pytest.mark.parametrize(("what", "tree"), WRONG, ids=[what for what, _ in WRONG])
def test_slips_are_not(what: str, tree: Any) -> None:
    assert list(VALIDATOR.iter_errors(tree)), what
