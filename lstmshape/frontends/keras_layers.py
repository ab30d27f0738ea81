"""Saved layers to entries of a spec: the class and the arguments of Keras 3, what differs kept.

An argument that says what Keras 3 does anyway is left out, a name of old Keras becomes that of
today, and an object its name. A class that nobody here knows is read as `package>Class`, which the
binder takes for an open layer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lstmshape.frontends import keras1, keras2, keras3
from lstmshape.frontends.keras_document import Origins, Spot
from lstmshape.frontends.keras_objects import (
    FAMILIES,
    Foreign,
    activation_of,
    dtype_of,
    object_of,
    plain,
)
from lstmshape.frontends.keras_operations import (
    Asked,
    foreign_key,
    gives_several,
    is_operation,
)
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.layers import find
from lstmshape.layers.arguments import Argument, Invalid
from lstmshape.layers.base import Layer
from lstmshape.layers.operation import PREFIX
from lstmshape.layers.operations import find_operation
from lstmshape.source import Place

Entry = dict[str, Any]
#: the shapes of all outputs of a call, with their batch axes
Shapes = Sequence[Sequence[Any]]

#: what a saved layer says that is no argument of it, or that the model's input says
SKIPPED = frozenset({
    "name", "custom_name", "batch_input_shape", "batch_shape", "input_shape", "input_dtype",
    "input_length", "cache_enabled", "weights", "build_config", "layers", "use_cudnn",
})  # fmt: skip
#: what says nothing of a layer that is not known
UNSAID = SKIPPED | {"output_shape", "module", "class_name", "trainable", "dtype"}
#: left out where it is equal to another argument: that is what stands for null
FOLLOWS = {"strides": "pool_size", "value_dim": "key_dim"}


class Said(NamedTuple):
    """An argument: its value, and where its name and its value stand."""

    value: Any
    key: Place
    place: Place


class Unread(NamedTuple):
    """An object of a class that is not Keras's, which no shape depends on."""

    spot: Spot
    argument: str
    name: str


