"""featmatch: which points of two photographs are the same, and how the photographs relate.

>>> import featmatch
>>> result = featmatch.match("left.jpg", "right.jpg")
>>> print(result.verdict.reason)
"""

from featmatch.api import detect, match
from featmatch.errors import FeatmatchError, ImageReadError, MissingExtraError, OutputError
from featmatch.features.opencv import features_from_cv, features_to_cv
from featmatch.geometry.estimate import Estimator
from featmatch.image import Image, read_image
from featmatch.matching.matcher import Matcher, match_descriptors
from featmatch.matching.opencv import matches_from_cv, matches_to_cv
from featmatch.methods import METHODS
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult, Step
from featmatch.types import Features, Matches, TwoViewGeometry, Verdict
from featmatch.version import __version__

__all__ = [
    "METHODS",
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
    "TwoViewGeometry",
    "Verdict",
    "__version__",
    "detect",
    "features_from_cv",
    "features_to_cv",
    "match",
    "match_descriptors",
    "matches_from_cv",
    "matches_to_cv",
    "read_image",
]
