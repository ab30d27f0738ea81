"""LS103, LS104, LS206, LS213: arguments that are missing, or of no use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case, entry_path
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import product
from lstmshape.repair.chain import above, number, passes_steps, sized_by
from lstmshape.repair.editing import set_value, written_arguments
from lstmshape.repair.move import Move, listed
from lstmshape.repair.moves import fed
from lstmshape.repair.moves.targets import target_steps
from lstmshape.rules import words
from lstmshape.rules.lineage import recurrent_inside

#: what people write most, for arguments that Keras has no default for
USUAL: dict[str, Any] = {
    "units": 32, "filters": 32, "kernel_size": 3, "pool_size": 2, "rate": 0.2, "n": 10,
    "output_dim": 64, "input_dim": 10000, "num_heads": 4, "key_dim": 32, "activation": "relu",
    "axes": 1, "dims": [2, 1], "groups": 1, "stddev": 0.1,
}  # fmt: skip


def missing(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS103: an argument that has no default; the target may know it, else a usual value stands."""
    argument, entry = diagnostic.fact.argument, entry_path(diagnostic.place.path[:-1])
    if entry_path((*entry, "x")) != entry and not entry:
        return
    known = _from_data(case, argument, entry)
    for value, cost in ((known, 1.0), (USUAL.get(argument), 1.2)):
        if value is not None:
            title = f"say it: set `{argument}: {_written(value)}`"
            if value != known:
                title += " (a usual value)"
            yield Move(title, (Change("set_argument", entry, argument, value),), cost)


def _from_data(case: Case, argument: str, entry: tuple[str | int, ...]) -> int | None:
    """What the target says of the last layer, or of the steps that it wants."""
    if argument == "n":
        return target_steps(case)
    data = fed.feeding(case)
    last = ("layers", len(case.spec.layers) - 1)
    if argument not in ("units", "filters") or data is None or entry[:2] != last:
        return None
    targets = data.targets
    if len(targets) != 1:
        return None
    shape = targets[0].shape
    loss = str(case.spec.compile.get("loss"))
    if loss.startswith("sparse"):
        return None
    return shape[-1] if len(shape) > 1 else 1


def _written(value: Any) -> str:
    return listed(value) if isinstance(value, list) else str(value)