class Layers:
    """Makes entries of the layers of one file."""

    def __init__(self, origins: Origins, era: int, model: Callable[[Part], Entry]) -> None:
        self.origins = origins
        #: 0 to 3: the first number of Keras's version
        self.era = era
        #: makes the entry of a model inside a model
        self._model = model
        #: whether images are in Theano's order where a layer does not say: Keras 0 knew no other
        self.channels_first = era == 0
        self.unread: list[Unread] = []
        #: what the arguments in the file are called today, by class
        self._names: dict[type[Layer], dict[str, str | None]] = {}

    def entry(self, part: Part, shapes: Shapes | None = None) -> Entry:
        """The entry of a layer; `shapes` is what its outputs are known to be."""
        if part.is_model:
            return self._model(part)
        special = _SPECIAL.get(part.class_name)
        if special is not None and _is_own(part):
            return special(self, part, shapes)
        key = class_key(part, self.era)
        if key.startswith(PREFIX):  # in a chain, which Keras 3 makes of layers alone
            return self.foreign(part, foreign_key(part, key), shapes)
        cls = find(key)
        if cls is None:
            return self.foreign(part, key, shapes)
        return self.made(part, key, self.arguments(cls, part))

    def operation(self, part: Part, asked: Asked, shapes: Shapes | None) -> Entry:
        """The entry of an operation, with what comes out where nobody else can know it."""
        said = {
            key: _said(part.config.child(key), plain(value))
            for key, value in asked.arguments.items()
        }
        cls = find_operation(asked.key)
        known = cls is not None and cls.works_out(asked.arguments, asked.named)
        if shapes and not known:
            said["output_shape"] = _stated(part, shapes)
        return self.made(part, asked.key, said)

    def made(self, part: Part, key: str, said: dict[str, Said], name: str | None = None) -> Entry:
        """The entry itself; the name comes last, as people write it."""
        place = part.class_place
        arguments = self.origins.made({}, place)
        for argument, (value, key_place, value_place) in said.items():
            arguments[argument] = value
            self.origins.put(arguments, argument, value_place, key_place)
        name = name or part.name
        if name is not None:
            arguments["name"] = speakable(name)
            self.origins.put(arguments, "name", part.name_place)
        entry = self.origins.made({key: arguments}, place)
        self.origins.put(entry, key, place, place)
        return entry

    def foreign(self, part: Part, key: str, shapes: Shapes | None) -> Entry:
        """A layer of a class that is not Keras's: what comes out of it, if the file tells."""
        said = {
            argument: _said(part.config.child(argument), plain(value))
            for argument, value in part.settings.items()
            if argument
            not in SKIPPED | {"output_shape", "module", "class_name", "trainable", "dtype"}
            and value is not None
        }
        if shapes:
            said["output_shape"] = _stated(part, shapes)
        return self.made(part, key, said)

    # -- arguments ------------------------------------------------------------------------------

    def arguments(self, cls: type[Layer], part: Part) -> dict[str, Said]:
        """The arguments that a saved config says, as the class of today takes them."""
        said: dict[str, Said] = {}
        names = self._names.setdefault(cls, {})
        for old, raw in part.settings.items():
            if old not in names:
                names[old] = self._argument(cls, old)
            new = names[old]
            if new is None or new in said or self._says_nothing(cls, new, raw):
                continue
            spot = part.config.child(old)
            try:
                said[new] = _said(spot, self._value(cls, new, old, spot))
            except Foreign as object_:
                self.unread.append(Unread(spot, new, object_.name))
                if cls.arguments[new].required:
                    said[new] = _said(spot, "linear")
        _sizes(cls, part, said)
        self._mend(cls, part, said)
        return in_order(cls, said)

    def _says_nothing(self, cls: type[Layer], key: str, raw: Any) -> bool:
        """A quick look before the value is read: nine in ten say what Keras does anyway."""
        argument = cls.arguments.get(key)
        if argument is None:
            return raw is None
        default = argument.default
        if raw is None and self.era < 3 and default is not None and not _suits(argument, None):
            return True  # TensorFlow.js writes what nobody said
        return not argument.required and type(raw) is type(default) and bool(raw == default)

    def _argument(self, cls: type[Layer], old: str) -> str | None:
        """What an argument is called today; None for one that says nothing any more."""
        if old == "alpha" and "negative_slope" in cls.arguments:
            return "negative_slope"
        if old in cls.arguments and old != "name":
            return old if old not in SKIPPED else None
        if old in SKIPPED or old == "input_dim":
            return None
        new = keras1.argument_name(old, cls.arguments)
        if new is not None and (self.era < 3 or new == old):
            return new
        # what Keras 3 does not know it refuses; what older ones wrote says nothing here
        return old if self.era >= 3 and old not in cls.ignored else new

    def _value(self, cls: type[Layer], key: str, old: str, spot: Spot) -> Any:
        """The value of an argument as a spec writes it. Raises `Foreign`."""
        value = spot.value
        argument = cls.arguments.get(key)
        if argument is None:
            return plain(value)
        if argument.kind.holds:
            return self._held(spot, argument.kind.holds)
        family = FAMILIES.get(key.rpartition("_")[2])
        if family is not None:
            return object_of(family, value)
        if key in ("activation", "recurrent_activation"):
            found = activation_of(value)
            return "linear" if found is None and argument.required else found
        if key == "dtype":
            return self._dtype(value)
        if key == "seed" and isinstance(value, dict):
            return None
        return _bare(argument, plain(keras1.value_of(old, value)))

    def _dtype(self, value: Any) -> str | None:
        """A policy. In old Keras the dtype of a first layer was that of the model's input."""
        found = dtype_of(value)
        if (
            self.era < 3
            and found is not None
            and not found.startswith(("float", "bfloat", "mixed"))
        ):
            return None
        return found

    def _held(self, spot: Spot, holds: str) -> Any:
        """The layer entry, or entries, of an argument that holds layers."""
        if holds == "layers" and isinstance(spot.value, list):
            entries = self.origins.made(
                [self._held(inner, "layer") for inner in spot.children()], spot.place
            )
            for number, inner in enumerate(spot.children()):
                self.origins.put(entries, number, inner.place)
            return entries
        part = part_of(spot)
        return spot.value if part is None else self.entry(part)

    def _mend(self, cls: type[Layer], part: Part, said: dict[str, Said]) -> None:
        """What was otherwise in the era of the file, class by class."""
        here = part.class_place
        was = keras2.WAS_THERE if part.class_name in keras2.CLASSES else keras2.WAS
        for class_name in (part.class_name, cls.__name__):
            for (owner, key), value in was.items():
                if self.era < 3 and owner == class_name and key not in part.settings:
                    said[key] = Said(value, here, here)
        forget = part.settings.get("forget_bias_init")
        if isinstance(forget, str) and "unit_forget_bias" in cls.arguments:
            said["unit_forget_bias"] = _said(part.config.child("forget_bias_init"), forget == "one")
        if self.era < 3 and "units" in cls.arguments:
            # 0, 1 and 2 were three ways to do the same; with Keras 3's 1 not every layer can train
            said.pop("implementation", None)
        if part.settings.get("time_major") is True and "return_sequences" in cls.arguments:
            # Keras 3 has nothing that does it: kept, so that it is said
            said["time_major"] = _said(part.config.child("time_major"), True)
        mend = _MENDS.get(cls.__name__)
        for key in ("padding", "axis", "axes", "data_format"):
            if mend is not None and key in said:
                said[key] = said[key]._replace(value=mend(key, said[key].value, cls.__name__))
        images = "data_format" in cls.arguments and cls.__name__.endswith(("2D", "3D"))
        if self.channels_first and images and "data_format" not in said:
            said["data_format"] = Said("channels_first", here, here)


