"""Random specs, and random changes to them: what the YAML writer is tried on."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from lstmshape.changes import Change, class_key

Path = tuple[Any, ...]

_CLASSES = ("LSTM", "Dense", "Flatten", "Dropout", "GRU", "Reshape", "Conv1D", "MyLayer")
_ARGUMENTS = ("units", "rate", "return_sequences", "activation", "name", "shape", "seed", "axis",
              "dtype", "y", "on", "kernel", "trainable")  # fmt: skip
_WORDS = ("relu", "lstm_1", "encoder:1", "a/b.npy", "float32", "T")
_ODD_STRINGS = (
    "on", "No", "y", "1e3", "010", "1_000", "1:30", "(None, 1)", "(a)", "null", "None", "~", "true",
    "", " lead", "trail ", "a: b", "a #b", "#x", "it's", 'say "hi"', "- x", "? y", "[1]", "{a: 1}",
    "*a", "&a", "!t", "%x", "@x", "`x`", "a,b", "x:", "é", "名前", "a\\b", "\U0001f600",
    "a\nb", "a\n\n b\n", "\n", "tab\there", "\u2028", "\x85", "0x1F", ".5", "=", "<<", "...",
    "---", "two words", "12", "1.5", ".inf", "2001-01-01", "what?",
)  # fmt: skip


# -- random trees ----------------------------------------------------------------------------------


def random_tree(rng: random.Random) -> dict[str, Any]:
    """A spec in form; its layers' classes and arguments need not make sense to Keras."""
    tree: dict[str, Any] = {}
    if rng.random() < 0.5:
        tree["name"] = random_string(rng)
    if rng.random() < 0.6:
        tree["input"] = random_shape(rng)
    else:
        tree["inputs"] = {k: random_input(rng) for k in rng.sample(("a", "b", "n", "y"), 2)}
    tree["layers"] = [random_entry(rng) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.4 and len(tree["layers"]) > 1:
        _repeat(rng, tree["layers"])
    if rng.random() < 0.3:
        tree["outputs"] = rng.choice(["a", ["a", "b"], {"p": "a", "q": "b:1"}])
    if rng.random() < 0.3:
        tree["compile"] = rng.choice([{"loss": "mse"}, {"loss": {"p": "mae"}, "x": 1}, None])
    if rng.random() < 0.2:
        tree["data"] = {"x": rng.choice([[None, 3], {"a": [4, 5]}]), "y": [1000, 25]}
    items = list(tree.items())
    if rng.random() < 0.2:
        rng.shuffle(items)
    return dict(items)


def _repeat(rng: random.Random, layers: list[Any]) -> None:
    """Let an entry say again, in part, what one before it says: food for aliases and merges."""
    source, target = rng.sample(range(len(layers)), 2)
    name, other = class_key(layers[source]), class_key(layers[target])
    if isinstance(layers[source], str) or isinstance(layers[target], str) or rng.random() < 0.3:
        layers[target] = copy.deepcopy(layers[source])
        return
    again = copy.deepcopy(layers[source][name])
    if isinstance(again, dict) and rng.random() < 0.6:
        again[rng.choice(_ARGUMENTS)] = random_value(rng)
    layers[target][other] = again


def random_entry(rng: random.Random, depth: int = 0) -> Any:
    """A layer entry: bare, with arguments, with other keys, or one with layers inside."""
    name = rng.choice(_CLASSES)
    if rng.random() < 0.12:
        return name
    roll = rng.random()
    arguments: Any
    if depth < 2 and roll < 0.2:
        arguments = {"layer": random_entry(rng, depth + 1)} | random_arguments(rng, 2)
        if rng.random() < 0.3:
            arguments = dict(reversed(arguments.items()))
        name = rng.choice(("TimeDistributed", "Bidirectional"))
    elif depth < 2 and roll < 0.28:
        name = "Sequential"
        arguments = {"layers": [random_entry(rng, depth + 1) for _ in range(rng.randint(0, 3))]}
    else:
        arguments = rng.choice((None, {}, random_arguments(rng, 4), random_arguments(rng, 2)))
    entry = {name: arguments}
    if rng.random() < 0.25:
        entry["inputs"] = rng.choice(["a", ["a", "b:1"], {"query": "a", "value": "b"}])
    if rng.random() < 0.15:
        entry["call"] = rng.choice([{"mask": "m"}, {"initial_state": ["a:1", "a:2"]}, {}, None])
    if rng.random() < 0.15:
        entry["expect"] = rng.choice([[10, 1], [None, "T"], [[1], [2, 3]]])
    items = list(entry.items())
    if rng.random() < 0.2:
        rng.shuffle(items)
    return dict(items)


def random_arguments(rng: random.Random, most: int) -> dict[str, Any]:
    return {k: random_value(rng) for k in rng.sample(_ARGUMENTS, rng.randint(0, most))}


def random_value(rng: random.Random, depth: int = 0) -> Any:
    roll = rng.random()
    if roll < 0.3:
        return rng.choice((0, 1, 64, -3, 10**20))
    if roll < 0.42:
        return rng.choice((0.5, 1e-4, 1000.0, -0.0, 1e30, float("inf")))
    if roll < 0.54:
        return rng.random() < 0.5
    if roll < 0.6:
        return None
    if roll < 0.85 or depth > 1:
        return random_string(rng)
    count = rng.randint(0, 3)
    if roll < 0.94:
        return [random_value(rng, depth + 1) for _ in range(count)]
    return {f"k{n}": random_value(rng, depth + 1) for n in range(count)}


def random_string(rng: random.Random) -> str:
    return rng.choice(_WORDS) if rng.random() < 0.6 else rng.choice(_ODD_STRINGS)


def random_shape(rng: random.Random) -> list[Any]:
    return [rng.choice((None, 1, 16, "T", "n")) for _ in range(rng.randint(1, 3))]


def random_input(rng: random.Random) -> Any:
    shape = random_shape(rng)
    return shape if rng.random() < 0.5 else {"shape": shape, "dtype": "int32"}


# -- random changes --------------------------------------------------------------------------------


CHANGES = (
    "insert_layer", "remove_argument", "remove_layer", "rename_argument", "set_argument",
    "set_call", "set_class", "set_data", "set_expect", "set_input", "set_inputs", "set_loss",
    "set_outputs",
    "unwrap_layer", "wrap_layer",
)  # fmt: skip


def entries(tree: Any, path: Path = ()) -> list[Path]:
    """The paths of all layer entries, those inside others too."""
    found: list[Path] = []
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "layers" and isinstance(value, list):
                for number, entry in enumerate(value):
                    found += [(*path, key, number), *entries(entry, (*path, key, number))]
            elif key == "layer":
                found += [(*path, key), *entries(value, (*path, key))]
            else:
                found += entries(value, (*path, key))
    return found


def random_change(rng: random.Random, tree: Any) -> Change:
    """A change of any op; most fit the tree."""
    paths = entries(tree)
    path = rng.choice(paths)
    entry = _at(tree, path)
    name = class_key(entry)
    arguments = list((entry.get(name) if isinstance(entry, dict) and name else None) or {})
    makers: dict[str, Callable[[], Change]] = {
        "set_argument": lambda: Change(
            "set_argument", path, _some(rng, arguments), random_value(rng)
        ),
        "remove_argument": lambda: Change("remove_argument", path, _some(rng, arguments, 0.95)),
        "rename_argument": lambda: Change(
            "rename_argument", path, _some(rng, arguments, 0.95), rng.choice(_ARGUMENTS)
        ),
        "set_class": lambda: Change("set_class", path, value=rng.choice(_CLASSES)),
        "insert_layer": lambda: _insertion(rng, tree),
        "remove_layer": lambda: Change("remove_layer", rng.choice(paths)),
        "wrap_layer": lambda: Change("wrap_layer", path, value="TimeDistributed"),
        "unwrap_layer": lambda: Change("unwrap_layer", _wrapper(rng, tree, paths)),
        "set_input": lambda: Change("set_input", path, value=rng.choice(["a", ["a", "b:1"], None])),
        "set_expect": lambda: Change(
            "set_expect", rng.choice((path, path, ())), value=rng.choice([None, random_shape(rng)])
        ),
        "set_call": lambda: Change(
            "set_call",
            path,
            rng.choice(("mask", "initial_state")),
            rng.choice([None, "m", ["a:1"]]),
        ),
        "set_inputs": lambda: Change("set_inputs", _input_path(rng, tree), value=random_input(rng)),
        "set_outputs": lambda: Change(
            "set_outputs", ("outputs",), value=rng.choice(["a", ["a", "on"], None])
        ),
        "set_loss": lambda: Change(
            "set_loss",
            rng.choice((("compile", "loss"), ("compile", "loss", "p"))),
            value=rng.choice(["mse", "mae", None]),
        ),
        "set_data": lambda: Change(
            "set_data",
            rng.choice((("data", "x"), ("data", "x", "a"), ("data", "y"), *_sample_axis(tree))),
            value=rng.choice([[5, 6], 7, None]),
        ),
    }
    return makers[rng.choice(CHANGES)]()


def _some(rng: random.Random, names: list[str], among: float = 0.5) -> str:
    return rng.choice(names) if names and rng.random() < among else rng.choice(_ARGUMENTS)


def _insertion(rng: random.Random, tree: Any) -> Change:
    lists = {p[:-1] for p in entries(tree) if isinstance(p[-1], int)}
    path = rng.choice(sorted(lists, key=repr))
    index = rng.randint(0, len(_at(tree, path)))
    return Change("insert_layer", (*path, index), value=random_entry(rng))


def _wrapper(rng: random.Random, tree: Any, paths: list[Path]) -> Path:
    inner = [path[:-2] for path in paths if path[-1] == "layer"]
    return rng.choice(inner or paths)


def _input_path(rng: random.Random, tree: Any) -> Path:
    if "input" in tree:
        return rng.choice((("input",), ("input", 0)))
    name = rng.choice(sorted(tree["inputs"]))
    deeper = ("shape",) if isinstance(tree["inputs"][name], dict) else ()
    return rng.choice((("inputs",), ("inputs", name), ("inputs", name, *deeper)))


def _sample_axis(tree: Any) -> list[Path]:
    return [("data", "y", 0)] if "data" in tree else []


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree
