"""Files of Keras's own, told by what is in them: JSON, YAML, TensorFlow.js, and twice encoded.

`model.to_json()` of every Keras, its `get_config()`, the `model_config` of an `.h5` file, the
`model.json` of TensorFlow.js, and any of them once more as a text in a JSON or YAML string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from lstmshape.collector import collector_paused
from lstmshape.facts import Fact, NotASpec, OpenObject, OverLimit, SyntaxFault
from lstmshape.frontends.document import Document
from lstmshape.frontends.embedded import Embedded, Text
from lstmshape.frontends.json_places import BadJson, JsonText, parse
from lstmshape.frontends.keras1 import is_theanos
from lstmshape.frontends.keras_compile import put_compile
from lstmshape.frontends.keras_document import KerasDocument, Spot
from lstmshape.frontends.keras_models import Models, sequential_layers
from lstmshape.frontends.keras_parts import MODEL_CLASSES, Part, part_of
from lstmshape.frontends.limits import TooMuch
from lstmshape.frontends.text import Unread, decode
from lstmshape.source import Place, Source

#: a document is unpacked from strings at most so often
MOST_WRAPPINGS = 3
#: what people call a model that they put into a mapping of their own
WRAPPERS = ("model", "config", "architecture", "model_architecture")


class Found(NamedTuple):
    """A saved model in a file's data."""

    part: Part
    kind: str
    #: the first number of Keras's version
    era: int
    #: what it was compiled with, where that stands apart
    training: Spot


# -- which model is in the data -------------------------------------------------------------------


def find_model(data: Any, kind: str, version: str | None = None) -> Found | None:
    """The model in the data of a file; None where there is none."""
    spot = Spot(data, ())
    said = version or spot.text("keras_version")
    topology = spot.child("modelTopology")
    if isinstance(topology.value, dict):
        spot, kind = topology, "tfjs"
    training = spot.child("training_config")
    if isinstance(spot.child("model_config").value, (dict, list)):
        said = said or spot.text("keras_version")
        spot = spot.child("model_config")
    said = said or spot.text("keras_version")
    part = _model_at(spot)
    for key in WRAPPERS if part is None else ():
        part = part or _model_at(spot.child(key))
    return None if part is None else Found(part, kind, _era(part, said), training)


def _model_at(spot: Spot) -> Part | None:
    value = spot.value
    part = part_of(spot)
    if part is not None and not part.flat:
        return part if part.is_model and _has_layers(part) else None
    if part is not None and part.class_name in MODEL_CLASSES and _holds_flat_layers(part):
        return part
    layers = value if isinstance(value, list) else spot.child("layers").value
    if isinstance(layers, list) and layers and all(map(_is_saved_layer, layers)):
        # what `get_config()` gives, without the class around it
        functional = isinstance(value, dict) and "input_layers" in value
        return Part(spot, "Functional" if functional else "Sequential", spot, spot.text("name"))
    return None


def _has_layers(part: Part) -> bool:
    return isinstance(part.config.value, list) or any(
        key in part.settings for key in ("layers", "node_config", "encoder_config")
    )


def _holds_flat_layers(part: Part) -> bool:
    """Whether it is a model of Keras 0, and not a spec that is called `Sequential`."""
    if "layers" in part.settings:
        layers = part.config.child("layers").children()
        return bool(layers) and all(part_of(spot) is not None for spot in layers)
    return "node_config" in part.settings or "encoder_config" in part.settings


def _is_saved_layer(value: Any) -> bool:
    if not isinstance(value, dict) or "config" not in value:
        return False
    return isinstance(value.get("class_name"), str)


_OLD_WORDS = frozenset({"nb_filter", "border_mode", "init", "W_regularizer", "inner_activation"})


def _era(part: Part, version: str | None) -> int:
    """The first number of the version; told by the layers where none is said."""
    found = re.search(r"\d", version or "")
    if found and not str(version).startswith("tfjs"):
        return min(int(found[0]), 3)
    if part.flat:
        return 0
    if part.module is not None or part.registered is not None:
        return 3
    items = [spot.value for spot in sequential_layers(part) if isinstance(spot.value, dict)]
    if any("module" in item for item in items):
        return 3
    configs = [item["config"] for item in items if isinstance(item.get("config"), dict)]
    if any(_OLD_WORDS & config.keys() for config in configs):
        return 1
    return 0 if items and not configs else 2


def described(data: Any) -> str:
    """What is in the data that has no model in it, though it is Keras's."""
    spot = Spot(data, ())
    if isinstance(data, dict) and "modelTopology" in data and data["modelTopology"] is None:
        return "weights of a TensorFlow.js model: its `modelTopology` is null"
    if _is_graph(data):
        return "a TensorFlow.js graph model: it holds operations, and no layers"
    part = part_of(spot)
    if part is not None and part.is_model:
        return f"a saved {part.class_name} without layers"
    name = part.class_name if part is not None else "object"
    return f"a saved `{name[:60]}`, whose layers are not in the file"


