"""Pipeline, a chain of preprocessing layers, and the bases of Keras that compute nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.facts import FailsWhenRun, Misreported, Unmet
from lstmshape.layers import base
from lstmshape.layers.arguments import LAYER, LAYERS, argument
from lstmshape.layers.base import Masking, Shapes, Takes, Tensor

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


class Pipeline(base.Layer):
    """Preprocessing layers, one after another, as one layer.

    Input: what the first takes. Output: what the last gives.
    """

    layers: Any = argument(LAYERS, "The layers; none of them may have weights.")

    takes: ClassVar[Takes] = "one"
    call_options: ClassVar[tuple[str, ...]] = ("mask",)
    masking: ClassVar[Masking] = "drops"
    refuses: ClassVar[frozenset[str]] = frozenset(
        {"trainable", "dtype", "autocast", "activity_regularizer"}
    )

    def check(self) -> Iterable[tuple[str, str]]:
        if not isinstance(self.layers, tuple):
            yield "layers", "a list of layer entries"

    def inner(self) -> tuple[base.Layer, ...]:
        return tuple(self.layers)

    def output(self, ctx: Context, x: Any) -> Shapes:
        """Keras runs it as code: layers that make weights, or cut at random, cannot be traced."""
        if not self.layers:
            ctx.refuse(Unmet(wants="at least one layer", gets="none"))
        before = len(ctx.facts)
        for layer in self.layers:
            if layer.takes in ("list", "named"):
                ctx.refuse(Unmet(wants="layers of one tensor", gets=layer.class_name))
            ctx.demanded(layer, x)
            if ctx.weights(layer, x) or layer.class_name == "RandomCrop":
                wants = "layers that only prepare data, without weights or random cuts"
                ctx.refuse(Unmet(wants=wants, gets=layer.class_name))
            x = ctx.output(layer, x)
        for fact in ctx.facts[before:]:
            if isinstance(fact, (FailsWhenRun, Misreported)):
                ctx.refuse(fact)  # what fails when it runs fails here already
        return x  # type: ignore[no-any-return]  # shape in, shape out

    def output_dtype(self, x: Any) -> Any:
        tensor = x
        for layer in self.layers:
            tensor = Tensor(tensor.shape, layer.output_dtype(tensor))
        return tensor.dtype


ABSTRACT = "a class that computes something"


class Layer(base.Layer):
    """What all layers of Keras are made from; by itself it computes nothing.

    Input: none that it could use. Output: none.
    """

    takes: ClassVar[Takes] = "any"

    def output(self, ctx: Context, x: Any) -> Shapes:
        ctx.refuse(Unmet(wants=ABSTRACT, gets="the base of all layers"))


class Wrapper(base.Layer):
    """What wrappers of Keras are made from; by itself it computes nothing.

    Input: none that it could use. Output: none.
    """

    layer: base.Layer = argument(LAYER, "The layer that would be wrapped.")

    takes: ClassVar[Takes] = "any"

    def inner(self) -> tuple[base.Layer, ...]:
        return (self.layer,)

    def output(self, ctx: Context, x: Any) -> Shapes:
        ctx.refuse(Unmet(wants=ABSTRACT, gets="the base of wrappers"))
