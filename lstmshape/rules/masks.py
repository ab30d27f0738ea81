"""LS304, LS603: masks that are lost before they are used."""

from __future__ import annotations

from collections.abc import Iterator

from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic, Proposal, Related
from lstmshape.facts import MaskDropped, MaskUnused
from lstmshape.graph import Node
from lstmshape.rules import words
from lstmshape.rules.base import Rule


class MaskDroppedRule(Rule):
    """A mask arrives at a layer that cannot use it and does not pass it on.

    From here on padded steps count as data. Keras builds the model with one warning. Use the mask
    before it is lost: a recurrent layer or `GlobalAveragePooling1D` does.
    """

    code = "LS304"
    name = "mask-dropped"
    severity = "warning"
    topic = "mask-zero"
    facts = (MaskDropped,)
    bad = (
        "input: {shape: [20], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 100, output_dim: 8, mask_zero: true}\n"
        "  - Conv1D: {filters: 4, kernel_size: 3}\n"
    )
    good = (
        "input: {shape: [20], dtype: int32}\nlayers:\n"
        "  - Embedding: {input_dim: 100, output_dim: 8, mask_zero: true}\n"
        "  - LSTM: {units: 4}\n"
    )

    def explain(self, fact: MaskDropped, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        maker = _maker(case, node)
        flat = node is not None and node.layer is not None and node.layer.class_name == "Flatten"
        what = "flattens padded steps as if they were data" if flat else "drops the mask"
        return self.found(
            fact.place,
            f"{layer} {what}"
            + (f": the mask of {words.name(maker.name)} ends here" if maker is not None else ""),
            case=case,
            fact=fact,
            label="the mask ends here",
            related=[Related("makes the mask", maker.place, maker.name)] if maker else (),
            proposals=self._proposals(node, maker),
        )

    @staticmethod
    def _proposals(node: Node | None, maker: Node | None) -> Iterator[Proposal]:
        """Use the mask where it is lost, or do without it."""
        if node is not None and node.layer is not None and node.layer.class_name == "Flatten":
            new = "GlobalAveragePooling1D"
            change = Change("set_class", node.path, value=new, layer=node.name)
            title = f"average over the steps that count: make {words.name(node.name)} a "
            yield Proposal(title + words.name(new), (change,), safe=False)
        if maker is None or maker.layer is None or maker.spec is None:
            return
        name = words.name(maker.name)
        if "mask_zero" in maker.spec.arguments:
            change = Change("set_argument", maker.layer.path, "mask_zero", False, maker.name)
            yield Proposal(f"make no mask in {name}: set `mask_zero: false`", (change,), safe=False)
        elif maker.layer.class_name == "Masking":
            change = Change("remove_layer", maker.path, layer=maker.name)
            yield Proposal(f"make no mask: remove {name}", (change,), safe=False)


class MaskUnusedRule(Rule):
    """A masked sequence enters a layer that does not look at the mask.

    Keras hands a mask to a layer only where the masked tensor is all that it is called on. With
    `initial_state` beside it a recurrent layer runs over padded steps too, while its output still
    bears the mask. Say the mask in the call (`call: {mask: …}`), or see to it that padding comes
    last and is left out of the loss.
    """

    code = "LS307"
    name = "mask-unused"
    severity = "note"
    topic = "mask-zero"
    facts = (MaskUnused,)
    bad = (
        "inputs: {ids: {shape: [20], dtype: int32}, h: [4], c: [4]}\nlayers:\n"
        "  - Embedding: {input_dim: 100, output_dim: 8, mask_zero: true}\n    inputs: ids\n"
        "  - LSTM: {units: 4}\n    call: {initial_state: [h, c]}\n"
    )
    good = bad.replace(", mask_zero: true", "")

    def explain(self, fact: MaskUnused, case: Case) -> Diagnostic:
        node = case.node_at(fact.place.path)
        layer = words.layer(node)
        maker = _maker(case, node)
        return self.found(
            fact.place,
            f"{layer} does not use the mask of its input, because of `{fact.by}`",
            case=case,
            fact=fact,
            label="runs over masked steps",
            related=[Related("makes the mask", maker.place, maker.name)] if maker else (),
        )


def _maker(case: Case, node: Node | None) -> Node | None:
    """The layer upstream whose input has no mask and whose output has one."""
    if node is None:
        return None
    for source in case.upstream(node):
        call = case.call(source)
        masked = any(t.mask is not None for t in call.outputs)
        if masked and not any(t.mask is not None for t in call.tensors):
            return source
    return None
