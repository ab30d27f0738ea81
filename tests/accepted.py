"""The accepted fixes of the real mistakes, and what they make of a spec.

`tests/accepted_fixes.yaml` says them by the names of layers; here they are applied, and a spec is
judged by Keras and by the rules of its losses alone, so that neither needs the tool.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lstmshape.changes import Change, changed, class_key
from lstmshape.naming import Namer, snake_case

HERE = Path(__file__).parent
BROKEN = HERE.parent / "specs" / "broken"

#: the loss whose targets are class numbers
SPARSE = "sparse_categorical_crossentropy"


@cache
def accepted_fixes() -> dict[str, dict[str, Any]]:
    """By the stem of the file in specs/broken: `source`, `layer_at_fault`, `accepted`."""
    return yaml.safe_load((HERE / "accepted_fixes.yaml").read_text(encoding="utf-8"))


def broken_tree(case: str) -> dict[str, Any]:
    """The spec, with what it says by aliases written out."""
    tree = yaml.safe_load((BROKEN / f"{case}.yaml").read_text(encoding="utf-8"))
    return json.loads(json.dumps(tree))


# -- names and places ------------------------------------------------------------------------


def layer_names(tree: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The path of each layer by Keras's name: inner layers are made before those around them."""
    namer, found = Namer(), {}
    for index, entry in enumerate(tree["layers"]):
        for name, path in _names(entry, ("layers", index), namer):
            found[name] = path
    return found


def _names(entry: Any, path: tuple[Any, ...], namer: Namer) -> Iterator[tuple[str, Any]]:
    if isinstance(entry, dict) and "reuse" in entry:
        yield entry.get("name", entry["reuse"]), path
        return
    cls = class_key(entry)
    arguments = (entry[cls] if isinstance(entry, dict) else None) or {}
    inner = arguments.get("layer")
    if inner is not None:
        yield from _names(inner, (*path, cls, "layer"), namer)
    for index, each in enumerate(arguments.get("layers", ())):
        yield from _names(each, (*path, cls, "layers", index), namer)
    yield arguments.get("name") or namer.take(snake_case(str(cls))), path


