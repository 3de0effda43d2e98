"""What every contender achieves on the same pair of images, measured in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_seed
from featmatch.compare.contenders import BORDER, Contender, Found
from featmatch.compare.pair import Pair
from featmatch.compare.scores import (
    TOLERANCE,
    UNKNOWN,
    MatchScores,
    common_part,
    score_matches,
)
from featmatch.compare.seed_errors import NUM_SEEDS
from featmatch.evaluation.metrics.bootstrap import Interval, bootstrap_mean
from featmatch.evaluation.metrics.repeatability import repeatability
from featmatch.evaluation.metrics.shifted_repeatability import shifted_repeatability
from featmatch.threads import parallel_map
from featmatch.types import Features


@dataclass(frozen=True, eq=False)
class MethodScores(MatchScores):
    """What one contender achieves on a pair of images: what is known of its matches, and more.

    Without a homography all that needs one is None, and intervals have no value. Intervals are of
    95 % and take keypoints and matches to be independent of each other.

    Parameters
    ----------
    name, label : str
        See `Contender`.
    num_keypoints : (int, int)
        Of image 0 and image 1, all at distinct positions.
    max_ratio : float
        Of the method's ratio test.
    repeatability_1, repeatability_3 : Interval
        Share of the keypoints that the other image has too, within 1 and within 3 pixels, of those
        whose place is off the border in both images; of both images together.
    chance_repeatability_1, chance_repeatability_3 : float or None
        The same after the points of either image are shifted as a whole: what chance gives points
        that lie as close together (`shifted_repeatability`).
    localization_error : Interval
        Mean distance in pixels of image 1 between keypoints that are found again within 3 pixels.
    extract_seconds, match_seconds : float
        Wall time of finding and describing the keypoints of both images, and of matching them: the
        faster of two runs each, of a quick comparison the time of one.
    num_bytes : int
        Of a descriptor.
    points0, points1 : (N0, 2), (N1, 2) float32
        The keypoints of both images.
    scales0 : (N0,) float32
        Diameters of the keypoints of image 0 in pixels, as the contender understands them.
    """

    name: str
    label: str
    num_keypoints: tuple[int, int]
    max_ratio: float
    repeatability_1: Interval
    repeatability_3: Interval
    chance_repeatability_1: float | None
    chance_repeatability_3: float | None
    localization_error: Interval
    extract_seconds: float
    match_seconds: float
    num_bytes: int
    points0: npt.NDArray[np.float32]
    points1: npt.NDArray[np.float32]
    scales0: npt.NDArray[np.float32]


def measure_methods(
    pair: Pair,
    contenders: Sequence[Contender],
    found: Mapping[str, Found],
    *,
    seed: int = 0,
    num_seeds: int = NUM_SEEDS,
    progress: Callable[[float], None] | None = None,
) -> tuple[MethodScores, ...]:
    """Measure what every contender achieves on a pair of images.

    Parameters
    ----------
    pair : Pair
    contenders : sequence of Contender
    found : mapping of str to Found
        What they find in it; see `find_features`.
    seed : int
        Of the search for models, and of the intervals.
    num_seeds : int
        With which a homography is searched for.
    progress : callable, optional
        Called with the share of the work that is done, from 0 to 1.

    Returns
    -------
    tuple of MethodScores
        Blank images, images without overlap, images that are too small: ordinary results with
        small numbers or none.

    Raises
    ------
    ValueError, TypeError
        The seed is not an integer from 0 to 2^31 - 1.
    """
    check_seed(seed)
    methods: list[MethodScores] = []

    def measure(contender: Contender) -> MethodScores:
        there = found[contender.name]
        scores = score_matches(
            pair, *there.features, contender.matcher, there.matches, seed=seed, num_seeds=num_seeds
        )
        return _method(pair, contender, there, scores, seed)

    def keep(contender: Contender, method: MethodScores) -> None:
        methods.append(method)
        if progress:
            progress(len(methods) / len(contenders))

    parallel_map(measure, contenders, on_result=keep)
    return tuple(methods)


def _method(
    pair: Pair,
    contender: Contender,
    found: Found,
    scores: MatchScores,
    seed: int,
) -> MethodScores:
    features0, features1 = found.features
    fine, coarse = _found_again(pair, features0, features1, (1.0, TOLERANCE), seed)
    return MethodScores(
        name=contender.name,
        label=contender.label,
        num_keypoints=(len(features0), len(features1)),
        max_ratio=contender.matcher.max_ratio,
        repeatability_1=fine.share,
        repeatability_3=coarse.share,
        chance_repeatability_1=fine.chance,
        chance_repeatability_3=coarse.chance,
        localization_error=coarse.error,
        extract_seconds=found.extract_seconds,
        match_seconds=found.match_seconds,
        num_bytes=contender.num_bytes,
        points0=features0.keypoints,
        points1=features1.keypoints,
        scales0=features0.scales,
        **vars(scores),
    )


@dataclass(frozen=True)
class _FoundAgain:
    """Share of the keypoints found again, what chance gives, and how far off they are in pixels."""

    share: Interval = UNKNOWN
    chance: float | None = None
    error: Interval = UNKNOWN


def _found_again(
    pair: Pair, features0: Features, features1: Features, max_errors: Sequence[float], seed: int
) -> list[_FoundAgain]:
    """Measure which keypoints are found again, within each of some errors in pixels."""
    common = common_part(pair)
    if pair.homography is None or common is None:
        return [_FoundAgain() for _ in max_errors]
    points0, points1 = features0.keypoints, features1.keypoints
    chances = shifted_repeatability(points0, points1, common, max_errors, seed=seed)
    told = []
    for number, max_error in enumerate(max_errors):
        sizes = pair.image0.size, pair.image1.size
        found = repeatability(points0, points1, pair.homography, *sizes, max_error, border=BORDER)
        told.append(
            _FoundAgain(
                bootstrap_mean(found.found, seed=seed),
                chances[number] if chances else None,
                bootstrap_mean(found.localization_errors, seed=seed),
            )
        )
    return told
