"""Which of two maps shows the same colors in both images, where both show the same shapes.

Exposure, white balance and gamma differ between photographs: a tone curve of each channel, fitted
robustly to all points of a map, takes them out. What is left is compared place by place, each about
half a window wide. A place speaks for the map under which it is nearer to what the other image
shows, once only: what has moved or was hidden fills a place or two, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.geometry.lucas_kanade import Floats, sample
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.view import View
from featmatch.types import Array

NUM_POINTS = 16_000
LEAST_DIFFERENCE = 10.0  # gray levels: a color that is another, not the same one through noise
NOISE_FACTOR = 4.0  # times the median difference, which noise or misfit make
LEAST_POINTS = 3  # of a place: fewer are an edge that is a little off
LEAST_PLACES = 3  # one or two may show something that has moved
CLEAR_MAJORITY = 4.0  # times as many places as speak for the other map
LEAST_SHOWN = 0.5  # of what the other map shows: a corner of it may have nothing to be unlike
LEAST_COMMON = 1 / 3  # of what one map shows in both images: as much can be compared with another

_SATURATED = 240.0  # gray levels, after the blur: near there no exposure is known
_BLUR = 2.0  # px: against noise, and the last tenths of a pixel
_WHITE = 255.0
_THINNED = 4  # of so many points one fixes the exposure
_MARGIN = 3  # times the blur, which does not know what is beyond the border
_NUM_ROUNDS = 4
_TYPICAL_DIFFERENCE = 4.0  # gray levels: where the weight of a point begins to drop
_LEAST_PLACE = 0.05  # of the diagonal
_RANK_TOLERANCE = 1e-6  # of the largest: a picture of two tones has no curve


@dataclass(frozen=True, eq=False)
class Appearance:
    """Points of image 0, their colors, and the image that they are compared with.

    Attributes
    ----------
    points : (N, 2) float64
        In pixels of the original image 0.
    places : (N,) int64
        Number of the place that each point lies in.
    colors : (N, C) float32
        Gray levels, 0 to 255, of each channel.
    view : View
        Image 1.
    channels : tuple of C (H, W) float32
        Its working pixels.
    """

    points: Array
    places: npt.NDArray[np.int64]
    colors: Floats
    view: View
    channels: tuple[Floats, ...]

    @classmethod
    def of(cls, view0: View, view1: View, window: float) -> Appearance:
        """Lay a grid over image 0; `window` is the length of a period in its pixels."""
        width, height = view0.image.size
        step = np.sqrt(width * height / NUM_POINTS)
        x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        points = points[_usable(view0, points)]
        colored = all(view.image.pixels.ndim == 3 for view in (view0, view1))
        channels0, channels1 = (_channels(view, colored) for view in (view0, view1))
        colors = _sampled(view0, channels0, points)
        known = colors.max(axis=1, initial=0.0) < _SATURATED
        points, colors = points[known], colors[known]
        side = max(window / 2, _LEAST_PLACE * float(np.hypot(width, height)))
        columns, rows = (points // side).astype(np.int64).T
        _, places = np.unique(rows * width + columns, return_inverse=True)
        return cls(points, places, colors, view1, channels1)

    def differences(self, homography: Matrix) -> Array:
        """Tell how much another color image 1 shows where a map takes the points.

        Returns
        -------
        (N,) float64
            Gray levels, of the channel that differs most; NaN where image 1 is not seen.
        """
        moved = transfer(homography, self.points)
        seen = _usable(self.view, moved)
        there = _sampled(self.view, self.channels, moved[seen])
        known = there.max(axis=1, initial=0.0) < _SATURATED
        seen[seen] = known
        here, there = self.colors[seen], there[known]
        differences = np.full(len(self.points), np.nan)
        differences[seen] = _unlikeness(here, there, _exposure(here[::_THINNED], there[::_THINNED]))
        return differences

    def share_unlike(self, differences: Array) -> float:
        """Share of places that are unlike under a map, as expected from those that it shows."""
        unlike, shown = self._unlike(differences), self._num_places(np.isfinite(differences))
        return (unlike + 1) / (shown + 2)  # Laplace's rule of succession: few places prove little

    def prefers(self, first: Array, second: Array) -> bool:
        """Whether the first of two maps, of which these are the differences, is clearly the better.

        Either the places that both maps show speak for it, or all that each of them shows.
        """
        least = self._least(first)
        nearer = self._num_places(second - first > least)
        farther = self._num_places(first - second > least)
        if nearer >= max(LEAST_PLACES, CLEAR_MAJORITY * farther):
            return True
        shown = [np.count_nonzero(np.isfinite(each)) for each in (first, second)]
        return bool(
            shown[0] >= LEAST_SHOWN * shown[1]
            and self._unlike(second) >= LEAST_PLACES
            and self.share_unlike(second) >= CLEAR_MAJORITY * self.share_unlike(first)
        )

    def _least(self, differences: Array) -> float:
        noise = np.nanmedian(differences) if np.isfinite(differences).any() else 0.0
        return max(LEAST_DIFFERENCE, NOISE_FACTOR * float(noise))

    def _unlike(self, differences: Array) -> int:
        return self._num_places(differences > self._least(differences))

    def _num_places(self, flags: npt.NDArray[np.bool_]) -> int:
        return int(np.count_nonzero(np.bincount(self.places[flags]) >= LEAST_POINTS))


def are_comparable(first: Array, second: Array) -> bool:
    """Whether enough of what one map shows, of which these are the differences, is in another's."""
    shown = np.isfinite(first)
    common = np.count_nonzero(shown & np.isfinite(second))
    return bool(common >= LEAST_COMMON * np.count_nonzero(shown))


