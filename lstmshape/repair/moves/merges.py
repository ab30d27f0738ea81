"""LS205, LS207 to LS209, LS212: branches that come together and do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lstmshape.case import Case
from lstmshape.changes import Change, at
from lstmshape.diagnostics import Diagnostic
from lstmshape.dims import equal
from lstmshape.graph import Node, Value
from lstmshape.repair.chain import Link, number, passes_steps, sized_by, way_up
from lstmshape.repair.editing import (
    Changes,
    between,
    entry,
    fresh_name,
    insert,
    own_entry,
    reference,
    remove,
    set_value,
    values_read,
    with_class,
    written_arguments,
)
from lstmshape.repair.move import Move
from lstmshape.repair.moves.margins import margins, padded
from lstmshape.repair.moves.steps import with_steps, without_steps
from lstmshape.rules import words

#: layers that take a query and then a value
_ATTENTION = ("Attention", "AdditiveAttention")
_ELEMENTWISE = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


class Branch(NamedTuple):
    """What one of the merged tensors is, and the way up from there."""

    value: Value
    links: list[Link]

    @property
    def shape(self) -> tuple[Any, ...]:
        return self.links[0].shape

    @property
    def sizes(self) -> list[int | None]:
        return [number(dim) for dim in self.shape[1:]]


def branches_of(case: Case, node: Node) -> list[Branch]:
    """The tensors that a layer joins, in order."""
    found = []
    for value in values_read(node):
        links = way_up(case, value, node)
        if links:
            found.append(Branch(value, links))
    return found


def mismatch(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS205, LS208, LS209: tensors of shapes that do not go together."""
    node = case.node_at(diagnostic.place.path)
    if node is None or node.layer is None:
        return
    branches = branches_of(case, node)
    if len(branches) < 2:
        return
    yield from _attention_swapped(case, branches)
    ranks = {len(branch.shape) for branch in branches}
    if len(ranks) > 1:
        yield from _one_rank(case, branches)
    else:
        yield from _axis(node, branches)
        yield from _sizes(case, node, branches)
    yield from _joined_instead(case, node, branches)


# -- rank -----------------------------------------------------------------------------------------


def _one_rank(case: Case, branches: list[Branch]) -> Iterator[Move]:
    low = min(len(branch.shape) for branch in branches)
    high = max(branches, key=lambda branch: len(branch.shape))
    for branch in branches:
        if len(branch.shape) > low == 2:
            yield from without_steps(case, branch.links)
        if len(branch.shape) == 2 and len(high.shape) == 3:
            yield from with_steps(case, branch.links, high.shape[1])


# -- sizes ----------------------------------------------------------------------------------------


def _axis(node: Node, branches: list[Branch]) -> Iterator[Move]:
    """Join along the axis that differs."""
    layer: Any = node.layer
    if layer.class_name != "Concatenate":
        return
    shapes = [branch.shape[1:] for branch in branches]
    differ = [n for n, sizes in enumerate(zip(*shapes, strict=True)) if len(set(sizes)) > 1]
    rank = len(shapes[0]) + 1
    if len(differ) == 1 and layer.axis % rank != differ[0] + 1:
        axis = differ[0] + 1 if differ[0] + 2 < rank else -1
        what = words.axis_name(differ[0] + 1, rank)
        title = f"join along the {what} axis, which may differ: set `axis: {axis}`"
        yield Move(title, (set_value(layer, "axis", axis),), 1.2)


def _sizes(case: Case, node: Node, branches: list[Branch]) -> Iterator[Move]:
    """One branch takes the sizes of another; the branch nearer to the merge is looked at first."""
    keep = _free_axis(node, branches)
    for one in branches:
        for other in branches:
            if one is other or one.shape[1:] == other.shape[1:]:
                continue
            wanted = [size if n != keep else None for n, size in enumerate(other.sizes)]
            differ = [n for n, (a, b) in enumerate(zip(one.sizes, wanted, strict=True))
                      if b is not None and a != b]  # fmt: skip
            if differ == [len(wanted) - 1]:
                yield from _same_features(case, one, wanted[-1])
            elif differ:
                yield from _same_places(case, node, one, other, wanted)
    yield from _padded_all(branches)


