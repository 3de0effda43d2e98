"""The three that are compared, with the same limit, border and selection; what they find.

Everyone's points are its strongest ones at distinct positions. As the selection decides much of
what comes of points, they are also taken spread over the image, all in the same way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer
from featmatch.compare.pair import Pair
from featmatch.features.orb import ORB
from featmatch.features.selection import select_distinct, select_spread, selected
from featmatch.features.sift import SIFT
from featmatch.images.image import Image
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network.weights import load_network
from featmatch.matching.matcher import Matcher
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features, Matches

BORDER = 16
"""Pixels along the edges of an image in which no contender may have keypoints."""

_SIFT_EDGES = 10.0
"""SIFT's usual largest ratio of curvatures (Lowe 2004, section 4.1)."""

_NUM_ORIENTATIONS = 2
"""Keypoints that SIFT is asked for per position that is wanted: one position in six has several."""

_NUM_CANDIDATES = 8
"""Keypoints found per one that is wanted, to choose those from that are spread over the image."""

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
    extractor : ORB, SIFT or CNN
        Finds its strongest keypoints, as many as are wanted or a few more.
    matcher : Matcher
        With the ratio that is usual for the method.
    num_bytes : int
        Of a descriptor.
    max_keypoints : int
        The most that are kept.
    """

    name: str
    label: str
    extractor: ORB | SIFT | CNN
    matcher: Matcher
    num_bytes: int
    max_keypoints: int

    def features(self, image: Image) -> Features:
        """Find the features of an image, none of them in its border of `BORDER` pixels.

        Parameters
        ----------
        image : Image

        Returns
        -------
        Features
            The strongest at distinct positions; possibly none: of an image no larger than its
            border, say.
        """
        return self.features_in(image, _off_the_border(image))

    def features_in(self, image: Image, usable: npt.NDArray[np.uint8]) -> Features:
        """Find the features of an image where a mask (H, W) of its pixels is not 0."""
        found = self.extractor.extract(image, usable)
        return selected(found, select_distinct(found.keypoints, found.scores, self.max_keypoints))

    def spread_features(self, image: Image) -> Features:
        """Find the features of an image, spread over it (`select_spread`) in one way for all."""
        most = _NUM_CANDIDATES * self.max_keypoints
        pool = replace(self, extractor=replace(self.extractor, max_keypoints=most))
        found = replace(pool, max_keypoints=most).features(image)
        rows = select_spread(found.keypoints, found.scores, image.size, self.max_keypoints)
        return selected(found, rows)


def _off_the_border(image: Image) -> npt.NDArray[np.uint8]:
    usable = np.zeros(image.pixels.shape[:2], np.uint8)
    usable[BORDER:-BORDER, BORDER:-BORDER] = 255
    return usable


def contenders(
    max_keypoints: int, weights: str | PathLike[str] | None = None
) -> tuple[Contender, ...]:
    """Make the contenders: ORB, SIFT and the learned network.

    All keep nearest neighbors that prefer each other and pass the ratio test, each at its matcher's
    usual ratio. The network's matcher turns its descriptors first (`TurnMatcher`), as ORB and SIFT
    turn theirs when they describe. Besides the common border, ORB leaves 31 pixels of each level of
    its own; and it shares its limit among the levels of its pyramid, while SIFT and the network let
    all scales compete.

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
    limit = {"max_keypoints": max_keypoints}
    orb = ORB(max_keypoints, spread=False)
    sift = SIFT(_NUM_ORIENTATIONS * max_keypoints, spread=False, edge_threshold=_SIFT_EDGES)
    cnn = CNN(max_keypoints, weights=weights, num_turns=network.num_turns, spread=False)
    turning = TurnMatcher(num_turns=network.num_turns)
    return (
        Contender("orb", "ORB", orb, Matcher(), num_bytes=32, **limit),
        Contender("sift", "SIFT", sift, Matcher(), num_bytes=4 * 128, **limit),
        Contender("cnn", "network", cnn, turning, num_bytes=4 * network.descriptor_size, **limit),
    )


Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Found:
    """The features of a contender, and their matches.

    Parameters
    ----------
    features : (Features, Features)
        Of image 0 and image 1.
    matches : Matches
        Of these.
    extract_seconds, match_seconds : float
        Wall time of finding and describing both, and of matching them: the shortest of the runs.
    """

    features: tuple[Features, Features]
    matches: Matches
    extract_seconds: float = 0.0
    match_seconds: float = 0.0


def find_features(
    pair: Pair, contenders: Sequence[Contender], *, num_runs: int = 2
) -> Mapping[str, Found]:
    """Find the features of both images with every contender, and match them.

    Parameters
    ----------
    pair : Pair
    contenders : sequence of Contender
    num_runs : int
        Of which the shortest is timed.

    Returns
    -------
    mapping of str to Found
        Under the names of the contenders.
    """
    return {contender.name: _found(contender, pair, num_runs) for contender in contenders}


def timed(work: Callable[[], Result], num_runs: int) -> tuple[float, Result]:
    """Do something a few times; return the shortest time in seconds, and the result."""
    times = []
    for _ in range(num_runs):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def _found(contender: Contender, pair: Pair, num_runs: int) -> Found:
    extract_seconds, features = timed(
        lambda: (contender.features(pair.image0), contender.features(pair.image1)), num_runs
    )
    match_seconds, matches = timed(lambda: contender.matcher.match(*features), num_runs)
    return Found(features, matches, extract_seconds, match_seconds)
