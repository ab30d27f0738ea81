"""How the entries of a random model read each other: references, states, masks, outputs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from lstmshape.case import Case, judge
from lstmshape.layers.base import Layer

Tree = dict[str, Any]
Entry = dict[str, Any]


def passes(tree: Tree) -> bool:
    """Whether we take it. A crash of ours is kept too: it is the most wanted of all findings."""
    try:
        case = judge(tree)
    except Exception:
        return True
    return case.flow.ok and not any(fact.keras == "refuses" for fact in case.facts)


class Wiring:
    """Draws what an entry is called on."""

    def __init__(self, rng: random.Random, layers: Mapping[str, type[Layer]]) -> None:
        self.rng = rng
        self.layers = layers

    # -- references ---------------------------------------------------------------------------

    def _ranks(self, tree: Tree) -> dict[str, list[int]]:
        """The ranks of the outputs of each input and layer that has a name; [] where refused."""
        try:
            case = judge(tree)
        except Exception:
            return {name: [] for name in tree.get("inputs", {"input": 0})}
        return {node.name: _ranks_of(case, node.index) for node in case.graph.nodes if node.name}

    def names(self, tree: Tree) -> list[str]:
        """What an entry could read."""
        return list(self._ranks(tree))

    def _reference(self, name: str, index: float = 0.08) -> str:
        return f"{name}:{self.rng.randint(0, 2)}" if self.rng.random() < index else name

    def reuse(self, tree: Tree) -> Entry | None:
        """A call of an earlier layer again; now and then of one that is not there."""
        inputs = tree.get("inputs", {"input": 0})
        named = [name for name in self._ranks(tree) if name not in inputs]
        if not named:
            return None
        roll = self.rng.random()
        name = "nobody" if roll < 0.02 else self.rng.choice(named)
        return {"reuse": name, "name": f"again_{len(tree['layers'])}"}

    def wire(self, tree: Tree, entry: Entry) -> None:
        """Say what the entry reads, where it is not the one before it."""
        rng = self.rng
        ranks = self._ranks(tree)
        sources = list(ranks)
        key = next(key for key in entry if key not in ("inputs", "call"))
        cls = self.layers.get(self._class_of(tree, entry, key))
        takes = cls.takes if cls is not None else "one"
        alone = not tree["layers"] and len(tree.get("inputs", (0,))) > 1
        if key == "Model" and len(entry[key].get("inputs", ())) > 1:
            entry["inputs"] = self._for_model(entry[key]["inputs"], ranks)
        elif takes in ("list", "named") and rng.random() < 0.9:
            entry["inputs"] = self._several(ranks, named=takes == "named")
        elif alone or rng.random() < 0.25:
            entry["inputs"] = self._reference(rng.choice(sources))
        call = self._call(ranks, cls)
        if call:
            entry["call"] = call

    @staticmethod
    def _class_of(tree: Tree, entry: Entry, key: str) -> str:
        """The class of an entry; of a `reuse`, that of the entry whose layer it calls."""
        if key != "reuse":
            return key
        for written in tree["layers"]:
            name = next((k for k in written if k not in ("inputs", "call")), "")
            own = (written[name] or {}).get("name") if isinstance(written[name], dict) else None
            if own == entry["reuse"] or name.lower() == entry["reuse"].rstrip("_0123456789"):
                return name
        return ""

    def _several(self, ranks: dict[str, list[int]], *, named: bool) -> Any:
        rng = self.rng
        sources = list(ranks)
        count = rng.choice((1, 2, 2, 2, 3)) if rng.random() < 0.9 else 4
        first = rng.choice(sources)
        alike = [name for name in sources if ranks[name] == ranks[first]]
        refs = [first, *(rng.choice(alike) for _ in range(count - 1))]
        refs = [self._reference(ref, 0.1) for ref in refs]
        if named and rng.random() < 0.4:
            return dict(zip(("query", "value", "key"), refs[:3], strict=False))
        return refs

    def _for_model(self, inputs: Mapping[str, Any], ranks: dict[str, list[int]]) -> Any:
        """What a model with several inputs is called on: a list, or a mapping by name."""
        found = {}
        for name, written in inputs.items():
            shape = written["shape"] if isinstance(written, dict) else written
            fit = [source for source, has in ranks.items() if has[:1] == [len(shape) + 1]]
            found[name] = self.rng.choice(fit or list(ranks))
        if self.rng.random() < 0.3:
            return dict(self.rng.sample(list(found.items()), len(found)))
        return list(found.values())

    # -- call arguments -----------------------------------------------------------------------

    def _call(self, ranks: dict[str, list[int]], cls: type[Layer] | None) -> dict[str, Any]:
        rng = self.rng
        options = cls.call_options if cls is not None else ()
        found: dict[str, Any] = {}
        if "initial_state" in options and rng.random() < 0.2:
            found["initial_state"] = self._states(ranks)
        if rng.random() < (0.08 if "mask" in options else 0.01):
            found["mask"] = rng.choice([self._reference(rng.choice(list(ranks))), None])
        if "return_attention_scores" in options and rng.random() < 0.15:
            found["return_attention_scores"] = True
        if "use_causal_mask" in options and rng.random() < 0.1:
            found["use_causal_mask"] = True
        if rng.random() < 0.02:
            found["training"] = rng.random() < 0.5
        if rng.random() < 0.003:
            found["foo"] = 1
        return found

    def _states(self, ranks: dict[str, list[int]]) -> Any:
        """States: those that a layer gives, or any tensors, in a list, alone, or as a whole."""
        rng = self.rng
        givers = [name for name, has in ranks.items() if len(has) > 1]
        if givers and rng.random() < 0.6:
            giver = rng.choice(givers)
            states = [f"{giver}:{n}" for n in range(1, len(ranks[giver]))]
            return states if rng.random() < 0.8 else rng.choice([giver, [giver], states[:1]])
        flat = [name for name, has in ranks.items() if has[:1] == [2]]
        pool = flat if flat and rng.random() < 0.8 else list(ranks)
        states = [self._reference(rng.choice(pool), 0.2) for _ in range(rng.randint(1, 3))]
        return states if rng.random() < 0.9 else states[0]

    # -- outputs ------------------------------------------------------------------------------

    def outputs(self, tree: Tree) -> Any:
        """`outputs` of a model: a name, a list, or a mapping."""
        rng = self.rng
        names = [name for name in self._ranks(tree) if name not in tree.get("inputs", {"input": 0})]
        if not names:
            return "input" if "input" in tree else "a"
        refs = [self._reference(name) for name in rng.sample(names, min(len(names), 3))]
        kept = refs[: rng.randint(1, len(refs))]
        roll = rng.random()
        if roll < 0.5:
            return kept[0] if len(kept) == 1 else kept
        return kept if roll < 0.8 else {f"out_{n}": ref for n, ref in enumerate(kept)}


def _ranks_of(case: Case, index: int) -> list[int]:
    return [len(tensor.shape) for tensor in case.flow.calls[index].outputs]
