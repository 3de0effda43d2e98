"""Whether two images are worth to be matched, by a quick look at few of their keypoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.features.selection import selected
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features

NUM_KEYPOINTS = 512
"""The best of each image; to compare them takes a tenth of the time of a pair."""

LEAST_SCORE = 7.5
"""99 of 100 pairs of a mixed folder that are accepted have more, 28 of 100 unrelated ones do."""

PREFILTERED = "cnn"
"""The kind of features that is looked at."""


def worth_matching(features0: Sequence[Features], features1: Sequence[Features]) -> bool:
    """Tell whether the best keypoints of two images look as if the images could match.

    Each match counts by how clear it is, 1 minus its ratio: the number of matches alone tells
    little, as unrelated images have as many. SIFT's best keypoints tell too little to be used.

    Parameters
    ----------
    features0, features1 : sequence of Features
        Of an image each, one for each kind; those of the network are used.

    Raises
    ------
    ArgumentError
        There are none of the network.
    """
    best0, best1 = _best(features0), _best(features1)
    ratios = TurnMatcher().match(best0, best1).ratios
    return float((1 - ratios).sum()) >= LEAST_SCORE


def _best(kinds: Sequence[Features]) -> Features:
    for features in kinds:
        if features.method == PREFILTERED:
            order = np.argsort(-features.scores, kind="stable")
            return selected(features, np.sort(order[:NUM_KEYPOINTS]))
    raise ArgumentError(
        f"prefilter: expected features of {PREFILTERED}, got {', '.join(f.method for f in kinds)}; "
        f"leave it out, or match with {PREFILTERED} or sift+{PREFILTERED}"
    )
