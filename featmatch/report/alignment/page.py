"""An alignment as a page: one image laid over the other, and the matches, which can be touched."""

from __future__ import annotations

import numpy as np

from featmatch.geometry.outlines import image_border
from featmatch.report.alignment.aligned import Aligned, Laying
from featmatch.report.alignment.text import alignment_facts, alignment_line
from featmatch.report.touch.page import touch_page
from featmatch.report.touch.pair import Lattice, PicturePair, Relation, Touched
from featmatch.types import Array

_STEPS = 16  # of the outline along each side of the moving image, which a field bends


def alignment_page(result: Aligned) -> bytes:
    """Show an alignment as a page: with a border to move, in turn, and as a difference.

    Every match is a point that shows its partner, and agrees if the alignment takes it there; a
    click anywhere shows where that point lies in the other image.

    Parameters
    ----------
    result : Aligned

    Returns
    -------
    bytes
        HTML that needs no other file and no network; see `touch_page`.
    """
    head, _ = alignment_line(result).split(": ", 1)
    return touch_page(
        Touched(
            title=f"{head[0].upper()}{head[1:]}",
            lead=f"{result.reason[0].upper()}{result.reason[1:]}.",
            facts=alignment_facts(result),
            tables=(),
            pairs=(PicturePair(result.moving, result.fixed, (_relation(result),)),),
            laid_first=True,
        )
    )


def _relation(result: Aligned) -> Relation:
    match, warp = result.match, result.warp
    if warp is None:
        return Relation("not aligned", match.points0, match.points1, match.inliers)
    sizes = result.moving.size, result.fixed.size
    residuals = np.linalg.norm(warp.to_fixed(match.points0) - match.points1, axis=1)
    return Relation(
        label="alignment",
        points0=match.points0,
        points1=match.points1,
        inliers=residuals <= match.geometry.max_error,
        measures={"residual (px)": residuals, "ratio to the second nearest": match.matches.ratios},
        homography=result.matrix,
        lattice=None if result.field is None else Lattice.of(warp.to_fixed, warp.to_moving, *sizes),
        outline1=_outline(warp, sizes[0]),
        error=result.expected_error,
    )


def _outline(warp: Laying, size: tuple[int, int]) -> Array:
    """(K, 2) border of the moving image in the fixed one, without what is beyond a horizon."""
    corners = image_border(size)
    shares = np.arange(_STEPS)[:, None] / _STEPS
    sides = np.roll(corners, -1, axis=0) - corners
    border = (corners[:, None] + sides[:, None] * shares).reshape(-1, 2)
    there = warp.to_fixed(border)
    return np.asarray(there[np.isfinite(there).all(axis=1)])
