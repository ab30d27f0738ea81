"""Whether the YAML writer may refuse a change: only for an alias, an anchor or a merge key."""

from __future__ import annotations

from typing import Any

from yaml_layouts import Layout, Path

from lstmshape.changes import Change, class_key


def may_refuse(layout: Layout, tree: Any, change: Change) -> bool:
    """Whether the change, which fits the tree, touches what is said once and read twice."""
    return _Shared(layout, tree).touches(change)


class _Shared:
    def __init__(self, layout: Layout, tree: Any) -> None:
        self.layout, self.tree = layout, tree
        self.all = layout.aliases | layout.homes | layout.merged

    def leads_through(self, path: Path) -> bool:
        """To write in what stands there, one goes through something shared."""
        return any(path[: len(p)] == p for p in self.all)

    def is_taken(self, path: Path) -> bool:
        """What stands there goes, and an alias, or a merge key, says it again."""
        inside = any(p[: len(path)] == path for p in self.layout.homes)
        merged = any(path[: len(p)] == p for p in self.layout.merged)
        return self.leads_through(path[:-1]) or inside or merged or path in self.layout.overriding

    def is_set(self, path: Path) -> bool:
        """What stands there is written anew; a merged key gets one of its own before it."""
        inside = any(p[: len(path)] == path for p in self.layout.homes)
        return self.leads_through(path[:-1]) or inside

    def is_named(self, path: Path) -> bool:
        """Its key gets another name."""
        shared = path in self.layout.merged or path in self.layout.overriding
        return self.leads_through(path[:-1]) or shared

    def touches(self, change: Change) -> bool:
        path = change.path
        if change.op == "insert_layer":
            return self.leads_through(path[:-1])
        if change.op == "remove_layer":
            alone = len(_at(self.tree, path[:-1])) == 1
            return self.is_taken(path) or (alone and self.is_taken(path[:-1]))
        if change.op in ("set_inputs", "set_outputs", "set_loss", "set_data"):
            return self.is_set(path)
        if isinstance(_at(self.tree, path), str):
            return self.is_taken(path) or path in self.layout.aliases
        return self._touches_entry(change)

    def _touches_entry(self, change: Change) -> bool:
        entry = _at(self.tree, change.path)
        if change.op in ("set_input", "set_expect", "set_call"):
            key = {"set_input": "inputs", "set_expect": "expect", "set_call": "call"}[change.op]
            path = (*change.path, key)
            through = change.op == "set_call" and self.leads_through(path)
            return self.is_set(path) or through
        path = (*change.path, class_key(entry))
        named = (*path, change.argument)
        if change.op == "set_class":
            return self.is_named(path)
        if change.op == "wrap_layer":
            return self._touches_wrapped(path, _at(self.tree, path))
        if change.op == "unwrap_layer":
            return self.leads_through(path) or any(p[: len(path)] == path for p in self.all)
        if change.op == "set_argument":
            whole = not isinstance(_at(self.tree, path), dict)
            return (
                self.is_set(path) if whole else self.leads_through(named[:-1]) or self.is_set(named)
            )
        return self.is_taken(named) if change.op == "remove_argument" else self.is_named(named)

    def _touches_wrapped(self, path: Path, arguments: Any) -> bool:
        if not arguments or set(arguments) == {"name"}:
            return self.is_set(path)
        if "name" in arguments:
            return self.leads_through(path) or self.is_taken((*path, "name"))
        # lines that move would take an anchor behind their key with them
        return self.leads_through(path[:-1]) or path in self.layout.homes


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree
