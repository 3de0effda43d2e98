"""Sample photographs, and copies of them under warps that are known exactly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from featmatch import Features
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@cache
def picture(name="poster_0", width=360):
    """Return a sample as RGB, made smaller."""
    return read_image(SAMPLES / f"{name}.jpg", max_size=width).pixels


@cache
def image(name="poster_0", width=360):
    return read_image(picture(name, width))


def noise(*shape):
    return np.random.default_rng(sum(shape)).integers(0, 256, shape).astype(np.uint8)


def project(homography, points):
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(homography).T
    return mapped[:, :2] / mapped[:, 2:]


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def resize(scale):
    """Return how points move when an image is resized."""
    return np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1.0]])


def turn(angle, size):
    """Turn around the middle of an image, by radians from the x axis toward the y axis."""
    middle = (np.array(size) - 1) / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    around = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
    return shift(*middle) @ around @ shift(*-middle)


def warped(pixels, homography):
    """Resample an image; what lies outside of it continues its border."""
    size = pixels.shape[1::-1]
    return cv2.warpPerspective(
        pixels, homography, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def corner_error(homography, expected, size):
    """Mean distance in pixels of the corners of an image under two homographies."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (np.array(size) - 1)
    distances = project(homography, corners) - project(expected, corners)
    return np.linalg.norm(distances, axis=1).mean()


def unit_rows(num_rows, num_columns, seed=0):
    rows = np.random.default_rng(seed).normal(size=(num_rows, num_columns))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def features(descriptors, keypoints=None, scores=None, **others):
    """Features of an image of 100 x 80 pixels, of these descriptors."""
    num = len(descriptors)
    columns: dict[str, Any] = {
        "keypoints": np.zeros((num, 2), np.float32) if keypoints is None else keypoints,
        "scores": np.ones(num, np.float32) if scores is None else scores,
        "scales": np.ones(num, np.float32),
        "angles": np.zeros(num, np.float32),
        "image_size": (100, 80),
        "method": "made",
    }
    return Features(descriptors=descriptors, **(columns | others))
