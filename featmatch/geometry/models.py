"""The kinds of two-view models: all that there is to know of each, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from featmatch.geometry import frame_search, least_squares, search
from featmatch.geometry.residuals import Matrix, epipolar_residuals, map_residuals
from featmatch.types import Array, Kind


@dataclass(frozen=True)
class ModelSpec:
    """A kind of model.

    Attributes
    ----------
    label : str
        What it is called in sentences.
    meaning : str
        What the images are like that it relates; empty where it may be anything.
    min_matches : int
        Matches that define the model up to a few solutions.
    max_solutions : int
        The most models that so many matches define.
    min_off_line : int
        Points that have to lie off the line that holds all others.
    is_map : bool
        Takes points to points, so that errors fill a disc; otherwise points to lines, and errors
        fill a band.
    search : callable
        ``search(points0, points1, max_error, seed)``: candidates among matches of which many are
        wrong, the most trusted first; see `featmatch.geometry.search`.
    fit : callable
        ``fit(points0, points1)``: the model of matches that are all believed, or None; see
        `featmatch.geometry.least_squares`.
    search_by_frames : callable or None
        ``search_by_frames(points0, points1, maps, max_error, seed)``: more candidates; see
        `featmatch.geometry.frame_search`. None: there is no such search.
    """

    label: str
    meaning: str
    min_matches: int
    max_solutions: int
    min_off_line: int
    is_map: bool
    search: Callable[[Array, Array, float, int], list[Matrix]]
    fit: Callable[[Array, Array], Matrix | None]
    search_by_frames: Callable[[Array, Array, Array, float, int], list[Matrix]] | None = None

    def residuals(self, matrix: Matrix, points0: Array, points1: Array) -> Array:
        """Residuals of matches; an essential matrix is to be given as fundamental matrix."""
        distances = map_residuals if self.is_map else epipolar_residuals
        return distances(matrix, points0, points1)


MODELS: dict[Kind, ModelSpec] = {
    "homography": ModelSpec(
        label="homography",
        meaning="a plane, or a camera that only turned",
        min_matches=4,
        max_solutions=1,
        min_off_line=2,
        is_map=True,
        search=search.search_homography,
        fit=least_squares.fit_homography,
        search_by_frames=frame_search.search_homography_by_frames,
    ),
    "fundamental": ModelSpec(
        label="fundamental matrix",
        meaning="a scene with depth",
        min_matches=7,
        max_solutions=3,
        min_off_line=1,
        is_map=False,
        search=search.search_fundamental,
        fit=least_squares.fit_fundamental,
        search_by_frames=frame_search.search_fundamental_by_frames,
    ),
    "essential": ModelSpec(
        label="essential matrix",
        meaning="a scene with depth, cameras known",
        min_matches=5,
        max_solutions=10,
        min_off_line=1,
        is_map=False,
        search=search.search_essential,
        fit=least_squares.fit_essential,
    ),
    "affine": ModelSpec(
        label="affine map",
        meaning="",
        min_matches=3,
        max_solutions=1,
        min_off_line=1,
        is_map=True,
        search=search.search_affine,
        fit=least_squares.fit_affine,
    ),
    "similarity": ModelSpec(
        label="similarity",
        meaning="",
        min_matches=2,
        max_solutions=1,
        min_off_line=0,
        is_map=True,
        search=search.search_similarity,
        fit=least_squares.fit_similarity,
    ),
}
"""Kind -> what it is; all kinds of `featmatch.types.Kind` but ``"none"``."""


def label_of(kind: Kind) -> str:
    """Name a kind of model as sentences do."""
    return MODELS[kind].label if kind in MODELS else "no model"
