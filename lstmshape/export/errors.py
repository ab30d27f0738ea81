"""Why a model cannot be exported although nothing is wrong with it."""

from __future__ import annotations


class CannotExport(ValueError):
    """The target cannot say this model; the message is one line."""
