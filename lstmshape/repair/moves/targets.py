"""What targets say: the shape that an output should have, and targets that fit an output."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from lstmshape.arrays import Size
from lstmshape.case import Case
from lstmshape.feeding import Trained
from lstmshape.repair.move import Move, data_move
from lstmshape.repair.moves import fed
from lstmshape.repair.moves.fed import Sizes, fit

#: the sizes of one sample of an output; None where any will do
Wanted = list[Size]


def target_steps(case: Case) -> int | None:
    """The number of steps of the only target, when it has a time axis."""
    data = fed.feeding(case)
    targets = data.targets if data is not None else []
    if len(targets) == 1 and len(targets[0].shape) >= 3:
        return targets[0].shape[1]
    return None


def is_sparse(output: Trained) -> bool:
    return output.loss is not None and output.loss.family == "sparse"


def wanted_shapes(output: Trained) -> list[Wanted]:
    """The shapes, without batch, that an output may have to go with its target, likeliest first."""
    assert output.target is not None
    target = list(output.target.shape[1:])
    if is_sparse(output):
        steps = target[:-1] if target[-1:] == [1] else target
        found = [[*steps, None]]
        if target[-1:] == [1] and len(target) == 2:
            found.append([target[0], None])
        return found
    if not target:
        return [[1]]
    # Keras adds a last axis of 1 to (N, T) for an output of (N, T, 1)
    wide = len(output.output) == 3 and len(target) == 1 and target[0] not in (None, 1)
    return [target, [*target, 1]] if wide else [target]


def fitting_targets(case: Case, output: Trained) -> Iterator[Move]:
    """Targets of another shape, which go with the output as it is."""
    array = output.target
    assert array is not None
    given: Wanted = list(array.shape)
    gives = fed.sizes(output.output[1:])
    if is_sparse(output):
        gives = gives[:-1]
    for shape, line, title, cost in _changes(given, gives):
        change = fed.reshaped(case, array, shape, line)
        if change is not None:
            yield data_move(f"{title}: `{change.code}`", (change,), cost)


def _changes(given: Sizes, gives: Wanted) -> Iterator[tuple[Wanted, str, str, float]]:
    """(shape, line, title, cost) of targets that go with an output of sizes `gives` a sample."""
    rest = list(given[1:])
    if len(rest) == len(gives) + 1 and fit(gives, rest[1:]):
        title = "keep the target of the last step alone"
        yield [given[0], *rest[1:]], "{x} = {x}[:, -1]", title, 1.3
    if len(rest) + 1 == len(gives) and gives[0] is not None and fit(gives[1:], rest):
        title = f"repeat each target for all {gives[0]} steps"
        line = f"{{x}} = np.repeat({{x}}[:, None], {gives[0]}, axis=1)"
        yield [given[0], gives[0], *rest], line, title, 1.9
    yield from _transposed(given, gives)
    known = [size for size in gives if size is not None]
    if len(known) == len(gives) and known and fed.count(known) == fed.count(rest) != 1:
        line = f"{{x}} = {{x}}.reshape(-1, {fed.shown(known)})"
        yield [given[0], *known], line, "give the target the shape of the output", 1.5
    yield from _cut(given, gives)


def _transposed(given: Sizes, gives: Wanted) -> Iterator[tuple[Wanted, str, str, float]]:
    axes = range(1, len(given))
    for order in permutations(axes):
        if order != tuple(axes) and fit(gives, [given[n] for n in order]):
            line = f"{{x}} = {{x}}.transpose(0, {fed.shown(order)})"
            yield [given[0], *(given[n] for n in order)], line, "swap the target's axes", 1.35
            return


def _cut(given: Sizes, gives: Wanted) -> Iterator[tuple[Wanted, str, str, float]]:
    """A longer target is cut to the output."""
    rest = list(given[1:])
    if len(rest) != len(gives) or len(rest) < 2:
        return
    new = [a if b is None else b for a, b in zip(rest, gives, strict=True)]
    longer = [n for n, (a, b) in enumerate(zip(rest, new, strict=True)) if a != b]
    sizes = [(rest[n], new[n]) for n in longer]
    if len(longer) == 1 and longer[0] < len(rest) - 1 and _above(sizes[0]):
        axis = longer[0] + 1
        cut = ", ".join([":"] * axis + [f":{new[longer[0]]}"])
        yield [given[0], *new], f"{{x}} = {{x}}[{cut}]", "cut the target to the output", 1.6


def _above(sizes: tuple[Size, Size]) -> bool:
    return sizes[0] is not None and sizes[1] is not None and sizes[0] > sizes[1]
