"""Specs, Keras files and configurations with something wrong in them, by the names of files."""

from __future__ import annotations

import io
import json
import random
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from yaml_trees import random_tree

from fuzz.mutations import ODD, SCRAPS, spoil, twist
from lstmshape.config import KEYS
from lstmshape.export import export
from lstmshape.frontends import read
from lstmshape.rules import all_rules

TESTS = Path(__file__).parent.parent
SPECS = TESTS.parent / "specs"


@cache
def texts() -> list[bytes]:
    """Specs that are good, or wrong in one place."""
    found = [path.read_bytes() for path in sorted(SPECS.rglob("*.yaml"))]
    return found + [text.encode() for rule in all_rules() for text in (rule.bad, rule.good)]


@cache
def trees() -> list[Any]:
    # aliases could make a tree endless, once it is written out
    found = [read("spec.yaml", text).tree for text in texts() if b"*" not in text]
    return [tree for tree in found if isinstance(tree, dict)]


@cache
def keras_models() -> list[Any]:
    """Good specs as Keras saves them, and models of every version of Keras."""
    from lstmshape.pipeline import check_document

    saved = sorted((TESTS / "keras_files").glob("keras*.json"))
    found: list[Any] = [json.loads(path.read_bytes()) for path in saved]
    for path in sorted(SPECS.glob("good/*.yaml")):
        report = check_document(read(path.name, path.read_bytes()))
        if report.ok:
            found.append(json.loads(export(report, "keras-json")))
    return found


# -- files -------------------------------------------------------------------------------------


def random_bytes(rng: random.Random) -> dict[str, bytes]:
    name = rng.choice(("a.yaml", "a.json", "a.keras", "a.h5", "a.yml"))
    start = rng.choice((b"", b"layers:\n", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b'{"class_name":'))
    if rng.random() < 0.5:
        return {name: start + rng.randbytes(rng.randrange(400))}
    return {name: start + b"".join(rng.choices(SCRAPS, k=rng.randrange(60)))}


def spoiled_spec(rng: random.Random) -> dict[str, bytes]:
    return {"a.yaml": spoil(rng, rng.choice(texts()), texts())}


def twisted_spec(rng: random.Random) -> dict[str, bytes]:
    """A spec with odd values, in YAML or in JSON."""
    tree = twist(rng, rng.choice(trees()), trees())
    return {"a.yaml": _written(rng, tree)}


def random_spec(rng: random.Random) -> dict[str, bytes]:
    tree = random_tree(rng)
    return {"a.yaml": _written(rng, twist(rng, tree, trees()) if rng.random() < 0.5 else tree)}


def long_spec(rng: random.Random) -> dict[str, bytes]:
    """Many layers of many specs one behind another, with much that does not fit."""
    chosen = rng.choices(trees(), k=rng.randrange(2, 25))
    layers = [layer for tree in chosen for layer in tree.get("layers") or []]
    if rng.random() < 0.7:  # else names stand twice, and references lead to other specs
        layers = [one for one in layers if isinstance(one, str) or len(one) == 1]
    tree = {**chosen[0], "layers": layers}
    return {"a.yaml": _written(rng, twist(rng, tree, trees()) if rng.random() < 0.5 else tree)}


def _written(rng: random.Random, tree: Any) -> bytes:
    if rng.random() < 0.3:
        return json.dumps(tree).encode()
    return yaml.dump(tree, sort_keys=False, allow_unicode=rng.random() < 0.5).encode()


def keras_file(rng: random.Random) -> dict[str, bytes]:
    """A Keras model with odd values or spoiled bytes: a JSON file, or an archive with it."""
    tree = rng.choice(keras_models())
    if rng.random() < 0.7:
        tree = twist(rng, tree, [*keras_models(), ODD])
    data = json.dumps(tree).encode()
    if rng.random() < 0.2:
        data = spoil(rng, data, [json.dumps(one).encode() for one in keras_models()[:5]])
    kind = rng.random()
    if kind < 0.6:
        return {"a.json": data}
    if kind < 0.8:
        return {"a.yaml": yaml.dump(tree).encode()}
    return {"a.keras": _archive(rng, data)}


def _archive(rng: random.Random, config: bytes) -> bytes:
    made = io.BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(made, "w", packing) as archive:
        for name in rng.choice((["config.json"], ["config.json", "metadata.json"], ["x"])):
            archive.writestr(name, config if rng.random() < 0.9 else b" " * 20_000_000)
    data = made.getvalue()
    return data if rng.random() < 0.4 else spoil(rng, data[:50_000], [data[:50_000]])


def configuration(rng: random.Random) -> dict[str, bytes]:
    """A spec beside a configuration of odd values."""
    keys = [*KEYS, "nonsense", "Select"]
    lines = [f"{rng.choice(keys)} = {_toml(rng)}" for _ in range(rng.randrange(1, 5))]
    text = ("\n".join(lines) + "\n").encode()
    name = rng.choice(("lstmshape.toml", "pyproject.toml"))
    if name == "pyproject.toml":
        text = b"[tool.lstmshape]\n" + text
    return {name: spoil(rng, text, [text]) if rng.random() < 0.3 else text} | spoiled_spec(rng)


def _toml(rng: random.Random) -> str:
    code = rng.choice(("LS3", "LS301", "ls", "X", "", "wrong-rank"))
    return rng.choice((
        "true", "false", "3", "0", "-1", "1e400", "nan", '""', f'"{code}"', f'["{code}"]',
        f'{{"*.yaml" = ["{code}"]}}', f'{{{code or "T"} = "error"}}', "{T = 480}", '"["', '["**"]',
        f'["{"*" * rng.randrange(40)}"]', '["[a-", "!x", "{a,b}"]', '"json"', "2001-01-01", "[1]",
    ))  # fmt: skip