class Repair:
    """Applies changes in order; names are those of the spec as it was."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = copy.deepcopy(tree)
        self.paths = layer_names(tree)

    def apply(self, changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        for change in changes:
            self.tree = changed(self.tree, self._change(change))
            self._shift(change)
        return self.tree

    def _change(self, change: Mapping[str, Any]) -> Change:
        op, value = change["op"], change.get("value")
        if op == "insert_layer":
            return Change(op, ("layers", self._index(change)), value=_new_entry(change))
        if op == "set_inputs":
            name = change["input"]
            return Change(op, ("input",) if "input" in self.tree else ("inputs", name), value=value)
        if op == "set_loss":
            return Change(op, ("compile", "loss"), value=value)
        if op == "set_data":
            return Change(op, ("data", *self._array(change["array"])), value=value)
        path = self.paths[change["layer"]]
        return Change(op, path, change.get("argument"), value, change["layer"])

    def _index(self, change: Mapping[str, Any]) -> int:
        name = change.get("after") or change["before"]
        return self.paths[name][1] + ("after" in change)

    def _array(self, name: str) -> tuple[Any, ...]:
        if name in ("x", "y", "batch_size"):
            return (name,)
        arrays = self.tree["data"]["x"]
        return ("x", name if isinstance(arrays, dict) else list(self.tree["inputs"]).index(name))

    def _shift(self, change: Mapping[str, Any]) -> None:
        """Entries behind one that came or went stand one further, or one nearer."""
        if change["op"] == "insert_layer":
            start, step = self._index(change), 1
        elif change["op"] == "remove_layer":
            start, step = self.paths.pop(change["layer"])[1], -1
        else:
            return
        for name, (key, index, *rest) in self.paths.items():
            if index >= start:
                self.paths[name] = (key, index + step, *rest)


def _new_entry(change: Mapping[str, Any]) -> dict[str, Any]:
    entry = {change["class"]: change.get("arguments")} if "class" in change else {}
    return {**entry, **{k: change[k] for k in ("reuse", "name", "inputs") if k in change}}


# -- judging without the tool ----------------------------------------------------------------


def same(a: Sequence[int | None], b: Sequence[int | None]) -> bool:
    """Whether two shapes agree, as far as their sizes are known."""
    return len(a) == len(b) and all(
        m is None or n is None or m == n for m, n in zip(a, b, strict=True)
    )


def target_fits(loss: str, target: Sequence[int | None], output: Sequence[int | None]) -> bool:
    """Whether a loss compares like with like: no error, and nothing stretched in silence.

    Both shapes are without the sample axis. Keras itself adds or drops a last axis of 1.
    """
    target, output = list(target), list(output)
    if loss == SPARSE:
        return same(target, output[:-1]) or same(target, [*output[:-1], 1])
    if len(target) + 1 == len(output) and output[-1] == 1:
        target.append(1)
    return same(target, output)


def input_fits(array: Sequence[int | None], shape: Sequence[int | None]) -> bool:
    """Whether an array without its sample axis is what an input wants."""
    return same(array, shape) or (bool(shape) and shape[-1] == 1 and same([*array, 1], shape))


def shapes_of(arrays: Any, names: Sequence[str]) -> list[Any]:
    """The shapes under `x` or `y`, one a name, whichever way they are written."""
    if arrays is None:
        return [None] * len(names)
    if isinstance(arrays, dict):
        return [arrays.get(name) for name in names]
    several = isinstance(arrays, list) and any(isinstance(each, list) for each in arrays)
    return arrays if several else [arrays]


def data_faults(tree: Mapping[str, Any], seen: Any) -> list[str]:
    """What does not fit between the data, the loss and a model that Keras accepted."""
    data, faults = tree.get("data") or {}, []
    names = [name for name, _ in seen.inputs]
    for array, (name, shape) in zip(shapes_of(data.get("x"), names), seen.inputs, strict=True):
        if array is not None and not input_fits(array[1:], shape[1:]):
            faults.append(f"{name}: {array} for {shape}")
    faults += _target_faults(tree, data.get("y"), seen.outputs)
    return faults + _count_faults(data, seen, stateful="stateful" in str(tree))


def flat_outputs(tree: Mapping[str, Any], outputs: Sequence[Any]) -> list[str]:
    """What the model's outputs are called in `y` and `loss`: as in `outputs`, else `output`."""
    written = tree.get("outputs")
    if isinstance(written, (dict, list)):
        return list(written)
    return ["output"] * len(outputs)


def _target_faults(tree: Mapping[str, Any], y: Any, outputs: Sequence[Any]) -> list[str]:
    loss = (tree.get("compile") or {}).get("loss")
    if y is None or loss is None:
        return []
    names = flat_outputs(tree, outputs)
    losses = loss if isinstance(loss, dict) else dict.fromkeys(names, loss)
    return [
        f"target {target} for {output} under {losses[name]}"
        for name, target, output in zip(names, shapes_of(y, names), outputs, strict=True)
        if not target_fits(losses[name], target[1:], output[1:])
    ]


def _count_faults(data: Mapping[str, Any], seen: Any, stateful: bool) -> list[str]:
    """Samples and fixed batches; only a stateful model minds a batch that is not full."""
    x, y, size = data.get("x"), data.get("y"), data.get("batch_size")
    if isinstance(x, list) and isinstance(y, list) and isinstance(x[0], int) and x[0] != y[0]:
        return [f"{x[0]} samples, {y[0]} targets"]
    fixed = seen.outputs[0][0]
    if stateful and fixed and size and (size != fixed or x[0] % fixed):
        return [f"{x[0]} samples in batches of {size} for {fixed}"]
    return []
