"""The program that reads HDF5 files for `keras_h5`, run as a script in a process of its own.

The HDF5 library is C, and a file that was made to hurt it can keep it busy for ever, make it take
all memory or crash it; nothing in Python can break that off. A process can be given bounds, and be
done without. It imports nothing of the package.

Each line that comes in is the path of a file, in hexadecimal; a line of JSON goes out for it: what
the attributes say that were asked for on the command line, or `problem`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

#: of the processor, for one file, and megabytes for all of them
SECONDS, MEGABYTES = 1, 1024


def main(keys: list[str]) -> None:
    del sys.path[0]  # the folder of this file, whose modules are nobody else's
    import h5py

    print("ready", flush=True)
    _bound("RLIMIT_DATA", MEGABYTES * 1_000_000)
    for line in sys.stdin:
        _bound("RLIMIT_CPU", round(time.process_time()) + SECONDS)  # it counts whole seconds
        print(json.dumps(_said(h5py, os.fsdecode(bytes.fromhex(line)), keys)), flush=True)


def _said(h5py: Any, path: str, keys: list[str]) -> dict[str, str | None]:
    try:
        with h5py.File(path, "r") as file:
            return {key: _text(file.attrs.get(key)) for key in keys}
    # h5py turns every complaint of the HDF5 library into one of these
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError) as error:
        return {"problem": str(error)[:80]}


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _bound(name: str, most: int) -> None:
    """What the kernel holds this process to; on some systems there is no such thing."""
    try:
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard < 0 else min(most, hard), hard))
    except (ImportError, AttributeError, ValueError, OSError):
        return


if __name__ == "__main__":
    main(sys.argv[1:])
