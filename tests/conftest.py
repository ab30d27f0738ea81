"""Which backend the tests ask Keras with; it must be said before anything imports Keras."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
