"""`compile:` of a spec as the arguments of `Model.compile`, with its objects made out."""

from __future__ import annotations

from typing import Any

from lstmshape.export.plans import Made, ModelPlan

_MODULES = {
    "optimizer": "keras.optimizers",
    "loss": "keras.losses",
    "metrics": "keras.metrics",
    "weighted_metrics": "keras.metrics",
}


def compile_arguments(plan: ModelPlan) -> dict[str, Any]:
    """The arguments by name: plain values, `Made`, and lists and mappings of them."""
    names = _output_names(plan)
    return {
        key: _made(value, _MODULES[key], names) if key in _MODULES else value
        for key, value in plan.graph.spec.compile.items()
    }


def _output_names(plan: ModelPlan) -> set[str]:
    return {name or plan.graph.nodes[value.node].name for name, value in plan.graph.outputs}


def _made(value: Any, module: str, names: set[str]) -> Any:
    """`{Class: {arguments}}` is an object; a mapping by outputs has more keys, or other ones."""
    if isinstance(value, list):
        return [_made(item, module, names) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, arguments),) = value.items()
        is_class = isinstance(name, str) and name[:1].isupper() and name not in names
        if is_class and (arguments is None or isinstance(arguments, dict)):
            return Made(module, name, _arguments(arguments or {}, module, names))
    return {key: _made(item, module, names) for key, item in value.items()}


def _arguments(arguments: dict[str, Any], module: str, names: set[str]) -> dict[str, Any]:
    """An optimizer's learning rate may be a schedule."""
    inner = "keras.optimizers.schedules" if module == "keras.optimizers" else module
    return {key: _made(value, inner, names) for key, value in arguments.items()}
