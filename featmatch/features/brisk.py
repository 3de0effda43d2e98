"""BRISK: corners over scales with brightness comparisons on rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch.features.opencv import CONTRIB_ADVICE, contrib_detector, contrib_has, extract_with
from featmatch.image import Image
from featmatch.types import Features, Norm


@dataclass(frozen=True)
class BRISK:
    """Binary robust invariant scalable keypoints.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    spread : bool
        Spread the keypoints over the image; False keeps the strongest.
    threshold : int
        Least difference in brightness (of 255) between a corner and the arc around it.

    References
    ----------
    S. Leutenegger, M. Chli and R. Siegwart, "BRISK: binary robust invariant scalable keypoints",
    ICCV 2011.
    """

    max_keypoints: int = 8000
    spread: bool = True
    threshold: int = 15

    name: ClassVar[str] = "brisk"
    summary: ClassVar[str] = "corners over scales, 512 bits"
    descriptor: ClassVar[str] = "512 bits"
    norm: ClassVar[Norm] = "hamming"
    unavailable: ClassVar[str | None] = None if contrib_has("BRISK") else CONTRIB_ADVICE

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor`."""
        return extract_with(
            contrib_detector("BRISK", thresh=self.threshold),
            image,
            mask,
            method=self.name,
            norm=self.norm,
            max_keypoints=self.max_keypoints,
            spread=self.spread,
        )
