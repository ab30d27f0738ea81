"""Tables of single topics: PyTorch's shapes and counts, cuDNN's conditions, targets by loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmshape.case import judge
from lstmshape.dims import Shape, show_shape
from lstmshape.explain.blocks import Block, Table
from lstmshape.explain.numbers import Numbers
from lstmshape.flow import totals
from lstmshape.layers import find
from lstmshape.losses import Loss, fits

# -- PyTorch ------------------------------------------------------------------------------------


def torch_shapes(numbers: Numbers) -> Iterator[Block]:
    """What `nn.LSTM` gives, by its settings: its documentation's rules with these numbers."""
    rows = []
    for layers, directions in ((1, 1), (2, 1), (1, 2), (2, 2)):
        said = [f"num_layers={layers}"] if layers > 1 else []
        said += ["bidirectional=True"] if directions > 1 else []
        output, state = torch_shape_of(numbers, layers, directions)
        rows.append((", ".join(said) or "as it is", output, state))
    yield Table(
        ("nn.LSTM, batch_first=True", "output", "h_n and c_n, each"),
        tuple(rows),
    )


def torch_shape_of(numbers: Numbers, layers: int, directions: int) -> tuple[str, str]:
    """`output` with batch_first, and `h_n`, of `nn.LSTM`."""
    batch, steps, units = (numbers[key] for key in ("batch", "timesteps", "units"))
    return (
        show_shape((batch, steps, directions * units)),
        show_shape((layers * directions, batch, units)),
    )


def torch_counts(numbers: Numbers) -> Iterator[Block]:
    """The parameters of both, gate for gate: PyTorch has a second bias."""
    features, units = numbers["features"], numbers["units"]
    rows = []
    for class_name, gates in (("LSTM", 4), ("GRU", 3), ("SimpleRNN", 1)):
        torch = {"SimpleRNN": "RNN"}.get(class_name, class_name)
        theirs = gates * units * (features + units + 2)
        rows.append((
            f"{class_name}, nn.{torch}", f"{count(class_name, features, units):,}", f"{theirs:,}",
            f"{gates * units:,}" if theirs != count(class_name, features, units) else "0",
        ))  # fmt: skip
    yield Table(
        ("", "Keras", "PyTorch", "apart"), tuple(rows), (1, 2, 3),
    )  # fmt: skip


def count(class_name: str, features: int, units: int) -> int:
    """The parameters of a layer, as its own weights are."""
    case = judge({"input": [None, features], "layers": [{class_name: {"units": units}}]})
    return totals(case.flow.weights()).params


# -- cuDNN --------------------------------------------------------------------------------------

_TRIED: tuple[dict[str, Any], ...] = (
    {},
    {"activation": "relu"},
    {"recurrent_activation": "hard_sigmoid"},
    {"use_bias": False},
    {"recurrent_dropout": 0.2},
    {"dropout": 0.2},
    {"unroll": True},
    {"return_sequences": True},
    {"return_state": True},
    {"go_backwards": True},
)


def cudnn_rows(numbers: Numbers) -> Iterator[tuple[dict[str, Any], bool]]:
    """(settings, whether the fast kernel is possible): by the layer's own conditions."""
    cls = find("LSTM")
    assert cls is not None
    for settings in _TRIED:
        layer: Any = cls(units=numbers["units"], **settings)
        yield settings, not list(layer.cudnn_faults())


def cudnn(numbers: Numbers) -> Iterator[Block]:
    """Which settings of an LSTM keep it from one fast kernel."""
    rows = []
    for settings, possible in cudnn_rows(numbers):
        said = ", ".join(f"{key}: {str(value).lower()}" for key, value in settings.items())
        rows.append((said or "nothing else", "yes" if possible else "no"))
    yield Table(("LSTM with", "fast kernel possible"), tuple(rows))


# -- losses -------------------------------------------------------------------------------------

SHOWN = {
    "mse": "mean_squared_error",
    "binary": "binary_crossentropy",
    "categorical": "categorical_crossentropy",
    "sparse_categorical": "sparse_categorical_crossentropy",
}
_VERDICTS = {"fits": "fits", "raises": "error", "broadcasts": "stretched"}


def loss_verdicts(target: Shape, output: Shape) -> list[str]:
    """What each loss of `SHOWN` does with a target: `fits`, `error`, `stretched`."""
    return [_VERDICTS[fits(Loss(loss), target, output)] for loss in SHOWN.values()]


def losses(numbers: Numbers, classes: str) -> Iterator[Block]:
    """Which targets go with an output (batch, timesteps, classes), by each loss's own rule."""
    # the batch is a number here: whether a target is stretched may depend on it
    n, t, k = numbers["batch"], numbers["timesteps"], numbers.value(classes)
    output: Shape = (n, t, k)
    targets: tuple[Shape, ...] = ((n, t, k), (n, t), (n, t, 1), (n, k), (n,))
    rows = []
    for target in targets:
        verdicts = loss_verdicts(target, output)
        rows.append((show_shape(target), *verdicts))
    title = (
        f"An output {show_shape(output)} and targets, by loss: `mse`, and the "
        f"`..._crossentropy` of {', '.join(name for name in SHOWN if name != 'mse')}:"
    )
    yield Table(("target", *SHOWN), tuple(rows), title=title)
