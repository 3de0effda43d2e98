"""Convolution with 3 x 3 kernels, stride 1, with fewer multiplications: Winograd's F(4, 3).

Four neighboring outputs of a correlation with three weights g need 12 products if computed one by
one. They can be had from the 6 inputs d that they look at with 6 (Lavin and Gray, *Fast algorithms
for convolutional neural networks*, 2016, section 4):

    y = A^T [(G g) * (B^T d)]

`rows` applies it down the rows and leaves the other direction to a matrix product: half the
products, and 2 to 3 times the rounding error of the direct way. `tiles` applies it in both
directions: a quarter of the products, more additions, and 5 to 7 times the rounding error (in
float32 about 2e-6 of the output's standard deviation). Both work block by block on matrices, so
that NumPy does nearly all of it in matrix products; of the scratch memory "ping" and "pong" each
step reads one and writes the other.
"""

from __future__ import annotations

import numpy as np

from featmatch.nn.kernels.blocks import Block, budget, cut, sum_over, take_rows, view
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.tensor import Array
from featmatch.nn.window import Window
from featmatch.threads import product, run

_INPUT = np.array(  # B^T
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
_WEIGHT = np.array(  # G
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
_OUTPUT = np.array(  # A^T
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ]
)
_ONES = 1  # the second column of A^T is all ones: what is added there is added to every output
_ROWS, _TILES = 6, 9  # numbers of scratch for 4 pixels, which are one column of a row of tiles
_AFTER = 4  # pixels: the last of `_taps` may reach this far behind the last pixel


def rows_forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Convolve (N, H, W, C) with weights (3, 3, C, O), by F(4, 3) down the rows."""
    x = np.ascontiguousarray(x)
    height, width = window.output_size(x.shape[1:3])
    num_channels, num_outputs = weight.shape[2:]
    dtype = np.result_type(x, weight)
    y = np.empty((len(x), height, width, num_outputs), dtype)
    factors = product(_WEIGHT.astype(dtype), weight.reshape(3, -1))
    factors = factors.reshape(6, 3 * num_channels, num_outputs)

    def convolve(block: Block) -> None:
        thirds = _taps(_mixed_rows(x, block, window, width + 2))
        products = scratch("pong", (6, thirds[0].shape[1], 3, num_outputs), dtype)
        for first, taps in enumerate(thirds):
            np.matmul(taps, factors, out=products[:, :, first])
        if bias is not None:
            products[_ONES] += bias
        _write_rows(products.reshape(6, -1, num_outputs), y, block)

    run(convolve, _cut(x, y, _ROWS))
    return y


def rows_weight_gradient(x: Array, dy: Array, window: Window) -> Array:
    """Gradient of the weights (3, 3, C, O), as `rows_forward` read backwards."""
    x, dy = np.ascontiguousarray(x), np.ascontiguousarray(dy)
    (_, width, num_outputs), num_channels = dy.shape[1:], x.shape[3]
    dtype = np.result_type(x, dy)
    shape = 6, 3 * num_channels, num_outputs

    def add(total: Array, block: Block) -> None:
        thirds = _taps(_mixed_rows(x, block, window, width + 2))
        spread = _spread_rows(dy, block).reshape(6, -1, 3, num_outputs)
        for first, taps in enumerate(thirds):
            total += taps.transpose(0, 2, 1) @ spread[:, :, first]

    total = sum_over(_cut(x, dy, _ROWS), add, shape, x, dy)
    dw = product(_WEIGHT.T.astype(dtype), total.reshape(6, -1))
    return dw.reshape(3, 3, num_channels, num_outputs)


def tiles_forward(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Convolve (N, H, W, C) with weights (3, 3, C, O), by F(4 x 4, 3 x 3) on tiles."""
    x = np.ascontiguousarray(x)
    height, width = window.output_size(x.shape[1:3])
    num_channels, num_outputs = weight.shape[2:]
    dtype = np.result_type(x, weight)
    y = np.empty((len(x), height, width, num_outputs), dtype)
    factors = product(np.kron(_WEIGHT, _WEIGHT).astype(dtype), weight.reshape(9, -1))
    factors = factors.reshape(6, 6, num_channels, num_outputs).transpose(1, 0, 2, 3)
    num_tiles = -(-width // 4)

    def convolve(block: Block) -> None:
        tiles = _mixed_tiles(x, block, window, num_tiles)
        products = scratch("pong", (*tiles.shape[:3], num_outputs), dtype)
        np.matmul(tiles, factors, out=products)
        if bias is not None:
            products[_ONES, _ONES] += bias
        _write_tiles(products, y, block)

    run(convolve, _cut(x, y, _TILES))
    return y


def _mixed_rows(x: Array, block: Block, window: Window, num_columns: int) -> Array:
    """B^T down the rows of a block of rows of tiles: (6, pixels, C), and `_AFTER` pixels of zeros.

    The pixels are those of (images, tile rows, columns).
    """
    images, tile_rows = block
    num_tile_rows = tile_rows.stop - tile_rows.start
    top, left = window.padding[0][0], window.padding[1][0]
    rows = take_rows(x, images, 4 * tile_rows.start - top, 4 * num_tile_rows + 2)
    num_images, _, width, num_channels = rows.shape
    n, h, _, c = rows.strides
    bands = view(rows, (num_images, num_tile_rows, 6, width * num_channels), (n, 4 * h, h, c))
    num_pixels = num_images * num_tile_rows * num_columns
    mixed = scratch("ping", (6, num_pixels + _AFTER, num_channels), x.dtype)
    mixed[:, num_pixels:] = 0
    grid = _grid(mixed, num_images, num_tile_rows, num_columns)
    grid[..., :left, :] = 0
    grid[..., left + width :, :] = 0
    inside = _bands(grid[..., left : left + width, :])
    np.matmul(_INPUT.astype(x.dtype), bands, out=inside)
    return mixed


def _taps(mixed: Array) -> list[Array]:
    """Take the 3 pixels that each output pixel looks at, (6, pixels / 3, 3 C), without a copy.

    Those of pixels 0, 3, 6 and so on lie in memory side by side, and so do those of 1, 4, 7 and of
    2, 5, 8. The last two pixels of each row of `mixed` begin in it and end in the next one: there
    is no output for them, and what comes of them is left unread.
    """
    num_thirds = (mixed.shape[1] - 2) // 3
    return [
        mixed[:, first : first + 3 * num_thirds].reshape(6, num_thirds, -1) for first in range(3)
    ]


def _mixed_tiles(x: Array, block: Block, window: Window, num_tiles: int) -> Array:
    """B^T down the rows and across the columns of tiles: (6 columns, 6 rows, tiles, C)."""
    num_columns = 4 * num_tiles + 2
    mixed = _mixed_rows(x, block, window, num_columns)
    num_tile_rows = (mixed.shape[1] - _AFTER) // num_columns  # of all images
    u, w, c = mixed.strides
    shape = 6, 6, num_tile_rows, num_tiles, mixed.shape[2]
    tiles = scratch("pong", shape, x.dtype)
    tiles[...] = view(mixed, shape, (w, u, num_columns * w, 4 * w, c))
    both = scratch("ping", shape, x.dtype)
    np.matmul(_INPUT.astype(x.dtype), tiles.reshape(6, -1), out=both.reshape(6, -1))
    return both.reshape(6, 6, -1, mixed.shape[2])


def _write_rows(products: Array, y: Array, block: Block) -> None:
    """A^T down the rows: products (6, pixels of rows of W + 2, O) into the block of outputs y."""
    images, tile_rows = block
    num_tile_rows, width = tile_rows.stop - tile_rows.start, y.shape[2]
    part = y[images, 4 * tile_rows.start : 4 * tile_rows.stop]
    bands = _bands(_grid(products, len(part), num_tile_rows, width + 2)[..., :width, :])
    matrix = _OUTPUT.astype(y.dtype)
    if part.shape[1] == 4 * num_tile_rows:
        np.matmul(matrix, bands, out=part.reshape(len(part), num_tile_rows, 4, -1))
    else:
        whole = (matrix @ bands).reshape(len(part), 4 * num_tile_rows, *y.shape[2:])
        part[...] = whole[:, : part.shape[1]]


def _write_tiles(products: Array, y: Array, block: Block) -> None:
    """A^T across and down: products (6 columns, 6 rows, tiles, O) into the block of outputs y."""
    images, tile_rows = block
    num_images, num_tile_rows = len(y[images]), tile_rows.stop - tile_rows.start
    num_tiles, num_outputs = -(-y.shape[2] // 4), y.shape[3]
    matrix = _OUTPUT.astype(y.dtype)
    across = scratch("ping", (4, 6, products[0, 0].size), y.dtype)
    np.matmul(matrix, products.reshape(6, -1), out=across.reshape(4, -1))
    both = scratch("pong", (4, 4, products[0, 0].size), y.dtype)
    np.matmul(matrix, across, out=both)
    tiles = both.reshape(4, 4, num_images, num_tile_rows, num_tiles, num_outputs)
    pixels = tiles.transpose(2, 3, 1, 4, 0, 5)  # (images, tile rows, 4 rows, tiles, 4 columns, O)
    part = y[images, 4 * tile_rows.start : 4 * tile_rows.stop]
    if part.shape[1:3] == (4 * num_tile_rows, 4 * num_tiles):
        part.reshape(pixels.shape)[...] = pixels
    else:
        whole = pixels.reshape(num_images, 4 * num_tile_rows, 4 * num_tiles, num_outputs)
        part[...] = whole[:, : part.shape[1], : part.shape[2]]


def _spread_rows(dy: Array, block: Block) -> Array:
    """Apply A down the rows: from the gradient of outputs to that of products, (6, pixels, O).

    The transpose of what `_write_rows` does; of pixels without an output it is zero.
    """
    images, tile_rows = block
    num_tile_rows, (_, width, num_outputs) = tile_rows.stop - tile_rows.start, dy.shape[1:]
    rows = take_rows(dy, images, 4 * tile_rows.start, 4 * num_tile_rows)
    num_pixels = len(rows) * num_tile_rows * (width + 2)
    spread = scratch("pong", (6, num_pixels + -num_pixels % 3, num_outputs), dy.dtype)
    spread[:, num_pixels:] = 0
    grid = _grid(spread, len(rows), num_tile_rows, width + 2)
    grid[..., width:, :] = 0
    bands = rows.reshape(len(rows), num_tile_rows, 4, -1)
    np.matmul(_OUTPUT.T.astype(dy.dtype), bands, out=_bands(grid[..., :width, :]))
    return spread


def _grid(pixels: Array, num_images: int, num_tile_rows: int, num_columns: int) -> Array:
    """See (6, pixels, C) as (6, images, tile rows, columns, C), without what comes after them."""
    num_pixels = num_images * num_tile_rows * num_columns
    shape = 6, num_images, num_tile_rows, num_columns, pixels.shape[2]
    return pixels[:, :num_pixels].reshape(shape)


def _bands(grid: Array) -> Array:
    """See some columns of a grid as matrices of 6 rows: (images, tile rows, 6, columns C)."""
    return grid.reshape(*grid.shape[:3], -1).transpose(1, 2, 0, 3)


def _cut(x: Array, y: Array, numbers: int) -> list[Block]:
    """Blocks of rows of tiles that need as many numbers of scratch for a column and a channel."""
    row_bytes = numbers * (y.shape[2] + 2) * (x.shape[3] + y.shape[3]) * x.itemsize
    return cut(len(x), -(-y.shape[1] // 4), row_bytes, budget(x, y))
