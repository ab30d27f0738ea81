"""The rules: facts in, diagnostics out. A code has exactly one home.

Modules whose rules only explain facts are imported when there is a fact to explain; those with
rules that inspect every model are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module

from lstmshape.case import Case
from lstmshape.diagnostics import Diagnostic
from lstmshape.facts import Fact, LookAlike
from lstmshape.rules.base import Rule

#: modules with rules that look at every model
INSPECTING = ("expectations", "smells", "data", "targets", "losses")
#: modules with rules that only explain facts
EXPLAINING = (
    "reading", "arguments", "older", "names", "foreign", "shapes", "running", "sequences", "masks",
)  # fmt: skip

_loaded: dict[str, list[Rule]] = {}


def _rules_of(module: str) -> list[Rule]:
    if module not in _loaded:
        found = vars(import_module(f"lstmshape.rules.{module}")).values()
        _loaded[module] = [
            value()
            for value in found
            if isinstance(value, type) and issubclass(value, Rule) and "code" in value.__dict__
        ]
    return _loaded[module]


def all_rules() -> list[Rule]:
    """Every rule, by code."""
    rules = [rule for module in (*INSPECTING, *EXPLAINING) for rule in _rules_of(module)]
    return sorted(rules, key=lambda rule: rule.code)


def find(code: str) -> Rule | None:
    """The rule of that code or name."""
    wanted = code.lower()
    return next((r for r in all_rules() if wanted in (r.code.lower(), r.name)), None)


def no_code(text: str) -> str | None:
    """What is wrong with a code that is asked for; None for a code, its beginning, or a name."""
    rules = all_rules()
    if any(rule.code.startswith(text.upper()) or rule.name == text for rule in rules):
        return None
    from lstmshape.near import near_names

    near = near_names(text, [name for rule in rules for name in (rule.code, rule.name)])
    return f"`{text}` is no code" + (
        f"; near: {' or '.join(f'`{n}`' for n in near)}" if near else ""
    )


def _explainers() -> dict[type[Fact], list[Rule]]:
    table: dict[type[Fact], list[Rule]] = {}
    for rule in sorted(all_rules(), key=lambda rule: rule.general):
        for fact in rule.facts:
            table.setdefault(fact, []).append(rule)
    return table


def explain_facts(facts: Sequence[Fact], case: Case) -> list[Diagnostic]:
    """One diagnostic a fact, by the first rule that knows it."""
    if not facts:
        return []
    table = _explainers()
    found = []
    for fact in facts:
        for rule in table.get(type(fact), ()):
            diagnostic = rule.explain(fact, case)
            if diagnostic is not None:
                found.append(diagnostic)
                break
        else:
            raise LookupError(f"no rule explains {fact!r}")
    return found


def inspect(case: Case) -> Iterable[Diagnostic]:
    """What the rules find that look at every model."""
    for module in INSPECTING:
        for rule in _rules_of(module):
            yield from rule.inspect(case)


def diagnose(case: Case, reading: Sequence[Fact] = ()) -> list[Diagnostic]:
    """All diagnostics of a case (and of the facts of its text), each once, in reading order."""
    # what a text that was misread leads to is not said again
    misread = {fact.place.path for fact in reading if isinstance(fact, LookAlike)}
    facts = [fact for fact in case.facts if fact.place.path not in misread]
    found = [*explain_facts([*reading, *facts], case), *inspect(case)]
    once = {diagnostic.key: diagnostic for diagnostic in reversed(found)}
    return sorted(once.values(), key=_order)


def _order(diagnostic: Diagnostic) -> tuple[object, ...]:
    path = tuple((isinstance(step, str), str(step).zfill(9)) for step in diagnostic.place.path)
    return path, diagnostic.code
