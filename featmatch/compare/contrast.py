"""The contrast: all contenders on the same pair of images, and their points and words swapped."""

from __future__ import annotations

from dataclasses import dataclass

from featmatch.compare.methods import MethodScores
from featmatch.compare.swap import SwapScores


@dataclass(frozen=True, eq=False)
class Contrast:
    """All contenders on one pair of images.

    Parameters
    ----------
    max_keypoints : int
        The most keypoints of each contender in an image.
    border : int
        Pixels along the edges in which none has keypoints.
    max_ratio : float
        Of everyone's ratio test.
    tolerances : tuple of float
        Pixels at which accuracies are measured.
    methods : tuple of MethodScores
        One a contender.
    swap : tuple of SwapScores
        Points of each with the descriptors of each.
    """

    max_keypoints: int
    border: int
    max_ratio: float
    tolerances: tuple[float, ...]
    methods: tuple[MethodScores, ...]
    swap: tuple[SwapScores, ...]
