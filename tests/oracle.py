"""What real Keras says about a spec, for tests and for the differential harness.

    seen = observe(tree)          # tree: a spec as plain data, CONTRACT section 1
    seen.accepted                 # would building this model raise?
    seen.refusals[0]              # where, at which stage, with which words
    seen.calls[2].outputs[0].shape, .dtype, .mask
    seen.params, seen.trainable, seen.non_trainable, seen.outputs

    ran = trace(tree, {"T": 7})   # run it on made-up sizes, abstractly
    ran.failure                   # None, or what was raised, at `ran.path`

The model is built by `lstmshape.keras`, whose docstring says how a spec becomes Keras calls. Keras
stops at the first thing it refuses; the oracle goes on with the entries that do not depend on it,
so `refusals` has one for each independent cause, and what lies behind one is "blocked". The first
is the one that Keras raises.

Weights are not allocated (`quick_keras`), unless `eager=True`. Nothing is left behind: names,
settings and warnings of Keras are as before. Keras is imported at the first call (seconds).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from quick_keras import lazy_weights, remembered_signatures

if TYPE_CHECKING:
    from oracle_watcher import Watcher

Path = tuple[str | int, ...]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Refusal:
    """`path` is the entry's (or deeper, where the fault lies in a layer inside it); `kind` the
    name of the exception; `text` without Keras's list of arguments."""

    path: Path
    stage: Literal["spec", "construct", "call", "model", "compile"]
    layer: str | None
    kind: str
    text: str

    @property
    def entry(self) -> int | None:
        """The index in the outermost `layers`; None for an input or the model as a whole."""
        inside = len(self.path) > 1 and self.path[0] == "layers"
        return int(self.path[1]) if inside else None


@dataclass(frozen=True)
class Output:
    """One tensor; None is an open dim. `mask` is the shape of the mask it bears, if it does."""

    shape: Shape
    dtype: str
    mask: Shape | None


@dataclass(frozen=True)
class Call:
    """One entry of `layers`, in the order written. Counts are the layer's, None if not built.

    `name` is Keras's name of the layer, also for a `reuse`, which `again` tells. `destroys` are the
    layers (it, or some inside it) that warned in this call that they destroy a mask.
    """

    path: Path
    name: str | None
    class_name: str | None
    status: Literal["ok", "refused", "blocked"]
    outputs: tuple[Output, ...] = ()
    params: int | None = None
    trainable: int | None = None
    non_trainable: int | None = None
    again: bool = False
    destroys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observation:
    """What Keras made of a spec. Totals and outputs are those of the model, None when refused.

    `outputs` are flat, in the order written; `output_keys` are the keys where `outputs:` is a
    mapping. `inputs` are the names and shapes of the model's inputs. `warnings` are the texts of
    all warnings.
    """

    calls: tuple[Call, ...]
    refusals: tuple[Refusal, ...]
    params: int | None = None
    trainable: int | None = None
    non_trainable: int | None = None
    inputs: tuple[tuple[str, Shape], ...] = ()
    outputs: tuple[Shape, ...] | None = None
    output_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.refusals

    @property
    def first(self) -> Refusal | None:
        """What Keras raises."""
        return self.refusals[0] if self.refusals else None

    def call(self, name: str) -> Call:
        """The first call of the layer of this name."""
        return next(call for call in self.calls if call.name == name)


@dataclass(frozen=True)
class Trace:
    """What became of running a model. `failure` is None, or the text of what was raised by the
    call at `path`; `shapes` are the real output shapes of each call that was made, by path, and
    `outputs` those of the model (None after a failure)."""

    failure: str | None = None
    path: Path | None = None
    layer: str | None = None
    kind: str | None = None
    shapes: Mapping[Path, tuple[Shape, ...]] | None = None
    outputs: tuple[Shape, ...] | None = None


def observe(
    tree: Mapping[str, Any], *, dims: Mapping[str, int] | None = None, eager: bool = False
) -> Observation:
    """Ask Keras about a spec; never raises for a bad one. `dims` binds names over the tree's."""
    with _asking(eager) as watcher:
        return watcher.observation(_build(watcher, tree, dims))


def trace(
    tree: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    *,
    default: int = 5,
    training: bool | None = None,
) -> Trace:
    """Build the model, then run every layer's real `call` on tensors without values.

    `sizes` gives a number for each open dim: by name, `d1`, `d2`, … for those written null (counted
    over the inputs in order), `batch` (2 unless said); `default` serves the rest. Only the calls on
    which an output depends are run, as Keras would. A model that is refused has failed as well.
    """
    with _asking(eager=False) as watcher:
        model = _build(watcher, tree, None)
        if model is None:
            refusal = watcher.refusals[0]
            return Trace(refusal.text, refusal.path, refusal.layer, refusal.kind)
        from oracle_replay import replay

        return replay(watcher, tree, dict(sizes or {}), default, training)


# -- asking ----------------------------------------------------------------------------------


@cache
def import_keras() -> None:
    """Imports Keras and JAX, whose own deprecated uses of others are not the tests' matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import keras  # noqa: F401  # only the import is wanted


@contextmanager
def _asking(eager: bool) -> Iterator[Watcher]:
    """Warnings kept, tracebacks whole, weights lazy, names fresh; afterwards all is as before."""
    import_keras()
    import keras
    from oracle_watcher import Watcher

    from lstmshape.keras.names import fresh_names

    filtering = keras.config.is_traceback_filtering_enabled()
    with ExitStack() as stack:
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        names = stack.enter_context(fresh_names())
        stack.enter_context(remembered_signatures())
        if not eager:
            stack.enter_context(lazy_weights())
        keras.config.disable_traceback_filtering()
        if filtering:
            stack.callback(keras.config.enable_traceback_filtering)
        yield Watcher(names, caught)


def _build(watcher: Watcher, tree: Mapping[str, Any], dims: Mapping[str, int] | None) -> Any:
    """The model, or None when it was refused."""
    from lstmshape.keras import BuildError, bindings, tree_of

    try:
        watcher.dims = bindings(tree_of(tree), dims)
        return watcher.model(tree)
    except BuildError as error:
        watcher.note(error)
        return None
