"""Open sizes: arithmetic on names and on numbers must agree, and no answer may be wrong."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import product as all_of
from typing import Any

import pytest

from lstmshape.dims import (
    Bounds,
    Dim,
    Expr,
    at_least,
    divides,
    equal,
    erase,
    erase_shape,
    evaluate,
    least,
    most,
    name,
    names,
    parse,
    product,
    show,
    show_shape,
    substitute,
    to_json,
    total,
)

T, S, U = name("T"), name("S"), name("U")
NAMES = ("S", "T", "U")
Recipe = Any  # a name, an integer, or (operator, recipe, recipe)


def recipe(rng: random.Random, depth: int) -> Recipe:
    """A random computation on sizes, to be run on names and on numbers alike."""
    if depth == 0 or rng.random() < 0.1:
        return rng.choice(NAMES) if rng.random() < 0.7 else rng.randint(-4, 6)
    operator = rng.choice("+++--*/////~")
    left = recipe(rng, depth - 1)
    if operator == "/":
        return operator, left, rng.choice((1, 2, 2, 3, 4, 6))
    return operator, left, recipe(rng, depth - 1 if operator != "*" else min(depth - 1, 1))


def run(step: Recipe, values: Mapping[str, Dim]) -> Dim:
    if isinstance(step, int):
        return step
    if isinstance(step, str):
        return values[step]
    operator, left, right = step
    a, b = run(left, values), run(right, values)
    if operator == "/":
        assert isinstance(b, int)
        return a // b
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "~": lambda: -a}[operator]()


SYMBOLS = {text: name(text) for text in NAMES}


def recipes(seed: int, count: int) -> list[Recipe]:
    rng = random.Random(seed)
    return [recipe(rng, rng.randint(1, 4)) for _ in range(count)]


def numbers(rng: random.Random) -> dict[str, int]:
    return {text: rng.choice((0, 1, 2, 3, rng.randint(0, 40))) for text in NAMES}


def test_arithmetic_on_names_agrees_with_arithmetic_on_numbers() -> None:
    rng = random.Random(1)
    for steps in recipes(1, 3000):
        dim = run(steps, SYMBOLS)
        for _ in range(4):
            values = numbers(rng)
            expected = run(steps, values)
            assert evaluate(dim, values) == expected, (steps, dim, values)
            assert substitute(dim, values) == expected, (steps, dim, values)


def test_text_is_python_for_the_same_value_and_reads_back() -> None:
    rng = random.Random(2)
    for steps in recipes(2, 2500):
        dim = run(steps, SYMBOLS)
        text = show(dim)
        assert parse(text) == dim, text
        assert show(parse(text)) == text
        values = numbers(rng)
        assert eval(text, {"__builtins__": {}}, dict(values)) == evaluate(dim, values), text


def test_substituting_names_for_names_is_the_same_as_building_with_them() -> None:
    others: dict[str, Dim] = {"S": T - 3, "T": U // 2, "U": 2 * S + T}
    for steps in recipes(3, 1000):
        values = numbers(random.Random(3))
        moved = {text: evaluate(dim, values) for text, dim in others.items()}
        swapped = substitute(run(steps, SYMBOLS), others)
        assert evaluate(swapped, values) == run(steps, moved)


def test_constants_are_plain_integers() -> None:
    for dim in (T - T, (T + 3) - T, 0 * T, T * 0, (T * 2 + 4) // 2 - T, product([]), total([])):
        assert type(dim) is int
    for steps in recipes(4, 1000):
        dim = run(steps, SYMBOLS)
        assert type(dim) in (int, Expr)
        assert not isinstance(dim, Expr) or dim.terms


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (T - 2, "T - 2"),
        ((T - 2) // 2, "(T - 2)//2"),
        (((T - 2) // 2 - 2) // 2, "(T - 6)//4"),
        (T // 2 - 1, "(T - 2)//2"),
        (T // 2 + 1, "(T + 2)//2"),
        (-(-T // 2), "(T + 1)//2"),
        (16 * T, "16*T"),
        (T * S, "S*T"),
        (T * T, "T**2"),
        (T // 2, "T//2"),
        (-(T // 2), "-(T//2)"),
        (3 * (T // 2), "3*(T//2)"),
        (S - T // 2, "S - T//2"),
        (T - S, "T - S"),
        (5 - T, "-T + 5"),
        ((S * T) // 2, "(S*T)//2"),
        (3 * T // 2, "(3*T)//2"),
        (T // 2 + S // 2 - 1, "S//2 + T//2 - 1"),
        ((S + 2) * (T + 2), "S*T + 2*S + 2*T + 4"),
        (2 * (T // 2) * (T // 2), "2*(T//2)**2"),
    ],
)
def test_how_sizes_are_written(dim: Dim, text: str) -> None:
    assert show(dim) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((2 * T + 4) // 2, T + 2),
        ((T // 2) // 3, T // 6),
        (((T + 1) // 2 + 1) // 2, (T + 3) // 4),
        ((2 * T + 5) // 4, (T + 2) // 2),
        ((4 * S + T) // 4, S + T // 4),
        (-((-T) // 3), (T + 2) // 3),
        (-((S - T) // 2), (T - S + 1) // 2),
        ((6 * (T // 2)) // 4, (3 * (T // 2)) // 2),
        ((3 * (T // 2)) // 6, T // 4),
        ((S + T) * (S - T), S * S - T * T),
        (total([T, S, T]), 2 * T + S),
        (product([2, T, S, 3]), 6 * S * T),
        (T // 1, T),
    ],
)
def test_equal_computations_have_one_canonical_form(one: Dim, other: Dim) -> None:
    assert one == other
    assert hash(one) == hash(other)
    assert show(one) == show(other)
    assert equal(one, other) == "always"


@pytest.mark.parametrize(
    "text",
    ["", "T +", "2 T", "(T", "T)", "T/2", "T//0", "T//-1", "T//S", "2**T", "T**99", "1.5", "T % 2",
     "f(T)", "T; S", "--", "T, S", "(" * 5000 + "T", "?", "T\x00"],
)  # fmt: skip
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"siz|integer"):
        parse(text)


def test_parse_reads_what_a_person_would_write() -> None:
    assert parse(" T//2-1 ") == T // 2 - 1
    assert parse("2*(T - 1)//3") == (2 * (T - 1)) // 3
    assert parse("-T + 5") == 5 - T
    assert parse("länge + 1") == name("länge") + 1
    assert parse("7") == 7


def test_division_by_what_is_not_positive_is_a_value_error() -> None:
    for divisor in (0, -2):
        with pytest.raises(ValueError, match="positive"):
            T // divisor


def test_evaluate_names_what_is_missing() -> None:
    with pytest.raises(KeyError, match="S"):
        evaluate(T + S // 2, {"T": 4})


def test_shapes_and_their_erasure() -> None:
    shape = (name("batch"), (T - 2) // 2, 16)
    assert show_shape(shape) == "(batch, (T - 2)//2, 16)"
    assert show_shape(shape[:1]) == "(batch,)"
    assert show_shape(()) == "()"
    assert erase_shape(shape) == (None, None, 16)
    assert (erase(T), erase(3)) == (None, 3)
    assert [to_json(dim) for dim in shape] == ["batch", "(T - 2)//2", 16]
    assert names(shape[1] * S + 3) == {"S", "T"}
    assert names(7) == frozenset()


# -- bounds and answers: brute force over small ranges is the judge ---------------------------

BOXES: list[Bounds] = [
    {"S": (0, 5), "T": (0, 5), "U": (0, 3)},
    {"S": (1, 4), "T": (3, 7), "U": (2, 2)},
    {"S": (-3, 2), "T": (2, 6), "U": (-1, 1)},
]


def values_in(dim: Dim, box: Bounds) -> list[int]:
    used = sorted(names(dim))
    ranges = [range(box[text][0], (box[text][1] or 0) + 1) for text in used]
    return [evaluate(dim, dict(zip(used, point, strict=True))) for point in all_of(*ranges)]


def test_bounds_hold_and_are_tight_when_each_name_stands_once() -> None:
    rng = random.Random(5)
    for steps in recipes(5, 700):
        dim, box = run(steps, SYMBOLS), rng.choice(BOXES)
        found = values_in(dim, box)
        if rng.random() < 0.3:
            dim = dim * (S + rng.randint(-2, 2)) - S * (T // 2)
            found = values_in(dim, box)
        low, high = least(dim, box), most(dim, box)
        assert low is not None
        assert high is not None
        assert low <= min(found), (dim, box)
        assert high >= max(found), (dim, box)
    for dim in (T - 2, (T - 2) // 2, 3 * T - S // 2, S * (T // 2)):
        for box in BOXES[:2]:
            found = values_in(dim, box)
            assert (least(dim, box), most(dim, box)) == (min(found), max(found))


def test_answers_are_never_wrong() -> None:
    rng = random.Random(6)
    told = {"always": 0, "never": 0, "sometimes": 0}
    pool = recipes(6, 900)
    for steps in pool:
        dim, box = run(steps, SYMBOLS), rng.choice(BOXES)
        other = run(rng.choice(pool), SYMBOLS) if rng.random() < 0.3 else rng.randint(-3, 8)
        n, k = rng.randint(-3, 8), rng.randint(1, 6)
        trials = [
            (equal(dim, other, box), [v == 0 for v in values_in(dim - other, box)]),
            (at_least(dim, n, box), [v >= n for v in values_in(dim, box)]),
            (divides(k, dim, box), [v % k == 0 for v in values_in(dim, box)]),
        ]
        for answer, truths in trials:
            told[answer] += 1
            assert answer != "always" or all(truths), (dim, other, n, k, box)
            assert answer != "never" or not any(truths), (dim, other, n, k, box)
    assert min(told.values()) > 100


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (equal(T, T), "always"),
        (equal(T, S), "sometimes"),
        (equal(T, 10), "sometimes"),
        (equal(10, 10), "always"),
        (equal(10, 11), "never"),
        (equal(T, T + 1), "never"),
        (equal(2 * T, 7), "never"),
        (equal(4 * T + 2 * S, 9), "never"),
        (equal(T + 1, 0), "never"),
        (equal(T, 10, {"T": (3, 9)}), "never"),
        (equal(T - 2 * (T // 2), 2), "never"),
        (at_least(T, 0), "always"),
        (at_least(T - 2, 1), "sometimes"),
        (at_least(T - 2, 1, {"T": (3, None)}), "always"),
        (at_least(T - 2, 1, {"T": (0, 2)}), "never"),
        (at_least(T - T // 2, 0), "always"),
        (at_least(T - T // 2, 1, {"T": (1, None)}), "always"),
        (at_least(S * T, -9, {"S": (0, None), "T": (-2, None)}), "sometimes"),
        (at_least(S * T - S * (T // 2), 0), "always"),
        (at_least(S * T - S * (T // 2), 0, {"S": (-1, None)}), "sometimes"),
        (at_least(2 * T - S, 0, {"S": (0, 4), "T": (2, None)}), "always"),
        (divides(4, 8 * T), "always"),
        (divides(4, 8 * T + 2), "never"),
        (divides(4, T), "sometimes"),
        (divides(4, T, {"T": (5, 7)}), "never"),
        (divides(3, 9), "always"),
        (divides(3, 8), "never"),
    ],
)
def test_answers(answer: str, expected: str) -> None:
    assert answer == expected


# -- nothing grows without end -----------------------------------------------------------------


def test_a_sum_of_thousands_of_names_is_linear() -> None:
    branches = [(name(f"n{i}") - 2) // 2 for i in range(4000)]
    began = time.process_time()
    length = total(branches)
    pooled = length // 2
    assert isinstance(pooled, Expr)
    assert len(str(pooled)) > 4000
    assert least(length - 3) == -4003
    assert parse(str(pooled)) == pooled
    assert time.process_time() - began < 2


def test_ten_thousand_convolutions_stay_one_name_and_a_constant() -> None:
    length: Dim = T
    for _ in range(10_000):
        length = (length - 2) // 1
    assert show(length) == "T - 20000"


@pytest.mark.parametrize(
    "grow",
    [
        lambda x: x * x,
        lambda x: x * x + x,
        lambda x: (x + x // 2) // 3,
        lambda x: (3 * x) // 2,
        lambda x: x // 2,
        lambda x: (x + 1) * (S + x),
        lambda x: 10 * x + S,
        lambda x: (x // 2) * (x // 3),
    ],
)
def test_an_expression_that_would_grow_without_end_becomes_a_name(grow: Any) -> None:
    dim: Dim = T
    began = time.process_time()
    for _ in range(300):
        dim = grow(dim)
        least(dim), most(dim), names(dim), at_least(dim, 1), equal(dim, 4)
    assert len(show(dim)) < 100_000
    assert parse(show(dim)) == dim
    assert time.process_time() - began < 3


def test_flattening_ten_names_is_spelled_out() -> None:
    many = [name(f"n{i}") for i in range(10)]
    assert show(product(many)) == "*".join(f"n{i}" for i in range(10))
    assert least(product(dim + 1 for dim in many)) == 1


def test_sizes_survive_pickling_into_a_process_that_hashes_otherwise() -> None:
    dim = (S + T // 2) // 3 + 4
    code = (
        "import pickle, sys; from lstmshape.dims import name\n"
        "dim = pickle.loads(sys.stdin.buffer.read())\n"
        "assert dim == (name('S') + name('T') // 2) // 3 + 4 and dim - dim == 0\n"
        "assert {dim: 1}[(name('S') + name('T') // 2) // 3 + 4]\n"
        "print(dim)"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps(dim),
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        assert done.stdout.decode().strip() == show(dim)