def bad(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS104: a value that Keras does not take, from which a good one can be guessed."""
    fact, path = diagnostic.fact, diagnostic.place.path
    entry, given = path[:-2], fact.given
    if diagnostic.place.part == "key" or len(path) < 3:
        return
    if fact.class_name == "Bidirectional" and fact.argument == "backward_layer":
        yield from _other_direction(case, path, given)
        return
    for value, cost in _guesses(given):
        cost += _unlike_units(case, path, value) if fact.argument == "units" else 0.0
        title = f"set `{fact.argument}: {_written(value)}`"
        yield Move(title, (Change("set_argument", entry, fact.argument, value),), cost)


def cannot_train(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS212: `implementation: 1` computes the same, and cannot drop inputs in Keras 3."""
    node = case.node_at(diagnostic.place.path)
    layer: Any = recurrent_inside(node.layer) if node is not None else None
    if layer is not None and getattr(layer, "implementation", 2) == 1 and layer.dropout:
        change = Change("set_argument", layer.path, "implementation", 2, str(layer.name))
        yield Move("compute the same another way: set `implementation: 2`", (change,), 1.0, True)


def _other_direction(case: Case, path: tuple[str | int, ...], given: Any) -> Iterator[Move]:
    """A backward layer becomes what it must be: it goes the other way, and gives as much."""
    forward = at(case.tree, (*path[:-1], "layer"))
    if not (isinstance(forward, dict) and isinstance(given, dict)):
        return
    said, own = (next(iter(entry.values()), None) or {} for entry in (forward, given))
    if not (isinstance(said, dict) and isinstance(own, dict)):
        return
    wanted = {key: said.get(key, False) for key in ("return_sequences", "return_state", "stateful")}
    wanted["go_backwards"] = not said.get("go_backwards", False)
    changed = {key: value for key, value in wanted.items() if own.get(key, False) != value}
    changes = tuple(Change("set_argument", path, key, value) for key, value in changed.items())
    values = " and ".join(f"`{key}: {words.value(value)}`" for key, value in changed.items())
    yield Move(f"set {values} in `backward_layer`", changes, 1.0)


def _unlike_units(case: Case, path: tuple[str | int, ...], value: Any) -> float:
    """What a number of units is worth less for being that of steps, unless targets have it."""
    data = fed.feeding(case)
    targets = data.targets if data is not None else []
    if len(targets) == 1 and targets[0].shape[-1:] == (value,):
        return -0.05
    node = case.node_at(path)
    links = above(case, node) if node is not None else []
    steps = links[0].shape[1] if links and len(links[0].shape) == 3 else target_steps(case)
    return 0.25 if steps == value else 0.0


def _guesses(given: Any) -> Iterator[tuple[Any, float]]:
    """Values near a bad one: an element of a list, a list made of a number, a rounded number."""
    if isinstance(given, list) and given:
        sizes = [item for item in given if type(item) is int and item > 0]
        # a shape where a size should be: the last is the number of features
        for n, size in enumerate(dict.fromkeys(reversed(sizes))):
            yield size, 1.0 + 0.15 * n
    elif type(given) is float and 0 < given < 1 << 63:
        yield max(1, round(given)), 1.1
    elif type(given) is int:
        yield [given], 1.25
        if given <= 0:
            yield max(1, -given), 1.3


# -- reshape ----------------------------------------------------------------------------------


def reshape(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS206: sizes that do not multiply to what comes in."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    if node is None or node.layer is None:
        return
    total, target = number(fact.total), list(fact.target)
    layer: Any = case.layer_at(entry_path(diagnostic.place.path)) or node.layer
    if total is not None:
        for axis, size in enumerate(target):
            rest = fed.count([1 if n == axis else t for n, t in enumerate(target)])
            if rest is not None and rest > 0 and size != -1 and total % rest == 0:
                value = [total // rest if n == axis else t for n, t in enumerate(target)]
                title = f"make the sizes multiply to {total}: set `target_shape: {listed(value)}`"
                cost = 1.0 + 0.1 * (axis != 0) + 0.02 * axis
                yield Move(title, (set_value(layer, "target_shape", value),), cost)
    yield from _own_steps(layer, fact)
    yield from _as_many_units(case, node, target)


def _own_steps(layer: Any, fact: Any) -> Iterator[Move]:
    """The first axis as it comes in, and the rest side by side."""
    sizes = [number(dim) for dim in fact.shape[1:]]
    if len(sizes) < 2 or len(fact.target) != 2 or None in sizes:
        return
    value = [sizes[0], fed.count(sizes[1:])]
    title = f"keep the {sizes[0]} steps that come in: set `target_shape: {listed(value)}`"
    yield Move(title, (set_value(layer, "target_shape", value),), 1.05)


def _as_many_units(case: Case, node: Any, target: list[int]) -> Iterator[Move]:
    """The layer before has as many units as the shape has values."""
    wanted = fed.count(target)
    for link in above(case, node):
        sized = sized_by(link.layer)
        if sized is not None:
            layer, argument, factor = sized
            others = number(product(link.shape[1:-1])) or 0
            if wanted and others and wanted % (factor * others) == 0:
                value = wanted // (factor * others)
                name = words.name(link.node.name)
                title = f"make the {wanted} values that it takes: set `{argument}: {value}` in "
                title += name
                change = set_value(layer, argument, value)
                yield Move(title, (change,), 1.12)
            return
        if not passes_steps(case, link):
            return


# -- anything else ------------------------------------------------------------------------------


def refused(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS213: an integer argument that does not divide what arrives, most likely."""
    node = case.node_at(diagnostic.place.path)
    layer: Any = case.layer_at(entry_path(diagnostic.place.path))
    if node is None or layer is None:
        return
    links = above(case, node)
    sizes = [number(dim) for dim in links[0].shape[1:]] if links else []
    written = written_arguments(case, layer.path)
    for argument, value in written.items():
        if type(value) is not int or value < 2:
            continue
        near = {d for size in sizes if size for d in _divisors(size)}
        for n, new in enumerate(sorted(near - {value}, key=lambda d: (abs(d - value), d))[:3]):
            title = f"set `{argument}: {new}` in {words.name(layer.name)}"
            yield Move(title, (set_value(layer, argument, new),), 1.2 + 0.1 * n)


def _divisors(size: int) -> list[int]:
    return [n for n in range(1, min(size, 4096) + 1) if size % n == 0]
