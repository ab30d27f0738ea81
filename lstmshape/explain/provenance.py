"""Where a size comes from, found by asking: one size of the input, or one argument, is changed at a
time, and what changes with it depends on it.

A layer is asked alone, in a model of its own whose inputs are what it is given in the real one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from lstmshape.calls import values_read
from lstmshape.case import Case, judge
from lstmshape.changes import CannotChange, Change, changed
from lstmshape.dims import Dim, Expr, names, show
from lstmshape.flow import CallFlow
from lstmshape.graph import Node
from lstmshape.layers.base import Tensor

#: what an unknown size is called while it is asked for
_ASKED = "n"


class Source(NamedTuple):
    """Something that a size depends on."""

    #: "input", "argument" or "switch" (an argument that is no size)
    kind: str
    #: (number of the input, axis), or the argument's name
    what: Any
    #: what it is now
    value: Any
    #: the size as a formula of an axis of the input, where there is one: in `n`
    formula: str = ""


class Alone:
    """A layer of a case in a model of its own, with the tensors that it is given there."""

    def __init__(self, case: Case, call: CallFlow) -> None:
        self.case = case
        self.call = call
        self.given = given_tensors(case, call)
        self.tensors = [given.tensor for given in self.given]
        self._open: dict[str, str] = {}
        #: where its class is written: for a `reuse` where the layer was made
        self.path = case.graph.nodes[call.node.base].path
        self.entry = _called_on(_entry_of(case, call, self.path), call, len(call.tensors))
        base = self._judged(self.shapes())
        self.outputs = base[0] if base is not None else None
        self.weights = base[1] if base is not None else None

    def shapes(self) -> list[list[Any]]:
        """The inputs' sizes, as a spec would write them."""
        return [[self._written(dim) for dim in tensor.shape[1:]] for tensor in self.tensors]

    def _written(self, dim: Dim) -> Any:
        """An open size under a name of its own: equal ones under the same."""
        if isinstance(dim, int):
            return dim
        return self._open.setdefault(str(dim), f"open{len(self._open)}")

    def _tree(self, shapes: Sequence[Any], entry: Any) -> dict[str, Any]:
        inputs = {}
        for number, (tensor, shape) in enumerate(zip(self.tensors, shapes, strict=True)):
            inputs[f"i{number}"] = {"shape": shape, "dtype": tensor.dtype}
            if isinstance(tensor.shape[0], int):
                inputs[f"i{number}"]["batch_size"] = tensor.shape[0]
        return {"inputs": inputs, "layers": [entry]}

    def _judged(self, shapes: Sequence[Any], entry: Any = None) -> Any:
        """(output shapes, weight shapes) of the layer so, or None when it is refused."""
        case = judge(self._tree(shapes, self.entry if entry is None else entry))
        call = case.flow.calls[-1]
        if call.status != "ok":
            return None
        return [t.shape for t in call.outputs], {w.name: w.shape for w in call.weights}

    # -- asking ---------------------------------------------------------------------------------

    def changed_input(self, number: int, axis: int, size: Any) -> Any:
        shapes = copy.deepcopy(self.shapes())
        shapes[number][axis - 1] = size
        return self._judged(shapes)

    def changed_argument(self, path: Sequence[Any], name: str, value: Any) -> Any:
        """The layer with another value of an argument, of itself or of one inside."""
        tree = self._tree(self.shapes(), self.entry)
        change = Change("set_argument", ("layers", 0, *path), name, value)
        try:
            entry = changed(tree, change)["layers"][0]
        except CannotChange:
            return None
        return self._judged(self.shapes(), entry)


class Given(NamedTuple):
    """A tensor that a call is given, and which output of which node it is."""

    tensor: Tensor
    node: Node
    output: int


def given_tensors(case: Case, call: CallFlow) -> list[Given]:
    """The tensors of a call: those that it is called on, then those of its options."""
    node = call.node
    found = []
    for value in values_read(node):
        giver = case.graph.nodes[value.node]
        for number, tensor in enumerate(case.flow.tensors(value)):
            found.append(Given(tensor, giver, number if value.output is None else value.output))
    return found


def _entry_of(case: Case, call: CallFlow, path: Sequence[Any]) -> Any:
    """The entry of a call; of a `reuse` the class of the first call, called as this one is."""
    entry, own = case.tree, case.tree
    for step in path:
        entry = entry[step]
    for step in call.node.path:
        own = own[step]
    if own is entry or not isinstance(entry, dict):
        return entry
    return {**{k: v for k, v in entry.items() if k not in ("inputs", "call")},
            **{k: v for k, v in own.items() if k in ("inputs", "call")}}  # fmt: skip


def _called_on(entry: Any, call: CallFlow, count: int) -> Any:
    """The entry, reading the inputs `i0`, `i1`, … in place of what it reads."""
    entry = {entry: None} if isinstance(entry, str) else copy.deepcopy(entry)
    entry.pop("expect", None)
    numbers = iter(range(10_000))
    inputs = entry.get("inputs")
    if isinstance(call.x, dict) and call.node.layer is not None and call.node.layer.operation:
        # its operands by name; what else stands in its call are numbers and indices
        entry["inputs"] = {key: f"i{next(numbers)}" for key in call.x}
        entry["call"] = {k: v for k, v in (entry.get("call") or {}).items() if k not in call.x}
        return entry
    if isinstance(inputs, dict):
        entry["inputs"] = {key: _renamed(value, numbers) for key, value in inputs.items()}
    elif count == 1:
        entry["inputs"] = f"i{next(numbers)}"
    else:
        entry["inputs"] = [f"i{next(numbers)}" for _ in range(count)]
    if isinstance(entry.get("call"), dict):
        entry["call"] = {key: _renamed(value, numbers) for key, value in entry["call"].items()}
    return entry


