"""The method ``cnn``: keypoints and descriptors of the learned network, at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch.features.options import check_flag, check_integer, check_number
from featmatch.image import Image
from featmatch.learned.turn_matcher import NUM_TURNS
from featmatch.types import Features, Norm

KEYPOINT_SIZE = 28.0
"""Diameter in pixels, at scale 1, of a keypoint: the side of the square that holds half of the
gradient of a descriptor, measured on photographs as `nn.effective_receptive_field` does on noise.
"""

MAX_KEYPOINTS = 1_000_000
"""The most keypoints that can be asked for."""


@dataclass(frozen=True)
class CNN:
    """Learned features: a small convolutional network finds keypoints and describes them.

    Their angles are 0: descriptors are turned when they are matched, see `TurnMatcher`.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    spread : bool
        Spread them gently over the image (`select_spread`); False keeps those with the highest
        scores.
    min_score : float
        Least score, in [0, 1]: the network's estimate of how probably a keypoint is found again.
        0 keeps all.
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
    spread: bool = True
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
        check_integer("max_keypoints", self.max_keypoints, 0, MAX_KEYPOINTS)
        check_flag("spread", self.spread)
        check_number("min_score", self.min_score, 0, 1)
        check_integer("num_turns", self.num_turns, 1, 64)
        check_integer("tile_size", self.tile_size, 1, 65536)
        object.__setattr__(self, "scales", check_scales(self.scales))

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        # The network and its engine are loaded by those who use them.
        from featmatch.learned.detect import detect_features
        from featmatch.learned.weights import load_network

        return detect_features(
            load_network(self.weights, self.num_turns),
            image,
            mask,
            max_keypoints=self.max_keypoints,
            spread=self.spread,
            min_score=self.min_score,
            scales=self.scales,
            keypoint_size=KEYPOINT_SIZE,
            tile_size=self.tile_size,
            method=self.name,
        )


def check_scales(scales: Sequence[float]) -> tuple[float, ...]:
    """Return the option `scales` of an extractor, checked."""
    if not isinstance(scales, Sequence):
        raise TypeError(f"scales: expected numbers, as in (1.0, 0.5), got {scales!r}")
    for scale in scales:
        check_number("scales", scale, 0.01, 4)
    if not scales or len(set(scales)) < len(scales):
        raise ValueError(f"scales: expected at least one number, each once, got {scales!r}")
    return tuple(scales)
