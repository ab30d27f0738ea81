"""Anchors and aliases: what following them costs, where they lead, and where they stand.

PyYAML puts the very node of an anchor wherever an alias to it stands. That keeps bombs small, but
the place of the alias is lost, and what walks the nodes may walk for ever.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    NodeEvent,
)

from lstmshape.frontends.yaml_mend import Moved
from lstmshape.frontends.yaml_nodes import (
    MAX_DEPTH,
    MAX_NODES,
    MappingNode,
    Node,
    ScalarNode,
    TooMuch,
    children,
    collector_paused,
    key_text,
    loader_class,
)


class Aliased(NamedTuple):
    """`homes`: the parent and the key of each node where it is written, not where aliases
    stand; `loops`: the collections that contain themselves. Both by id."""

    homes: dict[int, tuple[int, str | int | None]]
    loops: set[int]


def follow_aliases(root: Node) -> Aliased:
    """Where the nodes stand; raises `TooMuch` for what aliases make too large.

    Every node is visited once, however often aliases lead to it, in the order of the text: so its
    anchor is met first.
    """
    found = Aliased({}, set())
    sizes: dict[int, tuple[int, int]] = {}
    stack: list[tuple[Node, Node | None, str | int | None]] = [(root, None, None)]
    while stack:
        node, parent, key = stack[-1]
        if id(node) in sizes:
            stack.pop()
        elif id(node) in found.homes:
            stack.pop()
            sizes[id(node)] = _size(node, sizes)
        elif isinstance(node, ScalarNode):
            stack.pop()
            found.homes[id(node)], sizes[id(node)] = (id(parent), key), (1, 1)
        else:
            found.homes[id(node)] = id(parent), key
            below = [row for row in _keyed(node) if id(row[0]) not in sizes]
            open_below = {id(child) for child, _, _ in below if id(child) in found.homes}
            found.loops.update(open_below)
            stack += [row for row in reversed(below) if id(row[0]) not in open_below]
    return found


def _keyed(node: Node) -> list[tuple[Node, Node | None, str | int | None]]:
    """What stands in a node, each with the node and its key; keys themselves have none."""
    if isinstance(node, MappingNode):
        return [row for k, v in node.value for row in ((k, node, None), (v, node, key_text(k)))]
    return [(child, node, number) for number, child in enumerate(children(node))]


def _size(node: Node, sizes: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many nodes it has with aliases followed, and how many levels."""
    below = [sizes.get(id(child), (1, 1)) for child in children(node)]
    size = 1 + sum(count for count, _ in below)
    depth = 1 + max((levels for _, levels in below), default=0)
    if size > MAX_NODES:
        raise TooMuch("keys and values", MAX_NODES, "nodes", node.start_mark.index)
    if depth > MAX_DEPTH:
        raise TooMuch("nesting", MAX_DEPTH, "levels", node.start_mark.index)
    return size, depth


class AliasPlaces(NamedTuple):
    """`spans`: from and up to which character each alias stands, by the id of the node that it is
    in and its number there, as `children` counts; `targets`: where the aliases to a node stand, by
    the id of the node."""

    spans: dict[tuple[int, int], tuple[int, int]]
    targets: dict[int, list[int]]


def alias_places(text: str, root: Node, moved: Moved) -> AliasPlaces:
    """Where the aliases of a text stand that was composed to these nodes."""
    found = AliasPlaces({}, {})
    with collector_paused():
        _match_events(text, root, moved, found)
    for parent, (_, numbers) in moved.items():
        spans = {n: found.spans.pop((parent, n), None) for n in sorted(set(numbers))}
        found.spans.update(
            {(parent, new): span for new, old in enumerate(numbers) if (span := spans[old])}
        )
    return found


def _match_events(text: str, root: Node, moved: Moved, found: AliasPlaces) -> None:
    """Walk the parser's events and the nodes side by side."""
    stack: list[tuple[int, Any]] = [(0, iter(enumerate([root])))]
    for event in yaml.parse(text, Loader=loader_class()):
        if isinstance(event, NodeEvent):
            parent, numbered = stack[-1]
            number, node = next(numbered)
            if isinstance(event, AliasEvent):
                start, end = _offsets(event)
                found.spans[parent, number] = start, end
                found.targets.setdefault(id(node), []).append(start)
            elif isinstance(event, CollectionStartEvent):
                below = moved[id(node)][0] if id(node) in moved else children(node)
                stack.append((id(node), iter(enumerate(below))))
        elif isinstance(event, CollectionEndEvent):
            stack.pop()
        elif isinstance(event, DocumentEndEvent):
            return


def _offsets(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
