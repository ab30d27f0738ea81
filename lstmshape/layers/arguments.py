"""What may stand in a layer's argument: kinds that check a value as Keras does.

A kind turns what the spec says into what the layer uses, or raises `Invalid`. With `builds=True`
Keras takes the value, but not as its author meant it: the caller goes on with `value` and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Invalid(Exception):
    """A value that does not do; `wants` is a noun phrase, `near` what was probably meant."""

    def __init__(
        self, wants: str, *, near: Any = None, builds: bool = False, value: Any = None
    ) -> None:
        super().__init__(wants)
        self.wants = wants
        self.near = near
        self.builds = builds
        self.value = value


class Kind(NamedTuple):
    """A kind of argument. `schema` is its JSON Schema; `holds`: that layer entries stand there."""

    wants: str
    check: Callable[[Any], Any]
    schema: dict[str, Any]
    holds: str = ""


class Argument(NamedTuple):
    """One argument of a layer class."""

    kind: Kind
    doc: str
    default: Any
    required: bool


def argument(kind: Kind, doc: str, default: Any = ..., *, required: bool | None = None) -> Any:
    """Declare an argument; without a default it is required."""
    is_required = default is ... if required is None else required
    return Argument(kind, doc, None if default is ... else default, is_required)


def is_int(value: Any) -> bool:
    """An integer that is no boolean."""
    return type(value) is int


def near_integer(value: Any) -> int | None:
    """The integer that was probably meant: of `3.0`, `"3"`, `[3]`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
        return int(value)  # longer ones are no sizes, and Python may not even read them
    return None


def integer(
    wants: str, low: int | None = None, *, booleans: bool = True, optional: bool = False
) -> Kind:
    """An integer not below `low`; Keras mostly takes True for 1 (`booleans`)."""

    def check(value: Any) -> Any:
        if type(value) is int and (low is None or value >= low):
            return value
        if value is None and optional:
            return None
        if value is True and booleans and (low is None or low <= 1):
            raise Invalid(wants, near=1, builds=True, value=1)
        if value is False and booleans and (low is None or low <= 0):
            raise Invalid(wants, near=0, builds=True, value=0)
        near = near_integer(value)
        raise Invalid(
            wants, near=near if near is not None and (low is None or near >= low) else None
        )

    schema: dict[str, Any] = {"type": ["integer", "null"] if optional else "integer"}
    if low is not None:
        schema["minimum"] = low
    return Kind(wants, check, schema)


def sizes(rank: int, low: int = 1, *, optional: bool = False, name: str = "integer") -> Kind:
    """One integer for all `rank` axes, or a list of `rank` integers; always a tuple afterwards."""
    what = f"an {name} not below {low}" if low else f"a non-negative {name}"
    wants = what if rank == 1 else f"{what}, or {rank} of them"

    def check(value: Any) -> Any:
        if value is None and optional:
            return None
        items = value if isinstance(value, (list, tuple)) else [value] * rank
        numbers = tuple(int(item) for item in items if isinstance(item, int))
        if len(items) != rank or len(numbers) != rank or any(n < low for n in numbers):
            near = near_integer(value)
            raise Invalid(wants, near=near if near is not None and near >= low else None)
        if any(isinstance(item, bool) for item in items):
            raise Invalid(wants, builds=True, value=numbers)
        return numbers

    one: dict[str, Any] = {"type": "integer", "minimum": low}
    forms: list[dict[str, Any]] = [
        one, {"type": "array", "items": one, "minItems": rank, "maxItems": rank}
    ]  # fmt: skip
    if optional:
        forms.append({"type": "null"})
    return Kind(wants, check, {"anyOf": forms})


def choice(*names: Any, fold: bool = False, wants: str = "") -> Kind:
    """One of a few names (None may be among them); `fold` where Keras lower-cases first."""
    from lstmshape.near import near_names

    wanted = wants or "one of " + ", ".join("null" if n is None else str(n) for n in names)
    texts = tuple(n for n in names if isinstance(n, str))

    def check(value: Any) -> Any:
        if value is None or isinstance(value, str):
            key = value.lower() if fold and isinstance(value, str) else value
            if key in names:
                return key
        near = near_names(value, texts) if isinstance(value, str) else ()
        raise Invalid(wanted, near=near[0] if near else None)

    return Kind(wanted, check, {"enum": list(names)})


def _boolean(value: Any) -> Any:
    if value is True or value is False:
        return value
    meant = {"true": True, "false": False, "yes": True, "no": False}
    near = meant.get(value.lower()) if isinstance(value, str) else None
    raise Invalid("true or false", near=near, builds=True, value=bool(value))


#: Keras only ever asks whether it is true: `"false"` is.
BOOLEAN = Kind("true or false", _boolean, {"type": "boolean"})


