"""The linear equations of a warp, summed part by part, so that each part can be held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.field import Field, field_design, field_shape, stiffness
from featmatch.alignment.warp import Warp, WarpKind
from featmatch.geometry.residuals import Matrix, normalization, transfer
from featmatch.types import Array

_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Frame:
    """What is fitted, and to what.

    Attributes
    ----------
    kind : str
        One of `WARP_KINDS`.
    start : Warp
        Nearly right; what a homography is a correction of, and what a field is laid over.
    size : (width, height)
        Of the fixed image in pixels.
    num_spans : int
        Of a field, see `field_shape`.
    """

    kind: WarpKind
    start: Warp
    size: tuple[int, int]
    num_spans: int = 0


@dataclass(frozen=True, eq=False)
class Equations:
    """Normal equations of a warp.

    Attributes
    ----------
    frame : Frame
    left, right : (P, K, K) and (P, K) float64
        Of each part of the blocks.
    before, after : (3, 3) float64
        What takes points of the moving and of the fixed image to where the equations hold.
    """

    frame: Frame
    left: Array
    right: Array
    before: Matrix
    after: Matrix

    @classmethod
    def of(
        cls, frame: Frame, blocks: Blocks, trust: Array, parts: npt.NDArray[np.int64]
    ) -> Equations:
        """Sum them over blocks, of which `trust` are weights, and `parts` numbers from 0."""
        information = blocks.information * trust[:, None, None]
        if frame.kind == "field":
            return cls._of_field(frame, blocks, information, parts)
        after, before = normalization(blocks.fixed), normalization(blocks.moving)
        if frame.kind == "translation":
            before = after
        elif frame.kind == "homography":
            before = after @ frame.start.matrix
        points, goal = transfer(before, blocks.moving), transfer(after, blocks.fixed)
        design = _design(frame.kind, points, goal)
        still = goal - points if frame.kind == "translation" else goal
        weighted = np.einsum("nab,nbi->nai", information, design)
        rows = [parts == part for part in range(parts.max(initial=0) + 1)]
        # einsum sums in a fixed order, whatever the number of threads.
        left = [np.einsum("nai,naj->ij", design[row], weighted[row]) for row in rows]
        right = [np.einsum("nai,na->i", weighted[row], still[row]) for row in rows]
        return cls(frame, np.stack(left), np.stack(right), before, after)

    @classmethod
    def _of_field(
        cls,
        frame: Frame,
        blocks: Blocks,
        information: Array,
        parts: npt.NDArray[np.int64],
    ) -> Equations:
        shape = field_shape(frame.size, frame.num_spans)
        design = field_design(frame.size, shape, blocks.fixed)
        moves = transfer(frame.start.matrix, blocks.moving) - blocks.fixed
        pulled = np.einsum("nab,nb->na", information, moves)
        num, num_parts = design.shape[1], int(parts.max(initial=0)) + 1
        left, right = np.empty((num_parts, 2, num, 2, num)), np.empty((num_parts, 2, num))
        for part in range(num_parts):
            row = parts == part
            own = design[row]
            for i, j in ((0, 0), (0, 1), (1, 1)):
                left[part, i, :, j] = (own * information[row, i, j, None]).T @ own
            left[part, 1, :, 0] = left[part, 0, :, 1].T
            right[part] = (own.T @ pulled[row]).T
        both = 2 * num
        return cls(
            frame,
            left.reshape(num_parts, both, both),
            right.reshape(num_parts, both),
            np.eye(3),
            np.eye(3),
        )

    def solved(self, but: int | None = None) -> Warp | None:
        """Solve them for all parts, or for all but one; None if they do not fix a warp."""
        left, right = self.left.sum(axis=0), self.right.sum(axis=0)
        if but is not None:
            left, right = left - self.left[but], right - self.right[but]
        frame = self.frame
        if frame.kind == "field":
            shape = field_shape(frame.size, frame.num_spans)
            for axis in (slice(0, len(left) // 2), slice(len(left) // 2, None)):
                left[axis, axis] += np.trace(left) * stiffness(*shape)
            controls = np.linalg.solve(left, right).reshape(2, *shape).transpose(1, 2, 0)
            return Warp("field", frame.start.matrix, Field(frame.size, controls))
        strength = np.trace(left)
        if not strength > 0 or np.linalg.matrix_rank(left / strength, _RANK_TOLERANCE) < len(left):
            return None
        found = _matrix(frame.kind, np.linalg.solve(left, right))
        matrix = np.linalg.inv(self.after) @ found @ self.before
        return Warp(frame.kind, matrix / matrix[2, 2])


def _design(kind: WarpKind, points: Array, goal: Array) -> Array:
    """(N, 2, K) derivatives of the mapped points by the parameters of a kind."""
    x, y = points.T
    no, one = np.zeros(len(x)), np.ones(len(x))
    along_x, along_y = {
        "translation": ([one, no], [no, one]),
        "similarity": ([one, no, x, -y], [no, one, y, x]),
        "affine": ([one, no, x, y, no, no], [no, one, no, no, x, y]),
        "homography": (
            [one, no, x, y, no, no, -goal[:, 0] * x, -goal[:, 0] * y],
            [no, one, no, no, x, y, -goal[:, 1] * x, -goal[:, 1] * y],
        ),
    }[kind]
    return np.stack([np.stack(along_x, axis=-1), np.stack(along_y, axis=-1)], axis=1)


def _matrix(kind: WarpKind, found: Array) -> Matrix:
    """Put the parameters of a kind into a matrix."""
    x, y, *turn = found
    if kind == "translation":
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    if kind == "similarity":
        a, b = turn
        return np.array([[a, -b, x], [b, a, y], [0, 0, 1]])
    a, b, c, d, *horizon = turn
    g, h = horizon or (0.0, 0.0)
    return np.array([[a, b, x], [c, d, y], [g, h, 1]])
