"""Changes written into YAML: the very text that comes out, what is refused, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from lstmshape.changes import Change
from lstmshape.frontends.document import Document
from lstmshape.frontends.proof import proved, proved_write, same
from lstmshape.frontends.yaml_spec import YamlDocument, read_yaml
from lstmshape.source import Path, Source, TextEdit, apply_edits


def read(text: str) -> YamlDocument:
    return read_yaml(Source("spec.yaml", text))


def written(text: str, change: Change) -> str:
    """The text after a change, which is proved."""
    found = proved_write(read(text), change)
    assert found is not None, (change, text)
    edits, result = found
    assert apply_edits(text, edits) == result
    return result


def layer(number: int = 0) -> Path:
    return ("layers", number)


def setting(argument: str, value: Any, number: int = 0) -> Change:
    return Change("set_argument", layer(number), argument, value)


def renaming(argument: str, to: str) -> Change:
    return Change("rename_argument", layer(), argument, to)


def removing(argument: str) -> Change:
    return Change("remove_argument", layer(), argument)


#: a layer entry as it stands, the change, and the entry as it is then; each below `layers:`
ENTRIES: list[tuple[str, Change, str]] = [
    # arguments
    ("- LSTM: {units: 3}", setting("x", True), "- LSTM: {units: 3, x: true}"),
    ("- LSTM: { units: 3, }  # c", setting("x", None), "- LSTM: { units: 3, x: null, }  # c"),
    ("- LSTM: {units: 3}", setting("units", 5), "- LSTM: {units: 5}"),
    ("- LSTM: {units: None}", setting("units", None), "- LSTM: {units: null}"),
    ("- LSTM: {shape: (None, 3)}", setting("shape", [None, 3]), "- LSTM: {shape: [null, 3]}"),
    ("- LSTM: {units:3, a: 1}", setting("units", 4), "- LSTM: {units: 4, a: 1}"),
    ("- LSTM: {}  # c", setting("x", 1), "- LSTM: {x: 1}  # c"),
    ("- LSTM:  # c", setting("x", "on"), "- LSTM: {x: 'on'}  # c"),
    ("- LSTM: ~", setting("x", "a b"), "- LSTM: {x: 'a b'}"),
    ("- LSTM  # c", setting("x", [1, "T"]), "- LSTM: {x: [1, T]}  # c"),
    ('- "LSTM"', setting("x", {"a": None}), '- "LSTM": {x: {a: null}}'),
    ("- LSTM:\n      units: 3  # c", setting("x", 1), "- LSTM:\n      units: 3  # c\n      x: 1"),
    ("- LSTM:\n      units: [1,\n       2]\n", setting("x", 1),
     "- LSTM:\n      units: [1,\n       2]\n      x: 1\n"),
    ("- LSTM:\n      a: |\n        b\n\n", setting("x", 1),
     "- LSTM:\n      a: |\n        b\n      x: 1\n\n"),
    ("- LSTM: {\n      units: 3  # c\n    }", setting("x", 1),
     "- LSTM: {\n      units: 3,  # c\n      x: 1\n    }"),
    ("- LSTM: {\n      units: 3,  # c\n    }", setting("x", 1),
     "- LSTM: {\n      units: 3,  # c\n      x: 1,\n    }"),
    ("- LSTM: {\n      units: 3, y: 4 }", setting("x", 1),
     "- LSTM: {\n      units: 3, y: 4, x: 1 }"),
    ("- LSTM:\n      units:  # c\n        - 1  # d\n        # e\n        - 2", setting("units", 3),
     "- LSTM:\n      units: 3  # c\n        # d\n        # e"),
    ("- LSTM: {units: 3, x: 1}", removing("units"), "- LSTM: {x: 1}"),
    ("- LSTM: {units: 3, x: 1}", removing("x"), "- LSTM: {units: 3}"),
    ("- LSTM: {x: 1}", removing("x"), "- LSTM: {}"),
    ("- LSTM:\n      x: 1", removing("x"), "- LSTM: {}"),
    ("- LSTM:\n      x: 1  # c\n      y: 2", removing("x"), "- LSTM:\n      # c\n      y: 2"),
    ("- LSTM:\n      x: 1\n      y: 2", removing("x"), "- LSTM:\n      y: 2"),
    ("- LSTM: {a: 1, 'b': 2}", renaming("b", "c"), "- LSTM: {a: 1, c: 2}"),
    ('- LSTM: {a: 1, "b":2}', renaming("b", "c"), '- LSTM: {a: 1, "c":2}'),
    ("- LSTM: {units: on}", renaming("units", "name"), "- LSTM: {name: true}"),
    # classes
    ("- LSTM: {a: 1}", Change("set_class", layer(), value="GRU"), "- GRU: {a: 1}"),
    ("- inputs: a\n    LSTM:", Change("set_class", layer(), value="GRU"), "- inputs: a\n    GRU:"),
    ("- LSTM  # c", Change("set_class", layer(), value="GRU"), "- GRU:  # c"),
    # keys of the entry
    ("- LSTM  # c", Change("set_input", layer(), value=["a", "b:1"]),
     "- LSTM:  # c\n    inputs: [a, b:1]"),
    ("- LSTM: {}\n    inputs: a  # c", Change("set_input", layer(), value="b"),
     "- LSTM: {}\n    inputs: b  # c"),
    ("- inputs: a\n    LSTM: {}", Change("set_input", layer()), "- LSTM: {}"),
    ("- LSTM: {}\n    inputs: a  # c", Change("set_input", layer()), "- LSTM: {}\n    # c"),
    ("- LSTM: {}", Change("set_expect", layer(), value=[None, "T"]),
     "- LSTM: {}\n    expect: [null, T]"),
    ("- LSTM: {}", Change("set_call", layer(), "mask", "m"), "- LSTM: {}\n    call: {mask: m}"),
    ("- LSTM: {}\n    call: {a: b}", Change("set_call", layer(), "mask", "m"),
     "- LSTM: {}\n    call: {a: b, mask: m}"),
    ("- LSTM: {}\n    call: {mask: m}", Change("set_call", layer(), "mask"), "- LSTM: {}"),
    # wrapping
    ("- Dense: {units: 1, name: d}  # c", Change("wrap_layer", layer(), value="TD"),
     "- TD: {layer: {Dense: {units: 1}}, name: d}  # c"),
    ("- Dense:  # c\n      # d\n      units: 1  # e\n    inputs: a",
     Change("wrap_layer", layer(), value="TD"),
     "- TD:  # c\n      # d\n      layer:\n        Dense:\n          units: 1  # e\n    inputs: a"),
    ("- Dense:\n        units: |\n          1\n        name: d\n",
     Change("wrap_layer", layer(), value="TD"),
     ("- TD:\n        layer:\n            Dense:\n                units: |\n"
      "                  1\n        name: d\n")),
    ("- Dense", Change("wrap_layer", layer(), value="TD"), "- TD: {layer: {Dense: null}}"),
    ("- Dense: {name: d}", Change("wrap_layer", layer(), value="TD"),
     "- TD: {layer: {Dense: null}, name: d}"),
    ("- TD: {layer: {Dense: {units: 1}}, name: d}", Change("unwrap_layer", layer()),
     "- Dense: {units: 1, name: d}"),
    ("- TD: {a: 1, layer: Dense}  # c", Change("unwrap_layer", layer()), "- Dense:   # c"),
    (("- TD:  # a\n      layer:  # b\n        Dense:  # c\n          units: 1  # d\n"
      "          # e\n      name: m  # f\n    inputs: x"), Change("unwrap_layer", layer()),
     ("- Dense:  # a\n      # b\n      # c\n      units: 1  # d\n      name: m\n"
      "      # e\n      # f\n    inputs: x")),
    ("- TD:\n      layer: {Dense: {units: 1}}  # c", Change("unwrap_layer", layer()),
     "- Dense: {units: 1}\n      # c"),
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("before", "change", "after"), ENTRIES)
def test_entries(before: str, change: Change, after: str, newline: str) -> None:
    head, tail = "# first\ninput: [T, 1]\nlayers:\n  # above\n  ", "\n  # below\n  - Flatten\n"
    text = (head + before + tail).replace("\n", newline)
    assert written(text, change) == (head + after + tail).replace("\n", newline)
    # at the end of a text that has no last line break
    if "\n" not in before + after:
        assert written(f"layers:\n- {before[2:]}", change) == f"layers:\n- {after[2:]}"


def inserting(index: int, value: Any) -> Change:
    return Change("insert_layer", layer(index), value=value)


def dropping(index: int) -> Change:
    return Change("remove_layer", layer(index))


DENSE = {"Dense": {"units": 3}}
WRAPPED = {"TimeDistributed": {"layer": DENSE}, "inputs": "a"}

LISTS: list[tuple[str, Change, str]] = [
    ("layers:\n  # a\n  - A\n  # b\n  - B  # c\n", inserting(0, DENSE),
     "layers:\n  # a\n  - Dense: {units: 3}\n  - A\n  # b\n  - B  # c\n"),
    ("layers:\n  # a\n  - A\n  # b\n  - B  # c\n", inserting(1, WRAPPED),
     ("layers:\n  # a\n  - A\n  - TimeDistributed: {layer: {Dense: {units: 3}}}\n    inputs: a\n"
      "  # b\n  - B  # c\n")),
    ("layers:\n- A\n\n- B:\n    x: 1 # c\n# end", inserting(2, "Flatten"),
     "layers:\n- A\n\n- B:\n    x: 1 # c\n- Flatten\n# end"),
    ("layers:\n-   A", inserting(1, {"Flatten": None, "inputs": "a"}),
     "layers:\n-   A\n-   Flatten:\n    inputs: a"),
    ("layers: [A, B]", inserting(1, DENSE), "layers: [A, {Dense: {units: 3}}, B]"),
    ("layers: [A, B]", inserting(2, DENSE), "layers: [A, B, {Dense: {units: 3}}]"),
    ("layers: []  # c", inserting(0, DENSE), "layers: [{Dense: {units: 3}}]  # c"),
    ("layers: [\n  A,\n  B  # c\n]", inserting(2, DENSE),
     "layers: [\n  A,\n  B,  # c\n  {Dense: {units: 3}}\n]"),
    ("layers: [\n  A,\n  B\n]", inserting(1, DENSE),
     "layers: [\n  A,\n  {Dense: {units: 3}},\n  B\n]"),
    ('{"layers": [{"A": null}]}', inserting(1, WRAPPED),
     ('{"layers": [{"A": null}, {"TimeDistributed": {"layer": {"Dense": {"units": 3}}}, '
      '"inputs": "a"}]}')),
    ("layers:\n  # a\n  - A\n  # b\n  - B:\n      x: 1  # c\n  # d\n  - C\n", dropping(0),
     "layers:\n  # a\n  # b\n  - B:\n      x: 1  # c\n  # d\n  - C\n"),
    ("layers:\n  # a\n  - A\n  # b\n  - B:\n      x: 1  # c\n  # d\n  - C\n", dropping(1),
     "layers:\n  # a\n  - A\n  # b\n  # d\n  - C\n"),
    ("layers:\n  - A\n  # b\n  - B\nname: x", dropping(1), "layers:\n  - A\n  # b\nname: x"),
    ("layers:  # c\n  - A: {x: 1}\nname: x", dropping(0), "layers: []  # c\nname: x"),
    ("layers: [A, B, C]", dropping(0), "layers: [B, C]"),
    ("layers: [A, B, C]", dropping(2), "layers: [A, B]"),
    ("layers: [A, ]", dropping(0), "layers: []"),
    ("layers: [A: , B]", dropping(1), "layers: [A: ]"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "change", "after"), LISTS)
def test_lists_of_layers(before: str, change: Change, after: str) -> None:
    assert written(before, change) == after


def test_layers_inside_layers() -> None:
    text = (
        "layers:\n  - TimeDistributed:\n      layer:\n        Sequential:\n          layers:\n"
        "            - Dense: {units: 1}  # c\n  - Bidirectional: {layer: {LSTM: {units: 2}}}\n"
    )
    inner: Path = (*layer(), "TimeDistributed", "layer", "Sequential", "layers")
    found = written(text, Change("insert_layer", (*inner, 1), value="Flatten"))
    assert found == text.replace("  # c\n", "  # c\n            - Flatten\n")
    found = written(text, Change("set_argument", (*layer(1), "Bidirectional", "layer"), "x", 1))
    assert found == text.replace("units: 2}", "units: 2, x: 1}")
    found = written(text, Change("wrap_layer", (*inner, 0), value="TD"))
    assert found == text.replace("Dense: {units: 1}", "TD: {layer: {Dense: {units: 1}}}")


MODELS: list[tuple[str, Change, str]] = [
    ("input: (None, 3)\n", Change("set_inputs", ("input",), value=[None, 3]),
     "input: [null, 3]\n"),
    ("input: [1, 2]\n", Change("set_inputs", ("input", 0), value=None), "input: [null, 2]\n"),
    ("input: (1, 2)\n", Change("set_inputs", ("input", 0), value="T"), "input: [T, 2]\n"),
    ("inputs:\n  a: [1]  # c\n", Change("set_inputs", ("inputs", "a"),
                                         value={"shape": [1], "dtype": "int32"}),
     "inputs:\n  a: {shape: [1], dtype: int32}  # c\n"),
    ("input: [1]", Change("set_loss", ("compile", "loss"), value="mse"),
     "input: [1]\ncompile: {loss: mse}"),
    ("compile:\n  optimizer: adam  # c\n", Change("set_loss", ("compile", "loss"), value="mse"),
     "compile:\n  optimizer: adam  # c\n  loss: mse\n"),
    ("compile:\n", Change("set_loss", ("compile", "loss", "out"), value="mse"),
     "compile: {loss: {out: mse}}\n"),
    ("compile: {loss: mse}\n", Change("set_loss", ("compile", "loss")), "compile: {}\n"),
    ("a: 1\noutputs: [a,  # c\n  b]\n", Change("set_outputs", ("outputs",), value="a"),
     "a: 1\noutputs: a\n# c\n"),
    ("{a: 1, outputs: [a,  # c\n  b], d: 2}\n", Change("set_outputs", ("outputs",), value="a"),
     "{a: 1, outputs: a # c\n  , d: 2}\n"),
    ("outputs: a  # c\nb: 1\n", Change("set_outputs", ("outputs",)), "# c\nb: 1\n"),
    ("data: {x: [1, 2], y: [1]}\n", Change("set_data", ("data", "y"), value=[1, 3]),
     "data: {x: [1, 2], y: [1, 3]}\n"),
    ("data:\n  x: [1, 2]\n", Change("set_data", ("data", "y"), value={"a": [1]}),
     "data:\n  x: [1, 2]\n  y: {a: [1]}\n"),
    ("a: 1\nexpect:\n- 1\n- 2  # c\n", Change("set_expect", (), value={"output": [1]}),
     "a: 1\nexpect: {output: [1]}\n# c\n"),
    ("? a\n: 1\n? expect\n: [1]\n", Change("set_expect", ()), "? a\n: 1\n"),
    ("a: 1\n...\n", Change("set_expect", (), value=[1]), "a: 1\nexpect: [1]\n...\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "change", "after"), MODELS)
def test_what_belongs_to_the_model(before: str, change: Change, after: str) -> None:
    assert written(before, change) == after


SHARED = """\
base: &base {units: 64}
list: &list [1, 2]
layers:
  - LSTM: *base
  - GRU: {<<: *base, rate: 1, units: 3}
  - RNN: &rnn {shape: *list}
  - &flat Flatten
  - *flat
  - Dense: &own {units: 1}
  - Conv: *rnn
