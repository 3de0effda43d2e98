"""What a match has to have to be told, drawn and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featmatch.geometry.evidence import Evidence
from featmatch.geometry.pose import RelativePose
from featmatch.geometry.shared_part import SharedPart
from featmatch.images.image import Image
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict


class TriedStep(Protocol):
    """A method that was tried; see `featmatch.Step`."""

    @property
    def method(self) -> str:
        """Its name."""

    @property
    def accepted(self) -> bool:
        """Its verdict."""

    @property
    def num_matches(self) -> int:
        """Right and wrong ones."""

    @property
    def num_inliers(self) -> int:
        """Number of its inliers."""

    @property
    def seconds(self) -> float:
        """All its stages together."""


class Matched(Protocol):
    """Two images, their matches, and what was found of them; see `featmatch.MatchResult`."""

    @property
    def image0(self) -> Image:
        """As worked on."""

    @property
    def image1(self) -> Image:
        """As worked on."""

    @property
    def features0(self) -> Features:
        """Of image 0."""

    @property
    def features1(self) -> Features:
        """Of image 1."""

    @property
    def matches(self) -> Matches:
        """Right and wrong ones."""

    @property
    def geometry(self) -> TwoViewGeometry:
        """The model, or none."""

    @property
    def verdict(self) -> Verdict:
        """Whether the images match."""

    @property
    def method(self) -> str:
        """Whose answer this is."""

    @property
    def seed(self) -> int:
        """Of the random search."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Of each stage."""

    @property
    def steps(self) -> Sequence[TriedStep]:
        """The methods tried, in order."""

    @property
    def stopped(self) -> str:
        """Why no other method was tried."""

    @property
    def models(self) -> Mapping[Kind, Evidence]:
        """All models that were looked for."""

    @property
    def pose(self) -> RelativePose | None:
        """How camera 1 stands to camera 0, where both are known."""

    @property
    def part(self) -> SharedPart | None:
        """Where the one thing lies that the images share."""

    @property
    def points0(self) -> npt.NDArray[np.float32]:
        """(M, 2) matched points in image 0, in pixels of the original."""

    @property
    def points1(self) -> npt.NDArray[np.float32]:
        """(M, 2) matched points in image 1, in pixels of the original."""

    @property
    def inliers(self) -> npt.NDArray[np.bool_]:
        """(M,) the inliers: see `TwoViewGeometry.inliers`."""

    @property
    def num_inliers(self) -> int:
        """Their number."""

    @property
    def homography(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) map of image 0 to image 1, or None."""

    @property
    def fundamental(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) fundamental matrix in pixels, or None."""

    @property
    def predicted_error(self) -> float | None:
        """How far off the homography is expected to be, in pixels; None if that is not known."""

    def error_percentile(self, percent: float) -> float | None:
        """Pixels that so many percent of the inliers' residuals do not exceed; None without any."""
