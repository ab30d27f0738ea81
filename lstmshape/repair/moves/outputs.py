"""LS210, LS404, LS405, LS407, LS409, LS410: an output that target or author want otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import Dim, equal, to_json
from lstmshape.feeding import Trained
from lstmshape.graph import Value
from lstmshape.losses import CROSSENTROPIES
from lstmshape.repair.chain import (
    Link,
    keeps_last,
    number,
    passes_steps,
    sequence_switch,
    sized_by,
    way_up,
)
from lstmshape.repair.editing import between, entry, remove, set_value
from lstmshape.repair.move import Move, listed
from lstmshape.repair.moves import fed
from lstmshape.repair.moves.margins import sizes_of_axes
from lstmshape.repair.moves.steps import switch_to, with_steps, without_steps
from lstmshape.repair.moves.targets import Wanted, fitting_targets, is_sparse, wanted_shapes
from lstmshape.rules import words
from lstmshape.rules.losses import last_activation, wanted_activation
from lstmshape.rules.targets import trained

#: layers whose output nobody trains on as it is: a `Dense` comes behind
_NO_HEAD = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "Conv1D", "Conv2D", "Embedding",
            "MaxPooling1D", "Flatten", "RepeatVector", "Attention",
            "GlobalMaxPooling1D", "GlobalAveragePooling1D")  # fmt: skip


def target(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """The target does not go with the output: the output changes, or the loss, or the target."""
    for output in trained(case):
        if output.target is None or output.target.path != diagnostic.place.path:
            continue
        links = _links(case, output)
        if diagnostic.code == "LS409":
            # sizes are right, what the numbers mean is not; its rule has the moves
            yield from _head(case, links, number(output.output[-1]) or 1, output, 0.2)
            return
        for n, wanted in enumerate(wanted_shapes(output)):
            for move in toward(case, links, wanted, output):
                yield move._replace(cost=move.cost + 0.2 * n)
        yield from _other_loss(case, output)
        yield from fitting_targets(case, output)


def _links(case: Case, output: Trained) -> list[Link]:
    for _, value in case.graph.outputs:
        if value.node == output.node.index:
            return way_up(case, value, None)
    return []


def toward(
    case: Case, links: list[Link], wanted: Wanted, output: Trained | None = None
) -> Iterator[Move]:
    """Moves that bring what arrives at the end of a chain nearer to wanted sizes of a sample."""
    if not links:
        return
    got = list(links[0].shape[1:])
    if len(got) > len(wanted):
        if len(wanted) == 1:
            yield from without_steps(case, links)
    elif len(got) < len(wanted):
        yield from _more_axes(case, links, wanted)
    else:
        yield from _sizes(case, links, wanted, output)
    yield from _reshaped(case, links, wanted)


# -- rank -----------------------------------------------------------------------------------------


def _more_axes(case: Case, links: list[Link], wanted: Wanted) -> Iterator[Move]:
    if len(wanted) == 2 and len(links[0].shape) == 2:
        yield from with_steps(case, links, wanted[0])
        yield from _decoded(case, links, wanted)
    yield from _unflattened(links, case, wanted)
    if len(wanted) == 2 and wanted[1] == 1 and wanted[0] is not None:
        for move in _units(case, links, wanted[0], None, 0.45):
            yield move._replace(title=f"predict all {wanted[0]} steps at once: {move.title}")


def _decoded(case: Case, links: list[Link], wanted: Wanted) -> Iterator[Move]:
    """Encoder and decoder: the vector is repeated, and a second recurrent layer unrolls it."""
    for link in links:
        layer: Any = link.layer
        switch = sequence_switch(layer)
        if switch is None or layer.class_name not in ("LSTM", "GRU", "SimpleRNN"):
            if not passes_steps(case, link):
                return
            continue
        if wanted[0] is None or link.value.output is not None:
            return
        last = switch_to(link, False) if switch.return_sequences else ()
        arguments = {"units": layer.units, "return_sequences": True}
        decoder = between(case, link.value, link.reader, entry(case, layer.class_name, arguments))
        new = entry(case, "RepeatVector", {"n": wanted[0]})
        repeat = between(case, link.value, link.reader, new)
        if decoder is not None and repeat is not None and len(decoder) == len(repeat) == 1:
            title = f"decode {wanted[0]} steps: insert `RepeatVector` and an `{layer.class_name}`"
            yield Move(title, (*last, *decoder, *repeat), 1.15 if last else 1.5)
        return


def _unflattened(links: list[Link], case: Case, wanted: Wanted) -> Iterator[Move]:
    """Without a `Flatten` (or global pooling) the time axis would still be there."""
    for link in links:
        layer = link.layer
        x = case.call(link.node).tensors
        if layer is None or not x:
            return
        if layer.class_name == "Flatten" or layer.class_name.startswith("Global"):
            steps = x[0].shape[1] if len(x[0].shape) == len(wanted) + 1 else None
            if steps is not None and _may_be(wanted[0], steps):
                gone = remove(case, link.node)
                if gone is not None:
                    title = f"keep the time axis: remove {words.name(link.node.name)}"
                    yield Move(title, gone, 1.4)
            return


def _may_be(size: int | None, dim: Dim) -> bool:
    return size is None or equal(dim, size) != "never"


def _reshaped(case: Case, links: list[Link], wanted: Wanted) -> Iterator[Move]:
    """As many values in another shape."""
    first = links[0]
    given = [number(dim) for dim in first.shape[1:]]
    if None in given or None in wanted or given == wanted or fed.count(given) != fed.count(wanted):
        return
    new = entry(case, "Reshape", {"target_shape": list(wanted)})
    made = between(case, first.value, first.reader, new)
    if made is not None:
        title = f"give it the shape that is wanted: insert `Reshape` to {listed(wanted)}"
        yield Move(title, made, 1.55)


# -- sizes -----------------------------------------------------------------------------------------


def _sizes(case: Case, links: list[Link], wanted: Wanted, output: Trained | None) -> Iterator[Move]:
    got = links[0].shape[1:]
    differ = [n for n, (w, g) in enumerate(zip(wanted, got, strict=True)) if not _may_be(w, g)]
    last = len(got) - 1
    size = wanted[last] if wanted else None
    if differ == [last] and size is not None:
        yield from _head(case, links, size, output, 0.05)
        yield from _units(case, links, size, output, 0.0)
    elif not differ and output is not None:
        yield from _head(case, links, size or number(got[-1]) or 1, output, 0.3)
    elif last not in differ or len(differ) < len(got):
        yield from sizes_of_axes(case, links, wanted)
        if differ == [0] and len(got) == 2 and not _repeats(links):
            yield from _decoded(case, links, wanted)
    elif differ:
        yield from sizes_of_axes(case, links, wanted)
        if size is not None:
            yield from _units(case, links, size, output, 0.0)


def _repeats(links: list[Link]) -> bool:
    """Whether the model decodes already: a vector is repeated."""
    return any(link.layer is not None and link.layer.class_name == "RepeatVector" for link in links)


def _units(
    case: Case, links: list[Link], size: int, output: Trained | None, more: float
) -> Iterator[Move]:
    """The layer that makes the last axis makes it of this size."""
    for link in links:
        sized = sized_by(link.layer)
        if sized is not None:
            layer, argument, factor = sized
            if size % factor or layer.__dict__.get(argument) == size // factor:
                return
            value = size // factor
            what = _what_for(size, output)
            title = f"{what}: set `{argument}: {value}` in {words.name(link.node.name)}"
            change = set_value(layer, argument, value)
            # a layer that nobody trains on as it is wants another behind it
            headless = link.layer is not None and link.layer.class_name in _NO_HEAD
            cost = 1.0 + more + (0.25 if headless else 0.0)
            yield Move(title, (change,), cost, safe=not headless and not more)
            return
        if not keeps_last(case, link):
            return


def _what_for(size: int, output: Trained | None) -> str:
    crossentropy = output is not None and output.loss is not None
    if crossentropy and output.loss.name in CROSSENTROPIES and size > 1:  # type: ignore[union-attr]  # tested
        return f"give each of the {size} classes its unit"
    return "give it as many units as are wanted"


def _head(
    case: Case, links: list[Link], size: int, output: Trained | None, more: float
) -> Iterator[Move]:
    """A `Dense` behind a layer that nobody trains on as it is."""
    first = links[0]
    if first.layer is None or first.layer.class_name not in _NO_HEAD or output is None:
        return
    arguments: dict[str, Any] = {"units": size}
    changes: tuple[Change, ...] = ()
    title = f"insert a `Dense` of {size} behind {words.name(first.node.name)}"
    if output.loss is not None and output.loss.name in CROSSENTROPIES:
        wants = wanted_activation(output.loss, (*output.output[:-1], size))
        arguments |= {"activation": wants} if wants != "linear" else {}
        title = f"end in one unit a class: {title}" if size > 1 else title
        changes = _encoded(output, size)
        if changes:
            title += f", and use `{changes[0].value}`"
    made = between(case, first.value, first.reader, entry(case, "Dense", arguments))
    if made is not None:
        yield Move(title, (*made, *changes), 1.0 + more)


def _encoded(output: Trained, size: int) -> tuple[Change, ...]:
    """The loss for class numbers, where the targets are numbers and the loss wants vectors."""
    assert output.target is not None
    target = output.target.shape
    numbers = len(target) == 1 or (target[-1] == 1 and size > 1)
    categorical = output.loss is not None and output.loss.name == "categorical_crossentropy"
    if not numbers or not categorical or output.loss_path is None:
        return ()
    return (Change("set_loss", output.loss_path, value="sparse_categorical_crossentropy"),)


# -- the loss --------------------------------------------------------------------------------------


def _other_loss(case: Case, output: Trained) -> Iterator[Move]:
    """The crossentropy for class numbers, where a softmax of several units meets numbers."""
    if output.loss is None or output.loss_path is None or not isinstance(output.written, str):
        return
    assert output.target is not None
    target, gives = fed.sizes(output.target.shape[1:]), fed.sizes(output.output[1:])
    likely = output.loss.name in CROSSENTROPIES
    kind = output.node.layer.class_name if output.node.layer is not None else ""
    # of a layer that nobody trains on as it is, the units are no classes
    if output.loss.name.startswith("binary") and kind in _NO_HEAD:
        return
    if not gives or gives[-1] == 1 or not (likely or _ends_in_softmax(case, output)):
        return
    numbers = fed.fit(gives[:-1], target) or (
        target[-1:] == [1] and fed.fit(gives[:-1], target[:-1])
    )
    new = None
    if numbers and not is_sparse(output):
        new, what = "sparse_categorical_crossentropy", "the targets are numbers of classes"
    elif is_sparse(output) and fed.fit(gives, target):
        new, what = "categorical_crossentropy", "the targets are one-hot"
    if new is not None:
        change = Change("set_loss", output.loss_path, value=new)
        yield Move(f"{what}: use `{new}`", (change,), 1.05 if likely else 1.3, safe=likely)


def _ends_in_softmax(case: Case, output: Trained) -> bool:
    last = last_activation(case, output.node)
    return last is not None and last[1] == "softmax"


def has_head(case: Case) -> bool:
    """Whether every output under a crossentropy is made by a layer that is there for it."""
    for output in trained(case):
        if output.loss is not None and output.loss.name in CROSSENTROPIES:
            kind = output.node.layer.class_name if output.node.layer is not None else ""
            if kind in _NO_HEAD and last_activation(case, output.node) is None:
                return False
    return True


# -- expectations ----------------------------------------------------------------------------------


def expectation(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS210: what an author expects and does not get."""
    fact, path = diagnostic.fact, diagnostic.place.path
    links = _expected(case, path)
    wants = fact.wants
    if links and isinstance(wants, list) and not any(isinstance(w, list) for w in wants):
        sizes: Wanted = [w if type(w) is int else None for w in wants]
        yield from toward(case, links, sizes)
    yield from _expect_it(case, path, fact.gets)


