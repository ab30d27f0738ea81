"""From a path in the tree back to the text that says it."""

from __future__ import annotations

import pytest

from lstmshape.frontends.yaml_spec import YamlDocument, read_yaml
from lstmshape.source import Part, Path, Place, Position, Source

SPEC = """\
name: model  # the name
input: [T, 16]
layers:
  - LSTM: {units: 64, return_sequences: true}   # c

  # about the next
  - Flatten
  - Dropout:
  - "Dense":   # c
      units: 3

      # inner
      kernel: &k
        seed: 1
        # tail
    inputs: [a, 'b:1']
  - TimeDistributed: {layer: {Dense: {units: 1}}}
  -
    GRU: {units: 😀, name: x}
  - |-
    Reshape

data:
  x: >
    folded
    text

  y: "a
    b"
# end
"""

WRITTEN: list[tuple[Path, str, str, str]] = [
    # path, key, value, entry
    (("name",), "name", "model", "name: model"),
    (("input",), "input", "[T, 16]", "input: [T, 16]"),
    (("input", 1), "16", "16", "16"),
    (("layers", 0), *["LSTM: {units: 64, return_sequences: true}"] * 3),
    (("layers", 0, "LSTM"), "LSTM", "{units: 64, return_sequences: true}",
     "LSTM: {units: 64, return_sequences: true}"),
    (("layers", 0, "LSTM", "units"), "units", "64", "units: 64"),
    (("layers", 1), *["Flatten"] * 3),
    (("layers", 1, "Flatten"), *["Flatten"] * 3),
    (("layers", 2), *["Dropout:"] * 3),
    (("layers", 2, "Dropout"), "Dropout", "Dropout", "Dropout:"),
    (("layers", 3, "Dense"), '"Dense"',
     "units: 3\n\n      # inner\n      kernel: &k\n        seed: 1",
     '"Dense":   # c\n      units: 3\n\n      # inner\n      kernel: &k\n        seed: 1'),
    (("layers", 3, "Dense", "kernel"), "kernel", "&k\n        seed: 1",
     "kernel: &k\n        seed: 1"),
    (("layers", 3, "inputs", 1), *["'b:1'"] * 3),
    (("layers", 4, "TimeDistributed", "layer", "Dense"), "Dense", "{units: 1}",
     "Dense: {units: 1}"),
    (("layers", 5, "GRU", "units"), "units", "😀", "units: 😀"),
    (("layers", 5, "GRU", "name"), "name", "x", "name: x"),
    (("layers", 6), *["|-\n    Reshape"] * 3),
    (("data", "x"), "x", ">\n    folded\n    text", "x: >\n    folded\n    text"),
    (("data", "y"), "y", '"a\n    b"', 'y: "a\n    b"'),
    (("data",), "data", 'x: >\n    folded\n    text\n\n  y: "a\n    b"',
     'data:\n  x: >\n    folded\n    text\n\n  y: "a\n    b"'),
]  # fmt: skip


def read(text: str) -> YamlDocument:
    return read_yaml(Source("spec.yaml", text))


def text_at(document: YamlDocument, path: Path, part: Part = "value") -> str:
    """The text of a place, cut out by lines and columns."""
    (line, column), (end_line, end_column) = document.locate(Place(path, part))
    lines = document.source.text.split("\n")[line - 1 : end_line]
    lines[-1] = lines[-1][: end_column - 1]
    lines[0] = lines[0][column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("path", "key", "value", "entry"), WRITTEN)
def test_places(path: Path, key: str, value: str, entry: str, mark: str, newline: str) -> None:
    document = read(mark + SPEC.replace("\n", newline))
    found = [text_at(document, path, part) for part in ("key", "value", "entry")]
    assert found == [words.replace("\n", newline) for words in (key, value, entry)]


def test_columns_count_characters_from_one_and_end_before_the_end() -> None:
    document = read("\ufeff😀: {a: 1,\n 名: 23}\n")
    assert document.locate(Place(("😀",), "key")) == (Position(1, 2), Position(1, 3))
    assert document.locate(Place(("😀", "a"))) == (Position(1, 9), Position(1, 10))
    assert document.locate(Place(("😀", "名"))) == (Position(2, 5), Position(2, 7))


@pytest.mark.parametrize("strange", ["\x85", "\u2028", "\u2029", "\r"])
def test_lines_are_those_of_the_source_whatever_yaml_takes_for_a_break(strange: str) -> None:
    document = read(f"a: 'x{strange}y'\nb: 1{strange}c: 2\nd: 3\n")
    assert document.tree["c"] == 2
    assert document.locate(Place(("b",), "key")).start == (2, 1)
    assert document.locate(Place(("c",), "key")).start == (2, 6)
    assert document.locate(Place(("d",))) == ((3, 4), (3, 5))


