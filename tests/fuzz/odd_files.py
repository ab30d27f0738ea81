"""Files made to cost time or memory, HDF5 files, and folders of many files with odd names."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

from fuzz.mutations import ODD, SCRAPS, spoil, twist
from fuzz.specs import keras_models, spoiled_spec, texts

HAS_H5 = find_spec("h5py") is not None

#: names that a file system takes, and a report must not obey
NAMES = [
    "a b.yaml", "é.yaml", "名.yml", "a\x1b[31m.yaml", "a\n::error::x.yaml", "\u202ea.yaml",
    "-a.yaml", "#a.yaml", "!a.yaml", "[a].yaml", "a,b:c.yaml", "%0A.yaml", "a'\".yaml",
    "a\udcff.yaml", ".a.yaml", "a.YAML", "a.json", "x.keras", "a<b>&.yaml", "a\\b.yaml",
]  # fmt: skip
FOLDERS = ["", "", "sub/", "a b/c/", "ignored/", "node_modules/", "\x1b]0;t\x07/", "..a/"]
GITIGNORE = [
    b"*.yaml", b"!a b.yaml", b"ignored/", b"/sub", b"**/c", b"[a-", b"\\", b"*" * 60, b"#", b"",
    b"a\\ b.yaml", b"[!x]?.y*ml", b"[[:alpha:]].yml", b"\xff", b"!", b"/", b"**", b"a/**/b",
]  # fmt: skip


def heavy_text(rng: random.Random) -> dict[str, bytes]:
    """A text that is small beside what it stands for, deep, or long in one place."""
    return {"a.yaml": rng.choice(HEAVY)(rng)}


def _laughs(rng: random.Random) -> bytes:
    """Aliases of aliases: `width ** depth` values."""
    width, depth = rng.randrange(2, 12), rng.randrange(2, 30)
    lines = ["l0: &l0 [x, x]"]
    for n in range(1, depth):
        lines.append(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]")
    return "\n".join([*lines, "input: [3]", f"layers: *l{depth - 1}", ""]).encode()


def _merges(rng: random.Random) -> bytes:
    depth = rng.randrange(2, 60)
    lines = ["m0: &m0 {units: 3}"]
    lines += [f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}], k{n}: 1}}" for n in range(1, depth)]
    entry = f"  - Dense: {{<<: *m{depth - 1}}}"
    return "\n".join([*lines, "input: [3]", "layers:", entry, ""]).encode()


def _deep(rng: random.Random) -> bytes:
    """One thing inside another, up to thousands of times."""
    times = rng.choice((50, 99, 101, 500, 3000, 20_000))
    start, end = rng.choice((
        (b"[", b"]"), (b'{"a":', b"}"), (b"- ", b""), (b"{TimeDistributed: {layer: ", b"}}"),
        (b"{Sequential: {layers: [", b"]}}"), (b'{"class_name":"W","config":{"layer":', b"}}"),
        (b"!x ", b""), (b"? ", b""), (b"&a ", b""), (b"a: ", b""),
    ))  # fmt: skip
    return b"input: [3, 4]\nlayers:\n  - " + start * times + b"Dense" + end * times + b"\n"


def _long(rng: random.Random) -> bytes:
    """One long number, text, name, comment or line."""
    size = rng.choice((300, 5_000, 60_000))
    piece = rng.choice((b"9", b"a", b" ", b"\t", b"#", b"-", b"1.", b"\\", b"_", b"(", b"\xc3\xa9"))
    part = rng.choice((
        b"  - Dense: {units: %s}", b"  - Dense: {units: 3, name: %s}", b'  - Dense: {"%s": 3}',
        b"  - %s: {units: 3}", b"  - Dense: {units: 3} # lstmshape: ignore[%s]", b"%s",
        b"  - Dense: {units: 3, activation: '%s'}", b"    inputs: %s", b"    expect: [%s]",
    ))  # fmt: skip
    return b"input: [3]\nlayers:\n  - Dense: {units: 3}\n" + part % (piece * size) + b"\n"


ENTRIES = (
    "Dense: {units: 3}", "LSTM: {units: 4}", "Conv1D: {filters: 3, kernel_size: 2}", "Nope: {}",
    "Dense: {unit: 3}", "MaxPooling1D: {}", "Reshape: {target_shape: [-1, 5]}", "Embedding: {}",
)  # fmt: skip


def _many(rng: random.Random) -> bytes:
    """Hundreds of layers, names, dims, axes, keys or findings."""
    count = rng.choice((60, 200, 600))
    kind = rng.randrange(6)
    if kind == 0:
        body = [f"  - {rng.choice(ENTRIES)}"] * count
    elif kind == 1:
        names = ", ".join(f"t{n}" for n in range(count))
        return f"input: [{names}]\nlayers:\n  - Flatten:\n  - Dense: {{units: 3}}\n".encode()
    elif kind == 2:
        body = [f"  - Dense: {{units: 3, name: d{n}}}\n    inputs: d{n + 1}" for n in range(count)]
    elif kind == 3:
        refs = ", ".join(["d"] * count)
        body = [f"  - Dense: {{units: 3, name: d}}\n  - Concatenate:\n    inputs: [{refs}]"]
    elif kind == 4:
        body = [f"  - Dense: {{{', '.join(f'k{n}: 1' for n in range(count))}}}"]
    else:
        body = ["  - Reshape: {target_shape: [-1, 2]}", "  - MaxPooling1D: {}"] * (count // 2)
    return ("input: [T, 6]\nlayers:\n" + "\n".join(body) + "\n").encode()


HEAVY: list[Callable[[random.Random], bytes]] = [_laughs, _merges, _deep, _long, _many]


def h5_file(rng: random.Random) -> dict[str, bytes]:
    """An HDF5 file with a model in it that has odd values, or with spoiled bytes."""
    import h5py

    tree = rng.choice(keras_models())
    if rng.random() < 0.7:
        tree = twist(rng, tree, [*keras_models(), ODD])
    config: Any = json.dumps(tree)[:60_000]
    if rng.random() < 0.2:
        config = rng.choice((b"\xff\xfe", "", 3, [1, 2], b"x" * 50_000, "[" * 5_000))
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        for key in ("model_config", "training_config", "keras_version"):
            if key == "model_config" or rng.random() < 0.4:
                file.attrs[key] = config if rng.random() < 0.9 else "x"
    data = made.getvalue()
    return {"a.h5": spoil(rng, data, [data]) if rng.random() < 0.4 else data}


def folder(rng: random.Random) -> dict[str, bytes]:
    """Some files of odd names in folders, with what git is told to ignore."""
    files = {}
    for _ in range(rng.randrange(2, 6)):
        name = rng.choice(FOLDERS) + rng.choice(NAMES)
        if rng.random() < 0.3:
            files[name] = b"".join(rng.choices(SCRAPS, k=rng.randrange(20)))
        else:
            files[name] = rng.choice(texts()) if rng.random() < 0.5 else spoiled_spec(rng)["a.yaml"]
    if rng.random() < 0.5:
        lines = rng.choices(GITIGNORE, k=rng.randrange(1, 5))
        files[rng.choice(("", "sub/")) + ".gitignore"] = b"\n".join(lines)
    return files


@cache
def kinds() -> dict[str, Callable[[random.Random], dict[str, bytes]]]:
    found = {"heavy texts": heavy_text, "folders": folder}
    return {**found, "HDF5 files": h5_file} if HAS_H5 else found
