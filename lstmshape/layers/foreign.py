"""Layers that run foreign code: what comes out is known only if the spec says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.layers.arguments import TEXT, anything, argument, loose
from lstmshape.layers.base import Layer, Masking, Shapes, Takes
from lstmshape.layers.shapes import STATED_SHAPES
from lstmshape.layers.stated import stated_shapes

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

CODE = anything("code, which a spec never runs")


class TFSMLayer(Layer):
    """A TensorFlow SavedModel as a layer.

    Input: anything. Output: what `expect` of its entry says.
    """

    filepath: Any = argument(CODE, "The folder of the SavedModel.")
    call_endpoint: Any = argument(loose(TEXT), "What is called.", "serve")
    call_training_endpoint: Any = argument(CODE, "What is called while training.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated_shapes(ctx, self, x, None)


class JaxLayer(Layer):
    """A JAX function as a layer.

    Input: anything. Output: what `expect` of its entry says.
    """

    call_fn: Any = argument(CODE, "The function.")
    init_fn: Any = argument(CODE, "The function that makes its weights.", None)
    params: Any = argument(CODE, "Its trained weights.", None)
    state: Any = argument(CODE, "Its other weights.", None)
    seed: Any = argument(anything("an integer, or null"), "The seed of its weights.", None)
    native_serialization_platforms: Any = argument(CODE, "Where it can be saved for.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated_shapes(ctx, self, x, None)


class FlaxLayer(Layer):
    """A Flax module as a layer.

    Input: anything. Output: what `expect` of its entry says.
    """

    module: Any = argument(CODE, "The module.")
    method: Any = argument(CODE, "The method that is called.", None)
    variables: Any = argument(CODE, "Its weights.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated_shapes(ctx, self, x, None)


class TorchModuleWrapper(Layer):
    """A PyTorch module as a layer.

    Input: anything. Output: `output_shape`, or what `expect` of its entry says.
    """

    module: Any = argument(CODE, "The module.")
    output_shape: Any = argument(STATED_SHAPES, "What it gives, without the batch axis.", None)

    takes: ClassVar[Takes] = "any"
    masking: ClassVar[Masking] = "silent"
    opaque: ClassVar[bool] = True

    def output(self, ctx: Context, x: Any) -> Shapes:
        return stated_shapes(ctx, self, x, self.output_shape)
