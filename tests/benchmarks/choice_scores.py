"""Ways to choose matches, scored on suites: by the answer, and by the matches themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from choice_pairs import candidates_of

from featmatch.evaluation.bench.bench import bench
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.suites import Suite
from featmatch.evaluation.metrics.accuracy import epipolar_errors, transfer_errors
from featmatch.evaluation.metrics.bootstrap import bootstrap_mean
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.learned.extraction.extractor import CNN
from featmatch.matching.turn_matcher import TurnMatcher

MAX_ERROR = 5.0  # px: keypoints of the coarsest scale are no better placed, nor solved cameras
MIN_RIGHT = 10  # right candidates of a pair whose share that is chosen is counted
MEASURES = ("precision of seeds", "recall of seeds", "precision", "right matches")


@dataclass(frozen=True)
class RememberingCNN(CNN):
    """Finds the features of an image once for several methods in a row."""

    def extract(self, image, mask=None):
        """See `Extractor.extract`."""
        return _extracted(CNN(), _Same(image.gray().tobytes(), image), mask)


@dataclass(frozen=True)
class RememberingMatcher(TurnMatcher):
    """Matches the same features once."""

    def match(self, features0, features1):
        """See `TurnMatcher.match`."""
        return _chosen(self.neighborhoods, features0, features1)


@dataclass(frozen=True)
class _Same:
    """An image that is equal to others with the same pixels."""

    pixels: bytes
    image: Image

    def __eq__(self, other):
        return self.pixels == other.pixels and self.image.size == other.image.size

    def __hash__(self):
        return hash(self.pixels)


@lru_cache(maxsize=6)
def _extracted(extractor, same, mask):
    return extractor.extract(same.image, mask)


@lru_cache(maxsize=2)
def _candidates(features0, features1):
    return candidates_of(features0, features1)


@lru_cache(maxsize=16)
def _chosen(neighborhoods, features0, features1):
    candidates, upright = _candidates(features0, features1)
    return neighborhoods.choose(candidates, *upright)


def remembering(pipeline, neighborhoods):
    """Return the method ``cnn`` with another choice, which shares what others have done already."""
    matcher = RememberingMatcher(neighborhoods=neighborhoods)
    return replace(pipeline, extractor=RememberingCNN(), matcher=matcher)


def score_suite(path, methods, folder):
    """Run methods over a suite.

    Parameters
    ----------
    path : str
        A suite, see `read_suite`.
    methods : dict of str to Pipeline
    folder : Path
        Where scores are kept.

    Returns
    -------
    list of BenchSummary
        One for each method.
    dict
        Name of the method -> (pairs, 4) `MEASURES`: of the matches that were chosen first and of
        all, within `MAX_ERROR`. Of the pairs whose homography or cameras are known and of whose
        candidates `MIN_RIGHT` are right; right matches are a number, the others shares.
    dict
        Name of the method -> `accuracy` of each pair of which the truth is known.
    """
    suite, measures = read_suite(path), defaultdict(list)
    for pair in suite.pairs:
        bench([Suite(suite.name, (pair,))], methods, folder=folder)
        if pair.homography is not None or pair.pose is not None:
            views = View.read(pair.image0), View.read(pair.image1)
            for name, method in methods.items():
                found = _measured(pair, method, views)
                if found is not None:
                    measures[name].append(found)
    result = bench([suite], methods, folder=folder)
    accuracies = defaultdict(list)
    for score in result.scores:
        if accuracy(score) is not None:
            accuracies[score.method].append(accuracy(score))
    summaries = [summary for summary in result.summaries if not summary.group]
    return summaries, dict(measures), dict(accuracies)


def accuracy(score):
    """Percent: of lines the mean of their curve, of a map what its error leaves of `MAX_ERROR`."""
    if score.epipolar_curve:
        return 100 * float(np.mean(score.epipolar_curve))
    if score.homography_error is not None:
        return 100 * max(0.0, 1 - score.homography_error / MAX_ERROR)
    return None


def mean_difference(values, others):
    """Mean of what values of the same pairs are apart, and its 95 % interval by a bootstrap."""
    found = bootstrap_mean(np.subtract(values, others))
    return found.value, found.low, found.high


def _measured(pair, method, views):
    features = [method.extract(view) for view in views]
    matches = method.matcher.match(*features)

    def right(some):
        rows0, rows1 = some.indices.T
        return _errors(pair, features[0].keypoints[rows0], features[1].keypoints[rows1]) < MAX_ERROR

    candidates, seeds, chosen = map(right, (matches.candidates, matches.seeds, matches))
    if candidates.sum() < MIN_RIGHT:
        return None
    return (
        seeds.sum() / max(1, len(seeds)),
        seeds.sum() / candidates.sum(),
        chosen.sum() / max(1, len(chosen)),
        chosen.sum(),
    )


def _errors(pair, points0, points1):
    if pair.homography is not None:
        return transfer_errors(points0, points1, pair.homography)
    rotation, shift = pair.pose[:3, :3], pair.pose[:3, 3]
    cross = np.cross(shift, np.eye(3)).T
    inverse0, inverse1 = np.linalg.inv(pair.intrinsics0), np.linalg.inv(pair.intrinsics1)
    return epipolar_errors(points0, points1, inverse1.T @ cross @ rotation @ inverse0)
