"""The command `explain`: pages of classes and codes, topics on a spec, a layer's story."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lstmshape import cli
from lstmshape.case import Case, judge
from lstmshape.changes import Change
from lstmshape.errors import CannotRun
from lstmshape.explain.blocks import Heading, Page, Table
from lstmshape.explain.changing import tried
from lstmshape.explain.codes_page import code_page
from lstmshape.explain.command import page_of, read_words
from lstmshape.explain.examples import example
from lstmshape.explain.finder import find
from lstmshape.explain.layers_page import layer_page
from lstmshape.explain.listing import FAMILY_GROUPS, class_names
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.on_spec import VIEWS, spec_page
from lstmshape.explain.overview import overview_page
from lstmshape.explain.pictures import picture
from lstmshape.explain.provenance import Alone, answers, given_tensors, origin
from lstmshape.explain.render import FORMATS, MARGIN, Look, rendered
from lstmshape.explain.specs import written, written_entry
from lstmshape.explain.story import story_page
from lstmshape.explain.topics import topics
from lstmshape.frontends import read
from lstmshape.layers import all_layers
from lstmshape.layers.models import CustomLayer
from lstmshape.pipeline import check_document
from lstmshape.render.rows import input_names
from lstmshape.render.snippets import more_command
from lstmshape.rules import all_rules

ROOT = Path(__file__).parent.parent
GOOD = sorted((ROOT / "specs" / "good").glob("*.yaml"))
BROKEN = sorted((ROOT / "specs" / "broken").glob("*.yaml"))
CLASSES = sorted({cls.__name__ for cls in all_layers().values()})


def case_of(text: str) -> Case:
    return judge(yaml.safe_load(text))


def shown(page: Page) -> str:
    return rendered(page, "text", Look())


# -- classes and codes --------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_page_has_every_argument(name: str) -> None:
    cls = all_layers()[name]
    text = shown(layer_page(cls, Numbers()))
    for key, argument in cls.arguments.items():
        assert f"    {key} (" in text
        assert argument.doc.split()[0] in text


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_example_is_accepted(name: str) -> None:
    cls = all_layers()[name]
    case = example(cls, Numbers())
    if case is not None:
        assert case.flow.ok
        assert judge(yaml.safe_load(written(case.tree))).shapes_by_node() == case.shapes_by_node()


def test_few_classes_have_no_example() -> None:
    without = {name for name in CLASSES if example(all_layers()[name], Numbers()) is None}
    foreign = {name for name in CLASSES if all_layers()[name].opaque}
    assert without - foreign <= {"Equalization", "Layer", "Wrapper"}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_code_page_shows_what_check_says(rule: Any) -> None:
    text = shown(code_page(rule, Numbers()))
    assert rule.name in text
    if rule.bad:
        assert f"[{rule.code}]" in text.split("`lstmshape check` says:")[1]


def test_pages_of_classes_and_codes_fit_into_60_columns() -> None:
    numbers = Numbers(room=60 - MARGIN)
    pages = [layer_page(all_layers()[name], numbers) for name in CLASSES]
    pages += [code_page(rule, numbers) for rule in all_rules()]
    for page in pages:
        lines = rendered(page, "text", Look(width=60)).splitlines()
        assert not [line for line in lines if len(line) > 60], page.name


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rules_topic_is_there(rule: Any) -> None:
    assert rule.topic is None or rule.topic in topics()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_more_line_leads_somewhere(path: Path) -> None:
    report = check_document(read(path.name, path.read_bytes()), where=str(path.parent))
    for diagnostic in report.diagnostics:
        program, command, *words = more_command(diagnostic).split()
        assert (program, command) == ("lstmshape", "explain")
        wanted = read_words(words)
        found = find(wanted.topic)
        assert found.topic or found.rule


def test_every_class_is_listed_once() -> None:
    listed = [name for families in FAMILY_GROUPS.values() for family in families
              for name in class_names(family)]  # fmt: skip
    assert sorted(listed) == sorted(set(listed))
    assert {find(name).layer for name in listed} == set(all_layers().values()) - {CustomLayer}


# -- on a spec ----------------------------------------------------------------------------------

STACK = (
    "input: [10, 16]\nlayers:\n  - LSTM: {units: 8, return_sequences: true}\n"
    "  - LSTM: {units: 4}\n  - Dense: {units: 1}\n"
)


def test_a_flip_is_run_and_not_guessed() -> None:
    page = spec_page(topics()["return-sequences"], case_of(STACK), "model.yaml", Numbers())
    text = shown(page)
    first, second = text.split("If `lstm_1` had")
    assert "lstm    true              (batch, 10, 8)  lstm_1" in first
    assert "error[LS301]: `lstm_1` needs a sequence" in first
    assert "Keras would refuse to build the model." in first
    assert "The model would work: output (batch, 10, 1), 787 params." not in first
    assert "The model would work: output (batch, 10, 1)," in second


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_topic_on_every_good_spec(path: Path) -> None:
    case = judge(yaml.safe_load(path.read_text(encoding="utf-8")), where=str(path.parent))
    for topic in topics().values():
        page = spec_page(topic, case, path.name, Numbers())
        assert shown(page)
        assert any(isinstance(block, Table) for block in page.blocks)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_specs_are_explained_too(path: Path) -> None:
    report = check_document(read(path.name, path.read_bytes()), where=str(path.parent))
    if report.case is None:
        return
    for name in VIEWS:
        assert shown(spec_page(topics()[name], report.case, path.name, Numbers()))
    for node in report.case.graph.nodes[:4]:
        if node.name in report.case.graph.by_name:
            assert shown(story_page(report, node.name, Numbers()))


def test_a_trial_leaves_the_model_alone() -> None:
    case = case_of(STACK)
    before = repr(case.tree)
    outcome = tried(case, [Change("set_argument", ("layers", 1), "units", 9)])
    assert outcome is not None
    assert repr(case.tree) == before
    assert [str(n.name) for n in outcome.after.graph.nodes] == ["input", "lstm", "lstm_1", "dense"]
    assert tried(case, [Change("unwrap_layer", ("layers", 0))]) is None


# -- a layer's story ----------------------------------------------------------------------------


def sources(text: str, layer: str, output: int, axis: int) -> set[str]:
    """What the size of an axis depends on: arguments by name, inputs as `number.axis`."""
    case = case_of(text)
    call = case.flow.calls[case.graph.by_name[layer]]
    return {
        answer.source.what if isinstance(answer.source.what, str)
        else f"{answer.source.what[0]}.{answer.source.what[1]}"
        for answer in answers(Alone(case, call))
        if (output, axis) in answer.axes
    }  # fmt: skip


CONV = "input: [T, 16]\nlayers:\n  - Conv1D: {filters: 8, kernel_size: 3}\n"
RESHAPED = (
    "input: [12, 6]\nlayers:\n  - Reshape: {target_shape: [8, 9]}\n"
    "  - Reshape: {target_shape: [-1, 3]}\n"
)
JOIN = (
    "inputs: {a: [5, 8], b: [5, 3]}\nlayers:\n  - Concatenate: {}\n    inputs: [a, b]\n"
    "  - Bidirectional: {layer: {GRU: {units: 7}}}\n  - RepeatVector: {n: 6}\n"
)


@pytest.mark.parametrize(
    ("text", "layer", "axis", "wanted"),
    [
        (STACK, "lstm", 1, {"0.1", "return_sequences"}),
        (STACK, "lstm", 2, {"units"}),
        (STACK, "lstm_1", 1, {"units"}),
        (STACK, "dense", 1, {"units"}),
        (CONV, "conv1d", 1, {"0.1", "kernel_size", "strides", "padding", "dilation_rate"}),
        (CONV, "conv1d", 2, {"filters"}),
        (JOIN, "concatenate", 1, set()),
        (JOIN, "concatenate", 2, {"0.2", "1.2"}),
        (JOIN, "bidirectional", 1, {"units", "merge_mode"}),
        (JOIN, "repeat_vector", 1, {"n"}),
        (RESHAPED, "reshape", 1, {"target_shape"}),
        (RESHAPED, "reshape", 2, {"target_shape"}),
        (RESHAPED, "reshape_1", 1, {"target_shape", "0.1"}),
        (JOIN, "repeat_vector", 2, {"0.1"}),
    ],
)
def test_where_a_size_comes_from(text: str, layer: str, axis: int, wanted: set[str]) -> None:
    found = sources(text, layer, 0, axis)
    assert wanted <= found
    assert all("." in source for source in found - wanted) or layer == "conv1d"


def test_a_size_is_traced_to_where_it_was_said() -> None:
    case = case_of((ROOT / "specs/good/encoder_decoder.yaml").read_text(encoding="utf-8"))
    decoder = case.graph.nodes[case.graph.by_name["decoder"]]
    found = origin(case, decoder, 0, 1)
    assert found is not None
    assert (found.node.name, found.argument, found.value) == ("repeat_vector", "n", 10)


def test_the_story_of_a_decoder() -> None:
    path = ROOT / "specs/good/encoder_decoder.yaml"
    report = check_document(read("m.yaml", path.read_bytes()))
    text = rendered(story_page(report, "decoder", Numbers()), "text", Look(width=120))
    for line in (
        "repeat_vector  (batch, 10, 64)  float32",
        "the timesteps of repeat_vector (n: 10 there); return_sequences: true",
        "64 features x 4 gates x 64 units   16,384",
        "`lstm_cell/kernel` follows the features of repeat_vector, units: 64.",
        "`time_distributed` (TimeDistributed)",
    ):
        assert line in text


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_layer_of_every_good_spec_has_a_story(path: Path) -> None:
    report = check_document(read("m.yaml", path.read_bytes()), where=str(path.parent))
    assert report.case is not None
    pages = [overview_page(report, Numbers())]
    for name in report.case.graph.by_name:
        pages.append(story_page(report, name, Numbers()))
        headings = [block.text for block in pages[-1].blocks if isinstance(block, Heading)]
        assert headings[-1] == "Who reads it"
    for page in pages:
        assert not [line for line in shown(page).splitlines() if len(line) > 80]


NESTED = """\
- TimeDistributed:
    layer:
      Sequential:
        layers:
          - Conv2D: {filters: 8, kernel_size: 3, padding: same}
          - Flatten
          - Dense: {units: 4}
    name: frames
