"""Learned descriptors for keypoints that another detector has found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.images.image import Image, resize_points
from featmatch.learned.extraction.tiles import Tile, tiles_of
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import FeatureNetwork
from featmatch.threads import parallel_map
from featmatch.types import Array, Features

_MIN_SIZE = 1e-6  # px: the logarithm of a keypoint's size is taken


def describe_features(
    network: FeatureNetwork,
    image: Image,
    features: Features,
    *,
    scales: tuple[float, ...],
    keypoint_size: float,
    tile_size: int,
) -> npt.NDArray[np.float32]:
    """Describe keypoints, each in the image at the scale where it is as large as the network likes.

    Parameters
    ----------
    network : FeatureNetwork
    image : Image
    features : Features
        Of this image, by any method; their keypoints and scales are used.
    scales : tuple of float
        Sizes of the image to choose from, relative to the working size.
    keypoint_size : float
        Diameter in pixels that a keypoint shall have there.
    tile_size : int
        See `NetworkExtractor`.

    Returns
    -------
    (N, D) float32
        Of unit length, in the order of the keypoints.
    """
    descriptors = np.zeros((len(features), network.options.descriptor_size), np.float32)
    points = image.from_original(features.keypoints)
    sizes = np.maximum(features.scales / image.pixel_size, _MIN_SIZE)
    chosen = np.abs(np.log(np.outer(sizes, scales) / keypoint_size)).argmin(axis=1)
    gray = image.gray()

    def prepare(place: int) -> list[tuple[Level, Tile, Array, Array]]:
        """Find the tiles of a level with keypoints: their rows, and where they are in it."""
        rows = np.flatnonzero(chosen == place)
        level = Level.of(gray, scales[place])
        scaled = resize_points(points[rows], level.scale)
        height, width = level.pixels.shape
        pixels = np.clip(np.rint(scaled).astype(np.int64), 0, (width - 1, height - 1))
        tiles = tiles_of(height, width, tile_size)
        inside = [(tile, tile.holds(pixels)) for tile in tiles]
        return [(level, tile, rows[own], scaled[own]) for tile, own in inside if own.any()]

    def describe(job: tuple[Level, Tile, Array, Array]) -> None:
        level, tile, rows, scaled = job
        _, maps = network(level.pixels[tile.outer][None, ..., None])
        corner = np.array([tile.outer[1].start, tile.outer[0].start])
        descriptors[rows] = network.describe(maps, (scaled - corner)[None]).data[0]

    with nn.no_grad():
        jobs = parallel_map(prepare, np.unique(chosen).tolist())
        parallel_map(describe, [job for jobs_of_level in jobs for job in jobs_of_level])
    return descriptors
