"""featmatch: which points of two photographs are the same, and how the photographs relate.

>>> import featmatch
>>> result = featmatch.match("left.jpg", "right.jpg")
>>> print(result.verdict.reason)

Importing this package is quick: each of its names is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from featmatch.loading import load_names

if TYPE_CHECKING:
    from featmatch.api import detect, match
    from featmatch.basics.topics import explain
    from featmatch.compare.comparison import Comparison, compare_cnn
    from featmatch.errors import (
        FeatmatchError,
        ImageReadError,
        MissingExtraError,
        OutputError,
        SuiteError,
        TrainingError,
        WeightsError,
    )
    from featmatch.evaluation.bench import BenchResult, bench
    from featmatch.evaluation.readers import read_suite
    from featmatch.evaluation.suites import Suite, SuitePair
    from featmatch.features.opencv import features_from_cv, features_to_cv
    from featmatch.geometry.estimate import Estimator
    from featmatch.image import Image, read_image
    from featmatch.learned.extractor import CNN
    from featmatch.learned.sift_cnn import SIFTCNN
    from featmatch.learned.train import TrainedNetwork, TrainingOptions, train
    from featmatch.learned.turn_matcher import TurnMatcher
    from featmatch.learned.weights import load_network, save_network
    from featmatch.matching.matcher import Matcher, match_descriptors
    from featmatch.matching.opencv import matches_from_cv, matches_to_cv
    from featmatch.methods import METHODS
    from featmatch.pipeline import Pipeline
    from featmatch.result import MatchResult, Step
    from featmatch.types import Features, Matches, TwoViewGeometry, Verdict
    from featmatch.version import __version__

__all__ = [
    "CNN",
    "METHODS",
    "SIFTCNN",
    "BenchResult",
    "Comparison",
    "Estimator",
    "FeatmatchError",
    "Features",
    "Image",
    "ImageReadError",
    "MatchResult",
    "Matcher",
    "Matches",
    "MissingExtraError",
    "OutputError",
    "Pipeline",
    "Step",
    "Suite",
    "SuiteError",
    "SuitePair",
    "TrainedNetwork",
    "TrainingError",
    "TrainingOptions",
    "TurnMatcher",
    "TwoViewGeometry",
    "Verdict",
    "WeightsError",
    "__version__",
    "bench",
    "compare_cnn",
    "detect",
    "explain",
    "features_from_cv",
    "features_to_cv",
    "load_network",
    "match",
    "match_descriptors",
    "matches_from_cv",
    "matches_to_cv",
    "read_image",
    "read_suite",
    "save_network",
    "train",
]

_NAMES_IN = {
    "api": ("detect", "match"),
    "basics.topics": ("explain",),
    "compare.comparison": ("Comparison", "compare_cnn"),
    "errors": (
        "FeatmatchError",
        "ImageReadError",
        "MissingExtraError",
        "OutputError",
        "SuiteError",
        "TrainingError",
        "WeightsError",
    ),
    "evaluation.bench": ("BenchResult", "bench"),
    "evaluation.readers": ("read_suite",),
    "evaluation.suites": ("Suite", "SuitePair"),
    "features.opencv": ("features_from_cv", "features_to_cv"),
    "geometry.estimate": ("Estimator",),
    "image": ("Image", "read_image"),
    "learned.extractor": ("CNN",),
    "learned.sift_cnn": ("SIFTCNN",),
    "learned.train": ("TrainedNetwork", "TrainingOptions", "train"),
    "learned.turn_matcher": ("TurnMatcher",),
    "learned.weights": ("load_network", "save_network"),
    "matching.matcher": ("Matcher", "match_descriptors"),
    "matching.opencv": ("matches_from_cv", "matches_to_cv"),
    "methods": ("METHODS",),
    "pipeline": ("Pipeline",),
    "result": ("MatchResult", "Step"),
    "types": ("Features", "Matches", "TwoViewGeometry", "Verdict"),
    "version": ("__version__",),
}


__getattr__ = load_names(__name__, _NAMES_IN)


def __dir__() -> list[str]:
    return __all__
