"""Matches as points, the form in which those of other tools come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array, check_inside
from featmatch.errors import ArgumentError
from featmatch.types import Features, Matches

Float64s = npt.NDArray[np.float64]

ROUNDING = 1e-6
"""How far beyond 0 and 1 a fraction in float32 may come by rounding."""

LARGEST = float(np.finfo(np.float32).max)
"""What `Features` and `Matches` can hold."""


@dataclass(frozen=True, eq=False)
class PointMatches:
    """Points of two images that are said to be the same.

    Parameters
    ----------
    points0, points1 : (M, 2) float64
        In pixels of the upright original images, the center of the top-left pixel is (0, 0).
    ratios : (M,) float64, optional
        In [0, 1], smaller is better, as `Matches.ratios`. None if they are not known.
    confidences : (M,) float64, optional
        In [0, 1], larger is better. None if they are not known.
    distances : (M,) float64, optional
        Between the descriptors, smaller is better. None if they are not known.
    """

    points0: Float64s
    points1: Float64s
    ratios: Float64s | None = None
    confidences: Float64s | None = None
    distances: Float64s | None = None

    def __post_init__(self) -> None:
        for name in ("points0", "points1"):
            object.__setattr__(self, name, as_numbers(name, getattr(self, name)))
        num = len(self.points0) if self.points0.ndim else "M"
        for name in ("points0", "points1"):
            _check_shape(name, getattr(self, name), (num, 2))
        for name in ("ratios", "confidences", "distances"):
            if getattr(self, name) is None:
                continue
            values = as_numbers(name, getattr(self, name))
            _check_shape(name, values, (num,))
            if name != "distances":
                values = as_fractions(name, values)
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.points0)

    def __repr__(self) -> str:
        return f"PointMatches({len(self)})"

    def as_keypoints(
        self, size0: tuple[int, int], size1: tuple[int, int], method: str = "given"
    ) -> tuple[Features, Features, Matches]:
        """Make keypoints of the points, and matches between the keypoints.

        Parameters
        ----------
        size0, size1 : (width, height)
            Of the upright original images, in pixels.
        method : str
            The name to give them.

        Returns
        -------
        features0, features1 : Features
            Without descriptors; a point that is there more than once is one keypoint.
        matches : Matches
            In the order of the points, none left out. A ratio is 1 minus the confidence where only
            that is known, and 1 where nothing is; a distance that is not known is 0.

        Raises
        ------
        ValueError
            A point lies outside of its image.
        """
        features0, rows0 = _keypoints("points0", self.points0, size0, method)
        features1, rows1 = _keypoints("points1", self.points1, size1, method)
        ratios = self.ratios
        if ratios is None:
            ratios = np.ones(len(self)) if self.confidences is None else 1 - self.confidences
        distances = np.zeros(len(self)) if self.distances is None else self.distances
        matches = Matches(
            indices=np.stack([rows0, rows1], axis=1),
            distances=distances.astype(np.float32),
            ratios=ratios.astype(np.float32),
        )
        return features0, features1, matches


def as_numbers(name: str, value: object) -> Float64s:
    """Return `value`, maybe a tensor on the CPU, as float64 that float32 can hold; read-only."""
    array = as_array(name, value).astype(np.float64)
    wrong = np.argwhere(~(abs(array) <= LARGEST))
    if len(wrong):
        place = tuple(wrong[0])
        row = f" in row {place[0]}" if place else ""
        raise ArgumentError(f"{name}: expected finite numbers, got {array[place]:g}{row}")
    array.flags.writeable = False
    return array


def as_fractions(name: str, values: Float64s) -> Float64s:
    """Return `values`, which have to lie in [0, 1], or beyond by rounding only."""
    wrong = (values < -ROUNDING) | (values > 1 + ROUNDING)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ArgumentError(f"{name}: expected numbers in [0, 1], got {values[row]:g} in row {row}")
    return np.clip(values, 0.0, 1.0)


def _check_shape(name: str, values: Float64s, shape: tuple[int | str, ...]) -> None:
    if values.shape != shape:
        expected = str(shape).replace("'", "")
        raise ArgumentError(f"{name}: expected shape {expected}, got {values.shape}")


def _keypoints(
    name: str, points: Float64s, size: tuple[int, int], method: str
) -> tuple[Features, npt.NDArray[np.int64]]:
    """Keypoints in the order in which they come first, and the keypoint of each point."""
    check_inside(name, points, size)
    different, first, rows = np.unique(
        points.astype(np.float32), axis=0, return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    ones = np.ones(len(different), np.float32)
    features = Features(
        keypoints=different[order],
        descriptors=np.zeros((len(different), 0), np.float32),
        scores=ones,
        scales=ones,
        angles=np.zeros(len(different), np.float32),
        image_size=size,
        method=method,
    )
    return features, place[rows.reshape(-1)]