"""

REFUSED: list[Change] = [
    setting("units", 1, 0), setting("x", 1, 0), setting("x", 1, 2), setting("shape", 1, 2),
    Change("set_argument", layer(3), "x", 1), Change("set_argument", layer(4), "x", 1),
    Change("remove_argument", layer(1), "units"), Change("rename_argument", layer(1), "units", "a"),
    Change("unwrap_layer", layer(2)), Change("remove_layer", layer(3)),
    Change("remove_layer", layer(2)), Change("set_class", layer(3), value="A"),
    Change("remove_argument", layer(0), "units"), Change("set_argument", layer(6), "x", 1),
    # and what does not fit
    Change("set_argument", ("layers", 99), "x", 1), Change("set_argument", ("layers",), "x", 1),
    Change("remove_argument", layer(5), "x"), Change("insert_layer", layer(99), value="A"),
    Change("set_input", layer(5), value={1}), Change("insert_layer", ("list", "x"), value="A"),
    Change("set_inputs", (), value=1),
    Change("set_argument", layer(5), "x", "\ud800"), Change("set_argument", layer(5), "x", {1: 2}),
    Change("set_call", ("list",), "x", 1), Change("set_loss", ("list", "x", "y"), value=1),
]  # fmt: skip


@pytest.mark.parametrize("change", REFUSED, ids=range(len(REFUSED)))
def test_what_is_said_once_and_read_twice_is_not_written(change: Change) -> None:
    document = read(SHARED)
    assert not document.facts
    assert document.write(change) is None
    assert proved_write(document, change) is None


ALLOWED: list[tuple[Change, str, str]] = [
    (setting("units", 7, 1), "rate: 1, units: 3", "rate: 1, units: 7"),
    (setting("x", 7, 1), "units: 3}", "units: 3, x: 7}"),
    (setting("units", 7, 5), "&own {units: 1}", "&own {units: 7}"),
    (Change("remove_argument", layer(1), "rate"), "rate: 1, ", ""),
    (Change("set_class", layer(0), value="SimpleRNN"), "LSTM: *base", "SimpleRNN: *base"),
    (Change("set_class", layer(2), value="A"), "RNN: &rnn", "A: &rnn"),
    (Change("wrap_layer", layer(0), value="TD"), "LSTM: *base", "TD: {layer: {LSTM: *base}}"),
    (Change("remove_layer", layer(0)), "  - LSTM: *base\n", ""),
    (Change("remove_layer", layer(4)), "  - *flat\n", ""),
    (Change("set_input", layer(0), value="a"), "LSTM: *base\n", "LSTM: *base\n    inputs: a\n"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "before", "after"), ALLOWED)
def test_beside_what_is_shared_one_may_write(change: Change, before: str, after: str) -> None:
    assert written(SHARED, change) == SHARED.replace(before, after)


@pytest.mark.parametrize(
    "text",
    ["layers: [LSTM: {units: 3}", "layers: [LSTM: {units: 3}]\n---\na: 1\n",
     "layers: [LSTM: {units: 3}]\nlayers: [LSTM: {units: 3}]\n",
     "layers: [LSTM: {a: 1}, ]\n{x}: 1\n",
     "layers: [{LSTM: {units: 3}, LSTM: {units: 4}}]\n", "? {a: 1}\n: 2\n? layers\n: [LSTM: {}]\n",
     "", "[]", "3"],
)  # fmt: skip
def test_a_doubtful_text_is_not_written(text: str) -> None:
    assert read(text).write(setting("units", 1)) is None


def test_a_key_that_is_there_is_not_written_again() -> None:
    document = read("layers: [{LSTM: {units: 3}, GRU: {}}]\n")
    assert document.write(Change("set_class", layer(), value="GRU")) is None
    assert document.write(Change("wrap_layer", layer(), value="GRU")) is None


def test_a_duplicate_elsewhere_does_no_harm() -> None:
    text = "name: a\nname: b\nlayers: [LSTM: {units: 3}]\n"
    assert written(text, setting("units", 1)) == text.replace("3", "1")


# -- the proof -----------------------------------------------------------------------------------


def test_several_changes_are_edits_of_the_first_text() -> None:
    text = "layers:\n  - LSTM: {units: 3}  # c\n  - Dense:\n      units: 1\n  - Flatten\n"
    changes = [
        setting("return_sequences", True), Change("wrap_layer", layer(1), value="TimeDistributed"),
        inserting(2, "Flatten"), Change("remove_layer", layer(3)), setting("units", 5),
        Change("set_argument", (*layer(1), "TimeDistributed", "layer"), "activation", "relu"),
    ]  # fmt: skip
    found = proved(read(text), changes)
    assert found is not None
    edits, document = found
    assert apply_edits(text, edits) == document.source.text
    assert document.source.text == (
        "layers:\n  - LSTM: {units: 5, return_sequences: true}  # c\n"
        "  - TimeDistributed:\n      layer:\n        Dense:\n          units: 1\n"
        "          activation: relu\n  - Flatten\n"
    )
    assert proved(read(text), [*changes, setting("x", 1, 9)]) is None
    document = read(text)
    assert proved(document, []) == ([], document)


class Liar(YamlDocument):
    """A document whose writer says something else than it was asked to."""

    def __init__(self, text: str, edit: TextEdit) -> None:
        document = read(text)
        super().__init__(document.source)
        self.tree, self.facts, self.nodes = document.tree, document.facts, document.nodes
        self.edit = edit

    def write(self, change: Change) -> Sequence[TextEdit]:
        return [self.edit]


LIES = ["4, more: 1", "'3'", "3.0", "null", "}", "1e0", "4}}\n  - LSTM: {x: {y: 4"]


@pytest.mark.parametrize("words", [*LIES, "4"])
def test_a_writer_that_lies_is_not_believed(words: str) -> None:
    text = "layers:\n  - LSTM: {units: 3}\n"
    at = text.index("3")
    edit = TextEdit(Source("", text).span(at, at + 1), words)
    liar: Document = Liar(text, edit)
    assert (proved_write(liar, setting("units", 4)) is None) == (words != "4")


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [(1, 1, True), (1, True, False), (1, 1.0, False), (0.0, -0.0, True), ([1], [1], True),
     ([1], [True], False), ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
     ({"a": 1}, {"a": 1.0}, False), ({"a": 1}, {"b": 1}, False), ([1], [1, 2], False),
     (None, False, False),
     (float("nan"), float("nan"), True), ("1", 1, False)],
)  # fmt: skip
def test_trees_are_compared_with_their_types(a: Any, b: Any, equal: bool) -> None:
    assert same(a, b) is equal
    assert same([{"x": a}], [{"x": b}]) is equal
