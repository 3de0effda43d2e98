"""The contrast: all contenders on the same pair of images, and their points and words swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from featmatch.compare.contenders import BORDER, Contender, Found
from featmatch.compare.descriptions import described_by
from featmatch.compare.methods import MethodScores, measure_methods
from featmatch.compare.pair import Pair
from featmatch.compare.scores import TOLERANCES, MatchScores, score_matches
from featmatch.compare.seed_errors import FEW_SEEDS, SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.threads import parallel_map
from featmatch.types import Features


@dataclass(frozen=True)
class SwapScores:
    """How well one contender's points are matched by one contender's descriptors.

    Parameters
    ----------
    points, descriptors : str
        Names of the contenders who find and who describe. Those of ORB and the network with each
        other are the core of the comparison: hand-engineered or learned points, with
        hand-engineered or learned descriptors.
    num_keypoints : (int, int)
        Of image 0 and image 1.
    num_matches, num_correct, accuracy_3, matching_score, average_precision, homography_error
        See `MatchScores`.
    """

    points: str
    descriptors: str
    num_keypoints: tuple[int, int]
    num_matches: int
    num_correct: int | None
    accuracy_3: Interval
    matching_score: Interval
    average_precision: Interval
    homography_error: SeedErrors


def measure_swap(
    pair: Pair,
    contenders: Sequence[Contender],
    found: Mapping[str, Found],
    methods: Sequence[MethodScores],
    *,
    seed: int,
) -> tuple[SwapScores, ...]:
    """Match the points of every contender by the descriptors of every contender.

    Parameters
    ----------
    pair : Pair
    contenders : sequence of Contender
    found : mapping of str to Found
        Name of a contender -> its features.
    methods : sequence of MethodScores
        Those of the contenders' own points with their own descriptors.
    seed : int
        See `score_matches`.

    Returns
    -------
    tuple of SwapScores
        Ordered by the points, then by the descriptors, both in the order of the contenders.
    """
    own = {method.name: method for method in methods}

    def scored(combination: tuple[str, Contender]) -> SwapScores:
        finder, describer = combination
        features = found[finder].features
        if finder == describer.name:
            return _as_swap(finder, finder, features, own[finder])
        scores = _scores(pair, features, describer, seed)
        return _as_swap(finder, describer.name, features, scores)

    combinations = [(finder.name, describer) for finder in contenders for describer in contenders]
    return tuple(parallel_map(scored, combinations))


def _scores(
    pair: Pair, features: tuple[Features, Features], describer: Contender, seed: int
) -> MatchScores:
    features0, features1 = (
        described_by(describer, image, found)
        for image, found in zip((pair.image0, pair.image1), features, strict=True)
    )
    matches = describer.matcher.match(features0, features1)
    return score_matches(
        pair,
        features0,
        features1,
        describer.matcher,
        matches,
        seed=seed,
        num_seeds=FEW_SEEDS,
    )


def _as_swap(
    finder: str, describer: str, features: tuple[Features, Features], scores: MatchScores
) -> SwapScores:
    return SwapScores(
        points=finder,
        descriptors=describer,
        num_keypoints=(len(features[0]), len(features[1])),
        num_matches=scores.num_matches,
        num_correct=scores.num_correct,
        accuracy_3=scores.accuracy_3,
        matching_score=scores.matching_score,
        average_precision=scores.average_precision,
        homography_error=scores.homography_error,
    )


@dataclass(frozen=True)
class SpreadScores:
    """How a contender does if its points are spread over the image, as everyone's are.

    Parameters
    ----------
    name : str
        Of the contender.
    num_keypoints : (int, int)
        Of image 0 and image 1.
    repeatability_3, chance_repeatability_3
        See `MethodScores`.
    num_matches, num_correct, right_matches, matching_score, average_precision, homography_error
        See `MatchScores`.
    """

    name: str
    num_keypoints: tuple[int, int]
    repeatability_3: Interval
    chance_repeatability_3: float | None
    num_matches: int
    num_correct: int | None
    right_matches: Interval
    matching_score: Interval
    average_precision: Interval
    homography_error: SeedErrors


def measure_spread(
    pair: Pair, contenders: Sequence[Contender], *, seed: int = 0
) -> tuple[SpreadScores, ...]:
    """Measure all contenders again, with their points spread over the images in one way.

    Parameters
    ----------
    pair : Pair
    contenders : sequence of Contender
    seed : int
        See `measure_methods`.

    Returns
    -------
    tuple of SpreadScores
        In the order of the contenders.
    """

    def find(contender: Contender) -> Found:
        features = contender.spread_features(pair.image0), contender.spread_features(pair.image1)
        return Found(features, contender.matcher.match(*features))

    names = [contender.name for contender in contenders]
    found = dict(zip(names, parallel_map(find, contenders), strict=True))
    methods = measure_methods(pair, contenders, found, seed=seed, num_seeds=FEW_SEEDS)
    told = [field.name for field in fields(SpreadScores)]
    return tuple(
        SpreadScores(**{name: getattr(method, name) for name in told}) for method in methods
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Contrast:
    """All contenders on one pair of images.

    Parameters
    ----------
    max_keypoints : int
        The most keypoints of each contender in an image.
    border : int
        Pixels along the edges in which none has keypoints.
    tolerances : tuple of float
        Pixels at which accuracies are measured.
    methods : tuple of MethodScores
        One a contender.
    swap : tuple of SwapScores
        Points of each with the descriptors of each.
    spread : tuple of SpreadScores
        One a contender, with its points spread over the image.
    """

    max_keypoints: int
    border: int = BORDER
    tolerances: tuple[float, ...] = TOLERANCES
    methods: tuple[MethodScores, ...]
    swap: tuple[SwapScores, ...]
    spread: tuple[SpreadScores, ...]
