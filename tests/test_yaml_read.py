"""Reading YAML: keys, aliases, merge keys, tags, syntax errors, and comments to lstmshape."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from yaml_layouts import Layout
from yaml_trees import random_tree

from lstmshape.facts import DuplicateKey, Malformed, SyntaxFault
from lstmshape.frontends import yaml_nodes
from lstmshape.frontends.document import Comment
from lstmshape.frontends.proof import same
from lstmshape.frontends.yaml_faults import HINTS
from lstmshape.frontends.yaml_spec import YamlDocument, read_yaml
from lstmshape.source import Path, Source, Span


def read(text: str) -> YamlDocument:
    return read_yaml(Source("spec.yaml", text))


def shown(document: YamlDocument, span: Span) -> str:
    """The text of a span."""
    source = document.source
    return source.text[source.offset(span.start) : source.offset(span.end)]


# -- keys and structure --------------------------------------------------------------------------


def test_an_empty_text_has_no_tree_and_no_facts() -> None:
    for text in ("", "\n", "# a comment\n", "\ufeff", "---\n...\n"):
        document = read(text)
        assert document.tree is None
        assert not document.facts


def test_the_last_of_two_keys_counts_as_in_pyyaml() -> None:
    document = read("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n")
    assert document.tree == {"a": 4, "b": {"c": 2}}
    facts = [fact for fact in document.facts if isinstance(fact, DuplicateKey)]
    assert [(f.key, f.place.path, f.place.part) for f in facts] == [
        ("c", ("b", "c"), "key"), ("a", ("a",), "key"), ("a", ("a",), "key")
    ]  # fmt: skip
    assert [(f.first.start.line, f.span.start.line) for f in facts if f.span] == [
        (2, 2), (1, 3), (1, 4)
    ]  # fmt: skip


MALFORMED: list[tuple[str, Any, Path, str]] = [
    ("1: a", {"1": "a"}, ("1",), "a name as the key"),
    ("~: a", {"~": "a"}, ("~",), "a name as the key"),
    ("true: a", {"true": "a"}, ("true",), "a name as the key"),
    ("1.5: a", {"1.5": "a"}, ("1.5",), "a name as the key"),
    ("? [1]\n: a\nb: 2", {"b": 2}, (), "a name as the key"),
    ("a: {{x}}", {"a": {}}, ("a",), "a name as the key"),
    (
        "a: {units:64, b: 1}",
        {"a": {"units": 64, "b": 1}},
        ("a", "units"),
        "a space after the colon",
    ),
    ("LSTM:{units: 3}", {"LSTM:{units": "3}"}, ("LSTM:{units",), "a space after the colon"),
    ("a: !foo b", {"a": "b"}, ("a",), "plain data without a tag"),
    ("!!python/object:os.system {a: 1}", {"a": 1}, (), "plain data without a tag"),
    ("a: !!python/tuple [1, 2]", {"a": [1, 2]}, ("a",), "plain data without a tag"),
    ("a: !!int x", {"a": "x"}, ("a",), "plain data without a tag"),
    ("a: !!set {b}", {"a": {"b": None}}, ("a",), "plain data without a tag"),
    ("a: &a [*a]", {"a": None}, ("a",), "a value that does not contain itself"),
    ("a: 1\n---\nb: 2\n", {"a": 1}, (), "one document in a file"),
    ("a:\n  - x\n   - y\n", {"a": ["x - y"]}, ("a", 0), "every `- ` of a list in the same column"),
    ("a: {<<: 3, b: 1}", {"a": {"b": 1}}, ("a",), "a mapping, or a list of mappings, to merge"),
]


@pytest.mark.parametrize(("text", "tree", "path", "wants"), MALFORMED)
def test_malformed(text: str, tree: Any, path: Path, wants: str) -> None:
    document = read(text)
    assert same(document.tree, tree)
    (fact,) = document.facts
    assert isinstance(fact, Malformed)
    assert (fact.wants, fact.place.path) == (wants, path)


@pytest.mark.parametrize(
    "text",
    ["None: a", "y: a", "on: a", "'1': a", "2001-01-01: a", "(a): b", "1:30: a", "!!str 1: a",
     "a: !!str 5", "a: !!int '5'", "a: !!map {b: 1}", "a: !!float 3", "a: encoder:1", "a: [b:1]",
     '{"a":1}', "{b: c:1}", "a: x - y", "a: 'x\n  - y'"],
)  # fmt: skip
def test_not_malformed(text: str) -> None:
    assert not read(text).facts


def test_a_key_is_judged_wherever_the_same_word_stood_before() -> None:
    text = "{a: 1, '1': 1, x: {!x a: 1, 1: 2, '<<': 3}, y: {<<: {b: 1}, '1': 3, ~: 4}}"
    document = read(text)
    assert document.tree["x"] == {"a": 1, "1": 2, "<<": 3}
    assert document.tree["y"] == {"b": 1, "1": 3, "~": 4}
    assert [fact.place.path for fact in document.facts] == [("x", "a"), ("x", "1"), ("y", "~")]


def test_core_tags_mean_what_they_say() -> None:
    text = "[!!str 5, !!int '5', !!float 3, !!null '', !!bool yes, !!bool 'true']"
    assert same(read(text).tree[:4], ["5", 5, 3.0, None])
    assert same(read(text).tree[4:], [True, True])
    assert not read(text).facts


# -- aliases and merge keys ----------------------------------------------------------------------

MERGES = [
    "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3, z: 4}\n",
    "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n",
    "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}\nd: {<<: [*b, *a]}\n",
    "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n",
    "a: &a {x: 1}\nb: {<<: {<<: *a, y: 2}, z: 3}\n",
    "a: &a {x: 1}\nb: {<<: [{<<: *a, y: 2}, {x: 5, w: 6}], z: 3}\n",
    "a: &a {x: {y: [1]}}\nb: {<<: *a}\nc: *a\nd: [*a, *a]\n",
    "a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: *a, <<: *b}\n",
    "a: &b\n  x: 3\n  y: &d {k: 1}\nl:\n  - A:\n      <<: *b\n      y:\n        <<: *d\n",
    "a: &a {}\nb: {<<: *a, c: 1}\n",
    '"<<": 1\n',
]


@pytest.mark.parametrize("text", MERGES)
def test_merge_keys_as_pyyaml_has_them(text: str) -> None:
    document = read(text)
    wanted = yaml.safe_load(text)
    assert same(document.tree, wanted)
    assert not document.facts
    assert [list(value) for value in document.tree.values() if isinstance(value, dict)] == [
        list(value) for value in wanted.values() if isinstance(value, dict)
    ]


def test_only_a_plain_key_merges() -> None:
    assert read("a: <<\n'<<': {b: 1}\n").tree == {"a": "<<", "<<": {"b": 1}}


def test_a_fact_behind_an_alias_is_told_once_where_the_anchor_stands() -> None:
    text = "layers:\n- A: &x {u: None, v: [&y 1e3]}\n- B: *x\n- C: [*y]\n"
    assert [fact.place.path for fact in read(text).facts] == [
        ("layers", 0, "A", "u"), ("layers", 0, "A", "v", 0)
    ]  # fmt: skip


def test_aliases_share_what_they_stand_for() -> None:
    tree = read("a: &a {x: [1]}\nb: *a\nc: {<<: *a}\n").tree
    assert tree["a"] is tree["b"]
    assert tree["c"]["x"] is tree["a"]["x"]


# -- syntax --------------------------------------------------------------------------------------

#: the text with the place of the fault in « », and the key of its hint
FAULTS = [
    ("a:\n«\t»b: 1\n", "tab"), ("«\t»a: 1\n", "tab"), ("a:\n  b: 1\n«\t»c: 2\n", "tab"),
    ("a: >\n«\t»b\n", "tab"), ("units«:»64\nb: 1\n", "space"),
    ("a: 1\nunits«:»64\nb: 1\n", "space"),
    ("{a«:»}", "space"), ("a: 1\n«b»\n", "space"), ("a: 1\nunits« =» 64\nb: 1\n", "equals"),
    ("a: «[»1, 2\nb: 3\n", "bracket"), ("a: «{»x: 1\nb: 3\n", "bracket"), ("a: «[»1,2", "bracket"),
    ("l:\n  - x: «{»b: 3\n  - D: {u: 2}\n", "bracket"), ("a: [1, «{»b: 2]]\n", "bracket"),
    ("a: [1, «{»b: \n\n", "bracket"),
    ("a: {b: 1}«}»\n", "closing"), ("a: «]»\n", "closing"), ("a: [1]«]»\n", "closing"),
    ("{a: 1 b«:» 2}", "comma"), ("[{a: 1} «{»b: 2}]", "comma"), ("x: {'a': 1, 'b' «2»}\n", "comma"),
    ("[1,«,» 2]", "commas"), ("[a: b«:» c]", "colon"), ("a: «b: c»\n", "colon"),
    ("a: 1\nkey: «see: this»\n", "colon"),
    ("name: «\"»abc\nb: 1\n", "quote"), ("a: «'»abc\nb: 1\n", "quote"),
    ("name: 'it'«s»'\nb: 1", "quotes"), ("a: 'x' «y»\n", "quotes"),
    ("a: 1\n«  »b: 2\n", "indentation"), ("a:\n   b: 1\n«  »c: 2\n", "indentation"),
    ("a:\n  - x\n« »- y\n", "indentation"), ("- a\n«b»: 1\n", "indentation"),
    ("a: «-» b\n", "dash"), ("a: «@»x\n", "reserved"), ("a: «`»x`\n", "reserved"),
    ("a: «%»x\n", "reserved"), ('a: "«\\»d"\n', "escape"), ('a: "«\\»ud83d\\ude00"\n', "unicode"),
    ("a: «*»foo\n", "alias"), ("a: &x 1\nb: «&»x 2\n", "anchor"),
    ("a: «\x07»\n", "control"), ("a: «\x00»b\n", "control"), ("a: «\ud83d»\n", "surrogate"),
]  # fmt: skip


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("text", "hint"), FAULTS)
def test_syntax_faults_name_the_trap_and_point_at_it(text: str, hint: str, mark: str) -> None:
    _, where, _ = text.replace("»", "«").split("«")
    document = read(mark + text.replace("«", "").replace("»", ""))
    assert document.tree is None
    (fact,) = document.facts
    assert isinstance(fact, SyntaxFault)
    assert fact.problem
    assert fact.hint == HINTS[hint]
    assert fact.span is not None
    assert shown(document, fact.span) == where
    assert document.source.offset(fact.span.start) == len(mark) + text.index("«")


def test_every_hint_is_tried() -> None:
    assert {hint for _, hint in FAULTS} == set(HINTS)


def test_a_fault_without_a_known_trap_has_no_hint() -> None:
    (fact,) = read("a: |x\n b\n").facts
    assert isinstance(fact, SyntaxFault)
    assert fact.hint is None


def test_only_the_first_document_is_read() -> None:
    document = read("a: 1\n---\n]\n")
    assert document.tree == {"a": 1}
    (fact,) = document.facts
    assert isinstance(fact, Malformed)
    assert fact.span is not None
    assert shown(document, fact.span) == "---"


# -- the parser in Python ------------------------------------------------------------------------


def everything(text: str) -> tuple[Any, list[str], list[Span]]:
    document = read(text)
    spans = [document.locate(fact.place) for fact in document.facts]
    return document.tree, [repr(fact) for fact in document.facts], spans


def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for text, *_ in MALFORMED] + MERGES
    for seed in range(150):
        rng = random.Random(seed)
        # the parser in Python takes no tab between a colon and a value
        texts.append(Layout(rng, random_tree(rng)).text.replace(": \t", ": "))
    with_c = [everything(text) for text in texts]
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    yaml_nodes.loader_class.cache_clear()
    try:
        in_python = [everything(text) for text in texts]
        deep = read("[" * 1000)
    finally:
        monkeypatch.undo()
        yaml_nodes.loader_class.cache_clear()
    for text, a, b in zip(texts, with_c, in_python, strict=True):
        assert same(a[0], b[0]), text
        assert a[1:] == b[1:], text
    assert deep.facts


# -- comments ------------------------------------------------------------------------------------

COMMENTS: list[tuple[str, list[Comment]]] = [
    ("a: 1 # lstmshape: ignore[LS201] why\n", [Comment(1, 6, "ignore", ("LS201",), "why")]),
    ("# lstmshape: ignore-file\na: 1", [Comment(1, 1, "ignore-file", (), "")]),
    (
        "a: 1\n  #lstmshape:ignore-next-line[LS201, LS3]  two words \n",
        [Comment(2, 3, "ignore-next-line", ("LS201", "LS3"), "two words")],
    ),
    ("a: [1, # lstmshape: ignore[LS1]\n 2]", [Comment(1, 8, "ignore", ("LS1",), "")]),
    ("a: '# lstmshape: ignore'\n", []),
    ('a: "\n # lstmshape: ignore"\n', []),
    ("a: x# lstmshape: ignore\n", []),
    ("a: |\n  # lstmshape: ignore\nb: 1", []),
    ("a: | # lstmshape: ignore\n  x\nb: 1", [Comment(1, 6, "ignore", (), "")]),
    ("a: |\n  x\n# lstmshape: ignore\n", [Comment(3, 1, "ignore", (), "")]),
    ("\ufeff# lstmshape: ignore\r\na: 1\r\n", [Comment(1, 2, "ignore", (), "")]),
    ("a: 😀 # lstmshape: ignore[collapsed-sequence]",
     [Comment(1, 6, "ignore", ("collapsed-sequence",), "")]),
    ("a: [ # lstmshape: ignore\n", [Comment(1, 6, "ignore", (), "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "comments"), COMMENTS)
def test_comments(text: str, comments: list[Comment]) -> None:
    assert list(read(text).comments()) == comments


@pytest.mark.parametrize(
    ("words", "problem"),
    [("ignored", "`ignored` is none of"), ("ignore[LS201", "not closed"), ("ignore[]", "missing"),
     ("ignore[LS1,]", "missing"), ("ignore[20]", "`20` is no code"), ("", "says nothing")],
)  # fmt: skip
def test_comments_that_cannot_be_understood(words: str, problem: str) -> None:
    (comment,) = read(f"a: 1  # lstmshape: {words}\n").comments()
    assert comment.problem is not None
    assert problem in comment.problem
    assert comment.codes == ()
