"""Operations in saved models: tensor functions that stand among the layers.

Keras 3 saves them with their constructors' arguments, and what they are called on, numbers and
slices among the tensors. TensorFlow's Keras 2 wrapped its own functions in layers (`TFOpLambda`,
`SlicingOpLambda`, `TensorFlowOpLayer`); those that Keras 3 has too are read as its operations, the
others keep their names and all that the file says of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmshape import slices
from lstmshape.frontends import keras3, tf_functions
from lstmshape.frontends.keras_graph import Call, Constant, Tensor, tensors_in, tensors_of
from lstmshape.frontends.keras_parts import Part
from lstmshape.layers.operation import FOREIGN, PREFIX
from lstmshape.layers.operations import Signature, signatures

#: of a config, what says nothing of the function itself
_ABOUT = frozenset({"name", "trainable", "dtype", "module", "class_name", "output_shape"})
#: NHWC and NCHW, as a node of TensorFlow's graph has them: in base 64
_ORDERS = {"TkhXQw==": "channels_last", "TkNIVw==": "channels_first"}
#: those that give a tuple or list, whatever they are called on
_GIVE_SEVERAL = frozenset({
    "ArraySplit", "CTCDecode", "Dsplit", "Eig", "Eigh", "FFT", "FFT2", "Histogram", "Hsplit",
    "IFFT2", "LuFactor", "Meshgrid", "Modf", "Moments", "Nonzero", "Qr", "RFFT", "STFT", "Slogdet",
    "Split", "TopK", "UnravelIndex", "Unstack", "Vsplit",
})  # fmt: skip
#: of `call: {key: …}` and the like, what a reference is made of
Structure = Any


class Asked(NamedTuple):
    """An operation as a spec says it."""

    key: str
    #: of its constructor: where a value stands in the file is asked of `said_in`
    arguments: dict[str, Any]
    #: what it is called on: a tensor, a list, or a mapping by parameter
    inputs: Structure
    #: further arguments of the call
    named: dict[str, Structure]


def is_operation(part: Part) -> bool:
    """Whether it is an operation of Keras 3; in its HDF5 files no module says so."""
    if keras3.is_operation(part.module):
        return True
    bare = part.module is None and "trainable" not in part.settings and part.name is not None
    return bare and part.class_name in signatures() and _called_anew(part)


def gives_several(part: Part) -> bool:
    """Whether it is an operation whose outputs are to be numbered, also where one alone is read."""
    if part.class_name == "SVD":
        return is_operation(part) and part.settings.get("compute_uv") is not False
    return part.class_name in _GIVE_SEVERAL and is_operation(part)


def _called_anew(part: Part) -> bool:
    """Whether its calls are written in the dialect of Keras 3."""
    inbound = part.spot.child("inbound_nodes").value
    return isinstance(inbound, list) and any(isinstance(n, dict) and "args" in n for n in inbound)


def asked(part: Part, call: Call, key: str) -> Asked:
    """What a spec says of an operation; `key` is its class as a spec names it."""
    found = (_of_keras3 if is_operation(part) else _of_tensorflow)(part, call)
    return found or _foreign(part, call, key)


# -- Keras 3 --------------------------------------------------------------------------------------


def _of_keras3(part: Part, call: Call) -> Asked | None:
    signature = signatures().get(part.class_name)
    if signature is None:
        return None
    arguments = {
        p.name: part.settings[p.name]
        for p in signature.constructor
        if p.name in part.settings and (p.required or part.settings[p.name] != p.default)
    }
    return _called(signature, arguments, call.args, call.kwargs)


def _called(
    signature: Signature, arguments: dict[str, Any], args: list[Any], kwargs: Mapping[str, Any]
) -> Asked | None:
    """An operation with its operands by name; None where there are more than it has names for."""
    key = f"{PREFIX}{signature.name}"
    if signature.variadic:
        operands = args[0] if signature.call and args else args
        tensors = operands if isinstance(operands, list) else [operands]
        plain = all(isinstance(item, Tensor) for item in tensors) and not kwargs
        return Asked(key, arguments, tensors, {}) if plain else None
    if len(args) > len(signature.call) or kwargs.keys() - {p.name for p in signature.call}:
        return None
    found = {p.name: value for p, value in zip(signature.call, args, strict=False)} | dict(kwargs)
    said = {
        p.name: constant(found[p.name], index=key == f"{PREFIX}GetItem" and p.name == "key")
        for p in signature.call
        if p.name in found and (p.required or found[p.name] is not None)
    }
    first = [p.name for p in signature.call if p.name in said]
    leading = 0
    while leading < len(first) and isinstance(said[first[leading]], Tensor):
        leading += 1
    # by position only as far as the parameters have no gap
    leading = min(leading, sum(p.name == n for p, n in zip(signature.call, first, strict=False)))
    named = {name: said[name] for name in first[leading:]}
    if leading:
        tensors = [said[name] for name in first[:leading]]
        return Asked(key, arguments, tensors if leading > 1 else tensors[0], named)
    inputs = {name: named.pop(name) for name in first if isinstance(said[name], Tensor)}
    return Asked(key, arguments, inputs, named) if inputs else None


def constant(value: Any, *, index: bool = False) -> Structure:
    """A value of a call as a spec writes it: slices as texts, arrays as lists."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, list):
        return [constant(item, index=index) for item in value]
    if index and isinstance(value, dict) and value.get("class_name") == "__ellipsis__":
        return slices.ELLIPSIS
    if index and isinstance(value, dict) and value.keys() <= {"start", "stop", "step"}:
        return slices.text_of(value.get("start"), value.get("stop"), value.get("step"))
    return value


