"""All that is known after two images have been matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.pose import RelativePose
from featmatch.geometry.shared_part import SharedPart
from featmatch.images.image import Image
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict
from featmatch.verification import MatchedPair, MatchOptions, Verification

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Stop = Literal["only step", "sure", "no surer", "last step", "out of time"]


@dataclass(frozen=True)
class Step:
    """One method that ``method="auto"`` tried.

    Attributes
    ----------
    method : str
    accepted : bool
        Its verdict, before the mirror image is asked, which is asked of possible answers alone.
    confidence : float
        Of the verdict, in [0, 1].
    num_matches, num_inliers : int
    seconds : float
        All its stages together, without reading the images.
    model_confidence : float
        Of the verdict, in [0, 1].
    log10_false_alarms : float
        Of the verdict.
    predicted_error : float or None
        Of its homography, in pixels; None for other models, and where it is open.
    """

    method: str
    accepted: bool
    confidence: float
    num_matches: int
    num_inliers: int
    seconds: float
    model_confidence: float = 0.0
    log10_false_alarms: float = 0.0
    predicted_error: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class MatchResult:
    """Two images, their features and matches, the model that relates them, and the verdict.

    True if the images match.

    Parameters
    ----------
    image0, image1 : Image
        As worked on; their ``size`` is that of the originals, to which all points belong.
    features0, features1 : Features
    matches : Matches
        Right and wrong ones; ``geometry.inliers`` tells them apart.
    geometry : TwoViewGeometry
    verdict : Verdict
    method : str
        The method whose answer this is.
    seed : int
    seconds : mapping of str to float
        Wall time of each stage: read, search (where one image is much smaller), extract, match,
        estimate; the method's own ones without the first two. A second
        look (`featmatch.second_look`) counts as matching.
    steps : tuple of Step
        The methods tried, in order; one unless the method was ``"auto"``.
    stopped : {"only step", "sure", "no surer", "last step", "out of time"}
        Why no other method was tried: it was the only one asked for, its verdict and its model are
        sure, two methods found maps that are about equally probable, there was no other, or the
        time that was allowed did not suffice for another. After the last, ``"out of time"``, the
        answer is the best so far.
    models : mapping of str to Evidence
        The homography and the fundamental matrix, and the model asked for, each with its evidence;
        ``geometry`` is one of theirs.
    pose : RelativePose or None
        How camera 1 stands to camera 0, where both are known: x1 ~ K1 (R X + t).
    part : SharedPart or None
        Where the one thing lies that the images share, if the verdict is ``"part"``; or what was
        laid over both, if that is all that they share.
    """

    image0: Image
    image1: Image
    features0: Features
    features1: Features
    matches: Matches
    geometry: TwoViewGeometry
    verdict: Verdict
    method: str
    seed: int
    seconds: Mapping[str, float]
    steps: tuple[Step, ...] = ()
    stopped: Stop = "only step"
    models: Mapping[Kind, Evidence] = field(default_factory=dict)
    pose: RelativePose | None = None
    part: SharedPart | None = None

    @classmethod
    def of(
        cls,
        pair: MatchedPair,
        found: Verification,
        options: MatchOptions,
        seconds: Mapping[str, float],
    ) -> MatchResult:
        """Return what is known of a pair after its verification."""
        return cls(
            image0=pair.view0.image,
            image1=pair.view1.image,
            features0=pair.features0,
            features1=pair.features1,
            matches=pair.matches,
            geometry=found.chosen.geometry,
            verdict=found.verdict,
            method=pair.features0.method,
            seed=options.seed,
            seconds=seconds,
            models=found.models,
            pose=found.pose,
            part=found.part,
        )

    def __post_init__(self) -> None:
        if len(self.geometry.inliers) != len(self.matches):
            raise ArgumentError(
                f"geometry: expected {len(self.matches)} inlier flags, one a match, "
                f"got {len(self.geometry.inliers)}"
            )
        if not self.steps:
            object.__setattr__(self, "steps", (self._as_step(),))

    def __bool__(self) -> bool:
        """Whether the images show the same thing, as far as the matches tell: the verdict."""
        return self.verdict.accepted

    def _as_step(self) -> Step:
        return Step(
            method=self.method,
            accepted=self.verdict.accepted,
            confidence=self.verdict.confidence,
            num_matches=len(self.matches),
            num_inliers=self.num_inliers,
            seconds=sum(
                value for stage, value in self.seconds.items() if stage not in ("read", "search")
            ),
            model_confidence=self.verdict.model_confidence,
            log10_false_alarms=self.verdict.log10_false_alarms,
            predicted_error=self.predicted_error,
        )

    @property
    def points0(self) -> npt.NDArray[np.float32]:
        """(M, 2) matched points in image 0, in pixels of the original."""
        return self.features0.keypoints[self.matches.indices[:, 0]]

    @property
    def points1(self) -> npt.NDArray[np.float32]:
        """(M, 2) matched points in image 1, in pixels of the original."""
        return self.features1.keypoints[self.matches.indices[:, 1]]

    @property
    def inliers(self) -> npt.NDArray[np.bool_]:
        """(M,) the inliers: see `TwoViewGeometry.inliers`."""
        return self.geometry.inliers

    @property
    def num_inliers(self) -> int:
        """Number of inliers."""
        return self.geometry.num_inliers

    @property
    def homography(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) map of image 0 to image 1, or None."""
        return self.geometry.homography

    @property
    def fundamental(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) fundamental matrix in pixels, or None."""
        return self.geometry.fundamental

    @property
    def predicted_error(self) -> float | None:
        """How far off the homography is expected to be in pixels; None if that is not known."""
        error = self.geometry.predicted_error
        return error if error is not None and np.isfinite(error) else None

    def error_percentile(self, percent: float) -> float | None:
        """Pixels that so many percent of the inliers' residuals do not exceed; None without any."""
        errors = self.geometry.residuals[self.inliers]
        return float(np.percentile(errors, percent)) if len(errors) else None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, strings and lists; `featmatch.report.JSON_KEYS` explains."""
        from featmatch.report.match.document import match_document

        return match_document(self)

    def save(self, path: str | PathLike[str], *, outliers: bool = False) -> None:
        """Write the result in the form that the path's ending asks for.

        Parameters
        ----------
        path : str or path
            Ending in .html for a page that can be touched, .png, .svg or .pdf for a picture, .json,
            .csv or .npz for numbers. The file appears whole or not at all.
        outliers : bool
            Draw the wrong matches into pictures too.

        Raises
        ------
        ValueError
            The ending is none of these.
        OutputError
            The file cannot be written.
        """
        from featmatch.report.match.save import save_match

        save_match(self, path, outliers=outliers)

    def plot(self, *, outliers: bool = False) -> Figure:
        """Draw both images with the inliers, and the model as the outline of image 0 in image 1.

        Parameters
        ----------
        outliers : bool
            Draw the wrong matches too.

        Returns
        -------
        matplotlib.figure.Figure
            Not connected to any window.
        """
        from featmatch.report.match.picture import plot_match

        return plot_match(self, outliers=outliers)

    def __repr__(self) -> str:
        from featmatch.report.match.text import match_line

        return f"<MatchResult: {match_line(self)}>"

    def _repr_html_(self) -> str:
        from featmatch.report.match.notebook import match_html

        return match_html(self)
