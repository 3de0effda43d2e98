"""Arrays that remember how they were computed.

An operation computes its output from the inputs' data and hands `record` the output together with
`backward`: a function that turns the gradient of the output into the gradients of the inputs. The
recorded operations form a graph; `featmatch.nn.autograd.grad` walks it back by the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_finite, check_broadcast
from featmatch.nn import shapes
from featmatch.threads import product

Array: TypeAlias = npt.NDArray[Any]
Backward: TypeAlias = Callable[[Array], Sequence[Array | None]]

_recording: ContextVar[bool] = ContextVar("recording", default=True)


@dataclass(frozen=True, eq=False)
class Node:
    """How a tensor was computed.

    Attributes
    ----------
    op : str
        Name of the operation.
    inputs : tuple of Tensor
        What it was computed from.
    backward : callable
        The gradient of the output -> one gradient for each input, None where none is needed.
    attributes : dict
        The operation's other arguments, for those who describe or export a network.
    """

    op: str
    inputs: tuple[Tensor, ...]
    backward: Backward
    attributes: dict[str, Any]


class Tensor:
    """An array and, if gradients may be asked for, the operation that it came from.

    Parameters
    ----------
    data : array_like
        Finite numbers, which is checked here and not again for what is computed from them. Arrays
        of float32 and float64 stay as they are, everything else becomes float32.
    requires_grad : bool
        Whether gradients with respect to this tensor may be asked for.
    name : str
        What error messages call `data`.

    Attributes
    ----------
    data : ndarray
    requires_grad : bool
    node : Node or None
        None for a tensor that no recorded operation made.

    Raises
    ------
    ValueError
        `data` holds something else than finite numbers.
    """

    __slots__ = ("data", "node", "requires_grad")
    __array_ufunc__ = None  # NumPy's own functions would drop the record: let them fail

    data: Array
    requires_grad: bool
    node: Node | None

    def __init__(
        self, data: npt.ArrayLike, requires_grad: bool = False, *, name: str = "data"
    ) -> None:
        self.data = as_finite(name, data)
        self.requires_grad = requires_grad
        self.node = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""
        return self.data.dtype

    def item(self) -> float:
        """Return the only element as a Python number."""
        return float(self.data.item())

    def __neg__(self) -> Tensor:
        return record("negate", -self.data, (self,), lambda dy: (-dy,))

    def __add__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)

        def backward(dy: Array) -> list[Array]:
            return [shapes.unbroadcast(dy, a.shape), shapes.unbroadcast(dy, b.shape)]

        return record("add", a.data + b.data, (a, b), backward)

    def __mul__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)

        def backward(dy: Array) -> list[Array]:
            return [
                shapes.unbroadcast(dy * b.data, a.shape),
                shapes.unbroadcast(dy * a.data, b.shape),
            ]

        return record("multiply", a.data * b.data, (a, b), backward)

    def __truediv__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)
        y = a.data / b.data

        def backward(dy: Array) -> list[Array]:
            da = dy / b.data
            return [shapes.unbroadcast(da, a.shape), shapes.unbroadcast(-da * y, b.shape)]

        return record("divide", y, (a, b), backward)

    def __matmul__(self, other: TensorLike) -> Tensor:
        a, b = self, self._constant(other)
        shapes.check_matrices(a.shape, b.shape)

        def backward(dy: Array) -> list[Array]:
            da = product(dy, b.data.swapaxes(-1, -2))
            db = product(a.data.swapaxes(-1, -2), dy)
            return [shapes.unbroadcast(da, a.shape), shapes.unbroadcast(db, b.shape)]

        return record("matmul", product(a.data, b.data), (a, b), backward)

    def __sub__(self, other: TensorLike) -> Tensor:
        return self + -self._operand(other)

    def __rsub__(self, other: TensorLike) -> Tensor:
        return -self + other

    def __rtruediv__(self, other: TensorLike) -> Tensor:
        return self._operand(other) / self

    def __rmatmul__(self, other: TensorLike) -> Tensor:
        return self._constant(other) @ self

    __radd__ = __add__
    __rmul__ = __mul__

    def __getitem__(self, index: Any) -> Tensor:
        def backward(dy: Array) -> list[Array]:
            return [shapes.put_back(dy, index, self.shape)]

        return record("getitem", self.data[index], (self,), backward, index=index)

    def reshape(self, *shape: int | shapes.Shape) -> Tensor:
        """Put the elements into another shape; -1 stands for the size that follows."""
        shape = shapes.flat(shape)
        y = shapes.reshaped(self.data, shape)
        return record("reshape", y, (self,), lambda dy: (dy.reshape(self.shape),), shape=shape)

    def transpose(self, *axes: int | shapes.Shape) -> Tensor:
        """Put the axes into another order: their numbers, each once, as for `numpy.transpose`."""
        axes = shapes.flat(axes)
        order = shapes.check_order("axes", axes, self.shape)
        y, back = self.data.transpose(order), np.argsort(order)
        return record("transpose", y, (self,), lambda dy: (dy.transpose(back),), axes=axes)

    def sum(self, axis: shapes.Axes = None, keepdims: bool = False) -> Tensor:
        """Sum over one axis, some or all, as `numpy.sum`."""
        axes = shapes.check_axes("axis", axis, self.shape)
        y = self.data.sum(axes, np.float64, keepdims=keepdims).astype(self.dtype)

        def backward(dy: Array) -> list[Array]:
            return [shapes.repeat(dy, axes, self.shape)]

        return record("sum", y, (self,), backward, axis=axis, keepdims=keepdims)

    def mean(self, axis: shapes.Axes = None, keepdims: bool = False) -> Tensor:
        """Mean over one axis, some or all, as `numpy.mean`."""
        axes = shapes.check_axes("axis", axis, self.shape)
        count = shapes.count_along(axes, self.shape)
        y = self.data.mean(axes, np.float64, keepdims=keepdims).astype(self.dtype)

        def backward(dy: Array) -> list[Array]:
            return [shapes.repeat(dy / count, axes, self.shape)]

        return record("mean", y, (self,), backward, axis=axis, keepdims=keepdims)

    def _operand(self, other: TensorLike) -> Tensor:
        operand = self._constant(other)
        check_broadcast("operands", self.shape, operand.shape)
        return operand

    def _constant(self, other: TensorLike) -> Tensor:
        if isinstance(other, Tensor):
            return other
        return Tensor(np.asarray(other, self.dtype), name="operand")

    def __len__(self) -> int:
        return len(self.data)

    def __array_function__(self, *_: object) -> object:
        return NotImplemented  # refuses NumPy's other functions, as __array_ufunc__ its ufuncs

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        source = f", op={self.node.op!r}" if self.node else ""
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype}{source})"


class Parameter(Tensor):
    """A tensor that training changes."""

    __slots__ = ()

    def __init__(self, data: npt.ArrayLike, *, name: str = "data") -> None:
        super().__init__(data, requires_grad=True, name=name)
        self.data = self.data.copy()  # which training may change


TensorLike: TypeAlias = Tensor | npt.ArrayLike


def as_tensor(value: TensorLike, name: str = "data") -> Tensor:
    """`value` itself if it is a tensor, else a constant made of it."""
    return value if isinstance(value, Tensor) else Tensor(value, name=name)


def record(
    op: str, data: Array, inputs: Sequence[Tensor], backward: Backward, **attributes: object
) -> Tensor:
    """Make the output of an operation, with its history if any input may need a gradient.

    Parameters
    ----------
    op : str
        Name of the operation.
    data : ndarray
        Its output.
    inputs : sequence of Tensor
        What `backward` returns gradients for.
    backward : callable
        The gradient of a scalar with respect to `data` -> its gradient with respect to each input,
        in the shapes of the inputs; None for an input whose ``requires_grad`` is false. It must
        not change its argument.
    **attributes
        The operation's other arguments.

    Returns
    -------
    Tensor
    """
    output = _wrap(data)
    if _recording.get() and any(tensor.requires_grad for tensor in inputs):
        output.requires_grad = True
        output.node = Node(op, tuple(inputs), backward, attributes)
    return output


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording, in this thread: what is not needed any more is freed at once."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


def _wrap(data: Array) -> Tensor:
    """Make a tensor of the result of a computation, without checking it again."""
    tensor = Tensor.__new__(Tensor)
    tensor.data, tensor.requires_grad, tensor.node = np.asarray(data), False, None
    return tensor