def _free_axis(node: Node, branches: list[Branch]) -> int | None:
    """The axis, without batch, along which a Concatenate joins."""
    layer: Any = node.layer
    if layer.class_name != "Concatenate":
        return None
    return int(layer.axis) % len(branches[0].shape) - 1


def _same_features(case: Case, branch: Branch, size: int | None) -> Iterator[Move]:
    """As many units, or filters, as the other branch has; or a projection to as many."""
    if size is None:
        return
    link = branch.links[0]
    for upper in branch.links:
        sized = sized_by(upper.layer)
        if sized is not None:
            layer, argument, factor = sized
            if size % factor == 0:
                title = f"make both {size} wide: set `{argument}: {size // factor}` in "
                change = set_value(layer, argument, size // factor)
                yield Move(title + words.name(upper.node.name), (change,), 1.1)
            break
        if upper.layer is None or not passes_steps(case, upper):
            break
    new = entry(case, *_projection(len(branch.shape), size))
    made = between(case, link.value, link.reader, new)
    if made is not None:
        wide = words.count(size, "feature")
        title = f"project {words.name(link.node.name)} to {wide}: insert `{_class(new)}`"
        # to throw features away is meant less often than to have more
        yield Move(title, made, 1.25 if size >= (number(link.shape[-1]) or 0) else 1.32)


def _projection(rank: int, size: int) -> tuple[str, dict[str, Any]]:
    if rank == 4:
        return "Conv2D", {"filters": size, "kernel_size": 1}
    return "Dense", {"units": size}


def _class(new: Any) -> str:
    return new if isinstance(new, str) else str(next(iter(new)))


def _same_places(
    case: Case, node: Node, one: Branch, other: Branch, wanted: list[int | None]
) -> Iterator[Move]:
    """Steps, or height and width: pooled alike, repeated alike, or cropped."""
    places = zip(one.sizes[:-1], wanted[:-1], strict=True)
    longer = all(a is None or b is None or a >= b for a, b in places)
    if longer:
        yield from _pooled_alike(case, one, other)
        yield from _strided_alike(case, one, other)
    else:
        yield from _without_last_pooling(case, node, one, other)
        repeat = next((li for li in one.links if _is_repeat(li)), None)
        if repeat is not None and wanted[0] is not None:
            change = set_value(repeat.layer, "n", wanted[0])  # type: ignore[arg-type]  # a layer
            yield Move(f"repeat as often: set `n: {wanted[0]}`", (change,), 1.0)
    yield from margins(case, one.links, wanted, 1.3 if longer else 1.35)


def _is_repeat(link: Link) -> bool:
    return link.layer is not None and link.layer.class_name == "RepeatVector"


def _poolings(case: Case, branch: Branch) -> Iterator[Link]:
    """The layers on the way up that shorten their axes by pooling."""
    for link in branch.links:
        if link.layer is not None and "pool_size" in type(link.layer).arguments:
            yield link


def _pooled_alike(case: Case, shortcut: Branch, other: Branch) -> Iterator[Move]:
    """The shortcut is pooled as the other branch is."""
    pooling = next(_poolings(case, other), None)
    if pooling is None or pooling.layer is None:
        return
    arguments = written_arguments(case, pooling.layer.path)
    arguments.pop("name", None)
    new = entry(case, pooling.layer.class_name, arguments)
    link = shortcut.links[0]
    made = between(case, link.value, link.reader, new)
    if made is not None:
        name = words.name(link.node.name)
        title = f"pool {name} as well: insert `{pooling.layer.class_name}` behind it"
        yield Move(title, made, 1.15)


def _strided_alike(case: Case, shortcut: Branch, other: Branch) -> Iterator[Move]:
    """The shortcut is projected to the sizes of the other branch by a convolution of 1."""
    sizes, wanted = shortcut.sizes, other.sizes
    spatial = len(sizes) - 1
    if spatial not in (1, 2) or None in sizes or None in wanted:
        return
    ratios = {-(-(a or 0) // (b or 1)) for a, b in zip(sizes[:-1], wanted[:-1], strict=True)}
    strided = any(
        link.layer is not None and max(link.layer.__dict__.get("strides") or (1,)) > 1
        for link in other.links
        if link.layer is not None and "filters" in type(link.layer).arguments
    )
    if len(ratios) != 1 or not strided:
        return
    arguments = {"filters": wanted[-1], "kernel_size": 1, "strides": ratios.pop()}
    class_name = f"Conv{spatial}D"
    link = shortcut.links[0]
    made = between(case, link.value, link.reader, entry(case, class_name, arguments))
    if made is not None:
        title = f"project {words.name(link.node.name)} to the same sizes: insert a strided "
        yield Move(title + words.name(class_name), made, 1.1)


def _without_last_pooling(case: Case, node: Node, pooled: Branch, other: Branch) -> Iterator[Move]:
    """The branch is joined before its last pooling, which goes when nobody else reads it."""
    link = pooled.links[0]
    if link not in list(_poolings(case, pooled)) or len(pooled.links) < 2:
        return
    readers = [n for n in case.graph.nodes if link.node.index in n.needs]
    if len(readers) != 1 or not own_entry(link.node):
        return
    gone = remove(case, link.node)
    if gone is not None:
        yield Move(f"join before {words.name(link.node.name)}, and remove that", gone, 1.1)


def _padded_all(branches: list[Branch]) -> Iterator[Move]:
    """Every window on the way up keeps the length; or those of one branch."""
    everything: dict[Any, Change] = {}
    for branch in branches:
        changes, names = padded(branch.links)
        everything |= {(change.path, change.argument): change for change in changes}
        if changes:
            title = f"keep the length in {words.either(names[:6], 'and')}: set `padding: same`"
            yield Move(title, changes, 1.08 + 0.02 * len(changes))
    if len(everything) > 1:
        names = [str(change.layer) for change in everything.values()]
        title = f"keep the length in {words.either(names[:6], 'and')}: set `padding: same`"
        yield Move(title, tuple(everything.values()), 1.3)


def _joined_instead(case: Case, node: Node, branches: list[Branch]) -> Iterator[Move]:
    """End to end in place of element by element."""
    assert node.layer is not None
    heads = {branch.shape[1:-1] for branch in branches}
    if node.layer.class_name in _ELEMENTWISE and len(heads) == 1:
        changes = with_class(case, node, "Concatenate")
        title = f"put them end to end: make {words.name(node.name)} a `Concatenate`"
        yield Move(title, changes, 1.6)


# -- attention ------------------------------------------------------------------------------------


def _attention_swapped(case: Case, branches: list[Branch]) -> Iterator[Move]:
    """Attention gives as many steps as its query has: query and value were exchanged."""
    for branch in branches:
        for link in branch.links:
            layer = link.layer
            if layer is not None and layer.class_name in _ATTENTION and own_entry(link.node):
                made = _swapped(case, link.node)
                if made is not None:
                    yield made
                break
            if not passes_steps(case, link):
                break


def _swapped(case: Case, node: Node) -> Move | None:
    written = at(case.tree, node.path).get("inputs")
    name = words.name(node.name)
    if isinstance(written, list) and len(written) == 2:
        new: Any = [written[1], written[0]]
        title = f"let {words.name(new[0])} be the query of {name}: `inputs: [{', '.join(new)}]`"
    elif isinstance(written, dict) and {"query", "value"} <= set(written):
        new = {**written, "query": written["value"], "value": written["query"]}
        title = f"exchange query and value of {name}"
    else:
        return None
    return Move(title, (Change("set_input", node.path, value=new, layer=node.name),), 1.0)


def cannot_run(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS212: sizes that Keras only compares when it runs, as those of query and value."""
    node = case.node_at(diagnostic.place.path)
    if node is None or node.layer is None:
        return
    branches = branches_of(case, node)
    if len(branches) < 2:
        return
    one, other = branches[0], branches[1]
    if one.shape[-1] != other.shape[-1]:
        yield from _same_features(case, one, number(other.shape[-1]))
        yield from _same_features(case, other, number(one.shape[-1]))


# -- how many -------------------------------------------------------------------------------------


def count(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS207: a layer that is called on too many tensors, or too few."""
    node = case.node_at(diagnostic.place.path)
    if node is None or node.layer is None or not own_entry(node):
        return
    values = list(values_read(node))
    if node.layer.takes == "list" or node.layer.class_name == "MultiHeadAttention":
        yield from _with_more(case, node, values)
    elif len(values) > 1 and isinstance(node.argument, list):
        yield from _joined_before(case, node, values)


def _with_more(case: Case, node: Node, values: list[Value]) -> Iterator[Move]:
    layer, name = node.layer, words.name(node.name)
    assert layer is not None
    if len(values) != 1:
        return
    own = reference(case, values[0])
    if layer.class_name in _ATTENTION or layer.class_name == "MultiHeadAttention":
        new: Any = [own, own]
        if layer.class_name == "MultiHeadAttention":
            new = {"query": own, "value": own}
        change = Change("set_input", node.path, value=new, layer=node.name)
        yield Move(f"let {name} look at {words.name(own)} itself: query and value are the same",
                   (change,), 1.05)  # fmt: skip
        return
    for number_, other in enumerate(_partners(case, node, values[0])):
        refs = [reference(case, other), own]
        change = Change("set_input", node.path, value=refs, layer=node.name)
        title = f"join {words.name(refs[0])} with {words.name(own)}: `inputs: [{', '.join(refs)}]`"
        yield Move(title, (change,), 1.1 + 0.1 * number_)
    gone = remove(case, node)
    if gone is not None:
        yield Move(f"there is nothing to join: remove {name}", gone, 1.4)


def _partners(case: Case, node: Node, value: Value) -> Iterator[Value]:
    """Tensors that may be meant as well: those that nobody reads, then those of that shape."""
    read = {need for each in case.graph.nodes for need in each.needs}
    idle = [n for n in case.graph.nodes[: node.index] if n.index not in read]
    for each in idle:
        yield Value(each.index, None, each.path)
    tensors = case.flow.tensors(value)
    same = [
        n for n in case.graph.nodes[: node.index]
        if n.index != value.node and n not in idle and tensors
        and case.shape(n) is not None and _alike(case.shape(n), tensors[0].shape)
    ]  # fmt: skip
    for each in reversed(same[-2:]):
        yield Value(each.index, None, each.path)


def _alike(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(equal(x, y) == "always" for x, y in zip(a, b, strict=True))


def _joined_before(case: Case, node: Node, values: list[Value]) -> Iterator[Move]:
    """The tensors are joined by a layer of their own first."""
    refs = [reference(case, value) for value in values]
    index = node.path[-1]
    assert isinstance(index, int)
    for class_name, what, cost in (("Concatenate", "end to end", 1.1), ("Add", "as a sum", 1.4)):
        name = fresh_name(case, f"{node.name}_joined")
        new = {class_name: {"name": name}, "inputs": refs}
        changes: Changes = (
            insert(case, node.path, new),
            Change("set_input", (*node.path[:-1], index + 1), value=name, layer=node.name),
        )
        title = f"join {words.either(refs, 'and')} {what} first: insert `{class_name}`"
        yield Move(title, changes, cost)
