"""What keeps the program from running at all: exit code 2."""

from __future__ import annotations

import os


class CannotRun(Exception):
    """The command cannot be carried out; the message is one line, for the person who called it."""


def defect(error: Exception) -> str:
    """What to say of an error that nobody foresaw, in one line: what it is, where, and what to do.

    LSTMSHAPE_TRACEBACK in the environment shows on standard error how it came about.
    """
    import traceback

    if os.environ.get("LSTMSHAPE_TRACEBACK"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f", {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    said = str(error).partition("\n")[0][:200]
    return (
        f"internal error ({type(error).__name__}{place}){': ' if said else ''}{said};"
        " please report it, with the file (LSTMSHAPE_TRACEBACK=1 shows more)"
    )
