"""The method ``cnn``: keypoints and descriptors of the learned network, at several scales."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.features.options import check_integer, check_number
from featmatch.features.selection import select_strongest
from featmatch.image import Image, resize_points
from featmatch.learned.level import Level, check_scales
from featmatch.learned.network import NUM_TURNS, STRIDE, FeatureNetwork
from featmatch.learned.peaks import find_peaks, refine_peaks
from featmatch.learned.tiles import Tile, tiles_of
from featmatch.learned.weights import load_network
from featmatch.nn.threads import run
from featmatch.types import Array, Features, Norm

KEYPOINT_SIZE = 32.0
"""Diameter in pixels, at scale 1, of what a descriptor depends on most."""

_MAX_KEYPOINTS = 1_000_000


@dataclass(frozen=True)
class CNN:
    """Learned features: a small convolutional network finds keypoints and describes them.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept, those with the highest scores.
    min_score : float
        Least score, in [0, 1]: the network's estimate of how probably a keypoint is found again.
    scales : tuple of float
        The image is looked at in these sizes, relative to the working size: keypoints of a smaller
        one look like keypoints of a camera that is farther away. ``(1.0,)`` for a single scale.
    weights : path, optional
        A file that `featmatch.train` wrote; None takes the network that comes with the package.
    num_turns : int
        Turns that the descriptors of these weights can take, as in the matcher; see `TurnMatcher`.
    tile_size : int
        Images larger than this, in pixels, are worked on in tiles. It limits the memory; results
        do not depend on it.
    """

    max_keypoints: int = 4000
    min_score: float = 0.02
    scales: tuple[float, ...] = (1.0, 0.71, 0.5, 0.35)
    weights: str | PathLike[str] | None = None
    num_turns: int = NUM_TURNS
    tile_size: int = 1024

    name: ClassVar[str] = "cnn"
    summary: ClassVar[str] = "learned by a small network; for changes of light, season and camera"
    descriptor: ClassVar[str] = "64 floats"
    needs: ClassVar[str] = ""
    unavailable: ClassVar[str | None] = None
    norm: ClassVar[Norm] = "l2"

    def __post_init__(self) -> None:
        check_integer("max_keypoints", self.max_keypoints, 0, _MAX_KEYPOINTS)
        check_number("min_score", self.min_score, 0, 1)
        check_integer("num_turns", self.num_turns, 1, 64)
        check_integer("tile_size", self.tile_size, STRIDE, 65536)
        object.__setattr__(self, "scales", check_scales(self.scales))

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        network = load_network(self.weights, self.num_turns)
        gray = image.gray()
        levels = [Level.of(gray, scale, mask) for scale in self.scales]
        jobs = [
            (level, tile)
            for level in levels
            for tile in tiles_of(level.pixels.shape[0], level.pixels.shape[1], self.tile_size)
        ]
        found: dict[int, tuple[Array, ...]] = {}

        def work(place: int) -> None:
            found[place] = self._search(network, *jobs[place])

        with nn.no_grad():
            run(work, range(len(jobs)))
        in_order = [found[place] for place in range(len(jobs))]
        points, descriptors, scores, scales = (
            np.concatenate(parts) for parts in zip(*in_order, strict=True)
        )
        best = select_strongest(scores, self.max_keypoints)
        return Features(
            keypoints=image.to_original(points[best]).astype(np.float32),
            descriptors=descriptors[best],
            scores=scores[best],
            scales=scales[best] * np.float32(image.pixel_size),
            angles=np.zeros(len(best), np.float32),
            image_size=image.size,
            method=self.name,
            norm=self.norm,
            pixel_size=image.pixel_size,
        )

    def _search(self, network: FeatureNetwork, level: Level, tile: Tile) -> tuple[Array, ...]:
        """Find the keypoints in the core of a tile.

        Returns
        -------
        points : (N, 2) float64
            In pixels of the working image.
        descriptors : (N, D) float32
        scores, scales : (N,) float32
        """
        logits, maps = network(level.pixels[tile.outer][None, ..., None])
        heights = np.ascontiguousarray(logits.data[0, ..., 0])
        usable = np.zeros(heights.shape, bool)
        usable[tile.inner] = level.usable[tile.core]
        usable &= heights > _logit(self.min_score)
        peaks = find_peaks(heights, self.max_keypoints, usable=usable)
        points = refine_peaks(logits, peaks)[0].data.astype(np.float64)
        descriptors = network.describe(maps, points[None]).data[0]
        scores = nn.sigmoid(heights[peaks[:, 1], peaks[:, 0]]).data
        corner = tile.outer[1].start, tile.outer[0].start
        sizes = np.full(len(peaks), KEYPOINT_SIZE / min(level.scale), np.float32)
        return resize_points(points + corner, 1 / level.scale), descriptors, scores, sizes


def _logit(probability: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))
