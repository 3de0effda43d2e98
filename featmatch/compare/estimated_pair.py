"""The geometry of two photographs of which nothing is known, as `featmatch.match` finds it."""

from __future__ import annotations

import numpy as np

from featmatch.compare.pair import Pair, at_working_size, to_working
from featmatch.geometry.models import label_of
from featmatch.images.image import Image
from featmatch.result import MatchResult


def estimated_pair(images: tuple[Image, Image], result: MatchResult) -> Pair:
    """Return two images with the geometry that the steps of `featmatch.match` find.

    No contender is judged by a model of its own: the steps take several methods, with many more
    keypoints and pixels than the contest allows, until they are sure. Still, such a model is not
    the truth: it is as good as the matches are.

    Parameters
    ----------
    images : (Image, Image)
        As the contest works on them.
    result : MatchResult
        Of the same images, at any size.

    Returns
    -------
    Pair
        With a homography where a map relates the images, with a fundamental matrix where the scene
        has depth, with neither if the images do not seem to show the same thing.
    """
    image0, image1 = map(at_working_size, images)
    geometry, verdict = result.geometry, result.verdict
    if not verdict:
        reason = f"the images do not seem to show the same thing: {verdict.reason}"
        return Pair(image0, image1, None, None, "none", reason)
    to_working0, to_working1 = map(to_working, images)
    homography, fundamental = geometry.homography, geometry.fundamental
    if homography is not None:
        homography = to_working1 @ homography @ np.linalg.inv(to_working0)
    elif fundamental is not None:
        fundamental = np.linalg.inv(to_working1).T @ fundamental @ np.linalg.inv(to_working0)
    else:
        reason = (
            f"the images match ({verdict.reason}), but there is no model of the whole pair to "
            "judge matches by"
        )
        return Pair(image0, image1, None, None, "matched", reason)
    reason = (
        f"a {label_of(geometry.kind)} that featmatch match is {100 * verdict.model_confidence:.0f} "
        f"% sure of, to 5 px: {geometry.num_inliers:,} of {len(result.matches):,} matches by "
        f"{result.method} agree with it"
    )
    if homography is not None:
        reason += "; what lies off that plane counts as wrong"
    return Pair(image0, image1, homography, fundamental, "estimated", reason)
