"""The data of a spec: shapes, or files of which only the header is read.

NumPy reads the header and nothing is unpickled. An array of Python objects has a shape too, and is
told by its dtype `object`.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from lstmshape.source import Path

#: A size in data: a number, or None where it is not known.
Size = int | None


class Array(NamedTuple):
    """One array that is fed: its shape with the sample axis, and its dtype where it is known."""

    name: str | None
    shape: tuple[Size, ...]
    dtype: str | None
    path: Path

    @property
    def variable(self) -> str:
        """What it is called in a line of code: `x`, `x["source"]`, `x[0]`."""
        first = str(self.path[1]) if len(self.path) > 1 else "x"
        key = self.path[2] if len(self.path) > 2 else self.name
        if key is None:
            return first
        return f"{first}[{key}]" if isinstance(key, int) else f'{first}["{key}"]'


class BadArray(NamedTuple):
    """Something that is no array; `why` is a sentence's rest: "is no …"."""

    name: str | None
    why: str
    path: Path
    #: a file that is not there, or cannot be opened
    absent: bool = False


Read = Array | BadArray


def read_arrays(written: Any, path: Path, where: str | None) -> list[Read]:
    """The arrays that `x` or `y` says: one, a list in order, or a mapping by name."""
    if written is None:
        return []
    if like_input(written):
        return [_one(written, path, where, None)]
    if isinstance(written, dict):
        return [_one(value, (*path, key), where, str(key)) for key, value in written.items()]
    if isinstance(written, list) and any(isinstance(v, (list, str)) for v in written):
        return [_one(value, (*path, n), where, None) for n, value in enumerate(written)]
    if isinstance(written, str) and written.endswith(".npz"):
        return _archive(written, path, where)
    return [_one(written, path, where, None)]


def like_input(value: Any) -> bool:
    """Whether an array is said as inputs are: `{shape: [100, 20], dtype: int32}`."""
    if not isinstance(value, dict) or value.keys() != {"shape", "dtype"}:
        return False
    return isinstance(value["dtype"], str) and not value["dtype"].endswith((".npy", ".npz"))


def _one(value: Any, path: Path, where: str | None, name: str | None) -> Read:
    if isinstance(value, str):
        return _file(value, path, where, name)
    if isinstance(value, list) and all(v is None or (type(v) is int and v >= 0) for v in value):
        return Array(name, tuple(value), None, path)
    if like_input(value):
        return BadArray(name, "is more than a shape: an array is its shape alone, or a file", path)
    return BadArray(name, "is no shape and no .npy or .npz file", path)


def _file(value: str, path: Path, where: str | None, name: str | None) -> Read:
    if not value.endswith((".npy", ".npz")):
        return BadArray(name, "is no .npy or .npz file", path)
    if value.endswith(".npz"):
        found = _archive(value, path, where)
        if len(found) == 1:
            return found[0]._replace(name=name)
        return BadArray(name, f"holds {len(found)} arrays, and one is meant", path)
    try:
        with open(os.path.join(where or "", value), "rb") as file:
            shape, dtype = _header(file)
    except OSError as error:
        return _absent(name, error, path)
    except ValueError:
        return BadArray(name, "is no array that NumPy wrote", path)
    return Array(name, shape, dtype, path)


def _absent(name: str | None, error: OSError, path: Path) -> BadArray:
    why = (error.strerror or "no such file").lower()
    return BadArray(name, f"cannot be read: {why}", path, absent=True)


def _header(file: Any) -> tuple[tuple[int, ...], str]:
    """Shape and dtype from the header of a .npy stream. Raises ValueError for anything else."""
    # importing NumPy costs as much as all the rest of a check, and few specs name files
    import numpy.lib.format as npy

    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"version {version} of .npy")
    shape, _, dtype = readers[version](file)
    return tuple(int(size) for size in shape), str(dtype)


def _archive(value: str, path: Path, where: str | None) -> list[Read]:
    """Every array in a .npz file, by name."""
    import zipfile

    found: list[Read] = []
    try:
        with zipfile.ZipFile(os.path.join(where or "", value)) as archive:
            for member in archive.infolist()[:1000]:
                if member.filename.endswith(".npy"):
                    with archive.open(member) as file:
                        shape, dtype = _header(file)
                    found.append(Array(member.filename[:-4], shape, dtype, path))
    except OSError as error:
        return [_absent(None, error, path)]
    except (ValueError, zipfile.BadZipFile):
        return [BadArray(None, "is no archive that NumPy wrote", path)]
    return found
