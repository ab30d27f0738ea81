"""The initializers, regularizers and constraints of Keras 3.15, as layer arguments take them.

One is written as its name (`he_normal`), as an entry like a layer's (`{HeNormal: {seed: 1}}`), or
as Keras saves it (`{class_name: HeNormal, config: {seed: 1}}`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isinf
from typing import Any, NamedTuple

from lstmshape.layers.arguments import Invalid, Kind
from lstmshape.naming import snake_case
from lstmshape.near import near_names

Check = Callable[[Any], bool]


class KerasObject(NamedTuple):
    """One initializer, regularizer or constraint: its class and its constructor's arguments."""

    class_name: str
    config: dict[str, Any]


class Family:
    """The classes of one of Keras's modules, and the names by which `get` finds them."""

    def __init__(
        self,
        module: str,
        what: str,
        classes: Mapping[str, Mapping[str, Check]],
        aliases: Mapping[str, str],
        *,
        required: Mapping[str, str] | None = None,
        entry: Mapping[str, str] | None = None,
    ) -> None:
        self.module = module
        self.what = what
        self.classes = classes
        #: an argument that the class cannot do without
        self.required = required or {}
        self.names = {name: name for name in classes}
        self.names.update((snake_case(name), name) for name in classes)
        self.names.update(aliases)
        #: further names in `keras.*`, which `get` does not find but an entry may bear
        self.entries = {**self.names, **(entry or {})}

    def read(self, value: Any) -> KerasObject | None:
        """What a written value means; None for null and for what means nothing."""
        names = self.names
        if isinstance(value, str):
            name, config = value, None
        elif isinstance(value, dict) and isinstance(value.get("class_name"), str):
            name, config = value["class_name"], value.get("config")
        elif isinstance(value, dict) and len(value) == 1:
            name, config = next(iter(value.items()))
            names = self.entries
        else:
            return None
        if name not in names or not (config is None or isinstance(config, dict)):
            return None
        return KerasObject(names[name], config or {})

    def fault(self, made: KerasObject) -> str | None:
        """What Keras would not take in its arguments, as a noun phrase of what it wants."""
        known = self.classes[made.class_name]
        for key, value in made.config.items():
            if key not in known:
                listed = ", ".join(f"`{name}`" for name in known)
                return f"{made.class_name} with {listed or 'no arguments'}, not with `{key}`"
            if not known[key](value):
                return f"another `{key}` of {made.class_name} than {value!r}"
        key = self.required.get(made.class_name, "")
        return f"{made.class_name} with its `{key}`" if key and key not in made.config else None

    def kind(self) -> Kind:
        """The kind of argument that takes one of these, or null."""
        wants = f"the name of {self.what}, or null"

        def check(value: Any) -> Any:
            if value is None:
                return None
            made = self.read(value)
            if made is None:
                raise Invalid(wants, near=self._near(value))
            fault = self.fault(made)
            if fault is not None:
                raise Invalid(fault)
            return value

        schema = {
            "anyOf": [
                {"enum": [*sorted(set(self.names) - _ABSTRACT), None]},
                {"type": "object"},
            ]
        }
        return Kind(wants, check, schema)

    def _near(self, value: Any) -> Any:
        """`he-normal` for `he_normal`; `{l2: 0.01}` for `{L2: {l2: 0.01}}`."""
        if isinstance(value, dict) and len(value) == 1:
            ((key, inner),) = value.items()
            cls = self.entries.get(key)
            if cls is not None and not isinstance(inner, (dict, list)) and self.classes[cls]:
                return {cls: {next(iter(self.classes[cls])): inner}}
        near = near_names(value, self.names) if isinstance(value, str) else ()
        return near[0] if near else None


#: classes that cannot be used themselves, although their names resolve
_ABSTRACT = {
    "Initializer", "initializer", "Regularizer", "regularizer", "Constraint", "constraint",
}  # fmt: skip


def _any(value: Any) -> bool:
    return True


def _number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _filling(value: Any) -> bool:
    return _number(value) or isinstance(value, list)


def _seed(value: Any) -> bool:
    if isinstance(value, int):
        return -1 < value < 1 << 32
    return value is None or (isinstance(value, dict) and "class_name" in value)


def _scale(value: Any) -> bool:
    return _number(value) and not value <= 0


def _penalty(value: Any) -> bool:
    return value is None or _factor(value)


def _factor(value: Any) -> bool:
    return _number(value) and value >= 0 and not isinf(value)


def _one_of(*names: str | None, fold: bool = False) -> Check:
    def check(value: Any) -> bool:
        if not isinstance(value, str):
            return value is None and None in names
        return (value.lower() if fold else value) in names

    return check


_FANS: dict[str, Check] = {"seed": _seed, "input_axes": _any, "output_axes": _any}
_NORMAL: dict[str, Check] = {"mean": _number, "stddev": _number, "seed": _seed}