"""


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("LSTM", "- LSTM\n"),
        ({"Add": None, "inputs": ["a", "b"]}, "- Add: {}\n  inputs: [a, b]\n"),
        ({"Identity": {}, "expect": []}, "- Identity: {}\n  expect: []\n"),
        (
            {"TimeDistributed": {"layer": {"Sequential": {"layers": [
                {"Conv2D": {"filters": 8, "kernel_size": 3, "padding": "same"}}, "Flatten",
                {"Dense": {"units": 4}}]}}, "name": "frames"}},
            NESTED,
        ),
    ],
)  # fmt: skip
def test_an_entry_is_written_as_a_person_would(entry: Any, text: str) -> None:
    assert written_entry(entry) == text
    assert str(yaml.safe_load(text)) == str([entry]).replace("None", "{}")


def test_two_sequences_say_what_they_read() -> None:
    case = case_of((ROOT / "specs/good/translate_with_teacher_forcing.yaml").read_text("utf-8"))
    low = picture(case, Numbers())
    assert re.fullmatch(r"\w+ \(batch, .*?\) +\w+ \(batch, .*?\)", low[-1].strip())


# -- the command --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ("", "", {})),
        (["--units"], ("--units", "", {})),
        (["--units", "64"], ("units", "", {"units": 64})),
        (["--units=64", "LSTM"], ("LSTM", "", {"units": 64})),
        (["LSTM", "--batch-size", "9"], ("LSTM", "", {"batch": 9})),
        (["m.yaml", "--units"], ("--units", "m.yaml", {})),
        (["--units", "m.yaml"], ("--units", "m.yaml", {})),
        (["return", "sequences"], ("return sequences", "", {})),
        (["-", "--params"], ("--params", "-", {})),
    ],
)
def test_words_are_sorted(words: list[str], wanted: tuple[str, str, dict[str, int]]) -> None:
    assert tuple(read_words(words)) == wanted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["retrun-sequences"], "near: `return-sequences`"),
        (["xyzzy"], "lists all topics"),
        (["--fromat", "json"], "`--format`"),
        (["LSTM", "GRU"], "one thing at a time"),
        (["what", "is", "the", "weather"], "there is nothing about"),
        (["a.yaml", "b.yaml"], "takes one spec"),
        (["--units", "0", "LSTM"], "--units wants a number"),
        (["--units", "many", "LSTM"], "--units wants a number"),
        (["nowhere.yaml"], "cannot read `nowhere.yaml`"),
    ],
)
def test_what_cannot_be_explained(words: list[str], said: str) -> None:
    with pytest.raises(CannotRun, match=r".") as raised:
        page_of(read_words(words))
    assert said in str(raised.value)


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "lstmshape", "explain", *words], cwd=folder, check=False,
        capture_output=True, env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def test_exit_codes_and_formats(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(STACK, encoding="utf-8")
    for format in FORMATS:
        done = run("m.yaml", "--layer", "lstm", "--format", format, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert b"\x1b" not in done.stdout
        if format == "json":
            assert json.loads(done.stdout)["name"] == "lstm"
    wrong = run("m.yaml", "--layer", "lstn", folder=tmp_path)
    assert wrong.returncode == 2
    assert b"`lstm`" in wrong.stderr
    assert not wrong.stdout


def test_colours_only_where_they_are_wanted(tmp_path: Path) -> None:
    assert b"\x1b[" in run("units", folder=tmp_path, FORCE_COLOR="1").stdout
    assert b"\x1b[" not in run("units", folder=tmp_path, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_numpy_only_where_numbers_are_shown() -> None:
    script = (
        "import sys\nfrom lstmshape.explain.command import page_of, read_words\n"
        "page_of(read_words(['LSTM'])); page_of(read_words(['LS301'])); page_of(read_words([]))\n"
        "assert 'numpy' not in sys.modules\npage_of(read_words(['--units']))\n"
        "assert 'numpy' in sys.modules\nassert 'keras' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_explain_is_a_command() -> None:
    assert cli.COMMANDS["explain"] == "lstmshape.explain.command:explain"


def test_operands_are_told_in_the_order_of_the_parameters() -> None:
    text = (
        "input: [5, 16]\nlayers:\n- Dense: {units: 4, name: d}\n  inputs: input\n"
        "- ops>Transpose: {axes: [0, 2, 1], name: t}\n  inputs: input\n"
        "- ops>Matmul: {name: m}\n  inputs: d\n  call: {x1: t}\n"
    )
    case = case_of(text)
    call = case.flow.calls[-1]
    assert [given.node.name for given in given_tensors(case, call)] == ["t", "d"]
    assert list(input_names(case.flow, call.node)) == ["t", "d"]
    alone = Alone(case, call)
    assert alone.entry["inputs"] == {"x1": "i0", "x2": "i1"}
    assert alone.outputs is not None
