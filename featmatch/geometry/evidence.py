"""Weigh the models of one pair of images, and choose between a plane and depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

from featmatch.geometry.false_alarms import extent, independent_matches, log10_false_alarms
from featmatch.geometry.models import MODELS
from featmatch.geometry.plausibility import epipolar_flaw, map_flaw, share_together
from featmatch.types import Array, TwoViewGeometry

PLANE_FACTOR = 1.7
LEAST_SUPPORT = 0.5  # share of patches found plus rivalry: about 1 on a plane, 0.3 for a logo
SURE_FOUND = 0.6
SURE_TOGETHER = 0.95
LARGEST_SAMPLE = 300  # matches whose neighbors are looked at


@dataclass(frozen=True, eq=False)
class Evidence:
    """A model and what speaks for it.

    Attributes
    ----------
    geometry : TwoViewGeometry
        The model, or none.
    log10_false_alarms : float
        See `log10_false_alarms`; 0 without a model.
    flaw : str
        Why no two views of a scene are related as the model says; empty if some can be.
    found : float or None
        Of a homography: the share, from 0 to 1, of the patches in the part that both images show
        which look alike there; see `polish_homography`. None where the images were not looked at.
    rivalry : float or None
        Of a homography: the exponent of the fundamental matrix's false alarms divided by that of
        its own. About 0.5 on a plane, more where there is depth; None where there is no
        fundamental matrix without a flaw.
    together : float or None
        Of a model of epipolar lines: the share of the matches that move with their neighbors; see
        `share_together`. None for maps.
    """

    geometry: TwoViewGeometry
    log10_false_alarms: float
    flaw: str = ""
    found: float | None = None
    rivalry: float | None = None
    together: float | None = None

    @property
    def believed(self) -> bool:
        """Whether nothing but chance speaks against the model.

        A homography that few patches agree with describes one small thing in both images, a logo
        or a plane in a scene with depth. The latter has a fundamental matrix to speak for it.
        """
        return bool(self.geometry) and not self.flaw and not self.small

    @property
    def small(self) -> bool:
        """Whether a homography holds for a small part of what both images would show."""
        if self.found is None:
            return False
        return self.found + (self.rivalry or 0.0) < LEAST_SUPPORT

    @property
    def beyond_doubt(self) -> bool:
        """Whether not even a mirror image could agree so well; what is symmetric can a little."""
        if self.together is not None:
            return self.believed and self.together >= SURE_TOGETHER
        return self.believed and self.found is not None and self.found >= SURE_FOUND


def weigh(
    geometry: TwoViewGeometry,
    points0: Array,
    points1: Array,
    ratios: Array,
    *,
    pixel_size: float = 1.0,
) -> Evidence:
    """Weigh one model by its number of false alarms among independent matches.

    Parameters
    ----------
    geometry : TwoViewGeometry
        Estimated from the matches given.
    points0, points1 : (M, 2) float
        The matched points, right and wrong, in pixels.
    ratios : (M,) float
        Of the matches, smaller is better.
    pixel_size : float
        Of the coarser image, see `Features`.

    Returns
    -------
    Evidence
    """
    if not geometry or geometry.matrix is None:
        return Evidence(geometry, 0.0)
    independent = independent_matches(points0, points1, ratios, pixel_size=pixel_size)
    surprise = log10_false_alarms(
        geometry.kind,
        geometry.residuals[independent],
        extent(points0[independent], pixel_size=pixel_size),
        extent(points1[independent], pixel_size=pixel_size),
        pixel_size=pixel_size,
    )
    if MODELS[geometry.kind].is_map:
        flaw = map_flaw(geometry.matrix, points0[geometry.inliers])
        return Evidence(geometry, surprise, flaw)
    agreeing = independent[geometry.inliers[independent]][:LARGEST_SAMPLE]
    agreeing0, agreeing1 = points0[agreeing], points1[agreeing]
    together = share_together(agreeing0, agreeing1)
    flaw = epipolar_flaw(agreeing0, agreeing1, together)
    return Evidence(geometry, surprise, flaw, together=together)


def choose(homography: Evidence, fundamental: Evidence) -> Evidence:
    """Choose between a homography (a plane, or a camera that only turned) and a fundamental matrix.

    On a plane both models explain the same matches, and a homography, which pins a point down in
    two dimensions instead of one, gets about twice the exponent of false alarms. With depth it
    loses the matches off its plane. So the homography is chosen where its exponent is at least 1.7
    times the other's, or where it has no flaw and the other has one. The exponents are those of
    Moisan & Stival (2004); comparing models by their numbers of false alarms follows P. Moulon, P.
    Monasse and R. Marlet, "Adaptive structure from motion with a contrario model estimation", ACCV
    2012; the factor was measured on pairs with known geometry.

    Returns
    -------
    Evidence
        One of the two, with the reason in its geometry.
    """
    h, f = homography.log10_false_alarms, fundamental.log10_false_alarms
    flawed = bool(fundamental.flaw) and not homography.flaw
    plane = bool(homography.geometry) and (
        h <= PLANE_FACTOR * f or flawed or not fundamental.geometry
    )
    chosen = homography if plane else fundamental
    if not chosen.geometry:
        return homography
    if h == f == 0:
        reason = "neither model agrees with more matches than chance explains"
        return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
    sign = ">=" if h <= PLANE_FACTOR * f else "<"
    reason = (
        f"exponent of the false alarms {abs(h):,.0f} for a homography, "
        f"{abs(f):,.0f} for a fundamental matrix; "
        f"ratio {sign} {PLANE_FACTOR}"
    )
    if plane and sign == "<":
        reason += f", but the latter {fundamental.flaw}"
    return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
