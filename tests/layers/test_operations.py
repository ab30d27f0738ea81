"""Operations (`ops>Mean`): the table and every formula held against real Keras."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
from typing import Any

import keras
import pytest
from agree import assert_agrees
from keras.src import ops as keras_ops

from lstmshape.case import judge
from lstmshape.facts import UnknownClass
from lstmshape.layers import find
from lstmshape.layers.operations import _FORMULAS, Signature, signatures
from lstmshape.layers.promotion import promoted
from lstmshape.rules import diagnose

DTYPES = ("float32", "float16", "bfloat16", "int32", "uint8", "bool", "float64")


def batched(*shape: int | str | None, dtype: str = "float32") -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype}


def whole(batch: int, *shape: int | str | None) -> dict[str, Any]:
    return {"shape": list(shape), "batch_size": batch}


def tree_of(name: str, arguments: Any, inputs: list[Any], **call: Any) -> dict[str, Any]:
    """An operation called on inputs `a`, `b`, …: the first by position, others too."""
    names = "abc"[: len(inputs)]
    shapes = {
        n: i if isinstance(i, dict) else batched(*i) for n, i in zip(names, inputs, strict=True)
    }
    entry: dict[str, Any] = {f"ops>{name}": {**arguments}, "inputs": list(names)}
    if call:
        entry["call"] = call
    return {"inputs": shapes, "layers": [entry]}


# -- the table ------------------------------------------------------------------------------------


def keras_operations() -> dict[str, Any]:
    found = {}
    for module in pkgutil.iter_modules(keras_ops.__path__):
        if module.name.endswith("_test"):
            continue
        loaded = importlib.import_module(f"keras.src.ops.{module.name}")
        for name, value in vars(loaded).items():
            if not (inspect.isclass(value) and issubclass(value, keras.Operation)):
                continue
            if value.__module__ == loaded.__name__ and value is not keras.Operation:
                found[name] = value
    # what Keras makes others of
    return {k: v for k, v in found.items() if k not in ("Function", "SegmentReduction")}


def test_the_table_has_every_operation_of_keras() -> None:
    assert signatures().keys() == keras_operations().keys()


@pytest.mark.parametrize("signature", [*signatures().values()], ids=lambda s: s.name)
def test_a_line_of_the_table_is_as_keras(signature: Signature) -> None:
    cls = keras_operations()[signature.name]
    assert cls.__module__ == f"keras.src.ops.{signature.module}"
    for method, said in ((cls.__init__, signature.constructor), (cls.call, signature.call)):
        theirs = [
            p
            for p in list(inspect.signature(method).parameters.values())[1:]
            if p.name != "name" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        ]
        assert [p.name for p in theirs] == [p.name for p in said]
        assert [None if p.default is p.empty else p.default for p in theirs] == [
            p.default for p in said
        ]
    if signature.function:
        function = getattr(keras.ops, signature.function)
        names = list(inspect.signature(function).parameters)
        assert names[: len(signature.call)] == [p.name for p in signature.call]
        assert {p.name for p in signature.constructor} <= set(names)


# -- shapes ---------------------------------------------------------------------------------------

ONE = [[5, 4], [None, 4], ["T", 1], []]
PAIRS: list[list[Any]] = [
    [[5, 4], [5, 4]], [[5, 4], [4]], [[5, 4], [1, 4]], [["T", 4], ["T", 4]], [["T", 4], [6, 4]],
    [[None, 4], [None, 4]], [["T", 1], [7]], [[5, 4], [5, 3]], [whole(2, 3), whole(3)], [[], [5]],
]  # fmt: skip
AXES: list[Any] = [[1, 1], [2, 2], [-1, 2], None, 0, 1, -1, 2, -4, 3, [1], [1, -1], [0, 5], [], "1"]


def names_of(base: str) -> list[str]:
    return sorted(name for name, (cls, _) in _FORMULAS.items() if cls.__name__ == base)


def required(name: str) -> dict[str, Any]:
    """Plain values for what its constructor must be told."""
    some = {"dtype": "float16", "x_min": 0.0, "x_max": 1.0, "threshold": 0.5, "default_value": 0.0}
    some["shift"] = 1
    return {p.name: some[p.name] for p in signatures()[name].constructor if p.required}


@pytest.mark.parametrize("name", names_of("Elementwise") + names_of("OverAxes"))
def test_one_by_one(name: str) -> None:
    for shape in ONE:
        assert_agrees(tree_of(name, required(name), [shape]))
    for dtype in DTYPES:
        assert_agrees(tree_of(name, required(name), [batched(5, dtype=dtype)]))


@pytest.mark.parametrize("name", names_of("Joined"))
def test_joined(name: str) -> None:
    for pair in PAIRS if name == "Add" else PAIRS[:3]:
        assert_agrees(tree_of(name, {}, pair))
    several = DTYPES if name in ("Add", "Divide", "Equal", "Mod") else DTYPES[::3]
    for one, other in itertools.combinations_with_replacement(several, 2):
        pair = [batched(5, dtype=one), batched(5, dtype=other)]
        assert_agrees(tree_of(name, {}, pair))
    for dtype, number in itertools.product(several, (2, 2.5, True, [1.0, 2.0, 3.0, 4.0, 5.0])):
        assert_agrees(tree_of(name, {}, [batched(5, dtype=dtype)], x2=number))
    entry = {f"ops>{name}": {}, "inputs": {"x2": "a"}, "call": {"x1": 1.0}}
    assert_agrees({"inputs": {"a": [5]}, "layers": [entry]})


@pytest.mark.parametrize("name", names_of("Reduction"))
def test_reductions(name: str) -> None:
    keeps = any(p.name == "keepdims" for p in signatures()[name].constructor)
    for axis in AXES if name in ("Sum", "Mean", "Any") else [None, 1, -1, 3]:
        for keepdims in [False, True][: 1 + keeps]:
            said = {"axis": axis, **({"keepdims": True} if keepdims else {})}
            assert_agrees(tree_of(name, said, [["T", 4]]))
    for dtype in DTYPES:
        assert_agrees(tree_of(name, {"axis": 1}, [batched(5, dtype=dtype)]))


WITH_AXES = ("Softmax", "LogSoftmax", "Normalize", "Flip")
TABLE: list[tuple[str, dict[str, Any], list[Any], dict[str, Any]]] = [
    *((name, {"axis": axis}, [["T", 4]], {}) for name in WITH_AXES for axis in AXES),
    ("Prod", {"axis": 1, "dtype": "float16"}, [[5]], {}),
    ("Where", {}, [batched(5, dtype="bool"), [5]], {}),
    *(("Sort", {"axis": axis}, [["T", 4]], {}) for axis in AXES[:7]),
    *(("Argsort", {"axis": axis}, [[5, 4]], {}) for axis in AXES[:7]),
    *(("Cumsum", {"axis": axis}, [[5, 4]], {}) for axis in AXES[:7]),
    ("Cumsum", {"axis": 1}, [batched(5, dtype="bool")], {}),
    ("Cumprod", {"axis": 1}, [batched(5, dtype="bool")], {}),
    ("Cumsum", {"axis": 1, "dtype": "int32"}, [[5]], {}),
    ("Cumsum", {"axis": None}, [whole(2, 3)], {}),
    *(("Concatenate", {"axis": axis}, [["T", 4], ["T", 3]], {}) for axis in (-1, 2, 0, 1, 3, -4)),
    ("Concatenate", {"axis": 1}, [["T", 4], ["S", 4]], {}),
    ("Concatenate", {"axis": 1}, [["T", 4], [5, 4]], {}),
    ("Concatenate", {"axis": 2}, [["T", 4], [5, 4]], {}),
    ("Concatenate", {"axis": 2}, [[5, 4], ["T", 4]], {}),
    ("Concatenate", {}, [whole(2, 4), whole(3, 4)], {}),
    ("Concatenate", {"axis": 1}, [[4], [4, 4]], {}),
    ("Concatenate", {"axis": None}, [[4], [4]], {}),
    ("Concatenate", {"axis": -1}, [batched(4, dtype="int32"), batched(4, dtype="float16")], {}),
    *(("Stack", {"axis": axis}, [["T", 4], ["T", 4]], {}) for axis in (0, 1, -1, 3, 4, -5)),
    ("Stack", {"axis": 1}, [[5, 4], [5, 3]], {}),
    ("Stack", {"axis": 1}, [[5, 4], ["T", 4]], {}),
    *(("ExpandDims", {"axis": axis}, [["T", 4]], {}) for axis in (*AXES, 4, [1, 1], [0, 4])),
    *(("Squeeze", {"axis": axis}, [["T", 1]], {}) for axis in AXES),
    ("Squeeze", {}, [[1, 4]], {}),
    ("Squeeze", {"axis": 1}, [[3, 4]], {}),
    *(
        ("Transpose", {"axes": axes}, [["T", 4]], {})
        for axes in (None, [0, 2, 1], [0, 1], [0, 1, 1], [2, 0, 1], [-1, 0, 1], [0, 1, 3], 1)
    ),
    ("Swapaxes", {"axis1": 1, "axis2": 2}, [["T", 4]], {}),
    ("Swapaxes", {"axis1": 0, "axis2": -1}, [["T", 4]], {}),
    ("Swapaxes", {"axis1": 0, "axis2": 3}, [["T", 4]], {}),
    *(
        ("Reshape", {"newshape": target}, [["T", 4]], {})
        for target in ([-1, 4], [-1, 2, 2], [5, -1], [-1, -1], [-1, -2], [None, 4], [2, 4], [])
    ),
    *(
        ("Reshape", {"newshape": target}, [whole(6, 4)], {})
        for target in ([-1, 4], [24], [4, 6], [5, -1], [0, -1], [2, 3, -1], [None, 4], 24, [25])
    ),
    *(
        ("Split", {"indices_or_sections": cuts, "axis": 1}, [[6]], {})
        for cuts in (2, 3, 4, [2], [1, 4], [7], [4, 2], [], 0, [-1], "2")
    ),
    ("Isclose", {}, [[5], [5]], {"rtol": 0.1}),
    ("Split", {"indices_or_sections": 2, "axis": 1}, [["T", 6]], {}),
    ("Split", {"indices_or_sections": [2], "axis": 1}, [["T", 6]], {}),
    ("Split", {"indices_or_sections": 2, "axis": 5}, [["T", 6]], {}),
    *(("OneHot", {"num_classes": 7, "axis": a}, [batched("T", dtype="int32")], {})
      for a in (-1, 0, 1, 2, -2)),
    ("OneHot", {"num_classes": 7, "dtype": "int32"}, [batched(3, dtype="int32")], {}),
    ("Where", {}, [batched(5, dtype="bool"), [5], [5]], {}),
    ("Where", {}, [batched(5, dtype="bool"), [5]], {"x2": 0.0}),
    ("Where", {}, [batched(5, dtype="bool"), batched(5, dtype="int32")], {"x2": 1}),
    ("Where", {}, [batched(5, dtype="bool")], {"x1": 0.0, "x2": 1}),
    ("Where", {}, [batched(5, dtype="bool")], {"condition": 0.5, "x2": True}),
    ("Where", {}, [batched(5, dtype="bool"), [4]], {"x2": 0.0}),
    *(
        ("Matmul", {}, pair, {})
        for pair in (
            [[5, 4], [4, 3]], [["T", 4], [4, "T"]], [["T", 4], [5, 3]], [["T", 4], ["T", 3]],
            [[5, 4], [3]], [[4], [4]], [whole(4), whole(4)], [whole(2, 4), whole(4)],
            [whole(4), whole(4, 2)], [[2, 5, 4], [4, 3]], [[], [4]],
        )
    ),
    ("Matmul", {}, [["T", 2]], {"x2": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}),
    ("Matmul", {}, [["T", 2]], {"x2": [[1, 2, 3]]}),
    *(
        ("Add", {}, [batched(2, dtype=dtype)], {"x2": {"value": value, "dtype": other}})
        for dtype, value, other in (
            ("float16", [1.0, 2.0], "float32"), ("float16", 2.5, "float32"), ("int32", 2, "uint8"),
            ("float16", [1, 2], "uint8"), ("float32", [1, 2, 3], "uint8"), ("int32", [1, 2], "foo"),
        )
    ),
    *(
        ("GetItem", {}, [["T", 4]], {"key": key})
        for key in (
            0, -1, [":", -1], [":", 0], [":", ":", 1], [":", ":", 4], [":", ":", -5], [":", "1:"],
            [":", ":-1"], [":", "1:-1"], [":", "::2"], [":", "::-1"], [":", "-3:"], [":", ":3"],
            [":", "2:5"], ["...", -1], ["...", 0, "1:3"], [":", None, -1], [None], ["..."], [],
            [":", 1, 2, 3], ["...", "..."], [":", ":", "1:3"], [":", ":", "3:1"], ["::2"],
        )
    ),
    *(
        ("GetItem", {}, [["T", 4]], {"key": key})
        for key in ("::2", "...", None, ":", [":", "::0"], [":", 1.5], [":", [0, 2]])
    ),
    ("GetItem", {}, [[5, 4]], {"key": [":", "::0"]}),
    *(
        ("Tile", {"repeats": r}, [[5, 4]], {})
        for r in (2, [2], [1, 2, 1], [3, 1, 1, 1], [], [1.5], -1, "2", [None])
    ),
    *(("Norm", {"axis": a}, [["T", 4]], {}) for a in (None, 1, -1, [1, 2], 3)),
    *(("Norm", {"axis": 1, **more}, [batched(5, 4, dtype="int32")], {})
      for more in ({"keepdims": True}, {"ord": 1}, {"ord": "fro"})),
    *(("TopK", {"k": k}, [["T", 4]], {}) for k in (2, 0, -1, "2", None)),
    *(("Unstack", said, [["T", 4]], {})
      for said in ({"axis": 2}, {"axis": 1}, {"axis": 1, "num": 3}, {}, {"axis": 3})),
    *(("Repeat", {"repeats": r, "axis": a}, [["T", 4]], {})
      for r in (2, [3], [1, 2, 3, 4], [1, 2]) for a in (1, 2, None, 3)),
    ("Repeat", {"repeats": 2}, [whole(2, 3)], {}),
    *(("Glu", {"axis": a}, [["T", 4]], {}) for a in (1, 2, -1, 3)),
    ("Glu", {}, [[3]], {}),
    ("Tensordot", {"axes": [[1], [1]], "output_shape": [None]}, [[5], [5]], {}),
    *(("Cast", {"dtype": d}, [[5]], {}) for d in ("float8_e4m3fn", "int", "flaot32", 32, ["bool"])),
    *(("Add", {}, [[3]], {"x2": x}) for x in (None, [[1, 2], [3]], [1.0, [2.0], 3.0], [1, None])),
    ("Add", {}, [], {"x1": 1.0, "x2": 2.0}),
    *(("Pad", {"pad_width": w}, [["T", 4]], {})
      for w in (1, [1, 2], [[0, 0], [1, 1], [2, 0]], [[0, 0], [1, 1]], [[1], [2], [3]], "1", [],
                None, [[0, 0], 1])),
    ("Pad", {"pad_width": [[0, 0], [-9, 0], [0, 0]]}, [[5, 4]], {}),
    ("Pad", {"pad_width": 1}, [[5]], {"constant_values": 0.5}),
    ("Pad", {"pad_width": 1}, [[]], {"x": 0.5}),
    ("Pad", {"pad_width": 1}, [[]], {"x": [1.0, 2.0]}),
    ("Ravel", {}, [[5, 4]], {}),
    ("Ravel", {}, [whole(2, 3)], {}),
    *(("Take", {"axis": axis}, [["T", 4]], {"indices": [0, 2]}) for axis in (None, 1, -1, 3)),
    ("Take", {"axis": 1}, [["T", 4]], {"indices": 0}),
    ("Take", {"axis": 2}, [["T", 4], batched(7, dtype="int32")], {}),
    *(
        ("Einsum", {"subscripts": text}, inputs, {})
        for text, inputs in (
            ("bij->bj", [["T", 4]]), ("bij,bjk->bik", [["T", 4], [4, "T"]]),
            ("bij,bjk->bik", [[5, 4], [3, 5]]), ("bij,bkj->bik", [["T", 4], ["S", 4]]),
            ("bi,bj->bij", [[3], [4]]), ("bi->b", [[3, 4]]), ("bi,bi->", [[3], [3]]),
            ("bij->bji", [["T", 4]]), ("bij, bjk->bik", [[5, 4], [4, 3]]),
            ("bi,bi->bi", [[3], [4]]),
            ("bi,bi->bi", [batched(3, dtype="int32"), batched(3, dtype="float16")]), (5, [[3]]),
        )
    ),
    *(
        ("GetItem", {}, [[6, 4]], {"key": key})
        for key in ([":", "1:-1"], [":", "::4"], [":", "::-1"], [":", "-3:"], [":", 6], [":", -6])
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "inputs", "call"), TABLE)
def test_as_keras(name: str, arguments: Any, inputs: list[Any], call: Any) -> None:
    assert_agrees(tree_of(name, arguments, inputs, **call))


def test_every_formula_is_tried() -> None:
    tried = {row[0] for row in TABLE}
    for base in ("Elementwise", "OverAxes", "Joined", "Reduction"):
        tried |= set(names_of(base))
    assert tried >= _FORMULAS.keys()


def test_open_sizes_keep_their_names() -> None:
    rows = {
        str([":", "1:"]): ("batch", "T - 1", 4), str([":", ":-1"]): ("batch", "T - 1", 4),
        str([":", "1:-1"]): ("batch", "T - 2", 4), str([":", ":"]): ("batch", "T", 4),
    }  # fmt: skip
    for key, shape in rows.items():
        case = judge(tree_of("GetItem", {}, [["T", 4]], key=ast.literal_eval(key)))
        found = case.flow.calls[-1].outputs[0].shape
        assert tuple(d if isinstance(d, int) else str(d) for d in found) == shape


def test_a_size_that_must_hold_is_required() -> None:
    case = judge(tree_of("GetItem", {}, [["T", 4]], key=[":", 5]))
    assert case.flow.requirements.texts() == ["T >= 6"]


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ([{"ops>Add": {}, "inputs": ["a", "a", "a"]}], "LS2"),
        ([{"ops>Add": {}, "inputs": "a"}], "LS2"),
        ([{"ops>Add": {}, "inputs": "a", "call": {"y": 1.0}}], "LS1"),
        ([{"ops>Mean": {"axsi": 1}, "inputs": "a"}], "LS1"),
        ([{"ops>Cast": {}, "inputs": "a"}], "LS1"),
        ([{"Sequential": {"layers": [{"Dense": {"units": 2}}, "ops>Relu"]}, "inputs": "a"}], "LS0"),
        ([{"TimeDistributed": {"layer": {"ops>Relu": {}}}, "inputs": "a"}], "LS0"),
    ],
)
def test_refused_as_keras_does(layers: list[Any], code: str) -> None:
    case = assert_agrees({"inputs": {"a": [5, 4]}, "layers": layers})
    assert [d.code[:3] for d in diagnose(case)] == [code]


@pytest.mark.parametrize("key", [":, -1", "[:, -1]", [":", ":-"], [":", "-:"], [":", {"stop": 1}]])
def test_a_slip_in_an_index_is_said_to_be_one(key: Any) -> None:
    case = judge(tree_of("GetItem", {}, [[5, 4]], key=key))
    assert [d.code for d in diagnose(case)] == ["LS007"]


def test_a_matrix_product_that_keras_refuses_is_not_said_to_build() -> None:
    (found,) = diagnose(judge(tree_of("Matmul", {}, [[5, 4], [5, 3]])))
    assert found.code == "LS213"
    assert "adds up over alike, but gets 4 and 5" in found.message


def test_a_split_into_no_end_of_parts_is_left_open() -> None:
    case = judge(tree_of("Split", {"indices_or_sections": 10**9, "axis": 1}, [["T", 4]]))
    assert case.flow.calls[-1].status != "ok"
    assert len(case.facts) == 1


def test_operands_are_named_as_keras_names_them() -> None:
    join = {"ops>Concatenate": {"axis": 1}}
    for entry in (
        {**join, "inputs": {"xs": ["a", "a"]}},
        {**join, "inputs": "a", "call": {"xs": "a"}},
        {"ops>Mean": {"axis": 1}, "inputs": {"x": "a"}},
        {"ops>Mean": {"axis": 1}, "inputs": "a", "call": {"x": "a"}},
    ):
        assert_agrees({"inputs": {"a": [5, 4]}, "layers": [entry]})
    halves = {"ops>Split": {"indices_or_sections": 2, "axis": 2}}
    assert_agrees({"input": [5, 4], "layers": [halves, join]})


def test_an_operation_is_called_again_with_another_index() -> None:
    first = {"ops>GetItem": {"name": "part"}, "call": {"key": [":", 0]}}
    again = {"reuse": "part", "name": "other", "inputs": "input", "call": {"key": [":", "1:"]}}
    assert_agrees({"input": [5, 4], "layers": [first, again]})


def test_what_is_only_stated_is_taken_as_said() -> None:
    for name in ("Diff", "Einsum"):
        said = {"subscripts": "...ij->...i"} if name == "Einsum" else {"axis": 1}
        shape = [5] if name == "Einsum" else [4, 4]
        tree = tree_of(name, {**said, "output_shape": shape}, [[5, 4]])
        assert_agrees(tree)
    tree["layers"][0]["ops>Einsum"].pop("output_shape")
    case = judge(tree)
    assert case.flow.calls[-1].status != "ok"
    assert not any(fact.keras == "refuses" for fact in case.facts)


def test_a_function_that_keras_does_not_have_is_open() -> None:
    cls = find("tf>fft3d")
    assert cls is not None
    assert cls.opaque
    assert find("ops>Mean") is find("ops>Mean")


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("ops>Meen", "ops>Mean"), ("ops>mean", "ops>Mean"), ("ops>expand_dims", "ops>ExpandDims"),
        ("ops>get_item", "ops>GetItem"), ("ops>", None), ("ops>nothing_like_it", None),
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused_with_a_near_one(written: str, near: str | None) -> None:
    case = assert_agrees(tree_of(written.removeprefix("ops>"), {"axis": 1}, [[5]]))
    (fact,) = case.facts
    assert isinstance(fact, UnknownClass)
    assert near is None or near in fact.near


@pytest.mark.parametrize("pair", [*itertools.product([*DTYPES, "int", "float"], repeat=2)])
def test_promotion_is_that_of_keras(pair: tuple[str, str]) -> None:
    kinds = [{"int": int, "float": float}.get(kind, kind) for kind in pair]
    assert promoted(*pair) == keras.backend.result_type(*kinds)
