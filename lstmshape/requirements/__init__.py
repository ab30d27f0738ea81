"""Requirements on open sizes: what `sometimes` leaves for the user to keep.

`Requirements` gathers them, says which clash, and writes what is left in its shortest form:
`T >= 17`, `T = S`, `T a multiple of 4`.
"""

from __future__ import annotations

from lstmshape.requirements.conditions import AtLeast, AtMost, Equal, Multiple, Requirement
from lstmshape.requirements.store import Requirements, text_of

__all__ = ["AtLeast", "AtMost", "Equal", "Multiple", "Requirement", "Requirements", "text_of"]
