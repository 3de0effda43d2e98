"""The method ``cnn``: keypoints and descriptors of the learned network, at several scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_flag, check_number
from featmatch.images.image import Image
from featmatch.learned.extraction.network_extractor import NetworkExtractor
from featmatch.types import Features

KEYPOINT_SIZE = 28.0
"""Diameter in pixels, at scale 1, of a keypoint: the side of the square that holds half of the
gradient of a descriptor, measured on photographs as `nn.effective_receptive_field` does on noise.
"""


@dataclass(frozen=True)
class CNN(NetworkExtractor):
    """Learned features: a small convolutional network finds keypoints and describes them.

    Their angles are 0: descriptors are turned when they are matched, see `TurnMatcher`.

    Parameters
    ----------
    max_keypoints, weights, num_turns, tile_size
        See `NetworkExtractor`.
    scales : tuple of float
        The image is looked at in these sizes, relative to the working size: keypoints of a smaller
        one look like keypoints of a camera that is farther away. ``(1.0,)`` for a single scale.
    spread : bool
        Spread the keypoints gently over the image (`select_spread`); False keeps those with the
        highest scores.
    min_score : float
        Scores of keypoints are above this, in [0, 1]: the network's estimate of how probably a
        keypoint is found again. 0 keeps all.
    """

    max_keypoints: int = 8000
    scales: tuple[float, ...] = (1.0, 0.71, 0.5, 0.35)
    spread: bool = True
    min_score: float = 0.02

    name: ClassVar[str] = "cnn"
    summary: ClassVar[str] = "learned by a small network; for changes of light, season and camera"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("spread", self.spread)
        check_number("min_score", self.min_score, 0, 1)

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        # The network and its engine are loaded by those who use them.
        from featmatch.learned.extraction.detect import DetectionOptions, detect_features
        from featmatch.learned.network.weights import load_network

        options = DetectionOptions(
            max_keypoints=self.max_keypoints,
            spread=self.spread,
            min_score=self.min_score,
            scales=self.scales,
            keypoint_size=KEYPOINT_SIZE,
            tile_size=self.tile_size,
        )
        network = load_network(self.weights, self.num_turns)
        return detect_features(network, image, mask, options, method=self.name)
