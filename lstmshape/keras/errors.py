"""What `build` raises, and the narrow door through which everything that Keras raises comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from lstmshape.source import Path

#: How far a spec came. `spec`: it does not say a model, so Keras was not asked; `construct`: a
#: layer was made from its arguments; `call`: a layer was called (which also builds its weights);
#: `model`: the calls were put together; `compile`: `model.compile` was called.
Stage = Literal["spec", "construct", "call", "model", "compile"]


class BuildError(ValueError):
    """A spec that is no Keras model. `__cause__` is what Keras raised, if it was asked.

    `path` leads to the place in the spec's tree (`("layers", 1)`), `layer` is the name that Keras
    gave the layer at fault (None where there is none), `text` the reason without the place.
    """

    def __init__(self, text: str, path: Path, stage: Stage = "spec", layer: str | None = None):
        self.text = text
        self.path = path
        self.stage = stage
        self.layer = layer
        super().__init__(self._message())

    def _message(self) -> str:
        where = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.path).lstrip(".")
        who = f" (`{self.layer}`)" if self.layer else ""
        said = self.text if self.stage == "spec" else f"Keras refuses ({self.stage}): {self.text}"
        return f"{where}{who}: {said}" if where or who else said


@contextmanager
def asking_keras(path: Path, stage: Stage, layer: str | None = None) -> Iterator[None]:
    """Whatever Keras raises inside becomes a `BuildError` that says where in the spec it was."""
    try:
        yield
    except BuildError:
        raise
    except Exception as error:  # Keras raises nearly every built-in exception for a bad model
        raise BuildError(said(error), path, stage, layer) from error


def said(error: Exception) -> str:
    """What an exception of Keras says, without the list of arguments put around it in bold type."""
    text = str(error)
    inner = re.search(r"\x1b\[1m(.*?)\x1b\[0m", text, re.DOTALL)
    return (inner.group(1) if inner else text) or type(error).__name__
