"""From a layer entry to a layer: the class found, its arguments checked as Keras does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from lstmshape.facts import (
    AmbiguousInput,
    BadArgument,
    Fact,
    GoneClass,
    InputOnLayer,
    LegacyArgument,
    Malformed,
    MissingArgument,
    OddArgument,
    OpenLayer,
    UnknownArgument,
    UnknownClass,
)
from lstmshape.layers import all_layers, find
from lstmshape.layers.alike import TWINS, Alike, plain_key, remember
from lstmshape.layers.arguments import Argument, Invalid
from lstmshape.layers.base import Layer
from lstmshape.layers.legacy import today
from lstmshape.model import LayerSpec, ModelSpec
from lstmshape.naming import Namer, snake_case
from lstmshape.near import near_names
from lstmshape.source import Path, Place
from lstmshape.spec import LARGEST_DIM, SpecReader

#: Arguments by which a first layer says what the model reads; Keras 3 takes the first two.
INPUT_ARGUMENTS = ("input_shape", "input_dim", "batch_input_shape", "batch_shape", "input_length")
_TAKEN = ("input_shape", "input_dim")


class Binder:
    """Makes layers of one file; `facts` says what Keras would not take."""

    def __init__(self, namer: Namer, facts: list[Fact], model: Callable[..., Any]) -> None:
        self.namer = namer
        self.facts = facts
        #: makes the graph of a model inside a model
        self._model = model
        #: what was said of classes that are not Keras's, by name
        self._said: dict[str, Fact] = {}

    def layer(self, spec: LayerSpec, *, first: bool = False) -> Layer | None:
        """The layer of an entry, or None when Keras would not make one (the facts say why)."""
        if spec.class_name is None or spec.malformed:
            return None
        cls = find(spec.class_name)
        if cls is None:
            return self._unknown(spec)
        if cls.holds_model:
            return self._nested(cls, spec)
        if ">" in spec.class_name:
            self._gone(cls, spec)
        before, alike = len(self.facts), _alike(cls, spec.arguments)
        twin = TWINS.get(alike)
        if twin is not None and "name" not in spec.arguments:
            return self._again(twin, spec, self.namer.take(cls.base_name()))
        layer = self._bound(cls, spec, first) if twin is None else self._again(twin, spec, None)
        if layer is None or self._refused_since(before):
            return None
        if alike is not None and twin is None and len(self.facts) == before:
            remember(TWINS, alike, layer)
        if layer.name is None:
            layer.__dict__["name"] = self.namer.take(cls.base_name())
        layer.settle(self.namer.take)
        return layer

    def _again(self, twin: Layer, spec: LayerSpec, name: str | None) -> Layer:
        """A layer that differs from another at most in its name: all else was checked."""
        if twin.alike is None:
            twin.__dict__["alike"] = Alike()
        layer = object.__new__(type(twin))
        values = layer.__dict__
        values.update(twin.__dict__)
        values["path"], values["written"], values["name"] = spec.path, spec.class_name, name
        if name is None and "name" in spec.arguments:
            self._checked(type(twin), spec, "name", type(twin).arguments["name"], values)
        return layer

    def _bound(self, cls: type[Layer], spec: LayerSpec, first: bool) -> Layer | None:
        """A layer with its arguments, checked one by one and then together."""
        values: dict[str, Any] = {"path": spec.path, "written": spec.class_name}
        if cls.opaque and spec.expect is not None:
            values["expect"] = spec.expect
        before = len(self.facts)
        known, given = cls.arguments, spec.arguments
        for key, value in given.items():
            argument = known.get(key)
            if argument is None:
                if not cls.any_argument:
                    self._stranger(cls, spec, key, value, first)
            elif argument.kind.holds:
                values[key] = self._inner(argument, value, (*spec.class_path, key), spec)
            else:
                self._checked(cls, spec, key, argument, values)
        if not all(key in given for key in cls.required):
            self._missing(cls, spec)
        if self._refused_since(before):
            return None
        layer = cls(**values)
        for key, wants in layer.check():
            self._bad(cls, spec, key, given.get(key), wants)
        return layer

    def _refused_since(self, before: int) -> bool:
        return len(self.facts) > before and any(
            fact.keras == "refuses" for fact in self.facts[before:]
        )

    def _checked(
        self,
        cls: type[Layer],
        spec: LayerSpec,
        key: str,
        argument: Argument,
        values: dict[str, Any],
    ) -> None:
        value = spec.arguments[key]
        if isinstance(value, (int, list)) and not _countable(value):
            self._bad(cls, spec, key, value, "a number that 64 bits hold")
            return
        try:
            values[key] = argument.kind.check(value)
        except Invalid as invalid:
            if invalid.builds:
                values[key] = invalid.value
                self._say(
                    OddArgument(
                        class_name=cls.__name__, argument=key, given=value, means=invalid.wants,
                        near=invalid.near,
                    ),
                    spec, key,
                )  # fmt: skip
            else:
                self._bad(cls, spec, key, value, invalid.wants, invalid.near)

    def _bad(
        self, cls: type[Layer], spec: LayerSpec, key: str, given: Any, wants: str, near: Any = None
    ) -> None:
        fact = BadArgument(
            class_name=cls.__name__, argument=key, given=given, wants=wants, near=near
        )
        self._say(fact, spec, key)

    def _say(self, fact: Fact, spec: LayerSpec, key: str, part: Any = "value") -> None:
        written = key in spec.arguments
        path = (*spec.class_path, key) if written else spec.class_path
        fact.place = Place(path, part if written else "key")
        self.facts.append(fact)

    def _missing(self, cls: type[Layer], spec: LayerSpec) -> None:
        """Required arguments that are not there, unless an old name or a slip stands for one."""
        strangers = [key for key in spec.arguments if key not in cls.arguments]
        renamed = {self._today(cls, key) for key in strangers}
        for key in cls.required:
            argument = cls.arguments[key]
            if key not in spec.arguments and key not in renamed:
                if any(key in near_names(stranger, cls.arguments) for stranger in strangers):
                    continue
                fact = MissingArgument(
                    class_name=cls.__name__, argument=key, wants=argument.kind.wants
                )
                self._say(fact, spec, key)

    @staticmethod
    def _today(cls: type[Layer], key: str) -> str | None:
        """What an argument of old Keras is called today."""
        if key in cls.ignored:
            return None
        return cls.renamed.get(key) or today(key, cls.arguments)

    def _stranger(
        self, cls: type[Layer], spec: LayerSpec, key: str, value: Any, first: bool
    ) -> None:
        """An argument that the class does not have."""
        fact: Fact
        now = self._today(cls, key)
        if now is not None and now not in spec.arguments:
            fact = LegacyArgument(class_name=cls.__name__, argument=key, given=value, now=now)
        elif key in cls.ignored:
            fact = LegacyArgument(
                class_name=cls.__name__, argument=key, given=value, why=cls.ignored[key],
                keras="builds",
            )  # fmt: skip
        elif key in INPUT_ARGUMENTS:
            fact = input_on_layer(cls, key, spec.arguments, first)
        else:
            fact = UnknownArgument(
                class_name=cls.__name__, argument=key, known=tuple(cls.arguments)
            )
        self._say(fact, spec, key, "key")

    def _inner(self, argument: Argument, value: Any, path: Path, spec: LayerSpec) -> Any:
        """The layer, or layers, in an argument."""
        if value is None and not argument.required:
            return None
        if argument.kind.holds == "layers" and isinstance(value, list):
            return tuple(self._one_inner(v, (*path, n)) for n, v in enumerate(value))
        return self._one_inner(value, path)

    def _one_inner(self, value: Any, path: Path) -> Layer | None:
        reader = SpecReader()
        entry = reader.entry(value, path, inner=True)
        for fact in reader.facts:
            fact.keras = "refuses"
        self.facts.extend(reader.facts)
        layer = self.layer(entry)
        return None if layer is not None and self._is_operation(layer, path) else layer

    def _is_operation(self, layer: Layer, path: Path) -> bool:
        """Whether it is an operation where Keras takes only a layer, which is said."""
        if layer.operation:
            wants = "a layer: an operation stands only in a functional model"
            fact = Malformed(wants=wants, given=layer.class_name, place=Place(path))
            fact.keras = "refuses"
            self.facts.append(fact)
        return layer.operation

    def _nested(self, cls: type[Layer], spec: LayerSpec) -> Layer | None:
        """A model as a layer."""
        reader = SpecReader()
        before = len(self.facts)
        sub: ModelSpec = reader.model(spec.arguments, spec.class_path, nested=True)
        for fact in reader.facts:
            if isinstance(fact, Malformed):
                fact.keras = "refuses"
        self.facts.extend(reader.facts)
        graph = self._model(sub, self, cls.__name__ == "Sequential")
        if cls.__name__ == "Sequential":
            for node in graph.nodes:
                if node.layer is not None:
                    self._is_operation(node.layer, node.path)
        unsaid = any(isinstance(fact, AmbiguousInput) for fact in self.facts[before:])
        if unsaid or self._refused_since(before):
            return None
        self._draw_functionals(graph, cls.__name__ == "Sequential")
        name = sub.name if sub.name is not None else self.namer.take(cls.base_name())
        trainable = spec.arguments.get("trainable", True)
        return cls(
            name=name,
            trainable=bool(trainable),
            graph=graph,
            path=spec.path,
            written=spec.class_name,
        )

    def _draw_functionals(self, graph: Any, chain: bool) -> None:
        """A chain that is built makes a model of its own in Keras, which draws a name.

        Built are those that wait for an input, once what they stand in has one.
        """
        if _waits(graph):
            return
        for _ in range(_waiting(graph, chain)):
            self.namer.take("functional")
        for base in _drawn_when_built(graph, chain):
            self.namer.take(base)

    def _unknown(self, spec: LayerSpec) -> Layer | None:
        """A class that Keras does not have: open, if the spec shows that it is meant to be one.

        It does by saying what comes out, or by naming the class as Keras names what is not its
        own: `package>Class`.
        """
        name = str(spec.class_name)
        stated = spec.expect is not None or "output_shape" in spec.arguments
        if name.startswith("ops>"):
            place = Place(spec.class_path, "key")
            self.facts.append(UnknownClass(name=name, near=_near_operations(name), place=place))
            return None
        near = () if ">" in name else near_names(name, all_layers())
        # a class of one's own is often called after Keras's: `MyAttention`; a slip is as long
        slip = any(abs(len(each) - len(name)) < 2 for each in near)
        if ">" in name or (stated and not slip):
            return self._foreign(name, spec)
        place = Place(spec.class_path, "key")
        self.facts.append(UnknownClass(name=name, near=near, place=place))
        return None

    def _foreign(self, name: str, spec: LayerSpec) -> Layer | None:
        """A layer of which nothing is known but what the spec says comes out of it."""
        custom = find("CustomLayer")
        assert custom is not None
        shape = spec.arguments.get("output_shape")
        before = len(self.facts)
        values: dict[str, Any] = {}
        if shape is not None:
            output = custom.arguments["output_shape"]
            self._checked(custom, spec, "output_shape", output, values)
        if self._refused_since(before):
            return None
        known = spec.expect is not None or shape is not None
        place = Place(spec.class_path, "key")
        fact = OpenLayer(name=name.removeprefix("Custom>"), stated=known, place=place)
        # a class is said to be unknown once, wherever else it stands
        said = self._said.setdefault(name, fact)
        said.stated = said.stated and known  # type: ignore[attr-defined]  # an OpenLayer
        if said is fact:
            self.facts.append(fact)
        own = spec.arguments.get("name")
        own = own if isinstance(own, str) else self.namer.take(base_of_custom(name))
        return custom(
            name=own, stated=name, expect=spec.expect, said=said, path=spec.path,
            written=name, **values,
        )  # fmt: skip

    def _gone(self, cls: type[Layer], spec: LayerSpec) -> None:
        """A layer of old Keras is judged as it was; that Keras 3 has none is said once."""
        name = str(spec.class_name)
        now = getattr(cls, "now", None)
        if now is not None and name not in self._said:
            fact = GoneClass(name=name, now=now or None, place=Place(spec.class_path, "key"))
            self._said[name] = fact
            self.facts.append(fact)


def _near_operations(name: str) -> tuple[str, ...]:
    """The operations of Keras that are written almost so, or as its functions are called."""
    from lstmshape.layers.operations import signatures

    word = name.removeprefix("ops>").strip()
    same = [known for known in signatures() if snake_case(known) == snake_case(word)]
    return tuple(f"ops>{known}" for known in same or near_names(word, list(signatures())))


def _waits(graph: Any) -> bool:
    """Whether a model takes its input from where it is called."""
    inputs = [graph.nodes[index].input for index in graph.inputs]
    return any(one is None or one.shape is None for one in inputs)


def _waiting(graph: Any, chain: bool) -> int:
    """How many chains are built with it: it, and those inside without an input of their own."""
    layers = _built_in(graph, chain)
    whole = chain and len(layers) == len(_layers(graph))
    return whole + sum(map(_waiting_in, layers))


def _waiting_in(layer: Layer) -> int:
    if layer.holds_model:
        graph = layer.graph  # type: ignore[attr-defined]  # a layer that holds a model
        return _waiting(graph, True) if _waits(graph) else 0
    return sum(map(_waiting_in, layer.inner()))


def _layers(graph: Any) -> list[Layer]:
    """The layers of a model, each once."""
    found = {id(node.layer): node.layer for node in graph.nodes if node.layer is not None}
    return list(found.values())


def _built_in(graph: Any, chain: bool) -> list[Layer]:
    """The layers that are built with a model: a chain is left at one that JAX cannot fill."""
    layers = _layers(graph)
    return list(takewhile(lambda layer: not layer.unfillable(), layers)) if chain else layers


def _alike(cls: type[Layer], arguments: dict[str, Any]) -> tuple[Any, ...] | None:
    """What layers have in common that differ at most in their names; None where it is not plain."""
    if not cls.comparable or ("name" in arguments and "name" not in cls.arguments):
        return None
    return plain_key(cls, arguments)


def _countable(value: Any) -> bool:
    """Whether the integers in a value are no larger than any array."""
    if isinstance(value, list):
        return all(map(_countable, value))
    return type(value) is not int or abs(value) <= LARGEST_DIM


def _drawn_when_built(graph: Any, chain: bool) -> Iterator[str]:
    """The base names that the layers of a model draw when they are built, which is when it is."""
    for layer in _built_in(graph, chain):
        yield from layer.drawn_when_built
        if layer.holds_model and _waits(layer.graph):  # type: ignore[attr-defined]  # a model
            yield from _drawn_when_built(layer.graph, True)  # type: ignore[attr-defined]  # as above


def base_of_custom(name: str) -> str:
    """What automatic names of a class begin with that is not Keras's: `my>Pool` gives `pool`."""
    return snake_case(name.rpartition(">")[2].rpartition(".")[2]) or "layer"


