"""LS201, LS202, LS301: a tensor with an axis too many, too few, or of open size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import product
from lstmshape.graph import Node
from lstmshape.layers import find
from lstmshape.repair.chain import (
    Link,
    above,
    above_shape,
    number,
    passes_steps,
    sequence_switch,
)
from lstmshape.repair.editing import between, entry, remove, unwrap, with_class
from lstmshape.repair.move import Move, data_move, listed
from lstmshape.repair.moves import fed, inputs
from lstmshape.repair.moves.steps import switch_to, with_steps, without_steps
from lstmshape.repair.moves.targets import target_steps
from lstmshape.rules import words
from lstmshape.rules.lineage import passes_vectors

#: layers that make one vector of a tensor
_TO_VECTOR = ("Flatten", "GlobalAveragePooling1D", "GlobalMaxPooling1D",
              "GlobalAveragePooling2D", "GlobalMaxPooling2D")  # fmt: skip
#: arguments of layers over one axis that those over two do not have
_ONLY_1D = ("implementation",)


def wrong_rank(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS201: the layer wants another number of axes."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    links = above_shape(case, node, fact.shape) if node is not None else []
    if node is None or not links:
        return
    # a layer inside TimeDistributed sees an axis less than its wrapper
    wanted = len(fact.wants) + len(links[0].shape) - len(fact.shape)
    got = len(links[0].shape)
    yield from inputs.for_reader(case, links, wanted - got)
    if got > wanted:
        yield from _too_many(case, node, links, wanted)
    else:
        yield from _too_few(case, node, links, wanted)


def collapsed(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS301: a recurrent layer gives its last step alone, and sequences are wanted."""
    fact, node = diagnostic.fact, case.node_at(diagnostic.place.path)
    links = above_shape(case, node, fact.shape) if node is not None else []
    if node is None or not links:
        return
    yield from _whole_stack(case, links)
    # only the rule knows of a vector that is meant to be repeated; the target may know how often
    yield from (move for move in with_steps(case, links, target_steps(case)))
    yield from _unwrapped(case, node)


def _whole_stack(case: Case, links: list[Link]) -> Iterator[Move]:
    """Every recurrent layer but the last of a stack keeps its steps, all at once."""
    first = next((link for link in links if sequence_switch(link.layer) is not None), None)
    if first is None or links[0].reader is None:
        return
    changes: list[Change] = list(switch_to(first, True))
    names = [first.node.name]
    for here, reader in pairwise(case.downstream(links[0].reader)):
        switch: Any = sequence_switch(here.layer)
        if switch is not None and not switch.return_sequences and _reads_steps(reader, case):
            changes += switch_to(first._replace(node=here), True)
            names.append(here.name)
    if len(names) > 1:
        title = f"keep every step of {words.either(names, 'and')}: set `return_sequences: true`"
        yield Move(title, tuple(changes), 1.02, safe=True)


def _reads_steps(node: Node, case: Case) -> bool:
    """Whether a layer, or the first below it that is not elementwise, wants a sequence."""
    for here in case.downstream(node, forking=True):
        if here.layer is None:
            break
        rank = here.layer.demand()
        if sequence_switch(here.layer) is not None or (rank is not None and len(rank.axes) == 3):
            return True
        if here.layer.class_name not in ("Dropout", "BatchNormalization", "LayerNormalization",
                                         "Activation", "GaussianNoise", "LeakyReLU"):  # fmt: skip
            break
    return False


# -- an axis too many ---------------------------------------------------------------------------


def _too_many(case: Case, node: Node, links: list[Link], wanted: int) -> Iterator[Move]:
    if wanted == 2:
        yield from without_steps(case, links)
    yield from _embedded(case, links, wanted)
    yield from _more_dimensions(case, node, links, 1)
    if wanted >= 3:
        yield from _merged_axes(case, links, wanted)
    yield from _wrapped(case, node, links, wanted)


def _embedded(case: Case, links: list[Link], wanted: int) -> Iterator[Move]:
    """An `Embedding` reads word numbers; it was given an axis too many, or one-hot vectors."""
    if len(links) != 2 or links[0].layer is None or links[0].layer.class_name != "Embedding":
        return
    embedding, source = links
    layer: Any = embedding.layer
    said = source.node.input.shape if source.node.input is not None else None
    if said is None or len(links[0].shape) != wanted + 1 or len(said) < 2:
        return
    words_alone = inputs.move(
        case, source.node, said[:-1], f"read one number a word: {inputs.says(said[:-1])}", 1.0
    )
    array = fed.array_of(case, source.node)
    if words_alone is not None and array is not None and fed.fit(fed.sizes(said), array.shape[1:]):
        line = "{x} = {x}.argmax(-1)" if said[-1] == layer.input_dim else "{x} = {x}[..., 0]"
        change = fed.reshaped(case, array, array.shape[:-1], line)
        if change is not None:
            title = f"{words_alone.title} and `{change.code}`"
            yield data_move(title, (*words_alone.changes, change), 1.0)
    elif words_alone is not None:
        yield words_alone
    if said[-1] == layer.input_dim:
        name = words.name(embedding.node.name)
        gone = remove(case, embedding.node)
        if gone is not None:
            yield Move(f"read the one-hot vectors as they are: remove {name}", gone, 1.1)


