"""Keras's losses: their names, and when a target goes with an output.

The rules were found by feeding each loss every pair of shapes; `tests/test_losses.py` asks Keras
again. Before a loss looks, Keras drops a last axis of 1 that one side has too many
(`squeeze_or_expand_to_same_rank`). Then a loss broadcasts, insists on equal shapes, or wants the
target without the class axis.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lstmshape.dims import Dim, Shape, equal

#: how a loss holds a target to an output
Family = Literal["broadcasts", "equal", "sparse", "ctc", "pairs"]
Verdict = Literal["fits", "raises", "broadcasts"]

FAMILIES: dict[str, Family] = {
    "mean_squared_error": "broadcasts",
    "mean_absolute_error": "broadcasts",
    "mean_absolute_percentage_error": "broadcasts",
    "mean_squared_logarithmic_error": "broadcasts",
    "huber": "broadcasts",
    "log_cosh": "broadcasts",
    "kl_divergence": "broadcasts",
    "poisson": "broadcasts",
    "hinge": "broadcasts",
    "squared_hinge": "broadcasts",
    "categorical_hinge": "broadcasts",
    "cosine_similarity": "broadcasts",
    "categorical_focal_crossentropy": "broadcasts",
    "dice": "broadcasts",
    "tversky": "broadcasts",
    "binary_crossentropy": "equal",
    "binary_focal_crossentropy": "equal",
    "categorical_crossentropy": "equal",
    "sparse_categorical_crossentropy": "sparse",
    "ctc": "ctc",
    "circle": "pairs",
}
SHORT = {
    "bce": "binary_crossentropy", "kld": "kl_divergence", "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error", "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}  # fmt: skip
#: what Keras 1 and 2 called them
OLD = {
    "logcosh": "log_cosh", "kullback_leibler_divergence": "kl_divergence",
    "cosine_proximity": "cosine_similarity", "cosine": "cosine_similarity",
    "huber_loss": "huber",
}  # fmt: skip
#: the losses that want probabilities (or logits, when told so)
CROSSENTROPIES = (
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "sparse_categorical_crossentropy",
)  # fmt: skip
_CLASSES = {
    **{
        "".join(part.title() for part in name.split("_")): name
        for name in FAMILIES
        if name not in ("kl_divergence", "ctc")
    },
    **{short.upper(): name for short, name in SHORT.items()},
    "KLDivergence": "kl_divergence",
    "CTC": "ctc",
}


class Loss(NamedTuple):
    """A loss that Keras knows: its snake-case name and its settings."""

    name: str
    from_logits: bool = False

    @property
    def family(self) -> Family:
        return FAMILIES[self.name]


def all_names() -> tuple[str, ...]:
    """Every name that Keras takes for a loss."""
    return (*FAMILIES, *SHORT, *_CLASSES)


def named_loss(text: str) -> str | None:
    """The snake-case name of a loss by any name that Keras takes, or None."""
    if text in FAMILIES:
        return text
    return SHORT.get(text) or _CLASSES.get(text)


def read_loss(written: Any) -> Loss | None:
    """A loss as a spec says it: a name, or `{Class: {arguments}}`; None when Keras has none such.

    `crossentropy` and `ce`, which Keras takes for metrics only, are no losses.
    """
    if isinstance(written, str):
        name = named_loss(written)
        return Loss(name) if name is not None else None
    if not isinstance(written, dict):
        return None
    name, settings = written.get("class_name"), written.get("config")
    if name is None and len(written) == 1:
        ((name, settings),) = written.items()
    found = named_loss(name) if isinstance(name, str) else None
    if found is None:
        return None
    return Loss(found, isinstance(settings, dict) and bool(settings.get("from_logits")))


def is_config(written: Any) -> bool:
    """Whether a mapping configures one loss, and is not one loss an output."""
    if not isinstance(written, dict):
        return False
    if "class_name" in written:
        return True
    return len(written) == 1 and named_loss(next(iter(written))) is not None


def fits(loss: Loss, target: Shape, output: Shape) -> Verdict:
    """What Keras does with a target of this shape against an output of that (both with batch).

    Open dims go with whatever they may be.
    """
    y, p = aligned(target, output)
    family = loss.family
    if family == "ctc":
        return "fits" if len(y) == 2 and len(p) == 3 else "raises"
    if family == "pairs":
        return "fits" if len(y) == 1 or (len(y) == 2 and y[-1] == 1) else "raises"
    if family == "sparse":
        y = y[:-1] if len(y) == len(p) and y[-1] == 1 else y
        return "fits" if _all_equal(y, p[:-1]) else "raises"
    if _all_equal(y, p):
        return "fits"
    if family == "equal":
        return "raises"
    return "broadcasts" if _broadcast(y, p) else "raises"


def aligned(target: Shape, output: Shape) -> tuple[Shape, Shape]:
    """Both shapes after Keras has dropped, or added, a last axis of 1."""
    y, p = target, output
    if len(y) == len(p) + 1 and y[-1] == 1:
        return (y, (*p, 1)) if len(p) == 1 else (y[:-1], p)
    if len(p) == len(y) + 1 and p[-1] == 1:
        return ((*y, 1), p) if len(y) == 1 else (y, p[:-1])
    return y, p


def may_equal(a: Dim, b: Dim) -> bool:
    return equal(a, b) != "never"


def _all_equal(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) and all(map(may_equal, a, b))


def _broadcast(a: Shape, b: Shape) -> bool:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return all(may_equal(x, y) or x == 1 or y == 1 for x, y in pairs)
