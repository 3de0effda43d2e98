"""Convolution as its formula says it: slow, and obviously right."""

from __future__ import annotations

import numpy as np


def direct_conv2d(x, weight, bias, stride, padding, dilation, groups):
    """Sum over the taps of every output pixel. `padding` is ((top, bottom), (left, right))."""
    (sh, sw), (dh, dw) = stride, dilation
    kh, kw, _, num_outputs = weight.shape
    padded = np.pad(x, ((0, 0), *padding, (0, 0)))
    height = (padded.shape[1] - dh * (kh - 1) - 1) // sh + 1
    width = (padded.shape[2] - dw * (kw - 1) - 1) // sw + 1
    inputs_of = np.split(np.arange(x.shape[3]), groups)
    y = np.zeros((len(x), height, width, num_outputs))
    for n, i, j, o in np.ndindex(y.shape):
        channels = inputs_of[o * groups // num_outputs]
        for u, v in np.ndindex(kh, kw):
            seen = padded[n, i * sh + u * dh, j * sw + v * dw, channels]
            y[n, i, j, o] += seen @ weight[u, v, :, o]
    return y if bias is None else y + bias


def direct_conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation):
    """Add what every input pixel sends. `padding` is a pair, cut off on both sides."""
    (sh, sw), (dh, dw) = stride, dilation
    kh, kw, num_channels, outputs_in_group = weight.shape
    height = sh * (x.shape[1] - 1) + dh * (kh - 1) + 1 + output_padding[0]
    width = sw * (x.shape[2] - 1) + dw * (kw - 1) + 1 + output_padding[1]
    y = np.zeros((len(x), height, width, outputs_in_group * groups))
    for n, i, j, c in np.ndindex(x.shape):
        group = c * groups // num_channels
        outputs = slice(group * outputs_in_group, (group + 1) * outputs_in_group)
        for u, v in np.ndindex(kh, kw):
            y[n, i * sh + u * dh, j * sw + v * dw, outputs] += x[n, i, j, c] * weight[u, v, c]
    y = y[:, padding[0] : height - padding[0], padding[1] : width - padding[1]]
    return y if bias is None else y + bias