def in_order(cls: type[Layer], said: dict[str, Said]) -> dict[str, Said]:
    """The arguments that say something, in the order in which Keras takes them."""
    order = {key: number for number, key in enumerate(cls.arguments)}
    kept = [key for key in said if key not in order or not _is_default(cls, key, said)]
    return {key: said[key] for key in sorted(kept, key=lambda key: order.get(key, len(order)))}


def _said(spot: Spot, value: Any) -> Said:
    return Said(value, Place(spot.path, "key"), spot.place)


def _bare(argument: Argument, value: Any) -> Any:
    """`[3]` as 3, where both mean the same; 3.0, as R writes it, as 3 where that is meant."""
    if isinstance(value, float) and value.is_integer() and not _suits(argument, value):
        return int(value) if _suits(argument, int(value)) else value
    if not isinstance(value, list) or len(value) != 1:
        return value
    try:
        same = argument.kind.check(value[0]) == argument.kind.check(value)
    except Invalid:
        return value
    return value[0] if same else value


def _suits(argument: Argument, value: Any) -> bool:
    try:
        argument.kind.check(value)
    except Invalid:
        return False
    return True


def _sizes(cls: type[Layer], part: Part, said: dict[str, Said]) -> None:
    """`nb_row` and `nb_col` are the kernel's two sizes."""
    for names in keras1.SIZES:
        if all(name in part.settings for name in names) and "kernel_size" in cls.arguments:
            value = [part.settings[name] for name in names]
            said["kernel_size"] = _said(part.config.child(names[0]), value)


def _one_axis(key: str, value: Any, class_name: str) -> Any:
    """Keras 2 writes the axes of a normalization as a list, also when it is one."""
    return value[0] if key == "axis" and isinstance(value, list) and len(value) == 1 else value


def _margins(key: str, value: Any, class_name: str) -> Any:
    return keras1.margins(value, class_name) if key == "padding" else value


