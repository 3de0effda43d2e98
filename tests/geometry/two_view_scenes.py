"""Pairs of views whose geometry is known, and residuals computed the slow and obvious way."""

from dataclasses import dataclass
from math import cos, hypot, inf, sin

import cv2
import numpy as np

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator

SIZE = (800, 600)


@dataclass(frozen=True, eq=False)
class Scene:
    """Matches, right and wrong, the model behind the right ones, and the cameras if there are."""

    kind: str
    matrix: np.ndarray
    points0: np.ndarray
    points1: np.ndarray
    exact1: np.ndarray
    is_right: np.ndarray
    camera0: np.ndarray | None = None
    camera1: np.ndarray | None = None

    @property
    def cameras(self):
        return {"intrinsics0": self.camera0, "intrinsics1": self.camera1}


def random_points(rng, num):
    return rng.uniform((0, 0), SIZE, (num, 2))


def random_map(rng, kind):
    """A map that turns, scales, and shears or foreshortens moderately, about the image center."""
    angle, scale = rng.uniform(-np.pi, np.pi), np.exp(rng.uniform(-0.6, 0.6))
    turned = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    matrix = np.eye(3)
    matrix[:2, :2] = turned
    if kind != "similarity":
        matrix[:2, :2] = turned @ (np.eye(2) + rng.uniform(-0.25, 0.25, (2, 2)))
    if kind == "homography":
        matrix[2, :2] = rng.uniform(-5e-4, 5e-4, 2)
    center = np.eye(3)
    center[:2, 2] = SIZE[0] / 2, SIZE[1] / 2
    shift = np.eye(3)
    shift[:2, 2] = rng.uniform(-60, 60, 2)
    matrix = shift @ center @ matrix @ np.linalg.inv(center)
    return matrix / matrix[2, 2]


def cross_matrix(vector):
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def unit(matrix):
    """Scale to norm 1 and a positive largest entry, so that equal models are equal matrices."""
    matrix = matrix / np.linalg.norm(matrix)
    return matrix * np.sign(matrix.flat[np.abs(matrix).argmax()])


def random_cameras(rng):
    """Two camera matrices, rotation and translation of X1 = R X0 + t."""
    cameras = [
        np.array([[f, 0, 400 + u], [0, f * stretch, 300 + v], [0, 0, 1]])
        for f, stretch, u, v in rng.uniform((600, 0.95, -20, -20), (1000, 1.05, 20, 20), (2, 4))
    ]
    rotation, _ = cv2.Rodrigues(rng.uniform(-0.15, 0.15, 3))
    translation = np.array([1.0, *rng.uniform(-0.4, 0.4, 2)])
    return *cameras, rotation, translation


def views_of_depth(rng, num, cameras):
    """The same space points, 4 to 10 baselines away, in both images."""
    camera0, camera1, rotation, translation = cameras
    pixels = np.column_stack([random_points(rng, num), np.ones(num)])
    space = (pixels @ np.linalg.inv(camera0).T) * rng.uniform(4, 10, (num, 1))
    seen = (space @ rotation.T + translation) @ camera1.T
    return pixels[:, :2], seen[:, :2] / seen[:, 2:]


def make_scene(kind, seed, *, num=150, wrong=0.4, noise=0.5):
    """A random scene; a share `wrong` of the matches leads anywhere in image 1."""
    rng = np.random.default_rng(seed)
    camera0 = camera1 = None
    if kind in ("fundamental", "essential"):
        cameras = random_cameras(rng)
        camera0, camera1, rotation, translation = cameras
        points0, exact1 = views_of_depth(rng, num, cameras)
        essential = cross_matrix(translation) @ rotation
        fundamental = np.linalg.inv(camera1).T @ essential @ np.linalg.inv(camera0)
        matrix = unit(essential if kind == "essential" else fundamental)
    else:
        matrix = random_map(rng, kind)
        points0 = random_points(rng, num)
        exact1 = cv2.perspectiveTransform(points0[None], matrix)[0]
    is_right = np.ones(num, bool)
    is_right[rng.permutation(num)[: round(wrong * num)]] = False
    points1 = exact1 + rng.normal(0, noise, (num, 2))
    points1[~is_right] = random_points(rng, num)[~is_right]
    return Scene(kind, matrix, points0, points1, exact1, is_right, camera0, camera1)


def slow_map_residual(matrix, point0, point1):
    """Of one match: map it there and back, one coordinate at a time."""

    def distance(matrix, source, target):
        x, y, w = (row[0] * source[0] + row[1] * source[1] + row[2] for row in matrix)
        return hypot(x / w - target[0], y / w - target[1]) if w else inf

    return max(distance(matrix, point0, point1), distance(np.linalg.inv(matrix), point1, point0))


def slow_epipolar_residual(fundamental, point0, point1):
    """Of one match: distance of each point to its line, between two points drawn on the line."""

    def distance(line, point):
        a, b, c = line
        foot = -c * np.array([a, b]) / (a * a + b * b)
        along = np.array([-b, a]) / hypot(a, b)
        offset = np.asarray(point) - foot
        return abs(along[0] * offset[1] - along[1] * offset[0])

    x0, x1 = np.append(point0, 1.0), np.append(point1, 1.0)
    return max(distance(fundamental @ x0, point1), distance(fundamental.T @ x1, point0))


def slow_residuals(geometry, points0, points1):
    """Of all matches, from nothing but a geometry's public matrix."""
    if geometry.fundamental is not None:
        slow, matrix = slow_epipolar_residual, geometry.fundamental
    else:
        slow, matrix = slow_map_residual, geometry.homography
    return np.array([slow(matrix, *pair) for pair in zip(points0, points1, strict=True)])


def estimate_points(
    kind, points0, points1, *, seed=0, intrinsics0=None, intrinsics1=None, **options
):
    """Estimate a model of points, with cameras where there are some."""
    cameras = None if intrinsics0 is None else (intrinsics0, intrinsics1)
    matched = Correspondences(points0, points1, cameras=cameras, **options)
    return Estimator().estimate(kind, matched, seed=seed)