def _expected(case: Case, path: tuple[str | int, ...]) -> list[Link]:
    """The way up from the output that an `expect` is about."""
    if path[0] == "layers":
        node = case.node_at(path)
        return way_up(case, Value(node.index, None, node.path), None) if node is not None else []
    name = path[2] if len(path) > 2 else None
    for said, value in case.graph.outputs:
        if name in (None, said, case.graph.nodes[value.node].name):
            return way_up(case, value, None)
    return []


def _expect_it(case: Case, path: tuple[str | int, ...], gets: Any) -> Iterator[Move]:
    """Expect what comes out; it may be the expectation that is wrong."""
    value = [to_json(dim) for dim in gets] if isinstance(gets, list) and not any(
        isinstance(dim, (list, tuple)) for dim in gets
    ) else gets  # fmt: skip
    if not isinstance(value, (int, list)):
        return
    title = f"expect what comes out: `{listed(value) if isinstance(value, list) else value}`"
    if path[0] == "layers":
        change = Change("set_expect", path[:-1], value=value)
    else:
        whole = dict(at(case.tree, ("expect",)))
        if len(path) == 2:
            whole[path[1]] = value
        else:
            whole[path[1]] = {**whole[path[1]], path[2]: value}
        change = Change("set_expect", (), value=whole)
    yield Move(title, (change,), 1.9)
