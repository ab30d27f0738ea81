"""What a saved model was compiled with: its loss, its optimizer and its metrics, in every era.

Only what Keras itself has is kept: a loss of the model's own has no rule that it could be held to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmshape.frontends.keras_document import Origins, Spot
from lstmshape.frontends.keras_objects import plain
from lstmshape.losses import OLD, named_loss

#: what every optimizer takes, and what it is when it is not said
COMMON: Mapping[str, Any] = {
    "learning_rate": 0.001, "weight_decay": None, "clipnorm": None, "clipvalue": None,
    "global_clipnorm": None, "use_ema": False, "ema_momentum": 0.99,
    "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}  # fmt: skip
_ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07}
#: the optimizers of Keras, with what each takes beside that; a file of a person's own says none
OPTIMIZERS: Mapping[str, Mapping[str, Any]] = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "RMSprop": {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-07, "centered": False},
    "Adam": {**_ADAM, "amsgrad": False},
    "AdamW": {**_ADAM, "amsgrad": False, "weight_decay": 0.004},
    "Adadelta": {"rho": 0.95, "epsilon": 1e-07},
    "Adagrad": {"initial_accumulator_value": 0.1, "epsilon": 1e-07},
    "Adamax": _ADAM,
    "Adafactor": {
        "beta_2_decay": -0.8, "epsilon_1": 1e-30, "epsilon_2": 0.001, "clip_threshold": 1.0,
        "relative_step": True,
    },
    "Nadam": _ADAM,
    "Ftrl": {
        "learning_rate_power": -0.5, "initial_accumulator_value": 0.1, "beta": 0.0,
        "l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0,
        "l2_shrinkage_regularization_strength": 0.0,
    },
    "Lion": {"beta_1": 0.9, "beta_2": 0.99},
    "Lamb": _ADAM,
    "Muon": {
        "weight_decay": 0.004, "adam_beta_1": 0.9, "adam_beta_2": 0.999, "adam_weight_decay": 0.004,
        "epsilon": 1e-07, "exclude_layers": None, "exclude_embeddings": True, "muon_a": 3.4445,
        "muon_b": -4.775, "muon_c": 2.0315, "adam_lr_ratio": 1, "momentum": 0.95, "ns_steps": 5,
        "nesterov": True, "rms_rate": 0.2,
    },
}  # fmt: skip
#: learning rates that change while it trains
SCHEDULES = frozenset({
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "PiecewiseConstantDecay", "PolynomialDecay",
})  # fmt: skip
METRICS = frozenset({
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity",
    "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives", "Hinge", "IoU", "KLDivergence",
    "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanIoU",
    "MeanSquaredError", "MeanSquaredLogarithmicError", "OneHotIoU", "OneHotMeanIoU",
    "PearsonCorrelation", "Poisson", "Precision", "PrecisionAtRecall", "R2Score", "Recall",
    "RecallAtPrecision", "RootMeanSquaredError", "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity", "SquaredHinge", "TopKCategoricalAccuracy", "TrueNegatives",
    "TruePositives",
})  # fmt: skip
#: settings of a saved loss or metric that say what Keras does anyway
USUAL: Mapping[str, tuple[Any, ...]] = {
    "reduction": ("sum_over_batch_size", "auto"), "from_logits": (False,),
    "label_smoothing": (0, 0.0), "axis": (-1,), "dtype": ("float32", None), "ignore_class": (None,),
}  # fmt: skip


def put_compile(origins: Origins, tree: dict[str, Any], model: Spot, training: Spot | None) -> None:
    """Write `compile` into a tree, if the file says what the model was compiled with."""
    spot = next((s for s in _places(model, training) if isinstance(s.value, dict)), None)
    if spot is None:
        return
    found = {
        "optimizer": (spot.child("optimizer"), _optimizer),
        "loss": (spot.child("loss"), _losses),
        "loss_weights": (spot.child("loss_weights"), _weights),
        "metrics": (spot.child("metrics"), _metrics),
        "weighted_metrics": (spot.child("weighted_metrics"), _metrics),
    }
    if spot.child("optimizer").value is None:
        found["optimizer"] = spot.child("optimizer_config"), _optimizer
    section = origins.made({}, spot.place)
    for key, (place, read) in found.items():
        value = read(place.value)
        if value:
            section[key] = value
            origins.put(section, key, place.place)
    if section:
        tree["compile"] = section
        origins.put(tree, "compile", spot.place)


def _places(model: Spot, training: Spot | None) -> list[Spot]:
    """Where it may stand; in Keras 0 and 1 beside the layers."""
    found = [model.child("compile_config")]
    if training is not None:
        found.append(training)
    if isinstance(model.value, dict) and "loss" in model.value:
        found.append(model)
    return found


def _optimizer(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower() if value.lower() in map(str.lower, OPTIMIZERS) else None
    if not isinstance(value, dict):
        return None
    name, config = _saved(value)
    known = next((cls for cls in OPTIMIZERS if cls.lower() == str(name).lower()), None)
    if known is None:
        return None
    usual = {**COMMON, **OPTIMIZERS[known]}
    said = {{"lr": "learning_rate"}.get(key, key): value for key, value in config.items()}
    kept = {
        key: found for key in usual if (found := _setting(said.get(key), usual[key])) is not None
    }
    return {known: kept} if kept else known.lower()


def _setting(value: Any, usual: Any) -> Any:
    """A setting of an optimizer; None for what Keras does anyway, or what is no plain value."""
    if isinstance(value, dict):
        name, config = _saved(value)
        settings = {key: plain(item) for key, item in config.items() if key != "name"}
        return {name: settings} if name in SCHEDULES else None
    found = plain(value)
    same = isinstance(found, bool) == isinstance(usual, bool) and found == usual
    return None if same or isinstance(found, (list, str)) else found


def _saved(value: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    config = value.get("config", value)
    name = value.get("class_name", value.get("name"))
    return name, config if isinstance(config, dict) else {}


def _losses(value: Any) -> Any:
    """A loss, or losses by output or in order; None where one of them is not Keras's."""
    if isinstance(value, list):
        found = [_losses(item) for item in value]
        return found if all(found) else None
    if not isinstance(value, dict):
        return _loss_name(value)
    if "class_name" not in value:
        by_name = {key: _losses(item) for key, item in value.items()}
        return by_name if all(by_name.values()) else None
    name, config = value.get("class_name"), value.get("config")
    if isinstance(config, str):
        return _loss_name(config)
    found_name = _loss_name(name)
    kept = _unusual(config) if isinstance(config, dict) else {}
    return {name: kept} if found_name is not None and kept else found_name