def _renamed(value: Any, numbers: Iterator[int]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, numbers) for item in value]
    return f"i{next(numbers)}" if isinstance(value, str) else value


# -- what depends on what -----------------------------------------------------------------------


class Answer(NamedTuple):
    """What changes with a source: axes of outputs, as (output, axis), and weights by name."""

    source: Source
    axes: frozenset[tuple[int, int]]
    weights: frozenset[str]


def answers(alone: Alone) -> list[Answer]:
    """Every source of any size of the layer's outputs or weights."""
    if alone.outputs is None:
        return []
    found = [*_from_inputs(alone), *_from_arguments(alone)]
    return [answer for answer in found if answer.axes or answer.weights]


def _from_inputs(alone: Alone) -> Iterator[Answer]:
    for number, shape in enumerate(alone.shapes()):
        for axis, size in enumerate(shape, 1):
            named = alone.changed_input(number, axis, _ASKED)
            made = named
            if made is None and isinstance(size, int):
                made = alone.changed_input(number, axis, size + 1)
            if made is not None:
                formula = _formula(named, alone) if named is not None else ""
                source = Source("input", (number, axis), alone.tensors[number].shape[axis], formula)
                yield _compared(alone, made, source)


def _formula(named: Any, alone: Alone) -> str:
    """How the first size that follows the input's depends on it; empty where it is the same."""
    for shape in named[0]:
        for dim in shape:
            if isinstance(dim, Expr) and _ASKED in names(dim) and str(dim) != _ASKED:
                return show(dim)
    return ""


def _from_arguments(alone: Alone) -> Iterator[Answer]:
    for path, name, value in _arguments(alone):
        for other in _others(value):
            made = alone.changed_argument(path, name, other)
            if made is not None:
                kind = "argument" if _is_size(value) else "switch"
                yield _compared(alone, made, Source(kind, name, value))
                break


def _arguments(alone: Alone) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """(path in the entry, name, value) of each argument of the layer and of those inside."""
    layer = alone.call.node.layer
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), layer)] if layer is not None else []
    depth = len(alone.path)
    seen = set()
    while waiting:
        path, one = waiting.pop(0)
        for name, argument in type(one).arguments.items():
            value = getattr(one, name, argument.default)
            yield path, name, list(value) if isinstance(value, tuple) else value
        for inside in one.inner():
            inner = inside.path[depth:]
            if inside.path not in seen and inside.path[:depth] == alone.path and inner:
                seen.add(inside.path)
                waiting.append((inner, inside))


def _is_size(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(type(item) is int for item in value)
    return type(value) is int


def _others(value: Any) -> list[Any]:
    """Other values to try in place of one, the likeliest first."""
    if isinstance(value, bool):
        return [not value]
    if type(value) is int:
        return [value + 1]
    if _is_size(value):
        # where only the product may not change (a Reshape), another layout of the same
        whole = value[0] if value[0] < 0 else prod(value)
        alone = [whole, *[1] * (len(value) - 1)]
        rest = [size if size < 0 else 1 for size in value]
        return [[item + 1 for item in value], [value[0] + 1, *value[1:]], alone, rest]
    if isinstance(value, str):
        return [other for other in _CHOICES.get(value, ()) if other != value]
    return []


_CHOICES = {
    word: words
    for words in (
        ("valid", "same", "causal"),
        ("concat", "sum", "mul", "ave"),
        ("channels_last", "channels_first"),
    )
    for word in words
}


def _compared(alone: Alone, made: Any, source: Source) -> Answer:
    outputs, weights = made
    axes = set()
    for output, before in enumerate(alone.outputs or ()):
        if output >= len(outputs) or len(outputs[output]) != len(before):
            axes |= {(output, axis) for axis in _lost(before, outputs, output)}
        else:
            after = outputs[output]
            axes |= {(output, n) for n in range(len(before)) if after[n] != before[n]}
    changed_weights = {
        name for name, shape in (alone.weights or {}).items() if weights.get(name) != shape
    }
    return Answer(source, frozenset(axes), frozenset(changed_weights))


def _lost(before: Any, outputs: Any, output: int) -> Iterator[int]:
    """The axes of a shape that are not there in one of another rank."""
    after = list(outputs[output]) if output < len(outputs) else []
    rest = list(before)
    for dim in after:
        if dim in rest:
            rest.remove(dim)
    for dim in rest:
        yield list(before).index(dim)


# -- further back -------------------------------------------------------------------------------

#: layers that are asked on the way back to where a size was said
FARTHEST = 50


class Origin(NamedTuple):
    """Where a size was first said: an argument of a layer, or an input of the model (None)."""

    node: Node
    argument: str | None
    value: Any = None


def origin(case: Case, node: Node, output: int, axis: int) -> Origin | None:
    """Where the size of an axis of an output was said; None where several things make it."""
    for _ in range(FARTHEST):
        if node.layer is None:
            return Origin(node, None)
        alone = Alone(case, case.call(node))
        sources = [a.source for a in answers(alone) if (output, axis) in a.axes]
        sized = [source for source in sources if source.kind != "switch"]
        if len(sized) != 1:
            return None
        if sized[0].kind == "argument":
            return Origin(node, sized[0].what, sized[0].value)
        if sized[0].formula:
            return None
        number, axis = sized[0].what
        node, output = alone.given[number].node, alone.given[number].output
    return None
