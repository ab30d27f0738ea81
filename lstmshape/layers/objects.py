"""The names of Keras's initializers, regularizers and constraints, as layer arguments take them."""

from __future__ import annotations

from lstmshape.layers.arguments import named_object
from lstmshape.layers.base import REGULARIZER as REGULARIZER

INITIALIZER = named_object("an initializer", ())
CONSTRAINT = named_object("a constraint", ())
