"""Between OpenCV's keypoints and `Features`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array, check_choice, check_objects, check_size, check_type
from featmatch.errors import ArgumentError
from featmatch.types import Array, Features, Norm


def features_from_cv(
    keypoints: Sequence[cv2.KeyPoint],
    descriptors: Array | None,
    *,
    image_size: tuple[int, int],
    method: str = "opencv",
    norm: Norm | None = None,
) -> Features:
    """Make `Features` of OpenCV's keypoints and descriptors.

    Parameters
    ----------
    keypoints : sequence of N cv2.KeyPoint
        As ``detectAndCompute`` returns them.
    descriptors : (N, D) float32 or (N, B) uint8, or None
        Float rows are scaled to unit length. None, OpenCV's answer where nothing was found, goes
        with no keypoints only.
    image_size : (width, height)
        Of the image, in pixels.
    method : str
        The name to give them.
    norm : {"l2", "hamming", "hamming2"}, optional
        None takes ``"hamming"`` for uint8 and ``"l2"`` for float descriptors. ORB with ``WTA_K``
        of 3 or 4 needs ``"hamming2"``.

    Returns
    -------
    Features

    Raises
    ------
    ValueError
        The numbers of keypoints and descriptors differ.
    """
    if norm is not None:
        check_choice("norm", norm, get_args(Norm))
    points = check_objects("keypoints", keypoints, cv2.KeyPoint)
    if descriptors is None:
        descriptors = np.zeros((0, 0), np.uint8 if norm in ("hamming", "hamming2") else np.float32)
    descriptors = as_array("descriptors", descriptors)
    if descriptors.ndim != 2 or len(descriptors) != len(points):
        raise ArgumentError(
            f"descriptors: expected a row for each of {len(points)} keypoints, "
            f"got {len(descriptors) if descriptors.ndim == 2 else f'shape {descriptors.shape}'}"
        )
    if norm is None:
        norm = "hamming" if descriptors.dtype == np.uint8 else "l2"
    return Features(
        keypoints=np.array([point.pt for point in points], np.float32).reshape(-1, 2),
        descriptors=unit_length(descriptors) if norm == "l2" else descriptors,
        scores=np.array([point.response for point in points], np.float32),
        scales=np.array([point.size for point in points], np.float32),
        angles=np.radians(np.maximum([point.angle for point in points], 0)),  # -1: none
        image_size=check_size("image_size", image_size),
        method=method,
        norm=norm,
    )


def features_to_cv(features: Features) -> list[cv2.KeyPoint]:
    """Make OpenCV's keypoints of `Features`; their descriptors need no conversion.

    Parameters
    ----------
    features : Features

    Returns
    -------
    list of N cv2.KeyPoint
        ``size`` is the scale, ``angle`` is in degrees in [0, 360).
    """
    check_type("features", features, Features)
    angles = np.degrees(features.angles) % 360
    columns = zip(
        features.keypoints.tolist(),
        features.scales.tolist(),
        angles.tolist(),
        features.scores.tolist(),
        strict=True,
    )
    return [
        cv2.KeyPoint(x=x, y=y, size=scale, angle=angle, response=score)
        for (x, y), scale, angle, score in columns
    ]


def unit_length(descriptors: Array) -> npt.NDArray[np.float32]:
    """Scale the rows of (N, D) floats to unit length; rows of zeros stay as they are."""
    lengths = np.linalg.norm(descriptors.astype(np.float64), axis=1, keepdims=True)
    scaled = descriptors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return np.asarray(scaled, np.float32)
