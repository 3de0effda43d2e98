"""Weigh the models of one pair of images, and choose between a plane and depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.false_alarms import agreeing_matches, model_false_alarms
from featmatch.geometry.models import MODELS
from featmatch.geometry.patches import NUM_CORNERS
from featmatch.geometry.plausibility import Flaw, epipolar_flaw, map_flaw, neighbor_consistency
from featmatch.geometry.polish import Polished
from featmatch.geometry.shares import share_interval
from featmatch.types import TwoViewGeometry

PLANE_FACTOR = 1.7
SURE_AGREEMENT = 0.6
NEARLY_ALL = 0.95  # of the patches: depth, or what moves, would be seen in more of the others
SURE_CONSISTENCY = 0.95
SURE_LINES = -30.0  # log10 of the false alarms: the neighbors of fewer matches say little
LARGEST_SAMPLE = 300  # matches whose neighbors are looked at: all their distances are computed


@dataclass(frozen=True, eq=False)
class Evidence:
    """A model and what speaks for it.

    Attributes
    ----------
    geometry : TwoViewGeometry
        The model, or none.
    log10_false_alarms : float
        See `log10_false_alarms`; 0 without a model.
    flaw : Flaw or None
        Why no two views of a scene are related as the model says; None if some can be.
    patch_agreement : float or None
        Of a homography: the share, from 0 to 1, of the patches in the part that both images show
        which look alike there; see `polish_homography`. None where the images were not looked at,
        or there was nothing to look at.
    clear_agreement : float or None
        The same among the patches that show more than noise, where not most of all look alike.
    patch_correlation : float or None
        Median of the patches that look alike; None where none does.
    epipolar_ratio : float or None
        Of a homography: `log10_false_alarms` of the fundamental matrix divided by its own. About
        0.5 on a plane, more where there is depth; None where there is no fundamental matrix
        without a flaw.
    neighbor_consistency : float or None
        Of a model of epipolar lines: the share of the matches that move with their neighbors; see
        `neighbor_consistency` of `featmatch.geometry.plausibility`. None for maps.
    inverted : bool
        Of a homography: whether bright and dark have changed places, as in a negative.
    pixel_size : float
        Side of a pixel of image 1 as worked on, in pixels of the original.
    num_patches : int
        Number of patches that `patch_agreement` is a share of; as many as are looked for.
    num_elsewhere : int
        Of a homography that was found as colors speak for it: matches that agree with the one that
        was found first, which shows the same shapes some periods further; else 0.
    told_apart : bool
        Of a homography of what repeats: colors tell it from all maps that look alike.
    rivals : tuple of Polished
        Of a homography: maps that nothing in the images tells from it; see
        `featmatch.geometry.ambiguity`.
    """

    geometry: TwoViewGeometry
    log10_false_alarms: float
    flaw: Flaw | None = None
    patch_agreement: float | None = None
    clear_agreement: float | None = None
    patch_correlation: float | None = None
    epipolar_ratio: float | None = None
    neighbor_consistency: float | None = None
    inverted: bool = False
    pixel_size: float = 1.0
    num_patches: int = NUM_CORNERS
    num_elsewhere: int = 0
    told_apart: bool = False
    rivals: tuple[Polished, ...] = ()

    @property
    def plausible(self) -> bool:
        """Whether nothing but chance speaks against the model."""
        return bool(self.geometry) and not self.flaw

    @property
    def alike(self) -> float | None:
        """Share of what both images would show, noise aside, that looks alike; None: not known."""
        return self.patch_agreement if self.clear_agreement is None else self.clear_agreement

    @property
    def beyond_doubt(self) -> bool:
        """Whether not even a mirror image could agree so well; what is symmetric can a little."""
        if self.neighbor_consistency is not None:
            enough = self.log10_false_alarms <= SURE_LINES
            return enough and self.plausible and self.neighbor_consistency >= SURE_CONSISTENCY
        return self.plausible and (self.told_apart or self.sure_agreement >= SURE_AGREEMENT)

    @property
    def sure_agreement(self) -> float:
        """`patch_agreement`, less what so few patches leave more open than many would; 0: unknown.

        What is left open are the lower ends of `share_interval`.
        """
        share = self.patch_agreement or 0.0
        of_many, of_these = (
            share_interval(share, num)[0] for num in (NUM_CORNERS, self.num_patches)
        )
        return max(0.0, share - max(0.0, of_many - of_these))


def weigh(geometry: TwoViewGeometry, matched: Correspondences) -> Evidence:
    """Weigh one model by its number of false alarms among independent matches.

    Parameters
    ----------
    geometry : TwoViewGeometry
        Estimated from the matches given.
    matched : Correspondences
        Right and wrong ones.

    Returns
    -------
    Evidence
    """
    if not geometry or geometry.matrix is None:
        return Evidence(geometry, 0.0)
    log10 = model_false_alarms(geometry, matched)
    if MODELS[geometry.kind].is_map:
        size0, size1 = matched.pixel_sizes
        working = np.diag([1 / size1, 1 / size1, 1]) @ geometry.matrix @ np.diag([size0, size0, 1])
        flaw = map_flaw(working, matched.points0[geometry.inliers] / size0)
        return Evidence(geometry, log10, flaw, pixel_size=size1)
    agreeing = agreeing_matches(geometry, matched, LARGEST_SAMPLE)
    consistency = neighbor_consistency(agreeing.points0, agreeing.points1)
    flaw = epipolar_flaw(agreeing.points0, agreeing.points1, consistency)
    return Evidence(geometry, log10, flaw, neighbor_consistency=consistency)


def choose(homography: Evidence, fundamental: Evidence) -> Evidence:
    """Choose between a homography (a plane, or a camera that only turned) and a fundamental matrix.

    On a plane both models explain the same matches, and a homography, which pins a point down in
    two dimensions instead of one, gets about twice the `log10_false_alarms`. With depth it loses
    the matches off its plane. So the homography is chosen where its number is at least 1.7 times
    the other's, or where it has no flaw and the other has one. Where nearly all patches of the part
    that both images show agree with the homography, there is no depth to be seen in them either:
    then it is chosen whatever the matches say. The numbers are those of Moisan &
    Stival (2004); comparing models by their numbers of false alarms follows P. Moulon, P.
    Monasse and R. Marlet, "Adaptive structure from motion with a contrario model estimation", ACCV
    2012; the factor was measured on pairs with known geometry.

    Returns
    -------
    Evidence
        One of the two, with the reason in its geometry.
    """
    h, f = homography.log10_false_alarms, fundamental.log10_false_alarms
    sound = homography.flaw is None
    flawed = fundamental.flaw is not None and sound
    seen = (homography.patch_agreement or 0.0) >= NEARLY_ALL and sound
    plane = bool(homography.geometry) and (
        h <= PLANE_FACTOR * f or flawed or seen or not fundamental.geometry
    )
    chosen = homography if plane else fundamental
    if not chosen.geometry:
        return homography
    if h == f == 0:
        reason = "neither model agrees with more matches than chance explains"
        return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
    sign = ">=" if h <= PLANE_FACTOR * f else "<"
    reason = (
        f"log10 of the false alarms {h:z,.0f} for a homography, "
        f"{f:z,.0f} for a fundamental matrix; "
        f"ratio {sign} {PLANE_FACTOR}"
    )
    if plane and sign == "<" and fundamental.flaw:
        reason += f", but the latter {fundamental.flaw.text}"
    elif plane and sign == "<" and seen:
        percent = 100 * (homography.patch_agreement or 0.0)
        reason += (
            f", but {percent:.0f} % of the patches that both images show agree with the former"
        )
    return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
