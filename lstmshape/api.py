"""The Python API: `load` a file, `check` a file or a tree. Both are in `lstmshape` itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from lstmshape.case import Options
from lstmshape.facts import Fact
from lstmshape.frontends import read
from lstmshape.frontends.document import Document, Textless
from lstmshape.frontends.text import bytes_of
from lstmshape.pipeline import FileReport, Policy, check_document
from lstmshape.source import Source


class TreeDocument(Textless):
    """A spec that never was text: plain data, as `yaml.safe_load` gives it."""

    kind = "spec"

    def __init__(self, tree: Mapping[str, Any], name: str) -> None:
        self.source = Source(name, "")
        self.tree: Any = tree
        self.facts: Sequence[Fact] = ()


def load(path: str | os.PathLike[str]) -> Document:
    """The document of a file in any format that lstmshape reads.

    Its `tree` is the spec as plain data, or None when the file is no model; its `facts` say what is
    wrong with the text. Raises OSError when the file cannot be opened.
    """
    name = os.fspath(path)
    return read(name, bytes_of(name), name)


def check(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    *,
    dims: Mapping[str, int] | None = None,
    batch_size: int | None = None,
    x: Any = None,
    y: Any = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fixes: bool = True,
) -> FileReport:
    """What `lstmshape check` finds in a file, or in a spec as plain data.

    `dims` binds open sizes, `x` and `y` say what will be fed as `data:` of a spec does (a shape, a
    path, or a mapping by names), `select` and `ignore` are codes or prefixes of codes. With
    `fixes=False` no fixes are looked for (nor in plain data, where there is no text to mend).
    Configuration files are not read. Raises OSError when the file cannot be opened; whatever
    stands in it is said by the report.
    """
    where = None
    if isinstance(spec, Mapping):
        document: Document = TreeDocument(plain(spec), "<spec>")
    else:
        document = load(spec)
        where = os.path.dirname(os.fspath(spec)) or "."
    policy = Policy(tuple(select), tuple(ignore), {}, fixes)
    return check_document(document, Options(dims, batch_size, x, y), policy, where)


def plain(value: Any) -> Any:
    """A tree in dicts and lists alone: Python callers write tuples and mappings too."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