def _near_number(value: Any, low: float | None, high: float | None) -> float | None:
    """The number that was probably meant by a text, or by a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    try:
        meant = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    inside = (low is None or meant >= low) and (high is None or meant <= high)
    return meant if inside and meant == meant else None


def number(
    wants: str,
    low: float | None = None,
    high: float | None = None,
    *,
    optional: bool = False,
    soft: bool = False,
    nan: bool = False,
) -> Kind:
    """A number between `low` and `high`, both included.

    `soft` where Keras clips it in silence, `nan` where its comparison lets that pass.
    """

    def check(value: Any) -> Any:
        if value is None and optional:
            return None
        if isinstance(value, (int, float)) and value == value:
            inside = (low is None or value >= low) and (high is None or value <= high)
            if inside and not isinstance(value, bool):
                return value
            if inside or soft:
                huge = isinstance(value, int) and value.bit_length() > 1000  # no float holds it
                raise Invalid(wants, builds=True, value=value if huge else float(value))
        if nan and value != value:
            raise Invalid(wants, builds=True, value=value)
        raise Invalid(wants, near=_near_number(value, low, high))

    schema: dict[str, Any] = {"type": ["number", "null"] if optional else "number"}
    if low is not None:
        schema["minimum"] = low
    if high is not None:
        schema["maximum"] = high
    return Kind(wants, check, schema)


def anything(wants: str = "any value") -> Kind:
    """What Keras does not check, and no shape depends on."""
    return Kind(wants, lambda value: value, {})


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    raise Invalid("a text")


TEXT = Kind("a text", _text, {"type": "string"})

NUMBER = number("a number")


def _name(value: Any) -> Any:
    if value is None or (isinstance(value, str) and "/" not in value):
        return value
    near = value.replace("/", "_") if isinstance(value, str) else None
    raise Invalid("a name without a slash", near=near)


NAME = Kind("a name without a slash", _name, {"type": ["string", "null"], "pattern": "^[^/]*$"})


def _trainable(value: Any) -> Any:
    if value is True or value is False:
        return value
    try:
        _boolean(value)
    except Invalid as odd:
        raise Invalid(odd.wants, near=odd.near) from None


#: the one boolean whose type Keras checks
TRAINABLE = Kind("true or false", _trainable, {"type": "boolean"})


def loose(kind: Kind) -> Kind:
    """A kind that Keras does not check: a value that is not of it is used as it is."""

    def check(value: Any) -> Any:
        try:
            return kind.check(value)
        except Invalid as invalid:
            used = invalid.value if invalid.builds else value
            raise Invalid(invalid.wants, near=invalid.near, builds=True, value=used) from None

    return kind._replace(check=check)


SEED_WANTS = "an integer from 0 to 2**32 - 1, or null"


def is_seed(value: Any) -> bool:
    """Whether Keras makes a seed generator of it (True is 1)."""
    return value is None or (isinstance(value, int) and 0 <= value < 1 << 32)


def _seed(value: Any) -> Any:
    if is_seed(value):
        return value
    raise Invalid(SEED_WANTS, near=near_integer(value))


_SEED_SCHEMA: dict[str, Any] = {
    "type": ["integer", "null"], "minimum": 0, "maximum": (1 << 32) - 1,
}  # fmt: skip
SEED = Kind(SEED_WANTS, _seed, _SEED_SCHEMA)
#: a seed that is looked at only when there is something random: see `is_seed`
LOOSE_SEED = Kind(SEED_WANTS, lambda value: value, _SEED_SCHEMA)

DATA_FORMAT = choice("channels_last", "channels_first", None, fold=True)


def _unchecked(value: Any) -> Any:
    return value


#: A layer entry; the graph stage makes the layer of it before the class sees it.
LAYER = Kind("a layer entry", _unchecked, {"$ref": "#/$defs/layer"}, "layer")
OPTIONAL_LAYER = Kind(
    "a layer entry or null", _unchecked, {"anyOf": [{"$ref": "#/$defs/layer"}, {"type": "null"}]},
    "layer",
)  # fmt: skip
#: One layer entry or a list of them.
LAYERS = Kind(
    "a layer entry, or a list of them",
    _unchecked,
    {
        "anyOf": [
            {"$ref": "#/$defs/layer"},
            {"type": "array", "items": {"$ref": "#/$defs/layer"}},
        ]
    },
    "layers",
)

ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish",
    "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
    "threshold",
)  # fmt: skip

_NAMED_ACTIVATION = choice(*ACTIVATIONS, None, wants="the name of an activation, or null")
#: layers without weights that may stand for a function, as Keras saves them
_ACTIVATION_LAYERS = ("ReLU", "LeakyReLU", "ELU", "Softmax", "Activation")


def _activation(value: Any) -> Any:
    """A name, or a function or layer as Keras saves it."""
    if not isinstance(value, dict):
        if value == "threshold":  # it has two arguments, which a name does not give
            raise Invalid("an activation that needs only a tensor", builds=True, value=value)
        return _NAMED_ACTIVATION.check(value)
    name, config, module = (value.get(key) for key in ("class_name", "config", "module"))
    keras = isinstance(module, str) and module.partition(".")[0] == "keras"
    if name == "function" and (keras or module == "builtins") and config in ACTIVATIONS:
        return config
    if keras and name in ACTIVATIONS and isinstance(config, dict):
        return name
    if keras and name in _ACTIVATION_LAYERS and isinstance(config, dict):
        return value
    near = None
    if len(value) == 1 and next(iter(value)) in _ACTIVATION_LAYERS:
        ((name, config),) = value.items()
        near = {"module": "keras.layers", "class_name": name, "config": config or {}}
    raise Invalid(_NAMED_ACTIVATION.wants, near=near)


ACTIVATION = Kind(
    _NAMED_ACTIVATION.wants,
    _activation,
    {"anyOf": [_NAMED_ACTIVATION.schema, {"type": "object", "required": ["class_name"]}]},
)