def _merged_axes(case: Case, links: list[Link], wanted: int) -> Iterator[Move]:
    """The first axis stays for time, the last ones are put side by side."""
    shape = links[0].shape
    kept = [number(dim) for dim in shape[1 : wanted - 1]]
    rest = number(product(shape[wanted - 1 :]))
    if rest is None or sum(size is None for size in kept) > 1:
        return
    # one open size is what is left
    target = [-1 if size is None else size for size in kept] + [rest]
    new = entry(case, "Reshape", {"target_shape": target})
    made = between(case, links[0].value, links[0].reader, new)
    if made is not None:
        title = f"put the last axes side by side: insert `Reshape` to {listed(target)}"
        yield Move(title, made, 1.3)
    layer = links[0].layer
    if wanted == 3 and layer is not None and layer.class_name == "TimeDistributed":
        new = entry(case, "TimeDistributed", {"layer": "Flatten"})
        made = between(case, links[0].value, links[0].reader, new)
        if made is not None:
            title = "flatten what comes at each step: insert `Flatten` in a `TimeDistributed`"
            yield Move(title, made, 1.2)


def _more_dimensions(case: Case, node: Node, links: list[Link], more: int) -> Iterator[Move]:
    """Layers over one axis become those over two (or the reverse), all of them in a row."""
    changes: list[Change] = []
    names: list[str] = []
    for here in _family_below(case, node):
        layer = here.layer
        assert layer is not None
        new = _other_dimension(layer.class_name, more)
        if new is None or not _one_size_for_all(layer):
            return
        changes += with_class(case, here, new)
        names.append(f"{words.name(here.name)} a {words.name(new)}")
    if changes:
        title = "make " + ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        # sizes that only images have say that images are meant
        yield Move(title, tuple(changes), 1.1 if more > 0 else 1.2)


def _family_below(case: Case, node: Node) -> list[Node]:
    """The layer and those behind it of its dimension, up to what makes vectors or sequences."""
    found: list[Node] = []
    for here in case.downstream(node):
        if here.layer is None:
            break
        name = here.layer.class_name
        if name[-2:] in ("1D", "2D", "3D"):
            found.append(here)
            if name.startswith("Global"):
                break
        elif name in ("Flatten", "Reshape") or sequence_switch(here.layer) is not None:
            break
    return found


def _other_dimension(class_name: str, more: int) -> str | None:
    """`Conv2D` for `Conv1D`."""
    if class_name[-2:] not in ("1D", "2D", "3D"):
        return None
    new = f"{class_name[:-2]}{int(class_name[-2]) + more}D"
    return new if find(new) is not None else None


def _one_size_for_all(layer: Any) -> bool:
    """Whether no argument is a list of one size an axis that differ."""
    values = (layer.__dict__.get(k) for k in ("kernel_size", "pool_size", "strides", "size"))
    return all(len(set(v)) == 1 for v in values if isinstance(v, tuple) and v)


def _wrapped(case: Case, node: Node, links: list[Link], wanted: int) -> Iterator[Move]:
    """A layer works on every step: all in a row that do, up to what reads the sequence."""
    if len(links[0].shape) != wanted + 1 or wanted < 4:
        return
    row: list[Node] = []
    for here in case.downstream(node):
        if here.layer is None or sequence_switch(here.layer) is not None:
            break
        if here.layer.class_name != "TimeDistributed":
            row.append(here)
        if here.layer.class_name in _TO_VECTOR:
            break
    changes = tuple(
        Change("wrap_layer", each.path, value="TimeDistributed", layer=each.name) for each in row
    )
    names = words.either([each.name for each in row[:4]], "and") + (", …" if len(row) > 4 else "")
    yield Move(f"work on every step: wrap {names} in `TimeDistributed`", changes, 1.2)


# -- an axis too few ----------------------------------------------------------------------------


def _too_few(case: Case, node: Node, links: list[Link], wanted: int) -> Iterator[Move]:
    yield from _unwrapped(case, node)
    steps = target_steps(case) if wanted == 3 and len(links[0].shape) == 2 else None
    yield from with_steps(case, links, steps)
    yield from _vector_maker(case, links, wanted)
    yield from _more_dimensions(case, node, links, -1)
    yield from _reshaped_vector(case, links, wanted)
    yield from _looked_up(case, links, wanted)