def _channels(view: View, colored: bool) -> tuple[Floats, ...]:
    pixels = view.image.pixels if colored else view.image.gray()
    levels = pixels.astype(np.float32) * (1.0 if pixels.dtype == np.uint8 else _WHITE)
    blurred = np.asarray(cv2.GaussianBlur(levels, (0, 0), _BLUR))
    return tuple(np.ascontiguousarray(each) for each in cv2.split(blurred))


def _sampled(view: View, channels: tuple[Floats, ...], points: Array) -> Floats:
    places = view.image.from_original(points)[None]
    if not len(points):
        return np.zeros((0, len(channels)), np.float32)
    return np.stack([sample(each, places)[0] for each in channels], axis=1)


def _usable(view: View, points: Array) -> npt.NDArray[np.bool_]:
    """(N,) flags of the points that an image shows and that may be looked at."""
    height, width = view.image.pixels.shape[:2]
    places, margin = np.rint(view.image.from_original(points)), _MARGIN * _BLUR
    seen = (places >= margin) & (places < (width - margin, height - margin))
    inside = np.asarray(seen.all(axis=1), np.bool_)
    if view.usable is not None:
        x, y = places[inside].astype(np.int64).T
        inside[inside] = view.usable[y, x] > 0
    return inside


def _exposure(here: Floats, there: Floats) -> Array:
    """(C, 3) tone curves: coefficients of 1, the level and its square; by Cauchy weights."""
    weights = np.ones(len(here))
    curves = np.zeros((here.shape[1], 3))
    tones = _tones(here)
    for _ in range(_NUM_ROUNDS if len(here) else 0):
        weighted = tones * weights[:, None]
        for curve, before, own, goal in zip(curves, weighted, tones, there.T, strict=True):
            curve[:] = np.linalg.lstsq(before.T @ own, before.T @ goal, rcond=_RANK_TOLERANCE)[0]
        weights = 1 / (1 + np.square(_unlikeness(here, there, curves) / _TYPICAL_DIFFERENCE))
    return curves


def _unlikeness(here: Floats, there: Floats, curves: Array) -> Array:
    """(N,) differences in gray levels of the channel that differs most, with curves applied."""
    exposed = np.einsum("cnt,ct->nc", _tones(here), curves)
    unlike: Array = np.abs(exposed - there).max(axis=1)
    return unlike


def _tones(levels: Floats) -> Array:
    """(C, N, 3) ones, shares of white, and their squares, of each channel of (N, C) levels."""
    shares = levels.T.astype(np.float64) / _WHITE
    return np.stack([np.ones(shares.shape), shares, shares**2], axis=-1)
