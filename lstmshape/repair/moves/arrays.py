"""LS401 to LS403, LS406, LS413: data that do not fit the inputs, and inputs that do not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from lstmshape.arrays import Array, Size, like_input
from lstmshape.case import Case
from lstmshape.changes import Change
from lstmshape.diagnostics import Diagnostic
from lstmshape.feeding import Fed
from lstmshape.repair.move import Move, data_move, listed
from lstmshape.repair.moves import fed, inputs
from lstmshape.repair.moves.fed import Sizes, fit

#: an array of no more rows may be one sequence; one of more is a table of samples
ONE_SEQUENCE = 500


def wrong_rank(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS401: another number of axes than the input's."""
    here = fed.fed_at(case, diagnostic.place.path)
    if here is None or not here.array.shape:
        return
    yield from _input_as_data(case, here)
    for shape, line, title, cost in _reshapes(here):
        made = _data(case, here.array, shape, line, title, cost)
        if made is not None:
            yield made
    yield from _one_step_input(case, here)
    yield from _ragged(case, here)


def wrong_size(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS402: an axis of another size than the input's."""
    here = fed.fed_at(case, diagnostic.place.path)
    if here is None:
        return
    yield from _input_as_data(case, here)
    yield from _open_time(case, here)
    wanted, given = _wanted(here), list(here.array.shape)
    for order in permutations(range(1, len(given))):
        if order != tuple(range(1, len(given))) and fit(wanted, [given[n] for n in order]):
            new = [given[0], *(given[n] for n in order)]
            line = f"{{x}} = {{x}}.transpose(0, {fed.shown(order)})"
            yield from _if_said(_data(case, here.array, new, line, "swap the data's axes", 1.15))
            break
    yield from _if_said(_reshape_to(case, here))
    yield from _shorter(case, here)


def _if_said(made: Move | None) -> Iterator[Move]:
    if made is not None:
        yield made


def _data(
    case: Case, array: Array, shape: Sizes, line: str, title: str, cost: float
) -> Move | None:
    change = fed.reshaped(case, array, shape, line)
    if change is None:
        return None
    return data_move(f"{title}: `{change.code}`", (change,), cost)


def _wanted(here: Fed) -> list[Size]:
    """The sizes of a sample that the input says."""
    return fed.sizes(here.shape[1:])


# -- the input as the data ----------------------------------------------------------------------


def _input_as_data(case: Case, here: Fed) -> Iterator[Move]:
    """The input takes the sizes of the data, with an axis of one feature where one is missing."""
    given, said = list(here.array.shape[1:]), here.node.input
    assert said is not None
    # the whole shape of the data was written, samples and all
    whole = fit(_wanted(here), here.array.shape) and here.array.shape[0] is not None
    cost = 0.95 if whole else 1.0
    title = f"read what the data have: {inputs.says(given)}"
    yield from _if_said(inputs.move(case, here.node, given, title, cost))
    if given and len(given) <= len(here.shape) - 2:
        wide = [*given, 1]
        title = f"read a sample as {inputs.steps(given[-1])} of one feature: {inputs.says(wide)}"
        # a single column where features are wanted is none of them: it holds sequences
        cost = 1.6 if given[-1] == 1 else 1.05 if whole else 1.15
        wanted = _wanted(here)
        if not whole and len(given) == 1 and wanted[-1] == given[-1] and wanted[0] not in (None, 1):
            # rows of as many features as are wanted are steps, of which there are too many
            cost = 1.7
        yield from _if_said(inputs.move(case, here.node, wide, title, cost))


def _one_step_input(case: Case, here: Fed) -> Iterator[Move]:
    """Rows are samples of one step: the input and the data say so."""
    given = list(here.array.shape)
    if len(given) != len(here.shape) - 1:
        return
    new = [1, *given[1:]]
    title = f"read a row as one step of {inputs.features(given[-1])}: {inputs.says(new)}"
    made = inputs.move(case, here.node, new, title, 1.35)
    change = fed.reshaped(case, here.array, [given[0], *new], "{x} = {x}[:, None]")
    if made is not None and change is not None:
        title += f" and `{change.code}`"
        yield data_move(title, (*made.changes, change), made.cost)


def _open_time(case: Case, here: Fed) -> Iterator[Move]:
    """A model in which nothing depends on the length of its sequences reads any length."""
    said, given = here.node.input, here.array.shape
    assert said is not None
    shape = said.shape
    if shape is None or len(shape) < 2 or not isinstance(shape[0], int) or given[1] == shape[0]:
        return
    if fit(fed.sizes(here.shape[2:]), given[2:]):
        new = [None, *shape[1:]]
        title = f"read sequences of any length: {inputs.says(new)}"
        yield from _if_said(inputs.move(case, here.node, new, title, 0.97))


# -- the data as the input ----------------------------------------------------------------------


def _reshapes(here: Fed) -> Iterator[tuple[list[Size], str, str, float]]:
    """(shape, line, title, cost) of arrays that the input would take."""
    given, wanted = list(here.array.shape), _wanted(here)
    if fit(wanted, given):
        # so few rows may be one sequence; so many are samples
        few = given[0] is None or given[0] <= ONE_SEQUENCE
        title = "say that it is one sample"
        cost = 0.98 if few else 1.3
        yield [1, *given], "{x} = {x}[None]", title, cost
    if len(given) == len(wanted) and fit(wanted, [1, *given[1:]]):
        title = "make each row a sequence of one step"
        yield [given[0], 1, *given[1:]], "{x} = {x}[:, None]", title, 1.0
    yield from _without_ones(given, wanted)
    made = _same_count(given, wanted)
    if made is not None:
        line = f"{{x}} = {{x}}.reshape(-1, {fed.shown(made)})"
        yield [given[0], *made], line, f"make a sample {listed(made)}", 1.15
    yield from _windows(given, wanted)


def _without_ones(given: list[Size], wanted: list[Size]) -> Iterator[tuple[Any, str, str, float]]:
    if len(given) != len(wanted) + 2:
        return
    for axis in range(1, len(given)):
        rest = given[:axis] + given[axis + 1 :]
        if given[axis] == 1 and fit(wanted, rest[1:]):
            line = f"{{x}} = {{x}}.squeeze({axis})"
            yield rest, line, "leave out the axis of one", 1.05
            return


def _same_count(given: Sizes, wanted: list[Size]) -> list[int] | None:
    """The sizes of a sample that hold as many values as the data's, one open size worked out."""
    total = fed.count(given[1:])
    known = [size for size in wanted if size is not None]
    rest = fed.count(known)
    if total is None or not rest or len(wanted) - len(known) > 1:
        return None
    if len(known) == len(wanted):
        return known if rest == total else None
    if total % rest or (len(known) < 2 and rest == 1):
        return None
    return [total // rest if size is None else size for size in wanted]


def _windows(given: list[Size], wanted: list[Size]) -> Iterator[tuple[Any, str, str, float]]:
    """One long series, cut into windows of the input's length."""
    if len(given) != 2 or len(wanted) != 2 or wanted[0] is None or given[0] is None:
        return
    steps, rows = wanted[0], given[0]
    if not fit(wanted[1:], given[1:]) or rows <= steps or steps < 2:
        return
    if rows % steps == 0:
        shape = [rows // steps, steps, given[1]]
        line = f"{{x}} = {{x}}.reshape(-1, {steps}, {given[1]})"
        yield shape, line, f"cut the series into pieces of {steps} steps", 1.35
    shape = [rows - steps + 1, steps, given[1]]
    line = (
        f"{{x}} = np.lib.stride_tricks.sliding_window_view({{x}}, {steps}, axis=0).swapaxes(1, 2)"
    )
    yield shape, line, f"cut the series into windows of {steps} steps", 1.2


def _reshape_to(case: Case, here: Fed) -> Move | None:
    made = _same_count(here.array.shape, _wanted(here))
    if made is None:
        return None
    line = f"{{x}} = {{x}}.reshape(-1, {fed.shown(made)})"
    shape = [here.array.shape[0], *made]
    return _data(case, here.array, shape, line, f"make a sample {listed(made)}", 1.25)


def _shorter(case: Case, here: Fed) -> Iterator[Move]:
    """Longer data are cut to what the input takes."""
    given, wanted = list(here.array.shape), [None, *_wanted(here)]
    new = [g if w is None else w for g, w in zip(given, wanted, strict=True)]
    longer = [n for n, (g, w) in enumerate(zip(given, new, strict=True)) if g != w]
    sizes = [(given[n], new[n]) for n in longer]
    if len(longer) == 1 and all(g is not None and w is not None and g > w for g, w in sizes):
        axis = longer[0]
        cut = ", ".join([":"] * axis + [f":{new[axis]}"])
        title = "cut the data to what the input takes"
        yield from _if_said(_data(case, here.array, new, f"{{x}} = {{x}}[{cut}]", title, 1.6))


# -- sequences of different lengths ---------------------------------------------------------------


def _ragged(case: Case, here: Fed) -> Iterator[Move]:
    """An array of Python objects, a sequence in each: its shape says nothing of their sizes."""
    given, wanted = here.array.shape, _wanted(here)
    objects = len(given) == 1 or (len(given) == 2 and given[1] == 1)
    if not objects or len(wanted) < 2 or wanted[-1] in (None, 1) or here.array.path[0] != "data":
        return
    column = "" if len(given) == 1 else "[:, 0]"
    line = f'{{x}} = keras.utils.pad_sequences({{x}}{column}, dtype="float32", padding="post")'
    title = "pad sequences of different lengths"
    yield from _if_said(_data(case, here.array, [given[0], *wanted], line, title, 1.2))
    yield from _one_at_a_time(case, here, [1, *wanted], column)


def _one_at_a_time(case: Case, here: Fed, shape: Sizes, column: str) -> Iterator[Move]:
    line = f"{{x}} = {{x}}[0{', 0' if column else ''}][None]"
    first = fed.reshaped(case, here.array, shape, line)
    data = fed.feeding(case)
    if first is None or data is None:
        return
    changes: list[Change] = [first]
    for array in data.targets:
        if array.shape:
            change = fed.reshaped(case, array, [1, *array.shape[1:]], "{x} = {x}[:1]")
            if change is not None:
                changes.append(change)
    title = "feed one sequence at a time, each with its own length"
    lines = " and ".join(f"`{change.code}`" for change in changes)
    yield data_move(f"{title}: {lines}", tuple(changes), 1.25)


# -- other ---------------------------------------------------------------------------------------


def dtype(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS403: fractions for an Embedding, or objects."""
    here = fed.fed_at(case, diagnostic.place.path)
    if here is None:
        return
    wants = "int32" if (here.array.dtype or "").startswith("float") else "float32"
    line = f'{{x}} = {{x}}.astype("{wants}")'
    yield from _if_said(_data(case, here.array, here.array.shape, line, f"make it {wants}", 1.1))


def counts(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS406: arrays of different numbers of samples are cut to the fewest."""
    data = fed.feeding(case)
    if data is None:
        return
    arrays = [a for a in (*data.features, *data.targets) if a.shape and a.shape[0] is not None]
    least = min((a.shape[0] for a in arrays if a.shape[0] is not None), default=0)
    changes = [
        fed.reshaped(case, array, [least, *array.shape[1:]], f"{{x}} = {{x}}[:{least}]")
        for array in arrays
        if array.shape[0] != least
    ]
    most = max((a.shape[0] for a in arrays if a.shape[0] is not None), default=0)
    # to throw most of the data away is no way to mend anything
    if least and 2 * least >= most and changes and all(changes):
        kept = tuple(change for change in changes if change is not None)
        lines = " and ".join(f"`{change.code}`" for change in kept)
        yield data_move(f"keep {least} samples of each: {lines}", kept, 1.2)


def missing(case: Case, diagnostic: Diagnostic) -> Iterator[Move]:
    """LS413: an array said as an input; or one is left, and one input has none: another name."""
    path = diagnostic.place.path
    here = fed.written(case, path)
    if like_input(here) and isinstance(here["shape"], list):
        change = Change("set_data", path, value=here["shape"], array=str(path[1]))
        yield data_move("say the shape alone", (change,), 1.0)._replace(safe=True)
        return
    if not isinstance(here, dict) or path not in (("data", "x"), ("data", "y")):
        return
    if path == ("data", "x"):
        names = [case.graph.nodes[n].name for n in case.graph.inputs]
    else:
        names = [name or case.graph.nodes[v.node].name for name, v in case.graph.outputs]
    without = [name for name in names if name not in here]
    spare = [key for key in here if key not in names]
    if len(without) == len(spare) == 1:
        renamed = {(without[0] if k == spare[0] else k): v for k, v in here.items()}
        change = Change("set_data", path, value=renamed, array=str(path[-1]))
        yield data_move(f"call the array `{without[0]}`, not `{spare[0]}`", (change,), 1.0)
