"""What a layer speaks to while it is built and called: it asks, refuses and warns here.

All of the two truths is in this place: a check between plain numbers that fails is what Keras
refuses; the same check with an open dim in it is what Keras lets pass, so that it becomes a
requirement (sometimes true), a finding (never true), or nothing (always true).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, Protocol

from lstmshape.dims import (
    NO_BOUNDS,
    Bounds,
    Dim,
    Expr,
    Shape,
    at_least,
    divides,
    equal,
    name,
    show,
)
from lstmshape.facts import Clash, Fact, OpenSize, Unmet, WrongRank
from lstmshape.layers.base import Layer, Rank, Shapes, Weight, Weights
from lstmshape.layers.objects import EASY, FLOATS, NOT_IMPLEMENTED, unsuited
from lstmshape.requirements import (
    AtLeast,
    Equal,
    Multiple,
    Requirement,
    Requirements,
    text_of,
)
from lstmshape.source import Place


class Refused(Exception):
    """Keras refuses here. Raised by layers through `Context.refuse`, caught by `propagate` only."""

    def __init__(self, fact: Fact, *, unimplemented: bool = False) -> None:
        super().__init__(repr(fact))
        self.fact = fact
        #: Keras raises `NotImplementedError`, which a chain that is built passes over
        self.unimplemented = unimplemented


class Models(Protocol):
    """How a model inside a model is run: the propagate stage does it."""

    def weights(self, ctx: Context, layer: Layer, x: Any) -> list[Weight]: ...

    def output(self, ctx: Context, layer: Layer, x: Any) -> Shapes: ...

    def keys(self, layer: Layer) -> tuple[str, ...]: ...


class Site(Protocol):
    """Where a layer is called: a node of the graph."""

    #: its number, and that of the node that owns its layer: another one for a later call
    index: int
    base: int

    @property
    def place(self) -> Place: ...


class Context:
    """One call of one layer (or of one inside it)."""

    __slots__ = (
        "again", "asked", "bounds", "by_name", "called", "facts", "filled", "inside", "known",
        "layer",
        "models", "named", "options", "requirements", "site", "tensors", "unbuilt",
    )  # fmt: skip

    def __init__(
        self, requirements: Requirements, bounds: Bounds, models: Models | None = None
    ) -> None:
        #: runs a model inside a model
        self.models = models
        self.requirements = requirements
        self.bounds = bounds
        #: a model is called on other shapes than it was built on: nothing is checked again
        self.again = False
        #: inside a chain that Keras could not build, and calls without building its layers
        self.unbuilt = False
        #: the weights made so far of a layer that is being built, where it holds others
        self.filled: list[Weight] = []
        #: where bounds are stated: what came of calls of layers that are alike, by the input
        self.known: dict[int, dict[Any, Any]] = {}
        #: what was required since the layer that is called now began, met or not
        self.asked: list[Requirement] = []
        #: an open size was called after the layer that is called now
        self.named = False
        #: what was found and did not stop the call
        self.facts: list[Fact] = []
        #: the layer that speaks now; inner layers take their turn
        self.layer: Layer | None = None
        #: the layer that is called, and where: a `reuse` calls a layer written elsewhere
        self.called: Layer | None = None
        self.site: Site | None = None
        #: what tells the call of the model in which this is from other calls of it
        self.inside = ""
        #: call arguments that are no tensors (`return_attention_scores`)
        self.options: dict[str, Any] = {}
        #: the model that is called is called on a mapping of its inputs
        self.by_name = False
        #: call arguments that are tensors, beside the first: `initial_state`, `mask`
        self.tensors: dict[str, Any] = {}

    # -- verdicts ---------------------------------------------------------------------------

    def _placed(self, fact: Fact) -> Fact:
        if not fact.place.path and self.layer is not None:
            fact.place = self._place(self.layer)
        return fact

    def _place(self, layer: Layer) -> Place:
        """Where a layer is written; for the one that is called, where it is called."""
        return self.site.place if layer is self.called and self.site is not None else layer.place

    def refuse(self, fact: Fact) -> NoReturn:
        """Keras refuses the model here."""
        fact.keras = "refuses"
        raise Refused(self._placed(fact))

    def unknown(self, fact: Fact) -> NoReturn:
        """Nobody can say what comes out here; whether Keras refuses is not claimed."""
        raise Refused(self._placed(fact))

    def warn(self, fact: Fact) -> None:
        """Keras builds it, and it fails or misleads."""
        self.facts.append(self._placed(fact))

    def required(self, requirement: Requirement) -> bool:
        """Whether it is required already: all recurrent layers ask for the same `T >= 1`."""
        self.asked.append(requirement)
        return key_of(requirement) in self.requirements.met

    def require(self, requirement: Requirement) -> None:
        """It runs only if this holds. A clash with an earlier requirement is a finding."""
        self.asked.append(requirement)
        key = key_of(requirement)
        if key in self.requirements.met:
            return
        place = self._place(self.layer) if self.layer is not None else None
        requirement = requirement._replace(origin=place)
        clashes = self.requirements.add(requirement)
        if clashes:
            text = text_of(requirement, self.bounds)
            # a requirement that nothing meets clashes with itself
            other = next((c for c in clashes if c is not requirement), None)
            origin = other.origin if other and isinstance(other.origin, Place) else None
            said = text_of(other, self.bounds) if other else None
            self.warn(Clash(text=text, other=said, origin=origin))
        else:
            self.requirements.met.add(key)

    # -- questions with three answers ----------------------------------------------------------

    def same(self, a: Dim, b: Dim, fact: Fact, *, open_fact: Fact | None = None) -> None:
        """Both must be equal: `fact` when they are not (`open_fact` when Keras cannot see it)."""
        if isinstance(a, int) and isinstance(b, int):
            if a != b:
                self.refuse(fact)
            return
        self.same_when_run(a, b, open_fact or fact)

    def same_when_run(self, a: Dim, b: Dim, fact: Fact) -> None:
        """Both must be equal, which Keras does not check when it builds."""
        answer = equal(a, b, self.bounds)
        if answer == "never":
            fact.keras = "builds"
            self.warn(fact)
        elif answer == "sometimes":
            self.require(Equal(a, b))

    def least(self, dim: Dim, low: int, fact: Fact) -> None:
        """`dim` must be at least `low`: refused for a number, required of an open dim."""
        if isinstance(dim, int):
            if dim < low:
                self.refuse(fact)
            return
        self.least_when_run(dim, low, fact)

    def least_when_run(self, dim: Dim, low: int, fact: Fact) -> None:
        """`dim` must be at least `low`, which Keras does not check when it builds."""
        answer = at_least(dim, low, self.bounds)
        if answer == "never":
            fact.keras = "builds"
            self.warn(fact)
        elif answer == "sometimes":
            self.require(AtLeast(dim, low))

    def multiple(self, dim: Dim, k: int, fact: Fact) -> None:
        """`dim` must be a multiple of `k`: refused for a number, required of an open dim."""
        if isinstance(dim, int):
            if dim % k:
                self.refuse(fact)
            return
        self.multiple_when_run(dim, k, fact)

    def multiple_when_run(self, dim: Dim, k: int, fact: Fact) -> None:
        """`dim` must be a multiple of `k`, which Keras does not check when it builds."""
        answer = divides(k, dim, self.bounds)
        if answer == "never":
            fact.keras = "builds"
            self.warn(fact)
        elif answer == "sometimes":
            self.require(Multiple(dim, k))

    def fixed(self, x: Shape, axis: int, weight: str) -> int:
        """The size of an axis as a number, for a weight: Keras refuses an open one."""
        dim = x[axis]
        if not isinstance(dim, int):
            self.refuse(OpenSize(weight=weight, axis=axis % len(x), shape=x))
        return dim

    def hidden(self, size: Dim, label: str) -> Dim:
        """A size that Keras shows as None although it can be known: it stays open here too.

        `label` names it, together with the layer; what is already open stays as it is.
        """
        if not isinstance(size, int):
            return size
        found = self.open(f"{label}_{size}")
        if isinstance(self.bounds, dict) and self.bounds is not NO_BOUNDS:
            self.bounds[str(found)] = (size, size)
        return found

    def open(self, label: str) -> Expr:
        """An open size of the layer's own: the same for the same `label`."""
        self.named = True
        layer = self.layer.name if self.layer is not None else "open"
        text = f"{layer}_{label}{self.which()}"
        return name("".join(c if c.isalnum() else "_" for c in text))

    def which(self) -> str:
        """What tells this call of the layer from others, here or in a model called twice."""
        site = self.site
        own = "" if site is None or site.index == site.base else f"_{site.index}"
        return own + self.inside

    def ranked(self, x: Shape, rank: Rank) -> None:
        """`x` must have the rank."""
        wanted = len(rank.axes)
        if len(x) < wanted or (len(x) > wanted and not rank.at_least):
            self.refuse(WrongRank(wants=rank.axes, shape=x, at_least=rank.at_least))

    # -- layers inside layers ------------------------------------------------------------------

    def weights(self, layer: Layer, x: Any) -> Weights:
        """The weights of a layer built on `x` (without its checks of rank), frozen if it is."""
        outer, self.layer = self.layer, layer
        before = len(self.filled)
        try:
            made = Weights(layer.weights(self, x))
            # of these are those of inner layers
            del self.filled[before:]
            self.fillable(layer, made)
        finally:
            self.layer = outer
        if outer is not None and outer is not layer:
            self.filled += made
        if layer.freezes and not layer.trainable:
            return Weights(w._replace(trainable=False) for w in made)
        return made

    def fillable(self, layer: Layer, made: list[Weight]) -> None:
        """Keras fills each weight as it makes it: its initializer must suit shape and dtype."""
        if not made:
            return
        dtype = layer.variable_dtype
        for number, weight in enumerate(made):
            how = weight.initializer
            if dtype in FLOATS and (how is None or (isinstance(how, str) and how in EASY)):
                continue
            if how == "orthogonal" and dtype == "float32" and len(weight.shape) > 1:
                continue  # of every recurrent layer
            wants = unsuited(how, weight.shape, dtype)
            if wants is not None:
                gets = f"{weight.name} of shape {weight.shape} and dtype {dtype}"
                frozen = layer.freezes and not layer.trainable
                self.filled += [
                    weight._replace(trainable=False) if frozen else weight
                    for weight in made[:number]
                ]
                fact = self._placed(Unmet(wants=wants, gets=gets))
                raise Refused(fact, unimplemented=wants == NOT_IMPLEMENTED)

    def inner_weights(self, layer: Layer, x: Any, prefix: str = "") -> list[Weight]:
        """The weights of an inner layer, named below it."""
        under = prefix or str(layer.name)
        made = self.weights(layer, x)
        # the outer layer may be of another dtype, and does not fill them
        return [w._replace(name=f"{under}/{w.name}", initializer=None) for w in made]

    def output(self, layer: Layer, x: Any) -> Shapes:
        """What a layer says comes out for `x`: Keras's `compute_output_shape`, no other check."""
        outer, self.layer = self.layer, layer
        try:
            return layer.output(self, x)
        finally:
            self.layer = outer

    def demanded(self, layer: Layer, x: Shape) -> None:
        """Check the rank that a layer demands: Keras does so in `__call__` only."""
        outer, self.layer = self.layer, layer
        try:
            rank = layer.demand()
            if rank is not None:
                self.ranked(x, rank)
        finally:
            self.layer = outer


def key_of(requirement: Requirement) -> tuple[Any, ...]:
    """By what it is kept in `Requirements.met`: what it says, not who says it."""
    return (type(requirement), *requirement[:2])


def shown(shapes: Sequence[Shape]) -> str:
    """Shapes for a fact's noun phrase."""
    return ", ".join("(" + ", ".join(show(d) for d in shape) + ")" for shape in shapes)
