"""What arguments were called in Keras 1 and 2: old name to the names that they may have today."""

from __future__ import annotations

from collections.abc import Iterable

OLD_NAMES: dict[str, tuple[str, ...]] = {
    "output_dim": ("units",),
    "nb_filter": ("filters",),
    "filter_length": ("kernel_size",),
    "border_mode": ("padding",),
    "subsample_length": ("strides",),
    "subsample": ("strides",),
    "stride": ("strides",),
    "dim_ordering": ("data_format",),
    "atrous_rate": ("dilation_rate",),
    "pool_length": ("pool_size",),
    "length": ("size",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "bias": ("use_bias",),
    "init": ("kernel_initializer", "embeddings_initializer"),
    "inner_init": ("recurrent_initializer",),
    "inner_activation": ("recurrent_activation",),
    "dropout_W": ("dropout",),
    "dropout_U": ("recurrent_dropout",),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "U_constraint": ("recurrent_constraint",),
    "b_constraint": ("bias_constraint",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "num_filters": ("filters",),
}


def today(old: str, arguments: Iterable[str]) -> str | None:
    """The argument among these that was once called `old`, or None."""
    known = set(arguments)
    return next((new for new in OLD_NAMES.get(old, ()) if new in known), None)
