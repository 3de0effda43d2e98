"""Scenes to train on: walls, corners and boards with photographs on them, before two cameras.

Lengths are in widths of a view: that of what camera 0 sees at the distance of the scene's middle,
the origin. The world's axes are those of camera 0 before it is turned: x to the right, y down, z
away from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, log, pi, radians, sin, tan

import numpy as np

from featmatch.learned.training.pairs import MAX_ROTATION, RESIDUAL, PairOptions, draw_turn
from featmatch.learned.training.views import Floats

_MAX_ORBIT = radians(40)  # between the directions from which both cameras look
_MIN_ANGLE, _MAX_ANGLE = radians(12), radians(60)  # that a view spans: a part of an image or all
_EXTENT = 6.0  # of the walls and the floor behind everything: more than most views see
_WALL = 1.2  # width of a wall between two others
_MAX_NUM_BENDS = 2
_MIN_BEND, _MAX_BEND = radians(30), radians(90)
_MAX_WALL_HEADING = radians(35)  # from across the view
_FLOOR_SHARE = 0.5
_MAX_NUM_THINGS = 5
_BOX_SHARE = 0.4
_MIN_SIDE, _MAX_SIDE = 0.15, 0.7
_MAX_BOARD_HEADING, _MAX_SLANT = radians(50), radians(30)
_NEAREST = 0.45  # of the way from the middle to a camera: how near things come


@dataclass(frozen=True, eq=False)
class Surface:
    """A flat rectangle: corner + u edge_u + v edge_v, with u and v in [0, 1].

    Parameters
    ----------
    corner, edge_u, edge_v : ndarray (3,) float64
        The top-left corner, its way to the right and its way down.
    """

    corner: Floats
    edge_u: Floats
    edge_v: Floats

    @property
    def normal(self) -> Floats:
        """(3,) of unit length, toward those who see it with u to the right and v down."""
        across = np.cross(self.edge_v, self.edge_u)
        return across / np.linalg.norm(across)


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Parameters
    ----------
    intrinsics : ndarray (3, 3) float64
        In pixels.
    rotation : ndarray (3, 3) float64
        From the world's axes to the camera's: x to the right, y down, z forward.
    center : ndarray (3,) float64
        Where it stands.
    """

    intrinsics: Floats
    rotation: Floats
    center: Floats

    def surface_map(self, surface: Surface) -> Floats:
        """Return the (3, 3) matrix from a pixel (x, y, 1) to (u, v, 1) / depth on a surface."""
        basis = np.stack([surface.edge_u, surface.edge_v, surface.corner - self.center], axis=1)
        rays = self.rotation.T @ np.linalg.inv(self.intrinsics)
        return np.asarray(np.linalg.solve(basis, rays))


@dataclass(frozen=True, eq=False)
class Scene:
    """Surfaces, and the two cameras that look at them.

    Parameters
    ----------
    surfaces : tuple of Surface
    cameras : tuple of two Camera
    turn : int
        As in `TrainingPair`.
    """

    surfaces: tuple[Surface, ...]
    cameras: tuple[Camera, Camera]
    turn: int


def draw_scene(rng: np.random.Generator, options: PairOptions, strength: float) -> Scene:
    """Draw a scene and its cameras.

    Behind stands a wall, or two or three that meet at upright edges; one time in two there is a
    floor. Before them stand up to five things: boards, and boxes of which two sides are seen.

    Parameters
    ----------
    rng : Generator
    options : PairOptions
        `size`, `max_zoom`, `max_shift`, `num_turns` and `upright_share` count, as for pairs of one
        plane.
    strength : float
        In [0, 1]: scales what the cameras differ by, but for the turn.
    """
    turn = draw_turn(rng, options)
    angle = exp(rng.uniform(log(_MIN_ANGLE), log(_MAX_ANGLE)))
    distance = 0.5 / tan(angle / 2)
    surfaces = _background(rng)
    for _ in range(int(rng.integers(0, _MAX_NUM_THINGS + 1))):
        surfaces += _thing(rng, min(_NEAREST * distance, _EXTENT / 8))
    return Scene(tuple(surfaces), _cameras(rng, options, strength, distance, turn), turn)


