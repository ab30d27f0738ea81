"""lstmshape: the shapes of Keras models from YAML, without Keras."""

from __future__ import annotations

__version__ = "0.1.0"
