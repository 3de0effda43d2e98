"""A verified pair -> what a collection keeps of it."""

from __future__ import annotations

import numpy as np

from featmatch.collection.records import Pair, PairRecord, PairSummary
from featmatch.errors import ArgumentError
from featmatch.evaluation.metrics.overlap import overlap
from featmatch.geometry.residuals import Matrix
from featmatch.geometry.shared_part import outline_area
from featmatch.geometry.verdict import ACCEPTED_BELOW
from featmatch.types import Array, Features, Kind
from featmatch.verification import MatchedPair, Verification


def record_of(names: Pair, key: str, pair: MatchedPair, found: Verification) -> PairRecord:
    """Return what is kept of a pair.

    Parameters
    ----------
    names : (str, str)
        Of the images.
    key : str
        Of what the answer depends on.
    pair : MatchedPair
    found : Verification
        Of this pair.
    """
    geometry, verdict, matches = found.chosen.geometry, found.verdict, pair.matches
    homography = geometry.homography if geometry else None
    if homography is None:
        homography = _plausible(found, "homography")
    fundamental = geometry.fundamental if geometry else None
    if fundamental is None:
        fundamental = _plausible(found, "fundamental")
    agreeing = matches.indices[geometry.inliers]
    summary = PairSummary(
        name0=names[0],
        name1=names[1],
        key=key,
        kind=verdict.kind,
        confidence=verdict.confidence,
        model_confidence=verdict.model_confidence,
        log10_false_alarms=float(verdict.log10_false_alarms),
        model=geometry.kind,
        num_matches=len(matches),
        num_inliers=geometry.num_inliers,
        overlap=_shares(pair, geometry.homography, agreeing) if verdict else (0.0, 0.0),
        ambiguous=verdict.ambiguous,
        reason=verdict.reason,
    )
    return PairRecord(
        summary=summary,
        indices=matches.indices,
        distances=matches.distances,
        ratios=matches.ratios,
        inliers=geometry.inliers,
        fundamental=fundamental,
        homography=homography,
    )


def not_matched(names: Pair, key: str) -> PairRecord:
    """Return what is kept of a pair that a quick look has ruled out."""
    summary = PairSummary(
        name0=names[0],
        name1=names[1],
        key=key,
        kind="none",
        confidence=0.0,
        model_confidence=0.0,
        log10_false_alarms=0.0,
        model="none",
        num_matches=0,
        num_inliers=0,
        reason="not matched: the best keypoints are not alike",
    )
    none = np.zeros(0, np.float32)
    return PairRecord(summary, np.zeros((0, 2), np.int64), none, none, np.zeros(0, np.bool_))


def _plausible(found: Verification, kind: Kind) -> Matrix | None:
    """Return the matrix of a model that was not chosen, but is no work of chance either."""
    evidence = found.models.get(kind)
    if evidence is None or not evidence.plausible:
        return None
    return evidence.geometry.matrix if evidence.log10_false_alarms <= ACCEPTED_BELOW else None


def _shares(pair: MatchedPair, homography: Matrix | None, agreeing: Array) -> tuple[float, float]:
    """Share of each image that the other shows too: by a map, else what the matches enclose."""
    both = pair.features0, pair.features1
    if homography is not None:
        try:
            common = overlap(homography, *(features.image_size for features in both))
        except ArgumentError:  # of a map that has no inverse
            return 0.0, 0.0
        if not len(common.corners1):
            return 0.0, 0.0
        corners = [common.corners0, common.corners1]
    else:
        corners = [features.keypoints[agreeing[:, side]] for side, features in enumerate(both)]
    share0, share1 = (_share(*one) for one in zip(both, corners, strict=True))
    return share0, share1


def _share(features: Features, corners: Array) -> float:
    width, height = features.image_size
    return min(1.0, outline_area(np.reshape(corners, (-1, 2))) / (width * height))
