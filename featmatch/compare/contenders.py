"""The three that are compared, with the same limit, border and rule of matching; what they find."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TypeVar

import numpy as np

from featmatch.checks import check_integer
from featmatch.compare.pair import Pair
from featmatch.features.extractor import Extractor
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.images.image import Image
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network.weights import load_network
from featmatch.matching.matcher import Matcher
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features

BORDER = 16
"""Pixels along the edges of an image in which no contender may have keypoints."""

MAX_RATIO = 0.9
"""Of everyone's ratio test: between the usual 0.85 of hand-engineered and 0.95 of learned ones."""

_HIGHEST_LIMIT = 20_000
"""The most keypoints that can be asked for."""


@dataclass(frozen=True)
class Contender:
    """One side of the comparison.

    Parameters
    ----------
    name : str
        ``"orb"``, ``"sift"`` or ``"cnn"``.
    label : str
        What sentences and legends call it.
    extractor : Extractor
        Finds at most as many keypoints as `max_keypoints` allows.
    matcher : Matcher
    num_bytes : int
        Of a descriptor.
    """

    name: str
    label: str
    extractor: Extractor
    matcher: Matcher
    num_bytes: int

    def features(self, image: Image) -> Features:
        """Find the features of an image, none of them in its border of `BORDER` pixels.

        Parameters
        ----------
        image : Image

        Returns
        -------
        Features
            Possibly none: of an image no larger than its border, say.
        """
        usable = np.zeros(image.pixels.shape[:2], np.uint8)
        usable[BORDER:-BORDER, BORDER:-BORDER] = 255
        return self.extractor.extract(image, usable)


def contenders(
    max_keypoints: int, weights: str | PathLike[str] | None = None
) -> tuple[Contender, ...]:
    """Make the contenders: ORB, SIFT and the learned network.

    All keep nearest neighbors that prefer each other and pass the same ratio test. The network's
    matcher turns its descriptors first (`TurnMatcher`), as ORB and SIFT turn theirs when they
    describe. Besides the common border, ORB leaves 31 pixels of each level of its own.

    Parameters
    ----------
    max_keypoints : int
        The most keypoints of each, from 1 to 20,000.
    weights : path, optional
        A file that `featmatch.train` wrote; None takes the network that comes with the package.

    Returns
    -------
    tuple of Contender
        Named ``"orb"``, ``"sift"`` and ``"cnn"``, in this order.

    Raises
    ------
    ValueError, TypeError
        `max_keypoints` is not as described.
    WeightsError
        The file of weights is missing, damaged or of another network.
    """
    check_integer("max_keypoints", max_keypoints, 1, _HIGHEST_LIMIT)
    network = load_network(weights).options
    matcher = Matcher(max_ratio=MAX_RATIO)
    return (
        Contender("orb", "ORB", ORB(max_keypoints=max_keypoints), matcher, num_bytes=32),
        Contender("sift", "SIFT", SIFT(max_keypoints=max_keypoints), matcher, num_bytes=4 * 128),
        Contender(
            "cnn",
            "network",
            CNN(max_keypoints=max_keypoints, weights=weights, num_turns=network.num_turns),
            TurnMatcher(max_ratio=MAX_RATIO, num_turns=network.num_turns),
            num_bytes=4 * network.descriptor_size,
        ),
    )


Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Found:
    """The features of a contender.

    Parameters
    ----------
    features : (Features, Features)
        Of image 0 and image 1.
    seconds : float
        Wall time of finding and describing both: the shorter of two runs.
    """

    features: tuple[Features, Features]
    seconds: float


def find_features(pair: Pair, contenders: Sequence[Contender]) -> Mapping[str, Found]:
    """Find the features of both images with every contender.

    Parameters
    ----------
    pair : Pair
    contenders : sequence of Contender

    Returns
    -------
    mapping of str to Found
        Under the names of the contenders.
    """
    return {contender.name: _found(contender, pair) for contender in contenders}


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Do something twice; return the shorter time in seconds, and the result."""
    times = []
    for _ in range(2):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def _found(contender: Contender, pair: Pair) -> Found:
    seconds, features = timed(
        lambda: (contender.features(pair.image0), contender.features(pair.image1))
    )
    return Found(features, seconds)