def _background(rng: np.random.Generator) -> list[Surface]:
    """Walls behind the middle, along a line with up to two bends, and perhaps a floor."""
    num_bends = int(rng.integers(0, _MAX_NUM_BENDS + 1))
    bends = rng.choice((-1, 1), num_bends) * rng.uniform(_MIN_BEND, _MAX_BEND, num_bends)
    headings = np.cumsum([rng.uniform(-_MAX_WALL_HEADING, _MAX_WALL_HEADING), *bends])
    lengths = np.full(num_bends + 1, _WALL)
    lengths[[0, -1]] = _EXTENT / 2
    steps = lengths[:, None] * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    line = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    line += (rng.uniform(-0.3, 0.3), rng.uniform(0, 0.6)) - line.mean(axis=0)
    walls = _raised(line, -_EXTENT / 2, _EXTENT / 2)
    if rng.random() < _FLOOR_SHARE:
        corner = np.array([-_EXTENT / 2, rng.uniform(0.1, 0.5), _EXTENT / 2])
        walls.append(Surface(corner, np.array([_EXTENT, 0, 0]), np.array([0, 0, -_EXTENT])))
    return walls


def _thing(rng: np.random.Generator, nearest: float) -> list[Surface]:
    """Set up a board, or a box that has an edge toward the camera, before the middle."""
    left, right, height = np.exp(rng.uniform(log(_MIN_SIDE), log(_MAX_SIDE), 3))
    if rng.random() < _BOX_SHARE:
        heading = rng.uniform(radians(20), radians(70))
        c, s = cos(heading), sin(heading)
        line = np.array([(-left * s, left * c), (0, 0), (right * c, right * s)])
    else:
        heading = rng.uniform(-_MAX_BOARD_HEADING, _MAX_BOARD_HEADING)
        line = np.outer((-right / 2, right / 2), (cos(heading), sin(heading)))
    place = np.array([*rng.uniform(-0.5, 0.5, 2), -rng.uniform(0, nearest)])
    slant = _pitch(rng.uniform(-_MAX_SLANT, _MAX_SLANT))
    return [
        Surface(place + slant @ part.corner, slant @ part.edge_u, slant @ part.edge_v)
        for part in _raised(line, -height / 2, height / 2)
    ]


def _raised(line: Floats, top: float, bottom: float) -> list[Surface]:
    """Raise a wall on each part of a line (N, 2) of (x, z), from left to right."""
    return [
        Surface(
            np.array([x, top, z]),
            np.array([step_x, 0, step_z]),
            np.array([0, bottom - top, 0]),
        )
        for (x, z), (step_x, step_z) in zip(line[:-1], np.diff(line, axis=0), strict=True)
    ]


def _cameras(
    rng: np.random.Generator, options: PairOptions, strength: float, distance: float, turn: int
) -> tuple[Camera, Camera]:
    """Place both cameras on an orbit around the middle, most often side by side."""
    step = 2 * pi / options.num_turns
    roll = strength * rng.uniform(-MAX_ROTATION, MAX_ROTATION)
    rolls = roll, roll + turn * step + strength * rng.uniform(-RESIDUAL, RESIDUAL) * step
    zoom = exp(strength * rng.uniform(-0.5, 0.5) * log(options.max_zoom))
    orbit = strength * rng.uniform(0, _MAX_ORBIT) * rng.choice([-1, 1])
    climb = orbit * rng.uniform(-0.4, 0.4)
    shift = strength * options.max_shift * rng.uniform(-0.5, 0.5, 2)
    focal = distance * options.size  # a view of width 1 at the distance of the middle
    cameras = []
    for side, scale in ((-1, zoom), (1, 1 / zoom)):
        rotation = _pitch(side * climb / 2) @ _yaw(side * orbit / 2)
        center = rotation.T @ np.array([*(side * shift / 2), -distance])
        place = (options.size - 1) / 2
        intrinsics = np.array([(scale * focal, 0, place), (0, scale * focal, place), (0, 0, 1)])
        cameras.append(Camera(intrinsics, _roll(rolls[(side + 1) // 2]) @ rotation, center))
    return cameras[0], cameras[1]


def _yaw(angle: float) -> Floats:
    c, s = cos(angle), sin(angle)
    return np.array([(c, 0, -s), (0, 1, 0), (s, 0, c)])


def _pitch(angle: float) -> Floats:
    c, s = cos(angle), sin(angle)
    return np.array([(1, 0, 0), (0, c, -s), (0, s, c)])


def _roll(angle: float) -> Floats:
    """Turn what a camera sees from its x axis toward its y axis."""
    c, s = cos(angle), sin(angle)
    return np.array([(c, -s, 0), (s, c, 0), (0, 0, 1)])
