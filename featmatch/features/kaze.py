"""KAZE: blobs of a nonlinear scale space, which keeps edges sharp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featmatch.features.opencv import CONTRIB_ADVICE, contrib_detector, contrib_has, extract_with
from featmatch.image import Image
from featmatch.types import Features, Norm


@dataclass(frozen=True)
class KAZE:
    """Features of a nonlinear scale space with gradient descriptors (M-SURF).

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    spread : bool
        Spread the keypoints over the image; False keeps the strongest.
    threshold : float
        Least strength of a keypoint (determinant of the Hessian).

    References
    ----------
    P. Alcantarilla, A. Bartoli and A. Davison, "KAZE features", ECCV 2012.
    """

    max_keypoints: int = 8000
    spread: bool = True
    threshold: float = 0.0005

    name: ClassVar[str] = "kaze"
    summary: ClassVar[str] = "blobs of a nonlinear scale space; slow"
    descriptor: ClassVar[str] = "64 floats"
    norm: ClassVar[Norm] = "l2"
    unavailable: ClassVar[str | None] = None if contrib_has("KAZE") else CONTRIB_ADVICE

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor`."""
        return extract_with(
            contrib_detector("KAZE", threshold=self.threshold),
            image,
            mask,
            method=self.name,
            norm=self.norm,
            max_keypoints=self.max_keypoints,
            spread=self.spread,
        )
