"""Requirements on open sizes: what is said of them must be exactly what brute force finds."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product as all_of
from types import CodeType
from typing import Any

import pytest

from lstmshape.dims import Bounds, Dim, evaluate, name, total
from lstmshape.requirements import (
    AtLeast,
    AtMost,
    Equal,
    Multiple,
    Requirement,
    Requirements,
    text_of,
)

T, S, U, D1 = name("T"), name("S"), name("U"), name("d1")
Values = Mapping[str, int]


def truth(requirement: Requirement, values: Values) -> bool:
    """What the requirement says, in plain integers."""
    if isinstance(requirement, Equal):
        return evaluate(requirement.a, values) == evaluate(requirement.b, values)
    number = evaluate(requirement.dim, values)
    if isinstance(requirement, Multiple):
        return number % requirement.k == 0
    return number >= requirement.n if isinstance(requirement, AtLeast) else number <= requirement.n


@cache
def compiled(text: str) -> CodeType:
    return compile(text, text, "eval")


def says(text: str, values: Values) -> bool:
    """What a printed requirement says, read by Python and by nothing of lstmshape."""
    if match := re.fullmatch(r"(.+) a multiple of (\d+)", text):
        return bool(eval(compiled(match[1]), {}, dict(values)) % int(match[2]) == 0)
    if " or " in text:
        return any(says(part, values) for part in text.split(" or "))
    return bool(eval(compiled(re.sub(r"(?<![<>])=", "==", text)), {}, dict(values)))


def one_name(rng: random.Random, depth: int = 3) -> Dim:
    """A size made of T as layers make them; now and then one that no layer makes."""
    dim: Dim = T
    for _ in range(rng.randint(0, depth)):
        step = rng.randrange(9)
        if step < 3:
            dim = dim - rng.randint(-3, 6)
        elif step < 6:
            dim = dim // rng.randint(2, 4)
        elif step == 6:
            dim = dim * rng.randint(2, 3)
        elif step == 7:
            dim = dim + T // rng.randint(1, 3)
        else:
            dim = dim - rng.choice((T // 2, 2 * (T // 2), T // 3, 2 * T))
    return dim * (T - 2) if rng.random() < 0.05 else dim


def any_requirement(rng: random.Random, dim: Dim, other: Dim) -> Requirement:
    kind = rng.randrange(8)
    if kind < 3:
        return AtLeast(dim, rng.randint(-2, 20))
    if kind < 4:
        return AtMost(dim, rng.randint(0, 40))
    if kind < 6:
        return Equal(dim, other if kind == 4 else rng.randint(0, 20))
    return Multiple(dim, rng.randint(2, 6))


# -- one name: exact ---------------------------------------------------------------------------


def test_conditions_on_one_name_are_exact() -> None:
    rng = random.Random(1)
    clashes = 0
    for _ in range(300):
        low, high = rng.choice(((0, None), (1, None), (0, 150), (5, 12)))
        store, added = Requirements({"T": (low, high)}), list[Requirement]()
        left = [{"T": t} for t in range(low, 200 if high is None else high + 1)]
        for _ in range(rng.randint(1, 4)):
            requirement = any_requirement(rng, one_name(rng), one_name(rng))
            clashing = store.add(requirement)
            still = [values for values in left if truth(requirement, values)]
            if clashing:
                clashes += 1
                assert not still, (requirement, added)
                check_core(clashing, requirement, added, range(low, (high or 3000) + 1))
                continue
            added.append(requirement)
            left = still
            if not left:  # then values lie further out
                found = store.values_for("T", rng)
                assert found is not None, added
                assert all(truth(one, found) for one in added)
        agree(store, left, ({"T": t} for t in range(low, 200 if high is None else high + 1)))
    assert clashes > 100


ODD = T - 2 * (T // 2)  # 1 or 0


@pytest.mark.parametrize(
    "needs",
    [
        [AtLeast(ODD * T + (1 - ODD) * (4 - T), 0)],  # odd, or at most 4
        [AtLeast(ODD * (T - 100) + (1 - ODD) * (90 - T), 0)],  # odd from 100, even up to 90
        [AtLeast(ODD * (T - 9), 0)],  # even, or from 9
        [AtLeast(ODD * T, 7), AtMost(T, 90)],
        [Equal(T // 2 - T // 3, 4)],
        [Equal((T - 2) // 2, 10), AtLeast(T, 23)],
        [AtMost((T - 2) // 5, 10), AtMost(T, 53), AtLeast((T - 2) // 5, 10)],
        [Multiple(T // 7, 600), AtMost(T, 5000)],
        [Equal(T * T, 144)],
        [Equal(T * T, 143 + T // 12)],
    ],
)
def test_odd_conditions_are_exact_too(needs: list[Requirement]) -> None:
    store = Requirements()
    assert [store.add(one) for one in needs] == [[]] * len(needs)
    every = [{"T": t} for t in range(200)]
    right = [values for values in every if all(truth(one, values) for one in needs)]
    agree(store, right, every)


def check_core(
    clashing: list[Requirement], new: Requirement, added: list[Requirement], values: range
) -> None:
    """What is blamed was added, does clash, and nothing of it could be left out."""
    if clashing == [new]:
        clashing = []
    assert all(any(one is other for other in added) for one in clashing)

    def met(needs: list[Requirement]) -> bool:
        return any(all(truth(one, {"T": t}) for one in needs) for t in values)

    assert not met([*clashing, new])
    for spared in range(len(clashing)):
        assert met([*clashing[:spared], *clashing[spared + 1 :], new])


def agree(store: Requirements, right: list[dict[str, int]], every: Iterable[Values]) -> None:
    """The printed words and `satisfied` tell the right values from all others."""
    texts, told = store.texts(), {tuple(values.values()) for values in right}
    for values in every:
        expected = tuple(values.values()) in told
        assert all(says(text, values) for text in texts) == expected, (texts, values)
        assert store.satisfied(values) == expected, (texts, values)


# -- several names: never wrong ----------------------------------------------------------------

BOX: Bounds = {"S": (0, 5), "T": (0, 5), "U": (1, 4)}
POINTS = [dict(zip("STU", point, strict=True)) for point in all_of(range(6), range(6), range(1, 5))]


def several_names(rng: random.Random) -> Dim:
    parts = [
        rng.choice((1, 1, 1, 2, -1, 3)) * rng.choice((S, T, U)) for _ in range(rng.randint(1, 3))
    ]
    if rng.random() < 0.15:
        parts.append(rng.choice((S * T, T * U, S * (T // 2))))
    dim = total(parts) + rng.randint(-3, 4)
    return dim // rng.randint(2, 3) if rng.random() < 0.3 else dim


def test_several_names_are_never_wrong() -> None:
    rng = random.Random(2)
    clashes = missed = 0
    for _ in range(300):
        store, added, left = Requirements(BOX), list[Requirement](), POINTS
        for _ in range(rng.randint(1, 5)):
            new = any_requirement(rng, several_names(rng), several_names(rng))
            clashing = store.add(new)
            still = [values for values in left if truth(new, values)]
            if clashing:
                clashes += 1
                assert not still, (new, added)
                blamed = [one for one in clashing if one is not new]
                assert all(any(one is other for other in added) for one in blamed)
                together = [*blamed, new]
                assert not any(all(truth(one, values) for one in together) for values in POINTS)
                continue
            added.append(new)
            left = still
            missed += not left
            if not left:
                break
        agree(store, left, POINTS)
        if left:
            found = store.values_for("STU", rng)
            assert found is None or found in left
    assert clashes > 100
    assert missed < clashes / 10  # it may miss what takes more than bounds and equalities


def test_the_order_of_requirements_does_not_change_the_words() -> None:
    rng = random.Random(3)
    for _ in range(150):
        pool = [AtLeast(one_name(rng, 2), rng.randint(1, 9)) for _ in range(3)]
        pool += [Equal(T, S), AtLeast(S, 4), Multiple(T, 2), AtLeast(T + U, 30)]
        seen = set()
        for _ in range(4):
            rng.shuffle(pool)
            store = Requirements({"T": (0, None)})
            if any(store.add(one) for one in pool):
                break
            seen.add(tuple(store.texts()))
        assert len(seen) <= 1, seen


# -- the words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "texts"),
    [
        ([AtLeast(T, 0)], []),
        ([AtLeast(T - 2, 1)], ["T >= 3"]),
        ([AtLeast(((T - 2) // 2 - 2) // 2, 1)], ["T >= 10"]),
        ([AtLeast(T, 17), AtLeast(T, 3), AtLeast(T, 9)], ["T >= 17"]),
        ([Equal(T, 10)], ["T = 10"]),
        ([Equal(T, 10), AtLeast(T, 3)], ["T = 10"]),
        ([AtLeast(T, 3), Equal(T, 10)], ["T = 10"]),
        ([Equal((T - 2) // 2, 10)], ["22 <= T <= 23"]),
        ([Equal((T - 2) // 2, 10), Multiple(T, 2)], ["T = 22"]),
        ([AtMost(T // 3, 4)], ["T <= 14"]),
        ([AtLeast(5 - T, 0)], ["T <= 5"]),
        ([Multiple(T, 4)], ["T a multiple of 4"]),
        ([Multiple(16 * T, 64)], ["T a multiple of 4"]),
        ([Multiple(T, 4), Multiple(T, 6)], ["T a multiple of 12"]),
        ([Multiple(T, 12), Multiple(T, 4)], ["T a multiple of 12"]),
        ([Multiple(T - 2, 4)], ["T - 2 a multiple of 4"]),
        ([Multiple(T + 1, 8)], ["T + 1 a multiple of 8"]),
        ([Multiple((T - 2) // 2, 4)], ["(T - 2)//2 a multiple of 4"]),
        ([Multiple(T, 4), AtLeast(T, 17)], ["T >= 20", "T a multiple of 4"]),
        ([AtLeast(T - 2 * (T // 2), 1)], ["T - 1 a multiple of 2"]),
        ([Equal(T, 2 * (T // 2))], ["T a multiple of 2"]),
        ([Equal(16 * T * T, 64 * (T // 2) * (T // 2))], ["T a multiple of 2"]),
        ([Equal(T // 2 + T // 3, 8)], ["10 <= T <= 11"]),
        ([AtLeast(T * (T // 2), 60)], ["T >= 12"]),
        ([AtMost(T * (T // 2), 10**9)], ["T <= 44721"]),
        ([AtLeast((T - 3) * (T - 3), 4)], ["T <= 1 or T >= 5"]),
        ([Equal(16 * (T - 2) * (T - 2), 1600)], ["T = 12"]),
        ([Equal(T, S)], ["T = S"]),
        ([Equal(S, T)], ["T = S"]),
        ([Equal(T, D1)], ["d1 = T"]),
        ([Equal(T - 2, S)], ["T = S + 2"]),
        ([Equal(S + T, 10)], ["S + T = 10"]),
        ([Equal(2 * T, 3 * S)], ["3*S = 2*T"]),
        ([Equal(T, S), AtLeast(T, 3), AtLeast(S, 5)], ["S >= 5", "T = S"]),
        ([Equal(T, S), Equal(S, 10)], ["S = 10", "T = 10"]),
        ([Equal(T, D1), AtLeast(D1, 4)], ["T >= 4", "d1 = T"]),
        ([AtLeast(S + T, 5)], ["S + T >= 5"]),
        ([AtMost(S + T, 5)], ["S + T <= 5"]),
        ([AtLeast(S + T, 5), AtLeast(T, 6)], ["T >= 6"]),
        ([AtLeast(T - S, 0)], ["T >= S"]),
        ([AtLeast(S - T, -3)], ["S + 3 >= T"]),
        ([AtLeast(T - S, 0), AtLeast(S - T, 0)], ["T = S"]),
        ([AtLeast((S + T - 4) // 2, 3)], ["S + T >= 10"]),
        ([Multiple(S * T, 8)], ["S*T a multiple of 8"]),
        ([Equal(2 * T, 3 * S), AtLeast(2 * T - 3 * S, 0)], ["3*S = 2*T"]),
        ([AtLeast(2 * T - 3 * S, 0), AtMost(2 * T - 3 * S, 0)], ["3*S = 2*T"]),
        ([Equal(T, 128 * (T // 128))], ["T a multiple of 128"]),
    ],
)
def test_the_words(needs: list[Requirement], texts: list[str]) -> None:
    store = Requirements()
    assert [store.add(one) for one in needs] == [[]] * len(needs)
    assert store.texts() == texts


def test_what_the_bounds_imply_is_not_said() -> None:
    store = Requirements({"T": (3, 512), "S": (8, 8)})
    for requirement in (AtLeast(T, 3), AtMost(T, 600), Multiple(S, 4), AtLeast(S + T, 11)):
        assert store.add(requirement) == []
    assert store.texts() == []
    store.add(AtLeast(T, 4))
    assert store.texts() == ["T >= 4"]


def test_one_requirement_in_words() -> None:
    assert text_of(AtLeast((T - 2) // 2, 1)) == "T >= 4"
    assert text_of(Equal(T // 2, 3)) == "6 <= T <= 7"
    assert text_of(AtLeast(T, 0)) == ""
    made = (AtLeast(T - 2, 1), AtMost(T, 9), Equal(T, S + 1), Multiple(T // 2, 4))
    words = ("T - 2 >= 1", "T <= 9", "T = S + 1", "T//2 a multiple of 4")
    assert tuple(map(str, made)) == words
    assert text_of(Equal(T, 10), {"T": (0, 9)}) == "T = 10"


# -- clashes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "new", "blamed"),
    [
        ([AtLeast(T, 17)], AtMost(T, 16), [0]),
        ([AtLeast(T, 3), Equal(T, 10)], Equal(T, 11), [1]),
        ([Equal(T, 10)], AtLeast(T - 2, 9), [0]),
        ([Multiple(T, 4)], Equal(T, 6), [0]),
        ([Multiple(T, 4)], Multiple(T - 1, 6), [0]),
        ([Multiple(T, 6), AtLeast(T, 7)], AtMost(T, 11), [0, 1]),
        ([Equal(T, S), AtLeast(U, 2), Equal(S, 10)], Equal(T, 12), [0, 2]),
        ([Equal(T, S + 1)], Equal(S, T + 1), [0]),
        ([Equal(S, U), Equal(T, U)], Equal(T, S + 1), [0, 1]),
        ([Equal(S + T, 10)], AtLeast(T, 11), [0]),
        ([AtMost(S + T, 10), AtLeast(S, 8)], AtLeast(T, 3), [0, 1]),
        ([AtLeast(T - S, 1)], AtLeast(S - T, 0), [0]),
        ([AtLeast(T - S, 1), AtLeast(U - T, 1)],
         Equal(S, U), [0, 1]),
        ([AtMost(S + T, 10), AtLeast(S, 8), AtLeast(T - U, 0)], AtLeast(U, 3), [0, 1, 2]),
        ([AtLeast(S * T, 100), AtMost(S, 5)], AtMost(T, 5), [0, 1]),
        ([Equal(U, T - 6)], AtMost(T, 5), [0]),
        ([Equal(2 * T, 3 * S)], AtLeast(2 * T - 3 * S, 1), [0]),
        ([], Equal(3, 4), "itself"),
        ([], Equal(T // 2 + T // 3, 9), "itself"),
        ([AtLeast(S, 3)], Equal(2 * T, 5), "itself"),
        ([AtLeast(S, 3)], AtLeast(-T, 1), "itself"),
    ],
)  # fmt: skip
def test_a_clash_is_told_with_those_that_make_it(
    needs: list[Requirement], new: Requirement, blamed: Any
) -> None:
    store = Requirements()
    assert [store.add(one) for one in needs] == [[]] * len(needs)
    before = store.texts()
    expected = [new] if blamed == "itself" else [needs[i] for i in blamed]
    assert store.add(new) == expected
    assert store.texts() == before  # what clashes leaves no trace
    assert store.add(new) == expected


def test_a_clash_hands_back_the_origins() -> None:
    store = Requirements()
    first, second = object(), object()
    store.add(Equal(T, 10, origin=first))
    store.add(AtLeast(S, 2, origin=second))
    assert [one.origin for one in store.add(Equal(T, 12))] == [first]


def test_a_clash_with_the_bounds_is_a_clash_with_itself() -> None:
    store = Requirements({"T": (1, 10)})
    assert store.add(AtLeast(T, 17)) == [AtLeast(T, 17)]
    assert store.add(AtLeast(T, 10)) == []


# -- values ------------------------------------------------------------------------------------


def test_values_meet_everything_and_vary() -> None:
    store = Requirements({"S": (2, None)})
    for requirement in (AtLeast((T - 2) // 2, 3), Multiple(T, 3), Equal(U, S + T), AtMost(S, 9)):
        assert store.add(requirement) == []
    rng = random.Random(4)
    seen = [store.values_for(("S", "T", "U", "V"), rng) for _ in range(60)]
    for values in seen:
        assert values is not None
        assert values["T"] >= 8
        assert values["T"] % 3 == 0
        assert values["U"] == values["S"] + values["T"]
        assert 2 <= values["S"] <= 9
        assert store.satisfied(values)
    assert len({tuple(sorted(values.items())) for values in seen if values}) > 20


def test_satisfied_names_the_value_that_is_missing() -> None:
    store = Requirements()
    store.add(AtLeast(T, 3))
    with pytest.raises(KeyError, match="T"):
        store.satisfied({})
    assert not store.satisfied({"T": 2})
    assert store.satisfied({"T": 3})
    assert not Requirements({"T": (0, 5)}).satisfied({"T": 6})


# -- time --------------------------------------------------------------------------------------


def convolutions(store: Requirements) -> list[str]:
    length: Dim = T
    for _ in range(10_000):
        store.add(AtLeast(length, 3))
        length = length - 2
    return ["T >= 20001"]


def equal_branches(store: Requirements) -> list[str]:
    for i in range(1, 1500):
        store.add(Equal(name(f"n{i}"), name("n0")))
    store.add(Equal(name("n7"), 4))
    return sorted(f"n{i} = 4" for i in range(1500))


def chained_branches(store: Requirements) -> list[str]:
    for i in range(300):
        store.add(Equal(name(f"n{i}"), name(f"n{i + 1}")))
    store.add(Equal(name("n299"), 4))
    return sorted(f"n{i} = 4" for i in range(301))


def one_long_sum(store: Requirements) -> list[str]:
    length = total(name(f"n{i}") for i in range(1000))
    for _ in range(200):
        store.add(AtLeast(length, 3))
        length = length - 2
    return [f"{' + '.join(sorted(f'n{i}' for i in range(1000)))} >= 401"]


def a_ring_that_never_closes(store: Requirements) -> list[str]:
    for one, other in ((T, S), (S, U), (U, T)):
        store.add(AtLeast(one - other, 0))
    return ["S >= U", "T >= S", "U >= T"]


def many_clashes(store: Requirements) -> list[str]:
    for i in range(1500):
        assert bool(store.add(Equal(T, i))) == (i > 0)
    return ["T = 0"]


@pytest.mark.parametrize(
    "build",
    [
        convolutions,
        equal_branches,
        chained_branches,
        one_long_sum,
        a_ring_that_never_closes,
        many_clashes,
    ],
)
def test_large_models_stay_fast(build: Any) -> None:
    store = Requirements()
    began = time.process_time()
    expected = build(store)
    assert store.texts() == expected
    assert time.process_time() - began < 2.5
