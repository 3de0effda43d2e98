"""Keypoints that the network finds, with their descriptors.

The network looks at all tiles of all scales first. Only then it is known which keypoints are the
best of the image, and these alone are placed precisely and described.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.features.selection import select_spread, select_strongest
from featmatch.images.image import Image, resize_points
from featmatch.learned.extraction.peaks import find_peaks, fit_peaks
from featmatch.learned.extraction.tiles import Tile, tiles_of
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import FeatureNetwork
from featmatch.threads import parallel_map
from featmatch.types import Array, Features

_MAX_PIXELS = 4_000_000
"""Pixels whose feature maps, 33 bytes a pixel, are kept until the best keypoints are known. In
larger images the network looks again at the tiles that have some."""

_KEYPOINTS_PER_CELL = 30  # spread gently: scores tell more than places


@dataclass(frozen=True)
class DetectionOptions:
    """Which keypoints are looked for, and how.

    Parameters
    ----------
    max_keypoints, spread, min_score, scales, tile_size
        See `CNN` and `NetworkExtractor`.
    keypoint_size : float
        Diameter in pixels that a keypoint has in the image at its scale.
    """

    max_keypoints: int
    spread: bool
    min_score: float
    scales: tuple[float, ...]
    keypoint_size: float
    tile_size: int


View = tuple[npt.NDArray[np.float32], list[nn.Tensor]]
"""Logits (H, W) of a keypoint at each of a tile's outer pixels, and the feature maps."""


@dataclass(frozen=True, eq=False)
class _Sight:
    """What the network sees in a tile.

    Parameters
    ----------
    level, tile
        Where it looks.
    peaks : (N, 2) int64
        (x, y) of keypoints, in outer pixels.
    heights : (N,) float32
        Their logits.
    view : View or None
        None if there is no memory to keep it.
    """

    level: Level
    tile: Tile
    peaks: npt.NDArray[np.int64]
    heights: npt.NDArray[np.float32]
    view: View | None

    def to_working(self, points: Array) -> npt.NDArray[np.float64]:
        """Map points from the tile's outer pixels to the working image."""
        corner = np.array([self.tile.outer[1].start, self.tile.outer[0].start])
        return resize_points(points + corner, 1 / self.level.scale)


@dataclass(frozen=True, eq=False)
class _Found:
    """Keypoints in pixels of the working image, each a row of all arrays."""

    points: Array
    descriptors: Array
    heights: Array
    sizes: Array

    def chosen(self, rows: Array) -> _Found:
        return _Found(*(column[rows] for column in vars(self).values()))

    @classmethod
    def joined(cls, parts: Sequence[_Found]) -> _Found:
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))


def detect_features(
    network: FeatureNetwork,
    image: Image,
    mask: npt.NDArray[np.uint8] | None,
    options: DetectionOptions,
    *,
    method: str,
) -> Features:
    """Find keypoints and describe them.

    Parameters
    ----------
    network : FeatureNetwork
    image : Image
    mask : (H, W) uint8 or None
        Not 0 where keypoints may lie, in the working pixels; None: everywhere.
    options : DetectionOptions
    method : str
        The name of the method.

    Returns
    -------
    Features
        In pixels of the original image.
    """
    gray = image.gray()
    levels = parallel_map(lambda scale: Level.of(gray, scale, mask), options.scales)
    parts = [
        (level, tile)
        for level in levels
        for tile in tiles_of(level.pixels.shape[0], level.pixels.shape[1], options.tile_size)
        if level.usable[tile.core].any()
    ]
    keep = sum(level.pixels[tile.outer].size for level, tile in parts) <= _MAX_PIXELS
    with nn.no_grad():
        sights = parallel_map(lambda part: _look(network, *part, options.min_score, keep), parts)
        best = _choose(sights, options.max_keypoints, gray.shape if options.spread else None)
        found = parallel_map(
            lambda job: _describe(network, *job, options.keypoint_size, mask), best
        )
    kept = _Found.joined([_nothing(network.options.descriptor_size), *found])
    return Features(
        keypoints=image.to_original(kept.points).astype(np.float32),
        descriptors=kept.descriptors,
        scores=nn.sigmoid(kept.heights).data,
        scales=kept.sizes * np.float32(image.pixel_size),
        angles=np.zeros(len(kept.points), np.float32),
        image_size=image.size,
        method=method,
        norm="l2",
        pixel_size=image.pixel_size,
    )


def _look(
    network: FeatureNetwork, level: Level, tile: Tile, min_score: float, keep: bool
) -> _Sight:
    view = _view(network, level, tile)
    logits = view[0]
    usable = np.zeros(logits.shape, bool)
    usable[tile.inner] = level.usable[tile.core]
    usable &= logits > _logit(min_score)
    peaks = find_peaks(logits, logits.size, usable=usable)
    return _Sight(level, tile, peaks, logits[peaks[:, 1], peaks[:, 0]], view if keep else None)


def _view(network: FeatureNetwork, level: Level, tile: Tile) -> View:
    logits, maps = network(level.pixels[tile.outer][None, ..., None])
    return np.ascontiguousarray(logits.data[0, ..., 0]), maps


def _choose(
    sights: Sequence[_Sight], max_keypoints: int, shape: tuple[int, ...] | None
) -> list[tuple[_Sight, Array]]:
    """Choose the best peaks of all, of each sight their numbers; spread over `shape` if given."""
    if not sights:
        return []
    heights = np.concatenate([sight.heights for sight in sights])
    if shape is None:
        rows = select_strongest(heights, max_keypoints)
    else:
        points = np.concatenate([sight.to_working(sight.peaks) for sight in sights])
        size = shape[1], shape[0]
        rows = select_spread(points, heights, size, max_keypoints, _KEYPOINTS_PER_CELL)
    chosen = np.zeros(len(heights), bool)
    chosen[rows] = True
    own = np.split(chosen, np.cumsum([len(sight.peaks) for sight in sights[:-1]]))
    return [
        (sight, np.flatnonzero(part)) for sight, part in zip(sights, own, strict=True) if part.any()
    ]


def _describe(
    network: FeatureNetwork,
    sight: _Sight,
    chosen: Array,
    keypoint_size: float,
    mask: npt.NDArray[np.uint8] | None,
) -> _Found:
    logits, maps = sight.view or _view(network, sight.level, sight.tile)
    in_tile = fit_peaks(logits, sight.peaks[chosen])
    found = _Found(
        points=sight.to_working(in_tile),
        descriptors=network.describe(maps, in_tile[None]).data[0],
        heights=sight.heights[chosen],
        sizes=np.full(len(chosen), keypoint_size / min(sight.level.scale), np.float32),
    )
    if mask is None:
        return found
    x, y = np.rint(found.points).astype(np.int64).T
    return found.chosen(mask[y, x] != 0)


def _nothing(descriptor_size: int) -> _Found:
    shapes = (0, 2), (0, descriptor_size), (0,), (0,)
    return _Found(*(np.zeros(shape, np.float32) for shape in shapes))


def _logit(probability: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))
