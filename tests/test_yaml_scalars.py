"""What plain scalars mean, and that the writer's scalars are read as what they say."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lstmshape.facts import LookAlike, OverLimit
from lstmshape.frontends.proof import same
from lstmshape.frontends.yaml_scalars import SWITCHES, read_plain
from lstmshape.frontends.yaml_spec import read_yaml
from lstmshape.frontends.yaml_text import CannotSay, flow, key_words, scalar
from lstmshape.source import Source

AGREED = {
    "1": 1, "-3": -3, "+4": 4, "0": 0, "0x1F": 31, "1.5": 1.5, "-1.5e+3": -1500.0, ".5": 0.5,
    "1.": 1.0, "null": None, "~": None, "true": True, "False": False, "TRUE": True,
    ".inf": math.inf, "-.Inf": -math.inf, "relu": "relu", "encoder:1": "encoder:1",
    "2001-12-14": "2001-12-14",
    "a b": "a b", "07": 7, "1-2": "1-2", ".": ".", "=": "=", "inf": "inf", "none": "none",
    "(a)": "(a)", "(see below)": "(see below)", "(": "(", "(1": "(1", "(1,2]": "(1,2]",
    "(,)": "(,)",
    "(1 2)": "(1 2)", "(1,2) + 3": "(1,2) + 3",
}  # fmt: skip

#: written, meant, and what another reader makes of it
ODD: list[tuple[str, Any, Any]] = [
    ("None", None, "None"), ("1e3", 1000.0, "1e3"), ("1e-4", 0.0001, "1e-4"), ("2E5", 2e5, "2E5"),
    ("1.5e3", 1500.0, "1.5e3"), ("-.5", -0.5, "-.5"), ("010", 10, 8), ("-010", -10, -8),
    ("08", 8, "08"), ("0o17", 15, "0o17"), ("1_000", 1000, "1_000"), ("0b11", 3, "0b11"),
    ("-0x1F", -31, "-0x1F"),
    ("1_0.5", 10.5, "1_0.5"), ("1:30", "1:30", 90), ("-1:30", "-1:30", -90),
    ("1:30.5", "1:30.5", 90.5),
    ("(None, 10)", [None, 10], "(None, 10)"), ("(10,)", [10], "(10,)"), ("(10)", 10, "(10)"),
    ("()", [], "()"), ("(T, 16)", ["T", 16], "(T, 16)"), ("((1, 2), (3, 4))", [[1, 2], [3, 4]],
    "((1, 2), (3, 4))"), ("('a', True)", ["a", True], "('a', True)"), ("(None)", None, "(None)"),
    ("( 1 , )", [1], "( 1 , )"), ("(1, [2, 3])", [1, [2, 3]], "(1, [2, 3])"),
]  # fmt: skip


def read(text: str) -> tuple[Any, list[Any]]:
    document = read_yaml(Source("spec.yaml", text))
    return document.tree, list(document.facts)


@pytest.mark.parametrize(("text", "value"), AGREED.items())
def test_scalars_that_readers_agree_on(text: str, value: Any) -> None:
    tree, facts = read(f"key: {text}")
    assert same(tree, {"key": value})
    assert not facts


def test_not_a_number() -> None:
    tree, _ = read("key: .nan")
    assert math.isnan(tree["key"])


@pytest.mark.parametrize(("text", "meant", "read_as"), ODD)
def test_scalars_that_look_like_something_else(text: str, meant: Any, read_as: Any) -> None:
    tree, facts = read(f"key: {text}")
    assert same(tree, {"key": meant})
    (fact,) = facts
    assert isinstance(fact, LookAlike)
    assert same([fact.text, fact.meant, fact.read], [text, meant, read_as])
    assert fact.place == (("key",), "value")


@pytest.mark.parametrize("text", sorted({text for text, *_ in ODD} | set(AGREED) | set(SWITCHES)))
def test_quoted_scalars_are_strings(text: str) -> None:
    single = "'" + text.replace("'", "''") + "'"
    assert read(f'- {single}\n- "{text}"\n') == ([text, text], [])


CORE_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
CORE_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def core_reading(text: str) -> Any:
    """The core schema of YAML 1.2, section 10.3.2, as far as numbers go."""
    if CORE_INT.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    return float(text) if CORE_FLOAT.fullmatch(text) else text


@given(st.text("0123456789-+._:eExXob af", min_size=1, max_size=8).map(str.strip))
@example("0_7")
@example("00")
@example("0b_")
@example("08_")
def test_numbers_are_odd_where_pyyaml_and_the_core_schema_differ(text: str) -> None:
    reading = read_plain(text)
    core = core_reading(text)
    assume(text and text not in SWITCHES)
    try:
        pyyaml = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return  # no plain scalar, or one that PyYAML fails on, such as `0b_`
    if isinstance(pyyaml, (datetime.date, dict, list)) or pyyaml is None:
        return
    if reading.odd:
        assert not same(core, pyyaml)
        assert same(reading.meant, core) or same(reading.meant, pyyaml) or "_" in text
        assert not same(reading.meant, reading.read)
    else:
        assert same(reading.meant, core)
        assert same(core, pyyaml)


#: where a word of YAML 1.1's booleans stands, and what it means there
PLACES = [
    ("layers: [{LSTM: {return_sequences: WORD}}]", True),
    ("layers:\n- LSTM:\n    trainable: WORD", True),
    ("defaults: {stateful: WORD}", True),
    ("layers: [{LSTM: {name: WORD}}]", False),
    ("layers: [{LSTM: {}, inputs: WORD}]", False),
    ("layers: [{LSTM: {}, inputs: {query: WORD}}]", False),
    ("layers: [{LSTM: {}, call: {mask: WORD}}]", False),
    ("layers: [{LSTM: {}, call: {training: WORD}}]", True),
    ("layers: [{reuse: WORD}]", False),
    ("layers: [WORD]", False),
    ("input: [WORD, 3]", False),
    ("layers: [{Reshape: {target_shape: [WORD, 2]}}]", False),
    ("outputs: {a: WORD}", False),
    ("name: WORD", False),
    ("{WORD: 1}", False),
]


@pytest.mark.parametrize(("text", "switch"), PLACES)
@pytest.mark.parametrize("word", ["on", "yes", "No", "OFF", "y", "n"])
def test_switches_are_booleans_only_where_no_name_stands(
    text: str, switch: bool, word: str
) -> None:
    tree, facts = read(text.replace("WORD", word))
    value = SWITCHES[word] if switch else word
    while isinstance(tree, (dict, list)):
        tree = next(reversed(tree.values())) if isinstance(tree, dict) else tree[0]
    if text.startswith("{"):
        assert tree == 1
    else:
        assert same(tree, value)
    assert [type(fact) for fact in facts] == ([LookAlike] if switch else [])


FLOWS = [
    ("[(None, 10)]", [[None, 10]], 1),
    ("{shape: (None, 10), dtype: float32}", {"shape": [None, 10], "dtype": "float32"}, 1),
    ("{a: (1,), b: (None,10) }", {"a": [1], "b": [None, 10]}, 2),
    ("{a: ((1, 2), (3, 4))}", {"a": [[1, 2], [3, 4]]}, 1),
    ("[1, (2, 3), 4]", [1, [2, 3], 4], 1),
    ("{a: (1,\n  2), b: 3}", {"a": [1, 2], "b": 3}, 1),
    ("{a: &x (1, 2), b: *x}", {"a": [1, 2], "b": [1, 2]}, 1),
    ("{target_shape: (4, 5, 6,)}", {"target_shape": [4, 5, 6]}, 1),
    ("{a: (10)}", {"a": 10}, 1),
    ("{a: (1, b: 2}", {"a": "(1", "b": 2}, 0),
    ("[(a, b]", ["(a", "b"], 0),
    ("{a: '(1, 2)'}", {"a": "(1, 2)"}, 0),
]


@pytest.mark.parametrize(("text", "tree", "facts"), FLOWS)
def test_tuples_that_yaml_splits(text: str, tree: Any, facts: int) -> None:
    found, said = read("key: " + text)
    assert same(found, {"key": tree})
    assert [type(fact) for fact in said] == [LookAlike] * facts


def test_a_number_may_be_too_long() -> None:
    tree, facts = read("key: " + "1" * 5000)
    assert tree == {"key": "1" * 5000}
    assert [type(fact) for fact in facts] == [OverLimit]


# -- writing -------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        *SWITCHES,
        *AGREED,
        *(text for text, *_ in ODD),
        "a: b",
        "a #b",
        "- a",
        "'",
        "\u2028",
        "\x85",
        "\ufeff",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_what_is_written_is_read_by_us_and_by_pyyaml(value: Any, quoted: bool) -> None:
    text = flow(value, quoted)
    assert "\n" not in text
    tree, facts = read(f"a: [{text}, {text}]\nb: {text}\nc: {{d: {text}}}")
    assert same(tree, {"a": [value, value], "b": value, "c": {"d": value}}), text
    assert not facts
    assert same(yaml.safe_load(f"b: {text}"), {"b": value}), text


@given(TEXTS)
def test_keys(text: str) -> None:
    words = key_words(text)
    assert same(read(f"{words}: 1\n")[0], {text: 1})
    assert same(read(f"[{{{words}: 1}}]")[0], [{text: 1}])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e300, 5e-324, -0.0, 1e22, 1e16])
def test_floats(value: float) -> None:
    assert same(read(f"a: {scalar(value)}")[0], {"a": value})
    assert same(yaml.safe_load(scalar(value)), value)


@pytest.mark.parametrize("value", ["\ud800", {1: 2}, object(), {"a": {1}}, {"x" * 2000: 1}])
def test_what_cannot_be_said(value: Any) -> None:
    with pytest.raises(CannotSay):
        flow(value)


def test_nesting_has_an_end() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(CannotSay):
        flow(value)
