"""SpectralNormalization: a wrapper that keeps the norm of a layer's kernel at 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import Unmet
from lstmshape.layers.arguments import LAYER, Invalid, Kind, argument
from lstmshape.layers.base import Layer, Masking, Rank, Shapes, Weight
from lstmshape.layers.dtypes import FLOATS

if TYPE_CHECKING:
    from lstmshape.layers.context import Context


def _iterations(value: Any) -> Any:
    if isinstance(value, (int, float)) and not value <= 0:
        if type(value) is int:
            return value
        raise Invalid(ITERATIONS.wants, builds=True, value=value)
    raise Invalid(ITERATIONS.wants)


ITERATIONS = Kind("a positive integer", _iterations, {"type": "integer", "minimum": 1})


class SpectralNormalization(Layer):
    """Wraps a layer and divides its kernel by its largest singular value while training.

    Input and output: those of the wrapped layer, which must have a kernel or embeddings.
    """

    layer: Layer = argument(LAYER, "The layer whose kernel is normalized.")
    power_iterations: Any = argument(ITERATIONS, "How often the norm's estimate is refined.", 1)

    rank: ClassVar[Rank | None] = None
    masking: ClassVar[Masking] = "drops"
    freezes: ClassVar[bool] = False
    formula: ClassVar[str] = "those of the layer, and the last size of its kernel, not trained"

    def inner(self) -> tuple[Layer, ...]:
        return (self.layer,)

    def demand_built(self, x: Shape) -> Rank:
        return Rank(("batch",), at_least=True)

    def fixed_axes(self, x: Shape) -> Mapping[int, int | None]:
        return {-1: x[-1] if isinstance(x[-1], int) else None}

    def weights(self, ctx: Context, x: Shape) -> list[Weight]:
        if self.layer.takes in ("list", "named"):
            wants = "a layer that is called on one tensor"
            ctx.refuse(Unmet(wants=wants, gets=self.layer.class_name))
        made = ctx.inner_weights(self.layer, x)
        path = kernel_path(self.layer)
        kernel = next((w for w in made if w.name == path), None)
        if kernel is None:
            wants = "a layer with a kernel or embeddings"
            ctx.refuse(Unmet(wants=wants, gets=f"{self.layer.class_name} {self.layer.name}"))
        holder = innermost(self.layer)
        if holder.variable_dtype not in FLOATS:
            wants = "a kernel of a floating dtype"
            ctx.refuse(Unmet(wants=wants, gets=f"{holder.variable_dtype}"))
        estimate = Weight("vector_u", (1, kernel.shape[-1]), False)
        if getattr(holder, "lora_rank", None):
            return [estimate, *made]  # with LoRA the kernel is no variable any more
        return [kernel, estimate, *(w for w in made if w is not kernel)]

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return ctx.output(self.layer, x)

    def macs(self, x: Shape, out: Shapes) -> Dim:
        return self.layer.macs(x, out)


def innermost(layer: Layer) -> Layer:
    """What is inside wrappers of this kind."""
    while isinstance(layer, SpectralNormalization):
        layer = layer.layer
    return layer


def kernel_path(layer: Layer) -> str:
    """The name of the kernel, or embeddings, among the weights of what wraps `layer`."""
    if isinstance(layer, SpectralNormalization):
        return f"{layer.name}/{kernel_path(layer.layer)}"
    return f"{layer.name}/{'embeddings' if 'Embedding' in layer.class_name else 'kernel'}"
