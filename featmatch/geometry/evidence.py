"""Weigh the models of one pair of images, and choose between a plane and depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

from featmatch.geometry.false_alarms import extent, independent_matches, log10_false_alarms
from featmatch.geometry.models import MODELS
from featmatch.geometry.plausibility import epipolar_flaw, map_flaw
from featmatch.types import Array, TwoViewGeometry

PLANE_FACTOR = 1.7


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
        Why no camera could have seen what the model says; empty if one could.
    """

    geometry: TwoViewGeometry
    log10_false_alarms: float
    flaw: str = ""


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
    agreeing0, agreeing1 = points0[geometry.inliers], points1[geometry.inliers]
    if MODELS[geometry.kind].is_map:
        flaw = map_flaw(geometry.matrix, agreeing0)
    else:
        flaw = epipolar_flaw(agreeing0, agreeing1)
    return Evidence(geometry, surprise, flaw)


def choose(homography: Evidence, fundamental: Evidence) -> Evidence:
    """Choose between a homography (a plane, or a camera that only turned) and a fundamental matrix.

    On a plane both models explain the same matches, and a homography, which pins a point down in
    two dimensions instead of one, gets about twice the exponent of false alarms. With depth it
    loses the matches off its plane. So the homography is chosen where its exponent is at least 1.7
    times the other's. The exponents are those of Moisan & Stival (2004); comparing models by their
    numbers of false alarms follows P. Moulon, P. Monasse and R. Marlet, "Adaptive structure from
    motion with a contrario model estimation", ACCV 2012; the factor was measured on pairs with
    known geometry.

    Returns
    -------
    Evidence
        One of the two, with the reason in its geometry.
    """
    h, f = homography.log10_false_alarms, fundamental.log10_false_alarms
    plane = bool(homography.geometry) and (h <= PLANE_FACTOR * f or not fundamental.geometry)
    chosen = homography if plane else fundamental
    if not chosen.geometry:
        return homography
    if h == f == 0:
        reason = "neither model agrees with more matches than chance explains"
        return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
    sign = ">=" if plane else "<"
    reason = (
        f"exponent of the false alarms {abs(h):,.0f} for a homography, "
        f"{abs(f):,.0f} for a fundamental matrix; "
        f"ratio {sign} {PLANE_FACTOR}"
    )
    return replace(chosen, geometry=replace(chosen.geometry, reason=reason))