_MENDS: dict[str, Callable[[str, Any, str], Any]] = {
    "BatchNormalization": _one_axis, "LayerNormalization": _one_axis, "Normalization": _one_axis,
    "GroupNormalization": _one_axis, "ZeroPadding1D": _margins, "ZeroPadding2D": _margins,
}  # fmt: skip


def _is_default(cls: type[Layer], key: str, said: dict[str, Said]) -> bool:
    """Whether an argument says what Keras 3 does anyway."""
    value = said[key].value
    argument = cls.arguments[key]
    if argument.required:
        return False
    if value is None or argument.default is None:
        if key == "data_format" and value == "channels_last":
            return True
        other = said.get(FOLLOWS.get(key, ""))
        return value is argument.default or (other is not None and other.value == value)
    family = FAMILIES.get(key.rpartition("_")[2])
    if family is not None:
        return bool(object_of(family, argument.default) == value)
    try:
        here, there = argument.kind.check(value), argument.kind.check(argument.default)
    except Invalid:
        return False
    return bool(here == there) and isinstance(here, bool) == isinstance(there, bool)


def _stated(part: Part, shapes: Shapes) -> Said:
    """What the file says that comes out, without the batch axis."""
    value = [list(shape[1:]) for shape in shapes]
    place = part.class_place
    return Said(value if len(value) > 1 or gives_several(part) else value[0], place, place)


# -- classes ------------------------------------------------------------------------------------


def _is_own(part: Part) -> bool:
    return keras3.is_own(part.module) and ">" not in (part.registered or part.class_name)


def class_key(part: Part, era: int) -> str:
    """The class as a spec names it: of Keras 3, or `package>Class` for what is not Keras's."""
    name, registered = part.class_name, part.registered or ""
    if ">" in registered or ">" in name:
        return registered if ">" in registered else name
    if is_operation(part):
        return f"ops>{name}"
    if not keras3.is_own(part.module):
        return f"Custom>{name}"
    if name in keras2.OPERATIONS:
        return f"ops>{_operation(part)}"
    for table in (keras1.GONE, keras2.GONE, keras1.CLASSES, keras2.CLASSES, keras3.INSIDE):
        name = table.get(name, name)
    return name if ">" in name or (find(name) and name != "CustomLayer") else f"Custom>{name}"


_WORD = re.compile(r"\w+")


def _operation(part: Part) -> str:
    """The tensor function in a layer of TensorFlow's Keras 2."""
    found = re.search(r"""\bop["']?\s*:\s*["'](\w+)["']""", str(part.settings.get("node_def", "")))
    if found:
        return found[1]
    words = _WORD.findall(str(part.settings.get("function") or part.name or part.class_name))
    return words[-1] if words else part.class_name


def speakable(name: str) -> str:
    """A layer's name without the slash, which Keras 3 does not take."""
    return name.replace("/", "_")


# -- layers that are more than their arguments ----------------------------------------------------


def _time_distributed_dense(layers: Layers, part: Part, shapes: Shapes | None) -> Entry:
    """Keras 1's Dense for each step."""
    dense = find("Dense")
    assert dense is not None
    inner = layers.made(part._replace(name=None), "Dense", layers.arguments(dense, part))
    return layers.made(
        part, "TimeDistributed", {"layer": Said(inner, part.class_place, part.class_place)}
    )


def _merge(layers: Layers, part: Part, shapes: Shapes | None) -> Entry:
    """Keras 1's Merge, called on a list: the layer of today that merges so."""
    mode = part.settings.get("mode")
    key = keras1.MERGES.get(mode) if isinstance(mode, str) else None
    if key is None or part.settings.get("mode_type", "raw") != "raw":
        return _lambda(layers, part, shapes)
    cls = find(key)
    assert cls is not None
    said = {
        new: _said(part.config.child(old), keras1.dot_axes(plain(part.settings[old])))
        for new, old in keras1.merge_arguments(part.settings, str(mode)).items()
        if part.settings.get(old) is not None
    }
    if key == "Dot" and "axes" not in said:
        said["axes"] = Said(-1, part.class_place, part.class_place)
    if mode == "cos":
        said["normalize"] = _said(part.config.child("mode"), True)
    return layers.made(part, key, in_order(cls, said))


