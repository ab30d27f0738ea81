"""The grammar of a spec: plain tree in, `ModelSpec` and facts out. One reader for every format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape import slices
from lstmshape.facts import BadDim, Fact, KerasSays, Malformed, UnknownKey
from lstmshape.model import (
    UNREADABLE,
    Array,
    InputSpec,
    LayerSpec,
    ModelSpec,
    Ref,
    Refs,
    WrittenShape,
)
from lstmshape.source import Path, Place

MODEL_KEYS = (
    "name", "input", "inputs", "layers", "outputs", "compile", "data", "dims", "expect",
    "trainable",
)  # fmt: skip
#: keys of a model inside a model; `trainable` is an argument of Keras's own
NESTED_KEYS = ("name", "input", "inputs", "layers", "outputs", "trainable")
LAYER_KEYS = ("inputs", "call", "expect", "reuse", "name")
INPUT_KEYS = ("shape", "dtype", "batch_size")
COMPILE_KEYS = (
    "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly",
    "steps_per_execution", "jit_compile", "auto_scale_loss",
)  # fmt: skip
DATA_KEYS = ("x", "y", "batch_size")
EXPECT_KEYS = ("output", "outputs", "params", "trainable_params", "non_trainable_params")

#: Larger than any array; beyond it a size is a slip.
LARGEST_DIM = 2**63 - 1
LONGEST_SHAPE = 64


class SpecReader:
    """Reads one tree; `facts` says what was wrong in it."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    # -- models ---------------------------------------------------------------------------------

    def model(self, tree: Any, path: Path = (), *, nested: bool = False) -> ModelSpec:
        """The model at `path`; what cannot be read is left out and said."""
        if not isinstance(tree, dict):
            self._malformed(path, "a mapping with `layers`", tree)
            tree = {}
        self._keys(tree, NESTED_KEYS if nested else MODEL_KEYS, path)
        bindings, bounds = self._dims(tree.get("dims"), (*path, "dims"))
        return ModelSpec(
            path=path,
            name=self._text(tree.get("name"), (*path, "name")),
            inputs=self._inputs(tree, path),
            layers=self._layers(tree, path),
            outputs=self._outputs(tree, path),
            bindings=bindings,
            bounds=bounds,
            compile=self._section(tree, "compile", COMPILE_KEYS, path),
            data=self._section(tree, "data", DATA_KEYS, path),
            expect=self._section(tree, "expect", EXPECT_KEYS, path),
            trainable=nested or self._trainable(tree, path),
        )

    def _layers(self, tree: dict[str, Any], path: Path) -> list[LayerSpec]:
        at = (*path, "layers")
        entries = tree.get("layers")
        if not isinstance(entries, list):
            if "layers" in tree or tree:
                self._malformed(at if "layers" in tree else path, "`layers`, a list", entries)
            return []
        if not entries:
            self._malformed(at, "at least one layer", entries)
        return [self.entry(entry, (*at, index)) for index, entry in enumerate(entries)]

    def _section(
        self, tree: dict[str, Any], key: str, known: tuple[str, ...], path: Path
    ) -> dict[str, Any]:
        value = tree.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._malformed((*path, key), "a mapping of " + ", ".join(known), value)
            return {}
        self._keys(value, known, (*path, key))
        return value

    def _trainable(self, tree: dict[str, Any], path: Path) -> bool:
        value = tree.get("trainable", True)
        if not isinstance(value, bool):
            self._malformed((*path, "trainable"), "true or false", value)
        return value is not False

    def _outputs(self, tree: dict[str, Any], path: Path) -> Refs | None:
        if tree.get("outputs") is None:
            return None
        return self.refs(tree["outputs"], (*path, "outputs"))

    # -- inputs and shapes ------------------------------------------------------------------------

    def _inputs(self, tree: dict[str, Any], path: Path) -> list[InputSpec]:
        if "input" in tree and "inputs" in tree:
            self._malformed((*path, "input"), "`input` or `inputs`, not both", tree["input"])
        if tree.get("inputs") is not None:
            value, at = tree["inputs"], (*path, "inputs")
            if isinstance(value, dict):
                return [self._input(v, (*at, k), k) for k, v in value.items()]
            if isinstance(value, list) and all(isinstance(v, (list, dict)) for v in value):
                return [self._input(v, (*at, n), None) for n, v in enumerate(value)]
            self._malformed(at, "a mapping of names to shapes (for one input: `input`)", value)
            return []
        if tree.get("input") is not None:
            return [self._input(tree["input"], (*path, "input"), "input")]
        return []

    def _input(self, value: Any, path: Path, name: str | None) -> InputSpec:
        dtype, batch_size, at = "float32", None, path
        if isinstance(value, dict):
            self._keys(value, INPUT_KEYS, path)
            dtype = self._text(value.get("dtype"), (*path, "dtype")) or dtype
            batch_size = self._count(value.get("batch_size"), (*path, "batch_size"))
            if "shape" not in value:
                if not self.facts or self.facts[-1].place.path[: len(path)] != path:
                    self._malformed(path, "`shape`", value)
                return InputSpec(name, None, dtype, batch_size, path)
            value, at = value["shape"], (*path, "shape")
        return InputSpec(name, self.shape(value, at), dtype, batch_size, path)

    def shape(self, value: Any, path: Path) -> WrittenShape | None:
        """A shape as written, or None when it is none."""
        if not isinstance(value, list) or len(value) > LONGEST_SHAPE:
            self._malformed(path, "a shape: a list of sizes such as [T, 16]", value)
            self.facts[-1].keras = "refuses"
            return None
        good = [self._dim(dim, (*path, n)) for n, dim in enumerate(value)]
        return tuple(value) if all(good) else None

    def _dim(self, dim: Any, path: Path) -> bool:
        if dim is None or (type(dim) is int and 0 <= dim <= LARGEST_DIM):
            return True
        if isinstance(dim, str) and dim.isidentifier() and len(dim) <= 64:
            return True
        # Keras takes True for 1 and any integer; what else is no size it refuses as well
        keras: KerasSays = "refuses" if not isinstance(dim, int) or dim < 0 else None
        self.facts.append(BadDim(given=dim, place=Place(path), keras=keras))
        return False

    def _dims(
        self, value: Any, path: Path
    ) -> tuple[dict[str, int], dict[str, tuple[int, int | None]]]:
        bindings: dict[str, int] = {}
        bounds: dict[str, tuple[int, int | None]] = {}
        if value is None:
            return bindings, bounds
        if not isinstance(value, dict):
            self._malformed(path, "a mapping of names to sizes", value)
            return bindings, bounds
        for name, bound in value.items():
            if isinstance(bound, dict):
                self._keys(bound, ("min", "max"), (*path, name))
                low = self._count(bound.get("min"), (*path, name, "min"))
                high = self._count(bound.get("max"), (*path, name, "max"))
                if high is not None and high < (low or 0):
                    self._malformed((*path, name), "`min` not above `max`", bound)
                else:
                    bounds[name] = (low or 0, high)
            elif self._count(bound, (*path, name)) is not None:
                bindings[name] = bound
        return bindings, bounds

    def _count(self, value: Any, path: Path) -> int | None:
        if value is None or (type(value) is int and 0 <= value <= LARGEST_DIM):
            return value
        self.facts.append(BadDim(given=value, wants="an integer not below 0", place=Place(path)))
        return None

    # -- layer entries ----------------------------------------------------------------------------

    def entry(self, value: Any, path: Path, *, inner: bool = False) -> LayerSpec:
        """A layer entry; `inner` for a layer inside a layer, which is called by its wrapper."""
        if isinstance(value, str):
            return LayerSpec(path, value, {})
        if isinstance(value, dict):
            if len(value) == 1:
                # the short way for nine layers in ten
                ((key, arguments),) = value.items()
                if key not in LAYER_KEYS:
                    read = self._arguments(arguments, (*path, key))
                    return LayerSpec(path, key, read or {}, malformed=read is None)
            return self._long_entry(value, path, inner)
        self._malformed(path, "a layer: `Class: {arguments}`", value)
        return LayerSpec(path, None, {})

    def _long_entry(self, value: dict[str, Any], path: Path, inner: bool) -> LayerSpec:
        classes = [key for key in value if key not in LAYER_KEYS]
        reuse = value.get("reuse")
        if inner and (extra := [key for key in value if key in LAYER_KEYS]):
            self._malformed(
                (*path, extra[0]), "no such key on a layer inside a layer", value[extra[0]], "key"
            )
        if "reuse" in value:
            self._keys(value, LAYER_KEYS, path)
            classes = []
        elif "name" in value:
            self._malformed(
                (*path, "name"), "the name among the class's arguments", value["name"], "key"
            )
        if len(classes) > 1:
            self._second_class(classes, path)
        elif not classes and "reuse" not in value:
            self._malformed(path, "a layer: `Class: {arguments}`", value)
        name = classes[0] if classes else None
        arguments = self._arguments(value[name], (*path, name)) if name is not None else {}
        return LayerSpec(
            path=path,
            class_name=name,
            arguments=arguments or {},
            reuse=self._text(reuse, (*path, "reuse")),
            name=self._text(value.get("name"), (*path, "name")) if "reuse" in value else None,
            inputs=self._entry_refs(value, path),
            call=self._call(value, path),
            expect=value.get("expect"),
            malformed=arguments is None,
        )

    def _second_class(self, classes: list[str], path: Path) -> None:
        """More keys than one that are no entry key: a second class, or a slip in an entry key."""
        slips = [key for key in classes[1:] if key[:1].islower()]
        if slips:
            place = Place((*path, slips[0]), "key")
            self.facts.append(UnknownKey(key=slips[0], known=LAYER_KEYS, place=place))
        else:
            self._malformed((*path, classes[1]), "one class an entry", classes[1], "key")

    def _entry_refs(self, value: dict[str, Any], path: Path) -> Refs | None:
        if value.get("inputs") is None:
            return None
        return self.refs(value["inputs"], (*path, "inputs"))

    def _arguments(self, value: Any, path: Path) -> dict[str, Any] | None:
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        wants = f"the arguments of {path[-1]} as a mapping: {{name: value}}"
        self._malformed(path, wants, value)
        return None

    def _call(self, value: dict[str, Any], path: Path) -> dict[str, Any]:
        call = value.get("call")
        if call is None:
            return {}
        at = (*path, "call")
        if not isinstance(call, dict):
            self._malformed(at, "a mapping of call arguments", call)
            return {}
        getting = "ops>GetItem" in value or "reuse" in value
        return {
            key: self._index(v, (*at, key)) if key == "key" and getting
            else self._call_argument(v, (*at, key))
            for key, v in call.items()
        }  # fmt: skip

    def _index(self, value: Any, path: Path) -> Any:
        """An index, or a list of them: a slice is a text that could be taken for a reference."""
        if isinstance(value, list):
            return [self._index(v, (*path, n)) for n, v in enumerate(value)]
        index = slices.parse(value) if isinstance(value, str) else None
        if index is None and isinstance(value, str) and slices.looks_like_one(value):
            wants = 'an index: a number, a slice (`":"`, `"1:-1"`), `"..."` or null'
            self._malformed(path, wants, value)
            return 0
        return self._call_argument(value, path) if index is None else index

    # -- references -------------------------------------------------------------------------------

    def refs(self, value: Any, path: Path) -> Refs:
        """What a layer is called on."""
        if isinstance(value, str):
            return ref(value, path)
        if isinstance(value, list):
            return [self._listed_ref(v, (*path, n)) for n, v in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._call_argument(v, (*path, key)) for key, v in value.items()}
        self._malformed(path, "the name of a layer or input, or a list of them", value)
        return UNREADABLE

    def _listed_ref(self, value: Any, path: Path) -> Refs:
        if not isinstance(value, dict):
            return self.refs(value, path)
        self._malformed(path, "the name of a layer or input", value)
        return UNREADABLE

    def _call_argument(self, value: Any, path: Path) -> Any:
        """References where names stand; anything else is an option of the call."""
        if isinstance(value, str):
            return ref(value, path)
        if isinstance(value, list):
            return [self._call_argument(v, (*path, n)) for n, v in enumerate(value)]
        array = Array.read(value)
        if isinstance(value, dict) and array is None:
            self._malformed(path, "the name of a layer, a list of them, or a plain value", value)
            return None
        return value if array is None else array

    # -- small things -----------------------------------------------------------------------------

    def _keys(self, value: dict[str, Any], known: tuple[str, ...], path: Path) -> None:
        for key in value:
            if key not in known:
                place = Place((*path, key), "key")
                self.facts.append(UnknownKey(key=key, known=known, place=place))

    def _text(self, value: Any, path: Path) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self._malformed(path, "a text", value)
        return None

    def _malformed(self, path: Path, wants: str, given: Any, part: Any = "value") -> None:
        self.facts.append(Malformed(wants=wants, given=given, place=Place(path, part)))


def ref(text: str, path: Path) -> Ref:
    """`name` or `name:k`."""
    name, colon, index = text.rpartition(":")
    if colon and index.isdecimal() and len(index) < 6:
        return Ref(name, int(index), path)
    return Ref(text, None, path)


def each_ref(refs: Any) -> Iterator[Ref]:
    """All references in what a layer is called on, in order."""
    waiting = [refs]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Ref):
            yield here
        elif isinstance(here, dict):
            waiting.extend(reversed(here.values()))
        elif isinstance(here, list):
            waiting.extend(reversed(here))


def read_spec(tree: Any) -> tuple[ModelSpec, list[Fact]]:
    """The model that a tree says, and what is wrong in it."""
    reader = SpecReader()
    return reader.model(tree), reader.facts
