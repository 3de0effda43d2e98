"""The two nearest neighbors of every descriptor, and the way back, in one pass over tiles.

A tile is a band of rows of the distance matrix, small enough to stay in the processor's cache.
Every tile is read while it is there (nearest and second nearest of its rows, least of its columns)
and then forgotten, so memory does not grow with the number of descriptors. The row that a column is
nearest to is looked for only where the tile has something nearer than all tiles before: the later
the tile, the fewer such columns there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.threads import parallel_map
from featmatch.types import Array, Norm

Found = tuple[Array, Array, Array, Array, Array]

_TILE_BYTES = 4 << 20  # a band of the distance matrix: large enough for an efficient product
_SCRATCH_BYTES = 2 << 20  # the words being compared: small enough for the second-level cache
_MAX_WORKERS = 4  # each holds a tile
_EVEN_BITS = np.uint64(0x5555555555555555)


@dataclass(frozen=True)
class NearestNeighbors:
    """Nearest neighbors between two sets of descriptors.

    Ties go to the lower index; for floats, ties are equal but for the rounding of a matrix product.

    Attributes
    ----------
    nearest : (N0,) int64
        Row of set 1 that is nearest to each row of set 0.
    second : (N0,) int64
        The next nearest row of set 1; -1 where there is none.
    backward : (N1,) int64
        Row of set 0 that is nearest to each row of set 1.
    """

    nearest: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    backward: npt.NDArray[np.int64]


def nearest_neighbors(
    descriptors0: Array,
    descriptors1: Array,
    norm: Norm,
) -> NearestNeighbors:
    """Find the two nearest neighbors in set 1 of every row in set 0, and the nearest one back.

    Parameters
    ----------
    descriptors0, descriptors1 : (N0, D), (N1, D) float32 or uint8
        Unit vectors for the norm ``"l2"``, packed bits for ``"hamming"`` and ``"hamming2"``.
        Neither set may be empty.
    norm : {"l2", "hamming", "hamming2"}
        Hamming2 counts differing pairs of bits, as ORB with ``WTA_K`` of 3 or 4 needs.

    Returns
    -------
    NearestNeighbors
    """
    num0, num1 = len(descriptors0), len(descriptors1)
    tile_of, bands = _tiles(descriptors0, descriptors1, norm)

    def search(band: slice) -> Found:
        return _search_tile(tile_of(band), least)

    def keep(band: slice, found: Found) -> None:
        nearest[band], second[band], columns, column_rows, column_least = found
        better = column_least < least[columns]  # strict: an equal value later does not replace
        backward[columns[better]] = band.start + column_rows[better]
        least[columns[better]] = column_least[better]

    nearest, second = np.empty(num0, np.int64), np.empty(num0, np.int64)
    backward, least = np.zeros(num1, np.int64), np.full(num1, np.inf, np.float32)
    parallel_map(search, bands, max_workers=_MAX_WORKERS, on_result=keep)
    return NearestNeighbors(nearest, second, backward)


def nearest_except(
    descriptors0: Array,
    descriptors1: Array,
    norm: Norm,
    excluded: Callable[[slice], tuple[Array, Array]],
) -> npt.NDArray[np.int64]:
    """Find the nearest neighbor in set 1 of every row in set 0, leaving some pairs out.

    Parameters
    ----------
    descriptors0, descriptors1, norm
        See `nearest_neighbors`.
    excluded : callable
        Given a slice of set 0, the pairs to leave out: (P,) rows, counted from the start of the
        slice, and (P,) rows of set 1. It is called from several threads.

    Returns
    -------
    (N0,) int64
        Row of set 1; -1 where all are left out.
    """
    tile_of, bands = _tiles(descriptors0, descriptors1, norm)

    def search(band: slice) -> Array:
        tile = tile_of(band)
        farthest = _farthest(tile)
        tile[excluded(band)] = farthest
        return _nearest_columns(tile, farthest)

    found = parallel_map(search, bands, max_workers=_MAX_WORKERS)
    return np.concatenate([np.zeros(0, np.int64), *found])


def _search_tile(tile: Array, least: Array) -> Found:
    """Nearest and second column of each row; columns with a value below `least`, its row, itself.

    `least` may lag behind the tiles searched meanwhile: then some columns are found in vain.
    """
    column_least = tile.min(axis=0).astype(np.float32)
    columns = np.flatnonzero(column_least < least)
    column_rows = tile.T[columns].argmin(axis=1)
    rows = np.arange(tile.shape[0])
    nearest = tile.argmin(axis=1)
    farthest = _farthest(tile)
    tile[rows, nearest] = farthest
    second = _nearest_columns(tile, farthest)
    return nearest, second, columns, column_rows, column_least[columns]


def _farthest(tile: Array) -> float:
    """More than any distance."""
    return np.inf if tile.dtype.kind == "f" else int(np.iinfo(tile.dtype).max)


def _nearest_columns(tile: Array, farthest: float) -> Array:
    """Column of the least value of each row; -1 where all are `farthest`."""
    columns: Array = tile.argmin(axis=1)
    columns[tile[np.arange(len(tile)), columns] == farthest] = -1
    return columns


def _tiles(
    descriptors0: Array, descriptors1: Array, norm: Norm
) -> tuple[Callable[[slice], Array], list[slice]]:
    """Return what makes the tile of a band, and the bands."""
    tiles = _l2_tiles if norm == "l2" else _hamming_tiles
    tile_of, itemsize = tiles(descriptors0, descriptors1, norm)
    num0, rows = len(descriptors0), max(1, _TILE_BYTES // (itemsize * len(descriptors1)))
    bands = [slice(start, min(start + rows, num0)) for start in range(0, num0, rows)]
    return tile_of, bands


def _l2_tiles(
    descriptors0: Array, descriptors1: Array, norm: Norm
) -> tuple[Callable[[slice], Array], int]:
    """Tiles of -cos(angle), which orders unit vectors as their distance does."""
    negated = np.negative(descriptors1.T, order="C")  # as the product reads it, a fifth faster

    def tile_of(band: slice) -> Array:
        tile: Array = descriptors0[band] @ negated
        return tile

    return tile_of, negated.itemsize


def _hamming_tiles(
    descriptors0: Array, descriptors1: Array, norm: Norm
) -> tuple[Callable[[slice], Array], int]:
    """Tiles of the number of differing bits, or of differing pairs of bits."""
    words0, words1 = _as_words(descriptors0), np.ascontiguousarray(_as_words(descriptors1).T)
    step = max(1, _SCRATCH_BYTES // (8 * len(descriptors1)))

    def tile_of(band: slice) -> Array:
        tile = np.zeros((band.stop - band.start, len(descriptors1)), np.uint16)
        for start in range(0, len(tile), step):
            part = tile[start : start + step]
            differing = np.empty(part.shape, np.uint64)
            for word0, word1 in zip(words0[band][start : start + step].T, words1, strict=True):
                np.bitwise_xor(word0[:, None], word1, out=differing)
                if norm == "hamming2":
                    differing |= differing >> np.uint64(1)
                    differing &= _EVEN_BITS
                part += np.bitwise_count(differing)
        return tile

    return tile_of, 2


def _as_words(packed: Array) -> npt.NDArray[np.uint64]:
    """Packed bits (N, B) as 64-bit words (N, ceil(B / 8)), filled up with zeros."""
    padding = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)
