"""What of a collection is handed to other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from featmatch.collection.contents import CollectionContents
from featmatch.collection.records import ImageEntry, PairRecord, PairSummary
from featmatch.errors import ArgumentError
from featmatch.geometry.residuals import epipolar_residuals, map_residuals

KeypointsOf = Callable[[str], npt.NDArray[np.float32]]
CountsOf = Callable[[str], tuple[int, ...]]

NUM_KEPT = 256
"""Images whose keypoints are kept: some 40 MB."""

OTHERS_PER_FIRST = 1.5
"""Matches of other kinds that a mapper is given for each of the first kind: from 1 to 1.5, models
have the error of SIFT's, and far more observations than SIFT gives where it finds few."""

OTHERS_ALWAYS = 100
"""Matches of other kinds that it is given in any case: where the first kind finds none, these tie
the images together."""


@dataclass(frozen=True)
class Exported:
    """What was written, in numbers.

    Parameters
    ----------
    num_images, num_pairs : int
    num_parts_left_out : int
        Pairs of images that share one thing alone, such as a logo, and were not asked for.
    num_cameras : int, optional
        None for forms that know no cameras.
    """

    num_images: int
    num_pairs: int
    num_parts_left_out: int
    num_cameras: int | None = None


def exported_images(collection: CollectionContents) -> list[ImageEntry]:
    """Return the images that were read, without copies of others, in their order."""
    return [image for image in collection.images if image.status == "read"]


def exported_pairs(collection: CollectionContents, *, parts: bool) -> list[PairSummary]:
    """Return the pairs that show the same scene, and those that share a part if they are wanted."""
    names = {image.name for image in exported_images(collection)}
    kinds = ("scene", "part") if parts else ("scene",)
    return [
        pair for pair in collection.pairs if pair.kind in kinds and names.issuperset(pair.names)
    ]


def count_exported(
    collection: CollectionContents, pairs: list[PairSummary], num_cameras: int | None = None
) -> Exported:
    """Count what is written of a collection."""
    num_parts = sum(pair.kind == "part" for pair in collection.pairs)
    return Exported(
        num_images=len(exported_images(collection)),
        num_pairs=len(pairs),
        num_parts_left_out=num_parts - sum(pair.kind == "part" for pair in pairs),
        num_cameras=num_cameras,
    )


def check_names(names: list[str], program: str) -> None:
    """Refuse names that are no text: programs that store names as UTF-8 cannot hold them."""
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ArgumentError(
                f"{name}: {program} needs names in UTF-8, and this one is not; rename the file and"
                " collect again"
            ) from None


def kept_keypoints(collection: CollectionContents) -> KeypointsOf:
    """Return `collection.keypoints` with a memory: the pairs of an image follow each other."""
    return lru_cache(NUM_KEPT)(collection.keypoints)


def kept_counts(collection: CollectionContents) -> CountsOf:
    """Return `collection.num_keypoints` with a memory."""
    return lru_cache(None)(collection.num_keypoints)


def matches_to_map(
    keypoints: KeypointsOf, counts: CountsOf, record: PairRecord
) -> npt.NDArray[np.bool_]:
    """Return the matches that a mapper is given: of kinds beside the first, the most exact ones.

    In a union as ``sift+cnn``, the network's keypoints can be many times as many as SIFT's, and lie
    less exactly: a model of all has an error nearly twice as large. Those that lie next to where
    the pair's model has them are as exact as SIFT's.

    Parameters
    ----------
    keypoints : callable
        Name of an image -> its keypoints.
    counts : callable
        Name of an image -> how many of these are of each kind.
    record : PairRecord

    Returns
    -------
    (M,) bool
        Among `inliers_of`; all of these where there is one kind.
    """
    chosen = inliers_of(keypoints, record)
    is_first = record.indices[:, 0] < counts(record.summary.name0)[0]
    others = np.flatnonzero(chosen & ~is_first)
    most = max(OTHERS_ALWAYS, round(OTHERS_PER_FIRST * int((chosen & is_first).sum())))
    if len(others) <= most:
        return chosen
    points0, points1 = (side[others] for side in matched_points(keypoints, record))
    if record.fundamental is not None:
        residuals = epipolar_residuals(record.fundamental, points0, points1)
    elif record.homography is not None:
        residuals = map_residuals(record.homography, points0, points1)
    else:
        return chosen
    kept = chosen.copy()
    kept[others[np.argsort(residuals, kind="stable")[most:]]] = False
    return kept


def inliers_of(keypoints: KeypointsOf, record: PairRecord) -> npt.NDArray[np.bool_]:
    """Return the matches that agree with the fundamental matrix if there is one.

    The inliers of a record are those of the model that was chosen. Where that is a plane, and depth
    is plausible too, the points off the plane are what tells a reconstruction about depth: they
    count if they lie no farther from their lines than the farthest inlier lies from its place.

    Parameters
    ----------
    keypoints : callable
        Name of an image -> its keypoints.
    record : PairRecord

    Returns
    -------
    (M,) bool
    """
    chosen, fundamental, homography = record.inliers, record.fundamental, record.homography
    planar = record.summary.model in ("homography", "affine", "similarity")
    if not planar or fundamental is None or homography is None or not chosen.any():
        return chosen
    points0, points1 = matched_points(keypoints, record)
    bound = map_residuals(homography, points0[chosen], points1[chosen]).max()
    inliers: npt.NDArray[np.bool_] = epipolar_residuals(fundamental, points0, points1) <= bound
    return inliers


def matched_points(
    keypoints: KeypointsOf, record: PairRecord
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return (M, 2) points of both images, in pixels of the upright images."""
    name0, name1 = record.summary.names
    rows0, rows1 = record.indices.T
    return keypoints(name0)[rows0], keypoints(name1)[rows1]
