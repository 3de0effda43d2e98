"""Between `Matches` and OpenCV's ``DMatch``."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from featmatch.checks import check_objects, check_type
from featmatch.types import Matches


def matches_to_cv(matches: Matches) -> list[cv2.DMatch]:
    """Make OpenCV's matches: image 0 is its query, image 1 its train image.

    Parameters
    ----------
    matches : Matches
        Ratios have no place in a ``DMatch`` and are left out.

    Returns
    -------
    list of M cv2.DMatch
    """
    check_type("matches", matches, Matches)
    columns = zip(matches.indices.tolist(), matches.distances.tolist(), strict=True)
    return [cv2.DMatch(query, train, distance) for (query, train), distance in columns]


def matches_from_cv(matches: Sequence[cv2.DMatch]) -> Matches:
    """Make `Matches` of OpenCV's; their ratios are unknown and count as 1.

    Parameters
    ----------
    matches : sequence of M cv2.DMatch
        Their query image becomes image 0.

    Returns
    -------
    Matches
    """
    matches = check_objects("matches", matches, cv2.DMatch)
    indices = np.array([(match.queryIdx, match.trainIdx) for match in matches], np.int64)
    distances = np.array([match.distance for match in matches], np.float32)
    return Matches(indices.reshape(-1, 2), distances, np.ones(len(matches), np.float32))
