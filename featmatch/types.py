"""The values that flow through featmatch: features, matches, geometry and verdict.

All are frozen dataclasses, checked once when made; their arrays are read-only. Points are (x, y)
in pixels of the upright original image, the center of the top-left pixel is (0, 0), and image 0
maps to image 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice, check_number, check_size, check_type
from featmatch.errors import ArgumentError, ArgumentTypeError

Array = npt.NDArray[Any]
Points = npt.NDArray[np.floating[Any]]
Norm = Literal["l2", "hamming", "hamming2"]
Kind = Literal["homography", "fundamental", "essential", "affine", "similarity", "none"]
VerdictKind = Literal["scene", "part", "none"]


def set_array(
    owner: object,
    name: str,
    dtype: npt.DTypeLike,
    shape: tuple[int | str, ...],
    *,
    infinite: bool = False,
) -> None:
    """Check a field and make it a read-only array; a letter in `shape` stands for any length."""
    wanted = np.dtype(dtype)
    try:
        array = np.asarray(getattr(owner, name))
    except ValueError:
        raise ArgumentError(
            f"{name}: expected {wanted} values, got rows of different lengths"
        ) from None
    if not np.can_cast(array.dtype, wanted, "same_kind" if wanted.kind == "f" else "safe"):
        raise ArgumentTypeError(f"{name}: expected {wanted} values, got {array.dtype}")
    fits = array.ndim == len(shape) and all(
        isinstance(want, str) or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join(map(str, shape))
        raise ArgumentError(f"{name}: expected shape ({expected}), got {array.shape}")
    if np.isnan(array).any() or not (infinite or np.isfinite(array).all()):
        raise ArgumentError(f"{name}: expected finite values, got NaN or infinity")
    if array.flags.writeable or array.dtype != wanted:
        array = array.astype(wanted)  # a copy: what was checked does not change any more
        array.flags.writeable = False
    object.__setattr__(owner, name, array)


@dataclass(frozen=True, eq=False)
class Features:
    """Keypoints of one image and their descriptors.

    Parameters
    ----------
    keypoints : (N, 2) float32
        Positions in pixels of the original image.
    descriptors : (N, D) float32 or (N, B) uint8
        Unit vectors for the norm ``"l2"``, packed bits for ``"hamming"`` and ``"hamming2"``.
    scores : (N,) float32
        Strength of the detector's answer, larger is better.
    scales : (N,) float32
        Diameter of the described neighborhood in pixels of the original image.
    angles : (N,) float32
        Orientation in radians, from the x axis toward the y axis.
    image_size : (width, height)
        Of the upright original image, in pixels.
    method : str
        The name of the method that found them.
    norm : {"l2", "hamming", "hamming2"}
        The distance that the descriptors are made for.
    pixel_size : float
        Side of a pixel of the image that the detector saw, in pixels of the original (1 unless
        the image was made smaller): the grain of the coordinates.
    frames : (N, 2, 2) float32, optional
        Maps the unit circle to the border of what is described, in pixels of the original image:
        an ellipse for keypoints of tilted views. None: a circle of the scale, turned by the angle
        (`featmatch.frames.frames_of`).
    """

    keypoints: npt.NDArray[np.float32]
    descriptors: npt.NDArray[np.float32] | npt.NDArray[np.uint8]
    scores: npt.NDArray[np.float32]
    scales: npt.NDArray[np.float32]
    angles: npt.NDArray[np.float32]
    image_size: tuple[int, int]
    method: str
    norm: Norm = "l2"
    pixel_size: float = 1.0
    frames: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        check_choice("norm", self.norm, get_args(Norm))
        check_size("image_size", self.image_size)
        check_number("pixel_size", self.pixel_size, above=0)
        set_array(self, "keypoints", np.float32, ("N", 2))
        num = len(self.keypoints)
        set_array(self, "descriptors", np.float32 if self.norm == "l2" else np.uint8, (num, "D"))
        for name in ("scores", "scales", "angles"):
            set_array(self, name, np.float32, (num,))
        if self.frames is not None:
            set_array(self, "frames", np.float32, (num, 2, 2))

    def __len__(self) -> int:
        return len(self.keypoints)

    def __repr__(self) -> str:
        width, height = self.image_size
        return f"Features({len(self)} {self.method} keypoints in {width} x {height} px)"


@dataclass(frozen=True, eq=False)
class Matches:
    """Pairs of keypoints whose descriptors are alike.

    Parameters
    ----------
    indices : (M, 2) int64
        Keypoint of image 0 and keypoint of image 1, ordered by the first.
    distances : (M,) float32
        Between the descriptors, smaller is better: Euclidean in [0, 2] or a number of bits.
    ratios : (M,) float32
        Distance to the nearest divided by the distance to the second nearest neighbor, in
        [0, 1]; 1 where the nearest is as good as ambiguous or has no rival to be compared with.
    candidates, seeds : Matches, optional
        Of matches that were chosen by how they lie, what tells how much they are evidence of, as
        they agree with each other by the choice: all that they were chosen from, and those of these
        that were chosen first, before others were looked for beside them. None: not chosen so.
    """

    indices: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]
    ratios: npt.NDArray[np.float32]
    candidates: Matches | None = None
    seeds: Matches | None = None

    def __post_init__(self) -> None:
        set_array(self, "indices", np.int64, ("M", 2))
        if (self.indices < 0).any():
            raise ArgumentError("indices: expected numbers of keypoints from 0, got negative ones")
        for name in ("distances", "ratios"):
            set_array(self, name, np.float32, (len(self.indices),))
        for name in ("candidates", "seeds"):
            if getattr(self, name) is not None:
                check_type(name, getattr(self, name), Matches)
        if (self.candidates is None) != (self.seeds is None):
            raise ArgumentError("seeds: expected some exactly where there are candidates")

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, rows: Array) -> Matches:
        """Return some of the matches: by their rows, or a flag for each."""
        return replace(
            self,
            indices=self.indices[rows],
            distances=self.distances[rows],
            ratios=self.ratios[rows],
        )

    def __repr__(self) -> str:
        return f"Matches({len(self)})"


@dataclass(frozen=True, eq=False)
class TwoViewGeometry:
    """What relates two images; false where no model was found.

    Parameters
    ----------
    kind : {"homography", "fundamental", "essential", "affine", "similarity", "none"}
        The model; ``"none"`` where none was found.
    matrix : (3, 3) float64 or None
        Maps points of image 0 to image 1 for a homography, an affine map and a similarity; gives
        ``x1.T @ matrix @ x0 = 0`` for a fundamental matrix (in pixels) and an essential matrix
        (in calibrated coordinates).
    inliers : (M,) bool
        The matches whose residual is at most `max_error`; all False without a model. Of an
        epipolar model of images that match, those of them alone that look alike around both
        points, where most do (`featmatch.geometry.alike`).
    residuals : (M,) float64
        Pixels of the original images: the larger of the two transfer errors for maps, the larger
        of the two distances to the epipolar lines otherwise; infinite without a model.
    max_error : float
        The bound on an inlier's residual, in pixels of the original images.
    reason : str
        Why there is no model, or how the model was chosen.
    intrinsics0, intrinsics1 : (3, 3) float64 or None
        The cameras' matrices, where the model is an essential matrix.
    predicted_error : float or None
        How far off a homography is expected to take a point that both images show, from its
        covariance, in pixels of image 1; None for other models.
    """

    kind: Kind
    matrix: npt.NDArray[np.float64] | None
    inliers: npt.NDArray[np.bool_]
    residuals: npt.NDArray[np.float64]
    max_error: float
    reason: str = ""
    intrinsics0: npt.NDArray[np.float64] | None = None
    intrinsics1: npt.NDArray[np.float64] | None = None
    predicted_error: float | None = None

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(Kind))
        if (self.kind == "none") != (self.matrix is None):
            raise ArgumentError(
                f"matrix: expected None exactly for the kind 'none', got {self.kind}"
            )
        for name in ("matrix", "intrinsics0", "intrinsics1"):
            if getattr(self, name) is not None:
                set_array(self, name, np.float64, (3, 3))
        set_array(self, "inliers", np.bool_, ("M",))
        set_array(self, "residuals", np.float64, (len(self.inliers),), infinite=True)

    def __bool__(self) -> bool:
        return self.matrix is not None

    def __repr__(self) -> str:
        if not self:
            return f"TwoViewGeometry(none: {self.reason})"
        return f"TwoViewGeometry({self.kind}, {self.num_inliers} of {len(self.inliers)} inliers)"

    @property
    def num_inliers(self) -> int:
        """Number of inliers."""
        return int(self.inliers.sum())

    @property
    def num_agreeing(self) -> int:
        """Number of matches whose residual is at most `max_error`, however they look."""
        return int((self.residuals <= self.max_error).sum())

    @property
    def median_error(self) -> float | None:
        """Median residual of the inliers in pixels, or None without any."""
        return float(np.median(self.residuals[self.inliers])) if self.num_inliers else None

    @property
    def homography(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) map of image 0 to image 1, or None; affine maps and similarities are maps too."""
        return self.matrix if self.kind in ("homography", "affine", "similarity") else None

    @property
    def fundamental(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) fundamental matrix in pixels, or None; made from an essential matrix too."""
        if self.intrinsics0 is None or self.intrinsics1 is None or self.kind != "essential":
            return self.matrix if self.kind == "fundamental" else None
        calibration0, calibration1 = (
            np.linalg.inv(self.intrinsics0),
            np.linalg.inv(self.intrinsics1),
        )
        matrix: npt.NDArray[np.float64] = calibration1.T @ np.asarray(self.matrix) @ calibration0
        return matrix / np.linalg.norm(matrix)


@dataclass(frozen=True)
class Verdict:
    """Whether the two images show the same thing, and whether the model of it is right.

    Parameters
    ----------
    kind : {"scene", "part", "none"}
        As far as the matches tell, they show the same place or thing, over what both of them show;
        they share one thing, a logo, a poster, a form, in pictures of something else; or nothing.
    confidence : float
        Probability in [0, 1] that they show or share the same, where as many pairs do as do not.
    log10_false_alarms : float
        Logarithm of the number of models at least as good that unrelated images would give by
        chance; smaller is surer, 0 is no evidence at all. A model that no camera could have seen
        is rejected however small it is.
    reason : str
        The verdict in words.
    model_confidence : float
        Probability in [0, 1] that the model is right: that it takes points to where the other
        image shows them, or to the line they lie on, within 5 pixels of the images worked on.
    ambiguous : bool
        Other maps fit as well, and nothing in the images tells them from the one reported: what
        they show repeats.
    """

    kind: VerdictKind
    confidence: float
    log10_false_alarms: float
    reason: str
    model_confidence: float = 0.0
    ambiguous: bool = False

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(VerdictKind))
        for name in ("confidence", "model_confidence"):
            check_number(name, getattr(self, name), 0, 1)

    @property
    def accepted(self) -> bool:
        """Whether they show or share the same thing."""
        return self.kind != "none"

    def __bool__(self) -> bool:
        return self.accepted
