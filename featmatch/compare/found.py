"""What the contenders find in a pair of images, and how long it takes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from featmatch.compare.contenders import Contender
from featmatch.compare.pair import Pair
from featmatch.types import Features

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
