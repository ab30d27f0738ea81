"""Every layer of `keras.layers` is here, by all its names, with its arguments, and documented."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from oracle import import_keras

from lstmshape.layers import all_layers
from lstmshape.layers.arguments import Invalid
from lstmshape.layers.base import Layer

LAYERS = all_layers()
OWN = sorted({cls.__name__: cls for cls in LAYERS.values()}.items())
#: not Keras's own: a class that nobody here knows, and models, which are no layers there
BESIDE = {"CustomLayer", "Functional", "Sequential"}


def keras_layers() -> dict[str, Any]:
    import_keras()
    import keras

    public = {name: getattr(keras.layers, name) for name in dir(keras.layers)}
    return {
        name: cls
        for name, cls in public.items()
        if isinstance(cls, type) and issubclass(cls, keras.layers.Layer)
    }


def test_every_layer_of_keras_is_here_and_no_other() -> None:
    assert set(LAYERS) - BESIDE - {"Model", "Input"} == set(keras_layers())


def test_names_of_one_class_are_one_class() -> None:
    import_keras()
    from keras.src.utils.naming import to_snake_case

    for name, cls in keras_layers().items():
        assert LAYERS[name].base_name() == to_snake_case(cls.__name__), name


#: their arguments stand in the order of their family's
ORDER_APART = {"Conv3DTranspose", "Convolution3DTranspose", "MultiHeadAttention"}


def test_arguments_and_defaults_are_those_of_keras() -> None:
    wrong = [line for name, cls in keras_layers().items() for line in _differences(name, cls)]
    assert not wrong, "\n".join(wrong)


def _differences(name: str, cls: Any) -> list[str]:
    mine, found = LAYERS[name].arguments, []
    parameters = inspect.signature(cls.__init__).parameters.values()
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for parameter in named[1:]:
        argument = mine.get(parameter.name)
        if argument is None:
            found.append(f"{name} has no {parameter.name}")
            continue
        required = parameter.default is parameter.empty
        # CategoryEncoding has a default, and refuses it
        if required != argument.required and (name, parameter.name) != (
            "CategoryEncoding", "num_tokens",
        ):  # fmt: skip
            found.append(f"{name}.{parameter.name}: required")
        elif not required and not _same(argument, parameter.default):
            found.append(f"{name}.{parameter.name}: {argument.default!r}, {parameter.default!r}")
    order = [key for key in mine if key in {p.name for p in named}]
    own = [p.name for p in named if p.name in mine and p.name not in Layer.arguments]
    mixed = [key for key in order if key not in Layer.arguments] != own
    if mixed and name not in ORDER_APART:
        found.append(f"{name}: order {order}, Keras {own}")
    return found


def _same(argument: Any, default: Any) -> bool:
    """Whether a default is ours, or becomes ours by the kind's own check."""
    if _plain(default) == _plain(argument.default):
        return True
    try:
        return bool(_plain(argument.kind.check(default)) == _plain(argument.default))
    except Invalid as invalid:
        return invalid.builds and _plain(invalid.value) == _plain(argument.default)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize(("name", "cls"), OWN)
def test_is_documented(name: str, cls: type[Layer]) -> None:
    text = inspect.getdoc(cls) or ""
    assert text.split("\n")[0].strip(), "a first line that says what it does"
    if name not in {"InputLayer"}:
        assert "Input" in text, "a docstring with its input"
    assert "Output" in text or "output" in text, "a docstring with its output"
    for key, argument in cls.arguments.items():
        assert argument.doc.endswith("."), f"{key}: a sentence"
        assert argument.kind.wants, f"{key}: what it wants"


@pytest.mark.parametrize(("name", "cls"), OWN)
def test_defaults_and_schemas_hold(name: str, cls: type[Layer]) -> None:
    for key, argument in cls.arguments.items():
        Draft202012Validator.check_schema(argument.kind.schema)
        if not argument.required and argument.default is not None and not argument.kind.holds:
            assert _same(argument, argument.default), f"{name}.{key}"