def _unusual(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of a saved loss or metric that say something."""
    return {
        key: plain(value)
        for key, value in config.items()
        if key not in ("name", "fn") and value not in USUAL.get(key, (None,))
    }


def _loss_name(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    name = OLD.get(value, value)
    return named_loss(name)


def _weights(value: Any) -> Any:
    """A number for each output, in a list or by name."""
    items = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)) or not items:
        return None
    return plain(value) if all(type(item) in (int, float) for item in items) else None


def _metrics(value: Any) -> Any:
    """Metrics, by output too; None where one of them is not Keras's."""
    if isinstance(value, str) or (isinstance(value, dict) and "class_name" in value):
        return _metric(value)
    if isinstance(value, dict):
        by_name = {key: _metrics(item) for key, item in value.items()}
        return by_name if all(by_name.values()) else None
    if not isinstance(value, list):
        return None
    if len(value) == 1 and isinstance(value[0], list):
        return _metrics(value[0])
    found = [_metrics(item) for item in value]
    return found if all(found) else None


def _metric(value: Any) -> Any:
    if isinstance(value, str):
        return value
    name, config = _saved(value)
    if name in METRICS:
        kept = _unusual(config)
        return {name: kept} if kept else name
    function = config.get("fn")
    return function if name == "MeanMetricWrapper" and isinstance(function, str) else None