INITIALIZERS = Family(
    "keras.initializers",
    "an initializer",
    {
        "Zeros": {},
        "Ones": {},
        "Constant": {"value": _filling},
        "GlorotUniform": _FANS,
        "GlorotNormal": _FANS,
        "HeUniform": _FANS,
        "HeNormal": _FANS,
        "LecunUniform": _FANS,
        "LecunNormal": _FANS,
        "RandomNormal": _NORMAL,
        "TruncatedNormal": _NORMAL,
        "RandomUniform": {"minval": _number, "maxval": _number, "seed": _seed},
        "VarianceScaling": {
            "scale": _scale,
            "mode": _one_of("fan_in", "fan_out", "fan_avg"),
            "distribution": _one_of(
                "uniform", "normal", "truncated_normal", "untruncated_normal", fold=True
            ),
            **_FANS,
        },
        "Orthogonal": {"gain": _number, "seed": _seed},
        "Identity": {"gain": _number},
        "STFT": {
            "side": _one_of("real", "imag"),
            "window": _any,
            "scaling": _one_of("density", "spectrum", None),
            "periodic": _any,
        },
        "Initializer": {},
    },
    {
        "IdentityInitializer": "Identity",
        "OrthogonalInitializer": "Orthogonal",
        "STFTInitializer": "STFT",
        "normal": "RandomNormal",
        "uniform": "RandomUniform",
        "zero": "Zeros",
        "one": "Ones",
    },
    required={"Constant": "value"},
)

REGULARIZERS = Family(
    "keras.regularizers",
    "a regularizer",
    {
        "L1": {"l1": _penalty},
        "L2": {"l2": _penalty},
        "L1L2": {"l1": _penalty, "l2": _penalty},
        "OrthogonalRegularizer": {"factor": _factor, "mode": _one_of("rows", "columns")},
        "Regularizer": {},
    },
    {},
    entry={"l1_l2": "L1L2"},
)

CONSTRAINTS = Family(
    "keras.constraints",
    "a constraint",
    {
        "MaxNorm": {"max_value": _any, "axis": _any},
        "MinMaxNorm": {"min_value": _any, "max_value": _any, "rate": _any, "axis": _any},
        "NonNeg": {},
        "UnitNorm": {"axis": _any},
        "Constraint": {},
    },
    {},
)

INITIALIZER = INITIALIZERS.kind()
REGULARIZER = REGULARIZERS.kind()
CONSTRAINT = CONSTRAINTS.kind()

#: Initializers that fill a weight of any shape, as long as its dtype is a float.
EASY = frozenset(
    name
    for name, cls in INITIALIZERS.names.items()
    if cls not in ("Orthogonal", "Identity", "STFT", "Initializer", "Constant")
)
FLOATS = frozenset(("float32", "float64", "float16", "bfloat16"))
_COMPLEX = frozenset(("complex64", "complex128"))
#: what JAX says by `NotImplementedError`, and not by another exception
NOT_IMPLEMENTED = "float32 or float64 weights for Orthogonal"
_DETERMINED = frozenset(("Zeros", "Ones", "Constant", "Identity", "STFT"))


def unsuited(initializer: Any, shape: tuple[int, ...], dtype: str) -> str | None:
    """Why Keras could not fill a weight: a noun phrase of what is wanted, or None.

    `initializer` is None where Keras chooses one that suits.
    """
    if dtype == "string":
        return "weights of a numeric dtype"
    made = INITIALIZERS.read(initializer)
    if made is None:
        return None
    name = made.class_name
    complex_too = dtype in _COMPLEX and name in ("RandomNormal", "Orthogonal")
    if name not in _DETERMINED and dtype not in FLOATS and not complex_too:
        return f"weights of a floating dtype for {name}"
    if name == "Orthogonal":
        return _unsuited_orthogonal(shape, dtype)
    if name == "Identity" and len(shape) != 2:
        return "a weight of 2 axes for Identity"
    if name == "STFT" and (len(shape) != 3 or dtype == "bool" or dtype.startswith("uint")):
        return "a weight of 3 axes, of signed numbers, for STFT"
    if name == "Constant":
        return _unsuited_constant(made.config.get("value"), shape)
    return "an initializer that is not abstract" if name == "Initializer" else None


def _unsuited_orthogonal(shape: tuple[int, ...], dtype: str) -> str | None:
    if len(shape) < 2:
        return "a weight of at least 2 axes for Orthogonal"
    if dtype in ("float16", "bfloat16") and 0 not in shape:
        return NOT_IMPLEMENTED
    return None


def _unsuited_constant(value: Any, shape: tuple[int, ...]) -> str | None:
    """A list is broadcast against the weight's shape, which must stay as it is."""
    sizes: list[int] = []
    while isinstance(value, list):
        sizes.append(len(value))
        value = value[0] if value else 0
    tail = shape[len(shape) - len(sizes) :] if sizes else ()
    fits = len(sizes) <= len(shape) and all(
        size in (1, wanted) for size, wanted in zip(sizes, tail, strict=False)
    )
    return None if fits else "a value for Constant that fills the weight"
