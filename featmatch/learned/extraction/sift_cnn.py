"""The method ``sift-cnn``: SIFT's keypoints with the network's descriptors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number
from featmatch.features.sift import SIFT
from featmatch.images.image import Image
from featmatch.learned.extraction.network_extractor import NetworkExtractor
from featmatch.types import Features


@dataclass(frozen=True)
class SIFTCNN(NetworkExtractor):
    """Keypoints by SIFT, described by the network of the method ``cnn``.

    SIFT places its keypoints more precisely and knows their size; the network tells them apart
    where light or season have changed. Each is described at the scale where it has the size
    `keypoint_size`, small ones in the image enlarged, so that it looks the same from near and far.
    Its orientation is left to the matcher (`TurnMatcher`), which needs one for the whole image
    only. SIFT finds some places several times, with several orientations, and they look the same to
    the network: the matcher should not take them for rivals (`Matcher.min_rival_distance`).

    Parameters
    ----------
    max_keypoints : int
        The most that are kept; see `SIFT`.
    scales : tuple of float
        Sizes of the image to choose from, relative to the working size.
    keypoint_size : float
        Diameter in pixels that a keypoint shall have at its scale.
    weights, num_turns, tile_size
        See `NetworkExtractor`.
    """

    max_keypoints: int = 8000
    scales: tuple[float, ...] = (2.8, 2.0, 1.41, 1.0, 0.71, 0.5, 0.35, 0.25, 0.18, 0.125)
    keypoint_size: float = 5.0

    name: ClassVar[str] = "sift-cnn"
    summary: ClassVar[str] = "SIFT's keypoints, learned descriptors; for zooms in other light"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("keypoint_size", self.keypoint_size, 0.1, 1000)

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        # The network and its engine are loaded by those who use them.
        from featmatch.learned.extraction.describe import describe_features
        from featmatch.learned.network.weights import load_network

        network = load_network(self.weights, self.num_turns)
        found = SIFT(max_keypoints=self.max_keypoints).extract(image, mask)
        descriptors = describe_features(
            network,
            image,
            found,
            scales=self.scales,
            keypoint_size=self.keypoint_size,
            tile_size=self.tile_size,
        )
        return replace(found, descriptors=descriptors, method=self.name)
