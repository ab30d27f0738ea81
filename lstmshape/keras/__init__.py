"""Real Keras models from specs: `build("model.yaml")` is the model that `check` has checked.

Keras is an optional extra (`pip install "lstmshape[keras]"`) and is imported only when `build` is
called, with the backend that the caller's `KERAS_BACKEND` or Keras configuration names.

How a spec is understood here:

- All layers are made first, in the order written, those inside others before those around them;
  then each is called once all that it reads has been called, else in the order written. Names that
  Keras draws (`lstm_1`) are counted from the start for each model, so that they depend on the spec
  alone and are those that `check` prints.
- The model is always a functional `keras.Model`, also for a plain chain. `keras.Sequential` has
  the same shapes, names and weights, but leaves the model silently unbuilt where a layer's shape
  cannot be worked out, which functional models refuse.
- `input:` is an input named `input`; `inputs:` as a mapping gives their names; as a list they get
  Keras's (`input_layer`, `input_layer_1`). `Input:` and `InputLayer:` entries among the layers are
  inputs too. With none of these, the first layer's `input_shape` counts, as in `keras.Sequential`.
- An open dim, named or not, is None; one that `dims:` binds to a number is that number.
- `inputs:` of an entry: a name calls `layer(a)`, a list `layer([a, b])`, a list of one `layer(a)`
  unless the layer merges lists (the attention layers that take query, value and key apart:
  `layer(a, b)`), a mapping `layer(query=a, value=b)`; a mapping
  by the input names of a model inside is one value. Without it, the entry reads all that the one
  before it gives. In `call:` every string is a reference, other values are passed as they are.
- `name:k` is output `k` of a layer, a bare name all of them.
- `outputs:` as a mapping makes a model whose outputs are a dict by those names.
- Lists stand for Keras's tuples. `{Class: {arguments}}` may stand where Keras wants an
  initializer, regularizer, constraint, loss, metric or optimizer.
- An operation (`ops>Mean`) is called on what `inputs` says, then on what `call` says by its
  parameters' names: numbers, lists (arrays), and in `key` of `ops>GetItem` indices and slices.
- Nothing in a spec is run: the function of a `Lambda` is the caller's (`custom_objects`), and the
  layers that load foreign code are refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lstmshape.keras.errors import BuildError, Stage

if TYPE_CHECKING:
    import keras

__all__ = ["BuildError", "Stage", "build"]

#: What may stand at the top of a spec.
_KEYS = frozenset(
    {
        "name",
        "input",
        "inputs",
        "layers",
        "outputs",
        "expect",
        "compile",
        "data",
        "dims",
        "trainable",
    }
)


def build(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    *,
    dims: Mapping[str, int] | None = None,
    compile: bool = False,
    custom_objects: Mapping[str, Any] | None = None,
) -> keras.Model:
    """The real Keras model of a file that lstmshape reads, or of a spec as plain data.

    `dims` binds names of open dims to numbers, over the spec's own `dims:`. With `compile=True` the
    model is compiled with the spec's `compile:`, which must then be there. `custom_objects` are
    classes that are not Keras's by their names (`"package>Class"`, or the class alone), unless
    they are registered with Keras, and the functions of Lambdas, by theirs or by the layers'.
    `expect:` and `data:` are for `check` and are not looked at.

    Raises BuildError, which says where in the spec and why, when the spec is no model or Keras
    refuses it; ImportError without Keras; OSError when the file cannot be read.
    """
    tree = tree_of(spec)
    from lstmshape.keras.compiling import compile_model
    from lstmshape.keras.graph import Builder
    from lstmshape.keras.names import fresh_names

    with fresh_names():
        model = Builder(bindings(tree, dims), custom_objects).model(tree)
    if compile:
        if "compile" not in tree:
            raise BuildError("the spec has no `compile`", ())
        compile_model(model, tree["compile"])
    return model


def tree_of(spec: str | os.PathLike[str] | Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec as plain data, with its name. The one place that knows how files are read."""
    tree: Any = spec
    if isinstance(spec, (str, os.PathLike)):
        tree = _read(os.fspath(spec))
    if not isinstance(tree, Mapping):
        raise BuildError("a spec is a mapping", ())
    stray = [key for key in tree if key not in _KEYS]
    if stray:
        raise BuildError(f"{stray[0]!r} means nothing at the top of a spec", (stray[0],))
    return tree


def _read(path: str) -> dict[str, Any]:
    """The tree of a file in any format that is read; its name is the file's where it has none.

    What is written twice, or reads as something else than it looks like, is refused: `check` says
    that it is an error.
    """
    from lstmshape.api import load
    from lstmshape.case import judge
    from lstmshape.rules import explain_facts

    document = load(path)
    faults = explain_facts(document.facts, judge({"layers": []}))
    wrong = [fault for fault in faults if fault.severity == "error"]
    if wrong or not isinstance(document.tree, dict):
        why = wrong[0].message if wrong else "there is no model in it"
        raise BuildError(why, wrong[0].place.path if wrong else ())
    return {"name": os.path.splitext(os.path.basename(path))[0], **document.tree}


def bindings(tree: Mapping[str, Any], dims: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The `dims:` of a tree with those of the caller over them; bounds are no bindings."""
    written = tree.get("dims") or {}
    if not isinstance(written, Mapping):
        raise BuildError("`dims` is a mapping of names to numbers or bounds", ("dims",))
    return {**written, **(dims or {})}
