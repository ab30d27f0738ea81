"""What the topics say of Keras, asked of Keras: error texts, lines that build, conditions."""

from __future__ import annotations

import re
import warnings
from typing import Any

import keras
import numpy as np
import pytest
import yaml
from quick_keras import lazy_weights

from lstmshape.explain import numerics
from lstmshape.explain.demos import data
from lstmshape.explain.examples import example
from lstmshape.explain.keras_lines import has_lines, keras_lines
from lstmshape.explain.lesson import Lesson, Written
from lstmshape.explain.markdown import Directive
from lstmshape.explain.numbers import Numbers
from lstmshape.explain.topics import topics
from lstmshape.flow import totals
from lstmshape.keras import BuildError, build
from lstmshape.layers import all_layers

#: what a page takes by itself, and other sizes, so that no number in a text is right by chance
SIZES = ({}, {"units": 6, "timesteps": 9, "features": 5, "batch": 7})
LESSONS = {
    (name, n): Lesson(topic, Numbers(sizes))
    for name, topic in topics().items()
    for n, sizes in enumerate(SIZES)
}
MISTAKES = [
    pytest.param(lesson, spec, id=f"{name}-{spec.name}-{n}")
    for (name, n), lesson in LESSONS.items()
    for spec in lesson.specs.values()
    if spec.mistake
]
FAULTS = (BuildError, ValueError, TypeError)


def array(shape: Any, dtype: str = "float32") -> Any:
    return np.zeros([4 if size is None else size for size in shape], dtype)


def fed(tree: dict[str, Any], model: Any) -> Any:
    """What the spec's data says is fed, else an array of each input's shape."""
    x = (tree.get("data") or {}).get("x")
    if x is not None:
        return array(x)
    arrays = [array([2, *each.shape[1:]], each.dtype) for each in model.inputs]
    return arrays if len(arrays) > 1 else arrays[0]


def keras_says(spec: Written) -> tuple[str, str]:
    """(when, what) Keras says of a mistake: `built`, `trained`, `run`, `warns`, or `silent`."""
    tree = yaml.safe_load(spec.text)
    plain = {key: value for key, value in tree.items() if key not in ("data", "expect")}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            model = build(plain, compile="compile" in plain)
        except BuildError as error:
            return "built", str(error)
        said = [str(warning.message) for warning in warned]
        try:
            x = fed(tree, model)
            y = (tree.get("data") or {}).get("y")
            if "compile" in tree and y is not None:
                model.fit(x, array(y), verbose=0)
            else:
                model.predict(x, verbose=0)
        except FAULTS as error:
            return ("trained" if "compile" in tree else "run"), str(error)
    return ("warns", said[0]) if said else ("silent", "")


def one_line(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[\d*m", "", text).split())


@pytest.mark.parametrize(("lesson", "spec"), MISTAKES)
def test_keras_says_of_a_mistake_what_the_topic_quotes(lesson: Lesson, spec: Written) -> None:
    when, said = keras_says(spec)
    phase, quoted = lesson.errors.get(spec.name, ("silent", ""))
    assert when == ("built" if phase == "made" else phase), said
    assert quoted in one_line(said)


@pytest.mark.parametrize("key", LESSONS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_the_keras_lines_build_the_spec(key: tuple[str, int]) -> None:
    lesson = LESSONS[key]
    names = {p.words[0] for p in lesson.parts if isinstance(p, Directive) and p.name == "write"}
    assert names
    for name in names:
        built_is_judged(lesson.case(name))


def built_is_judged(case: Any) -> None:
    """Runs the lines of a case, and holds the model to what was judged."""
    here: dict[str, Any] = {}
    with lazy_weights():
        exec(keras_lines(case), here)  # the lines are made by this very program
    model = here["model"]
    shapes = [
        tuple(size if isinstance(size, int) else None for size in tensor.shape)
        for _, tensor in case.flow.outputs()
        if tensor is not None
    ]
    made = model.output_shape if isinstance(model.output_shape, list) else [model.output_shape]
    assert [tuple(shape) for shape in made] == shapes
    assert model.count_params() == totals(case.flow.weights()).params


#: layers that Keras has with TensorFlow only, which the tests do without
OF_TENSORFLOW = ("HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")


@pytest.mark.parametrize("name", sorted({cls.__name__ for cls in all_layers().values()}))
def test_the_keras_lines_of_an_example_build(name: str) -> None:
    cls = all_layers()[name]
    case = example(cls, Numbers())
    if case is None or not has_lines(case):
        return
    if name in OF_TENSORFLOW:
        with pytest.raises(ImportError, match="requires TensorFlow"):
            built_is_judged(case)
    else:
        built_is_judged(case)


def test_a_conv_lstm_of_one_pixel_is_an_lstm() -> None:
    weights = numerics.weights_for("LSTM", 2, 5)
    layer = keras.layers.ConvLSTM2D(5, 1, recurrent_activation="sigmoid", return_sequences=True)
    layer.build((1, 6, 3, 3, 2))
    shapes = [tuple(weight.shape) for weight in layer.weights]
    layer.set_weights([np.reshape(w, s) for w, s in zip(weights, shapes, strict=True)])
    video = numerics.pattern(1, 6, 3, 3, 2, start=50)
    made = np.asarray(layer(video))
    assert keras.layers.ConvLSTM2D(5, 1).cell.recurrent_activation is keras.activations.sigmoid
    for row, column in ((0, 0), (2, 1)):
        alone = numerics.run("LSTM", video[:, :, row, column], weights)
        np.testing.assert_allclose(made[:, :, row, column], alone.outputs, atol=1e-5)


@pytest.mark.parametrize("name", ["series", "parallel", "table", "targets", "time-first"])
def test_numpy_lines_are_what_is_run(name: str) -> None:
    (variables, given), recipes = data.recipes_of(name, Numbers())
    full = np.arange(given.size, dtype=float).reshape(given.shape)
    here = {name: full + n for n, name in enumerate(variables.split(", "))}
    around = {"np": np, "T": data.window(Numbers()["batch"])}
    exec(data.WINDOWS, around)
    for recipe in recipes:
        said = eval(recipe.code, {**around, **here})  # a line of this program's own
        np.testing.assert_array_equal(said, recipe.function(*here.values()))


def test_windows_line_is_what_is_run() -> None:
    here: dict[str, Any] = {"np": np, "series": np.arange(9.0), "T": 4}
    exec("\n".join((data.WINDOWS, *data.WINDOWED)), here)  # lines of this program's own
    for made, wanted in zip((here["x"], here["y"]), data.windowed(here["series"], 4), strict=True):
        np.testing.assert_array_equal(made, wanted)
    np.testing.assert_array_equal(here["x"][..., 0], [np.arange(n, n + 4.0) for n in range(5)])
    np.testing.assert_array_equal(here["y"][:, 0], np.arange(4.0, 9.0))
