"""Features of two images -> matches: nearest neighbors that prefer each other, clearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from featmatch.checks import as_array, check_flag, check_number, check_rank, check_type
from featmatch.matching.distances import distance_ratios, pair_distances
from featmatch.matching.duplicates import remove_duplicates
from featmatch.matching.inputs import (
    check_descriptors,
    check_keypoints,
    check_norm,
    check_norms,
)
from featmatch.matching.nearest import nearest_neighbors
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.rivals import distant_rivals
from featmatch.types import Array, Features, Matches, Norm, Points


class FeatureMatcher(Protocol):
    """Matches the features of two images: any object with this method."""

    def match(self, features0: Features, features1: Features) -> Matches:
        """Match the features of two images.

        Returns
        -------
        Matches
            Possibly none; with a smaller ratio where a match is more trusted.
        """


@dataclass(frozen=True)
class Matcher:
    """Nearest neighbors by descriptor that prefer each other and pass the ratio test.

    Parameters
    ----------
    max_ratio : float
        A match is kept if the distance to its nearest neighbor, divided by the distance to the
        second nearest (Lowe, IJCV 2004, section 7.1), is below this; both neighbors are looked
        for in image 1. In (0, 1]; 1 turns the test off.
    mutual : bool
        Keep a match only if each keypoint is the other's nearest neighbor.
    min_rival_distance : float
        The neighbor that the ratio test compares with lies farther than this from the match, in
        pixels of the image that the detector saw: a corner that was found twice is no rival of its
        own (see `featmatch.matching.rivals`). 0 turns it off.
    min_spacing : float
        Of matches that lead from one square of this side to another, in the same pixels, only the
        best is kept (see `remove_duplicates`). 0 keeps all.
    neighborhoods : Neighborhoods, optional
        Keep a match if the matches around it move as it says, instead of by the ratio test, which
        loses most matches where light or viewpoint have changed much. None turns it off.
    """

    max_ratio: float = 0.85
    mutual: bool = True
    min_rival_distance: float = 0.0
    min_spacing: float = 0.0
    neighborhoods: Neighborhoods | None = None

    def __post_init__(self) -> None:
        check_number("max_ratio", self.max_ratio, above=0, high=1)
        check_flag("mutual", self.mutual)
        check_number("min_rival_distance", self.min_rival_distance, 0)
        check_number("min_spacing", self.min_spacing, 0)
        if self.neighborhoods is not None:
            check_type("neighborhoods", self.neighborhoods, Neighborhoods)

    def match(self, features0: Features, features1: Features) -> Matches:
        """Match the features of two images.

        Parameters
        ----------
        features0, features1 : Features
            Of the same norm.

        Returns
        -------
        Matches

        Raises
        ------
        ValueError
            The features were made for different norms, or their descriptors differ in length.
        """
        check_norms(features0, features1)
        matches = match_descriptors(
            features0.descriptors,
            features1.descriptors,
            norm=features0.norm,
            max_ratio=self.max_ratio if self.neighborhoods is None else 1.0,
            mutual=self.mutual,
            keypoints1=features1.keypoints,
            min_rival_distance=self.min_rival_distance * features1.pixel_size,
        )
        matches = remove_duplicates(matches, features0, features1, min_spacing=self.min_spacing)
        if self.neighborhoods is None:
            return matches
        return self.neighborhoods.choose(matches, features0, features1)


def match_descriptors(
    descriptors0: Array,
    descriptors1: Array,
    *,
    norm: Norm,
    max_ratio: float = 1.0,
    mutual: bool = True,
    keypoints1: Points | None = None,
    min_rival_distance: float = 0.0,
) -> Matches:
    """Match two sets of descriptors by their nearest neighbors.

    Parameters
    ----------
    descriptors0, descriptors1 : (N0, D), (N1, D) float32 or uint8
        Unit vectors for the norm ``"l2"``, packed bits for the others. Either may be empty.
    norm : {"l2", "hamming", "hamming2"}
    max_ratio : float
        See `Matcher`; 1 turns the ratio test off. A descriptor with a single candidate has nothing
        to be compared with: its ratio counts as 1, and it fails every ratio test.
    mutual : bool
        See `Matcher`.
    keypoints1 : (N1, 2) float, optional
        Where the descriptors of set 1 were taken; needed for `min_rival_distance` only.
    min_rival_distance : float
        See `Matcher`, but in the unit of the keypoints. 0 turns it off.

    Returns
    -------
    Matches
        Ordered by their index in set 0. Of neighbors at the same number of bits the one with the
        lower index counts as nearest; float distances are never equal but for rounding.
    """
    check_number("max_ratio", max_ratio, above=0, high=1)
    check_number("min_rival_distance", min_rival_distance, 0)
    check_norm(norm)
    check_flag("mutual", mutual)
    descriptors0 = as_array("descriptors0", descriptors0)
    descriptors1 = as_array("descriptors1", descriptors1)
    check_rank("descriptors0", descriptors0.shape, "N, D")
    check_rank("descriptors1", descriptors1.shape, "N, D")
    if not len(descriptors0) or not len(descriptors1):
        return Matches(np.zeros((0, 2), np.int64), *np.zeros((2, 0), np.float32))
    descriptors0, descriptors1 = check_descriptors(descriptors0, descriptors1, norm)
    found = nearest_neighbors(descriptors0, descriptors1, norm)
    rows = np.arange(len(descriptors0))
    if mutual:
        rows = rows[found.backward[found.nearest] == rows]
    queries, nearest, second = descriptors0[rows], found.nearest[rows], found.second[rows]
    if min_rival_distance > 0:
        second = distant_rivals(
            queries,
            descriptors1,
            norm,
            nearest=nearest,
            second=second,
            keypoints1=check_keypoints(keypoints1, len(descriptors1)),
            min_distance=min_rival_distance,
        )
    distances = pair_distances(queries, descriptors1[nearest], norm)
    rivals = pair_distances(queries, descriptors1[second], norm)
    ratios = distance_ratios(distances, np.where(second >= 0, rivals, 0))
    passed = (ratios < max_ratio) | (max_ratio >= 1)
    indices = np.column_stack([rows, nearest])
    return Matches(indices[passed], distances[passed], ratios[passed])
