"""Keypoints and descriptors of the user's own as `Features`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array, as_finite, check_inside, check_size
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.features.opencv import unit_length
from featmatch.types import Features


def features_from_points(
    points: npt.ArrayLike,
    descriptors: npt.ArrayLike,
    image_size: tuple[int, int],
    *,
    scores: npt.ArrayLike | None = None,
    scales: npt.ArrayLike | None = None,
    angles: npt.ArrayLike | None = None,
    method: str = "given",
) -> Features:
    """Make `Features` of the keypoints and descriptors of any tool.

    Parameters
    ----------
    points : (N, 2) float
        In pixels of the upright original image, the center of its top-left pixel is (0, 0).
        Whatever `numpy.asarray` takes, tensors on the CPU too; so for all others.
    descriptors : (N, D) float or (N, B) uint8
        Floats are scaled to unit length and compared by their Euclidean distance; uint8 are packed
        bits, compared by their number of different ones.
    image_size : (width, height)
        Of the upright original image, in pixels.
    scores : (N,) float, optional
        Larger is better. None takes 1 for all.
    scales : (N,) float, optional
        Diameter of the described neighborhood in pixels. None takes 1 for all.
    angles : (N,) float, optional
        In radians, from the x axis toward the y axis. None takes 0 for all.
    method : str
        The name to give them.

    Returns
    -------
    Features

    Raises
    ------
    ValueError, TypeError
        An argument is not as described, their lengths differ, or a point does not lie in the image.

    Examples
    --------
    >>> import numpy as np
    >>> from featmatch.features.given import features_from_points
    >>> features_from_points([[3.0, 4.0]], np.ones((1, 128)), (640, 480), method="mine")
    Features(1 mine keypoints in 640 x 480 px)
    """
    keypoints = _float32("points", points)
    if keypoints.size == 0:
        keypoints = keypoints.reshape(0, 2)
    if keypoints.ndim != 2 or keypoints.shape[1] != 2:
        raise ArgumentError(f"points: expected shape (N, 2), got {keypoints.shape}")
    size = check_size("image_size", image_size)
    check_inside("points", keypoints, size)
    num, rows = len(keypoints), as_array("descriptors", descriptors)
    if rows.ndim != 2 or len(rows) != num:
        raise ArgumentError(
            f"descriptors: expected shape (N, D) with a row for each of {num} points, got"
            f" {rows.shape}"
        )
    if rows.dtype.kind != "f" and rows.dtype != np.uint8:
        raise ArgumentTypeError(f"descriptors: expected floats or uint8, got {rows.dtype}")
    diameters = _column("scales", scales, num, 1)
    if (diameters < 0).any():
        raise ArgumentError(f"scales: expected numbers of at least 0, got {diameters.min():g}")
    bits = rows.dtype == np.uint8
    return Features(
        keypoints=keypoints,
        descriptors=rows if bits else unit_length(_float32("descriptors", rows)),
        scores=_column("scores", scores, num, 1),
        scales=diameters,
        angles=_column("angles", angles, num, 0),
        image_size=size,
        method=method,
        norm="hamming" if bits else "l2",
    )


def _column(
    name: str, values: npt.ArrayLike | None, num: int, default: float
) -> npt.NDArray[np.float32]:
    if values is None:
        return np.full(num, default, np.float32)
    return _float32(name, values)


def _float32(name: str, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):  # told better below
        return as_finite(name, as_array(name, values).astype(np.float32))
