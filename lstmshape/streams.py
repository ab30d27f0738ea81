"""The streams of the program, in UTF-8 whatever the locale says."""

from __future__ import annotations

import re
import sys

from lstmshape.render.escape import escape

#: what a terminal would obey in a text of lines
_OBEYED = r"\r(?!\n)|[^\n\r\t]"


def write(text: str, *, aside: bool = False) -> None:
    """To standard output, or `aside` to standard error."""
    stream = sys.stderr if aside else sys.stdout
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # a caller's own stream in place of the real one, such as `io.StringIO`
        stream.write(text)
        return
    # the bytes of a file name come back as they were
    buffer.write(text.encode("utf-8", "surrogateescape"))
    if aside:
        buffer.flush()


def write_lines_of_files(text: str, *, aside: bool = False) -> None:
    """As `write`, for what a file says: as it is, but nothing that a terminal would obey."""
    if (sys.stderr if aside else sys.stdout).isatty():
        text = re.sub(_OBEYED, lambda match: escape(match.group()), text)
    write(text, aside=aside)


def flush_output() -> None:
    """Everything that was written so far goes out."""
    (getattr(sys.stdout, "buffer", None) or sys.stdout).flush()


def read_input(most: int) -> bytes:
    """Standard input, `most` bytes of it."""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        return sys.stdin.read(most).encode("utf-8", "surrogateescape")
    found: bytes = buffer.read(most)
    return found
