"""SIFT: blobs over scales with histograms of gradients, compared as RootSIFT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import check_flag, check_integer, check_number
from featmatch.features.opencv import unit_length
from featmatch.features.opencv_extractor import MAX_KEYPOINTS, OpenCVExtractor
from featmatch.features.scale_tiles import find_in_tiles
from featmatch.features.selection import select_strongest, selected
from featmatch.images.image import Image
from featmatch.memory import require_memory
from featmatch.types import Array, Features, Norm

BYTES_PER_PIXEL = 235
"""What OpenCV's SIFT takes: the image at twice its size, which has 4 times the pixels, and all its
halves (together 4/3) as 6 blurred copies and 5 differences of 4-byte floats."""

MAX_BYTES = 2_000_000_000
"""2 GB for that, in each of two images at a time: what a machine of 8 GB can spare. Images above
8.5 megapixels are looked at in tiles. It is the same on every machine, as results are."""


@dataclass(frozen=True)
class SIFT(OpenCVExtractor):
    """Scale-invariant features with a low contrast threshold, as RootSIFT.

    Parameters
    ----------
    max_keypoints, spread
        See `OpenCVExtractor`.
    num_candidates : int
        Keypoints found to choose from, if they are spread over the image.
    contrast_threshold : float
        Least contrast of a keypoint, of 1; lower finds more in dull places.
    edge_threshold : float
        Largest ratio of principal curvatures; higher keeps more points on edges.
    root : bool
        Take the square root of the descriptors' elements, so that their Euclidean distance
        compares histograms as Hellinger's does; False keeps plain SIFT.

    References
    ----------
    D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004. R. Arandjelovic
    and A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012.
    """

    max_keypoints: int = 10_000
    num_candidates: int = 15_000
    contrast_threshold: float = 0.01
    edge_threshold: float = 12.0
    root: bool = True

    name: ClassVar[str] = "sift"
    summary: ClassVar[str] = "blobs over scales, histograms of gradients; the most dependable"
    descriptor: ClassVar[str] = "128 floats"
    norm: ClassVar[Norm] = "l2"
    keypoints_per_cell: ClassVar[int] = 30  # spread gently: SIFT's scores tell more than corners'

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("num_candidates", self.num_candidates, 0, MAX_KEYPOINTS)
        check_number("contrast_threshold", self.contrast_threshold, 0.0, 1.0)
        check_number("edge_threshold", self.edge_threshold, 1.0, 1e6)
        check_flag("root", self.root)

    @property
    def _num_found(self) -> int:
        return max(self.max_keypoints, self.num_candidates if self.spread else 0)

    def detector(self) -> cv2.Feature2D:
        """Make OpenCV's detector."""
        return cv2.SIFT.create(
            nfeatures=self._num_found,
            contrastThreshold=self.contrast_threshold,
            edgeThreshold=self.edge_threshold,
            enable_precise_upscale=True,  # else turned images disagree by a constant shift
        )

    def find(
        self, gray: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8] | None
    ) -> tuple[Features, Array]:
        """Find all features to choose from; those of a large image in tiles."""
        num_bytes = gray.size * BYTES_PER_PIXEL
        require_memory(min(num_bytes, MAX_BYTES))
        if num_bytes <= MAX_BYTES:
            return super().find(gray, mask)

        def find(part: npt.NDArray[np.uint8], part_mask: npt.NDArray[np.uint8] | None) -> Features:
            return super(SIFT, self).find(part, part_mask)[0]

        found = find_in_tiles(find, gray, mask, MAX_BYTES // BYTES_PER_PIXEL)
        found = selected(found, select_strongest(found.scores, self._num_found))
        return found, found.keypoints

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`."""
        features = super().extract(image, mask)
        if not self.root:
            return features
        return replace(features, descriptors=unit_length(np.sqrt(features.descriptors)))

    @staticmethod
    def in_mirror(features: Features) -> Features:
        """Turn the features of an image into those of its mirror image, left for right.

        A keypoint's 4 x 4 cells of 8 directions lie along its orientation (Lowe, section 6.1): in a
        mirror those on its one side change places with those on the other, and the directions of
        the gradients turn the other way.

        Parameters
        ----------
        features : Features
            As found by SIFT.

        Returns
        -------
        Features
        """
        keypoints = features.keypoints.copy()
        keypoints[:, 0] = features.image_size[0] - 1 - keypoints[:, 0]
        cells: Array = features.descriptors.reshape(-1, 4, 4, 8)
        mirrored = cells[:, ::-1, :, -np.arange(8) % 8]
        return replace(
            features,
            keypoints=keypoints,
            descriptors=np.ascontiguousarray(mirrored.reshape(len(features), 128)),
            angles=np.pi - features.angles,
        )
