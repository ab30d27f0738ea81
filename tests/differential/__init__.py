"""The differential harness: random models, built here and in real Keras, and held together."""

import sys
from pathlib import Path

# `agree` and `runs` stand beside the tests of the layers
sys.path.append(str(Path(__file__).resolve().parent.parent / "layers"))
