"""Points of one image and where the other shows the same, each with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch.types import Array


@dataclass(frozen=True, eq=False)
class Blocks:
    """Points of the moving image and where the fixed image shows the same.

    Attributes
    ----------
    moving, fixed : (N, 2) float64
        In pixels of the originals.
    information : (N, 2, 2) float64
        Inverse covariance of each one's place in the fixed image in 1 / px^2, up to a factor that
        is common to all.
    pinned : (N,) bool
        Those of which the place is known along both axes: no edges.
    agreement : float or None
        Share, from 0 to 1, that they are of all blocks that show something; None where that was
        not looked at.
    """

    moving: Array
    fixed: Array
    information: Array
    pinned: npt.NDArray[np.bool_]
    agreement: float | None = None

    @classmethod
    def of_matches(cls, moving: Array, fixed: Array) -> Blocks:
        """Take matches, of which each is as sure as the others."""
        information = np.broadcast_to(np.eye(2), (len(moving), 2, 2))
        points = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
        return cls(*points, information, np.ones(len(moving), bool))

    def __len__(self) -> int:
        return len(self.fixed)

    def __getitem__(self, rows: Array) -> Blocks:
        """Return some of them: by their rows, or a flag for each."""
        names = ("moving", "fixed", "information", "pinned")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})
