"""Keras made quick for models that are only looked at: the same verdicts, shapes and counts.

Inside `lazy_weights()` nothing is allocated, `LSTM(10**6)` takes no time: a variable keeps its
initializer instead of running it, which is the state that Keras itself leaves variables in under a
`StatelessScope`. What an initializer would refuse (a float16 orthogonal matrix, an identity of rank
3) is still refused: each kind of initializer, dtype and rank is tried once on a small shape.

Inside `remembered_signatures()` the signature of a method is worked out once, not once an object,
which is a third of what Keras does for a small model.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: by the function of a method
_SIGNATURES: dict[Any, inspect.Signature] = {}

#: what an initializer raised when it was tried, or None
_TRIED: dict[tuple[Any, ...], Exception | None] = {}


@contextmanager
def remembered_signatures() -> Iterator[None]:
    original = inspect.signature

    def signature(obj: Any, **options: Any) -> inspect.Signature:
        function = getattr(obj, "__func__", None)
        if function is None or options:
            return original(obj, **options)
        if function not in _SIGNATURES:
            _SIGNATURES[function] = original(obj)
        return _SIGNATURES[function]

    inspect.signature = signature
    try:
        yield
    finally:
        inspect.signature = original


@contextmanager
def lazy_weights() -> Iterator[None]:
    import keras

    variable = keras.Variable
    original = variable._initialize_with_initializer

    def keep(self: Any, initializer: Any) -> None:
        _try(initializer, self._shape, self._dtype)
        self._initialize_layout()
        self._initializer = initializer
        self._value = None

    variable._initialize_with_initializer = keep
    try:
        yield
    finally:
        variable._initialize_with_initializer = original


def _try(initializer: Any, shape: tuple[int, ...], dtype: str) -> None:
    """Raises what the initializer raises for a shape of this rank."""
    small = tuple(min(dim, 2) for dim in shape)
    key = (_kind(initializer), small, dtype)
    if key not in _TRIED:
        _TRIED[key] = _attempt(initializer, small, dtype)
    if _TRIED[key] is not None:
        # the same refusal, in the words for this very shape
        raise _attempt(initializer, shape, dtype) or _TRIED[key]


def _attempt(initializer: Any, shape: tuple[int, ...], dtype: str) -> Exception | None:
    import jax

    try:
        # a traced QR says nothing of an unsupported dtype, only its lowering does
        jax.jit(lambda: initializer(shape, dtype=dtype)).lower()
    except Exception as error:  # whatever it raises is what building the layer would raise
        return error.with_traceback(None)
    return None


def _kind(initializer: Any) -> Any:
    """What tells initializers apart; a layer's own function by what it closes over."""
    import keras

    if isinstance(initializer, keras.initializers.Initializer):
        config = {key: value for key, value in initializer.get_config().items() if key != "seed"}
        return type(initializer).__name__, json.dumps(config, sort_keys=True, default=str)
    cells = [cell.cell_contents for cell in getattr(initializer, "__closure__", None) or ()]
    inner = [getattr(cell, "bias_initializer", cell) for cell in cells]
    held = [getattr(cell, "moving_variance_initializer", cell) for cell in cells]
    if None in held:  # BatchNormalization's function of a function that is not there
        return getattr(initializer, "__qualname__", ""), None
    both = [*inner, *held]
    kinds = [_kind(item) for item in both if isinstance(item, keras.initializers.Initializer)]
    return getattr(initializer, "__qualname__", ""), tuple(kinds)
