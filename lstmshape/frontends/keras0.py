"""Models that only Keras 0 and 1 had: Graph, AutoEncoder, a Sequential that begins with Merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmshape.frontends.keras_document import Spot
from lstmshape.frontends.keras_inputs import Input, first_input, input_of, put_inputs
from lstmshape.frontends.keras_layers import Entry
from lstmshape.frontends.keras_parts import Part, part_of
from lstmshape.source import Place

if TYPE_CHECKING:
    from lstmshape.frontends.keras_models import Models

Tree = dict[str, Any]


# -- Graph ---------------------------------------------------------------------------------------


def graph_tree(models: Models, part: Part) -> Tree:
    """Keras 0's graph: named inputs, nodes that read by name, and named outputs."""
    tree = models.start(part)
    config = part.config
    inputs = [_graph_input(spot) for spot in config.child("input_config").children()]
    put_inputs(models.origins, tree, inputs)
    place = config.child("node_config").place
    entries = tree["layers"] = models.origins.made([], place)
    models.origins.put(tree, "layers", place)
    for spot in config.child("node_config").children():
        name = spot.text("name")
        node = part_of(config.child("nodes").child(str(name)))
        for entry in _merged(models, spot, f"merge_{name}"):
            _put(models, entries, entry, spot)
        if node is None:
            _put(models, entries, spot.value, spot)
            continue
        entry = models.layers.entry(node._replace(name=name))
        _read(models, entry, spot, f"merge_{name}")
        _put(models, entries, entry, spot)
    outputs = models.origins.made({}, config.child("output_config").place)
    for spot in config.child("output_config").children():
        name = str(spot.text("name"))
        for entry in _merged(models, spot, name):
            _put(models, entries, entry, spot)
        outputs[name] = name if spot.child("inputs").value else spot.text("input")
        models.origins.put(outputs, name, spot.child("input").place)
    tree["outputs"] = outputs
    models.origins.put(tree, "outputs", config.child("output_config").place)
    return tree


def _graph_input(spot: Spot) -> Input:
    name, dtype = spot.text("name"), spot.text("dtype")
    found = input_of(spot.child("batch_input_shape"), name, dtype)
    if found is not None:
        return found
    shape = spot.child("input_shape")
    kind = "int32" if dtype == "int" else None
    return Input(name, shape.value, kind, None, shape.place)


def _merged(models: Models, spot: Spot, name: str) -> list[Entry]:
    """The layer that merges what a node reads, where it reads more than one."""
    if len(spot.child("inputs").children()) < 2:
        return []
    said = spot.value
    settings = {
        **said, "mode": said.get("merge_mode") or "concat",
        "concat_axis": said.get("concat_axis", -1), "dot_axes": said.get("dot_axes", -1),
    }  # fmt: skip
    part = Part(spot, "Merge", Spot(settings, spot.path), name)
    entry = models.layers.entry(part)
    entry["inputs"] = list(spot.value["inputs"])
    models.origins.put(entry, "inputs", spot.child("inputs").place)
    return [entry]


def _read(models: Models, entry: Entry, spot: Spot, merged: str) -> None:
    several = spot.child("inputs").children()
    if len(several) > 1:
        return  # it reads the layer before it, which merges them
    source = several[0] if several else spot.child("input")
    entry["inputs"] = source.value
    models.origins.put(entry, "inputs", source.place)


def _put(models: Models, entries: list[Any], entry: Any, spot: Spot) -> None:
    entries.append(entry)
    models.origins.put(entries, len(entries) - 1, spot.place)


# -- AutoEncoder -----------------------------------------------------------------------------------


def auto_encoder_tree(models: Models, part: Part) -> Tree:
    """An encoder and a decoder, one after the other."""
    tree = models.start(part)
    spots = [part.config.child("encoder_config"), part.config.child("decoder_config")]
    if part.settings.get("output_reconstruction") is False:
        spots = spots[:1]
    parts = [part_of(spot) for spot in spots]
    given = first_input(parts, models.era)
    if given is not None:
        put_inputs(models.origins, tree, [given], short=True)
    models.chain(tree, spots, parts)
    return tree


# -- Merge ----------------------------------------------------------------------------------------


def merged_branches(models: Models, part: Part, tree: Tree) -> Tree:
    """A Sequential whose first layer merges whole models: each branch reads an input of its own."""
    from lstmshape.frontends.keras_models import sequential_layers

    spots = sequential_layers(part)
    merge = part_of(spots[0])
    assert merge is not None
    entries: list[Any] = models.origins.made([], spots[0].place)
    tree["layers"] = entries
    models.origins.put(tree, "layers", spots[0].place)
    inputs: list[Input] = []
    read: list[str] = []
    for number, spot in enumerate(merge.config.child("layers").children(), 1):
        read.append(_branch(models, spot, number, inputs, entries))
    ordered = {key: tree.pop(key) for key in ("layers",)}
    put_inputs(models.origins, tree, inputs)
    tree.update(ordered)
    entry = models.layers.entry(merge)
    entry["inputs"] = read
    models.origins.put(entry, "inputs", merge.config.child("layers").place)
    _put(models, entries, entry, spots[0])
    models.chain(tree, spots[1:], [part_of(spot) for spot in spots[1:]])
    return tree


def _branch(
    models: Models, spot: Spot, number: int, inputs: list[Input], entries: list[Any]
) -> str:
    """Put a branch into `entries` and its inputs into `inputs`; the name that it goes by."""
    part = part_of(spot)
    if part is None:
        entries.append(spot.value)
        return f"branch_{number}"
    name = part.name or f"branch_{number}"
    entry = models.layers.entry(part._replace(name=name))
    ((key, arguments),) = entry.items()
    own = arguments.get("inputs") if key in ("Model", "Sequential") else None
    if not isinstance(own, dict) or not own:
        given = arguments.get("input") if key == "Sequential" else None
        own = {f"{name}_input": given if given is not None else _said_by(part, models.era)}
    taken = {given.name for given in inputs}
    fresh = [_fresh(key, name, taken) for key in own]
    inputs += [_copied(value, new, spot) for value, new in zip(own.values(), fresh, strict=True)]
    entry["inputs"] = fresh if len(fresh) > 1 else fresh[0]
    models.origins.put(entry, "inputs", Place(spot.path))
    _put(models, entries, entry, spot)
    return name


def _fresh(key: str, branch: str, taken: set[str | None]) -> str:
    """A name for an input of a branch that no other input has."""
    while key in taken:
        key = f"{branch}_{key}"
    taken.add(key)
    return key


def _said_by(part: Part, era: int) -> Any:
    given = first_input([part], era)
    return given.shape if given is not None else None


def _copied(written: Any, name: str, spot: Spot) -> Input:
    """An input of the outer model like that of a branch."""
    if isinstance(written, dict):
        return Input(
            name, written.get("shape"), written.get("dtype"), written.get("batch_size"), spot.place
        )
    return Input(name, written, None, None, spot.place)
