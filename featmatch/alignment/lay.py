"""From a match to the warp that lays one image over the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.equations import Frame
from featmatch.alignment.fit import LEAST_POINTS, fit_warp
from featmatch.alignment.held_out import Fitted, choose_warp, fit_held_out
from featmatch.alignment.laid import Laid
from featmatch.alignment.smooth_matches import smooth_matches
from featmatch.alignment.warp import WARP_KINDS, Warp, WarpKind
from featmatch.geometry.accuracy import overlap_grid
from featmatch.geometry.least_squares import fit_affine
from featmatch.geometry.polish import between_working_pixels, length_scale
from featmatch.geometry.residuals import Matrix
from featmatch.images.view import View
from featmatch.result import MatchResult
from featmatch.threads import one_blas_thread
from featmatch.types import Array

LEAST_BLOCKS = 3 * LEAST_POINTS  # fewer say less than the matches
_NEARLY_ALL = 0.9  # of the blocks: then nothing bends that a field would be tried for
_COARSE_TO_FINE = ((3, 4, 6), (4, 3, 1))  # pieces of a field, and rounds, at each size
_KEPT = 0.9  # of the blocks have to agree still, for a correction to be one
_MORE = 1.1  # times as many blocks as agree with a flat map, that a field has to have
_TOO_FEW = 0.5  # of the blocks agree: what is off is perhaps farther off, or shows edges alone
_MANY_MORE = 1.5  # times as many blocks by edges as by gray levels, where edges are alike alone


@dataclass(frozen=True, eq=False)
class Lain:
    """The warp that was found, and what it was found from.

    Attributes
    ----------
    fitted : Fitted
    blocks : Blocks
        Patches of the images or, where too few agree, matches.
    of_images : bool
        Whether they are patches.
    """

    fitted: Fitted
    blocks: Blocks
    of_images: bool

    @property
    def known_errors(self) -> Array:
        """(N,) held-out errors in pixels, of edges only if there is hardly anything else."""
        pinned = self.blocks.pinned
        lengths = self.fitted.lengths
        return lengths[pinned] if np.count_nonzero(pinned) >= LEAST_POINTS else lengths


@one_blas_thread()
def lay(result: MatchResult, views: tuple[View, View], model: str, start: Matrix) -> Lain | None:
    """Find the warp of the moving image, 0, to the fixed one, 1.

    A homography is corrected by blocks of the images, or of their edges where only these are alike.
    Where the blocks do not agree with it nearly everywhere, a field is fitted to the matches that
    move as their neighbors do, and corrected by blocks, too; it is taken if clearly more of them
    agree with it. Of the kinds that are allowed the one is taken that does best for blocks that
    were held out (`choose_warp`).

    Parameters
    ----------
    result : MatchResult
    views : pair of View
    model : {"auto", "translation", "similarity", "affine", "homography", "field"}
    start : (3, 3) float
        Maps image 0 to image 1, nearly.

    Returns
    -------
    Lain or None
        None if nothing fixes a warp of that kind.
    """
    kinds = _kinds(model)
    size = result.image1.size
    laid = _laid(views, start)
    warp, blocks = Warp("homography", start), None
    if laid is not None:
        laid, warp, blocks = _compared(laid, warp, size)
        if "field" in kinds and (blocks.agreement or 0.0) < _NEARLY_ALL:
            bent = _bent(laid, result, warp.matrix, size)
            if bent is not None and len(bent[1]) > _MORE * len(blocks):
                warp, blocks = bent
    of_images = blocks is not None and len(blocks) >= LEAST_BLOCKS
    if blocks is None or not of_images:
        blocks = _matched(result, start)
    flat = replace(warp, field=None)
    fitted = choose_warp(kinds, blocks, flat, size)
    if fitted is None:
        return None
    if of_images and laid is not None and fitted.warp.kind == "field":
        again = laid.blocks(fitted.warp, whole=True)  # nearer to 0, and so better known
        refitted = fit_held_out(Frame("field", flat, size, fitted.num_spans), again)
        if refitted is not None and len(again) >= _KEPT * len(blocks):
            return Lain(refitted, again, of_images)
    return Lain(fitted, blocks, of_images)


def starting_matrix(result: MatchResult) -> Matrix | None:
    """Return the homography of a match, or an affine map of the matches that agree with lines."""
    plane = result.models.get("homography")
    if plane is not None and plane.geometry.matrix is not None and plane.flaw is None:
        return plane.geometry.matrix
    if result.homography is not None:
        return result.homography
    points0, points1 = (
        np.asarray(points[result.inliers], np.float64)
        for points in (result.points0, result.points1)
    )
    return fit_affine(points0, points1)


def _kinds(model: str) -> tuple[WarpKind, ...]:
    """Return the kinds that are tried; a field is laid over the best of the stiffer ones."""
    if model == "auto":
        return WARP_KINDS
    return tuple(kind for kind in WARP_KINDS if kind == model)


def _laid(views: tuple[View, View], matrix: Matrix) -> Laid | None:
    image0, image1 = views[0].image, views[1].image
    mapping = between_working_pixels(image0, image1, matrix)
    if mapping is None:
        return None
    (height0, width0), (height1, width1) = (each.pixels.shape[:2] for each in (image0, image1))
    grid = overlap_grid(mapping, (width0, height0), (width1, height1))
    return Laid.of(*views, length_scale(mapping, grid)) if len(grid) else None


def _compared(laid: Laid, warp: Warp, size: tuple[int, int]) -> tuple[Laid, Warp, Blocks]:
    """Correct a homography by what both show alike: gray levels or, where few are, edges."""
    by_levels, blocks = _corrected(laid, warp, size)
    if (blocks.agreement or 0.0) >= _TOO_FEW:
        return laid, by_levels, blocks
    edges = laid.edges()
    by_edges, others = _corrected(edges, warp, size)
    if len(others) > _MANY_MORE * len(blocks):
        return edges, *_corrected(edges, by_edges, size)
    return laid, by_levels, blocks


def _corrected(laid: Laid, warp: Warp, size: tuple[int, int]) -> tuple[Warp, Blocks]:
    """Correct a homography by blocks, those of half the size first if few agree with it."""
    blocks = laid.blocks(warp)
    if (blocks.agreement or 0.0) < _TOO_FEW:
        nearer = fit_warp(Frame("homography", warp, size), laid.halved().blocks(warp))
        if nearer is not None:
            again = laid.blocks(nearer)
            if len(again) > len(blocks):
                warp, blocks = nearer, again
    better = (
        fit_warp(Frame("homography", warp, size), blocks) if len(blocks) >= LEAST_BLOCKS else None
    )
    if better is None:
        return warp, blocks
    again = laid.blocks(better)
    return (better, again) if len(again) >= _KEPT * len(blocks) else (warp, blocks)


def _bent(
    laid: Laid, result: MatchResult, matrix: Matrix, size: tuple[int, int]
) -> tuple[Warp, Blocks] | None:
    """Fit a field to matches, then to blocks: coarse and stiff ones first, which reach farther."""
    rows = smooth_matches(result.points0, result.points1, matrix, result.image1.pixel_size)
    matched = Blocks.of_matches(result.points0[rows], result.points1[rows])
    flat = Warp("homography", matrix)
    fitted = choose_warp(("field",), matched, flat, size)
    if fitted is None:
        return None
    warp, half = fitted.warp, laid.halved()
    for one, num_spans, num_rounds in zip(
        (half.halved(), half, laid), *_COARSE_TO_FINE, strict=True
    ):
        for _ in range(num_rounds):
            blocks = one.blocks(warp, whole=True)
            warp = fit_warp(Frame("field", flat, size, num_spans), blocks) or warp
    return warp, laid.blocks(warp, whole=True)


def _matched(result: MatchResult, matrix: Matrix) -> Blocks:
    """Take the matches that agree with the model, or move as their neighbors do."""
    rows = np.flatnonzero(result.inliers)
    if result.homography is None:
        rows = smooth_matches(result.points0, result.points1, matrix, result.image1.pixel_size)
    return Blocks.of_matches(result.points0[rows], result.points1[rows])
