"""The model as a Python module with a `build_model()`: Sequential where that says it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lstmshape.export import python_operations
from lstmshape.export.compiling import compile_arguments
from lstmshape.export.given_names import GivenNames
from lstmshape.export.plans import (
    CallPlan,
    InputPlan,
    LayerPlan,
    Made,
    ModelPlan,
    kept_in,
    plan_of,
)
from lstmshape.export.source_text import (
    WIDTH,
    Call,
    Code,
    Listed,
    flat,
    identifier,
    literal,
    literal_text,
    shape_code,
    statement,
)
from lstmshape.graph import Node, Value, values_in
from lstmshape.layers.operation import MODULES
from lstmshape.layers.retired import KEPT

if TYPE_CHECKING:
    from lstmshape.pipeline import FileReport

#: what a module and its functions call their own
_TAKEN = (
    "keras", "layers", "model", *(f"{module}_ops" for module in MODULES),
    *(module.rpartition(".")[2] for module in KEPT.values()),
)  # fmt: skip


def export(report: FileReport) -> str:
    """The source of a model without errors. Raises `CannotExport`."""
    assert report.case is not None, "what could not be read is not exported"
    return module_source(plan_of(report.case, report.name), os.path.basename(report.path))


def module_source(plan: ModelPlan, origin: str) -> str:
    """The whole module; `origin` is the file that the model was read from."""
    writer = _Module(plan)
    body = writer.function("build_model", plan, f"The model of {origin}.")
    functions = "".join(f"{text}\n\n" for text in [*writer.helpers, body])
    imports = "import keras\n"
    if "layers." in functions:
        imports += "from keras import layers\n"
    imports += "".join(sorted(writer.imports))
    about = _docstring(f"The Keras model {plan.name}, made from {origin} by lstmshape.")
    return f"{about}\n\n{imports}\n\n{functions.rstrip()}\n"


def _docstring(text: str) -> str:
    """A docstring on one line, whatever characters stand in a name."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    clean = clean.replace("\\", "\\\\").replace('"', "'")
    return f'"""{clean}"""'


class _Module:
    """The functions of a module; models inside models become functions before `build_model`."""

    def __init__(self, plan: ModelPlan) -> None:
        self.names = GivenNames(plan)
        self.helpers: list[str] = []
        #: beside those that every module has
        self.imports: set[str] = set()
        self.taken = set(_TAKEN) | {"build_model"}

    def function(self, name: str, plan: ModelPlan, about: str) -> str:
        """The source of a function that builds the model of a plan."""
        head = f"def {name}() -> keras.Model:\n    {_docstring(about)}\n"
        compiled = compile_arguments(plan)
        last = "model = " if compiled else "return "
        if plan.chain and name == "build_model":
            body = statement(last, self.sequential(plan))
        else:
            body = _Body(self, plan).source(last)
        if not compiled:
            return head + body
        arguments = [(key, self.code(value)) for key, value in compiled.items()]
        return head + body + statement("", Call("model.compile", arguments)) + "    return model\n"

    def sequential(self, plan: ModelPlan) -> Code:
        """`keras.Sequential([…])`, the layers in the order in which they get their names."""
        items = [(None, self.input(given)) for given in plan.inputs]
        items += [(None, self.layer(call.layer)) for call in plan.calls]
        arguments: list[tuple[str | None, Any]] = [(None, Listed("[", items, "]"))]
        arguments.append(("name", literal_text(plan.name)))
        if not plan.trainable:
            arguments.append(("trainable", "False"))
        return Call("keras.Sequential", arguments)

    def input(self, given: InputPlan) -> Code:
        arguments: list[tuple[str | None, Any]] = [("shape", shape_code(given.shape))]
        if given.batch_size is not None:
            arguments.append(("batch_size", str(given.batch_size)))
        if given.dtype != "float32":
            arguments.append(("dtype", literal_text(given.dtype)))
        if self.names.must_say(given.name, "input_layer", named=given.named):
            arguments.append(("name", literal_text(given.name)))
        return Call("keras.Input", arguments)

    def layer(self, layer: LayerPlan) -> Code:
        """The expression that makes a layer."""
        if layer.model is not None:
            if layer.class_name == "Sequential":
                return self.sequential(layer.model)
            return self._helper(layer.model)
        arguments = [(key, self.code(value, key)) for key, value in layer.arguments.items()]
        if self.names.must_say(layer.name, layer.layer.base_name(), named=layer.named):
            arguments.append(("name", literal_text(layer.name)))
        self.names.settle(layer.layer)
        kept = kept_in(layer.layer)
        if kept is not None:
            package, _, module = kept.rpartition(".")
            self.imports.add(f"from {package} import {module}\n")
            return Call(f"{module}.{layer.class_name}", arguments)
        return Call(f"layers.{layer.class_name}", arguments)

    def _helper(self, plan: ModelPlan) -> Code:
        name = identifier(f"build_{plan.name}", self.taken)
        source = self.function(name, plan, f"The model {plan.name}, which is a layer.")
        self.helpers.append(source)
        return Call(name, [])

    def code(self, value: Any, key: str = "") -> Code:
        """A value of an argument."""
        if isinstance(value, LayerPlan):
            return self.layer(value)
        if isinstance(value, Made):
            arguments = [(k, self.code(v)) for k, v in value.arguments.items()]
            return Call(f"{value.module}.{value.class_name}", arguments)
        if isinstance(value, Mapping):
            pairs = [(literal_text(k), self.code(v)) for k, v in value.items()]
            return Listed("{", pairs, "}")
        if isinstance(value, (list, tuple)):
            if value and all(type(item) is int for item in value):
                return shape_code(value)
            return Listed("[", [(None, self.code(item)) for item in value], "]")
        return literal(value)


