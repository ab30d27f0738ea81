"""The same model for another tool. A target is one module with `export(report) -> str`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

#: a target is an entry: its module, imported when it is asked for
TARGETS = {
    "keras-python": "keras_python",
    "keras-json": "keras_json",
    "yaml": "yaml_spec",
    "mermaid": "mermaid",
    "dot": "dot",
}
#: targets that Keras is to run: a model with errors is not exported to them
FOR_KERAS = frozenset({"keras-python", "keras-json"})


def export(report: FileReport, target: str) -> str:
    """The text of a model for a target of `TARGETS`, with a line break at its end.

    Raises `CannotExport` when it cannot say the model, KeyError when there is no such target.
    """
    module: Any = import_module(f"lstmshape.export.{TARGETS[target]}")
    text: str = module.export(report)
    return text
