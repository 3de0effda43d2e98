"""Convolution and transposed convolution.

What networks call convolution is a cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

from featmatch.checks import Pair, check_integer, check_pair, check_rank
from featmatch.errors import ArgumentError
from featmatch.nn.kernels.algorithms import forward, input_gradient, weight_gradient
from featmatch.nn.sums import sum_channels
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record
from featmatch.nn.window import Padding, TransposedWindow, Window, make_window

_DENSE = TransposedWindow()


def conv2d(
    input: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    stride: int | Pair = 1,
    padding: Padding = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels over feature maps and sum the products.

    ``y[n, i, j, o] = bias[o] + sum over u, v, c of
    x[n, i s + u d - p, j s + v d - p, c] weight[u, v, c, o]``, with zeros outside of the input
    (Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016).

    Parameters
    ----------
    input : (N, H, W, C)
    weight : (kh, kw, C / groups, O)
    bias : (O,), optional
    stride : int or (int, int)
        Step of the kernel from one output pixel to the next.
    padding : int, (int, int) or "same"
        Zeros on each side; 0: none. "same" keeps height and width and needs a stride of 1.
    dilation : int or (int, int)
        Step from one tap of the kernel to the next; 1: a dense kernel.
    groups : int
        Output channels in group g see only input channels in group g. 1: all see all; C, with
        C outputs: each channel has a kernel of its own (depth-wise).

    Returns
    -------
    Tensor, (N, H', W', O)
        ``H' = (H + 2 p - d (kh - 1) - 1) // s + 1``, and W' likewise.

    Raises
    ------
    ValueError
        Shapes that do not fit, an option out of range, or a kernel larger than the padded input.
    """
    x, w = as_tensor(input, "input"), as_tensor(weight, "weight")
    check_rank("input", x.shape, "N, H, W, C")
    _check_weight(w.shape, "kh, kw, C / groups, O")
    _check_groups(groups, x.shape[3], w.shape[3])
    if w.shape[2] * groups != x.shape[3]:
        raise ArgumentError(
            f"weight: expected {x.shape[3] // groups} input channels ({x.shape[3]} of the input in"
            f" {groups} groups), got shape {w.shape}"
        )
    b = _as_bias(bias, w.shape[3])
    window = make_window((w.shape[0], w.shape[1]), stride, padding, dilation)
    y = forward(x.data, w.data, None if b is None else b.data, window, groups)

    def backward(dy: Array) -> list[Array | None]:
        dx = dw = None
        if x.requires_grad:
            dx = input_gradient(dy, w.data, window, (x.shape[1], x.shape[2]), groups)
        if w.requires_grad:
            dw = weight_gradient(x.data, dy, window, groups)
        return [dx, dw] if b is None else [dx, dw, sum_channels(dy).astype(dy.dtype)]

    return record(
        "conv2d",
        y,
        [x, w] if b is None else [x, w, b],
        backward,
        stride=window.stride,
        padding=window.padding,
        dilation=window.dilation,
        groups=groups,
    )


def conv_transpose2d(
    input: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    window: TransposedWindow = _DENSE,
    groups: int = 1,
) -> Tensor:
    """Send every input pixel through the kernel to the output pixels around it.

    It computes what the gradient of a convolution's input is, and is used to enlarge feature maps
    (Dumoulin and Visin, 2016, chapter 4).

    Parameters
    ----------
    input : (N, H, W, C)
    weight : (kh, kw, C, O / groups)
    bias : (O,), optional
    window : TransposedWindow
        Its stride s, padding p, output_padding and dilation d.
    groups : int
        As in `conv2d`.

    Returns
    -------
    Tensor, (N, H', W', O)
        ``H' = s (H - 1) + d (kh - 1) + 1 - 2 p + output_padding``, and W' likewise.

    Raises
    ------
    ValueError
        Shapes that do not fit, an option out of range, or an output of no size.
    """
    x, w = as_tensor(input, "input"), as_tensor(weight, "weight")
    check_rank("input", x.shape, "N, H, W, C")
    _check_weight(w.shape, "kh, kw, C, O / groups")
    if w.shape[2] != x.shape[3]:
        raise ArgumentError(
            f"weight: expected {x.shape[3]} input channels, as the input has, got shape {w.shape}"
        )
    num_outputs = w.shape[3] * check_integer("groups", groups, 1)
    _check_groups(groups, x.shape[3], num_outputs)
    b = _as_bias(bias, num_outputs)
    kernel_size = w.shape[0], w.shape[1]
    other = make_window(kernel_size, window.stride, window.padding, window.dilation)
    added = _check_output_padding(window.output_padding, other)
    size = other.transposed_output_size((x.shape[1], x.shape[2]), added)
    if min(size) < 1:
        raise ArgumentError(
            f"padding: expected less, as the output would be {size}, got {window.padding}"
        )
    kernel = w.data.swapaxes(2, 3)  # of the convolution that goes the other way, with its window
    y = input_gradient(x.data, kernel, other, size, groups)
    if b is not None:
        y += b.data

    def backward(dy: Array) -> list[Array | None]:
        dx = dw = None
        if x.requires_grad:
            dx = forward(dy, kernel, None, other, groups)[:, : x.shape[1], : x.shape[2]]
        if w.requires_grad:
            dw = weight_gradient(dy, x.data, other, groups).swapaxes(2, 3)
        return [dx, dw] if b is None else [dx, dw, sum_channels(dy).astype(dy.dtype)]

    return record(
        "conv_transpose2d",
        y,
        [x, w] if b is None else [x, w, b],
        backward,
        stride=other.stride,
        padding=other.padding,
        output_padding=added,
        dilation=other.dilation,
        groups=groups,
    )


def _check_weight(shape: tuple[int, ...], axes: str) -> None:
    check_rank("weight", shape, axes)
    if 0 in shape:
        raise ArgumentError(
            f"weight: expected at least 1 along each axis ({axes}), got shape {shape}"
        )


def _as_bias(bias: TensorLike | None, num_outputs: int) -> Tensor | None:
    if bias is None:
        return None
    b = as_tensor(bias, "bias")
    if b.shape != (num_outputs,):
        raise ArgumentError(f"bias: expected shape ({num_outputs},), got {b.shape}")
    return b


def _check_groups(groups: int, num_channels: int, num_outputs: int) -> None:
    check_integer("groups", groups, 1)
    if num_channels % groups or num_outputs % groups:
        raise ArgumentError(
            f"groups: expected a divisor of {num_channels} input and {num_outputs} output"
            f" channels, got {groups}"
        )


def _check_output_padding(output_padding: int | Pair, window: Window) -> Pair:
    added = check_pair("output_padding", output_padding, 0)
    limits = [max(s, d) for s, d in zip(window.stride, window.dilation, strict=True)]
    if added[0] >= limits[0] or added[1] >= limits[1]:
        raise ArgumentError(
            f"output_padding: expected less than stride or dilation, {tuple(limits)},"
            f" got {output_padding}"
        )
    return added
