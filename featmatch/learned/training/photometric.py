"""Changes of light, lens, sensor and file that a matcher must not mind, drawn at random.

An image is (H, W) float32 with gray values in [0, 1]. Each change takes the image, the generator
that all chance comes from, and an `amount` in (0, 1] that scales how strong the change may be. It
returns a new image, whose values may leave [0, 1]; `photometric_change` clips them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, exp, pi, sin
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.learned.training.views import Floats, Gray

Change: TypeAlias = Callable[[Gray, np.random.Generator, float], Gray]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the brightness of a pixel (ITU-R BT.601)."""

_BRIGHTNESS = np.linspace(0, 1, 1024)  # all that a sensor of 10 bits tells apart
_KNOTS = np.linspace(0, 1, 5)  # of a random tone curve
_MIN_AMOUNT = 1e-3  # less cannot be seen


def photometric_change(image: Gray, rng: np.random.Generator, amount: float = 1.0) -> Gray:
    """Photograph an image again: in other light, by another camera, into another file.

    How much changes is itself drawn: about one image in twelve stays as it is, one in seven gets
    the full range of the changes in `CHANGES`, each of which comes with its own probability.

    Parameters
    ----------
    image : ndarray (H, W) float32
        Gray values in [0, 1].
    rng : numpy.random.Generator
    amount : float
        In [0, 1]: scales the ranges; 0 turns every change off.

    Returns
    -------
    ndarray (H, W) float32
        In [0, 1]; the image itself if nothing changes.
    """
    amount *= np.clip(rng.uniform(-0.1, 1.2), 0, 1)
    draws = rng.random(len(CHANGES))
    if amount < _MIN_AMOUNT:
        return image
    for (probability, change), draw in zip(CHANGES, draws, strict=True):
        if draw < probability:
            image = change(image, rng, amount)
    return np.clip(image, 0, 1)


def channel_weights(rng: np.random.Generator, amount: float = 1.0) -> Floats:
    """Draw how a sensor mixes red, green and blue into gray: near `LUMA`, one time in five at will.

    Parameters
    ----------
    rng : numpy.random.Generator
    amount : float
        In [0, 1]: scales the differences from `LUMA`; 0 turns them off.

    Returns
    -------
    ndarray (3,) float64
        Weights of 0 or more that sum to 1.
    """
    if rng.random() < 0.2:
        mix = rng.dirichlet((0.4, 0.4, 0.4))  # often nearly a single channel
        return (1 - amount) * np.array(LUMA) + amount * mix
    weights = np.array(LUMA) * np.exp(amount * rng.uniform(-0.4, 0.4, 3))
    return np.asarray(weights / weights.sum())


