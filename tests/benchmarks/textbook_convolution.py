"""Convolution as textbooks and course notes write it in NumPy: one matrix of all patches.

The indices of every patch are made with NumPy's repeat and tile, the patches are picked with them
in (N, C, H, W) layout, and one matrix product does the rest.
"""

from __future__ import annotations

import numpy as np


def textbook_conv2d(x, weight, bias, padding):
    """Convolve x (N, C, H, W) with weight (O, C, k, k), stride 1."""
    num_images, num_channels, height, width = x.shape
    num_outputs, _, size, _ = weight.shape
    out_height, out_width = height + 2 * padding - size + 1, width + 2 * padding - size + 1
    around = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), around, around))
    down = np.tile(np.repeat(np.arange(size), size), num_channels)
    across = np.tile(np.arange(size), size * num_channels)
    rows = down[:, None] + np.repeat(np.arange(out_height), out_width)
    columns = across[:, None] + np.tile(np.arange(out_width), out_height)
    channels = np.repeat(np.arange(num_channels), size * size)[:, None]
    patches = padded[:, channels, rows, columns]
    y = weight.reshape(num_outputs, -1) @ patches + bias[:, None]
    return y.reshape(num_images, num_outputs, out_height, out_width)
