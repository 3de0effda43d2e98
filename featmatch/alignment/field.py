"""A smooth field of moves over an image: a tensor product of cubic B-splines.

C. de Boor, "A practical guide to splines", 1978; for images S. Lee, G. Wolberg and S. Y. Shin,
"Scattered data interpolation with multilevel B-splines", TVCG 3, 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np

from featmatch.types import Array

_DEGREE = 3
_STIFFNESS = 1e-3  # of the weight of all points for each control point: what none of them says
_FAINT = 1e-6  # of that: what keeps the equations solvable
_NUM_ROUNDS = 30  # of Newton's method, at most
_EXACT = 1e-6  # px
_CHECKS = 3  # points between neighboring control points where the field is looked at
LEAST_AREA = 0.1  # of a pixel after the moves; less is nearly a fold


@dataclass(frozen=True, eq=False)
class Field:
    """Moves of the points of an image, without a jump or a bend; constant beyond its border.

    Attributes
    ----------
    size : (width, height)
        Of the image in pixels.
    controls : (rows, columns, 2) float64
        Moves of the control points in pixels; the splines come near them.
    """

    size: tuple[int, int]
    controls: Array

    @property
    def num_spans(self) -> int:
        """Polynomial pieces along the longer side."""
        return int(max(self.controls.shape[:2])) - _DEGREE

    def moves(self, points: Array) -> Array:
        """(N, 2) moves of (N, 2) points."""
        rows, columns = self.controls.shape[:2]
        design = field_design(self.size, (rows, columns), points)
        return np.asarray(design @ self.controls.reshape(-1, 2))

    def on_grid(self, x: Array, y: Array) -> Array:
        """(len(y), len(x), 2) moves of the points of a grid."""
        spans = _spans(self.size, self.controls.shape[:2])
        along_x, along_y = (
            _basis(line, span, num)
            for line, span, num in zip((x, y), spans, self.controls.shape[1::-1], strict=True)
        )
        return np.stack([along_y @ one @ along_x.T for one in np.moveaxis(self.controls, 2, 0)], -1)

    def jacobians(self, points: Array) -> Array:
        """(N, 2, 2) derivatives of the moved point by the point."""
        shape = self.controls.shape[:2]
        along_x, along_y = _bases(self.size, shape, points)
        slope_x, slope_y = _bases(self.size, shape, points, slopes=True)
        found = np.zeros((len(points), 2, 2)) + np.eye(2)
        for axis, (rows, columns) in enumerate(((along_y, slope_x), (slope_y, along_x))):
            found[:, :, axis] += np.einsum(
                "nr,nc,rca->na", rows, columns, self.controls, optimize=True
            )
        return found

    def folds(self) -> bool:
        """Whether the moves turn a part of the image over, or shrink it to next to nothing."""
        rows, columns = self.controls.shape[:2]
        x, y = np.meshgrid(
            np.linspace(0, self.size[0] - 1, _CHECKS * columns),
            np.linspace(0, self.size[1] - 1, _CHECKS * rows),
        )
        areas = np.linalg.det(self.jacobians(np.column_stack([x.ravel(), y.ravel()])))
        return bool(areas.min() < LEAST_AREA)

    def unmoved(self, moved: Array) -> Array:
        """(N, 2) points that the moves take to these; the field must not fold."""
        points = moved - self.moves(moved)
        for _ in range(_NUM_ROUNDS):
            errors = points + self.moves(points) - moved
            if not len(errors) or np.abs(errors).max() < _EXACT:
                break
            points = points - np.linalg.solve(self.jacobians(points), errors[..., None])[..., 0]
        return points


def field_shape(size: tuple[int, int], num_spans: int) -> tuple[int, int]:
    """(rows, columns) of control points, for so many polynomial pieces along the longer side."""
    span = max(size) / num_spans
    return ceil(size[1] / span) + _DEGREE, ceil(size[0] / span) + _DEGREE


def field_design(size: tuple[int, int], shape: tuple[int, int], points: Array) -> Array:
    """(N, rows * columns) weights of the control points in the moves of (N, 2) points."""
    along_x, along_y = _bases(size, shape, points)
    return (along_y[:, :, None] * along_x[:, None, :]).reshape(len(points), -1)


def _spans(size: tuple[int, int], shape: tuple[int, ...]) -> tuple[float, float]:
    """Length in pixels of a piece along x and along y."""
    rows, columns = shape
    return size[0] / (columns - _DEGREE), size[1] / (rows - _DEGREE)


def _bases(
    size: tuple[int, int], shape: tuple[int, ...], points: Array, *, slopes: bool = False
) -> tuple[Array, Array]:
    rows, columns = shape
    span_x, span_y = _spans(size, shape)
    return (
        _basis(points[:, 0], span_x, columns, slopes=slopes),
        _basis(points[:, 1], span_y, rows, slopes=slopes),
    )


def _basis(places: Array, span: float, num: int, *, slopes: bool = False) -> Array:
    """(N, num) values of the cubic B-splines at places, or their slopes."""
    last = num - _DEGREE
    along = (np.asarray(places, np.float64) + 0.5) / span
    inside = along.clip(0, last)
    piece = np.minimum(np.floor(inside).astype(np.int64), last - 1)
    t = inside - piece
    if slopes:
        values = np.stack(
            [-((1 - t) ** 2) / 2, (3 * t**2 - 4 * t) / 2, (1 + 2 * t - 3 * t**2) / 2, t**2 / 2], -1
        )
        values *= ((along == inside) / span)[:, None]
    else:
        values = np.stack(
            [
                (1 - t) ** 3 / 6,
                (3 * t**3 - 6 * t**2 + 4) / 6,
                (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6,
                t**3 / 6,
            ],
            -1,
        )
    basis = np.zeros((len(t), num))
    np.put_along_axis(basis, piece[:, None] + np.arange(_DEGREE + 1), values, axis=1)
    return basis


@cache
def stiffness(rows: int, columns: int) -> Array:
    """Quadratic form of how much neighboring control points bend, along both axes and mixed.

    To be multiplied by the weight of all points together.
    """
    bend_x, bend_y = (np.diff(np.eye(num), 2, axis=0) for num in (columns, rows))
    twist_x, twist_y = (np.diff(np.eye(num), 1, axis=0) for num in (columns, rows))
    parts = (
        (np.kron(np.eye(rows), bend_x), 1.0),
        (np.kron(bend_y, np.eye(columns)), 1.0),
        (np.kron(twist_y, twist_x), 2.0),
    )
    num = rows * columns
    bending = np.asarray(sum(weight * part.T @ part for part, weight in parts))
    form: Array = _STIFFNESS / num * (bending + _FAINT * np.eye(num))
    form.setflags(write=False)
    return form
