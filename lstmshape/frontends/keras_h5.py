"""`.h5` files: the configuration that Keras keeps in them beside the weights.

They need h5py, which is an extra of the package; without it one line says so. A process of their
own reads them, which is started for the first and serves all others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from lstmshape.facts import NotASpec, OverLimit, Unreadable
from lstmshape.frontends import h5_process
from lstmshape.frontends.document import Document
from lstmshape.frontends.json_places import BadJson, JsonText, parse
from lstmshape.frontends.keras_config import document_of, fault
from lstmshape.frontends.keras_document import Spot
from lstmshape.frontends.limits import TooMuch
from lstmshape.frontends.text import MAX_BYTES, Unread
from lstmshape.source import Source

KIND = "hdf5"
MISSING = "reading .h5 files needs h5py: pip install 'lstmshape[h5]'"
#: seconds for one file, where the kernel does not count those of the processor (`h5_process`)
PATIENCE = 30.0
_KEYS = ("model_config", "training_config", "keras_version")


def read_h5(name: str, data: bytes, path: str | None = None) -> Document:
    """The document of an HDF5 file: in `data`, or in the file `path` where that is given."""
    if find_spec("h5py") is None:
        return _broken(name, MISSING)
    said = _in_a_file(data) if path is None else _said(path)
    problem = said.get("problem")
    if problem is not None:
        return _broken(name, f"the HDF5 file is broken: {problem}")
    return _document(name, said)


def _broken(name: str, problem: str) -> Document:
    return Unread(Source(name, ""), Unreadable(problem=problem), kind=KIND)


def _document(name: str, said: dict[str, str | None]) -> Document:
    text = said["model_config"]
    if text is None:
        found = "an HDF5 file without `model_config`: weights, or no model of Keras"
        return Unread(Source(name, ""), NotASpec(found=found), kind=KIND)
    source = Source(f"{name}:model_config", text)
    if len(text) > MAX_BYTES:
        fact = OverLimit(what="model_config", limit=MAX_BYTES, unit="characters")
        return Unread(Source(source.name, ""), fact, kind=KIND)
    try:
        read = parse(text)
    except (BadJson, TooMuch) as error:
        return Unread(source, fault(error, source), kind=KIND)
    training = Spot(_parsed(said["training_config"]), ())
    return document_of(source, read, JsonText(text), KIND, said["keras_version"], training)


def _parsed(text: str | None) -> Any:
    """What the model was compiled with; it stands apart, and no place can be told in it."""
    try:
        return parse(text) if text is not None else None
    except (BadJson, TooMuch):
        return None


# -- the process that reads ---------------------------------------------------------------------


def _in_a_file(data: bytes) -> dict[str, str | None]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        with open(path, "wb") as file:
            file.write(data)
        return _said(path)


_reader: _Reader | None = None


def _said(path: str) -> dict[str, str | None]:
    """The attributes of a file, or the `problem` with it."""
    global _reader
    if _reader is None or _reader.owner != os.getpid():
        _reader = _Reader()
    said = _reader.ask(os.path.abspath(path))
    if said is None:
        _reader.end()
        _reader = None
        return {"problem": "the HDF5 library crashes on it, or never ends"}
    return said


class _Reader:
    """The process; it ends when this one does, which closes what it reads from."""

    def __init__(self) -> None:
        import atexit

        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, h5_process.__file__, *_KEYS], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        atexit.register(self.end)
        self._line()  # it is ready: loading h5py takes longer than any file

    def ask(self, path: str) -> dict[str, str | None] | None:
        """What it says of a file; None when it did not live to say anything."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(os.fsencode(path).hex().encode() + b"\n")
            self.process.stdin.flush()
            answer = self._line()
        except BrokenPipeError:
            return None
        said: dict[str, str | None] | None = json.loads(answer) if answer else None
        return said

    def _line(self) -> bytes:
        import threading

        assert self.process.stdout is not None
        clock = threading.Timer(PATIENCE, self.process.kill)
        clock.start()
        try:
            return self.process.stdout.readline()
        finally:
            clock.cancel()
            clock.join()  # a process with threads must not fork

    def end(self) -> None:
        import atexit

        atexit.unregister(self.end)
        if self.owner != os.getpid():
            return  # a copy of it in a process that was forked
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()