def shade(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Multiply by light that changes smoothly, from about 0.4 to 1.3."""
    coarse = 1 + amount * (rng.uniform(0.4, 1.3, rng.integers(2, 6, 2)) - 1)
    return image * _enlarged(coarse, image.shape)


def shadow(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Leave 0.3 to 0.8 of the light in a polygon, often larger than the image, with soft edges."""
    side = max(image.shape)
    corners = rng.uniform(-0.5 * side, 1.5 * side, (rng.integers(3, 6), 2)).astype(np.int32)
    light = np.ones(image.shape, np.float32)
    cv2.fillPoly(light, [corners], 1 - amount * rng.uniform(0.2, 0.7))
    edge = int(exp(rng.uniform(0, 3)))
    return image * _gray(cv2.blur(light, (edge, edge)))


def defocus(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Blur by a Gaussian of sigma up to 1.5 px."""
    return _gray(cv2.GaussianBlur(image, (0, 0), amount * rng.uniform(0.3, 1.5)))


def motion_blur(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Average along a line of up to 7 px in any direction."""
    reach, angle = amount * rng.uniform(0.5, 3.5), rng.uniform(0, pi)
    y, x = np.mgrid[-4:5, -4:5]
    along = np.abs(x * cos(angle) + y * sin(angle))
    across = np.abs(y * cos(angle) - x * sin(angle))
    kernel = np.clip(reach + 0.5 - along, 0, 1) * np.clip(1 - across, 0, 1)
    return _gray(cv2.filter2D(image, -1, kernel / kernel.sum()))


def local_contrast(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Scale the differences from the mean around each pixel, by e^-0.6 to e^0.6."""
    side = int(rng.integers(9, 48))
    factor = exp(amount * rng.uniform(-0.6, 0.6))
    return _gray(cv2.addWeighted(image, factor, cv2.blur(image, (side, side)), 1 - factor, 0))


def tone(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Apply a random tone curve; one time in three two of them, each in its own part of the scene.

    Snow and lamps, and sensors for other light, change parts of a scene in different ways, and make
    some of what was dark bright: a descriptor had better look at shapes than at what is brighter.
    """
    levels = (np.clip(image, 0, 1) * (len(_BRIGHTNESS) - 1) + 0.5).astype(np.intp)
    changed = _tone_curve(rng, amount)[levels]
    if rng.random() < 0.35:
        parts = _enlarged(rng.standard_normal(rng.integers(2, 7, 2)), image.shape)
        share = _gray(1 / (1 + np.exp(-parts * exp(rng.uniform(0, 3)))))  # soft to hard borders
        changed = share * changed + (1 - share) * _tone_curve(rng, amount)[levels]
    return changed


def _tone_curve(rng: np.random.Generator, amount: float) -> Gray:
    """Draw what becomes of each of `_BRIGHTNESS`.

    A gain of 0.6 to 1.3 (one time in five down to 0.2, as at night), an offset of up to ±0.15, a
    gamma of e^±0.6 (one time in five e^±1.5), and three times in five a curve through random
    points, every other one of which does not even rise everywhere.
    """
    night, span, kind = rng.random(3)
    dark, bright = (-1.6, 0.3) if night < 0.2 else (-0.5, 0.26)
    gain = exp(amount * rng.uniform(dark, bright))
    offset = amount * rng.uniform(-0.15, 0.15)
    gamma = exp(amount * rng.uniform(-1, 1) * (1.5 if span < 0.2 else 0.6))
    values = np.clip(gain * _BRIGHTNESS + offset, 0, 1) ** gamma
    if kind < 0.6:
        steps = rng.uniform(0.1, 1, len(_KNOTS) - 1)
        rising = np.cumsum([0, *steps]) / steps.sum()
        points = rng.random(len(_KNOTS)) if kind < 0.3 else rising
        values = (1 - amount) * values + amount * np.interp(values, _KNOTS, points)
    return _gray(values)


def noise(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Add Gaussian noise, independent in each pixel, of sigma up to 0.04."""
    sigma = amount * rng.uniform(0, 0.04)
    return _gray(cv2.scaleAdd(rng.standard_normal(image.shape, np.float32), sigma, image))


def correlated_noise(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Add Gaussian noise in grains of 2 to 4 px, of sigma up to 0.04."""
    size = rng.integers(2, 5)
    grains = rng.standard_normal([-(-side // size) for side in image.shape], np.float32)
    return _gray(cv2.scaleAdd(_enlarged(grains, image.shape), amount * rng.uniform(0, 0.04), image))


def salt_and_pepper(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Make single pixels black or white, up to 0.35 % of them."""
    num = rng.binomial(image.size, amount * rng.uniform(0, 0.0035))
    image = image.copy()
    image.flat[rng.integers(0, image.size, num)] = rng.integers(0, 2, num)
    return image


def jpeg(image: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Round to 8 bits and compress, with a quality of 95 down to 30."""
    quality = round(95 - 65 * amount * rng.random())
    levels = cv2.convertScaleAbs(np.clip(image, 0, 1), alpha=255)
    _, file = cv2.imencode(".jpg", levels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return _gray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)) / np.float32(255)


CHANGES: tuple[tuple[float, Change], ...] = (
    (0.4, shade),
    (0.3, shadow),
    (0.4, defocus),
    (0.2, motion_blur),
    (0.4, noise),
    (0.3, correlated_noise),
    (0.2, salt_and_pepper),
    (0.3, local_contrast),
    (0.8, tone),
    (0.5, jpeg),
)
"""Probability and change, in the order in which light meets lens, sensor and file."""


def _enlarged(coarse: npt.NDArray[Any], shape: tuple[int, ...]) -> Gray:
    width, height = shape[1], shape[0]
    return _gray(cv2.resize(_gray(coarse), (width, height), interpolation=cv2.INTER_CUBIC))


def _gray(values: npt.ArrayLike | None) -> Gray:
    return np.asarray(values, np.float32)
