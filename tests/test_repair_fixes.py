"""Every fix that is listed, for everything that is broken here: written, true, and of use."""

from __future__ import annotations

import copy
import math
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from repairing import EXAMPLES, SPECS, applied, broken_texts, checked, errors, mended, tree_of
from test_repair import CASES

from lstmshape.changes import Change, changed
from lstmshape.diagnostics import Diagnostic, Fix
from lstmshape.pipeline import FileReport
from lstmshape.repair.identity import kind_of

TEXTS = {
    **{f"broken/{name}": text for name, text in broken_texts().items()},
    **{f"example of {code}": text for code, text in EXAMPLES.items()},
    **{f"case {name}": case["spec"] for name, case in CASES.items()},
}


def families(found: list[Diagnostic]) -> Counter[str]:
    """How many errors of each kind there are, whatever their codes and places."""
    return Counter(kind_of(d)[0] for d in found)


def said(found: list[Diagnostic], one: Diagnostic) -> int:
    return sum((d.code, d.message) == (one.code, one.message) for d in found)


def holds(text: str, report: FileReport, one: Diagnostic, fix: Fix) -> bool:
    """The text says the change, the diagnostic is gone; whether no error is there that was not."""
    new = applied(text, fix)
    wanted = tree_of(text)
    for change in fix.changes:
        wanted = changed(wanted, change)
    after = checked(new, fixes=False)
    assert after.document.tree == wanted
    assert said(after.diagnostics, one) < said(report.diagnostics, one), fix.title
    return not families(errors(after)) - families(errors(report))


@pytest.mark.parametrize("name", TEXTS)
def test_every_fix_holds(name: str) -> None:
    text = TEXTS[name]
    report = checked(text)
    for one in report.diagnostics:
        held = [holds(text, report, one, fix) for fix in one.fixes if fix.edits]
        # what uncovers errors is listed only where nothing else is, and something was hidden
        assert all(held) or (not any(held) and not report.case.flow.ok)  # type: ignore[union-attr]  # it was read


@pytest.mark.parametrize("code", EXAMPLES)
def test_no_two_rules_undo_each_other(code: str) -> None:
    """Whichever fix of an example is taken first, those that follow come to an end."""
    text = EXAMPLES[code]
    for one in checked(text).diagnostics:
        for fix in one.fixes:
            if fix.edits:
                mended(applied(text, fix))


@pytest.mark.parametrize("name", broken_texts())
def test_first_fixes_end(name: str) -> None:
    """One first fix after the other ends, and where every error has one, with no error left."""
    text = broken_texts()[name]
    after, _ = mended(text)
    left = errors(checked(after))
    assert all(not any(fix.edits for fix in d.fixes) for d in left)


# -- the lines for the data -------------------------------------------------------------------


def data_changes() -> Iterator[tuple[str, Any, Change]]:
    """(where from, the spec, change) of every line of NumPy that is proposed."""
    seen = set()
    for name, text in TEXTS.items():
        tree = tree_of(text)
        for one in checked(text).diagnostics:
            for fix in one.fixes:
                for change in (change for change in fix.changes if change.code):
                    key = (change.code, repr(_at(tree, change.path)))
                    if key not in seen:
                        seen.add(key)
                        yield name, tree, change


def _at(tree: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def test_lines_do_what_the_changes_say() -> None:
    """Run on zeros of the shape that the spec says, a line makes the shape of its change."""
    np = pytest.importorskip("numpy")
    ran = 0
    for name, tree, change in data_changes():
        code = change.code or ""
        given = _at(tree, change.path)
        # sequences of different lengths have no shape to try
        if "pad_sequences" in code or "x[0" in code.partition("= ")[2]:
            continue
        # any number will do for what is open
        shape = [3 if size is None else size for size in given]
        array = np.broadcast_to(np.int8(0), shape)
        arrays = {"x": array, "y": array}
        key = change.path[2] if len(change.path) > 2 else None
        if key is not None:
            arrays = {"x": {key: array}, "y": {key: array}}
        wanted = [3 if size is None else size for size in change.value]
        if max(array.size, math.prod(wanted)) > 2 * 10**6:
            continue
        code = code.replace("keras.utils.to_categorical", "categorical")
        exec(code, {"np": np, "categorical": _categorical}, arrays)
        made = arrays[str(change.path[1])]
        made = made if key is None else made[key]
        assert list(made.shape) == wanted, (name, code)
        ran += 1
    assert ran > 30


def _categorical(y: Any, classes: int) -> Any:
    """As Keras's: an axis of 1 goes, and the classes come last."""
    import numpy as np

    y = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
    return np.zeros((*y.shape, classes), "int8")


# -- random mistakes --------------------------------------------------------------------------


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(tree, (dict, list)):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from places(value, (*path, key))


def spoilt(tree: Any, rng: random.Random) -> Any:
    """The spec with one random mistake."""
    tree = copy.deepcopy(tree)
    path = rng.choice(list(places(tree)))
    parent, last = _at(tree, path[:-1]), path[-1]
    value = parent[last]
    if isinstance(value, bool):
        parent[last] = not value
    elif isinstance(value, int):
        parent[last] = rng.choice([0, 1, 3, value + 1, value * 2, None, [value, 2]])
    elif isinstance(value, list) and value:
        parent[last] = rng.choice([value[1:], value[::-1], [*value, 1], [3, *value]])
    elif isinstance(value, str):
        parent[last] = rng.choice([value[:-1], f"{value}x"])
    elif path[0] == "layers" and isinstance(parent, list):
        parent.insert(int(last), rng.choice(["Flatten", {"LSTM": {"units": 4}}, "Attention"]))
    else:
        del parent[last]
    return tree


GOOD = sorted((SPECS / "good").glob("*.yaml"))


@pytest.mark.parametrize("seed", range(60))
def test_fixes_of_random_mistakes_hold(seed: int) -> None:
    rng = random.Random(seed)
    tree = yaml.safe_load(rng.choice(GOOD).read_text(encoding="utf-8"))
    text = yaml.safe_dump(spoilt(tree, rng), sort_keys=False)
    report = checked(text)
    for one in report.diagnostics:
        for fix in one.fixes:
            if fix.edits:
                holds(text, report, one, fix)
