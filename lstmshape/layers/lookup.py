"""Layers that make numbers of texts and ids by tables and hashes; in Keras they need TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from lstmshape.dims import Dim, Shape
from lstmshape.facts import Unmet, WrongInputCount
from lstmshape.layers.arguments import (
    BOOLEAN,
    TEXT,
    Invalid,
    Kind,
    anything,
    argument,
    choice,
    integer,
    loose,
)
from lstmshape.layers.base import Layer, Masking, Shapes, Takes
from lstmshape.layers.preprocessing import BUCKETS, one_hot

if TYPE_CHECKING:
    from lstmshape.layers.context import Context

BINS = integer("a positive integer", 1)
MANY = integer("an integer above 1, or null", 2, optional=True, booleans=False)
OUTSIDE = integer("an integer not below 0", 0)
TOKEN = anything("a token, or null")


def _salt(value: Any) -> Any:
    if value is None or isinstance(value, int) or (isinstance(value, list) and len(value) == 2):
        return value
    raise Invalid(SALT.wants)


SALT = Kind("an integer, a list of two, or null", _salt, {"type": ["integer", "array", "null"]})


def modes(*names: str) -> Kind:
    """Output modes, with the names that they once had."""
    old = {"binary": "multi_hot", "tf-idf": "tf_idf"}
    known = choice(*names)
    return known._replace(
        check=lambda value: known.check(old.get(value, value) if isinstance(value, str) else value)
    )


class Hashing(Layer):
    """Sorts anything into `num_bins` buckets by its hash.

    Input: (batch, …) of integers or texts. Output: the same shape, of integers; with the other
    modes the last axis becomes `num_bins`.
    """

    num_bins: int = argument(BINS, "How many buckets.")
    mask_value: Any = argument(TOKEN, "What goes into bucket 0, alone.", None)
    salt: Any = argument(SALT, "Makes the hash another one.", None)
    output_mode: str = argument(BUCKETS, "int, one_hot, multi_hot or count.", "int")
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)

    masking: ClassVar[Masking] = "drops"

    def check(self) -> Iterable[tuple[str, str]]:
        if self.sparse and self.output_mode == "int":
            yield "sparse", "false for `output_mode: int`"
        if self.output_mode == "int" and self.dtype not in (None, "int32", "int64"):
            yield "dtype", "int32 or int64 for `output_mode: int`"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        return x if self.output_mode == "int" else (*x[:-1], self.num_bins)

    def unless_fit(self, dtype: str) -> str | None:
        return None  # texts are what it is for

    def output_dtype(self, x: Any) -> Any:
        if self.dtype is None and self.output_mode == "int":
            return "int64"
        return self.variable_dtype


class HashedCrossing(Layer):
    """Sorts pairs of values of two inputs into `num_bins` buckets by their hash.

    Input: two of (batch, …) with the same last size. Output: that shape, of integers; with
    `one_hot` an axis of `num_bins`.
    """

    num_bins: int = argument(BINS, "How many buckets.")
    output_mode: str = argument(choice("int", "one_hot"), "int or one_hot.", "int")
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)

    takes: ClassVar[Takes] = "list"
    masking: ClassVar[Masking] = "drops"

    def output(self, ctx: Context, x: list[Shape]) -> Shapes:
        if len(x) != 2:
            ctx.refuse(WrongInputCount(wants="a list of 2 tensors", given=len(x)))
        one, other = x
        if isinstance(one[-1], int) != isinstance(other[-1], int) or (
            isinstance(one[-1], int) and one[-1] != other[-1]
        ):
            ctx.refuse(Unmet(wants="two inputs of the same last size", gets=f"{x}"))
        if self.output_mode == "int":
            return one
        return one_hot(ctx, one, self.num_bins) if len(one) > 1 else (*one, self.num_bins)

    def unless_fit(self, dtype: str) -> str | None:
        return None  # texts are what it is for

    def output_dtype(self, x: Any) -> Any:
        return "int64" if self.dtype is None and self.output_mode == "int" else self.compute_dtype


# -- tables ---------------------------------------------------------------------------------------

TABLE_MODES = modes("int", "one_hot", "multi_hot", "count", "tf_idf")
VOCABULARY = anything("a list of tokens, the path of a file, or null")
#: Keras writes it into its files for a table that was adapted, and takes it
LEARNT = argument(
    integer("an integer, or null", 0, optional=True),
    "How many tokens an adapted table knows, those for what is not known with them.", None,
)  # fmt: skip


def table_faults(layer: Any) -> Iterable[tuple[str, str]]:
    """What a table wants of its arguments together."""
    if layer.pad_to_max_tokens and layer.max_tokens is None:
        yield "max_tokens", "an integer above 1 for `pad_to_max_tokens`"
    if layer.output_mode == "int" and layer.sparse:
        yield "sparse", "false for `output_mode: int`"
    if layer.idf_weights is not None and layer.output_mode != "tf_idf":
        yield "idf_weights", "null unless `output_mode` is tf_idf"
    if layer.output_mode == "tf_idf" and layer.vocabulary is not None and layer.idf_weights is None:
        yield "idf_weights", "a weight for each token, for `output_mode: tf_idf`"
    if getattr(layer, "invert", False) and layer.output_mode != "int":
        yield "output_mode", "int for `invert`"


def table_depth(ctx: Context, layer: Any, outside: int, oov: Any) -> Dim:
    """How many tokens a table knows, where that can be known before it is adapted."""
    if layer.pad_to_max_tokens:
        return int(layer.max_tokens)
    if not isinstance(layer.vocabulary, list):
        return ctx.open("tokens") if layer.vocabulary_size is None else layer.vocabulary_size
    special = [oov] * outside
    tokens = len(layer.vocabulary)
    return tokens if special and layer.vocabulary[:outside] == special else tokens + outside


def encoded(ctx: Context, x: Shape, mode: str, depth: Dim) -> Shape:
    """What comes out of a table."""
    if mode == "int":
        return x
    return one_hot(ctx, x, depth) if mode == "one_hot" else (*x[:-1], depth)


class IntegerLookup(Layer):
    """Gives each known integer an index.

    Input: (batch, …) of integers. Output: the same shape; with the other modes an axis of as many
    sizes as there are tokens.
    """

    max_tokens: int | None = argument(MANY, "How many tokens at most.", None)
    num_oov_indices: int = argument(OUTSIDE, "How many indices for what is not known.", 1)
    mask_token: Any = argument(TOKEN, "What gets index 0.", None)
    oov_token: Any = argument(TOKEN, "What stands for the unknown when inverted.", -1)
    vocabulary: Any = argument(VOCABULARY, "The known integers.", None)
    vocabulary_dtype: str = argument(choice("int64"), "Their dtype.", "int64")
    idf_weights: Any = argument(anything("a list of numbers, or null"), "Their weights.", None)
    invert: bool = argument(BOOLEAN, "Whether indices are turned into integers.", False)
    output_mode: str = argument(TABLE_MODES, "int, one_hot, multi_hot, count or tf_idf.", "int")
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)
    pad_to_max_tokens: bool = argument(BOOLEAN, "Whether the axis is as long as can be.", False)
    oov_method: str = argument(choice("floormod", "farmhash"), "How the unknown is sorted.",
                               "floormod")  # fmt: skip
    salt: Any = argument(SALT, "Makes the hash another one.", None)
    vocabulary_size: int | None = LEARNT

    masking: ClassVar[Masking] = "drops"

    def check(self) -> Iterable[tuple[str, str]]:
        yield from table_faults(self)
        if self.salt is not None and self.oov_method != "farmhash":
            yield "salt", "null unless `oov_method` is farmhash"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.output_mode == "int":
            return x
        depth = table_depth(ctx, self, self.num_oov_indices, self.oov_token)
        return encoded(ctx, x, self.output_mode, depth)

    def output_dtype(self, x: Any) -> Any:
        return "int64" if self.output_mode == "int" else "float32"


class StringLookup(Layer):
    """Gives each known text an index.

    Input: (batch, …) of texts. Output: the same shape; with the other modes an axis of as many
    sizes as there are tokens.
    """

    max_tokens: int | None = argument(MANY, "How many tokens at most.", None)
    num_oov_indices: int = argument(OUTSIDE, "How many indices for what is not known.", 1)
    mask_token: Any = argument(TOKEN, "What gets index 0.", None)
    oov_token: Any = argument(TOKEN, "What stands for the unknown when inverted.", "[UNK]")
    vocabulary: Any = argument(VOCABULARY, "The known texts.", None)
    idf_weights: Any = argument(anything("a list of numbers, or null"), "Their weights.", None)
    invert: bool = argument(BOOLEAN, "Whether indices are turned into texts.", False)
    output_mode: str = argument(TABLE_MODES, "int, one_hot, multi_hot, count or tf_idf.", "int")
    pad_to_max_tokens: bool = argument(BOOLEAN, "Whether the axis is as long as can be.", False)
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)
    encoding: str = argument(loose(TEXT), "How texts are encoded.", "utf-8")
    salt: Any = argument(SALT, "Makes the hash another one.", None)
    vocabulary_size: int | None = LEARNT

    masking: ClassVar[Masking] = "drops"

    def check(self) -> Iterable[tuple[str, str]]:
        return table_faults(self)

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.output_mode == "int":
            return x
        depth = table_depth(ctx, self, self.num_oov_indices, self.oov_token)
        return encoded(ctx, x, self.output_mode, depth)

    def unless_fit(self, dtype: str) -> str | None:
        return None  # texts are what it is for

    def output_dtype(self, x: Any) -> Any:
        return "int64" if self.output_mode == "int" else "float32"


def _ngrams(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(item, int) for item in value):
        return tuple(value)
    raise Invalid(NGRAMS.wants)


NGRAMS = Kind("an integer, a list of integers, or null", _ngrams,
              {"type": ["integer", "array", "null"]})  # fmt: skip


class TextVectorization(Layer):
    """Makes a sequence of ids, or counts of words, of each text.

    Input: (batch,) or (batch, 1) of texts. Output: (batch, `output_sequence_length`), open if it is
    null; with the other modes (batch, tokens).
    """

    max_tokens: int | None = argument(MANY, "How many words at most.", None)
    standardize: Any = argument(
        choice("lower_and_strip_punctuation", "lower", "strip_punctuation", None),
        "What is done to a text first.", "lower_and_strip_punctuation",
    )  # fmt: skip
    split: Any = argument(choice("whitespace", "character", None), "Where it is cut.", "whitespace")
    ngrams: Any = argument(NGRAMS, "How many words in a row count as one.", None)
    output_mode: str = argument(TABLE_MODES, "int, multi_hot, count or tf_idf.", "int")
    output_sequence_length: int | None = argument(
        integer("an integer, or null", 0, optional=True), "How many ids a text is cut to.", None
    )
    pad_to_max_tokens: bool = argument(BOOLEAN, "Whether the axis is as long as can be.", False)
    vocabulary: Any = argument(VOCABULARY, "The known words.", None)
    idf_weights: Any = argument(anything("a list of numbers, or null"), "Their weights.", None)
    sparse: bool = argument(BOOLEAN, "Whether the output is sparse.", False)
    ragged: bool = argument(BOOLEAN, "Whether the output is ragged.", False)
    encoding: str = argument(loose(TEXT), "How texts are encoded.", "utf-8")
    vocabulary_size: int | None = LEARNT

    masking: ClassVar[Masking] = "drops"

    def check(self) -> Iterable[tuple[str, str]]:
        yield from table_faults(self)
        if self.output_mode != "int" and self.output_sequence_length is not None:
            yield "output_sequence_length", "null unless `output_mode` is int"

    def output(self, ctx: Context, x: Shape) -> Shapes:
        if self.output_mode == "int":
            length = self.output_sequence_length
            return (x[0], ctx.open("length") if length is None else length)
        if self.split is not None:
            x = (*x, ctx.open("words"))
        elif len(x) <= 1:
            x = (*x, 1)
        depth = table_depth(ctx, self, 1, "[UNK]")
        return encoded(ctx, x, self.output_mode, depth)

    def unless_fit(self, dtype: str) -> str | None:
        return None  # texts are what it is for

    def output_dtype(self, x: Any) -> Any:
        return "int64" if self.output_mode == "int" else "float32"

    def settle(self, take: Callable[[str], str]) -> None:
        take("string_lookup")