def _is_graph(data: Any) -> bool:
    """Whether it is a model of TensorFlow.js that was saved as operations."""
    topology = Spot(data, ()).child("modelTopology").value
    return isinstance(topology, dict) and "node" in topology


def is_keras(data: Any) -> bool:
    """Whether data that was read as YAML is Keras's, and not a spec."""
    if isinstance(data, str):
        return "class_name" in data or '"Sequential"' in data
    if _packed_at(data) is not None:
        return True
    if isinstance(data, dict) and {"modelTopology", "weightsManifest"} <= data.keys():
        return True
    return find_model(data, "") is not None or _is_saved_layer(data) or _is_graph(data)


# -- documents ------------------------------------------------------------------------------------


def document_of(
    source: Source,
    data: Any,
    text: Text,
    kind: str,
    version: str | None = None,
    training: Spot | None = None,
) -> Document:
    """The document of data that Keras saved."""
    inner = _unwrapped(data, text)
    if isinstance(inner, Exception):
        return Unread(source, fault(inner, source), kind=kind)
    data, text = inner
    found = find_model(data, kind, version)
    if found is None:
        return Unread(source, NotASpec(found=described(data)), kind=kind)
    models = Models(found.era)
    if found.era == 1:
        models.layers.channels_first = is_theanos(found.part.config.value)
    with collector_paused():
        tree = models.tree(found.part)
    put_compile(models.origins, tree, found.part.spot, training or found.training)
    facts = _facts(models, source, text)
    return KerasDocument(source, found.kind, tree, facts, models.origins, text)


def _facts(models: Models, source: Source, text: Text) -> Sequence[Fact]:
    """What the file holds that nobody here knows, each name once."""
    first: dict[tuple[str, str], Fact] = {}
    for spot, argument, name in models.layers.unread:
        if (argument, name) not in first:
            span = source.span(*text.locate(Place(spot.path)))
            first[argument, name] = OpenObject(argument=argument, name=name, span=span)
    return list(first.values())


def _unwrapped(data: Any, text: Text) -> tuple[Any, Text] | Exception:
    """The document in a string, as long as there is one."""
    for _ in range(MOST_WRAPPINGS):
        place = _packed_at(data)
        if place is None:
            break
        read = read_inner(data[place.path[0]] if place.path else data)
        if isinstance(read, Exception):
            return read
        data, inner = read
        text = Embedded(text, place, inner)
    return data, text


def _packed_at(data: Any) -> Place | None:
    """Where a document stands in a string: the whole of the data, or under a key of a mapping."""
    if isinstance(data, str):
        return Place(())
    if not isinstance(data, dict) or find_model(data, "") is not None:
        return None
    held = (key for key in ("model_config", *WRAPPERS) if isinstance(data.get(key), str))
    return next((Place((key,)) for key in held if '"class_name"' in data[key]), None)


def read_inner(text: str) -> tuple[Any, Text] | Exception:
    """The data of a text in a string: JSON if it begins like it, else YAML."""
    if text.lstrip()[:1] in ("{", "[", '"'):
        try:
            return parse(text), JsonText(text)
        except (BadJson, TooMuch) as error:
            return error
    from lstmshape.frontends.keras_yaml import read_plain_yaml

    return read_plain_yaml(text)


def fault(error: Exception, source: Source) -> Fact:
    """The fact of an error that reading raised."""
    if isinstance(error, BadJson):
        span = source.span(error.at, error.at + 1)
        problem = error.problem[:1].lower() + error.problem[1:]
        return SyntaxFault(problem=problem, hint=error.hint, span=span)
    if isinstance(error, TooMuch):
        span = source.span(error.offset, error.offset + 1)
        return OverLimit(what=error.what, limit=error.limit, unit=error.unit, span=span)
    return SyntaxFault(problem=str(error).partition("\n")[0])


# -- JSON -----------------------------------------------------------------------------------------


def read_json(name: str, data: bytes) -> Document | None:
    """The document of a file in JSON; None for one that is no file of Keras's."""
    source = decode(name, data)
    if isinstance(source, Unread):
        return source
    try:
        read = parse(source.text)
    except (BadJson, TooMuch) as error:
        # a spec in YAML may begin with a bracket too
        return Unread(source, fault(error, source), kind="keras-json") if _is_json(source) else None
    if not is_keras(read):
        return None
    return document_of(source, read, JsonText(source.text), "keras-json")


_FIRST_KEYS = "backend|class_name|config|format|keras_version|loss|modelTopology|module|name"
_JSON_START = re.compile(rf'\s*(\[\s*)?\{{\s*"({_FIRST_KEYS})"\s*:')


def _is_json(source: Source) -> bool:
    """Whether a text that is not JSON was to be: it begins as Keras begins one."""
    return _JSON_START.match(source.text) is not None
