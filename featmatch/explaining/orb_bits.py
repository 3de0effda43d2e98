"""Which pixels ORB compares for its bits: asked of OpenCV, and looked up in an image."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool]

PATCH_SIZE = 31  # px: what a descriptor sees of the finest level, before it is turned
RADIUS = 19  # px: how far from its keypoint a turned pair may lie, rounded up
_REACH = PATCH_SIZE // 2
_NUM_PROBES = 1200
_SHIFTS = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]


def ask_for_pairs() -> Ints:
    """Find out which 256 pairs of pixels ORB compares.

    OpenCV keeps the table to itself, but answers: at keypoints in an image of noise a bit goes with
    the brightness of its second pixel and against that of its first. Of the places around these the
    pair is taken that predicts most bits.

    Returns
    -------
    (256, 4) int64
        x, y of the first and of the second pixel, relative to a keypoint of angle 0. A bit is set
        where the first is darker than the second, in the image blurred as `smoothed` does.

    References
    ----------
    E. Rublee, V. Rabaud, K. Konolige and G. Bradski, "ORB: an efficient alternative to SIFT or
    SURF", ICCV 2011, section 4.
    """
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (600, 600), np.uint8)
    places = rng.integers(40, 560, (_NUM_PROBES, 2))
    bits = bits_at(noise, places, np.zeros(_NUM_PROBES)).astype(bool)
    windows = np.lib.stride_tricks.sliding_window_view(smoothed(noise), (PATCH_SIZE, PATCH_SIZE))
    patches = windows[places[:, 1] - _REACH, places[:, 0] - _REACH]
    pixels = patches.reshape(_NUM_PROBES, -1).astype(np.float32)
    alike = (pixels - pixels.mean(axis=0)).T @ (2 * bits - np.float32(1))
    first, second = (
        np.stack(np.divmod(best, PATCH_SIZE))
        for best in (alike.argmin(axis=0), alike.argmax(axis=0))
    )
    first = _refined(first, lambda place: _read(patches, place) < _read(patches, second), bits)
    second = _refined(second, lambda place: _read(patches, first) < _read(patches, place), bits)
    return np.concatenate([first[::-1], second[::-1]]).T - _REACH


def _read(patches: npt.NDArray[np.uint8], place: Ints) -> npt.NDArray[np.uint8]:
    """Read a pixel for each of 256 places (row, column): (N, 256)."""
    return patches[:, place[0], place[1]]


def _refined(
    place: Ints, predicted: Callable[[Ints], npt.NDArray[np.bool]], bits: npt.NDArray[np.bool]
) -> Ints:
    """Move places (2, 256) by up to two pixels to where most bits are predicted."""
    candidates = [np.clip(place + np.array(shift)[:, None], 0, PATCH_SIZE - 1) for shift in _SHIFTS]
    agreements = [(predicted(candidate) == bits).mean(axis=0) for candidate in candidates]
    best = np.argmax(agreements, axis=0)
    return np.asarray(np.stack(candidates)[best, :, np.arange(len(best))].T)


def bits_at(gray: npt.NDArray[np.uint8], points: Ints, angles: npt.NDArray[np.floating]) -> Ints:
    """Describe places of an image at its own scale, as ORB does.

    Parameters
    ----------
    gray : (H, W) uint8
    points : (N, 2) int
        x, y; at least 31 pixels from the border, where OpenCV drops them.
    angles : (N,) float
        Radians.

    Returns
    -------
    (N, 256) int64
        0 or 1.
    """
    keypoints = [
        cv2.KeyPoint(float(x), float(y), float(PATCH_SIZE), float(angle))
        for (x, y), angle in zip(points, np.degrees(angles), strict=True)
    ]
    _, descriptors = cv2.ORB.create(nlevels=1).compute(gray, keypoints)
    return unpacked(np.asarray(descriptors, np.uint8))


def unpacked(descriptors: npt.NDArray[np.uint8]) -> Ints:
    """(N, 32) uint8 -> (N, 256) bits in the order in which ORB compares."""
    return np.unpackbits(descriptors, axis=1, bitorder="little").astype(np.int64)


def smoothed(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Blur an image as ORB does before it compares: Gaussian, sigma 2, over 7 x 7 pixels."""
    return np.asarray(cv2.GaussianBlur(gray, (7, 7), 2), np.uint8)


def turned_pairs(pairs: Ints, angle: float) -> Ints:
    """Turn pairs (256, 4) with their keypoint, by an angle in radians, to whole pixels."""
    cosine, sine = np.cos(angle), np.sin(angle)
    points = pairs.reshape(-1, 2) @ np.array([(cosine, sine), (-sine, cosine)])
    return np.asarray(np.rint(points), np.int64).reshape(pairs.shape)