def _lambda(layers: Layers, part: Part, shapes: Shapes | None) -> Entry:
    """A Python function: it is never decoded; only what the file says of its output is known."""
    function = part.settings.get("function")
    if isinstance(function, dict):
        function = function.get("config")
    place = part.config.child("function").place
    said = {"function": Said(function if isinstance(function, str) else "lambda", place, place)}
    stated = part.config.child("output_shape")
    if shapes:
        value = [list(shape[1:]) for shape in shapes]
        said["output_shape"] = _said(stated, value if len(value) > 1 else value[0])
    elif part.settings.get("output_shape_type", "raw") == "raw" and _is_shape(plain(stated.value)):
        said["output_shape"] = _said(stated, plain(stated.value))
    return layers.made(part, "Lambda", said)


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(d is None or type(d) is int for d in value)


def _bidirectional(layers: Layers, part: Part, shapes: Shapes | None) -> Entry:
    """Keras 3 saves both directions: the second is left out where it is made of the first."""
    cls = find("Bidirectional")
    assert cls is not None
    said = layers.arguments(cls, part)
    if "layer" in said and "backward_layer" in said:
        forward, backward = said["layer"].value, said["backward_layer"].value
        name = _twin(forward, backward)
        if name is not None:
            arguments = next(iter(forward.values()))
            arguments.pop("zero_output_for_mask", None)
            arguments["name"] = name
            del said["backward_layer"]
    return layers.made(part, "Bidirectional", said)


def _twin(forward: Any, backward: Any) -> str | None:
    """The name of the layer whose two copies these are; None where they are no copies."""
    if not all(isinstance(entry, dict) and len(entry) == 1 for entry in (forward, backward)):
        return None
    ((key, ahead),), ((other, behind),) = forward.items(), backward.items()
    if key != other or not isinstance(ahead, dict) or not isinstance(behind, dict):
        return None
    if ahead.get("go_backwards") or not behind.get("go_backwards"):
        return None
    name = str(ahead.get("name", "")).removeprefix("forward_")
    same = _without_direction(ahead) == _without_direction(behind)
    made = ahead.get("name") == f"forward_{name}" and behind.get("name") == f"backward_{name}"
    return name if name and same and made else None


def _without_direction(arguments: dict[str, Any]) -> dict[str, Any]:
    left_out = ("name", "go_backwards", "zero_output_for_mask")
    return {key: value for key, value in arguments.items() if key not in left_out}


def _rnn(layers: Layers, part: Part, shapes: Shapes | None) -> Entry:
    """A loop over a cell of a class that is not Keras's is as open as that class."""
    key = foreign_cell(part.config.child("cell"), layers.era)
    if key is not None:
        return layers.foreign(part, key, shapes)
    cls = find("RNN")
    assert cls is not None
    return layers.made(part, "RNN", layers.arguments(cls, part))


def foreign_cell(spot: Spot, era: int) -> str | None:
    """The class of a cell, or of one of several, that is not Keras's."""
    part = part_of(spot)
    if part is None:
        found = [foreign_cell(inner, era) for inner in spot.children()]
        return next((key for key in found if key is not None), None)
    if part.class_name == "StackedRNNCells" and _is_own(part):
        return foreign_cell(part.config.child("cells"), era)
    key = class_key(part, era)
    return key if ">" in key else None


_SPECIAL: dict[str, Callable[[Layers, Part, Shapes | None], Entry]] = {
    "TimeDistributedDense": _time_distributed_dense,
    "Merge": _merge,
    "Lambda": _lambda,
    "Bidirectional": _bidirectional,
    "RNN": _rnn,
}
