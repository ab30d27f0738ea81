"""What a hostile text may cost: little time and memory, and a fact instead of a crash.

Times are generous, for a machine that does other things too; without a bound they would be minutes,
or the process would end.
"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
import yaml

from lstmshape.facts import OverLimit, SyntaxFault
from lstmshape.frontends.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from lstmshape.frontends.yaml_spec import YamlDocument, read_yaml
from lstmshape.frontends.yaml_tree import MAX_FACTS
from lstmshape.source import Place, Source

QUICK = 2.0


def read_quickly(text: str, seconds: float = QUICK) -> YamlDocument:
    start = time.process_time()
    document = read_yaml(Source("spec.yaml", text))
    assert time.process_time() - start < seconds
    return document


#: what is said again and again, and deeper and deeper
DEEP = ["[", "{", "{a: ", "[{", "- ", "? ", "- ? ", "[\n", "{? ", "[a, [", "{a, {", "[[a: "]


@pytest.mark.parametrize("times", [10_000, 1_000_000])
@pytest.mark.parametrize("piece", DEEP)
def test_deep_texts(piece: str, times: int) -> None:
    document = read_quickly(piece * times)
    assert document.tree is None
    (fact,) = document.facts
    assert isinstance(fact, OverLimit)
    assert (fact.what, fact.limit) == ("nesting", MAX_DEPTH)


def test_deep_lines() -> None:
    text = "".join(" " * depth + "a:\n" for depth in range(3_000))
    (fact,) = read_quickly(text).facts
    assert isinstance(fact, OverLimit)
    assert fact.span is not None
    assert fact.span.start.line == MAX_DEPTH


@pytest.mark.parametrize("depth", [1, 50, MAX_DEPTH - 1])
def test_what_is_not_too_deep(depth: int) -> None:
    document = read_quickly("[" * depth + "1" + "]" * depth)
    assert not document.facts
    assert document.locate(Place((0,) * depth)).start == (1, depth + 1)


def bomb(levels: int, width: int, opening: str = "[", closing: str = "]") -> str:
    rows = ["a0: &a0 {k: lol}"]
    for level in range(1, levels):
        aliases = ", ".join([f"*a{level - 1}"] * width)
        rows.append(f"a{level}: &a{level} {opening}{aliases}{closing}")
    return "\n".join(rows)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9, 9), bomb(90, 9), bomb(1000, 2), bomb(30, 9, "{<<: [", "]}"),
        bomb(90, 1, "[[[[", "]]]]"), bomb(40, 2, "{x: [", "]}"),
        "a: &a {" + ", ".join(f"k{n}: 1" for n in range(5_000)) + "}\nb: {<<: ["
        + ", ".join(["*a"] * 5_000) + "]}\n",
    ],
)  # fmt: skip
def test_bombs_of_aliases(text: str) -> None:
    document = read_quickly(text, 1.0)
    assert document.tree is None
    (fact,) = document.facts
    assert isinstance(fact, OverLimit)
    assert fact.what in ("keys and values", "nesting")


def test_bombs_take_little_memory() -> None:
    script = (
        "import resource, sys\n"
        "from lstmshape.frontends.yaml_spec import read_yaml\n"
        "from lstmshape.source import Source\n"
        "read_yaml(Source('x', 'a: 1'))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert read_yaml(Source('x', sys.stdin.read())).facts\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    for text in (bomb(90, 9), "[" * 100_000, bomb(1000, 2)):
        done = subprocess.run(
            [sys.executable, "-c", script], input=text, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) < 20_000  # kilobytes


@pytest.mark.parametrize(
    "text",
    ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a, b: 1}", "a: &a [&b [*a, *b]]",
     "&a [[[*a], *a], {x: *a}]", "a: &a {? *a : 1}"],
)  # fmt: skip
def test_what_contains_itself(text: str) -> None:
    document = read_quickly(text)
    assert document.facts
    repr(document.tree)
    document.locate(Place(("a", "b", 0, 0, "b", 0)))


def test_a_text_may_be_too_long() -> None:
    (fact,) = read_quickly("# " + "x" * MAX_CHARACTERS).facts
    assert isinstance(fact, OverLimit)
    assert fact.unit == "characters"


def test_a_text_may_have_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmshape.frontends.yaml_nodes._Bounds.left", 1000)
    (fact,) = read_quickly("[" + "a, " * 2000 + "]").facts
    assert isinstance(fact, OverLimit)
    assert (fact.what, fact.limit) == ("keys and values", MAX_NODES)
    assert not read_quickly("[" + "a, " * 900 + "]").facts


def test_facts_are_counted() -> None:
    document = read_quickly("a: [" + "None, " * (2 * MAX_FACTS) + "]", 5.0)
    assert len(document.facts) == MAX_FACTS + 1
    assert document.tree == {"a": [None] * (2 * MAX_FACTS)}
    assert isinstance(document.facts[-1], OverLimit)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{n}: 1\n" for n in range(9_000)) + "k8999: 1\n" * 9_000,
        "a: [" + "(1, " * 20_000 + "]", "a: " + "(" * 200_000, "a: [" + "(None, 1), " * 9_000 + "]",
        "a: " + "1" * 1_000_000, "a: [" + ("1:" + "5:" * 100 + "0, ") * 3_000 + "]",
        "- " + "_" * 1_000_000, "{" + "a:b, " * 9_000 + "}", "a: " + "b: " * 500_000,
        "a" * 1_000_000 + ":b", "{" + "a" * 1_000_000 + ":b}", "- &" + "a" * 1_000_000,
        'a: "' + "x\n" * 300_000, "a: [\n" + "'\n" * 100_001, "#" * 1_000_000 + "\n[",
        "[" + " " * 1_000_000 + "x", "a: !" + "x" * 1_000_000 + " b", "x = " * 100_000 + "\n: ]",
        "\n".join(["a: b"] * 100_000) + "\n]", "# lstmshape: ignore[" * 50_000,
        "\n# lstmshape: ignore" * 20_000 + "\na: 1", "%TAG ! tag:x,2000:\n" * 20_000 + "---\na",
    ],
    ids=range(22),
)  # fmt: skip
def test_nothing_costs_its_square(text: str) -> None:
    document = read_quickly(text, 4.0)
    start = time.process_time()
    document.comments()
    document.locate(Place(("a", 5)))
    assert time.process_time() - start < 4.0


def test_a_long_spec_is_read_as_fast_as_its_nodes_are_composed() -> None:
    layer = "  - LSTM: {units: 64, return_sequences: true}\n  - Dense:\n      units: 3  # three\n"
    text = "input: [T, 16]\nlayers:\n" + layer * 3_000
    best = min(_time(text, reader) for reader in (_read, _read, _read))
    composed = min(_time(text, reader) for reader in (_compose, _compose, _compose))
    assert best < 1.7 * composed


def _time(text: str, reader: object) -> float:
    start = time.process_time()
    assert callable(reader)
    assert reader(text)
    return time.process_time() - start


def _read(text: str) -> object:
    return read_yaml(Source("spec.yaml", text)).tree


def _compose(text: str) -> object:
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def test_a_fault_at_the_end_of_a_long_text() -> None:
    (fact,) = read_quickly("a: {b: [\n" + "  x,\n" * 50_000).facts
    assert isinstance(fact, SyntaxFault)
    assert fact.span is not None
    assert fact.span.start.line == 1
