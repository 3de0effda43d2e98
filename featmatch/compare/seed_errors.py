"""How far off a homography from the matches is, over seeds of the random search for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.compare.pair import Pair
from featmatch.evaluation.metrics.homography_error import corner_error
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator

NUM_SEEDS = 20
"""Searches for a homography: the luck of one says little."""

FEW_SEEDS = 5
"""Those for points that are swapped or spread, which are looked at less closely."""

FAILED = 20.0
"""Pixels above which a homography has failed, rather than being off: it shows another place."""

_SEEDS = 2**31  # that there are


@dataclass(frozen=True)
class SeedErrors:
    """Errors of homographies that were searched for with different seeds.

    Parameters
    ----------
    median : float or None
        Pixels; None where most have failed, or where there is no true homography.
    low, high : float or None
        The smallest and the largest error of those that have not failed.
    num_failed : int
        Searches that found nothing, or are off by more than `FAILED`.
    num_seeds : int
        0 where there is no true homography.
    """

    median: float | None
    low: float | None
    high: float | None
    num_failed: int
    num_seeds: int

    @property
    def failed(self) -> bool:
        """Whether half of the searches or more have failed."""
        return self.num_seeds > 0 and self.median is None


def homography_errors(
    pair: Pair, matched: Correspondences, seed: int, num_seeds: int = NUM_SEEDS
) -> SeedErrors:
    """Search for a homography with several seeds, from one on, and measure how far off each is.

    Parameters
    ----------
    pair : Pair
    matched : Correspondences
        Of its images.
    seed : int
        The first one.
    num_seeds : int

    Returns
    -------
    SeedErrors
    """
    truth = pair.homography
    if truth is None:
        return SeedErrors(None, None, None, 0, 0)
    estimator = Estimator()
    found = (
        estimator.estimate("homography", matched, seed=(seed + number) % _SEEDS).homography
        for number in range(num_seeds)
    )
    errors = [corner_error(homography, truth, pair.image0.size) for homography in found]
    good = [error for error in errors if error <= FAILED]
    num_failed = num_seeds - len(good)
    if not good:
        return SeedErrors(None, None, None, num_failed, num_seeds)
    middle = float(np.median([*good, *[np.inf] * num_failed]))
    median = middle if np.isfinite(middle) else None
    return SeedErrors(median, min(good), max(good), num_failed, num_seeds)