def _unwrapped(case: Case, node: Node) -> Iterator[Move]:
    """A `TimeDistributed` around a layer that reads vectors is not needed for one vector."""
    layer = node.layer
    if layer is not None and layer.class_name == "TimeDistributed" and passes_vectors(layer):
        title = f"there is one step alone: take `TimeDistributed` off {words.name(node.name)}"
        yield Move(title, unwrap(case, node), 1.15)


def _vector_maker(case: Case, links: list[Link], wanted: int) -> Iterator[Move]:
    """A `Flatten` or global pooling on the way up is taken away, or keeps the first axis."""
    for link in links:
        layer = link.layer
        if layer is not None and layer.class_name in _TO_VECTOR:
            break
        if not passes_steps(case, link):
            return
    else:
        return
    shape = case.call(link.node).tensors[0].shape
    if len(shape) == wanted:
        title = f"{words.name(link.node.name)} takes the time axis away: remove it"
        gone = remove(case, link.node)
        if gone is not None:
            yield Move(title, gone, 1.12)
    elif layer.class_name == "Flatten" and len(shape) > wanted == 3:
        target = [number(shape[1]) or -1, number(product(shape[2:]))]
        if target[1] is not None:
            changes = with_class(case, link.node, "Reshape", ("data_format",), target_shape=target)
            name = words.name(link.node.name)
            title = f"keep the first axis as time: make {name} a `Reshape` to {listed(target)}"
            yield Move(title, changes, 1.15)


def _reshaped_vector(case: Case, links: list[Link], wanted: int) -> Iterator[Move]:
    """A vector becomes one step, or steps of one feature; an image gets its channel."""
    shape = links[0].shape
    sizes = [number(dim) for dim in shape[1:]]
    if any(size is None for size in sizes) or len(shape) != wanted - 1:
        return
    for target, what, cost in (
        ([1, *sizes], "one step", 1.45),
        ([*sizes, 1], "an axis of one feature", 1.55),
    ):
        new = entry(case, "Reshape", {"target_shape": target})
        made = between(case, links[0].value, links[0].reader, new)
        if made is not None:
            yield Move(f"make it {what}: insert `Reshape` to {listed(target)}", made, cost)


def _looked_up(case: Case, links: list[Link], wanted: int) -> Iterator[Move]:
    """Word numbers want an `Embedding` in front."""
    last = links[-1]
    if last.layer is not None or wanted != 3 or len(last.shape) != 2 or len(links) > 1:
        return
    integers = last.node.input is not None and "int" in last.node.input.dtype
    new = entry(case, "Embedding", {"input_dim": 10000, "output_dim": 64})
    made = between(case, last.value, last.reader, new)
    if made is not None:
        title = "look words up: insert `Embedding` (here for 10000 words)"
        yield Move(title, made, 1.05 if integers else 2.0)


# -- an open size -------------------------------------------------------------------------------


def open_size(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS202: a weight needs a number; the data have it, or nothing should depend on it."""
    node = case.node_at(diagnostic.place.path)
    links = above(case, node) if node is not None else []
    if not links:
        return
    if links[-1].layer is None:
        made = inputs.open_sizes_of_data(case, links[-1].node)
        if made is not None:
            yield made
    for link in links:
        if link.layer is not None and link.layer.class_name == "Flatten":
            yield from _pooled(case, link)
            return


def _pooled(case: Case, link: Link) -> Iterator[Move]:
    """Pooling in place of `Flatten`: as many values whatever the sizes are."""
    shape = case.call(link.node).tensors[0].shape
    spatial = len(shape) - 2
    if spatial not in (1, 2, 3):
        return
    kinds = [("Max", "the largest", 1.1), ("Average", "the mean", 1.12)]
    above_it = above(case, link.node)
    if above_it and sequence_switch(above_it[0].layer) is not None:
        kinds = [("Average", "the mean", 1.1), ("Max", "the largest", 1.12)]
    for kind, what, cost in kinds:
        new = f"Global{kind}Pooling{spatial}D"
        changes = with_class(case, link.node, new, ("data_format",))
        title = f"take {what} of any number of values: make {words.name(link.node.name)} a "
        yield Move(title + words.name(new), changes, cost)
    yield from _last_step_before(case, link)


def _last_step_before(case: Case, link: Link) -> Iterator[Move]:
    """The recurrent layer before gives one vector; then there is nothing to flatten."""
    for upper in above(case, link.node):
        switch = sequence_switch(upper.layer)
        if switch is not None and switch.return_sequences:
            name = words.name(upper.node.name)
            title = f"keep only the last step of {name}: set `return_sequences: false`"
            gone = remove(case, link.node)
            if gone is not None:
                title += f", and remove {words.name(link.node.name)}"
                yield Move(title, (*switch_to(upper, False), *gone), 1.3)
        if not passes_steps(case, upper):
            return
