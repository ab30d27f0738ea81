"""LS401 to LS403, LS406, LS412, LS413: the data against the model's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lstmshape.arrays import Array
from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.dims import Dim, equal
from lstmshape.feeding import Fed, Feeding
from lstmshape.graph import Node
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.lineage import recurrent_inside
from lstmshape.source import Path, Place

SPEC = "input: [20, 8]\nlayers:\n  - LSTM: {units: 4}\n"


def data_fix(path: Path, shape: list[Any], code: str, title: str, safe: bool = False) -> Proposal:
    """Propose an array of another shape, with the NumPy line that makes it."""
    change = Change("set_data", path, value=shape, array=str(path[-1]), code=code)
    return Proposal(title, (change,), safe=safe, kind="data")


def data_shape(array: Array) -> str:
    sizes = ["?" if size is None else str(size) for size in array.shape]
    return "(" + ", ".join(sizes) + ("," if len(sizes) == 1 else "") + ")"


def written_shape(array: Array, case: Case) -> bool:
    """Whether the array is written as a shape in the spec, and not read from a file."""
    return isinstance(_written_at(array, case), list)


def _written_at(array: Array, case: Case) -> Any:
    """What the spec says of an array; None when the command line says it."""
    here: Any = case.tree
    for step in array.path:
        if not isinstance(here, (dict, list)):
            return None
        try:
            here = here[step]  # type: ignore[index]  # a list has numbers in its paths
        except (KeyError, IndexError, TypeError):
            return None  # a list where the path of an array of the command line has a name
    return here


def said_at(array: Array, node: Node, case: Case) -> Place:
    """Where a finding about an array stands: at the array or, when the command line gives it, at
    the input or layer that it does not fit."""
    return node.place if _written_at(array, case) is None else Place(array.path)


class DataRankRule(Rule):
    """An array has another number of axes than the input that it is fed to.

    An array begins with the sample axis, which `input:` leaves out: for `input: [20, 8]` it is
    (samples, 20, 8). One sample alone wants `x[None, ...]`, a series of plain numbers
    `x[..., None]`. Keras adds or drops a last axis of 1 by itself, and nothing else.
    """

    code = "LS401"
    name = "data-rank"
    topic = "input-shape"
    bad = SPEC + "data: {x: [20, 8]}\n"
    good = SPEC + "data: {x: [1, 20, 8]}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if case.spec.data.get("x") is None:
            return
        for fed in Feeding(case).inputs:
            given, wanted = len(fed.array.shape), len(fed.shape)
            if given != wanted and not _keras_mends(fed) and not _batch_in_shape(fed, case):
                yield self._one(fed, case)

    def _one(self, fed: Fed, case: Case) -> Diagnostic:
        wants, gets = words.shape(fed.shape), data_shape(fed.array)
        return self.found(
            said_at(fed.array, fed.node, case),
            f"{words.name(fed.node.name)} wants {len(fed.shape)} axes, {wants}, but the data have "
            f"{len(fed.array.shape)}: {gets}",
            case=case,
            label=f"the input wants {wants}",
            expected=wants,
            actual=gets,
            related=[Related(f"wants {wants}", fed.node.place, fed.node.name)],
        )


def _keras_mends(fed: Fed) -> bool:
    """Keras adds a last axis of 1 to the data, or drops one."""
    given, wanted = fed.array.shape, fed.shape
    if len(given) + 1 == len(wanted) and wanted[-1] == 1:
        return _fit(wanted[1:-1], given[1:])
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        return _fit(wanted[1:], given[1:-1])
    return False


def _batch_in_shape(fed: Fed, case: Case) -> bool:
    """The data are right and the input has a batch axis too many, which its reader says."""
    if case.flow.ok or len(fed.array.shape) + 1 != len(fed.shape):
        return False
    return _fit(fed.shape[2:], fed.array.shape[1:])


def _fit(wanted: tuple[Dim, ...], given: tuple[int | None, ...]) -> bool:
    return len(wanted) == len(given) and all(
        size is None or equal(dim, size) != "never" for dim, size in zip(wanted, given, strict=True)
    )


class DataSizeRule(Rule):
    """An axis of the data has another size than the input says."""

    code = "LS402"
    name = "data-size"
    topic = "input-shape"
    bad = SPEC + "data: {x: [100, 20, 7]}\n"
    good = SPEC + "data: {x: [100, 20, 8]}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if case.spec.data.get("x") is None:
            return
        for fed in Feeding(case).inputs:
            if len(fed.array.shape) != len(fed.shape):
                continue
            for axis, size in enumerate(fed.array.shape):
                wanted = fed.shape[axis]
                if axis and size is not None and equal(wanted, size, case.spec.bounds) == "never":
                    yield self._one(fed, axis, size, case)
                    break

    def _one(self, fed: Fed, axis: int, size: int, case: Case) -> Diagnostic:
        wants, gets = words.shape(fed.shape), data_shape(fed.array)
        what = words.axis_name(axis, len(fed.shape))
        return self.found(
            said_at(fed.array, fed.node, case),
            f"the data have {size} {what} where {words.name(fed.node.name)} wants "
            f"{words.value(fed.shape[axis])}",
            case=case,
            label=f"the input wants {wants}",
            expected=wants,
            actual=gets,
            related=[Related(f"wants {wants}", fed.node.place, fed.node.name)],
            proposals=self._proposals(fed, axis, size, case),
        )

    @staticmethod
    def _proposals(fed: Fed, axis: int, size: int, case: Case) -> Iterator[Proposal]:
        spec = fed.node.input
        if spec is None or spec.shape is None or not spec.path or spec.path[0] == "layers":
            return
        here: Any = case.tree
        for step in spec.path:
            here = here[step]
        path = (*spec.path, "shape") if isinstance(here, dict) else spec.path
        shape = [*spec.shape[: axis - 1], size, *spec.shape[axis:]]
        change = Change("set_inputs", path, value=shape, layer=fed.node.name)
        yield Proposal(f"read what the data have: `{words.value(shape)}`", (change,), safe=False)


class DataDtypeRule(Rule):
    """An array's dtype is not one that its input can be fed with.

    `Embedding` looks rows up by integers: fractions are cut off without a word, and texts or
    Python objects cannot be fed at all.
    """

    code = "LS403"
    name = "data-dtype"
    severity = "error"
    topic = "embedding"
    #: only a file tells a dtype, and a page's example is one text
    bad = ""
    good = SPEC

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if case.spec.data.get("x") is None:
            return
        feeding = Feeding(case)
        for fed in feeding.inputs:
            dtype = fed.array.dtype or ""
            looked_up = _reader_classes(case, fed) & {"Embedding", "ReversibleEmbedding"}
            if dtype == "object" or dtype.startswith(("<U", "|S", ">U")):
                yield self._one(fed, dtype, "numbers", "error", case)
            elif dtype.startswith("float") and looked_up:
                yield self._one(fed, dtype, "integers, which Embedding looks up", "warning", case)

    def _one(self, fed: Fed, dtype: str, wants: str, severity: Any, case: Case) -> Diagnostic:
        return self.found(
            said_at(fed.array, fed.node, case),
            f"{words.name(fed.node.name)} wants {wants}, but the data are {words.name(dtype)}",
            case=case, label=f"wants {wants}", expected=wants, actual=dtype, severity=severity,
        )  # fmt: skip


def _reader_classes(case: Case, fed: Fed) -> set[str]:
    return {
        node.layer.class_name
        for node in case.graph.nodes
        if node.layer is not None and fed.node.index in node.needs
    }


class SampleCountRule(Rule):
    """Arrays that are fed together have different numbers of samples.

    Keras says `Data cardinality is ambiguous`.
    """

    code = "LS406"
    name = "sample-count"
    bad = SPEC + "compile: {loss: mse}\ndata: {x: [100, 20, 8], y: [99, 4]}\n"
    good = SPEC + "compile: {loss: mse}\ndata: {x: [100, 20, 8], y: [100, 4]}\n"

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if not case.spec.data:
            return
        feeding = Feeding(case)
        if _ranks_differ(feeding):
            return
        first = next((a for a in feeding.features if a.shape and a.shape[0] is not None), None)
        for array in (*feeding.features, *feeding.targets):
            if first is None or not array.shape or array.shape[0] in (None, first.shape[0]):
                continue
            yield self.found(
                Place(array.path),
                f"{array.shape[0]} samples here, and {first.shape[0]} in "
                f"{words.name(_said(first))}",
                case=case,
                label=f"{array.shape[0]} samples",
                expected=f"{first.shape[0]} samples",
                actual=f"{array.shape[0]} samples",
                related=[Related(f"{first.shape[0]} samples", Place(first.path))],
            )
            return


def _ranks_differ(feeding: Feeding) -> bool:
    """The sample axis may be the one that is missing: then the counts say nothing."""
    return any(len(f.array.shape) != len(f.shape) and not _keras_mends(f) for f in feeding.inputs)


def _said(array: Array) -> str:
    return array.name or str(array.path[1])


class BatchSizeRule(Rule):
    """Batches do not fit a stateful layer: it keeps one state for each sample of a batch.

    Every batch must have the size that the input says, so the samples must be a multiple of it.
    """

    code = "LS412"
    name = "batch-size"
    topic = "stateful"
    bad = (
        "input: {shape: [20, 8], batch_size: 16}\nlayers:\n"
        "  - LSTM: {units: 4, stateful: true}\ndata: {x: [100, 20, 8], batch_size: 16}\n"
    )
    good = bad.replace("[100,", "[96,")

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if not case.spec.data or not _stateful(case):
            return
        feeding = Feeding(case)
        sizes = {f.shape[0] for f in feeding.inputs if isinstance(f.shape[0], int)}
        if len(sizes) != 1:
            return
        (size,) = sizes
        samples = feeding.samples
        if feeding.batch_size is not None and feeding.batch_size != size:
            message = f"batches of {feeding.batch_size}, and a stateful model of {size}"
            yield self._one(("data", "batch_size"), message, size, case)
        elif samples is not None and isinstance(size, int) and size and samples % size:
            message = (
                f"{samples} samples are no multiple of the stateful model's batch of {size}: "
                f"{samples % size} are left over"
            )
            yield self._one(feeding.features[0].path, message, size, case, samples)

    def _one(self, path: Path, message: str, size: Any, case: Case, samples: int = 0) -> Diagnostic:
        proposals = []
        if samples:
            kept = samples - samples % size
            changes = []
            for array in (a for a in Feeding(case).features + Feeding(case).targets if a.shape):
                if written_shape(array, case) and array.shape[0] == samples:
                    changes.append(
                        Change("set_data", array.path, value=[kept, *array.shape[1:]],
                               array=_said(array), code=f"{_said(array)} = {_said(array)}[:{kept}]")
                    )  # fmt: skip
            if kept and changes:
                title = f"leave {samples - kept} samples out"
                proposals.append(Proposal(title, tuple(changes), safe=False, kind="data"))
        else:
            change = Change("set_data", path, value=size)
            proposals.append(Proposal(f"batches of {size}", (change,), safe=False, kind="data"))
        return self.found(
            Place(path), message, case=case, label=f"wants batches of {size}",
            expected=f"batches of {size}", proposals=proposals,
        )  # fmt: skip


def _stateful(case: Case) -> bool:
    layers: Iterator[Any] = (recurrent_inside(node.layer) for node in case.graph.nodes)
    return any(layer is not None and layer.stateful for layer in layers)


class MissingArrayRule(Rule):
    """An input gets no data, an output no target, or a file of data cannot be read."""

    code = "LS413"
    name = "missing-array"
    bad = (
        "inputs: {a: [8], b: [8]}\nlayers:\n  - Concatenate: {}\n    inputs: [a, b]\n"
        "data: {x: {a: [100, 8]}}\n"
    )
    good = bad.replace("{a: [100, 8]}", "{a: [100, 8], b: [100, 8]}")

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        if not case.spec.data:
            return
        feeding = Feeding(case)
        for fault in feeding.faults:
            yield self.found(
                Place(fault.path), f"{words.value(_written(case, fault.path))} {fault.why}",
                case=case, label="no array",
                # data are often not where a model is checked
                severity="warning" if fault.absent else None,
            )  # fmt: skip
        if feeding.faults:
            return
        for what, name, path in feeding.missing:
            array = "data" if what == "input" else "target"
            yield self.found(
                Place(path), f"the {what} {words.name(name)} gets no {array}", case=case,
                label=f"nothing for {words.name(name)}", expected=f"an array for {name}",
            )  # fmt: skip


def _written(case: Case, path: Path) -> Any:
    here: Any = {"data": case.spec.data}
    for step in path:
        here = here[step]
    return here
