"""Checks of what is matched and of the options for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice
from featmatch.errors import ArgumentError
from featmatch.types import Array, Features, Norm

_DTYPES: dict[Norm, npt.DTypeLike] = {"l2": np.float32, "hamming": np.uint8, "hamming2": np.uint8}
_LENGTH_TOLERANCE = 1e-3


def check_norm(norm: Norm) -> None:
    """Raise unless descriptors can be compared by the norm."""
    check_choice("norm", norm, _DTYPES)


def check_norms(features0: Features, features1: Features) -> None:
    """Raise unless both features, if there are any, were made for the same norm."""
    if len(features0) and len(features1) and features0.norm != features1.norm:
        raise ArgumentError(
            f"features1: expected descriptors for the norm {features0.norm} as in features0, "
            f"got {features1.norm}"
        )


def check_descriptors(
    descriptors0: npt.ArrayLike, descriptors1: npt.ArrayLike, norm: Norm
) -> tuple[Array, Array]:
    """Return two sets of descriptors as arrays, if they are what the norm compares."""
    set0 = _as_norm_wants("descriptors0", descriptors0, norm)
    set1 = _as_norm_wants("descriptors1", descriptors1, norm)
    if set0.shape[1] != set1.shape[1]:
        raise ArgumentError(
            f"descriptors1: expected {set0.shape[1]} columns as in descriptors0, "
            f"got {set1.shape[1]}"
        )
    return set0, set1


def check_keypoints(keypoints: npt.ArrayLike | None, num: int) -> Array:
    """Return the positions of `num` descriptors as an array."""
    positions: Array = np.zeros(0) if keypoints is None else np.asarray(keypoints)
    if positions.shape != (num, 2):
        got = "None" if keypoints is None else positions.shape
        raise ArgumentError(
            f"keypoints1: expected shape ({num}, 2) for min_rival_distance, got {got}"
        )
    return positions


def _as_norm_wants(name: str, values: npt.ArrayLike, norm: Norm) -> Array:
    descriptors: Array = np.asarray(values)
    if descriptors.ndim != 2 or descriptors.dtype != _DTYPES[norm]:
        raise ArgumentError(
            f"{name}: expected (N, D) {np.dtype(_DTYPES[norm])} for the norm {norm}, "
            f"got {descriptors.shape} {descriptors.dtype}"
        )
    if norm == "l2":
        lengths = np.linalg.norm(descriptors, axis=1)
        wrong = ~((np.abs(lengths - 1) < _LENGTH_TOLERANCE) | (lengths == 0))
        if wrong.any():
            raise ArgumentError(
                f"{name}: expected rows of length 1 (divide them by their norm), "
                f"got {np.count_nonzero(wrong)} of other length, one of {lengths[wrong][0]:g}"
            )
    return descriptors
