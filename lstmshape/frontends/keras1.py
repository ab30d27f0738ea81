"""Keras 0 and 1: what classes and arguments were called, and what became of them.

Taken from `keras.legacy.interfaces` of Keras 2, which read the files of Keras 1, and from the
`get_config` of each layer of Keras 0.3 and 1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lstmshape.layers.legacy import today

#: a class of Keras 0 or 1, and the class of Keras 3 that does the same
CLASSES = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D", "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose", "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution2D": "SeparableConv2D", "SeparableConvolution1D": "SeparableConv1D",
}  # fmt: skip
#: a class that no class of Keras 3 is like: read under this name, which no spec can mistake
GONE = {
    "Highway": "keras1>Highway", "MaxoutDense": "keras1>MaxoutDense", "SReLU": "keras1>SReLU",
    "ParametricSoftplus": "keras1>ParametricSoftplus",
    "TimeDistributedMerge": "keras1>TimeDistributedMerge",
}  # fmt: skip
#: how `Merge` merges, and the layer that does it today
MERGES = {
    "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum",
    "dot": "Dot", "cos": "Dot", "min": "Minimum", "sub": "Subtract",
}  # fmt: skip

#: further old names, beside those that a person may still write in a spec
FURTHER: Mapping[str, tuple[str, ...]] = {
    "init": ("alpha_initializer",),
    "dims": ("target_shape",),
    "alpha": ("negative_slope",),
    "theta": ("threshold",),
    "alphas_init": ("alpha_initializer",),
    "nb_feature": ("nb_feature",),
    "W_learning_rate_multiplier": (),
    "running_mean_init": ("moving_mean_initializer",),
}
#: sizes that were said one by one
SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def is_theanos(data: Any) -> bool:
    """Whether the layers of a file that say the order of their images say Theano's, all of them.

    Padding, cropping and upsampling did not say theirs: they had what Keras was configured for.
    """
    waiting, said = [data], set()
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            waiting += here.values()
            said.add(str(here.get("dim_ordering")))
    return said - {"None"} == {"th"}


def argument_name(old: str, known: Iterable[str]) -> str | None:
    """The argument among the known ones that was called `old`; None when there is none."""
    known = list(known)
    found = today(old, known)
    return found or next((new for new in FURTHER.get(old, ()) if new in known), None)


def value_of(old: str, value: Any) -> Any:
    """A value of an old argument as its argument of today takes it."""
    if old == "dim_ordering":
        return ORDERINGS.get(value) if isinstance(value, str) else None
    return value


def merge_arguments(config: Mapping[str, Any], mode: str) -> dict[str, str]:
    """For a Merge: the arguments of its layer of today, and the old ones that say them."""
    if mode == "concat":
        return {"axis": "concat_axis"}
    return {"axes": "dot_axes"} if mode in ("dot", "cos") else {}


def dot_axes(value: Any) -> Any:
    """`[[1], [2]]`, as Keras 0 writes it, is [1, 2]."""
    if isinstance(value, list):
        flat = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in value]
        return flat[0] if len(flat) == 1 else flat
    return value


def margins(value: Any, class_name: str) -> Any:
    """Padding as Keras 1 also writes it: by side, or four numbers in a row."""
    sides = {
        "ZeroPadding1D": (("left_pad", "right_pad"),),
        "ZeroPadding2D": (("top_pad", "bottom_pad"), ("left_pad", "right_pad")),
    }.get(class_name, ())
    if isinstance(value, dict) and sides:
        pairs = [[value.get(side, 0) for side in pair] for pair in sides]
        return pairs[0] if len(pairs) == 1 else pairs
    if class_name == "ZeroPadding2D" and isinstance(value, list) and len(value) == 4:
        return [value[:2], value[2:]]
    return value
