"""The short ways of the YAML reader: they may leave a text to the long way, and never differ."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_yaml_random import SCRAPS
from yaml_layouts import Layout
from yaml_trees import random_tree

from lstmshape.frontends import yaml_nodes, yaml_plain
from lstmshape.frontends.limits import MAX_DEPTH, TooMuch
from lstmshape.frontends.proof import same
from lstmshape.frontends.yaml_nodes import compose, surely_within_bounds
from lstmshape.frontends.yaml_plain import Odd, plain_tree
from lstmshape.frontends.yaml_tree import TreeBuilder
from lstmshape.source import Source

SPECS = sorted((Path(__file__).parent.parent / "specs").rglob("*.yaml"))
#: what goes deeper, and what only looks like its end
STEPS = [
    "[", "{", "]", "}", "[a, ", "{a: ", "[a: ", "- ", "? ", ": ", "-\t", "a: ", "\n", "\n  ",
    '"', "'", "# ", "[]", "{}", "k]: ", "&a ", "!t ", "!<]> ",
    "[!<]> ", "{!<}> a: ", "|\n", "a", ", ", "[x]", "{x}",
]  # fmt: skip


def long_way(text: str) -> Any:
    """The tree, or None where something was found in the text."""
    root = compose(text).root
    if root is None:
        return None
    builder = TreeBuilder(Source("", text), 0, "*" in text)
    tree = builder.tree(root)
    return None if builder.facts else tree


def assert_the_same(text: str) -> bool:
    """Whether the short way was taken; where it was, the long way gives the same."""
    try:
        root = compose(text).root
    except (TooMuch, yaml.YAMLError, UnicodeEncodeError):
        return False
    if root is None or "*" in text:
        return False
    try:
        tree = plain_tree(root)
    except Odd:
        return False
    assert same(tree, long_way(text)), text
    return True


def test_specs_take_the_short_ways() -> None:
    short = 0
    for path in SPECS:
        text = path.read_text(encoding="utf-8", errors="replace").lstrip("\ufeff")
        short += assert_the_same(text) and surely_within_bounds(text)
    assert short > 0.85 * len(SPECS)


@pytest.mark.parametrize("start", [0, 300])
def test_random_texts(start: int) -> None:
    short = 0
    for seed in range(start, start + 300):
        rng = random.Random(seed)
        text = Layout(rng, random_tree(rng)).text.lstrip("\ufeff")
        short += assert_the_same(text)
        at = rng.randrange(len(text))
        assert_the_same(text[:at] + rng.choice(SCRAPS) + text[at:])
    assert short > 100


def test_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_plain, "_MOST", 50)
    monkeypatch.setattr(yaml_plain, "_VALUES", {})
    monkeypatch.setattr(yaml_plain, "_KEYS", set())
    for start in range(0, 1000, 10):
        text = "".join(f"k{n}: {n}\n" for n in range(start, start + 10))
        assert assert_the_same(text)
        assert len(yaml_plain._VALUES) <= 50
        assert len(yaml_plain._KEYS) <= 50


@pytest.mark.parametrize("start", range(0, 8000, 2000))
def test_what_is_not_counted_is_not_too_deep(start: int) -> None:
    """A text that is taken for shallow never meets the bounds when they are counted."""
    taken = 0
    for seed in range(start, start + 2000):
        text = deep_text(random.Random(seed))
        if surely_within_bounds(text):
            taken += 1
            assert counted_depth(text) <= MAX_DEPTH, text
    assert taken > 200


def deep_text(rng: random.Random) -> str:
    """A few steps, some again and again; what is behind them may close them."""
    parts = []
    for _ in range(rng.randint(1, 6)):
        step = "".join(rng.choices(STEPS, k=rng.randint(1, 3)))
        parts.append(step * rng.choice((1, 1, 2, 5, 30, 60, 120)))
    if rng.random() < 0.3:
        width = rng.choice((1, 2, 3))
        parts += [f"{' ' * width * depth}a:\n" for depth in range(rng.choice((10, 40, 120)))]
    return "".join(parts)


def counted_depth(text: str) -> int:
    """How deep the nodes of a text go, as far as it can be read."""

    class Counting(yaml_nodes._Bounds):
        deepest = 0

        def descend_resolver(self, parent: Any, index: Any) -> None:
            super().descend_resolver(parent, index)
            Counting.deepest = max(self.depth, Counting.deepest)

    loader = yaml_nodes.loader_class(Counting)(text)
    try:
        if loader.check_node():
            loader.get_node()
    except TooMuch:
        return MAX_DEPTH + 1
    except yaml.YAMLError:
        pass
    finally:
        loader.dispose()
        yaml_nodes.loader_class.cache_clear()
    return Counting.deepest
