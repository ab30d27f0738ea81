"""What the stages find, as data. Rules (`lstmshape.rules`) turn facts into words.

A fact says what was wanted and what was given; it knows neither codes nor prose. `keras` says what
Keras does with it: "refuses" to build the model, "builds" it (and it fails or misleads when it
runs), or None where Keras has no say (YAML, expectations, data).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

from lstmshape.source import Place, Span

KerasSays = Literal["refuses", "builds"] | None


class Fact:
    """Base of all facts; the fields are those that the subclass annotates.

    `place` is where it is said in the tree; `call` is the index of the call in the flow, or None
    before there is a flow.
    """

    __slots__ = ("call", "keras", "place")
    fields: ClassVar[tuple[str, ...]] = ()
    #: what Keras does with it unless the instance says otherwise
    default_keras: ClassVar[KerasSays] = "refuses"

    keras: KerasSays
    place: Place
    call: int | None

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__annotations__ if name != "default_keras"]
        cls.fields = (*cls.fields, *own)

    def __init__(self, **values: Any) -> None:
        self.place = values.pop("place", Place(()))
        self.call = values.pop("call", None)
        self.keras = values.pop("keras", type(self).default_keras)
        for name in self.fields:
            if name in values:
                setattr(self, name, values.pop(name))
            elif not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name, None)!r}" for name in self.fields)
        return f"{type(self).__name__}({shown}, place={self.place.path})"


class Related(NamedTuple):
    """Another place that has to do with a fact, before words."""

    place: Place
    what: str


# -- reading (frontends, spec) ---------------------------------------------------------------


class ReadingFact(Fact):
    """Found while reading; `span` is set where there is no tree to point into."""

    default_keras = None
    span: Span | None = None


class SyntaxFault(ReadingFact):
    """The text is not YAML (or JSON). `problem` in the parser's words, `hint` names the trap."""

    problem: str
    hint: str | None = None


class Unreadable(ReadingFact):
    """The file could not be read as text: not UTF-8, a directory, no permission."""

    problem: str


class OverLimit(ReadingFact):
    """A bound was met: bytes, depth, nodes, aliases."""

    what: str
    limit: int
    unit: str


class NotASpec(ReadingFact):
    """A file that was named and is not a model."""

    found: str


class LookAlike(ReadingFact):
    """A plain scalar that YAML reads otherwise than its author meant: `None`, `1e3`, `on`.

    `text` as written, `read` what YAML makes of it, `meant` the value that the tree carries.
    """

    text: str
    read: Any
    meant: Any


class DuplicateKey(ReadingFact):
    key: str
    first: Span


class UnknownKey(ReadingFact):
    """A key that means nothing here; `known` are those that would."""

    key: str
    known: tuple[str, ...]


class Malformed(ReadingFact):
    """A value of the wrong form: `wants` is a noun phrase, `given` the value."""

    wants: str
    given: Any


class BadDim(ReadingFact):
    """A size in a shape that is none: negative, boolean, fractional, too large, no name."""

    given: Any
    wants: str = "a size: an integer, null, or a name such as T"


class BadIgnore(ReadingFact):
    """A comment to lstmshape that cannot be understood."""

    problem: str


class UnusedIgnore(ReadingFact):
    """A comment of which some codes silence nothing; `whole`: it silences nothing at all."""

    codes: tuple[str, ...]
    whole: bool


# -- layers and their arguments (graph) ------------------------------------------------------


class UnknownClass(Fact):
    """No layer of Keras is called so; `near` are those that nearly are."""

    name: str
    near: tuple[str, ...] = ()


class UnknownArgument(Fact):
    class_name: str
    argument: str
    known: tuple[str, ...]


class MissingArgument(Fact):
    class_name: str
    argument: str
    wants: str


class BadArgument(Fact):
    """`wants` is a noun phrase: "a positive integer"; `near` a value that was probably meant."""

    class_name: str
    argument: str
    given: Any
    wants: str
    near: Any = None


class OddArgument(Fact):
    """Keras takes the value, but it does not mean what it says; `means` is a noun phrase."""

    default_keras = "builds"
    class_name: str
    argument: str
    given: Any
    means: str
    near: Any = None


class DuplicateName(Fact):
    name: str
    first: Place


class UnknownReference(Fact):
    name: str
    known: tuple[str, ...]


class NoSuchOutput(Fact):
    """`name:k` where the layer has fewer outputs."""

    name: str
    index: int
    outputs: int


class Cycle(Fact):
    names: tuple[str, ...]


class NoInput(Fact):
    """Nothing says what the model (or a layer that has none before it) reads."""


class OpenLayer(Fact):
    """A class that cannot be known: custom, Lambda; its output is open unless the spec says it."""

    default_keras = None
    name: str
    #: whether the spec says what comes out
    stated: bool = True


