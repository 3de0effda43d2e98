"""Learned descriptors for keypoints that another detector has found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.image import Image, resize_points
from featmatch.learned.level import Level
from featmatch.learned.network import FeatureNetwork
from featmatch.learned.tiles import tiles_of
from featmatch.nn.threads import run
from featmatch.types import Array, Features


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
        See `CNN`.

    Returns
    -------
    (N, D) float32
        Of unit length, in the order of the keypoints.
    """
    points = image.from_original(features.keypoints)
    wanted = keypoint_size / (features.scales / image.pixel_size)
    chosen = np.abs(np.log(wanted)[:, None] - np.log(scales)).argmin(axis=1)
    descriptors = np.zeros((len(points), network.options.descriptor_size), np.float32)
    gray = image.gray()

    def work(place: int) -> None:
        own = np.flatnonzero(chosen == place)
        if len(own):
            level = Level.of(gray, scales[place])
            scaled = resize_points(points[own], level.scale)
            descriptors[own] = _describe_level(network, level, scaled, tile_size)

    with nn.no_grad():
        run(work, range(len(scales)))
    return descriptors


def _describe_level(network: FeatureNetwork, level: Level, points: Array, tile_size: int) -> Array:
    height, width = level.pixels.shape
    descriptors = np.zeros((len(points), network.options.descriptor_size), np.float32)
    pixels = np.clip(np.rint(points).astype(np.int64), 0, (width - 1, height - 1))
    for tile in tiles_of(height, width, tile_size):
        own = np.flatnonzero(tile.holds(pixels))
        if len(own):
            _, maps = network(level.pixels[tile.outer][None, ..., None])
            corner = tile.outer[1].start, tile.outer[0].start
            descriptors[own] = network.describe(maps, (points[own] - corner)[None]).data[0]
    return descriptors
