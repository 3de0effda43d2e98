"""Whether a scene shows an object where it may lie, and where exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from featmatch.alignment.placement import Placement
from featmatch.alignment.sought import EXTRACTOR
from featmatch.alignment.upright import Upright
from featmatch.alignment.votes import Guess
from featmatch.crops.whole import Parts, parts_shown
from featmatch.geometry.calibration import same_scene_probability
from featmatch.geometry.false_alarms import log10_binomial_tail
from featmatch.geometry.outlines import image_border, warped_border
from featmatch.geometry.polish import Polished, polish_homography
from featmatch.geometry.residuals import Matrix
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.matching.matcher import Matcher
from featmatch.pipeline import Pipeline
from featmatch.result import MatchResult
from featmatch.types import Array, Points
from featmatch.verification import MatchOptions

PIPELINE = Pipeline(
    replace(EXTRACTOR, max_keypoints=3000), Matcher(min_rival_distance=10.0, min_spacing=2.0)
)
"""How an object and the part of a scene that may show it are matched: both are small."""

PLACED_BELOW = -8.0
"""log10 of the false alarms under which a place shows the object: scenes have many places, and
whoever looks in a thousand scenes wants no false one."""

MIRRORED_BY = 2.0
"""Times as large is the logarithm of the false alarms of what shows the mirror image: of pieces of
photographs, mirrored, it was 4.9 times and more, of others 0.14 times at most. Of a thing that is
its own mirror image it is the same."""

LOG10_PART = -1.0
"""Of the probability that a part of 9 x 9 px looks alike where something else is shown: one in ten,
twice what was seen in photographs, as edges and strokes of letters do."""


@dataclass(frozen=True, eq=False)
class Looker:
    """Looks at places of a scene, of which each may deceive.

    Parameters
    ----------
    scene : Image
        What the placements name as theirs.
    size : (width, height)
        Of the object.
    num_places : float
        How many places are looked at.
    options : MatchOptions
    """

    scene: Image
    size: tuple[int, int]
    num_places: float
    options: MatchOptions

    def by_votes(self, compared: Upright, guess: Guess) -> Placement | None:
        """Look where matches agree that an object lies: by matches, or else by its parts.

        Returns
        -------
        Placement or None
            None where it is not shown, or where its mirror image is.
        """
        placement = self._by_matches(compared) or self._by_parts(compared, guess)
        if placement is None or self._is_mirrored(compared, placement):
            return None
        return placement

    def _by_matches(self, compared: Upright) -> Placement | None:
        """Match an object with the part of a scene where it may lie.

        Returns
        -------
        Placement or None
            None where the verdict is that they do not show the same.
        """
        result = self._matched(compared, compared.part)
        log10 = self._log10(result.verdict.log10_false_alarms)
        if not result.verdict or log10 > PLACED_BELOW:
            return None
        points0 = compared.to_object(result.points0[result.inliers])
        points1 = compared.to_scene(result.points1[result.inliers])
        if result.homography is None:
            return self._with_depth(compared, points0, points1, log10)
        homography = compared.in_scene(result.homography)
        visible = result.models["homography"].patch_agreement or 0.0
        return self._on_plane(homography, points0, points1, log10, visible)

    def _by_parts(self, compared: Upright, guess: Guess) -> Placement | None:
        """Count the parts of an object that look alike where matches agree that it lies.

        That many look alike and that many matches agree are two surprises: the product of two
        probabilities is as small as p by chance with a probability of p (1 - ln p) (R. A. Fisher,
        "Statistical methods for research workers", section 21.1).

        Returns
        -------
        Placement or None
            None where both together are what chance explains.
        """
        polished, parts = self._polished(compared, guess.homography)
        log10 = guess.log10_chance + _log10_parts(parts)
        log10 += float(np.log10(1 - log10 * np.log(10)))
        visible = parts.num_alike / max(1, parts.num)
        return self._polished_placement(compared, polished, min(0.0, log10), visible)

    def by_pixels(self, compared: Upright, guess: Matrix) -> Placement | None:
        """Look whether each part of an object is shown where it may lie.

        Parameters
        ----------
        compared : Upright
        guess : (3, 3) float
            Of the object to the scene, in pixels of the originals; right within a few pixels.

        Returns
        -------
        Placement or None
            None where a part is not shown, or where there are so few parts that chance may have
            made them alike.
        """
        polished, parts = self._polished(compared, guess)
        if not parts.whole:
            return None
        log10 = self._log10(LOG10_PART * parts.num)
        return self._polished_placement(compared, polished, log10, 1.0)

    def _matched(self, compared: Upright, part: View, *, confirm: bool = True) -> MatchResult:
        features = (
            replace(compared.level.features, pixel_size=compared.enlarged),
            replace(PIPELINE.extract(part), pixel_size=compared.enlarged),
        )
        views = compared.level.view, part
        return PIPELINE.match_features(views, features, self.options, confirm=confirm)

    def _is_mirrored(self, compared: Upright, placement: Placement) -> bool:
        """Whether the mirror image of a part of a scene agrees far better.

        It is looked at however sure a placement is: of many places, one may show letters upside
        down that are their own mirror images, or some bricks of a wall.
        """
        mirrored = self._matched(compared, compared.part.mirrored(), confirm=False)
        log10 = self._log10(mirrored.verdict.log10_false_alarms)
        return log10 < MIRRORED_BY * placement.log10_false_alarms

    def _polished(self, compared: Upright, guess: Matrix) -> tuple[Polished, Parts]:
        polished = polish_homography(*compared.views, compared.of_level(guess))
        parts = parts_shown(*compared.views, polished.homography, enlarged=compared.enlarged)
        return polished, parts

    def _polished_placement(
        self, compared: Upright, polished: Polished, log10: float, visible: float
    ) -> Placement | None:
        if log10 > PLACED_BELOW:
            return None
        points0 = compared.to_object(polished.points0)
        points1 = compared.to_scene(polished.points1)
        homography = compared.in_scene(polished.homography)
        return self._on_plane(homography, points0, points1, log10, visible)

    def _log10(self, log10_false_alarms: float) -> float:
        return min(0.0, log10_false_alarms + float(np.log10(self.num_places)))

    def _on_plane(
        self, homography: Matrix, points0: Points, points1: Points, log10: float, visible: float
    ) -> Placement | None:
        seen = points0 if len(points0) else self._middle
        outline = warped_border(homography, self.size, seen)
        if len(outline) < 3 or not np.isfinite(outline).all():
            return None
        scale, angle = _scale_and_angle(homography, self._middle[0])
        return Placement(
            scene=self.scene,
            kind="plane",
            outline=outline,
            homography=homography,
            scale=scale,
            angle=angle,
            confidence=same_scene_probability(log10),
            log10_false_alarms=log10,
            visible=visible,
            points0=points0,
            points1=points1,
        )

    def _with_depth(
        self, compared: Upright, points0: Points, points1: Points, log10: float
    ) -> Placement:
        similarity = compared.into_scene @ compared.level.from_object
        scale, angle = _scale_and_angle(similarity, self._middle[0])
        (left, top), (right, bottom) = points1.min(axis=0), points1.max(axis=0)
        return Placement(
            scene=self.scene,
            kind="depth",
            outline=np.array([[left, top], [right, top], [right, bottom], [left, bottom]]),
            homography=None,
            scale=scale,
            angle=angle,
            confidence=same_scene_probability(log10),
            log10_false_alarms=log10,
            visible=0.0,
            points0=points0,
            points1=points1,
        )

    @property
    def _middle(self) -> Array:
        middle: Array = image_border(self.size).mean(axis=0, keepdims=True)
        return middle


def _log10_parts(parts: Parts) -> float:
    """Logarithm of the probability that so many of so many parts look alike by chance."""
    return log10_binomial_tail(parts.num_alike, parts.num, 10**LOG10_PART) if parts.num else 0.0


def share_in_common(outline0: Array, outline1: Array) -> float:
    """Area that two convex outlines have in common, of that of the smaller one."""
    first, second = (np.asarray(each, np.float32) for each in (outline0, outline1))
    areas = cv2.contourArea(first), cv2.contourArea(second)
    common, _ = cv2.intersectConvexConvex(first, second)
    return float(common / max(min(areas), 1e-6))


def _scale_and_angle(homography: Matrix, point: Array) -> tuple[float, float]:
    """Of the similarity that comes nearest to a homography at a point."""
    depth = homography[2, :2] @ point + homography[2, 2]
    mapped = (homography[:2, :2] @ point + homography[:2, 2]) / depth
    jacobian = (homography[:2, :2] - np.outer(mapped, homography[2, :2])) / depth
    scale = float(np.sqrt(abs(np.linalg.det(jacobian))))
    angle = np.arctan2(jacobian[1, 0] - jacobian[0, 1], jacobian[0, 0] + jacobian[1, 1])
    return scale, float(angle)
