"""Features of an image seen from the side: its views as a tilted plane would show them.

Detectors keep what they find under rotation and zoom, not under strong tilt. So the tilt is
simulated: the image is turned and squeezed in a few directions, and features are found in each of
these views (ASIFT: J.-M. Morel and G. Yu, "ASIFT: a new framework for fully affine invariant image
comparison", SIAM Journal on Imaging Sciences 2009). Keypoints are mapped back to the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer, check_number
from featmatch.errors import ArgumentTypeError
from featmatch.features.extractor import Extractor
from featmatch.features.opencv_extractor import MAX_KEYPOINTS
from featmatch.features.selection import joined, select_strongest, selected
from featmatch.features.tilted_view import TiltedView, tilted_view
from featmatch.frames import frames_of
from featmatch.images.image import Image, read_image
from featmatch.threads import parallel_map
from featmatch.types import Array, Features, Norm

MAX_SIZE = 16_384
"""Side in pixels of the largest image that views are made from: OpenCV warps no larger ones."""

_MAX_WORKERS = 2  # each holds a view and what the detector makes of it


@dataclass(frozen=True)
class AffineViews:
    """The features that a detector finds in an image and in tilted views of it.

    The image itself is looked at in the size worked on, the views are made from a smaller one. To
    tilt t belong ``pi t / rotation_step`` views: by default 4 to tilt 2 and 7 to tilt 4.

    Parameters
    ----------
    detector : Extractor
        What finds the features of each view, at most as many as its own options say.
    untilted : Extractor, optional
        What finds the features of the image itself, of the same kind. None takes the detector.
    max_keypoints : int
        The most that are kept of all views, those with the highest scores.
    max_size : int
        Limit in pixels to the longer side of the image that the views are made from.
    max_scale : float
        Limit to the same as a share of the image worked on, at most 1: what a view squeezes needs
        no fine detail.
    tilts : tuple of float
        How much narrower the views are than the image, each at least 1: a plane seen at an angle
        of ``arccos(1 / tilt)`` from its normal. An empty tuple leaves the image alone.
    rotation_step : float
        Between the directions of tilt 1, in radians; those of tilt t are t times as dense.
    """

    detector: Extractor
    untilted: Extractor | None = None
    max_keypoints: int = 16_000
    max_size: int = 600
    max_scale: float = 0.6
    tilts: tuple[float, ...] = (2.0, 4.0)
    rotation_step: float = 5 * np.pi / 9

    def __post_init__(self) -> None:
        check_integer("max_keypoints", self.max_keypoints, 0, MAX_KEYPOINTS)
        check_integer("max_size", self.max_size, 1, MAX_SIZE)
        check_number("max_scale", self.max_scale, 0.01, 1)
        check_number("rotation_step", self.rotation_step, 0.1, np.pi)
        if not isinstance(self.tilts, Sequence):
            raise ArgumentTypeError(
                f"tilts: expected numbers, as in (2.0, 4.0), got {self.tilts!r}"
            )
        for tilt in self.tilts:
            check_number("tilts", tilt, 1, 32)
        object.__setattr__(self, "tilts", tuple(self.tilts))

    @property
    def name(self) -> str:
        """The detector's name with ``affine-`` before it."""
        return f"affine-{self.detector.name}"

    @property
    def summary(self) -> str:
        """What the method is good for."""
        return f"{self.detector.name} in tilted views; for planes seen from the side"

    @property
    def descriptor(self) -> str:
        """What a descriptor consists of."""
        return self.detector.descriptor

    @property
    def needs(self) -> str:
        """The package that the detector needs; empty for none."""
        return self.detector.needs

    @property
    def unavailable(self) -> str | None:
        """What has to be installed for the detector, or None."""
        return self.detector.unavailable

    @property
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""
        return self.detector.norm

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image; see `Extractor.extract`.

        Frames are those of the views mapped back, ellipses. Scales are those of circles as large,
        and angles are those of the directions mapped back.
        """
        itself = (self.untilted or self.detector).extract(image, mask)
        views = self.extract_views(image, mask, self.sampled[1:])
        together = joined([_where_allowed(itself, image, mask), *views])
        strongest = select_strongest(together.scores, self.max_keypoints)
        return replace(selected(together, strongest), method=self.name)

    def extract_views(
        self,
        image: Image,
        mask: npt.NDArray[np.uint8] | None,
        views: Sequence[tuple[float, float]],
    ) -> list[Features]:
        """Find the features of some views of an image, all that the detector finds.

        Parameters
        ----------
        image, mask
            See `Extractor.extract`.
        views : sequence of (float, float)
            Tilt and rotation of each; see `tilted_view`.

        Returns
        -------
        list of Features
            Of each view.
        """
        longest = round(self.max_scale * max(image.pixels.shape[:2]))
        small = read_image(image.pixels, max_size=max(1, min(self.max_size, longest)))
        small_mask = None if mask is None else _resized(mask, small)

        def extract(tilt_and_rotation: tuple[float, float]) -> Features:
            view = tilted_view(small.pixels, *tilt_and_rotation, small_mask)
            height, width = view.pixels.shape[:2]
            shown = Image(view.pixels, (width, height), image.name)
            found = self.detector.extract(shown, view.usable)
            return _where_allowed(_mapped_back(found, view, small, image), image, mask)

        return parallel_map(extract, views, max_workers=_MAX_WORKERS)

    @property
    def sampled(self) -> tuple[tuple[float, float], ...]:
        """Tilt and rotation of each view; the first is the image itself."""
        views = [(1.0, 0.0)]
        for tilt in self.tilts:
            num_rotations = max(1, round(np.pi * tilt / self.rotation_step))
            views += [(tilt, np.pi * turn / num_rotations) for turn in range(num_rotations)]
        return tuple(views)


def _mapped_back(found: Features, view: TiltedView, small: Image, image: Image) -> Features:
    """Map features of a view of `small`, which is `image` made smaller, to the original image."""
    to_small, shift = np.linalg.inv(view.matrix[:, :2]), view.matrix[:, 2]
    points = image.to_original(small.to_original((found.keypoints - shift) @ to_small.T))
    linear = to_small / np.multiply(small.scale, image.scale)[:, None]
    directions: Array = np.column_stack([np.cos(found.angles), np.sin(found.angles)]) @ linear.T
    angles = np.arctan2(directions[:, 1], directions[:, 0])
    return replace(
        found,
        keypoints=points.astype(np.float32),
        scales=found.scales * np.sqrt(abs(np.linalg.det(linear))),
        angles=angles.astype(np.float32),
        frames=(linear @ frames_of(found)).astype(np.float32),
        image_size=image.size,
        pixel_size=image.pixel_size,
    )


def _resized(mask: npt.NDArray[np.uint8], image: Image) -> npt.NDArray[np.uint8]:
    size = image.pixels.shape[1], image.pixels.shape[0]
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _where_allowed(
    features: Features, image: Image, mask: npt.NDArray[np.uint8] | None
) -> Features:
    """Return the features whose keypoints lie where the mask of the image worked on is not 0."""
    if mask is None:
        return features
    columns, rows = np.rint(image.from_original(features.keypoints)).astype(np.int64).T
    height, width = mask.shape
    allowed: Array = mask[rows.clip(0, height - 1), columns.clip(0, width - 1)] != 0
    return selected(features, np.flatnonzero(allowed))
