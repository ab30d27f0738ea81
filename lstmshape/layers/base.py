"""What a layer is: a small frozen object whose fields are its Keras arguments.

A class declares its arguments as annotated fields, and says side by side what it weighs and what
comes out, in arithmetic that serves 100 and `T` alike. What Keras refuses, `Context` refuses; what
Keras builds although it cannot run, `Context` records. See `docs/adding-a-layer.md`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from lstmshape.dims import Dim, Shape
from lstmshape.layers import dtypes
from lstmshape.layers.alike import Alike
from lstmshape.layers.arguments import BOOLEAN, NAME, TRAINABLE, Argument, argument
from lstmshape.layers.dtypes import DTYPE
from lstmshape.layers.objects import INITIALIZERS, REGULARIZER, REGULARIZERS
from lstmshape.layers.together import Together
from lstmshape.naming import snake_case
from lstmshape.source import Path, Place

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    from lstmshape.layers.context import Context
elif sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda cls: cls


class Tensor(NamedTuple):
    """What flows along an edge. `mask` is the mask's shape, or None without one."""

    shape: Shape
    dtype: str = "float32"
    mask: Shape | None = None


class Weight(NamedTuple):
    """One weight tensor of a layer; `name` as in Keras's variable path, without the layer's."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    #: the layer's argument that fills it; None where Keras chooses one that always can
    initializer: Any = None

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Weights(list[Weight]):
    """The weights of a layer, which do not change; their parameters are counted once."""

    __slots__ = ("_params",)

    @property
    def params(self) -> int:
        try:
            return self._params
        except AttributeError:
            self._params: int = sum(math.prod(weight.shape) for weight in self)
            return self._params


NO_WEIGHTS = Weights()


class Rank(NamedTuple):
    """A demand on the rank, with the names of the axes: Keras's `InputSpec(ndim=…)`."""

    axes: tuple[str, ...]
    at_least: bool = False


@lru_cache(maxsize=64)
def plain_rank(axes: int) -> Rank:
    """Exactly so many axes, the batch among them, that have no names of their own."""
    return Rank(("batch", *(f"axis {n}" for n in range(1, axes))))


#: one tensor / one tensor or a structure of them / a list / named call arguments / those, and
#: among them what is no tensor
Takes = Literal["one", "any", "list", "named", "operands"]
#: what becomes of a mask: passed on / destroyed with Keras's warning / lost without a word /
#: used and not passed on / the class's own `mask` method says
Masking = Literal["passes", "drops", "silent", "uses", "own"]

#: Two outputs or more: a list of shapes. One output: a shape (a tuple).
Shapes = Shape | list[Shape]


