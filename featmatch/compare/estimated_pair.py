"""The geometry of two photographs of which nothing is known, from everyone's matches together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featmatch.compare.contenders import Contender
from featmatch.compare.pair import Pair, at_working_size
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import choose, weigh
from featmatch.geometry.models import label_of
from featmatch.geometry.verdict import judge
from featmatch.images.image import Image
from featmatch.types import Array, Features


def estimated_pair(
    image0: Image, image1: Image, contenders: Sequence[Contender], *, seed: int = 0
) -> Pair:
    """Return two images with the geometry that the matches of all contenders agree with.

    No contender is judged by a model of its own. Still, such a model is not the truth: it is as
    good as the matches are, and a contender whose matches outnumber those of the others has the
    greater say in it.

    Parameters
    ----------
    image0, image1 : Image
    contenders : sequence of Contender
    seed : int
        Of the search for a model.

    Returns
    -------
    Pair
        With a homography where a map relates the images, with a fundamental matrix where the scene
        has depth, with neither if the images do not seem to show the same thing.
    """
    image0, image1 = at_working_size(image0), at_working_size(image1)
    found = [(contender.features(image0), contender.features(image1)) for contender in contenders]
    matched = [_matched(one, *both) for one, both in zip(contenders, found, strict=True)]
    points0, points1, ratios = (np.concatenate(parts) for parts in zip(*matched, strict=True))
    together = Correspondences(points0, points1, ratios)
    homography, fundamental = (
        weigh(Estimator().estimate(kind, together, seed=seed), together)
        for kind in ("homography", "fundamental")
    )
    chosen = choose(homography, fundamental)
    num_keypoints0, num_keypoints1 = (sum(map(len, each)) for each in zip(*found, strict=True))
    verdict = judge(
        chosen, (homography, fundamental), len(together), (num_keypoints0, num_keypoints1)
    )
    geometry = chosen.geometry
    if not verdict or not geometry or chosen.flaw:
        reason = (
            "the images do not seem to show the same thing, as far as all matches together tell"
        )
        return Pair(image0, image1, None, None, "none", reason)
    reason = (
        f"a {label_of(geometry.kind)} estimated from all matches together: "
        f"{geometry.num_inliers:,} of {len(together):,} agree with it"
    )
    return Pair(image0, image1, geometry.homography, geometry.fundamental, "estimated", reason)


def _matched(
    contender: Contender, features0: Features, features1: Features
) -> tuple[Array, Array, Array]:
    """Return matched points (M, 2) of both images, and the ratios (M,) of the matches."""
    matches = contender.matcher.match(features0, features1)
    return (
        features0.keypoints[matches.indices[:, 0]].astype(np.float64),
        features1.keypoints[matches.indices[:, 1]].astype(np.float64),
        matches.ratios,
    )
