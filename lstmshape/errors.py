"""What keeps the program from running at all: exit code 2."""

from __future__ import annotations


class CannotRun(Exception):
    """The command cannot be carried out; the message is one line, for the person who called it."""