class OpenObject(ReadingFact):
    """An object in a file of Keras's, of a class that is not Keras's; no shape depends on it."""

    argument: str
    name: str


class GoneClass(Fact):
    """A class of Keras 1 or 2 that Keras 3 has no more; `now` is what comes nearest, if any."""

    default_keras = None
    name: str
    now: str | None = None


# -- shapes (layers, propagate) --------------------------------------------------------------


class WrongRank(Fact):
    """`wants` names the axes, `at_least` says that more may stand before the last."""

    wants: tuple[str, ...]
    shape: tuple[Any, ...]
    at_least: bool = False


class OpenSize(Fact):
    """A weight needs a number where the shape is open. `axis` counts from 0 with the batch."""

    weight: str
    axis: int
    shape: tuple[Any, ...]


class WrongSize(Fact):
    """An axis has another size than what was built, or stated, wants."""

    axis: int
    wants: Any
    shape: tuple[Any, ...]
    why: str


class TooShort(Fact):
    """A window does not fit in an axis: the output would have `result` < 1 steps."""

    axis: int
    size: Any
    result: Any
    needs: str
    shape: tuple[Any, ...]


class MergeMismatch(Fact):
    """Shapes that do not go together; `axis` is the first that differs (None: the ranks do)."""

    operation: str
    shapes: tuple[tuple[Any, ...], ...]
    axis: int | None


class SilentBroadcast(Fact):
    """Sizes that differ and are stretched without a word."""

    default_keras = "builds"
    operation: str
    shapes: tuple[tuple[Any, ...], ...]
    axis: int


class ReshapeMismatch(Fact):
    shape: tuple[Any, ...]
    target: tuple[Any, ...]
    total: Any


class WrongInputCount(Fact):
    """`wants` is a noun phrase: "a list of at least 2 tensors"; `given` how many came."""

    wants: str
    given: int
    #: the tensors are all outputs of one layer that returns its state
    whole: bool = False


class MissingInput(Fact):
    """A call argument that the layer needs (`value` of MultiHeadAttention)."""

    argument: str


class StateMismatch(Fact):
    """`initial_state` that the layer cannot take. `wants` and `given` are shapes."""

    default_keras = "builds"
    wants: tuple[tuple[Any, ...], ...]
    given: tuple[tuple[Any, ...], ...]


class OpenBatch(Fact):
    """A stateful layer needs the batch size as a number."""

    shape: tuple[Any, ...]


class Unmet(Fact):
    """Anything else that a layer wants and does not get; `wants` and `gets` are noun phrases."""

    wants: str
    gets: str


class FailsWhenRun(Fact):
    """Builds, and then cannot run; `wants` and `gets` are noun phrases."""

    default_keras = "builds"
    wants: str
    gets: str


class Misreported(Fact):
    """Keras reports one shape and computes another."""

    default_keras = "builds"
    reported: tuple[Any, ...]
    real: tuple[Any, ...]
    why: str


class MaskDropped(Fact):
    """A mask arrives at a layer that does not pass it on; Keras warns when `warned`."""

    default_keras = "builds"
    warned: bool = True


class MaskUnused(Fact):
    """A mask arrives and is passed on, but not used: beside `by` Keras hands the layer none."""

    default_keras = "builds"
    by: str


class Clash(Fact):
    """Two requirements that no number meets; `text` and `other` as shown, `origin` of the other.

    Without `other` no number that the bounds allow meets the one. `more` layers need the same, of
    which nothing more is said.
    """

    default_keras = "builds"
    text: str
    other: str | None
    origin: Place | None = None
    more: int = 0


class NeverEqual(Fact):
    """Two sizes that must be equal when it runs, and can never be; Keras sees an open axis."""

    default_keras = "builds"
    what: str
    left: Any
    right: Any
    shapes: tuple[tuple[Any, ...], ...] = ()


class UnmetExpect(Fact):
    """`expect` says one thing, the model gives another. `what` is "output", "params", …"""

    default_keras = None
    what: str
    wants: Any
    gets: Any


class UnusedLayer(Fact):
    """A call that no output of the model depends on."""

    default_keras = "builds"
    name: str


class LegacyArgument(Fact):
    """An argument of Keras 1 or 2. `now` is its name today; None: it is gone, or ignored."""

    class_name: str
    argument: str
    given: Any
    now: str | None = None
    why: str = ""


class InputOnLayer(Fact):
    """A layer that says what the model reads (`input_shape`); `used` when it is the first."""

    default_keras = "builds"
    class_name: str
    argument: str
    given: Any
    used: bool
    #: the shape without batch that was meant, or None when it cannot be read
    meant: tuple[Any, ...] | None = None


class AmbiguousInput(Fact):
    """The first layer does not say which of several inputs it reads."""

    default_keras = None
    inputs: tuple[str, ...]
