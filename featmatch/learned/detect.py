"""Keypoints that the network finds, with their descriptors.

The network looks at all tiles of all scales first. Only then it is known which keypoints are the
best of the image, and these alone are placed precisely and described.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.features.selection import select_strongest
from featmatch.image import Image, resize_points
from featmatch.learned.jobs import results_of
from featmatch.learned.level import Level
from featmatch.learned.network import FeatureNetwork
from featmatch.learned.peaks import find_peaks
from featmatch.learned.subpixel import fit_peaks
from featmatch.learned.tiles import Tile, tiles_of
from featmatch.types import Array, Features

_MAX_PIXELS = 4_000_000
"""Pixels whose feature maps, 33 bytes a pixel, are kept until the best keypoints are known."""

Part = tuple[Level, Tile]


@dataclass(frozen=True, eq=False)
class _Sight:
    """What the network sees in a tile.

    Parameters
    ----------
    level, tile
        Where it looks.
    logits : (H, W) float32
        Of a keypoint at each of the tile's outer pixels.
    maps : list of Tensor
        See `FeatureNetwork.forward`.
    peaks : (N, 2) int64
        (x, y) of keypoints, in outer pixels.
    """

    level: Level
    tile: Tile
    logits: npt.NDArray[np.float32]
    maps: list[nn.Tensor]
    peaks: npt.NDArray[np.int64]

    @property
    def heights(self) -> npt.NDArray[np.float32]:
        """Logits of the peaks."""
        heights: npt.NDArray[np.float32] = self.logits[self.peaks[:, 1], self.peaks[:, 0]]
        return heights


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
    mask: npt.NDArray[np.uint8] | None = None,
    *,
    max_keypoints: int,
    min_score: float,
    scales: tuple[float, ...],
    keypoint_size: float,
    tile_size: int,
    method: str,
) -> Features:
    """Find keypoints and describe them.

    Parameters
    ----------
    network : FeatureNetwork
    image : Image
    mask : (H, W) uint8, optional
        Not 0 where keypoints may lie, in the working pixels.
    max_keypoints, min_score, scales, tile_size
        See `CNN`.
    keypoint_size : float
        Diameter in pixels that a keypoint has in the image at its scale.
    method : str
        The name of the method.

    Returns
    -------
    Features
        In pixels of the original image.
    """
    gray = image.gray()
    levels = results_of(lambda scale: Level.of(gray, scale, mask), scales)
    parts = [
        (level, tile)
        for level in levels
        for tile in tiles_of(level.pixels.shape[0], level.pixels.shape[1], tile_size)
        if level.usable[tile.core].any()
    ]
    found = [_nothing(network.options.descriptor_size)]
    with nn.no_grad():
        for group in _groups(parts):
            sights = results_of(lambda part: _look(network, *part, min_score), group)
            best = _choose(sights, max_keypoints)
            found += results_of(lambda job: _describe(network, *job, keypoint_size, mask), best)
    everything = _Found.joined(found)
    kept = everything.chosen(select_strongest(everything.heights, max_keypoints))
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


def _groups(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Divide the work, in its order, so that the feature maps of each group fit into memory."""
    totals = accumulate(level.pixels[tile.outer].size for level, tile in parts)
    numbered = ((total // _MAX_PIXELS, part) for total, part in zip(totals, parts, strict=True))
    for _, group in groupby(numbered, key=itemgetter(0)):
        yield [part for _, part in group]


def _look(network: FeatureNetwork, level: Level, tile: Tile, min_score: float) -> _Sight:
    answer, maps = network(level.pixels[tile.outer][None, ..., None])
    logits = np.ascontiguousarray(answer.data[0, ..., 0])
    usable = np.zeros(logits.shape, bool)
    usable[tile.inner] = level.usable[tile.core]
    usable &= logits > _logit(min_score)
    return _Sight(level, tile, logits, maps, find_peaks(logits, logits.size, usable=usable))


def _choose(sights: Sequence[_Sight], max_keypoints: int) -> list[tuple[_Sight, Array]]:
    """Choose the highest peaks of all: of each sight, their numbers."""
    heights = [sight.heights for sight in sights]
    chosen = np.zeros(sum(map(len, heights)), bool)
    chosen[select_strongest(np.concatenate(heights), max_keypoints)] = True
    own = np.split(chosen, np.cumsum([len(part) for part in heights[:-1]]))
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
    peaks, scale = sight.peaks[chosen], sight.level.scale
    in_tile = fit_peaks(sight.logits, peaks)
    corner = np.array([sight.tile.outer[1].start, sight.tile.outer[0].start])
    found = _Found(
        points=resize_points(in_tile + corner, 1 / scale),
        descriptors=network.describe(sight.maps, in_tile[None]).data[0],
        heights=sight.heights[chosen],
        sizes=np.full(len(chosen), keypoint_size / min(scale), np.float32),
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
