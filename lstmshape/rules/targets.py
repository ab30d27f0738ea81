"""LS404, LS405, LS407, LS409 and LS410: the targets against the model's outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.dims import Shape, equal
from lstmshape.feeding import Feeding, Trained
from lstmshape.losses import (
    CROSSENTROPIES,
    FAMILIES,
    Loss,
    aligned,
    fits,
)
from lstmshape.rules import words
from lstmshape.rules.base import Rule
from lstmshape.rules.data import data_fix, data_shape, said_at, written_shape
from lstmshape.rules.lineage import keeper_of_steps, lost_axis

DENSE = "input: [8]\nlayers:\n  - Dense: {units: 10, activation: softmax}\n"
STEPS = "input: [20, 8]\nlayers:\n  - LSTM: {units: 4, return_sequences: true}\n"
#: what may stand for a loss when none is written: then any that goes with the target will do
ANY_LOSS = tuple(Loss(name) for name in FAMILIES if name != "circle")


def trained(case: Case) -> Iterator[Trained]:
    """The outputs of a case with their targets and losses."""
    if case.spec.data.get("y") is not None or case.spec.compile.get("loss") is not None:
        yield from Feeding(case).outputs


class _Against(Rule):
    """Base of the rules that hold a target to an output."""

    def inspect(self, case: Case) -> Iterable[Diagnostic]:
        for output in trained(case):
            if output.shape is not None and output.target is not None:
                verdict = judge_target(output)
                if verdict == self.code:
                    yield self.say(output, case)

    def say(self, output: Trained, case: Case) -> Diagnostic:
        raise NotImplementedError

    def against(
        self, output: Trained, case: Case, message: str, proposals: Iterable[Proposal] = ()
    ) -> Diagnostic:
        """A diagnostic at the target, with the output beside it."""
        assert output.target is not None
        gives = words.shape(output.output)
        loss = f" under {words.name(output.loss.name)}" if output.loss is not None else ""
        wants = wanted_target(output)
        place = said_at(output.target, output.node, case)
        return self.found(
            place, message + loss, case=case,
            label=f"the output is {gives}", expected=wants, actual=data_shape(output.target),
            related=[
                Related(f"gives {gives}", output.node.place, output.node.name),
                *culprit(output, case),
            ],
            proposals=proposals,
        )  # fmt: skip


def culprit(output: Trained, case: Case) -> Iterator[Related]:
    """The layer that leaves an axis too many in the output, or takes one that is wanted."""
    assert output.shape is not None
    more = len(output.output) - len(output.shape)
    if output.loss is not None and output.loss.family == "sparse":
        more -= 1
    if more > 0:
        found = keeper_of_steps(case, output.node)
        if found is not None and found[0].index != output.node.index:
            yield Related(found[1], found[0].place, found[0].name)
    elif more < 0:
        lost = lost_axis(case, output.node)
        if lost is not None:
            yield Related(lost.why, lost.node.place, lost.node.name)


def wanted_target(output: Trained) -> str:
    """The shape that the target should have."""
    if output.loss is not None and output.loss.family == "sparse":
        return words.shape(output.output[:-1])
    return words.shape(output.output)


def judge_target(output: Trained) -> str | None:
    """The code of what is wrong between a target and an output, or None."""
    y, p = output.shape, output.output
    assert y is not None
    if output.loss is None:
        if output.written is not None or any(fits(loss, y, p) == "fits" for loss in ANY_LOSS):
            return None
        return "LS404" if len(y) != len(p) else "LS405"
    verdict = fits(output.loss, y, p)
    if verdict == "broadcasts":
        return "LS407"
    if verdict == "fits":
        return "LS407" if _steps_taken_for_classes(output.loss, y, p) else None
    if _wrong_encoding(output.loss, y, p):
        return "LS409"
    sparse = output.loss.family == "sparse"
    # a last axis of 1, which Keras drops or adds, is no reason when the rest does not fit
    if len(y) - (sparse and y[-1] == 1) != len(p) - sparse:
        return "LS404"
    y, p = aligned(y, p)
    if output.loss.name in CROSSENTROPIES and _last_only(y, p):
        return "LS410"
    return "LS405"


def _steps_taken_for_classes(loss: Loss, y: Shape, p: Shape) -> bool:
    """One label a sample against a value a step: Keras drops the 1 and takes steps for classes."""
    return loss.family == "sparse" and len(p) == 3 and p[-1] == 1 and len(y) == 2 and y[-1] == 1


def _wrong_encoding(loss: Loss, y: Shape, p: Shape) -> bool:
    """One-hot targets for a sparse loss, or integers for one that wants one-hot."""
    if loss.family == "sparse":
        return len(y) == len(p) and y[-1] != 1 and _equal(y, p)
    if loss.name not in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        return False
    several = p[-1] != 1
    integers = _equal(y, p[:-1]) or (len(y) == len(p) and y[-1] == 1 and _equal(y[:-1], p[:-1]))
    return several and integers


def _equal(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) and all(equal(x, y) != "never" for x, y in zip(a, b, strict=True))


def _last_only(y: Shape, p: Shape) -> bool:
    return _equal(y[:-1], p[:-1])


class TargetRankRule(_Against):
    """The target has another number of axes than the output, so that the loss cannot compare them.

    One target a sample wants an output (batch, units); one a step wants (batch, timesteps,
    units). `return_sequences` on the last recurrent layer decides which of the two comes out.
    """

    code = "LS404"
    name = "target-rank"
    topic = "targets"
    bad = STEPS + "compile: {loss: categorical_crossentropy}\ndata: {y: [100, 4]}\n"
    good = (
        "input: [20, 8]\nlayers:\n  - LSTM: {units: 4}\n  - Dense: {units: 4, activation: softmax}"
        "\ncompile: {loss: categorical_crossentropy}\ndata: {y: [100, 4]}\n"
    )

    def say(self, output: Trained, case: Case) -> Diagnostic:
        assert output.target is not None
        gives, y = words.shape(output.output), data_shape(output.target)
        return self.against(output, case, f"a target of {y} does not go with the output {gives}")


class TargetSizeRule(_Against):
    """The target differs from the output in the size of an axis."""

    code = "LS405"
    name = "target-size"
    topic = "targets"
    bad = STEPS + "compile: {loss: mse}\ndata: {y: [100, 10, 4]}\n"
    good = STEPS + "compile: {loss: mse}\ndata: {y: [100, 20, 4]}\n"

    def say(self, output: Trained, case: Case) -> Diagnostic:
        assert output.target is not None
        gives, y = words.shape(output.output), data_shape(output.target)
        return self.against(output, case, f"a target of {y} does not go with the output {gives}")


class TargetBroadcastRule(_Against):
    """The target is stretched to the output without a word, and the loss means nothing.

    A target (N,) or (N, 1) against (N, T, 1) is compared with every step, or every sample with
    every other. Keras trains; the model learns the mean.
    """

    code = "LS407"
    name = "target-broadcast"
    topic = "targets"
    bad = (
        "input: [20, 8]\nlayers:\n  - LSTM: {units: 4, return_sequences: true}\n"
        "  - Dense: {units: 1}\ncompile: {loss: mse}\ndata: {y: [100, 1]}\n"
    )
    good = (
        "input: [20, 8]\nlayers:\n  - LSTM: {units: 4}\n"
        "  - Dense: {units: 1}\ncompile: {loss: mse}\ndata: {y: [100, 1]}\n"
    )

    def say(self, output: Trained, case: Case) -> Diagnostic:
        assert output.target is not None
        gives, y = words.shape(output.output), data_shape(output.target)
        diagnostic = self.against(
            output, case, f"a target of {y} is stretched to the output {gives} without a word"
        )
        diagnostic.keras = "builds"
        return diagnostic


class EncodingRule(_Against):
    """Targets are integers where the loss wants one-hot vectors, or the reverse.

    `categorical_crossentropy` wants a vector of 0 and 1 for each class, and
    `sparse_categorical_crossentropy` the number of the class.
    """

    code = "LS409"
    name = "target-encoding"
    topic = "loss"
    bad = DENSE + "compile: {loss: categorical_crossentropy}\ndata: {y: [100]}\n"
    good = DENSE + "compile: {loss: sparse_categorical_crossentropy}\ndata: {y: [100]}\n"

    def say(self, output: Trained, case: Case) -> Diagnostic:
        assert output.target is not None
        assert output.loss is not None
        sparse = output.loss.family == "sparse"
        gives, y = words.shape(output.output), data_shape(output.target)
        what = "one-hot vectors" if sparse else "integers"
        wants = "class numbers" if sparse else "one-hot vectors"
        return self.against(
            output, case,
            f"targets of {y} are {what}, and the output {gives} goes with {wants}",
            self._proposals(output, case),
        )  # fmt: skip

    @staticmethod
    def _proposals(output: Trained, case: Case) -> Iterator[Proposal]:
        assert output.loss is not None
        assert output.target is not None
        sparse = output.loss.family == "sparse"
        new = "categorical_crossentropy" if sparse else "sparse_categorical_crossentropy"
        if output.loss_path is not None and isinstance(output.written, str):
            change = Change("set_loss", output.loss_path, value=new)
            yield Proposal(f"use the loss for these targets: `{new}`", (change,))
        classes, shape = output.output[-1], output.target.shape
        if not written_shape(output.target, case) or not isinstance(classes, int):
            return
        y = output.target.variable
        if sparse:
            code = f"{y} = {y}.argmax(-1)"
            yield data_fix(output.target.path, list(shape[:-1]), code, "turn one-hot into numbers")
        else:
            kept = shape[:-1] if len(shape) == len(output.output) else shape
            code = f"{y} = keras.utils.to_categorical({y}, {classes})"
            new_shape = [*kept, classes]
            yield data_fix(output.target.path, new_shape, code, "turn numbers into one-hot")


class ClassCountRule(_Against):
    """There are more, or fewer, classes in the targets than units in the output.

    A one-hot target of 5 wants an output of 5 units. Labels that count from 1 make one too many.
    """

    code = "LS410"
    name = "class-count"
    topic = "loss"
    bad = DENSE + "compile: {loss: categorical_crossentropy}\ndata: {y: [100, 5]}\n"
    good = DENSE + "compile: {loss: categorical_crossentropy}\ndata: {y: [100, 10]}\n"

    def say(self, output: Trained, case: Case) -> Diagnostic:
        assert output.target is not None
        has, units = output.target.shape[-1], words.value(output.output[-1])
        return self.against(output, case, f"the targets have {has} classes, the output {units}")