@dataclass_transform(
    kw_only_default=True, frozen_default=True, eq_default=False, field_specifiers=(argument,)
)
class Layer:
    """Base of all layers. Fields are arguments; see the module."""

    name: str | None = argument(NAME, "The layer's name; else Keras makes one.", None)
    trainable: bool = argument(TRAINABLE, "Whether its weights are trained.", True)
    dtype: str | None = argument(DTYPE, "The dtype policy: of weights and of computation.", None)
    autocast: bool = argument(BOOLEAN, "Whether floating inputs are cast to that dtype.", True)
    activity_regularizer: Any = argument(REGULARIZER, "A penalty on the output.", None)

    #: other names of the class in `keras.layers`
    aliases: ClassVar[tuple[str, ...]] = ()
    #: arguments by name, the class's own first; filled by the base
    arguments: ClassVar[dict[str, Argument]] = {}
    defaults: ClassVar[dict[str, Any]] = {}
    #: those without which it cannot be made
    required: ClassVar[tuple[str, ...]] = ()
    #: whether its plain arguments are all that a layer of the class is
    comparable: ClassVar[bool] = False
    #: arguments that bear the name of a method here: declared, and kept, with an underscore behind
    clashing: ClassVar[tuple[str, ...]] = ()
    #: arguments that Keras takes and ignores (with or without a warning): name to why
    ignored: ClassVar[dict[str, str]] = {}
    #: arguments of old Keras: the name that it bears now
    renamed: ClassVar[dict[str, str]] = {}
    #: base arguments that this class does not take (those without `**kwargs`)
    refuses: ClassVar[frozenset[str]] = frozenset()

    takes: ClassVar[Takes] = "one"
    #: for `takes = "one"`: once it is built Keras does not look, and takes several, to fail later
    loose_later: ClassVar[bool] = False
    #: for `takes = "list"`: whether a tuple (all that a layer gives) will not do
    wants_list: ClassVar[bool] = False
    #: of how few tensors Keras says that they are not several
    least_of_list: ClassVar[int] = 0
    #: for `takes = "named"`: the call arguments that are tensors, and how many are required
    call_tensors: ClassVar[tuple[str, ...]] = ()
    required_tensors: ClassVar[int] = 1
    #: what its `call` calls the first of its arguments
    first_argument: ClassVar[str] = "inputs"
    #: call arguments that are no tensors, or may be left out; `training` is taken by all
    call_options: ClassVar[tuple[str, ...]] = ()
    rank: ClassVar[Rank | None] = None
    masking: ClassVar[Masking] = "passes"
    #: base names that it draws from Keras's counters when it is built
    drawn_when_built: ClassVar[tuple[str, ...]] = ()
    #: a model as a layer: the graph stage reads what is in it
    holds_model: ClassVar[bool] = False
    #: called symbolically it hands back its very input, which Keras then takes for a cycle
    gives_what_it_reads: ClassVar[bool] = False
    #: a tensor function, which Keras keeps among the layers of a functional model alone
    operation: ClassVar[bool] = False
    #: whether it takes arguments of any name
    any_argument: ClassVar[bool] = False
    #: foreign code: nobody can work out what comes out, unless its entry expects something
    opaque: ClassVar[bool] = False
    #: the same object in layers that differ in nothing but their names and places
    alike: Alike | None = None
    #: what the entry of an opaque layer expects of it: a shape, or a list of shapes
    expect: Any = None
    keeps_dtype: ClassVar[bool] = False
    #: whether `trainable=False` freezes the weights; wrappers do not pass it on
    freezes: ClassVar[bool] = True
    #: whether one call looks at several steps of the time axis (RNN, Conv, pooling over time …)
    sequence_axis: ClassVar[int | None] = None
    #: the parameter formula and where it comes from, for `explain`
    formula: ClassVar[str] = ""

    #: where its entry stands in the tree, and the class as written there; set by the graph stage
    path: Path
    written: str | None

    def __init_subclass__(cls) -> None:
        if "axes" in cls.__dict__ and callable(cls.__dict__["axes"]):
            raise TypeError(f"{cls.__name__}: the method is called `fixed_axes`")
        own = {key: value for key, value in cls.__dict__.items() if isinstance(value, Argument)}
        for key in own:
            delattr(cls, key)
        clashing = [key[:-1] for key in own if key.endswith("_")]
        cls.clashing = (*cls.clashing, *clashing)
        own = {key.removesuffix("_"): value for key, value in own.items()}
        # the class's own come first; what a base of its family declares keeps its place, also
        # when the class says it anew
        shared = {k: v for k, v in cls.arguments.items() if k not in _COMMON}
        first = {k: v for k, v in own.items() if k not in shared}
        common = {k: v for k, v in _COMMON.items() if k not in cls.refuses and k not in own}
        cls.arguments = {**first, **shared, **own, **common}
        kept = {k: f"{k}_" if k in cls.clashing else k for k in cls.arguments}
        # an argument that the class refuses still has its value: `trainable` is asked of all
        everyone = {k: v.default for k, v in _COMMON.items()}
        own_defaults = {kept[k]: v.default for k, v in cls.arguments.items()}
        cls.defaults = {**everyone, **own_defaults, "path": (), "written": None}
        cls.required = tuple(k for k, v in cls.arguments.items() if v.required)
        held = any(v.kind.holds for v in cls.arguments.values())
        cls.comparable = not (held or cls.opaque or cls.holds_model) and cls.settle is Layer.settle

    def __init__(self, **values: Any) -> None:
        here = self.__dict__
        here.update(type(self).defaults)
        for key in self.clashing:
            if key in values:
                values[f"{key}_"] = values.pop(key)
        here.update(values)

    def __setattr__(self, key: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set {key}")

    def __repr__(self) -> str:
        defaults = type(self).defaults
        said = {
            k: v
            for k, v in self.__dict__.items()
            if k not in ("path", "written", "alike") and v != defaults.get(k)
        }
        shown = [f"{k}={v!r}" for k, v in said.items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def class_name(self) -> str:
        return type(self).__name__

    @property
    def place(self) -> Place:
        """Where its class is written."""
        return Place((*self.path, self.written) if self.written else self.path, "key")

    # -- what a class says ------------------------------------------------------------------

    def check(self) -> Iterable[tuple[str, str]]:
        """Checks between arguments at construction: (argument, what it should be) of each fault."""
        return ()

    def demand(self) -> Rank | None:
        """The rank that it wants before it is built."""
        return self.rank

    def demand_built(self, x: Any) -> Rank | None:
        """The rank that it wants at every call once it is built on `x`: its own first included."""
        return self.demand()

    def fixed_axes(self, x: Any) -> Mapping[int, int | None]:
        """The sizes of axes that a layer built on `x` insists on at every later call."""
        return {}

    def fixed_axes_when_run(self, x: Any) -> Mapping[int, Dim]:
        """As `axes`, where Keras checks nothing and a later call of another size fails to run."""
        return {}

    def called_again(self, ctx: Context, x: Any, first: Any) -> None:
        """What only shows when it runs of a later call on `x`, of one that was built on `first`."""

    def weights(self, ctx: Context, x: Any) -> Sequence[Weight]:
        """The weights that building on shape `x` makes (a list or dict of shapes: see `takes`)."""
        return ()

    def output(self, ctx: Context, x: Any) -> Shapes:
        """The output's shape for input shape `x`; a list of shapes for several outputs."""
        return x  # type: ignore[no-any-return]  # the identity: shape in, shape out

    def looks_at_structure(self) -> bool:
        """Whether Keras sees that several tensors are no single one."""
        return True

    def runs_on_several(self) -> bool:
        """Whether one with `takes = "any"`, which builds on several tensors, also runs on them."""
        return True

    def unless_fit(self, dtype: str) -> str | None:
        """What it wants, to run, instead of a tensor of that dtype; None where that will do."""
        return "numbers" if dtype == "string" else None

    def mask(self, ctx: Context, x: Any, out: Shapes) -> Any:
        """For `masking = "own"`: the mask shape of each output (one or a list); `x` is tensors."""
        return None

    def unfillable(self) -> bool:
        """Whether JAX has not implemented what fills its kernels, whatever their shapes."""
        if self.variable_dtype not in ("float16", "bfloat16"):
            return any(layer.unfillable() for layer in self.inner() if not layer.holds_model)
        kernels = ("kernel_initializer", "recurrent_initializer")
        kinds = [INITIALIZERS.read(getattr(self, key, None)) for key in kernels]
        own = any(kind is not None and kind.class_name == "Orthogonal" for kind in kinds)
        return own or any(layer.unfillable() for layer in self.inner() if not layer.holds_model)

    def macs(self, x: Any, out: Shapes) -> Dim:
        """Multiply-accumulates of one call, without the batch axis: the time axis counts."""
        return 0

    def labels(self) -> tuple[str, ...]:
        """Names of the outputs when there are several."""
        return ()

    def structure(self) -> Together | None:
        """How its outputs stand together, with numbers for them; None for a plain tuple."""
        return None

    def inner(self) -> tuple[Layer, ...]:
        """The layers that it holds."""
        return ()

    def settle(self, take: Callable[[str], str]) -> None:
        """Called once when the arguments are bound and the name is known: make what is derived.

        `take` gives the next automatic name of a base name, for layers that Keras makes inside.
        """

    @classmethod
    def base_name(cls) -> str:
        """What Keras's automatic names of this class begin with."""
        return snake_case(cls.__name__)

    @property
    def penalizes_matrices(self) -> bool:
        """Whether the penalty on its output is one that only matrices can have."""
        made = REGULARIZERS.read(self.activity_regularizer)
        return made is not None and made.class_name == "OrthogonalRegularizer"

    @property
    def compute_dtype(self) -> str:
        """What it computes in, and mostly gives."""
        return dtypes.compute_dtype(self.dtype)

    @property
    def variable_dtype(self) -> str:
        """What its weights are stored in."""
        return dtypes.variable_dtype(self.dtype)

    def received_dtype(self, dtype: str) -> str:
        """The dtype of an input once Keras has cast it: only floats are, and only by `autocast`."""
        return self.compute_dtype if self.autocast and dtypes.is_float(dtype) else dtype

    def received_dtypes(self, x: Any) -> Any:
        """`received_dtype` of a tensor, or a list of them."""
        if isinstance(x, Tensor):
            return self.received_dtype(x.dtype)
        tensors = x.values() if isinstance(x, dict) else x
        return [self.received_dtype(tensor.dtype) for tensor in tensors]

    def output_dtype(self, x: Any) -> Any:
        """The dtype of all outputs, or a list with that of each; `x` is a tensor (list, dict)."""
        if self.keeps_dtype and isinstance(x, Tensor):
            return self.received_dtype(x.dtype)
        return self.compute_dtype


_COMMON: dict[str, Argument] = {
    key: value for key, value in vars(Layer).items() if isinstance(value, Argument)
}
for _key in _COMMON:
    delattr(Layer, _key)
Layer.arguments = dict(_COMMON)
Layer.defaults = {
    **{key: value.default for key, value in _COMMON.items()},
    "path": (),
    "written": None,
}


def batch(shape: Shape) -> Dim:
    """The batch axis of a shape."""
    return shape[0]
