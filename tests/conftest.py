"""How the tests ask Keras; it must be said before anything imports Keras."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
# The tests compile many small programs and run each once: quick compiling is worth more than quick
# programs (it halves the time of the tests that allocate weights).
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)
