"""What the two images of a training pair share: points of the scene, and the border of image 0."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.learned.training.pairs import TrainingPair
from featmatch.learned.training.relation import OnePlane
from featmatch.learned.training.views import SQUARE, Floats

_MAX_STEPS = 100  # of a grid of points, along each side
_MARGIN = 0.03  # of an image's side: where no points are laid, as they would be seen in part
_NUM_SIDE_POINTS = 100  # of a border: so many that it is drawn up to the camera's plane


def correspondences(pair: TrainingPair, max_num: int) -> tuple[Floats, Floats]:
    """Lay the finest grid over image 0 that has no more than so many points seen in both images.

    Parameters
    ----------
    pair : TrainingPair
    max_num : int

    Returns
    -------
    points0, points1 : ndarray (N, 2) float64
        The same points of the scene in image 0 and in image 1.
    """
    size = len(pair.image0)
    best = np.empty((0, 2))
    for num_steps in range(1, _MAX_STEPS + 1):
        steps = (np.arange(num_steps) + 0.5) / num_steps * size - 0.5
        points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        points = points[_inside(pair.relation.there(points), size)]
        if len(points) > max_num:
            break
        best = points
    return best, pair.relation.there(best)


def border_in_image1(pair: TrainingPair) -> Floats:
    """Follow the border of image 0 in image 1.

    Returns
    -------
    ndarray (N, 2) float64
        Points along it; NaN where it is not in front of the camera. None where the images show more
        than one plane, as a border is a line on one.
    """
    if not isinstance(pair.relation, OnePlane):
        return np.zeros((0, 2))
    size = len(pair.image0)
    along = np.linspace(0, 1, _NUM_SIDE_POINTS)[:, None]
    corners = size * SQUARE + (size - 1) / 2
    sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    border = np.concatenate([(1 - along) * start + along * end for start, end in sides])
    mapped = np.column_stack([border, np.ones(len(border))]) @ pair.relation.homography.T
    mapped[mapped[:, 2] <= 0] = np.nan
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _inside(points: Floats, size: int) -> npt.NDArray[np.bool_]:
    margin = _MARGIN * size - 0.5
    return np.asarray(np.all((points > margin) & (points < size - 1 - margin), axis=1))
