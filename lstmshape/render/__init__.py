"""Reports for people and machines: one module a format, found by the name of the format."""

from __future__ import annotations
