"""A small image that is cut out of a large one: found there by its pixels, then matched there.

The images that methods work on are limited in size, so that a small part of a large image is left
with few keypoints, or none; and an icon has too few pixels for most detectors. So the place is
looked for first (`find_places`), and accepted where all of the small image is shown (`is_whole`).
Then the part of the large image around it is matched like an image of its own, both enlarged where
they are tiny: the keypoints, of which the pixels know nothing, are the evidence.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from featmatch.crops.cutout import Cutout
from featmatch.crops.found import FoundCrop
from featmatch.crops.search import Place, find_places
from featmatch.geometry.polish import polish_homography
from featmatch.geometry.residuals import Matrix
from featmatch.images.view import View
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.verification import MatchOptions

logger = logging.getLogger("featmatch")

LEAST_RATIO = 16.0
"""Of the areas of two images, from which on the smaller one is looked for in the other as a crop;
crops that are larger are matched as they are."""

_MAPS = ("auto", "homography", "affine", "similarity")
_ENOUGH = 128.0  # px, shorter side: methods leave a border of 31 px, and need some room within
_MOST_ENLARGED = 4.0  # times: beyond, there is nothing but what the interpolation made
_MARGIN = 0.15  # of the longer side, around the place: room for keypoints that are no matches
_LEAST_MARGIN = 4  # px


@dataclass(frozen=True)
class CropMatcher:
    """How a small image is matched where it is found in a large one.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        Methods that are tried in turn, until one has the evidence.
    options : MatchOptions
    max_size : int
        Limit to the long side in pixels of the small image as worked on; 0 turns it off.
    max_seconds : float, optional
        After so many no further method is tried. None sets no limit.
    """

    pipelines: Sequence[Pipeline]
    options: MatchOptions
    max_size: int = 0
    max_seconds: float | None = None

    def applies_to(self, view0: View, view1: View) -> bool:
        """Whether one image is small enough to be looked for in the other, and a map is wanted.

        Where cameras are known they are those of pictures that are whole.
        """
        areas = sorted(width * height for width, height in (view0.image.size, view1.image.size))
        asked = self.options.model in _MAPS and view0.camera is None and view1.camera is None
        return asked and areas[1] >= LEAST_RATIO * areas[0]

    def match(self, view0: View, view1: View) -> MatchResult | None:
        """Match two images of which one is all of a small part of the other.

        Parameters
        ----------
        view0, view1 : View
            At their full sizes.

        Returns
        -------
        MatchResult or None
            Of the first method that has the evidence. None where the small image is not shown
            anywhere, or no method has.
        """
        start = time.perf_counter()
        limit = np.inf if self.max_seconds is None else self.max_seconds
        found: list[MatchResult] = []
        for crop in self._crops(view0, view1):
            for pipeline in self.pipelines:
                if found and time.perf_counter() - start > limit:
                    return None
                found.append(crop.match(pipeline, self.options))
                if found[-1].verdict.accepted:
                    steps = tuple(step for one in found for step in one.steps)
                    return replace(found[-1], steps=steps)
        return None

    def _crops(self, view0: View, view1: View) -> Iterator[FoundCrop]:
        """Yield the places where all of the small image is shown."""
        which = 0 if np.prod(view0.image.size) <= np.prod(view1.image.size) else 1
        small, large = (view0, view1) if which == 0 else (view1, view0)
        shorter, longer = sorted(small.image.size)
        factor = min(max(1.0, _ENOUGH / shorter), _MOST_ENLARGED)
        factor = min(factor, self.max_size / longer) if self.max_size else factor
        for place in find_places(small.image.gray(), large.image.gray()):
            logger.debug("crop: looking at %s", place)
            crop, around = Cutout.of_all(small), _around(place, small, large)
            views = crop.resized(factor), around.resized(factor / place.scale)
            guess: Matrix = np.linalg.inv(around.into_whole) @ place.homography
            if which == 1:
                crop, around, views = around, crop, views[::-1]
                guess = np.linalg.inv(guess).astype(np.float64)
            found = FoundCrop((crop, around), views, guess, polish_homography(*views, guess))
            if found.is_whole(which):
                yield found


def _around(place: Place, small: View, large: View) -> Cutout:
    """Return the part of a large image around the place of a small one."""
    size = np.array(small.image.size) * place.scale
    margin = _LEAST_MARGIN + _MARGIN * size.max()
    corner = np.array([place.left, place.top])
    first = np.floor(np.maximum(corner - margin, 0)).astype(int).tolist()
    last = np.minimum(np.ceil(corner + size + margin), large.image.size).astype(int).tolist()
    return Cutout(large, *first, *last)