# -- TensorFlow's Keras 2 -------------------------------------------------------------------------


def _of_tensorflow(part: Part, call: Call) -> Asked | None:
    """The operation of Keras 3 that does the same with the same arguments, if one does."""
    if part.class_name == "TensorFlowOpLayer":
        return _of_graph(part, call)
    word = str(part.settings.get("function", "")).rpartition(".")[2]
    meaning = tf_functions.FUNCTIONS.get(word)
    if meaning is None or not call.args:
        return None
    said = {key: value for key, value in call.kwargs.items() if value is not None and key != "name"}
    unset = {key for key in tf_functions.FLAGS if said.get(key) is False}
    kwargs = {key: value for key, value in said.items() if key not in unset}
    return _translated(meaning, [call.args[0]], kwargs)


def _translated(
    meaning: tf_functions.Meaning, args: list[Any], kwargs: Mapping[str, Any]
) -> Asked | None:
    signature = signatures()[meaning.name]
    own = {p.name for p in signature.constructor}
    arguments: dict[str, Any] = dict(meaning.fixed)
    named: dict[str, Any] = {}
    for key, value in kwargs.items():
        name = meaning.names.get(key)
        # Keras 3 takes no tensors for indices
        if name is None or ((name in own or name == "key") and any(tensors_in(value))):
            return None
        if name == "key" and type(value) not in (int, list):
            value = [value]  # `x[1:]`, which Keras 3 only takes as `x[1:, ...]`
        (arguments if name in own else named)[name] = value
    if any(p.required and p.name not in arguments for p in signature.constructor):
        return None
    return _called(signature, arguments, args, named)


def _of_graph(part: Part, call: Call) -> Asked | None:
    """A node of TensorFlow's graph: tensors and constants by their places."""
    node = part.settings.get("node_def")
    said = node if isinstance(node, dict) else _node(node) if isinstance(node, str) else None
    meaning = tf_functions.NODES.get(str(said.get("op"))) if said else None
    if said is None or meaning is None or any(_is_set(said, flag) for flag in tf_functions.FLAGS):
        return None
    constants = part.settings.get("constants") or {}
    places = {int(k): v for k, v in constants.items() if str(k).isdecimal()}
    tensors = list(tensors_of(call))
    free = (n for n in range(len(tensors) + len(places)) if n not in places)
    places.update(zip(free, tensors, strict=False))
    operands = [places[n] for n in sorted(places)]
    if len(operands) > len(meaning.places):
        return None
    found = dict(zip(meaning.places, operands, strict=False))
    signature = signatures()[meaning.name]
    own = {p.name for p in signature.constructor}
    arguments: dict[str, Any] = {k: found.pop(k) for k in list(found) if k in own}
    if any(any(tensors_in(value)) for value in arguments.values()):
        return None
    if "keepdims" in own and _is_set(said, "keep_dims"):
        arguments["keepdims"] = True
    arguments.update({name: _attribute(said, name) for name in meaning.attributes})
    return _called(signature, arguments, [], found)


def _node(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        found = re.search(r"""\bop["']?\s*:\s*["'](\w+)["']""", text)
        return {"op": found[1]} if found and "attr" not in text else None
    return read if isinstance(read, dict) else None


def _is_set(node: Mapping[str, Any], flag: str) -> bool:
    attributes = node.get("attr")
    said = attributes.get(flag) if isinstance(attributes, dict) else None
    return isinstance(said, dict) and bool(said.get("b"))


def _attribute(node: Mapping[str, Any], name: str) -> Any:
    """A number, or the order of an image's axes in Keras's words; None for anything else."""
    attributes = node.get("attr")
    said = attributes.get(name) if isinstance(attributes, dict) else None
    said = said if isinstance(said, dict) else {}
    if str(said.get("i")).isdecimal():
        return int(said["i"])
    return _ORDERS.get(str(said.get("s")))


# -- what Keras 3 does not have -------------------------------------------------------------------


def foreign_key(part: Part, key: str) -> str:
    """How a spec calls what it can only name: `tf>frame`, or `keras>` where it is Keras's own."""
    package = "keras>" if is_operation(part) else FOREIGN
    return f"{package}{key.removeprefix(PREFIX)}"


def _foreign(part: Part, call: Call, key: str) -> Asked:
    """All tensors, and all that the file says besides as arguments."""
    key = foreign_key(part, key)
    said = {k: v for k, v in part.settings.items() if k not in _ABOUT and v is not None}
    for name, value in call.kwargs.items():
        if value is not None and not any(tensors_in(value)):
            said.setdefault(name, constant(value, index=True))
    others = [constant(value) for value in call.args if not any(tensors_in(value))]
    if others and others != [None]:
        said.setdefault("constants", others)
    tensors = list(tensors_of(call))
    return Asked(key, said, tensors[0] if len(tensors) == 1 else tensors, {})