class _Body:
    """The statements of a functional model."""

    def __init__(self, module: _Module, plan: ModelPlan) -> None:
        self.module = module
        self.plan = plan
        self.taken = set(_TAKEN) | module.taken
        #: by node: the variable that holds what it gives
        self.values: dict[int, str] = {}
        #: nodes that something reads
        self.read = {value.node for value in values_in(plan.outputs)}
        for call in plan.calls:
            self.read |= {value.node for value in values_in([call.args, call.kwargs])}
        #: by layer: the variable that holds it, or None where it is called once
        self.makers: dict[int, str] = {}

    def source(self, last: str) -> str:
        """The statements; `last` begins the one that makes the model."""
        plan, lines = self.plan, []
        for given in plan.inputs:
            code = self.module.input(given)
            name = self._variable(given.node, given.name)
            lines.append(statement(f"{name} = ", code))
        lines += [self._call(call) for call in plan.calls]
        variables = [self.values[given.node] for given in plan.inputs]
        several = Listed("[", [(None, variable) for variable in variables], "]")
        inputs = variables[0] if len(variables) == 1 else several
        arguments: list[tuple[str | None, Any]] = [
            ("inputs", inputs), ("outputs", self._code(plan.outputs)),
            ("name", literal_text(plan.name)),
        ]  # fmt: skip
        if not plan.trainable:
            arguments.append(("trainable", "False"))
        return "".join(lines) + statement(last, Call("keras.Model", arguments))

    def _variable(self, node: int, name: str) -> str:
        self.values[node] = identifier(name, self.taken)
        return self.values[node]

    def _assigned(self, node: Node) -> str:
        """`name = `, or nothing for a call that only builds its layer."""
        return f"{self._variable(node.index, node.name)} = " if node.index in self.read else ""

    def _call(self, call: CallPlan) -> str:
        """The statement of a call; a layer that is called again, or is long, has one of its own."""
        if call.layer.layer.operation and self.module.names.draws(call.layer):
            drawn = python_operations.function_call(call, self._code)
            if drawn is not None:
                return statement(self._assigned(call.node), drawn)
        key = id(call.layer)
        given: list[tuple[str | None, Any]] = [(None, self._code(item)) for item in call.args]
        if call.layer.class_name == "ops>GetItem":
            given[1:] = [(None, python_operations.indices(call.args[1], self._code))]
        given += [(name, self._code(item)) for name, item in call.kwargs.items()]
        before = ""
        if key not in self.makers:
            made = self._made(call)
            again = sum(other.layer is call.layer for other in self.plan.calls) > 1
            # the names of two nodes may be one word: what is made first has the first
            name = self._assigned(call.node)
            one = statement(name, flat(Call(flat(made), given)))
            if not again and len(one) <= WIDTH + 1:
                return one
            self.makers[key] = identifier(f"{call.layer.name}_layer", self.taken)
            before = statement(f"{self.makers[key]} = ", made)
        else:
            name = self._assigned(call.node)
        return before + statement(name, Call(self.makers[key], given))

    def _made(self, call: CallPlan) -> Code:
        """The expression that makes what is called."""
        if call.layer.layer.operation:
            self.module.imports.add(python_operations.import_of(call))
            return python_operations.maker(call, self._code)
        return self.module.layer(call.layer)

    def _code(self, value: Any) -> Code:
        """A structure of tensors and options."""
        special = python_operations.constant(value)
        if special is not None:
            return special
        if isinstance(value, Value):
            return self._tensor(value)
        if isinstance(value, Mapping):
            pairs = [(literal_text(k), self._code(v)) for k, v in value.items()]
            return Listed("{", pairs, "}")
        if isinstance(value, list):
            return Listed("[", [(None, self._code(item)) for item in value], "]")
        return literal(value)

    def _tensor(self, value: Value) -> str:
        variable = self.values[value.node]
        whole = value._replace(output=None)
        if value.output is None or not self.plan.is_many(whole):
            return variable
        keys = self.plan.keys(whole)
        if keys:
            return f"{variable}[{literal_text(keys[value.output])}]"
        if value.output and _nests(self.plan.graph.nodes[value.node].layer):
            return f"keras.tree.flatten({variable})[{value.output}]"
        return f"{variable}[{value.output}]"


def _nests(layer: Any) -> bool:
    """Whether a layer gives the states of each of its cells in a list of their own."""
    held = [layer, *layer.inner()]
    return any("stack" in one.__dict__ or one.class_name == "StackedRNNCells" for one in held)
