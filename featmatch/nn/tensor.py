"""Arrays that remember how they were computed.

An operation computes its output from the inputs' data and hands `record` the output together with
`backward`: a function that turns the gradient of the output into the gradients of the inputs. The
recorded operations form a graph; `featmatch.nn.autograd.grad` walks it back by the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from featmatch.nn.checks import as_finite, check_broadcast
from featmatch.nn.threads import product

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
    attributes: dict[str, Any] = field(default_factory=dict)


class Tensor:
    """An array and, if gradients may be asked for, the operation that it came from.

    Parameters
    ----------
    data : array_like
        Finite numbers; float32 and float64 stay as they are, everything else becomes float32.
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

    def detach(self) -> Tensor:
        """Forget the history: the same data as a constant for `grad`."""
        return _wrap(self.data)

    def __neg__(self) -> Tensor:
        return record("negate", -self.data, (self,), lambda dy: (-dy,))

    def __add__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)

        def backward(dy: Array) -> list[Array]:
            return [_unbroadcast(dy, a.shape), _unbroadcast(dy, b.shape)]

        return record("add", a.data + b.data, (a, b), backward)

    def __mul__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)

        def backward(dy: Array) -> list[Array]:
            return [_unbroadcast(dy * b.data, a.shape), _unbroadcast(dy * a.data, b.shape)]

        return record("multiply", a.data * b.data, (a, b), backward)

    def __truediv__(self, other: TensorLike) -> Tensor:
        a, b = self, self._operand(other)
        y = a.data / b.data

        def backward(dy: Array) -> list[Array]:
            da = dy / b.data
            return [_unbroadcast(da, a.shape), _unbroadcast(-da * y, b.shape)]

        return record("divide", y, (a, b), backward)

    def __matmul__(self, other: TensorLike) -> Tensor:
        a, b = self, self._constant(other)
        if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
            raise ValueError(f"matrices: expected (..., m, k) and (..., k, n), got {a} and {b}")
        check_broadcast("matrices", a.shape[:-2], b.shape[:-2])

        def backward(dy: Array) -> list[Array]:
            da = product(dy, b.data.swapaxes(-1, -2))
            db = product(a.data.swapaxes(-1, -2), dy)
            return [_unbroadcast(da, a.shape), _unbroadcast(db, b.shape)]

        return record("matmul", product(a.data, b.data), (a, b), backward)

    def __sub__(self, other: TensorLike) -> Tensor:
        return self + -self._operand(other)

    def __rsub__(self, other: TensorLike) -> Tensor:
        return -self + other

    def __rtruediv__(self, other: TensorLike) -> Tensor:
        return self._operand(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __getitem__(self, index: Any) -> Tensor:
        def backward(dy: Array) -> list[Array]:
            taken = np.arange(self.data.size).reshape(self.shape)[index]  # some several times
            dx = np.bincount(taken.ravel(), dy.ravel(), self.data.size)
            return [dx.astype(dy.dtype).reshape(self.shape)]

        return record("getitem", self.data[index], (self,), backward, index=index)

    def reshape(self, *shape: int) -> Tensor:
        """Put the elements into another shape; -1 stands for the size that follows."""
        y = self.data.reshape(shape)
        return record("reshape", y, (self,), lambda dy: (dy.reshape(self.shape),), shape=shape)

    def transpose(self, *axes: int) -> Tensor:
        """Put the axes into another order: their numbers, each once, as for `numpy.transpose`."""
        y = self.data.transpose(axes)
        back = np.argsort([axis % self.ndim for axis in axes])
        return record("transpose", y, (self,), lambda dy: (dy.transpose(back),), axes=axes)

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Sum over one axis, some or all, as `numpy.sum`."""
        y = np.asarray(self.data.sum(axis=axis, keepdims=keepdims))

        def backward(dy: Array) -> list[Array]:
            if axis is not None and not keepdims:
                dy = np.expand_dims(dy, axis)
            return [np.broadcast_to(dy, self.shape)]

        return record("sum", y, (self,), backward, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Mean over one axis, some or all, as `numpy.mean`."""
        total = self.sum(axis, keepdims)
        count = self.data.size if axis is None else int(np.prod(np.take(self.shape, axis)))
        if count == 0:
            raise ValueError(f"data: expected elements along axis {axis}, got shape {self.shape}")
        return total * (1 / count)

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


def _unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes along which an operand of `shape` was repeated."""
    if gradient.shape == shape:
        return gradient
    added = gradient.ndim - len(shape)
    repeated = [axis + added for axis, size in enumerate(shape) if size == 1]
    total: Array = gradient.sum(axis=(*range(added), *repeated))
    return total.reshape(shape)
