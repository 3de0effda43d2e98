"""Matched points of two images, with all that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.checks import as_array, check_number, check_size, check_type, show
from featmatch.errors import ArgumentError
from featmatch.frames import frames_of, match_maps
from featmatch.geometry.residuals import Matrix
from featmatch.images.camera import camera_matrix
from featmatch.types import Array, Features, Matches

Cameras = tuple[Matrix, Matrix]
"""The (3, 3) matrices of intrinsic parameters of image 0 and image 1, in pixels."""


@dataclass(frozen=True, eq=False)
class Correspondences:
    """Matched points of two images, right and wrong ones.

    Parameters
    ----------
    points0, points1 : (M, 2) float
        In pixels of the originals.
    ratios : (M,) float, optional
        The smaller, the more a match is trusted. None trusts all alike.
    sizes : pair of (width, height), optional
        Of the originals, in pixels. None where they are not known: what both images show is not
        known then either, and homographies have no predicted error.
    pixel_sizes : pair of float
        See `Features`; of image 0 and image 1.
    cameras : pair of (3, 3) float64, optional
        Matrices of intrinsic parameters in pixels; needed by essential matrices alone.
    maps : (M, 2, 2) float, optional
        Takes offsets around each match's point of image 0 to offsets around that of image 1, as the
        frames of its keypoints say; 0 where they say nothing. None where there are no frames.
    supports : pair of float
        Diameter in pixels of the least that the keypoints describe, in image 0 and image 1: nearer
        ones describe the same pixels. 0 where it is not known.
    candidates, seeds : Correspondences, optional
        What these were chosen from by how they lie, see `Matches`: they tell the evidence. None:
        these were not chosen so.

    Raises
    ------
    ArgumentError
        An argument is not as described.
    """

    points0: Array
    points1: Array
    ratios: Array | None = None
    sizes: tuple[tuple[int, int], tuple[int, int]] | None = None
    pixel_sizes: tuple[float, float] = (1.0, 1.0)
    cameras: Cameras | None = None
    maps: Array | None = None
    supports: tuple[float, float] = (0.0, 0.0)
    candidates: Correspondences | None = None
    seeds: Correspondences | None = None

    def __post_init__(self) -> None:
        for name in ("points0", "points1"):
            object.__setattr__(self, name, _points(name, getattr(self, name)))
        num = len(self.points0)
        if len(self.points1) != num:
            raise ArgumentError(f"points1: expected {num} points, got {len(self.points1)}")
        ratios = np.zeros(num) if self.ratios is None else _ratios(self.ratios, num)
        object.__setattr__(self, "ratios", ratios)
        if self.maps is not None:
            object.__setattr__(self, "maps", _maps(self.maps, num))
        for pixel_size in _pair("pixel_sizes", self.pixel_sizes):
            check_number("pixel_sizes", pixel_size, above=0)
        if self.sizes is not None:
            for number, size in enumerate(_pair("sizes", self.sizes)):
                check_size(f"sizes[{number}]", size)
        for support in _pair("supports", self.supports):
            check_number("supports", support, 0)
        for name in ("candidates", "seeds"):
            if getattr(self, name) is not None:
                check_type(name, getattr(self, name), Correspondences)
        if self.cameras is not None:
            camera0, camera1 = _pair("cameras", self.cameras)
            cameras = camera_matrix("camera0", camera0), camera_matrix("camera1", camera1)
            object.__setattr__(self, "cameras", cameras)

    @classmethod
    def of(
        cls,
        features0: Features,
        features1: Features,
        matches: Matches,
        cameras: Cameras | None = None,
    ) -> Correspondences:
        """Return the points of matched features.

        Pixels of an image that was enlarged count as those of the original: it shows no more. What
        the matches were chosen from tells evidence, and is not searched: it has no maps.
        """
        rows0, rows1 = matches.indices.T
        maps, sound = match_maps(frames_of(features0, rows0), frames_of(features1, rows1))
        candidates, seeds = (
            None if origin is None else cls._without_maps(features0, features1, origin, cameras)
            for origin in (matches.candidates, matches.seeds)
        )
        return replace(
            cls._without_maps(features0, features1, matches, cameras),
            maps=np.where(sound[:, None, None], maps, 0.0),
            candidates=candidates,
            seeds=seeds,
        )

    @classmethod
    def _without_maps(
        cls,
        features0: Features,
        features1: Features,
        matches: Matches,
        cameras: Cameras | None,
    ) -> Correspondences:
        rows0, rows1 = matches.indices.T
        return cls(
            points0=features0.keypoints[rows0],
            points1=features1.keypoints[rows1],
            ratios=matches.ratios,
            sizes=(features0.image_size, features1.image_size),
            pixel_sizes=(max(1.0, features0.pixel_size), max(1.0, features1.pixel_size)),
            cameras=cameras,
            supports=(_support(features0), _support(features1)),
        )

    def __len__(self) -> int:
        return len(self.points0)

    def __getitem__(self, rows: Array) -> Correspondences:
        """Return some of the matches: by their indices, or a flag for each."""
        return replace(
            self,
            points0=self.points0[rows],
            points1=self.points1[rows],
            ratios=np.asarray(self.ratios)[rows],
            maps=None if self.maps is None else self.maps[rows],
        )

    @property
    def known_cameras(self) -> Cameras:
        """Both cameras, where they are known.

        Raises
        ------
        ArgumentError
            They are not.
        """
        if self.cameras is None:
            raise ArgumentError("cameras: expected two for an essential matrix, got None")
        return self.cameras

    @property
    def all_candidates(self) -> Correspondences:
        """What these were chosen from by where they lie; themselves if they were not."""
        return self if self.candidates is None else self.candidates

    @property
    def pixel_size(self) -> float:
        """Of the coarser image."""
        return max(self.pixel_sizes)

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """(M,) rows, the most trusted first; of equal ratios the first stays first."""
        return np.argsort(np.asarray(self.ratios), kind="stable")


def _support(features: Features) -> float:
    return float(features.scales.min(initial=np.inf)) if len(features) else 0.0


def _pair(name: str, values: Any) -> tuple[Any, Any]:
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ArgumentError(f"{name}: expected a pair, of image 0 and image 1, got {show(values)}")
    return values[0], values[1]


def _points(name: str, values: npt.ArrayLike) -> Array:
    points = np.asarray(as_array(name, values), np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ArgumentError(f"{name}: expected shape (M, 2), got {points.shape}")
    if not np.isfinite(points).all():
        raise ArgumentError(f"{name}: expected finite coordinates, got NaN or infinity")
    return points


def _maps(values: npt.ArrayLike, num_matches: int) -> Array:
    maps = as_array("maps", values)
    if maps.shape != (num_matches, 2, 2):
        raise ArgumentError(f"maps: expected shape ({num_matches}, 2, 2), got {maps.shape}")
    return maps


def _ratios(values: npt.ArrayLike, num_matches: int) -> Array:
    ratios = as_array("ratios", values)
    if ratios.shape != (num_matches,) or np.isnan(ratios).any():
        raise ArgumentError(
            f"ratios: expected {num_matches} numbers, got shape {ratios.shape}, "
            f"{np.count_nonzero(np.isnan(ratios))} of them NaN"
        )
    return ratios