def input_on_layer(
    cls: type[Layer], key: str, arguments: dict[str, Any], first: bool
) -> InputOnLayer:
    """What an `input_shape` and its kin on a layer say, and whether Keras 3 takes it."""
    rank = cls.rank
    flat = key == "input_dim" and first and rank is not None and len(rank.axes) > 2
    # a class that does not take `trainable` has no `**kwargs`
    taken = key in _TAKEN and "trainable" not in cls.refuses
    keras: Any = "builds" if taken and not flat else "refuses"
    return InputOnLayer(
        class_name=cls.__name__, argument=key, given=arguments[key], used=first,
        meant=meant_input(cls, arguments) if first else None, keras=keras,
    )  # fmt: skip


def meant_input(cls: type[Layer], arguments: dict[str, Any]) -> tuple[Any, ...] | None:
    """The input shape, without batch, that the arguments of a first layer mean; else None."""
    shape = arguments.get("input_shape")
    if shape is None:
        for key in ("batch_input_shape", "batch_shape"):
            whole = arguments.get(key)
            if isinstance(whole, list) and whole and key not in cls.arguments:
                shape = whole[1:]
    if isinstance(shape, int) and not isinstance(shape, bool):
        shape = [shape]
    if isinstance(shape, list) and all(d is None or type(d) is int for d in shape):
        return tuple(shape)
    if "input_dim" in arguments and "input_dim" not in cls.arguments:
        size = arguments["input_dim"]
        sequence = cls.rank is not None and len(cls.rank.axes) > 2
        return (arguments.get("input_length"), size) if sequence else (size,)
    return None
