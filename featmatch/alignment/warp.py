"""Where each point of one image lies in the other: a matrix, and a field where that falls short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from featmatch.alignment.field import Field
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.types import Array

WarpKind = Literal["translation", "similarity", "affine", "homography", "field"]
WARP_KINDS: tuple[WarpKind, ...] = get_args(WarpKind)
"""From the stiffest to the most supple."""


@dataclass(frozen=True, eq=False)
class Warp:
    """Takes points of the moving image to the fixed one, and back.

    Points beyond the horizon of a homography become NaN.

    Attributes
    ----------
    kind : {"translation", "similarity", "affine", "homography", "field"}
    matrix : (3, 3) float64
        Maps the moving image to the fixed one; with a field, to where that moves the points of the
        fixed image.
    field : Field or None
        Moves over the fixed image.
    """

    kind: WarpKind
    matrix: Matrix
    field: Field | None = None

    def to_fixed(self, points: Array) -> Array:
        """(N, 2) points of the moving image in the fixed one, in pixels of the originals."""
        flat = _seen(self.matrix, points)
        if self.field is None:
            return flat
        there = np.isfinite(flat).all(axis=1)
        flat[there] = self.field.unmoved(flat[there])
        return flat

    def errors(self, moving: Array, fixed: Array) -> Array:
        """(N, 2) by how much points of the moving image come to lie off those of the fixed one.

        In pixels of the fixed image; with a field, as it is at those of the fixed one.
        """
        flat = _seen(self.matrix, moving) - fixed
        return flat if self.field is None else flat - self.field.moves(fixed)

    def to_moving(self, points: Array) -> Array:
        """(N, 2) points of the fixed image in the moving one, in pixels of the originals."""
        moved = points if self.field is None else points + self.field.moves(points)
        return _seen(np.linalg.inv(self.matrix), moved)

    def places(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Where the points of a grid over the fixed image lie in the moving one.

        Parameters
        ----------
        x, y : (W,) and (H,) float
            In pixels of the original; so are the places.

        Returns
        -------
        (H, W) float64, twice
            Along x and along y; NaN beyond the horizon.
        """
        inverse = np.linalg.inv(self.matrix)
        inverse *= np.sign(np.linalg.det(inverse))
        along_x, along_y = x[None, :], y[:, None]
        if self.field is not None:
            moves = self.field.on_grid(x, y)
            along_x, along_y = along_x + moves[..., 0], along_y + moves[..., 1]
        top, left, depth = (row[0] * along_x + (row[1] * along_y + row[2]) for row in inverse)
        depth = np.where(depth > 0, depth, np.nan)
        return top / depth, left / depth

    def jacobians(self, points: Array) -> Array:
        """(N, 2, 2) derivatives of `to_moving` by the points of the fixed image."""
        inverse = np.linalg.inv(self.matrix)
        moved = points if self.field is None else points + self.field.moves(points)
        depths = moved @ inverse[2, :2] + inverse[2, 2]
        numerators = inverse[:2, :2] - transfer(inverse, moved)[:, :, None] * inverse[2, :2]
        flat: Array = numerators / depths[:, None, None]
        return flat if self.field is None else flat @ self.field.jacobians(points)


def _seen(matrix: Array, points: Array) -> Array:
    """Map points; NaN for those that no camera shows, as they are beyond the horizon."""
    mapped = transfer(matrix, points)
    depths = np.sign(np.linalg.det(matrix)) * (points @ matrix[2, :2] + matrix[2, 2])
    mapped[~(depths > 0)] = np.nan
    return mapped