NOT_WRITTEN: list[tuple[str, Path, str]] = [
    ("a: {b: {c: 1}}", ("a", "b", "x", "y"), "{c: 1}"),
    ("a: {b: 1}", ("a", "b", "c"), "1"),
    ("a: {b: }", ("a", "b", "c"), "b"),
    ("- LSTM:\n- B", (0, "LSTM", "units"), "LSTM"),
    ("- Flatten\n- B", (0, "Flatten", "units"), "Flatten"),
    ("a: [1, 2]", ("a", 5), "[1, 2]"),
    ("a: [1, 2]", ("a", "b"), "[1, 2]"),
    ("a: 1  # c\nb: 2\n\n# end", ("x",), "a: 1  # c\nb: 2"),
    ("a: (1, 2)", ("a", 0), "(1, 2)"),
    ("a: {b: (1, 2), c: 3}", ("a", "b", 1), "(1, 2)"),
    ("-\n- b", (0,), "-"),
    ("a: {b, c}", ("a", "b"), "b"),
    ("? a\n? b", ("a",), "a"),
]


@pytest.mark.parametrize(("text", "path", "found"), NOT_WRITTEN)
def test_the_nearest_text_stands_for_what_is_not_written(text: str, path: Path, found: str) -> None:
    assert text_at(read(text), path) == found


ALIASED = """\
base: &base {units: 64, kernel: &k [1, 2]}
more: &more {<<: *base, rate: 1}
layers:
  - LSTM: *base
  - GRU: {<<: [*more, {seed: 3}], units: 5}
  - &flat Flatten
  - *flat
  - [*k, *k, &n [3], *n]
*flat : 7
"""

BEHIND_ALIASES: list[tuple[Path, str, str, int]] = [
    # path, key, value, and the line of the value
    (("layers", 0, "LSTM"), "LSTM", "*base", 4),
    (("layers", 0, "LSTM", "units"), "units", "64", 1),
    (("layers", 0, "LSTM", "kernel", 1), "2", "2", 1),
    (("layers", 1, "GRU", "units"), "units", "5", 5),
    (("layers", 1, "GRU", "rate"), "rate", "1", 2),
    (("layers", 1, "GRU", "kernel"), "kernel", "&k [1, 2]", 1),
    (("layers", 1, "GRU", "seed"), "seed", "3", 5),
    (("layers", 2), "&flat Flatten", "&flat Flatten", 6),
    (("layers", 3), "*flat", "*flat", 7),
    (("layers", 4, 0), "*k", "*k", 8),
    (("layers", 4, 1), "*k", "*k", 8),
    (("layers", 4, 3), "*n", "*n", 8),
    (("layers", 4, 3, 0), "3", "3", 8),
    (("Flatten",), "*flat", "7", 9),
]


@pytest.mark.parametrize(("path", "key", "value", "line"), BEHIND_ALIASES)
def test_places_behind_aliases_and_merge_keys(path: Path, key: str, value: str, line: int) -> None:
    document = read(ALIASED)
    assert not document.facts
    assert text_at(document, path, "key") == key
    assert text_at(document, path) == value
    assert document.locate(Place(path)).start.line == line


def test_aliases_are_told_apart_where_yaml_was_mended() -> None:
    document = read("[&a (1, 2), *a, units, {x: (3, 4), y:5, z: *a, w: *a}, *a]")
    mapping = {"x": [3, 4], "y": 5, "z": [1, 2], "w": [1, 2]}
    assert document.tree == [[1, 2], [1, 2], "units", mapping, [1, 2]]
    paths: list[Path] = [(0,), (1,), (3, "x"), (3, "y"), (3, "z"), (3, "w"), (4,)]
    assert [text_at(document, path) for path in paths] == [
        "&a (1, 2)", "*a", "(3, 4)", "5", "*a", "*a", "*a"
    ]  # fmt: skip
    assert text_at(document, (3, "y"), "entry") == "y:5"


def test_a_long_chain_of_merge_keys_is_searched_once_each() -> None:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 18)]
    document = read("\n".join(lines))
    assert text_at(document, ("a17", "k")) == "1"
    assert text_at(document, ("a17", "missing")) == "&a17 {<<: [*a16, *a16]}"


def test_a_text_without_a_tree_has_one_place() -> None:
    assert read("a: [").locate(Place(("a", 0))) == ((1, 1), (1, 1))


def test_positions_are_worked_out_only_when_asked_for() -> None:
    document = read(SPEC)
    assert document.source._starts is None
    document.locate(Place(("name",)))
    assert document.source._starts is not None
