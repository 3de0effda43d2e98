"""Which units of its inputs an operation reads, along the height or the width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from featmatch.nn.inspection.trace import Operation, Shape, basic_slices
from featmatch.nn.tensor import Array

ELEMENTWISE = (
    *("add", "multiply", "divide", "negate", "exp", "log", "sqrt"),
    *("relu", "leaky_relu", "rrelu", "tanh", "sigmoid", "softplus", "batch_norm", "normalize"),
)
REARRANGING = ("reshape", "transpose")


@dataclass(frozen=True)
class Taps:
    """Which units along an axis of its input an operation reads.

    `units` names them for an output unit; after `period` of those they are `step` further on.
    """

    units: Callable[[int], Sequence[int]]
    step: int = 1
    period: int = 1


def find_taps(operation: Operation, place: int, axis: int) -> Taps | None:
    """How an operation reads its input at a place; None: all of it."""
    source, options = operation.tensors[place], operation.attributes
    same = Taps(lambda u: [u])
    match operation.op:
        case "conv2d" | "max_pool2d" | "avg_pool2d" | "conv_transpose2d" if place == 0:
            return _window_taps(operation, axis)
        case "upsample":
            return _bilinear_taps(options["scale_factor"])
        case "sample_points":
            return _point_taps(options["points"], source.shape, axis)
        case "getitem":
            return _slice_taps(options["index"], source.shape, axis)
        case "concatenate" if options["axis"] in (-1, source.ndim - 1):
            return same
        case "sum" | "mean" if options["axis"] in (-1, source.ndim - 1) and options["keepdims"]:
            return same
        case "matmul" if place == 0 and operation.tensors[1].ndim == 2:
            return same
        case op if op in ELEMENTWISE and source.shape[1:-1] == operation.shape[1:-1]:
            return same
    return None


def rearranged_taps(shape: Shape, chain: Sequence[Operation], axis: int) -> Taps | None:
    """How a map of some shape is read by `reshape` and `transpose`, one after the other.

    Most of what they do mixes all units, which is None. They keep to their places where a window of
    pixels becomes the channels of one (*space to depth*), and on the way back (*depth to space*).
    """
    if len(shape) != 4 or len(chain[-1].shape) != 4:
        return None
    other_axes = [other for other in range(4) if other != 1 + axis]
    units = np.expand_dims(np.arange(shape[1 + axis]), other_axes)
    origins: Array = np.broadcast_to(units, shape)
    for operation in chain:
        order = operation.attributes.get("axes")
        origins = origins.transpose(order) if order else origins.reshape(operation.shape)
    read = [np.unique(origins.take(unit, 1 + axis)) for unit in range(origins.shape[1 + axis])]
    step, period = Fraction(shape[1 + axis], len(read)).as_integer_ratio()
    repeats = zip(read, read[period:], strict=False)
    if period == len(read) or not all(np.array_equal(a + step, b) for a, b in repeats):
        return None
    return Taps(lambda u: (read[u % period] + u // period * step).tolist(), step, period)


def _window_taps(operation: Operation, axis: int) -> Taps:
    options = operation.attributes
    kernel_size = options.get("kernel_size") or operation.tensors[1].shape[:2]
    stride, (before, _) = options["stride"][axis], options["padding"][axis]
    dilation = options.get("dilation", (1, 1))[axis]
    offsets = [dilation * tap - before for tap in range(kernel_size[axis])]
    if operation.op == "conv_transpose2d":
        return Taps(
            lambda u: [(u - o) // stride for o in offsets if (u - o) % stride == 0], 1, stride
        )
    return Taps(lambda u: [u * stride + o for o in offsets], stride)


def _bilinear_taps(factor: int) -> Taps:
    def units(unit: int) -> list[int]:
        place = Fraction(2 * unit + 1, 2 * factor) - Fraction(1, 2)
        return [floor(place), ceil(place)]

    return Taps(units, 1, factor)


def _point_taps(points: Array, shape: Shape, axis: int) -> Taps:
    """Pixels beside each point (x, y), of all images of the batch; points outside are moved in."""
    num_points = points.shape[-2]
    places = np.clip(points[..., 1 - axis].reshape(-1, num_points), 0, shape[1 + axis] - 1)
    beside = np.concatenate([np.floor(places), np.ceil(places)]).astype(int)
    return Taps(lambda u: beside[:, u].tolist(), 0, num_points)


def _slice_taps(index: object, shape: Shape, axis: int) -> Taps | None:
    slices = basic_slices(index, len(shape))
    if slices is None or len(shape) not in (3, 4):
        return None
    place = 1 + axis if len(shape) == 4 else 1
    start, _, step = slices[place].indices(shape[place])
    return Taps(lambda u: [start + step * u], step)
