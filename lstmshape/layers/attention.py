"""Attention: each step of a query reads from all steps of a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape, product
from lstmshape.facts import FailsWhenRun, NeverEqual, Unmet, WrongInputCount, WrongRank
from lstmshape.layers.arguments import (
    BOOLEAN,
    LOOSE_SEED,
    SEED_WANTS,
    argument,
    choice,
    is_seed,
    number,
)
from lstmshape.layers.base import Layer, Masking, Shapes, Takes, Tensor, Weight
from lstmshape.layers.dtypes import unless_number
from lstmshape.layers.together import Together, first_of

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

#: Not checked by Keras but for being a number: below 0 is 0, above 1 fails in training.
SHARE = number("a number between 0 and 1", 0, 1, soft=True)
SCORES_OPTIONS = ("return_attention_scores", "training", "use_causal_mask")
SEQUENCE_AXES = ("batch", "timesteps", "features")


def returns_scores(ctx: Context) -> bool:
    """Whether the call asks for the attention scores as a second output."""
    return bool(ctx.options.get("return_attention_scores", False))


def seed_fault(layer: Any) -> Iterable[tuple[str, str]]:
    """Keras looks at the seed only where something is dropped."""
    if layer.dropout > 0 and not is_seed(layer.seed):
        yield "seed", SEED_WANTS


def must_equal(ctx: Context, what: str, a: Dim, b: Dim, shapes: Iterable[Shape]) -> None:
    """Two sizes that Keras does not compare when it builds."""
    if a != b:
        ctx.same_when_run(a, b, NeverEqual(what=what, left=a, right=b, shapes=tuple(shapes)))


def are_sequences(ctx: Context, shapes: Iterable[Shape]) -> bool:
    """Whether all are (batch, …, timesteps, features) of one rank; else says which is not."""
    rank = 0
    for shape in shapes:
        if len(shape) < 3 or (rank and len(shape) != rank):
            wants = SEQUENCE_AXES if rank in (0, 3) else ("batch", "…", *SEQUENCE_AXES[1:])
            ctx.warn(WrongRank(wants=wants, shape=shape, at_least=not rank, keras="builds"))
            return False
        rank = len(shape)
    return True


def unmasked_images(ctx: Context, gets: str) -> None:
    """Attention over more than one axis that is given a mask over them."""
    ctx.warn(FailsWhenRun(wants="tensors of 3 axes where there is a mask", gets=f"a {gets}"))


class _Attention(Layer):
    use_scale: bool
    dropout: float
    seed: Any

    takes: ClassVar[Takes] = "list"
    wants_list: ClassVar[bool] = True
    call_options: ClassVar[tuple[str, ...]] = ("mask", *SCORES_OPTIONS)
    masking: ClassVar[Masking] = "own"
    sequence_axis: ClassVar[int | None] = 1

    def labels(self) -> tuple[str, ...]:
        return ("output", "scores")

    def check(self) -> Iterable[tuple[str, str]]:
        return seed_fault(self)

    def parts(self, ctx: Context, x: list[Shape]) -> tuple[Shape, Shape, Shape]:
        """Query, value and key; the key is the value unless it is given."""
        if not 2 <= len(x) <= 3:
            wants = "a list of 2 or 3 tensors: query, value and, it may be, key"
            ctx.refuse(WrongInputCount(wants=wants, given=len(x)))
        return x[0], x[1], x[-1]

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        query, value, key = self.parts(ctx, x)
        self._masks_given(ctx)
        scored = returns_scores(ctx)
        if scored and len(key) < 2:
            ctx.refuse(WrongRank(wants=SEQUENCE_AXES, shape=key))
        if are_sequences(ctx, x):
            self._runs(ctx, x)
        out = (*query[:-1], value[-1])
        return [out, (*query[:-1], key[-2])] if scored else out

    def _masks_given(self, ctx: Context) -> None:
        mask = ctx.tensors.get("mask")
        tupled = isinstance(mask, Together) and not mask.listed
        if mask is not None and (tupled or not (isinstance(mask, list) and 2 <= len(mask) <= 3)):
            count = f"a list of {len(mask)}" if isinstance(mask, list) else "one tensor"
            ctx.refuse(Unmet(wants="a mask for query and one for value", gets=count))

    def _runs(self, ctx: Context, x: list[Shape]) -> None:
        """What only shows when it runs."""
        query, value, key = self.parts(ctx, x)
        for axis in range(len(query) - 2):
            what = "the batch sizes of query and value" if axis == 0 else f"axis {axis} of all"
            for other in x[1:]:
                if other[axis] != 1:
                    must_equal(ctx, what, query[axis], other[axis], x)
        if not (self._stretches() and 1 in (query[-1], key[-1])):
            must_equal(ctx, "the features of query and key", query[-1], key[-1], x)
        must_equal(ctx, "the timesteps of value and key", value[-2], key[-2], x)
        for mask, shape in zip(ctx.tensors.get("mask") or (), (query, value), strict=False):
            if isinstance(mask, Tensor) and len(mask.shape) == 2:
                what = "the timesteps of a tensor and its mask"
                must_equal(ctx, what, mask.shape[-1], shape[-2], (shape, mask.shape))

    def _stretches(self) -> bool:
        """Whether query and key are added, so that one of 1 feature is stretched."""
        return True

    def mask(self, ctx: Context, x: list[Tensor], out: Shapes) -> Any:
        """The query's mask, for the first output only."""
        given = ctx.tensors.get("mask")
        if given is None and len(x[0].shape) > 3 and x[1].mask is not None:
            unmasked_images(ctx, "mask of value")
        first = x[0].mask if given is None else first_of(given).shape
        return [first, None] if isinstance(out, list) else first

    def macs(self, x: list[Shape], out: Shapes) -> Dim:
        """Scores, timesteps of query * those of key * features, and as many sums of values."""
        query, value, key = x[0], x[1], x[-1]
        return product(query[1:-1]) * key[-2] * (query[-1] + value[-1])


