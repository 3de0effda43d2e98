"""What happens to each contender under change: who breaks when, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from featmatch.checks import check_seed
from featmatch.compare.alterations import ALTERATIONS, Alteration
from featmatch.compare.contenders import Contender
from featmatch.compare.pair import at_working_size
from featmatch.compare.survival import MAX_ERROR, Survival, measure_survival, usable_part
from featmatch.images.image import Image, shrink
from featmatch.matching.matcher import Matcher
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.threads import parallel_map
from featmatch.types import Features

MAX_SIZE, QUICK_MAX_SIZE = 480, 320
"""Longer side in pixels of the image that the changes are measured on."""

MAX_KEYPOINTS = 500
"""Keypoints of each contender that suit an image of this size."""

_MAX_THREADS = 4

Apart = Callable[[Callable[[], Any]], Callable[[], Any]]
"""Has work done elsewhere, perhaps; returns what gives its result."""


@dataclass(frozen=True)
class ChangeCurve:
    """How one method does as an alteration grows; each tuple has one entry for each value.

    Parameters
    ----------
    method : str
        The contender's name; ``"cnn, upright"`` for the network without turning its descriptors.
    repeatability : tuple of float
        Share of the keypoints that are found again; 0 if there are none.
    chance_repeatability : tuple of float
        The same after the points are shifted as a whole (`shifted_repeatability`).
    accuracy : tuple of float
        Share of the matches that are correct; 0 if there are none.
    num_correct : tuple of int
        How many that is.
    corner_error : tuple of float or None
        Mean distance in pixels between the corners of the common part under the estimated and
        under the true homography; None where no homography was found.
    breaks_at : float or None
        The value nearest to the neutral one, counted in steps of the values, at which the estimated
        homography is missing or off by more than `MAX_ERROR`; the first one of equally near ones.
        None if there is no such value.
    """

    method: str
    repeatability: tuple[float, ...]
    chance_repeatability: tuple[float, ...]
    accuracy: tuple[float, ...]
    num_correct: tuple[int, ...]
    corner_error: tuple[float | None, ...]
    breaks_at: float | None


@dataclass(frozen=True)
class Change:
    """An alteration, and how each method does as it grows.

    Parameters
    ----------
    name, label, unit : str
        See `featmatch.compare.alterations.Alteration`.
    values : tuple of float
        What was measured at.
    curves : tuple of ChangeCurve
    """

    name: str
    label: str
    unit: str
    values: tuple[float, ...]
    curves: tuple[ChangeCurve, ...]


def measure_changes(
    image: Image,
    contenders: Sequence[Contender],
    *,
    quick: bool = False,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> tuple[Change, ...]:
    """Alter an image in all ways of `ALTERATIONS` and see which features survive.

    The image is looked at in gray, at no more than `MAX_SIZE` pixels (`QUICK_MAX_SIZE` if quick),
    so that its features are found again many times in seconds. Keypoints keep away from the edges
    of the altered image and from those of the image in it, by the border that contenders have; only
    points count whose place both images show. Errors are in pixels of the coarser of both images:
    in an enlarged one, nobody can place points more precisely than the scene was sampled before.

    Parameters
    ----------
    image : Image
    contenders : sequence of Contender
        With a `max_keypoints` that suits a small image, such as `MAX_KEYPOINTS`.
    quick : bool
        Measure at few values only, on a smaller image.
    seed : int
        Of the noise and of the search for a model.
    progress : callable, optional
        Called with the share of the work that is done, after each value.

    Returns
    -------
    tuple of Change

    Raises
    ------
    ValueError, TypeError
        The seed is not an integer from 0 to 2^31 - 1.
    """
    return begin_changes(image, contenders, quick=quick, seed=seed)(progress)


def begin_changes(
    image: Image,
    contenders: Sequence[Contender],
    *,
    quick: bool = False,
    seed: int = 0,
    apart: Apart | None = None,
) -> Callable[[Callable[[float], None] | None], tuple[Change, ...]]:
    """Begin what `measure_changes` does; what is returned goes on with it, and takes `progress`.

    Parameters
    ----------
    image, contenders, quick, seed
        See `measure_changes`.
    apart : callable, optional
        Called at once with the work on each value; see `featmatch.compare_cnn`.
    """
    check_seed(seed)
    pixels = shrink(image.gray(), QUICK_MAX_SIZE if quick else MAX_SIZE)
    image = at_working_size(replace(image, pixels=pixels))
    features0 = [contender.features(image) for contender in contenders]
    unaltered = ("rotation", ALTERATIONS["rotation"].neutral)
    places = [unaltered] + [
        (name, value)
        for name, alteration in ALTERATIONS.items()
        for value in _values(alteration, quick)
        if value != alteration.neutral
    ]
    works = {
        place: partial(_measure, image, features0, contenders, place, seed) for place in places
    }
    results = {place: apart(work) if apart else work for place, work in works.items()}

    def go_on(progress: Callable[[float], None] | None) -> tuple[Change, ...]:
        scores: dict[tuple[str, float], dict[str, Survival]] = {}

        def keep(place: tuple[str, float], found: dict[str, Survival]) -> None:
            scores[place] = found
            if progress:
                progress(len(scores) / len(places))

        # From the last one on: who works on them elsewhere begins with the first.
        parallel_map(
            lambda place: results[place](), places[::-1], max_workers=_MAX_THREADS, on_result=keep
        )
        start = scores[unaltered]  # as good for all alterations
        return tuple(
            _change(
                alteration,
                {value: scores.get((name, value), start) for value in _values(alteration, quick)},
            )
            for name, alteration in ALTERATIONS.items()
        )

    return go_on


def _values(alteration: Alteration, quick: bool) -> tuple[float, ...]:
    return alteration.quick_values if quick else alteration.values


def _measure(
    image: Image,
    features0: Sequence[Features],
    contenders: Sequence[Contender],
    place: tuple[str, float],
    seed: int,
) -> dict[str, Survival]:
    """Measure all methods at one value of an alteration."""
    name, value = place
    alteration = ALTERATIONS[name]
    altered, homography = image, np.eye(3)
    if value != alteration.neutral:
        altered, homography = alteration.apply(image, value, np.random.default_rng(seed))
    usable = usable_part(homography, image.size, altered.size)
    survival = {}
    for contender, features in zip(contenders, features0, strict=True):
        found = features
        if altered is not image:
            found = contender.features_in(altered, usable)
        for method, matcher in _matchers(contender, alteration):
            survival[method] = measure_survival(features, found, matcher, homography, seed=seed)
    return survival


def _matchers(contender: Contender, alteration: Alteration) -> Iterator[tuple[str, Matcher]]:
    yield contender.name, contender.matcher
    if alteration.name == "rotation" and isinstance(contender.matcher, TurnMatcher):
        yield f"{contender.name}, upright", replace(contender.matcher, num_turns=1)


def _change(alteration: Alteration, rows: dict[float, dict[str, Survival]]) -> Change:
    """Turn the scores at each value into a curve for each method."""
    values = tuple(rows)
    curves = []
    for method in min(rows.values(), key=len):  # the unaltered image has those of all alterations
        scores = [rows[value][method] for value in values]
        columns = {
            name: tuple(getattr(score, name) for score in scores) for name in vars(scores[0])
        }
        breaks_at = _breaks_at(values, columns["corner_error"], alteration.neutral)
        curves.append(ChangeCurve(method=method, breaks_at=breaks_at, **columns))
    return Change(alteration.name, alteration.label, alteration.unit, values, tuple(curves))


def _breaks_at(
    values: Sequence[float], errors: Sequence[float | None], neutral: float
) -> float | None:
    broken = [number for number, error in enumerate(errors) if error is None or error > MAX_ERROR]
    middle = values.index(neutral)
    nearest = min(broken, key=lambda number: abs(number - middle), default=None)
    return None if nearest is None else values[nearest]
