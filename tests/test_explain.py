"""The topics of `explain`: what each must have, and that nothing in it is left to be filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from lstmshape.explain import docs
from lstmshape.explain.blocks import Block, Code, Drawing, Heading, Page, Paragraph, Quote, Table
from lstmshape.explain.demos import DEMOS
from lstmshape.explain.directives import DIRECTIVES
from lstmshape.explain.finder import find, find_topic
from lstmshape.explain.folding import folded_code, folded_numbers
from lstmshape.explain.lesson import Lesson, topic_page
from lstmshape.explain.markdown import Directive, Fence, read_source
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.render import MARGIN, Look, markdown, rendered, to_json
from lstmshape.explain.topics import Topic, read_topic, topics

TOPICS = list(topics().values())
#: those that the issue asks for
WANTED = (
    "return-sequences", "return-state", "stateful", "go-backwards", "units", "input-shape",
    "batch-size", "timesteps", "embedding", "mask-zero", "masking", "time-distributed",
    "repeat-vector", "bidirectional", "initial-state", "encoder-decoder", "stacked", "one-to-one",
    "many-to-one", "one-to-many", "many-to-many", "params", "targets", "loss", "flatten",
    "conv-lstm", "cudnn", "torch",
)  # fmt: skip
SECTIONS = (
    "Through time", "Shapes", "Parameters", "In numbers", "The usual mistake", "Write it",
)  # fmt: skip
#: sizes that appear nowhere else, sizes of one, and large ones
READERS = (
    {},
    {"units": 37, "timesteps": 41, "features": 43, "batch": 47},
    {"units": 1, "timesteps": 1, "features": 1, "batch": 1},
    {"units": 2, "timesteps": 2, "features": 3, "batch": 2},
    {"units": 32, "timesteps": 480, "features": 16, "batch": 90},
    {"units": 100_000, "timesteps": 1_000_000, "features": 100_000, "batch": 100_000},
)
each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def page(topic: Topic, **given: int) -> Page:
    return topic_page(topic, Numbers(given))


def texts(blocks: Any) -> Iterator[str]:
    """Every string in blocks."""
    if isinstance(blocks, str):
        yield blocks
    elif isinstance(blocks, (list, tuple)):
        for block in blocks:
            yield from texts(block)


def section(found: Page, title: str) -> list[Block]:
    """The blocks below a heading, up to the next."""
    blocks = list(found.blocks)
    start = blocks.index(Heading(title)) + 1
    end = next((n for n in range(start, len(blocks)) if isinstance(blocks[n], Heading)), None)
    return blocks[start:end]


# -- what each topic has ------------------------------------------------------------------------


@pytest.mark.parametrize("name", WANTED)
def test_every_topic_that_was_asked_for(name: str) -> None:
    for word in (name, f"--{name}", name.replace("-", "_"), name.replace("-", " ").upper()):
        found = find(word)
        assert found.topic is not None
        assert name in (found.topic.name, *found.topic.aliases)


@each_topic
def test_begins_with_two_sentences(topic: Topic) -> None:
    first, second, *_ = page(topic).blocks
    assert isinstance(first, Paragraph)
    assert isinstance(second, Heading)
    plain = re.sub(r"`[^`]*`", "x", first.text)
    assert len(re.findall(r"[.?](?= [A-Z`x]|$)", plain)) == 2, first.text


@each_topic
def test_has_all_sections_in_order(topic: Topic) -> None:
    found = page(topic)
    headings = [block.text for block in found.blocks if isinstance(block, Heading)]
    assert [h for h in headings if h in SECTIONS] == list(SECTIONS)
    assert found.related


@each_topic
def test_draws_the_setting_against_its_opposite(topic: Topic) -> None:
    drawn = [b for b in section(page(topic), "Through time") if isinstance(b, Drawing)]
    assert len(drawn) >= 2
    assert all(drawing.lines and drawing.title for drawing in drawn)
    assert len({drawing.lines for drawing in drawn}) == len(drawn) or topic.name == "targets"


@each_topic
def test_shows_shapes_parameters_and_numbers(topic: Topic) -> None:
    found = page(topic)
    shapes = [b for b in section(found, "Shapes") if isinstance(b, Table)]
    assert any("(batch" in text for text in texts(shapes))
    assert any(isinstance(b, Table) for b in section(found, "Parameters"))
    numbers = [b for b in section(found, "In numbers") if isinstance(b, Code)]
    assert any(re.search(r"\d", code.text) for code in numbers)


@each_topic
def test_shows_a_mistake_what_is_said_of_it_and_its_fix(topic: Topic) -> None:
    blocks = section(page(topic), "The usual mistake")
    assert any(isinstance(b, Quote) for b in blocks)
    said = [b for b in blocks if isinstance(b, Code) and "`lstmshape check`" in b.title]
    mended = [b for b in blocks if isinstance(b, Code) and b.title[:4] in ("With", "What")]
    assert said
    assert mended


@each_topic
def test_shows_the_spec_and_the_keras_lines(topic: Topic) -> None:
    blocks = section(page(topic), "Write it")
    languages = [b.language for b in blocks if isinstance(b, Code)]
    assert "yaml" in languages
    assert "python" in languages


@each_topic
def test_only_mistakes_are_mistaken(topic: Topic) -> None:
    lesson = Lesson(topic, Numbers())
    for spec in lesson.specs.values():
        found = [d for d in lesson.report(spec.name).diagnostics if d.severity != "note"]
        if spec.mistake:
            assert lesson.report(spec.name).diagnostics, spec.name
        else:
            assert not found, (spec.name, found)


@each_topic
def test_what_is_related_is_there(topic: Topic) -> None:
    assert topic.name not in topic.related
    assert all(name in topics() for name in topic.related)


def test_aliases_belong_to_one_topic() -> None:
    aliases = [alias for topic in TOPICS for alias in topic.aliases]
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(topics())


def test_every_demonstration_and_directive_is_used() -> None:
    used = {part for topic in TOPICS for part in topic.parts() if isinstance(part, Directive)}
    assert {part.words[0] for part in used if part.name == "demo"} == set(DEMOS)
    assert {part.name for part in used} == set(DIRECTIVES)


# -- the reader's numbers -----------------------------------------------------------------------


@each_topic
@pytest.mark.parametrize("given", READERS, ids=lambda given: "-".join(map(str, given.values())))
def test_any_numbers_will_do(topic: Topic, given: dict[str, int]) -> None:
    found = page(topic, **given)
    prose = (b.text for b in found.blocks if isinstance(b, Paragraph))
    assert not [text for text in texts(list(found.blocks)) if "$" in text]
    assert not [text for text in prose if "{" in re.sub(r"`[^`]*`", "", text)]
    assert rendered(found, "text", Look())


@each_topic
def test_the_readers_numbers_are_everywhere(topic: Topic) -> None:
    given = READERS[1]
    found = page(topic, **given)
    drawn = [b for b in found.blocks if isinstance(b, Drawing)]
    shapes = " ".join(texts([*drawn, *section(found, "Shapes")]))
    assert "(batch" not in shapes.replace("(batch, timesteps", "")
    assert str(given["batch"]) in shapes
    sizes = {int(size) for shape in re.findall(r"\([\d, ]+\)", shapes)
             for size in re.findall(r"\d+", shape)}  # fmt: skip
    usual = {Numbers()[name] for name in ("units", "timesteps", "batch")}
    assert not sizes & usual - set(topic.numbers.values())


@each_topic
def test_one_of_something_is_in_the_singular(topic: Topic) -> None:
    found = page(topic, **READERS[2])
    prose = [text for b in found.blocks if not isinstance(b, Code | Quote) for text in texts([b])]
    assert not [t for t in prose if re.search(r"(?<! of)(?<! x) 1 (steps|features|units)", t)]


def test_the_thread_that_gave_the_project_its_name() -> None:
    """LSTM(32, return_sequences=True) on (480, 16): one number a step, not sixteen."""
    given = {"units": 32, "timesteps": 480, "features": 16, "batch": 90}
    text = rendered(page(topics()["many-to-many"], **given), "text", Look())
    for line in ("(90, 480, 16)", "(90, 480, 32)", "(90, 480, 1)", "6,272"):
        assert line in text
    assert "give it as many units as are wanted: set `units: 1`" in text


def test_numbers_fill_formulas_and_refuse_other_names() -> None:
    numbers = Numbers({"units": 3})
    assert numbers.fill("$units, ${2 * units + 1}, $features") == "3, 7, 16"
    with pytest.raises(ValueError, match="no number is called neurons"):
        numbers.fill("$neurons")


# -- how it is shown ----------------------------------------------------------------------------


@each_topic
def test_fits_into_80_columns(topic: Topic) -> None:
    for given in (READERS[0], READERS[4]):
        lines = rendered(page(topic, **given), "text", Look(width=80)).splitlines()
        assert not [line for line in lines if len(line) > 80]


@each_topic
def test_drawings_and_findings_keep_to_the_terminal(topic: Topic) -> None:
    found = topic_page(topic, Numbers(READERS[4], room=72 - MARGIN))
    drawn = [line for b in found.blocks if isinstance(b, Drawing) for line in b.lines]
    said = [line for b in found.blocks if isinstance(b, Code) and "`lstmshape check`" in b.title
            for line in b.text.splitlines()]  # fmt: skip
    room = 72 - MARGIN
    assert not [line for line in drawn if len(line) > room]
    assert not [line for line in said if len(line) > room and not re.match(r" *\d* \|", line)]


@each_topic
def test_fits_into_60_columns(topic: Topic) -> None:
    """Also its code, its vectors of numbers, and drawings of two sequences."""
    text = rendered(topic_page(topic, Numbers(room=60 - MARGIN)), "text", Look(width=60))
    assert not [line for line in text.splitlines() if len(line) > 60]


def test_sequences_below_each_other_hand_their_states_over() -> None:
    found = topic_page(topics()["stateful"], Numbers(room=60 - MARGIN))
    kept, lost = (block.lines for block in found.blocks if isinstance(block, Drawing))
    assert [line.split()[0] for line in kept if "[LSTM]" in line] == ["0", "h,"]
    assert [line.split()[0] for line in lost if "[LSTM]" in line] == ["0", "0"]


@pytest.mark.parametrize("room", [30, 44, 56, 66])
def test_code_means_the_same_however_narrow(room: int) -> None:
    codes = [
        block
        for topic in TOPICS
        for block in page(topic).blocks
        if isinstance(block, Code) and block.language in ("yaml", "python")
    ]
    broken = 0
    for code in codes:
        lines = code.text.splitlines()
        text = "\n".join(part for line in lines for part in folded_code(line, room))
        broken += text.count("\n") >= len(lines)
        if code.language == "yaml":
            assert yaml.safe_load(text) == yaml.safe_load(code.text)
        else:
            assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(code.text))
    assert broken > 10


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("- A: {b: 1, c: 2}", ["- A:", "    {b: 1, c: 2}"]),
        ("- A: {b: 'x, y', c: 2, dd: 3}", ["- A: {b: 'x, y',", "      c: 2, dd: 3}"]),
        ("a = f(b, c, d, e, g, h)", ["a = f(b, c, d,", "    e, g, h)"]),
        ("x: 1  # one, two, three", ["x: 1  # one, two, three"]),
        ("no brackets, so no break", ["no brackets, so no break"]),
    ],
)
def test_where_a_line_of_code_is_broken(line: str, folded: list[str]) -> None:
    assert list(folded_code(line, 16)) == folded


def test_vectors_show_fewer_numbers_before_they_go_below() -> None:
    rows = [f"{label}  [ 0.1000  0.2000  0.3000 ...  0.4000]" for label in ("all", "one")]
    assert list(folded_numbers(rows, 43)) == rows
    assert list(folded_numbers(rows, 30)) == [f"{row[:5]}[ 0.1000 ...  0.4000]" for row in rows]
    assert list(folded_numbers(rows[:1], 25)) == ["all", "  [ 0.1000 ...  0.4000]"]


@each_topic
def test_is_plain_without_colour_and_ascii_where_asked(topic: Topic) -> None:
    plain = rendered(page(topic), "text", Look())
    assert "\x1b" not in plain
    colored = rendered(page(topic), "text", Look(color=True))
    assert "\x1b[" in colored
    ascii_only = rendered(page(topic), "text", Look(ascii=True))
    assert ascii_only.isascii()
    assert len(ascii_only.splitlines()) == len(plain.splitlines())


@each_topic
def test_narrow_terminals_lose_no_cell(topic: Topic) -> None:
    found = page(topic)
    narrow = rendered(found, "text", Look(width=40))
    for block in found.blocks:
        if isinstance(block, Table) and not block.spare:
            for cell in texts(list(block.rows)):
                assert all(word in narrow for word in cell.split())


@each_topic
def test_json_says_all_that_text_says(topic: Topic) -> None:
    found = page(topic)
    data = to_json(found)
    assert data["name"] == topic.name
    assert len(data["blocks"]) == len(found.blocks)
    assert {block["type"] for block in data["blocks"]} >= {"paragraph", "heading", "drawing"}


def test_markdown_fences_are_closed() -> None:
    for topic in TOPICS:
        fences = re.findall(r"^```+", markdown(page(topic)), re.M)
        assert len(fences) % 2 == 0


def test_the_docs_are_fresh() -> None:
    from pathlib import Path

    folder = Path(__file__).parent.parent / docs.FOLDER
    made = dict(docs.pages())
    assert {path.name for path in folder.glob("*.md")} == set(made)
    stale = [n for n, text in made.items() if (folder / n).read_text(encoding="utf-8") != text]
    assert not stale, "run: python -m lstmshape.explain.docs"


# -- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no front matter\n", "front matter"),
        ("---\ntitle\n---\n", "key: value"),
        ("---\ntitle: a\ngroup: nowhere\n---\n", "front matter of x"),
        ("---\ntitle: a\ngroup: Training\nodd: 1\n---\n", "front matter of x"),
    ],
)
def test_front_matter_that_is_not_understood(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_topic("x", text)


def test_parts_of_a_file() -> None:
    source = read_source(
        "---\ntitle: a\n---\nOne\nline.\n\n{draw: a b}\n{samples}\n- item\n  goes on\n"
        "## Title\n```spec a hidden\nx: 1\n```\n"
    )
    kinds = [type(part).__name__ for part in source.parts]
    assert kinds == ["Prose", "Directive", "Directive", "Items", "Title", "Fence"]
    assert source.parts[1] == Directive("draw", ("a", "b"))
    assert source.parts[3].items == ("item goes on",)  # type: ignore[union-attr]  # Items
    assert source.parts[5] == Fence("spec", ("a", "hidden"), "x: 1\n")


def test_a_fence_that_is_not_closed() -> None:
    with pytest.raises(ValueError, match="not closed"):
        read_source("---\ntitle: a\n---\n```spec a\nx\n")


def test_two_specs_of_one_name_are_refused() -> None:
    text = "---\ntitle: a\ngroup: Training\n---\n" + "```spec a\ninput: [1]\n```\n" * 2
    with pytest.raises(ValueError, match="two specs of x are called a"):
        topic_page(read_topic("x", text), Numbers())


def test_an_unknown_directive_is_refused() -> None:
    topic = read_topic("x", "---\ntitle: a\ngroup: Training\n---\n{nothing: a}\n")
    with pytest.raises(ValueError, match="no directive is called nothing"):
        topic_page(topic, Numbers())


# -- finding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "topic"),
    [
        ("--return-sequences", "return-sequences"),
        ("return_sequences", "return-sequences"),
        ("Return Sequences", "return-sequences"),
        ("--masking", "mask-zero"),
        ("pytorch", "torch"),
        ("seq2seq", "encoder-decoder"),
        ("reset_after", "params"),
        ("merge_mode", "bidirectional"),
        ("embedding", "embedding"),
        ("flatten", "flatten"),
    ],
)
def test_finds_topics_by_any_name(word: str, topic: str) -> None:
    found = find(word).topic
    assert found is not None
    assert found.name == topic


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("what are units", "units"),
        ("how many parameters?", "params"),
        ("how do I stack lstm layers", "stacked"),
        ("what loss should I use", "loss"),
        ("why is my output 2d", "return-sequences, input-shape"),
        ("why 3d instead of 2d", "input-shape"),
        ("ignore padding", "mask-zero"),
        ("sequences of variable length", "timesteps"),
        ("is there a pytorch equivalent", "torch"),
        ("how do I make it fast on a GPU", "cudnn"),
        ("reset the states", "stateful"),
        ("generate text", "one-to-many"),
        ("what's the difference between units and timesteps", "units, timesteps"),
        ("retrun sequences", "return-sequences"),
        ("lstm units", "units"),
        ("the weather today", ""),
        ("what is it", ""),
    ],
)
def test_finds_what_speaks_of_a_question(question: str, wanted: str) -> None:
    found = find(question)
    names = [topic.name for topic in found.about] or ([found.topic.name] if found.topic else [])
    wanted_names = wanted.split(", ") if wanted else []
    assert names[: max(len(wanted_names), 1)] == wanted_names
    assert len(names) <= 4


def test_a_class_or_a_code_in_a_sentence_is_its_page() -> None:
    assert find("lstm layer").layer is find("LSTM").layer
    assert find("what is LS301 about").rule is find("LS301").rule
    assert find("LSTM GRU")._replace(near=()) == find("xyzzy")._replace(near=())


@pytest.mark.parametrize(
    ("word", "name"),
    [("LSTM", "LSTM"), ("Embedding", "Embedding"), ("Flatten", "Flatten"), ("lstm", "LSTM"),
     ("MaxPool1D", "MaxPooling1D"), ("bidirectionalLSTM", ""), ("conv1d", "Conv1D")],
)  # fmt: skip
def test_finds_layer_classes(word: str, name: str) -> None:
    layer = find(word).layer
    assert (layer.__name__ if layer else "") == name


@pytest.mark.parametrize("word", ["LS301", "ls301", "collapsed-sequence", "collapsed_sequence"])
def test_finds_codes(word: str) -> None:
    rule = find(word).rule
    assert rule is not None
    assert rule.code == "LS301"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("retrun-sequences", "return-sequences"),
        ("--return-sequence", "return-sequences"),
        ("timedistribute", "time-distributed"),
        ("LSTN", "LSTM"),
        ("LS3O1", "LS301"),
        ("bidirect", "bidirectional"),
        ("colapsed-sequence", "LS301"),
        ("LS3", "LS301"),
        ("what are units", "units"),
    ],
)
def test_names_near_ones(word: str, near: str) -> None:
    found = find(word)
    assert near in (*found.near, found.topic.name if found.topic else "")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Input 0 of layer lstm_1 is incompatible with the layer: expected ndim=3, found ndim=2",
         "return-sequences"),
        ("ValueError: expected ndim=3, found ndim=4", "batch-size"),
        ("When using `stateful=True` in a RNN, the batch size must be static.", "stateful"),
        ("Arguments `target` and `output` must have the same shape.", "targets"),
        ("was passed an input with a mask attached to it", "mask-zero"),
    ],
)  # fmt: skip
def test_finds_the_pages_of_an_error_that_is_pasted(text: str, topic: str) -> None:
    assert topic in [found.name for found in find(text).topics]


def test_nonsense_finds_nothing() -> None:
    for word in ("xyzzy", "", "the quick brown fox jumps", "LS999"):
        found = find(word)
        assert found._replace(near=()) == find("xyzzy")._replace(near=())
    assert find_topic("xyzzy") is None
