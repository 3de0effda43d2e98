"""How a picture repeats: the maps that take it to itself, some windows further.

A picture that repeats looks like itself once it is shifted by one of its periods. These are the
peaks of its autocorrelation, which is computed on a small copy, with the contrast of all places
made equal: windows of other colors repeat too. On a plane seen at a slant the periods change from
place to place, so each shift is polished to a homography.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from featmatch.geometry.lucas_kanade import Floats
from featmatch.geometry.polish import polish_homography
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.sizes import shrink
from featmatch.images.view import View
from featmatch.types import Array

MIN_CORRELATION = 0.5  # facades, walls and tiles were seen to reach 0.7, photographs less than 0.4
NEARLY_AS_HIGH = 0.8  # of the highest peak: a period, not what is alike within one
MIN_AGREEMENT = 0.5  # of the patches, which look alike one period further
MIN_ANGLE = np.radians(20.0)  # between two periods
MOST_TRIED = 4  # peaks in one direction: the shortest may be alike within a period

_SIDE = 256  # px, of the small copy: a period of 40 px in an image of 1,600 px is 6 px there
_COARSE_SIDES = (0.25, 1.0)  # of the image: sizes at which a period is polished, one after another
_CONTRAST_BLUR = 5.0  # px of the small copy
_LEAST_CONTRAST = 2.0  # gray levels
_LEAST_PERIOD = 4  # px of the small copy
_LONGEST_PERIOD = 0.5  # of the sides


def self_maps(view: View) -> tuple[Matrix, ...]:
    """Find the maps of an image to itself by which it repeats.

    Parameters
    ----------
    view : View

    Returns
    -------
    tuple of (3, 3) float64
        In pixels of the original, the shorter period first: none, one, or two that repeat the
        image in two directions. All others are their products.
    """
    maps: list[Matrix] = []
    shifts = periods(view)
    for _ in range(2):
        polished = (_polished(view, shift) for shift in shifts[:MOST_TRIED])
        found = next((one for one in polished if one is not None), None)
        if found is None:
            break
        maps.append(found)
        shifts = shifts[_angles(shifts, _moved(found, view)) >= MIN_ANGLE]
    return tuple(maps)


def periods(view: View) -> Array:
    """Find the shifts by which an image looks like itself.

    Returns
    -------
    (N, 2) float64
        In pixels of the original, the shortest first; of each and its opposite, one. None in images
        that do not repeat.
    """
    gray = view.image.gray()
    shifts, heights = _peaks(_autocorrelation(shrink(gray, _SIDE).astype(np.float32)))
    highest = heights.max(initial=0.0)
    if highest < MIN_CORRELATION:
        return np.zeros((0, 2))
    shifts = shifts[heights >= NEARLY_AS_HIGH * highest]
    shifts = shifts[np.argsort(np.linalg.norm(shifts, axis=1), kind="stable")]
    factor = max(view.image.size) / min(_SIDE, max(gray.shape))
    scaled: Array = factor * shifts
    return scaled


def _moved(homography: Matrix, view: View) -> Array:
    """Shift in the middle of the image."""
    middle = (np.array([view.image.size], np.float64) - 1) / 2
    moved: Array = (transfer(homography, middle) - middle)[0]
    return moved


def _angles(shifts: Array, other: Array) -> Array:
    """Angles in radians, 0 to a quarter turn, between the lines of (N, 2) shifts and of another."""
    across = np.abs(shifts[:, 0] * other[1] - shifts[:, 1] * other[0])
    angles: Array = np.arctan2(across, np.abs(shifts @ other))
    return angles


def _autocorrelation(gray: Floats) -> Floats:
    """Correlation of a picture with itself, shifted by (y, x); the middle is no shift."""
    detail = gray - cv2.GaussianBlur(gray, (0, 0), _CONTRAST_BLUR)
    contrast = cv2.GaussianBlur(np.square(detail), (0, 0), _CONTRAST_BLUR)
    detail /= np.sqrt(contrast + _LEAST_CONTRAST**2)
    height, width = gray.shape
    reach_y, reach_x = int(_LONGEST_PERIOD * height), int(_LONGEST_PERIOD * width)
    rows, columns = (cv2.getOptimalDFTSize(side) for side in (height + reach_y, width + reach_x))
    spectrum = cv2.dft(
        cv2.copyMakeBorder(detail, 0, rows - height, 0, columns - width, cv2.BORDER_CONSTANT)
    )
    power = cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
    products = np.fft.fftshift(cv2.idft(power, flags=cv2.DFT_SCALE))
    middle_y, middle_x = rows // 2, columns // 2
    reached = products[
        middle_y - reach_y : middle_y + reach_y + 1, middle_x - reach_x : middle_x + reach_x + 1
    ]
    y, x = np.ogrid[-reach_y : reach_y + 1, -reach_x : reach_x + 1]
    seen = (1 - np.abs(y) / height) * (1 - np.abs(x) / width)
    return np.asarray(reached / seen / max(float(products[middle_y, middle_x]), 1.0), np.float32)


def _peaks(correlation: Floats) -> tuple[Array, Array]:
    """(N, 2) shifts (x, y) of the local maxima, one of each and its opposite, and their heights."""
    middle_y, middle_x = np.array(correlation.shape) // 2
    around = np.ones((2 * _LEAST_PERIOD - 1,) * 2, np.uint8)
    y, x = np.nonzero(correlation >= cv2.dilate(correlation, around))
    shifts = np.stack([x - middle_x, y - middle_y], axis=1)
    half = (shifts[:, 1] > 0) | ((shifts[:, 1] == 0) & (shifts[:, 0] > 0))
    kept = half & (np.abs(shifts).max(axis=1) >= _LEAST_PERIOD)
    return shifts[kept].astype(np.float64), correlation[y, x][kept]


def _polished(view: View, period: Array) -> Matrix | None:
    """Polish a shift of an image to a map of it to itself, on a small copy first."""
    shifted: Matrix = np.eye(3)
    shifted[:2, 2] = period
    longest = max(view.image.pixels.shape[:2])
    for share in _COARSE_SIDES:
        copy = _small_copy(view, round(share * longest))
        polished = polish_homography(copy, copy, shifted)
        shifted = polished.homography
    repeats = polished.num_points and polished.alike >= MIN_AGREEMENT
    return shifted if repeats else None


def _small_copy(view: View, max_size: int) -> View:
    pixels = shrink(view.image.pixels, max_size)
    if pixels is view.image.pixels:
        return view
    usable = view.usable
    if usable is not None:
        usable = np.where(shrink(usable, max_size) == 255, np.uint8(255), np.uint8(0))
    return View(replace(view.image, pixels=pixels, usable=None), usable)
