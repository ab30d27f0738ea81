"""Random specs in random layouts: read exactly, and changed exactly, with every comment kept.

`python tests/test_yaml_random.py 100000 [seed]` tries as many specs as asked.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from typing import Any

import pytest
from yaml_layouts import Layout
from yaml_refusals import may_refuse
from yaml_trees import CHANGES, entries, random_change, random_tree

from lstmshape.changes import CannotChange, Change, changed
from lstmshape.facts import LookAlike
from lstmshape.frontends.proof import proved, same
from lstmshape.frontends.yaml_spec import YamlDocument, read_yaml
from lstmshape.source import Place, Source, apply_edits

CHANGES_A_SPEC = 4
#: what mutations put into a text
SCRAPS = [
    *"{}[],:-?&*!|>'\"%@`#\n \t\r\\~<(=0a.\x85\u2028\ufeff\x00\ud800", "\U0001f600", "<<: ",
    "*a0 ", "&a1 ", "- ", ": ", "# x\n", "|\n", "!!int ", "!x ", "---\n", "...\n", "\r\n",
    "%YAML 1.2\n", "(None, 1)", "None", "on",
]  # fmt: skip


def say(text: str, change: Change | None = None) -> str:
    """What a failure shows."""
    return f"{change}\n{text}"


def try_spec(seed: int) -> Counter[str]:
    """Read a random spec in a random layout, and write random changes into it."""
    rng = random.Random(seed)
    tree = random_tree(rng)
    layout = Layout(rng, tree)
    document = read_yaml(Source("spec.yaml", layout.text))
    assert same(document.tree, tree), say(layout.text)
    assert {type(fact) for fact in document.facts} <= {LookAlike}, say(layout.text)
    done: Counter[str] = Counter()
    for _ in range(CHANGES_A_SPEC):
        change = random_change(rng, tree)
        try:
            wanted = changed(tree, change)
        except CannotChange:
            assert document.write(change) is None, say(layout.text, change)
            continue
        done[change.op if try_change(document, layout, change, wanted) else "refused"] += 1
    return done


def try_change(document: YamlDocument, layout: Layout, change: Change, wanted: Any) -> bool:
    """Write a change and read it back; False if the writer refuses, with good reason."""
    edits = document.write(change)
    if edits is None:
        assert may_refuse(layout, document.tree, change), say(layout.text, change)
        return False
    text = apply_edits(layout.text, edits)
    again = read_yaml(Source("spec.yaml", text))
    shown = f"{say(layout.text, change)}\n-----\n{text}"
    assert same(again.tree, wanted), shown
    assert len(again.facts) <= len(document.facts), shown
    for comment, owner in layout.owners.items():
        gone = change.op == "remove_layer" and owner[: len(change.path)] == change.path
        found = len(re.findall(rf"{comment}(?!\d)", text))
        assert found == 1 or (gone and found == 0), (comment, shown)
    return True


@pytest.mark.parametrize("block", range(8))
def test_random_layouts(block: int) -> None:
    done: Counter[str] = Counter()
    for seed in range(block * 250, (block + 1) * 250):
        done += try_spec(seed)
    assert set(CHANGES) <= set(done)
    assert done["refused"] < 0.05 * done.total()


def mutated(rng: random.Random, text: str) -> str:
    """The text with something put in, taken out, or said twice."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at, length = rng.randint(0, len(text)), rng.randint(1, 3)
        roll = rng.random()
        if roll < 0.5:
            text = text[:at] + rng.choice(SCRAPS) + text[at:]
        elif roll < 0.85:
            text = text[:at] + text[at + length :]
        else:
            other = rng.randint(0, len(text))
            text = text[:at] + text[other : other + 10 * length] + text[at:]
    return text


def try_mutant(seed: int) -> Counter[str]:
    """Read a broken text, locate all of its tree, and write into it; nothing may be raised."""
    rng = random.Random(seed)
    text = mutated(rng, Layout(rng, random_tree(rng)).text)
    document = read_yaml(Source("spec.yaml", text))
    done = Counter({"read": 1, "tree": document.tree is not None})
    document.comments()
    for fact in document.facts:
        assert document.locate(fact.place).start <= document.locate(fact.place).end
    locate_all(document)
    for _ in range(CHANGES_A_SPEC if entries(document.tree) else 0):
        try:
            change = random_change(rng, document.tree)
        except (LookupError, TypeError, AttributeError):
            continue  # the tree has not the form that changes are made for
        edits = document.write(change)
        if edits is not None:
            apply_edits(text, edits)
            done["written"] += 1
            done["proved"] += proved(document, [change]) is not None
    return done


def locate_all(document: YamlDocument, most: int = 200) -> None:
    """Every place of the tree lies in the text, and an entry begins with its key."""
    end = document.source.position(len(document.source.text))
    stack: list[Any] = [((), document.tree)]
    while stack and most:
        path, value = stack.pop()
        most -= 1
        spans = [document.locate(Place(path, part)) for part in ("key", "value", "entry")]
        assert all((1, 1) <= span.start <= span.end <= end for span in spans), (path, spans)
        items = value.items() if isinstance(value, dict) else ()
        items = enumerate(value) if isinstance(value, list) else items
        stack += [((*path, key), item) for key, item in items]


@pytest.mark.parametrize("block", range(4))
def test_mutated_texts(block: int) -> None:
    done: Counter[str] = Counter()
    for seed in range(block * 300, (block + 1) * 300):
        done += try_mutant(seed)
    assert done["tree"] > 50
    # the few that only the proof stops are texts that no person writes
    assert done["written"] >= done["proved"] > 0.99 * done["written"] > 50


if __name__ == "__main__":
    count, first = (int(word) for word in (*sys.argv[1:], "0")[:2])
    totals: Counter[str] = Counter()
    for number in range(first, first + count):
        totals += try_spec(number)
        totals += try_mutant(number)
    print(totals)
