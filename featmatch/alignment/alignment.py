"""One image laid over another: where each point goes, and how far off it is expected to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.alignment.canvas import CANVAS_KINDS, Canvas, CanvasKind
from featmatch.alignment.field import Field
from featmatch.alignment.resample import resample
from featmatch.alignment.warp import Warp
from featmatch.checks import check_choice, check_flag
from featmatch.errors import FeatmatchError
from featmatch.images.image import Image
from featmatch.images.original import Original
from featmatch.result import MatchResult
from featmatch.types import Array

_SIDE = 100  # points along each side of the fixed image, where it is looked whether they overlap


@dataclass(frozen=True, eq=False, repr=False)
class Alignment:
    """The moving image laid over the fixed one; false, with the reason, where that is nonsense.

    Parameters
    ----------
    match : MatchResult
        Of the moving image, 0, and the fixed one, 1.
    warp : Warp or None
        Where each point lies in the other image.
    reason : str
        Why there is no warp, or how good it is.
    originals : pair of Original
        Both images at their full size and depth.
    held_out : (N,) float64
        By how much patches of the images that were held out (matches, where too few patches are
        alike) are off, in pixels of the fixed image.
    expected_error : float or None
        Standard deviation of a point under the warp in pixels of the fixed image, on average over
        what was compared.
    agreement : float or None
        Share, from 0 to 1, of the patches that both images show and that look alike; None where
        too few were seen.
    seconds : mapping of str to float
        Wall time of each stage: those of the match, and align.
    """

    match: MatchResult
    warp: Warp | None
    reason: str
    originals: tuple[Original, Original]
    held_out: npt.NDArray[np.float64]
    expected_error: float | None
    agreement: float | None
    seconds: Mapping[str, float]

    def __bool__(self) -> bool:
        """Whether the moving image could be laid over the fixed one."""
        return self.warp is not None

    @property
    def moving(self) -> Image:
        """The moving image, as worked on."""
        return self.match.image0

    @property
    def fixed(self) -> Image:
        """The fixed image, as worked on."""
        return self.match.image1

    @property
    def kind(self) -> str:
        """Of the warp, see `featmatch.alignment.warp.Warp`; ``"none"`` without one."""
        return "none" if self.warp is None else self.warp.kind

    @property
    def matrix(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) map of the moving image to the fixed one; None for a field, or without a warp."""
        return None if self.warp is None or self.warp.field is not None else self.warp.matrix

    @property
    def field(self) -> Field | None:
        """What bends the fixed image before a matrix takes it to the moving one; None without."""
        return None if self.warp is None else self.warp.field

    def error_percentile(self, percent: float) -> float | None:
        """Pixels of the fixed image that so many percent of the held-out errors do not exceed."""
        return float(np.percentile(self.held_out, percent)) if len(self.held_out) else None

    @cached_property
    def overlap(self) -> float:
        """Share of the fixed image, from 0 to 1, that the moving one covers."""
        if self.warp is None:
            return 0.0
        shares = (np.arange(_SIDE) + 0.5) / _SIDE
        lines = (side * shares - 0.5 for side in self.fixed.size)
        points = np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)
        there = self.warp.to_moving(points)
        last = np.subtract(self.moving.size, 0.5)
        return float(np.mean(((there >= -0.5) & (there <= last)).all(axis=1)))

    def to_fixed(self, points: npt.ArrayLike) -> Array:
        """Take points of the moving image to the fixed one.

        Parameters
        ----------
        points : (N, 2) float
            (x, y) in pixels of the upright original.

        Returns
        -------
        (N, 2) float64
            NaN for what lies beyond the horizon of a homography.

        Raises
        ------
        FeatmatchError
            There is no warp.
        """
        return self._known_warp.to_fixed(np.asarray(points, np.float64).reshape(-1, 2))

    def to_moving(self, points: npt.ArrayLike) -> Array:
        """Take points of the fixed image to the moving one; see `to_fixed`."""
        return self._known_warp.to_moving(np.asarray(points, np.float64).reshape(-1, 2))

    def canvas(self, kind: CanvasKind = "fixed", *, crop: bool = False) -> Canvas:
        """Return the rectangle of pixels that pictures of this alignment have.

        Parameters
        ----------
        kind : {"fixed", "union"}
            That of the fixed image, or what shows all of both.
        crop : bool
            Only its largest rectangle that both images fill.

        Raises
        ------
        ArgumentError
            The union would be far too large, or nothing is left.
        FeatmatchError
            There is no warp.
        """
        check_choice("canvas", kind, CANVAS_KINDS)
        check_flag("crop", crop)
        warp = self._known_warp
        whole = Canvas.of_fixed(self.fixed.size)
        if kind == "union" and not crop:
            return Canvas.of_both(warp, self.moving.size, self.fixed.size)
        if not crop:
            return whole
        aligned, fixed = self.pictures(whole)
        covered = np.ones(aligned.colors.shape[:2], bool)
        for each in (aligned, fixed):
            if each.opacity is not None:
                covered &= each.opacity > 0
        return whole.within(covered)

    def pictures(self, canvas: Canvas) -> tuple[Original, Original]:
        """Return the moving image and the fixed one on a canvas, each of its own depth."""
        return self.aligned(canvas), canvas.with_fixed(self.originals[1])

    def aligned(self, canvas: Canvas | None = None) -> Original:
        """Return the moving image on the pixels of the fixed one, or on another canvas.

        Returns
        -------
        Original
            ``colors`` of the moving image's depth, ``opacity`` 0 where it shows nothing.
        """
        where = Canvas.of_fixed(self.fixed.size) if canvas is None else canvas
        return resample(self.originals[0], self.moving.size, self._known_warp, where)

    @property
    def _known_warp(self) -> Warp:
        if self.warp is None:
            raise FeatmatchError(f"not aligned: {self.reason}")
        return self.warp

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; `featmatch.report.ALIGNMENT_JSON_KEYS` explains."""
        from featmatch.report.alignment.document import alignment_document

        return alignment_document(self)

    def save(
        self, *paths: str | PathLike[str], canvas: CanvasKind = "fixed", crop: bool = False
    ) -> None:
        """Write the alignment in the forms that the paths' endings ask for, all or none.

        Parameters
        ----------
        paths : str or path
            .png .tif .tiff .webp .jpg .jpeg: the moving image on the canvas, at full depth where
            the form has it, transparent where it shows nothing; with .difference, .side-by-side or
            .checkerboard before that, both images; .gif: both in turn; .html: a page that lays one
            over the other and on which every match can be touched; .json: everything but the
            pixels; .csv: the matrix; .wld .pgw .jgw .tfw: the matrix of a map that is affine, as a
            world file of the moving image.
        canvas : {"fixed", "union"}
            The pixels of the fixed image, or what shows all of both.
        crop : bool
            Only the largest rectangle that both images fill.

        Raises
        ------
        ArgumentError
            An ending is none of these, or its form cannot hold this alignment.
        OutputError
            A file cannot be written.
        """
        from featmatch.report.alignment.save import save_alignment

        save_alignment(self, *paths, canvas=canvas, crop=crop)

    def __repr__(self) -> str:
        from featmatch.report.alignment.text import alignment_line

        return f"<Alignment: {alignment_line(self)}>"

    def _repr_html_(self) -> str:
        from featmatch.report.alignment.notebook import alignment_html

        return alignment_html(self)
