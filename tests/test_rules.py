"""Every rule has one home, a page, and examples that behave."""

from __future__ import annotations

import re

import pytest

from lstmshape.diagnostics import SEVERITIES
from lstmshape.facts import Fact
from lstmshape.frontends import read
from lstmshape.pipeline import Policy, check_document
from lstmshape.rules import all_rules, explain_facts, find
from lstmshape.rules.base import Rule

RULES = all_rules()


def codes(text: str) -> list[str]:
    report = check_document(read("example.yaml", text.encode()), policy=Policy(fixes=False))
    return [diagnostic.code for diagnostic in report.diagnostics]


def test_a_code_and_a_name_have_one_home() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page(rule: Rule) -> None:
    assert re.fullmatch(r"LS[0-6]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.severity in SEVERITIES
    first = (rule.__doc__ or "").splitlines()[0]
    assert first.endswith((".", ":"))
    assert len(first) < 120
    assert find(rule.code) is rule
    assert find(rule.name) is rule


@pytest.mark.parametrize("rule", [r for r in RULES if r.bad], ids=lambda rule: rule.code)
def test_bad_example_gives_the_code_and_nothing_else(rule: Rule) -> None:
    assert set(codes(rule.bad)) == {rule.code}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_good_example_is_silent(rule: Rule) -> None:
    assert codes(rule.good) == []


def test_every_fact_has_a_rule() -> None:
    explained = {fact for rule in RULES for fact in rule.facts}
    waiting, leaves = [Fact], set()
    while waiting:
        here = waiting.pop()
        below = here.__subclasses__()
        waiting += below
        if not below:
            leaves.add(here)
    assert leaves <= explained


def test_a_fact_without_a_rule_is_not_passed_over() -> None:
    class Nameless(Fact):
        pass

    with pytest.raises(LookupError):
        explain_facts([Nameless()], None)  # type: ignore[arg-type]  # no rule asks for the case


#: how often layers need T = 4 where one needs T >= 9, and what is said
CLASHES = {
    1: "`add` needs T = 4, but another layer needs T >= 9",
    2: "`add` and 1 layer more need T = 4, but another layer needs T >= 9",
    9: "`add` and 8 layers more need T = 4, but another layer needs T >= 9",
}


@pytest.mark.parametrize("number", CLASHES)
def test_one_cause_is_one_diagnostic(number: int) -> None:
    adds = "".join("- Add: {}\n  inputs: [a, b]\n" for _ in range(number))
    text = (
        "inputs: {a: [T, 8], b: [4, 8], c: [9]}\nlayers:\n"
        "- Conv1D: {filters: 8, kernel_size: 9, name: conv}\n  inputs: a\n"
        f"{adds}- RepeatVector: {{n: 4}}\n  inputs: c\n"
    )
    report = check_document(read("m.yaml", text.encode()), policy=Policy(fixes=False))
    assert [d.message for d in report.diagnostics if d.code == "LS209"] == [CLASHES[number]]


#: what cannot be read, or is called on nothing, and the codes of it
UNCALLED = [
    ("Dense: {units: 2}", "0", ["LS007"]),
    ("Add: {}", "[input, 0]", ["LS007"]),
    ("Dense: {units: 2}", "[{input: a}]", ["LS007"]),
    ("Sequential: {layers: [Flatten]}", "0", ["LS007"]),
    ("Sequential: {layers: [Flatten]}", "[]", ["LS207"]),
    ("Model: {input: [3], layers: [Flatten]}", "[]", ["LS207"]),
    ("ops>Concatenate: {axis: 1}", "[]", ["LS207"]),
    ("ops>Add: {}", "[]", ["LS207"]),
]


@pytest.mark.parametrize(("entry", "inputs", "expected"), UNCALLED)
def test_what_is_called_on_nothing_is_said_once(
    entry: str, inputs: str, expected: list[str]
) -> None:
    assert codes(f"input: [4, 3]\nlayers:\n- {entry}\n  inputs: {inputs}\n") == expected
