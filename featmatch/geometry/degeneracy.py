"""Matches that cannot define a model, however well they agree with one."""

from __future__ import annotations

import numpy as np

from featmatch.geometry.models import MODELS
from featmatch.types import Array, Kind


def degeneracy(kind: Kind, points0: Array, points1: Array, max_error: float) -> str:
    """Say why matches cannot define a model.

    Parameters
    ----------
    kind : str
        A key of `MODELS`.
    points0, points1 : (M, 2) float
        Matched points in pixels.
    max_error : float
        Points closer than this to a line, in pixels, may lie on it.

    Returns
    -------
    str
        Empty if the matches can: there are enough distinct ones, and in neither image do they lie
        on one line.
    """
    distinct = np.unique(np.column_stack([points0, points1]), axis=0)
    spec = MODELS[kind]
    if len(distinct) < spec.min_matches:
        count = f"{len(distinct)} distinct" if len(distinct) < len(points0) else f"{len(points0)}"
        return f"{count} match{'es' * (len(distinct) != 1)}, at least {spec.min_matches} are needed"
    for image, points in enumerate((distinct[:, :2], distinct[:, 2:])):
        if not np.ptp(points, axis=0).any():
            return f"all points of image {image} are the same"
        if not spec.min_off_line:
            continue
        num_off = np.count_nonzero(_distances_to_line(points) > max_error)
        if num_off < spec.min_off_line:
            return f"the points of image {image} lie on one line"
    return ""


def _distances_to_line(points: Array) -> Array:
    """Distance of (N, 2) points from the line that fits all but the farthest of them."""
    distances = _distances_to_fit(points, points)
    without_farthest = np.delete(points, distances.argmax(), axis=0)
    return _distances_to_fit(without_farthest, points)


def _distances_to_fit(fitted: Array, points: Array) -> Array:
    """Distance of `points` from the line through the bulk of `fitted`."""
    center = fitted.mean(axis=0)
    normal = np.linalg.svd(fitted - center, full_matrices=False)[2][1]
    distances: Array = np.abs((points - center) @ normal)
    return distances