class Attention(_Attention):
    """Dot-product attention: softmax(query · key) weighs the steps of value.

    Input: a list of query (batch, Tq, features), value (batch, Tv, width) and, unless it is the
    value, key (batch, Tv, features). Output: (batch, Tq, width); with `return_attention_scores`
    in the call the scores (batch, Tq, Tv) too.
    """

    use_scale: bool = argument(BOOLEAN, "Whether a trained number scales the scores.", False)
    score_mode: str = argument(
        choice("dot", "concat"), "dot: query · key; concat: sum of tanh(query + key).", "dot"
    )
    dropout: float = argument(SHARE, "The share of scores dropped in training.", 0.0)
    seed: Any = argument(LOOSE_SEED, "Of the dropout.", None)

    formula: ClassVar[str] = "1 with use_scale, and 1 with score_mode concat"

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        self.parts(ctx, x)
        made = [Weight("scale", (), initializer="ones")] if self.use_scale else []
        if self.score_mode == "concat":
            made.append(Weight("concat_score_weight", (), initializer="ones"))
        return made

    def unless_fit(self, dtype: str) -> str | None:
        return unless_number(dtype)

    def _stretches(self) -> bool:
        return self.score_mode == "concat"


class AdditiveAttention(_Attention):
    """Additive attention: softmax(sum of scale * tanh(query + key)) weighs the steps of value.

    Input: a list of query (batch, Tq, features), value (batch, Tv, width) and, unless it is the
    value, key (batch, Tv, features). Output: (batch, Tq, width); with `return_attention_scores`
    in the call the scores (batch, Tq, Tv) too.
    """

    use_scale: bool = argument(BOOLEAN, "Whether each feature has a trained weight.", True)
    dropout: float = argument(SHARE, "The share of scores dropped in training.", 0.0)
    score_mode: str = argument(choice("dot", "concat"), "Taken by Keras and not used.", "dot")
    seed: Any = argument(LOOSE_SEED, "Of the dropout.", None)

    formula: ClassVar[str] = "features of the query with use_scale, else 0"

    def weights(self, ctx: Context, x: list[Shape]) -> list[Weight]:
        query, _, _ = self.parts(ctx, x)
        if not self.use_scale:
            return []
        return [Weight("scale", (ctx.fixed(query, -1, "scale"),), initializer="glorot_uniform")]
